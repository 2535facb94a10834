//! Cicicom S-LG-I3 parking sensor (LoRaWAN): short ASCII texts.
//!
//! `R` state battery temperature `V` version: start. `C` state: change. `K` state battery
//! temperature: keep-alive. `E` battery and three raw bytes: malfunction. The state is `0` (free) or
//! `1`, the battery `V.VV` volts, the temperature a sign and `TT.T` °C; only `+` is documented, `-`
//! is read as cold. No port is named; a text of another form is refused. What the three bytes of a
//! malfunction mean is not published.

use super::{
    Codec, Decoded, Frame, HARDWARE_FAULT, Refusal, flag, no_commands, no_decode_down,
    no_encode_down,
};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "cicicom-s-lg-i3",
    aliases: &["cicicom", "s-lg-i3", "cicicom-slgi3", "cicicom-lg-i3"],
    about: "Cicicom S-LG-I3 parking sensor (LoRaWAN)",
    ports: &[],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    let read = match frame.bytes {
        [b'C', state] => is_occupied(*state).map(|occupied| Report::change_to(occupied.into())),
        [b'K', state, measured @ ..] => measured_state(Kind::Heartbeat, *state, measured),
        [b'C' | b'K', ..] => None,
        [b'R', rest @ ..] => start_up(rest),
        [b'E', rest @ ..] => return malfunction(rest),
        [] => return Err(Refusal::bad("the frame is empty")),
        [first, ..] => return Err(Refusal::unknown(format!("no message {first:02x}"))),
    };
    let text =
        || Refusal::bad(format!("not of the form of its message: {}", hex::encode(frame.bytes)));
    read.map(Decoded::reading).ok_or_else(text)
}

fn is_occupied(byte: u8) -> Option<bool> {
    match byte {
        b'0' => Some(false),
        b'1' => Some(true),
        _ => None,
    }
}

/// `V.VV` and a sign with `TT.T`.
fn measured_state(kind: Kind, state: u8, measured: &[u8]) -> Option<Report> {
    let [volts, b'.', tenths, hundredths, sign, tens, units, b'.', fraction] = measured else {
        return None;
    };
    let degrees = f64::from(number(&[*tens, *units, *fraction])?) / 10.0;
    let temperature_c = match sign {
        b'+' => degrees,
        b'-' => 0.0 - degrees,
        _ => return None,
    };
    Some(Report {
        occupied: Some(is_occupied(state)?),
        battery_mv: Some(number(&[*volts, *tenths, *hundredths])? * 10),
        temperature_c: Some(temperature_c),
        ..Report::new(kind)
    })
}

fn start_up(bytes: &[u8]) -> Option<Report> {
    let (state, bytes) = bytes.split_first()?;
    let (measured, bytes) = bytes.split_at_checked(9)?;
    let version = bytes.strip_prefix(b"V").and_then(|text| std::str::from_utf8(text).ok())?;
    let numbers = version.split('.');
    let is_version = version.len() <= 11
        && numbers.clone().count() == 3
        && numbers.clone().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let report = measured_state(Kind::StartUp, *state, measured)?;
    is_version.then(|| Report { firmware: Some(version.to_owned()), ..report })
}

fn malfunction(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let battery_mv = match bytes {
        [volts, b'.', tenths, hundredths, _, _, _] => number(&[*volts, *tenths, *hundredths]),
        _ => None,
    };
    let Some(hundredths) = battery_mv else {
        return Err(Refusal::bad("a malfunction has a battery V.VV and 3 bytes"));
    };
    let report = Report {
        battery_mv: Some(hundredths * 10),
        flags: vec![flag(HARDWARE_FAULT)],
        ..Report::new(Kind::Fault)
    };
    Ok(Decoded::reading(report).with("status_bytes", hex::encode(&bytes[4..])))
}

/// The number that these digits make.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}
