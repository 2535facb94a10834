//! Bosch TPS110 parking lot sensor (LoRaWAN), firmware 0.29 and 0.39.
//!
//! Layout: TheThingsNetwork/lorawan-devices, vendor/bosch, tps110-0292 and tps110-0392 (Apache-2.0);
//! akenza-io/device-type-library, bosch (MIT). Names in `extra` are the ones used there. Numbers
//! are big-endian but for the debug records of 0.29. The clock in the debug record is not read: the
//! public decoders disagree with the devices about it.
//!
//! FPort 1 is sent at a change, FPort 2 at an interval. Commands beyond FPort 55 exist (the debug
//! codes name 56 to 60), but no source says what their bytes mean: they are refused.
//!
//! The firmware decides how debug codes and reset causes are read: the given one, else what a
//! start-up frame says of itself, else 0.39.

mod debug_code;

use serde_json::{Map, Value};

use super::{
    Codec, Decoded, Downlink, Frame, Refusal, TEMPERATURE_ALERT, command, degrees, flag,
    no_such_uplink, wrong_length,
};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "bosch-tps110",
    aliases: &["tps110"],
    about: "Bosch TPS110 parking lot sensor, firmware 0.29 and 0.39 (LoRaWAN)",
    ports: &[1, 2, 3, 4, 5, 6, 7],
    decode_up,
    decode_down,
    encode_down,
    commands,
};

/// The two generations of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    V029,
    V039,
}

/// The commands: port, name, and the meaning of the one byte, by its value.
const COMMANDS: [(u8, &str, &[&str]); 5] = [
    (
        51,
        "Parking status confirmable configuration",
        &[
            "Confirmed",
            "Unconfirmed with 1 uplink message",
            "Unconfirmed with 2 uplink messages",
            "Unconfirmed with 3 uplink messages",
            "Unconfirmed with 4 uplink messages",
        ],
    ),
    (52, "DataRate configuration", &["DR0", "DR1", "DR2", "DR3", "DR4", "DR5"]),
    (53, "Heartbeat frequency", &["Short", "Normal", "Long", "Test mode"]),
    (54, "Device Information Request", &["Device URN", "Firmware version"]),
    (
        55,
        "Device Usage Request",
        &[
            "Number of parking status changes detected",
            "Time running in occupied state",
            "Number of uplink messages sent",
            "Number of times radar has been triggered",
            "Time running since restart",
            "Number of resets since installation",
            "Time running since installation",
        ],
    ),
];

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    let given = frame.firmware.and_then(generation_of);
    let generation = given.unwrap_or(Generation::V039);
    match (frame.fport, generation) {
        (1, _) => status(frame.bytes),
        (2, _) => heartbeat(frame.bytes),
        (3, _) => start_up(frame.bytes, given),
        (4, _) => device_information(frame.bytes),
        (5, Generation::V039) => usage(frame.bytes),
        (5, Generation::V029) => usage_without_layout(frame.bytes),
        (6, _) => debug(frame.bytes, generation),
        (7, Generation::V039) => temperature_alert(frame.bytes),
        _ => Err(no_such_uplink(frame)),
    }
}

/// The generation of `major.minor[.patch]`, or of `0292` and `0392` as The Things Network's device
/// repository writes them; a text that is no version says nothing.
fn generation_of(firmware: &str) -> Option<Generation> {
    let firmware = firmware.trim().trim_start_matches(['v', 'V']);
    match firmware {
        "0292" => return Some(Generation::V029),
        "0392" => return Some(Generation::V039),
        _ => {}
    }
    let mut numbers = firmware.split('.');
    let major: u32 = numbers.next()?.parse().ok()?;
    let minor: u32 = numbers.next()?.parse().ok()?;
    Some(if (major, minor) < (0, 39) { Generation::V029 } else { Generation::V039 })
}

fn is_occupied(byte: u8) -> bool {
    byte & 1 == 1
}

fn status(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let [byte] = bytes else { return Err(wrong_length("a parking status", "1 byte", bytes)) };
    Ok(Decoded::reading(Report::change_to(is_occupied(*byte).into())))
}

fn heartbeat(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let (state, temperature) = match bytes {
        [state] => (*state, None),
        [state, temperature] => (*state, Some(degrees(*temperature))),
        _ => return Err(wrong_length("a heartbeat", "1 or 2 bytes", bytes)),
    };
    Ok(Decoded::reading(Report {
        occupied: Some(is_occupied(state)),
        temperature_c: temperature,
        ..Report::new(Kind::Heartbeat)
    }))
}

fn start_up(bytes: &[u8], given: Option<Generation>) -> Result<Decoded, Refusal> {
    let Ok([debug @ .., major, minor, patch, cause, state]) = <&[u8; 17]>::try_from(bytes) else {
        return Err(wrong_length("a start-up", "17 bytes", bytes));
    };
    let firmware = format!("{major}.{minor}.{patch}");
    let generation = given.or_else(|| generation_of(&firmware)).unwrap_or(Generation::V039);
    let reset_cause = reset_cause(*cause, generation);
    let mut decoded = Decoded::reading(Report {
        occupied: Some(is_occupied(*state)),
        firmware: Some(firmware),
        reset_cause: reset_cause.map(str::to_owned),
        ..Report::new(Kind::StartUp)
    });
    if reset_cause.is_none() {
        decoded = decoded.with("reset_cause_code", *cause);
    }
    Ok(match generation {
        Generation::V029 => decoded.with("debug_codes", old_codes(debug)),
        Generation::V039 => with_new_record(decoded, &debug[..10]),
    })
}

/// `None` for a number that the firmware's layout does not name.
fn reset_cause(code: u8, generation: Generation) -> Option<&'static str> {
    match (code, generation) {
        (1, _) => Some("watchdog"),
        (2, _) => Some("power_on"),
        (3, _) => Some("system_request"),
        (4, Generation::V029) | (7, Generation::V039) => Some("other"),
        (4, Generation::V039) => Some("external_pin"),
        (5, Generation::V039) => Some("lockup"),
        (6, Generation::V039) => Some("brownout"),
        _ => None,
    }
}

/// 0.29: three little-endian words with the code in the lower twelve bits; 0 is no code.
fn old_codes(debug: &[u8; 12]) -> Vec<u16> {
    let words = debug.as_chunks::<4>().0.iter();
    words.map(|word| old_code(word[0], word[1])).filter(|code| *code != 0).collect()
}

fn old_code(low: u8, high: u8) -> u16 {
    u16::from_le_bytes([low, high]) & 0x0fff
}

fn new_code(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low]) & 0x0fff
}

fn device_information(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let report = Report::new(Kind::Info);
    match bytes {
        [major, minor, patch] => Ok(Decoded::reading(Report {
            firmware: Some(format!("{major}.{minor}.{patch}")),
            ..report
        })),
        _ if bytes.len() == 11 => Ok(Decoded::reading(report).with("urn", hex::encode(bytes))),
        _ => Err(wrong_length("a device information", "3 or 11 bytes", bytes)),
    }
}

fn usage(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let info = Decoded::reading(Report::new(Kind::Info));
    match bytes {
        [kind @ 0..=6, a, b, c, d] => {
            Ok(info.with(usage_name(*kind), u32::from_be_bytes([*a, *b, *c, *d])))
        }
        [2, counts @ ..] if counts.len() == 18 => {
            Ok(info.with(usage_name(2), uplinks_by_data_rate(counts)))
        }
        [5, brownout, lockup, pin, power_on, watchdog, low, high] => {
            let resets = serde_json::json!({
                "brown_out": brownout, "lockup": lockup, "external_pin": pin, "power_on": power_on,
                "watchdog": watchdog, "software_requested": u16::from_le_bytes([*low, *high]),
            });
            Ok(info.with(usage_name(5), resets))
        }
        [kind @ 7..=255, ..] => Err(Refusal::unknown(format!("no device usage of kind {kind}"))),
        _ => Err(wrong_length("a device usage", "5 bytes (kind 2 also 19, kind 5 also 8)", bytes)),
    }
}

fn usage_name(kind: u8) -> &'static str {
    match kind {
        0 => "parking_status_changes",
        1 => "time_in_seconds",
        2 => "uplink_messages_sent",
        3 => "times_radar_triggered",
        4 => "time_since_restart_seconds",
        5 => "resets_since_install",
        _ => "time_since_install",
    }
}

fn uplinks_by_data_rate(counts: &[u8]) -> Value {
    let names = ["dr0_sf12", "dr1_sf11", "dr2_sf10", "dr3_sf9", "dr4_sf8", "dr5_sf7"];
    let counts = counts.as_chunks::<3>().0.iter();
    names
        .iter()
        .zip(counts)
        .map(|(name, [a, b, c])| {
            ((*name).to_owned(), Value::from(u32::from_be_bytes([0, *a, *b, *c])))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// 0.29 sends device usage too, but no layout of it is published.
fn usage_without_layout(bytes: &[u8]) -> Result<Decoded, Refusal> {
    if bytes.is_empty() {
        return Err(wrong_length("a device usage", "at least 1 byte", bytes));
    }
    Ok(Decoded::reading(Report::new(Kind::Info)).with("usage_bytes", hex::encode(bytes)))
}

fn debug(bytes: &[u8], generation: Generation) -> Result<Decoded, Refusal> {
    let [_, _, _, _, b4, b5, _, _, b8, b9] = bytes else {
        return Err(wrong_length("a debug message", "10 bytes", bytes));
    };
    let decoded = Decoded::reading(Report::new(Kind::Info));
    Ok(match generation {
        Generation::V029 => decoded
            .with("debug_code", old_code(*b4, *b5))
            .with("sequence_number", u16::from_le_bytes([*b8, *b9])),
        Generation::V039 => with_new_record(decoded, bytes),
    })
}

/// The debug record of 0.39: clock, code, number of the record; kept in whole beside what is read.
fn with_new_record(decoded: Decoded, record: &[u8]) -> Decoded {
    let [.., b6, b7, b8, b9] = record else { return decoded };
    let code = new_code(*b6, *b7);
    let decoded = decoded
        .with("debug_code", code)
        .with("sequence_number", u16::from_be_bytes([*b8, *b9]))
        .with("debug_bytes", hex::encode(record));
    match debug_code::meaning(code) {
        Some(meaning) => decoded.with("debug_code_description", meaning),
        None => decoded,
    }
}

fn temperature_alert(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let [byte] = bytes else { return Err(wrong_length("a temperature alert", "1 byte", bytes)) };
    Ok(Decoded::reading(Report {
        temperature_c: Some(degrees(*byte)),
        flags: vec![flag(TEMPERATURE_ALERT)],
        ..Report::new(Kind::Info)
    }))
}

fn decode_down(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    let Some((_, command, values)) = COMMANDS.iter().find(|(fport, ..)| *fport == frame.fport)
    else {
        return Err(Refusal::unknown(format!("no downlink on FPort {}", frame.fport)));
    };
    let [value] = frame.bytes else { return Err(wrong_length(command, "1 byte", frame.bytes)) };
    let Some(meaning) = values.get(usize::from(*value)) else {
        return Err(Refusal::bad(format!("invalid {command}: {value}")));
    };
    Ok(Decoded::default().with("command", *command).with("sub_command", *meaning))
}

fn encode_down(command: &Map<String, Value>) -> Result<Downlink, Refusal> {
    let text = |key: &str| command.get(key).and_then(Value::as_str);
    let Some((fport, name, values)) =
        COMMANDS.iter().find(|(_, name, _)| text("command") == Some(*name))
    else {
        return Err(Refusal::unknown("invalid command"));
    };
    let value = values.iter().position(|meaning| text("sub_command") == Some(*meaning));
    match value.and_then(|value| u8::try_from(value).ok()) {
        Some(value) => Ok(Downlink { fport: *fport, bytes: vec![value] }),
        None => Err(Refusal::bad(format!("invalid {name}"))),
    }
}

fn commands() -> Vec<Map<String, Value>> {
    let values =
        COMMANDS.iter().flat_map(|(_, name, values)| values.iter().map(move |value| (name, value)));
    values.map(|(name, value)| command(name, [("sub_command", (*value).into())])).collect()
}
