//! Libelium Plug & Sense! Smart Parking (LoRaWAN and Sigfox, the same frames), firmware 1 and 2.
//!
//! Layout: Libelium, Smart Parking technical guide, sections 7.1 (firmware 2, 11 bytes) and 7.2
//! (firmware 1, 12 bytes). Numbers are big-endian, axes two's complement. The manual names no
//! LoRaWAN port. Reserved bits and bytes are not considered; reserved frame types are refused. A
//! public Python package masks the type with three bits and guesses other names: the manual is
//! followed, which has four bits and types 0 to 5.
//!
//! Not converted, since no formula is at hand: the temperature of firmware 1 (`temperature_raw`)
//! and the battery byte of an error frame (`battery_raw`).

use super::{
    Codec, Decoded, Frame, HARDWARE_FAULT, LOW_BATTERY, Refusal, degrees, flag, no_commands,
    no_decode_down, no_encode_down, wrong_length,
};
use crate::reading::{Kind, Report};

/// The layout follows from the firmware, or where that is not known from the frame's length.
pub(super) const CODEC: Codec = Codec {
    device_type: "libelium-parking",
    aliases: &["libelium-smart-parking", "libelium", "libelium-parking-sensor"],
    about: "Libelium Smart Parking, layout by firmware or length (LoRaWAN, Sigfox)",
    ports: &[],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

pub(super) const CODEC_V1: Codec = Codec {
    device_type: "libelium-parking-v1",
    aliases: &["libelium-smart-parking-v1", "libelium-v1"],
    about: "Libelium Smart Parking, firmware 1 (LoRaWAN, Sigfox)",
    decode_up: |frame| decode(frame.bytes, Layout::V1),
    ..CODEC
};

pub(super) const CODEC_V2: Codec = Codec {
    device_type: "libelium-parking-v2",
    aliases: &["libelium-smart-parking-v2", "libelium-v2"],
    about: "Libelium Smart Parking, firmware 2 (LoRaWAN, Sigfox)",
    decode_up: |frame| decode(frame.bytes, Layout::V2),
    ..CODEC
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    V1,
    V2,
}

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    let major = frame.firmware.map(|text| text.trim().trim_start_matches(['v', 'V']));
    let layout = match major.and_then(|text| text.split('.').next()) {
        Some("1") => Layout::V1,
        Some("2") => Layout::V2,
        _ if frame.bytes.len() == 11 => Layout::V2,
        _ => Layout::V1,
    };
    decode(frame.bytes, layout)
}

fn decode(bytes: &[u8], layout: Layout) -> Result<Decoded, Refusal> {
    let expected = match layout {
        Layout::V1 => 12,
        Layout::V2 => 11,
    };
    if bytes.len() != expected {
        return Err(wrong_length("a frame", &format!("{expected} bytes"), bytes));
    }
    let [basic, counter, body @ ..] = bytes else {
        return Err(wrong_length("a frame", "at least 2 bytes", bytes));
    };
    let occupied = basic & 0x80 != 0;
    let state = |kind| Report { occupied: Some(occupied), ..Report::new(kind) };
    let (mut decoded, name) = match basic & 0x0f {
        0 => (info(Report::change_to(occupied.into()), body, layout), "info"),
        1 => (keep_alive(state(Kind::Heartbeat), body, layout), "keep_alive"),
        2 => (daily_update(state(Kind::Heartbeat), body), "daily_update"),
        3 => (error(state(Kind::Fault), body, layout), "error"),
        4 => (start_1(state(Kind::StartUp), body, layout), "start_frame_1"),
        5 => (start_2(state(Kind::StartUp), body), "start_frame_2"),
        kind => return Err(Refusal::unknown(format!("frame type {kind} is reserved"))),
    };
    if basic & 0x40 != 0 {
        for report in &mut decoded.readings {
            report.flags.push(flag(LOW_BATTERY));
        }
    }
    Ok(decoded.with("frame_type", name).with("frame_counter", *counter))
}

/// The temperature at the head of `body`, and what comes after it.
fn temperature(report: Report, body: &[u8], layout: Layout) -> (Decoded, &[u8]) {
    match (layout, body) {
        (Layout::V1, [high, low, rest @ ..]) => {
            let raw = i16::from_be_bytes([*high, *low]);
            (Decoded::reading(report).with("temperature_raw", raw), rest)
        }
        (Layout::V2, [byte, rest @ ..]) => {
            let report = Report { temperature_c: Some(degrees(*byte)), ..report };
            (Decoded::reading(report), rest)
        }
        _ => (Decoded::reading(report), body),
    }
}

/// Three axes at the head of `body`; what comes after them.
fn axes<'a>(decoded: Decoded, names: [&str; 3], body: &'a [u8]) -> (Decoded, &'a [u8]) {
    let (words, _) = body.as_chunks::<2>();
    let decoded = names
        .iter()
        .zip(words)
        .fold(decoded, |decoded, (name, word)| decoded.with(name, i16::from_be_bytes(*word)));
    (decoded, body.get(6..).unwrap_or_default())
}

fn measured(report: Report, body: &[u8], layout: Layout) -> (Decoded, &[u8]) {
    let (decoded, rest) = temperature(report, body, layout);
    axes(decoded, ["x", "y", "z"], rest)
}

fn info(report: Report, body: &[u8], layout: Layout) -> Decoded {
    measured(report, body, layout).0
}

/// The hour and minute of the node's own clock say nothing about the day; they are handed on only.
fn keep_alive(report: Report, body: &[u8], layout: Layout) -> Decoded {
    let [hour, minute, rest @ ..] = body else { return Decoded::reading(report) };
    measured(report, rest, layout).0.with("clock_hour", *hour).with("clock_minute", *minute)
}

/// Of the last 24 hours, but for the configuration.
fn daily_update(report: Report, body: &[u8]) -> Decoded {
    let decoded = Decoded::reading(report);
    let [s1, s0, f1, f0, l1, l0, resets, config, ..] = body else { return decoded };
    decoded
        .with("sensor_uses", u16::from_be_bytes([*s1, *s0]))
        .with("sigfox_sends", u16::from_be_bytes([*f1, *f0]))
        .with("lorawan_sends", u16::from_be_bytes([*l1, *l0]))
        .with("resets", *resets)
        .with("config_id", *config)
}

fn error(report: Report, body: &[u8], layout: Layout) -> Decoded {
    let [errors, rest @ ..] = body else { return Decoded::reading(report) };
    let names = ["z_axis", "y_axis", "x_axis", "clock", "lorawan", "sigfox"];
    let found: Vec<&str> = names
        .iter()
        .enumerate()
        .filter(|(bit, _)| errors >> bit & 1 == 1)
        .map(|(_, name)| *name)
        .collect();
    let report = Report { flags: vec![flag(HARDWARE_FAULT)], ..report };
    let (decoded, rest) = measured(report, rest, layout);
    let battery = rest.first().copied().unwrap_or_default();
    decoded.with("errors", found).with("battery_raw", battery)
}

fn start_1(report: Report, body: &[u8], layout: Layout) -> Decoded {
    let (decoded, rest) = temperature(report, body, layout);
    let (mut decoded, rest) = axes(decoded, ["x_ref", "y_ref", "z_ref"], rest);
    if let ([high, low], [report]) = (rest, decoded.readings.as_mut_slice()) {
        report.battery_mv = Some(u32::from(u16::from_be_bytes([*high, *low])));
    }
    decoded
}

/// `code_id` is the version of the firmware as the maker counts it.
fn start_2(report: Report, body: &[u8]) -> Decoded {
    let names = [
        "code_id",
        "night_start_hour",
        "night_period_hours",
        "night_sleep_time",
        "night_keep_alive",
        "radio_mode",
        "sleep_time",
        "keep_alive",
        "threshold",
    ];
    names
        .iter()
        .zip(body)
        .fold(Decoded::reading(report), |decoded, (name, byte)| decoded.with(name, *byte))
}
