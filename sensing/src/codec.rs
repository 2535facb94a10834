//! Codecs: what the bytes of a vendor's frame say. One file per device family, one line in a table.
//!
//! A codec reads one frame and knows nothing of networks, times or registered devices. It refuses
//! what the layout does not say; it never guesses and never panics.

mod bosch_tps110;
mod cicicom_s_lg_i3;
mod libelium_parking;
mod milesight;
mod netvox_r718pe;
mod nwave;
mod pni_placepod;
mod tekzipark;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::reading::{Kind, Report};
use crate::reject::Reject;

/// A frame as the radio network hands it on.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The LoRaWAN port, 1 to 255; 0 where the radio has none.
    pub fport: u8,
    pub bytes: &'a [u8],
    /// The device's firmware if it is known, as `major.minor` with or without a patch number.
    pub firmware: Option<&'a str>,
}

/// What a frame says. A downlink says nothing about the bay: its command is in `extra`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Decoded {
    pub readings: Vec<Report>,
    /// What the device said beyond that, in the words of its maker.
    pub extra: Map<String, Value>,
}

/// The distance that a frame holds, in `extra`.
const DISTANCE: &str = "distance_mm";

/// A flag: the battery is to be changed.
const LOW_BATTERY: &str = "low_battery";

/// A flag: the device does not sit as it was mounted.
const TILTED: &str = "tilted";

/// A flag: something covers the sensor.
pub(crate) const OBSTRUCTED: &str = "obstructed";

/// A flag: a part of the device reports a fault; which one is in `extra`.
pub(crate) const HARDWARE_FAULT: &str = "hardware_fault";

/// A flag: the temperature is outside of the range set.
const TEMPERATURE_ALERT: &str = "temperature_alert";

/// A frame for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downlink {
    pub fport: u8,
    pub bytes: Vec<u8>,
}

/// Why a frame was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", reason.code())]
pub struct Refusal {
    /// `UnknownFrame` or `BadFrame`.
    pub reason: Reject,
    /// For people, in English; may change.
    pub detail: String,
}

/// A family of devices.
#[derive(Debug)]
pub struct Codec {
    pub device_type: &'static str,
    /// Other names, in lower case with hyphens.
    pub aliases: &'static [&'static str],
    /// What it is, in one line.
    pub about: &'static str,
    /// The ports its layout names for frames from the device; none named: the port says nothing.
    pub ports: &'static [u8],
    /// A frame from the device.
    pub decode_up: fn(&Frame<'_>) -> Result<Decoded, Refusal>,
    /// A frame to the device.
    pub decode_down: fn(&Frame<'_>) -> Result<Decoded, Refusal>,
    /// The frame of a command, given as `decode_down` gives it in `extra`.
    pub encode_down: fn(&Map<String, Value>) -> Result<Downlink, Refusal>,
    /// Every command that a source describes, as `encode_down` takes it; numbers are examples.
    pub commands: fn() -> Vec<Map<String, Value>>,
}

static CODECS: [Codec; 15] = [
    bosch_tps110::CODEC,
    cicicom_s_lg_i3::CODEC,
    libelium_parking::CODEC,
    libelium_parking::CODEC_V1,
    libelium_parking::CODEC_V2,
    milesight::em310_udl::CODEC,
    milesight::em400_mud::CODEC,
    milesight::nb_iot::CODEC,
    milesight::vs34x::CODEC,
    netvox_r718pe::CODEC,
    nwave::ncc405::CODEC,
    nwave::nps310sm::CODEC,
    nwave::nps405::CODEC,
    pni_placepod::CODEC,
    tekzipark::CODEC,
];

/// Every codec, by device type.
#[must_use]
pub fn codecs() -> &'static [Codec] {
    &CODECS
}

/// The codec of a device type, in capitals or not, with hyphens or underscores, with or without a
/// firmware (`bosch-tps110-0.29`).
#[must_use]
pub fn codec(device_type: &str) -> Option<&'static Codec> {
    find(device_type).map(|(codec, _)| codec)
}

/// The firmware that a device type names (`0.29` in `bosch-tps110-0.29`).
#[must_use]
pub fn firmware_in(device_type: &str) -> Option<&str> {
    find(device_type).and_then(|(_, firmware)| firmware)
}

/// Every device type that has a codec.
pub fn device_types() -> impl Iterator<Item = &'static str> {
    CODECS.iter().map(|codec| codec.device_type)
}

fn find(device_type: &str) -> Option<(&'static Codec, Option<&str>)> {
    let device_type = device_type.trim();
    if let Some(codec) = named(device_type) {
        return Some((codec, None));
    }
    let (name, firmware) = device_type.rsplit_once('-')?;
    let is_version = firmware.starts_with(|c: char| c.is_ascii_digit())
        && firmware.chars().all(|c| c.is_ascii_digit() || c == '.');
    Some((named(name).filter(|_| is_version)?, Some(firmware)))
}

fn named(name: &str) -> Option<&'static Codec> {
    CODECS.iter().find(|codec| {
        std::iter::once(&codec.device_type)
            .chain(codec.aliases)
            .any(|known| is_same_name(known, name))
    })
}

/// `known` is in lower case with hyphens.
fn is_same_name(known: &str, name: &str) -> bool {
    known.len() == name.len()
        && known.bytes().zip(name.bytes()).all(|(known, given)| {
            known == given.to_ascii_lowercase() || (known == b'-' && given == b'_')
        })
}

/// Whether frames of this device type hold a distance.
#[must_use]
pub fn measures_distance(device_type: &str) -> bool {
    codec(device_type).is_some_and(|codec| DISTANCE_TYPES.contains(&codec.device_type))
}

/// Those whose `extra` has `DISTANCE`.
const DISTANCE_TYPES: [&str; 4] =
    ["milesight-em310-udl", "milesight-em400-mud", "milesight-nb-iot", "netvox-r718pe"];

/// For devices whose downlinks no source describes.
fn no_decode_down(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    Err(Refusal::unknown(format!("no downlink on FPort {}", frame.fport)))
}

/// For devices whose downlinks no source describes.
fn no_encode_down(_: &Map<String, Value>) -> Result<Downlink, Refusal> {
    Err(Refusal::unknown("no downlink of this device is known"))
}

/// For devices whose downlinks no source describes.
fn no_commands() -> Vec<Map<String, Value>> {
    Vec::new()
}

/// A command by its name, with its fields.
fn command<const N: usize>(name: &str, fields: [(&str, Value); N]) -> Map<String, Value> {
    let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
    std::iter::once(("command".to_owned(), name.into())).chain(fields).collect()
}

fn no_such_uplink(frame: &Frame<'_>) -> Refusal {
    Refusal::unknown(format!("no uplink on FPort {}", frame.fport))
}

fn wrong_length(what: &str, expected: &str, bytes: &[u8]) -> Refusal {
    Refusal::bad(format!("{what} has {expected}, not {}", bytes.len()))
}

/// A signed byte as a number of degrees.
fn degrees(byte: u8) -> f64 {
    f64::from(byte.cast_signed())
}

fn flag(word: &str) -> String {
    word.to_owned()
}

impl Refusal {
    fn unknown(detail: impl Into<String>) -> Self {
        Refusal { reason: Reject::UnknownFrame, detail: detail.into() }
    }

    fn bad(detail: impl Into<String>) -> Self {
        Refusal { reason: Reject::BadFrame, detail: detail.into() }
    }
}

impl Decoded {
    /// Says what the bay is by the distance in it, if there is one: a sign of life with the state of the
    /// bay, since no frame tells whether it was sent for a change. Whatever else the frame says of the bay
    /// counts for nothing then.
    pub fn judge_distance(&mut self, occupied_below_mm: u32) {
        let distance_mm = self.extra.get(DISTANCE).and_then(Value::as_u64);
        // What fills its field with zeros or ones is no measure.
        let distance_mm = distance_mm.filter(|mm| (1..u64::from(u16::MAX)).contains(mm));
        let (Some(distance_mm), Some(report)) = (distance_mm, self.readings.first_mut()) else {
            return;
        };
        report.occupied = Some(distance_mm < u64::from(occupied_below_mm));
        if report.kind != Kind::StartUp {
            report.kind = Kind::Heartbeat;
        }
    }

    fn reading(report: Report) -> Self {
        Decoded { readings: vec![report], extra: Map::new() }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}
