//! Nwave NCC405 vehicle counter.
//!
//! It counts vehicles that pass and knows no bay: none of its frames says whether one is occupied.
//! FPort 1 counter, FPort 2 heartbeat, FPort 3 start-up. Of the health byte no meaning is
//! published; it is handed on as it is.

use super::{battery_mv, reset_cause_405, start_up};
use crate::codec::{
    Codec, Decoded, Frame, Refusal, no_commands, no_decode_down, no_encode_down, no_such_uplink,
    wrong_length,
};
use crate::reading::{Kind, Report};

pub(crate) const CODEC: Codec = Codec {
    device_type: "nwave-ncc405",
    aliases: &["ncc405", "ncc405sm", "ncc405fm", "nwave-ncc405sm", "nwave-ncc405fm"],
    about: "Nwave NCC405 vehicle counter (LoRaWAN); says nothing about a bay",
    ports: &[1, 2, 3],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    match (frame.fport, frame.bytes) {
        (1, [high, low]) => Ok(Decoded::reading(Report::new(Kind::Info))
            .with("vehicle_count", u16::from_be_bytes([*high, *low]))),
        (2, [health, battery, mean]) => Ok(Decoded::reading(Report {
            battery_mv: Some(battery_mv(*battery)),
            ..Report::new(Kind::Info)
        })
        .with("hardware_health", *health)
        .with("battery_mean_24h_mv", battery_mv(*mean))),
        (3, [major, minor, patch, cause]) => {
            Ok(start_up([*major, *minor, *patch], *cause, reset_cause_405(*cause), None))
        }
        (1, bytes) => Err(wrong_length("a counter", "2 bytes", bytes)),
        (2, bytes) => Err(wrong_length("a heartbeat", "3 bytes", bytes)),
        (3, bytes) => Err(wrong_length("a start-up", "4 bytes", bytes)),
        _ => Err(no_such_uplink(frame)),
    }
}
