//! Nwave's sensors (LoRaWAN): what they have in common, and one file for each.
//!
//! Layouts: TheThingsNetwork/lorawan-devices, vendor/nwave (Apache-2.0), and Nwave's documents as
//! named in each file. Numbers are big-endian. No downlink of theirs is published.

pub(super) mod ncc405;
pub(super) mod nps310sm;
pub(super) mod nps405;

use super::Decoded;
use crate::reading::{Kind, Report};

fn is_occupied(byte: u8) -> bool {
    byte & 1 == 1
}

/// Battery voltage of the 405 generation, in mV.
fn battery_mv(byte: u8) -> u32 {
    2500 + 4 * u32::from(byte)
}

/// A start-up frame; a cause that the layout does not name keeps its number in `extra`.
fn start_up(firmware: [u8; 3], cause: u8, name: Option<&str>, occupied: Option<bool>) -> Decoded {
    let [major, minor, patch] = firmware;
    let decoded = Decoded::reading(Report {
        occupied,
        firmware: Some(format!("{major}.{minor}.{patch}")),
        reset_cause: name.map(str::to_owned),
        ..Report::new(Kind::StartUp)
    });
    match name {
        Some(_) => decoded,
        None => decoded.with("reset_cause_code", cause),
    }
}

/// The reset causes of the 405 generation.
fn reset_cause_405(code: u8) -> Option<&'static str> {
    match code {
        0 => Some("rejoin"),
        1 => Some("watchdog"),
        2 => Some("power_on"),
        3 => Some("user_request"),
        6 => Some("brownout"),
        7 => Some("other"),
        _ => None,
    }
}
