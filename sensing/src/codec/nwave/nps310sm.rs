//! Nwave NPS310SM parking sensor.
//!
//! FPort 1 status (sent at a change), FPort 2 heartbeat: one byte, bit 0 = occupied. FPort 3
//! start-up: firmware, reset cause, state. Frames of another length are refused.

use super::{is_occupied, start_up};
use crate::codec::{
    Codec, Decoded, Frame, Refusal, no_commands, no_decode_down, no_encode_down, no_such_uplink,
    wrong_length,
};
use crate::reading::{Kind, Report};

pub(crate) const CODEC: Codec = Codec {
    device_type: "nwave-nps310sm",
    aliases: &["nps310sm", "nps310", "nwave-nps310"],
    about: "Nwave NPS310SM parking sensor (LoRaWAN)",
    ports: &[1, 2, 3],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    match (frame.fport, frame.bytes) {
        (1, [byte]) => Ok(Decoded::reading(Report::change_to(is_occupied(*byte).into()))),
        (2, [byte]) => Ok(Decoded::reading(Report {
            occupied: Some(is_occupied(*byte)),
            ..Report::new(Kind::Heartbeat)
        })),
        (3, [major, minor, patch, cause, state]) => {
            let occupied = Some(is_occupied(*state));
            Ok(start_up([*major, *minor, *patch], *cause, reset_cause(*cause), occupied))
        }
        (1, bytes) => Err(wrong_length("a parking status", "1 byte", bytes)),
        (2, bytes) => Err(wrong_length("a heartbeat", "1 byte", bytes)),
        (3, bytes) => Err(wrong_length("a start-up", "5 bytes", bytes)),
        _ => Err(no_such_uplink(frame)),
    }
}

fn reset_cause(code: u8) -> Option<&'static str> {
    match code {
        1 => Some("watchdog"),
        2 => Some("power_on"),
        3 => Some("user_request"),
        4 => Some("brownout"),
        5 => Some("other"),
        _ => None,
    }
}
