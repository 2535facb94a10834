//! Milesight VS340 and VS341 occupancy sensors (LoRaWAN, FPort 85).
//!
//! Layout: a run of channel, type, value. Source: Milesight's VS34x web manual and the READMEs of
//! Milesight-IoT/SensorDecoders (facts only). A channel that is not listed has no known length, so
//! nothing after it can be read: the whole frame is refused. Of a value sent twice the later counts.

use serde_json::{Map, Value};

use super::{Codec, Decoded, Downlink, Frame, Refusal};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "milesight-vs34x",
    aliases: &["milesight_vs34x", "milesight-vs340", "milesight-vs341", "vs34x", "vs340", "vs341"],
    decode_up,
    decode_down,
    encode_down,
};

/// The port the devices speak on.
const FPORT: u8 = 85;

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    if frame.fport != FPORT {
        return Err(Refusal::unknown(format!("no uplink on FPort {}", frame.fport)));
    }
    if frame.bytes.is_empty() {
        return Err(Refusal::bad("the frame is empty"));
    }
    let mut decoded = Decoded::reading(Report::new(Kind::Info));
    let mut rest = frame.bytes;
    while !rest.is_empty() {
        rest = read_channel(rest, &mut decoded)?;
    }
    for report in &mut decoded.readings {
        report.kind = kind_of(report, &decoded.extra);
    }
    Ok(decoded)
}

/// Reads one channel into `decoded`; gives what comes after it.
fn read_channel<'a>(bytes: &'a [u8], decoded: &mut Decoded) -> Result<&'a [u8], Refusal> {
    let [channel, kind, rest @ ..] = bytes else {
        return Err(Refusal::bad("the frame ends within a channel"));
    };
    let Some(length) = length_of(*channel, *kind) else {
        return Err(Refusal::unknown(format!("no channel {channel:02x} {kind:02x}")));
    };
    let Some((value, rest)) = rest.split_at_checked(length) else {
        return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} is cut short")));
    };
    read_value(*channel, *kind, value, decoded)?;
    Ok(rest)
}

fn length_of(channel: u8, kind: u8) -> Option<usize> {
    match (channel, kind) {
        (0x01, 0x75) | (0x03, 0x00) | (0xff, 0x01 | 0x0b | 0x0f) => Some(1),
        (0xff, 0x09 | 0x0a) => Some(2),
        (0xff, 0x16) => Some(8),
        _ => None,
    }
}

fn read_value(channel: u8, kind: u8, value: &[u8], decoded: &mut Decoded) -> Result<(), Refusal> {
    let Decoded { readings, extra } = decoded;
    let Some(report) = readings.first_mut() else { return Ok(()) };
    let mut note = |key: &str, value: Value| extra.insert(key.to_owned(), value);
    match (channel, kind, value) {
        (0x01, 0x75, [percent @ 0..=100]) => report.battery_pct = Some(*percent),
        (0x03, 0x00, [state @ 0..=1]) => report.occupied = Some(*state == 1),
        (0xff, 0x01, [version]) => drop(note("protocol_version", format!("{version:x}").into())),
        (0xff, 0x09, [major, minor]) => {
            // The hardware's minor number is in the upper half of its byte.
            note("hardware_version", format!("{major:x}.{:x}", minor >> 4).into());
        }
        (0xff, 0x0a, [major, minor]) => report.firmware = Some(format!("{major:x}.{minor:x}")),
        (0xff, 0x0b, [_]) => report.reset_cause = Some("power_on".to_owned()),
        (0xff, 0x0f, [class @ 0..=2]) => {
            note("device_class", ["A", "B", "C"][usize::from(*class)].into());
        }
        (0xff, 0x16, serial) => drop(note("sn", hex::encode(serial).into())),
        _ => {
            let value = hex::encode(value);
            return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} holds {value}")));
        }
    }
    Ok(())
}

/// A change is sent alone; the periodic report brings the battery with it.
fn kind_of(report: &Report, extra: &Map<String, Value>) -> Kind {
    match report {
        Report { reset_cause: Some(_), .. } => Kind::StartUp,
        Report { occupied: None, .. } => Kind::Info,
        Report { battery_pct: None, firmware: None, occupied: Some(occupied), .. }
            if extra.is_empty() =>
        {
            if *occupied {
                Kind::Occupied
            } else {
                Kind::Vacant
            }
        }
        Report { .. } => Kind::Heartbeat,
    }
}

fn decode_down(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    Err(Refusal::unknown(format!("no downlink on FPort {}", frame.fport)))
}

fn encode_down(_: &Map<String, Value>) -> Result<Downlink, Refusal> {
    Err(Refusal::unknown("no downlink of this device is known"))
}
