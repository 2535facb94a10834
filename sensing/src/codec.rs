//! Codecs: what the bytes of a vendor's frame say. One file per device family, one line in a table.
//!
//! A codec reads one frame and knows nothing of networks, times or registered devices. It refuses
//! what the layout does not say; it never guesses and never panics.

mod bosch_tps110;
mod milesight_vs34x;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::reading::Report;
use crate::reject::Reject;

/// A frame as the radio network hands it on.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
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
    pub aliases: &'static [&'static str],
    /// A frame from the device.
    pub decode_up: fn(&Frame<'_>) -> Result<Decoded, Refusal>,
    /// A frame to the device.
    pub decode_down: fn(&Frame<'_>) -> Result<Decoded, Refusal>,
    /// The frame of a command, given as `decode_down` gives it in `extra`.
    pub encode_down: fn(&Map<String, Value>) -> Result<Downlink, Refusal>,
}

static CODECS: [Codec; 2] = [bosch_tps110::CODEC, milesight_vs34x::CODEC];

/// The codec of a device type, in capitals or not, with or without a firmware (`bosch-tps110-0.29`).
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
            .any(|known| known.eq_ignore_ascii_case(name))
    })
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
    fn reading(report: Report) -> Self {
        Decoded { readings: vec![report], extra: Map::new() }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}
