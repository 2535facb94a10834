//! Nwave NPS405SM and NPS405FM parking sensors.
//!
//! FPort 1 status (sent at a change), FPort 2 heartbeat (further bytes are to be ignored), FPort 3
//! start-up, FPort 10 registration of a user's tag, in a frame of 6 bytes (with the tag's battery)
//! or the older one of 5.
//!
//! Occupied is bit 0 everywhere. An older public decoder reads bit 7 on FPorts 1, 2 and 10: that
//! was a bug. A registration says what the bay is, not that it changed at this moment: the status
//! message of the same arrival may come beside it, so it is read as a heartbeat.

use super::{battery_mv, is_occupied, reset_cause_405, start_up};
use crate::codec::{
    Codec, Decoded, Frame, LOW_BATTERY, Refusal, degrees, flag, no_commands, no_decode_down,
    no_encode_down, no_such_uplink, wrong_length,
};
use crate::reading::{Kind, Report};

pub(crate) const CODEC: Codec = Codec {
    device_type: "nwave-nps405",
    aliases: &["nps405", "nps405sm", "nps405fm", "nwave-nps405sm", "nwave-nps405fm"],
    about: "Nwave NPS405SM and NPS405FM parking sensors (LoRaWAN)",
    ports: &[1, 2, 3, 10],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    match (frame.fport, frame.bytes) {
        (1, [byte]) => {
            let report = Report::change_to(is_occupied(*byte).into());
            Ok(with_previous_state(Decoded::reading(report), *byte))
        }
        (2, [state, battery, temperature, ..]) => Ok(heartbeat(*state, *battery, *temperature)),
        (3, [major, minor, patch, cause, state]) => {
            let occupied = Some(is_occupied(*state));
            Ok(start_up([*major, *minor, *patch], *cause, reset_cause_405(*cause), occupied))
        }
        (10, [byte, battery, tag @ ..]) if tag.len() == 4 => {
            let voltage = f64::from(*battery) / 10.0;
            Ok(registration(*byte, tag).with("tag_battery_v", voltage))
        }
        (10, [byte, tag @ ..]) if tag.len() == 4 => Ok(registration(*byte, tag)),
        (1, bytes) => Err(wrong_length("a parking status", "1 byte", bytes)),
        (2, bytes) => Err(wrong_length("a heartbeat", "3 bytes or more", bytes)),
        (3, bytes) => Err(wrong_length("a start-up", "5 bytes", bytes)),
        (10, bytes) => Err(wrong_length("a registration", "5 or 6 bytes", bytes)),
        _ => Err(no_such_uplink(frame)),
    }
}

fn heartbeat(state: u8, battery: u8, temperature: u8) -> Decoded {
    let battery_mv = battery_mv(battery);
    let temperature_c = degrees(temperature) / 2.0 + 10.0;
    let health = battery_health(battery_mv, temperature_c);
    let flags = if health == "normal" { Vec::new() } else { vec![flag(LOW_BATTERY)] };
    Decoded::reading(Report {
        occupied: Some(is_occupied(state)),
        battery_mv: Some(battery_mv),
        temperature_c: Some(temperature_c),
        flags,
        ..Report::new(Kind::Heartbeat)
    })
    .with("battery_health", health)
    .with("hardware_health", state >> 1)
}

/// In the cold the same battery gives 100 mV less.
fn battery_health(battery_mv: u32, temperature_c: f64) -> &'static str {
    let (low, critical) = if temperature_c < -5.0 { (2900, 2800) } else { (3000, 2900) };
    match battery_mv {
        mv if mv >= low => "normal",
        mv if mv >= critical => "low",
        _ => "critical",
    }
}

fn registration(byte: u8, tag: &[u8]) -> Decoded {
    let report = Report { occupied: Some(is_occupied(byte)), ..Report::new(Kind::Heartbeat) };
    with_previous_state(Decoded::reading(report), byte).with("tag_id", hex::encode_upper(tag))
}

/// How long the state before lasted: whole minutes, by at most `error` too few; the last code
/// means "660 or more".
fn with_previous_state(decoded: Decoded, byte: u8) -> Decoded {
    let code = u32::from(byte >> 1);
    let (minutes, error) = match code {
        0..90 => (code, Some(0)),
        90..120 => (90 + 5 * (code - 90), Some(4)),
        120..127 => (240 + 60 * (code - 120), Some(59)),
        _ => (660, None),
    };
    let decoded = decoded
        .with("previous_state_min", minutes)
        .with("previous_state_overflow", error.is_none());
    match error {
        Some(error) => decoded.with("previous_state_error_min", error),
        None => decoded,
    }
}
