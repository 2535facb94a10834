//! Envelopes: what networks wrap around a frame. One file per network.
//!
//! An envelope gives the frame, its identity and its times; what the frame says is the codec's
//! business. Real messages leave default values and empty fields out: absent is not an error where
//! the network defines what it means.

pub(crate) mod chirpstack;
mod fields;
pub(crate) mod native;
pub(crate) mod notice;
pub(crate) mod the_things_stack;

use serde_json::Map;
use sha2::{Digest, Sha256};
use vocabulary::Timestamp;

use crate::codec::{Codec, Decoded, Frame, codec, firmware_in};
use crate::reading::{DeviceProfile, Kind, Reading, ReadingId, Report, TimeSource};
use crate::reject::Reject;

/// A device's clock may lag behind the network's by this much and still be believed: longer than a
/// broker keeps a session, so that the backlog of an outage keeps its times.
pub(crate) const DEVICE_OLDER_MS: i64 = 8 * 24 * 60 * 60 * 1000;

/// A device's clock may be ahead of the network's by this much and still be believed.
const DEVICE_NEWER_MS: i64 = 5 * 60 * 1000;

/// The clocks of one network may differ by this much without a doubt.
const CLOCKS_APART_MS: i64 = 30 * 1000;

/// Longest frame that is read, in bytes. LoRaWAN carries 242.
const FRAME_LIMIT: usize = 1024;

/// A refusal before it is known whose message it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Reject,
    pub(crate) detail: String,
}

/// One frame of a LoRaWAN device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Uplink {
    /// `dev_eui` in lower case, or the device id where none is sent.
    pub(crate) key: String,
    pub(crate) epoch: String,
    pub(crate) number: i64,
    /// 1 to 255; 0 where there are no bytes.
    pub(crate) fport: u8,
    /// Empty: the device sent no frame, but the network counted its message.
    pub(crate) bytes: Vec<u8>,
    /// When the radio network got the frame; a gateway's word, believed if it is plausible.
    pub(crate) heard_at: Option<HeardAt>,
    /// When the network server got it.
    pub(crate) server_at: Option<Timestamp>,
    pub(crate) radio: Radio,
    /// Somebody made it up in the network's console.
    pub(crate) simulated: bool,
    /// What the network knows of the battery, for frames that do not say it.
    pub(crate) battery_pct: Option<u8>,
}

/// Whose word it is when a gateway heard a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeardAt {
    /// A gateway with a GPS receiver.
    Gps(Timestamp),
    /// A gateway with a clock of its own.
    Gateway(Timestamp),
}

/// When a frame was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Observed {
    at: Timestamp,
    earliest_at: Option<Timestamp>,
    source: TimeSource,
}

/// How well the best gateway heard the device.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Radio {
    pub(crate) rssi_dbm: Option<i32>,
    pub(crate) snr_db: Option<f64>,
}

impl Refused {
    pub(crate) fn new(reason: Reject, detail: impl Into<String>) -> Self {
        Refused { reason, detail: detail.into() }
    }
}

impl Uplink {
    /// Decodes the frame with the codec of the registered device.
    pub(crate) fn into_readings(
        self,
        profile: &DeviceProfile,
        received_at: Timestamp,
    ) -> Result<Vec<Reading>, Refused> {
        let codec = codec(&profile.device_type).ok_or_else(|| {
            let detail = format!("no codec for {:?}", profile.device_type);
            Refused::new(Reject::UnknownDeviceType, detail)
        })?;
        if self.bytes.len() > FRAME_LIMIT {
            let detail = format!("a frame of {} bytes; at most {FRAME_LIMIT}", self.bytes.len());
            return Err(Refused::new(Reject::BadFrame, detail));
        }
        let mut decoded = self.decode(codec, profile)?;
        if let Some(below_mm) = profile.occupied_below_mm {
            decoded.judge_distance(below_mm);
        }
        let Decoded { mut readings, extra } = decoded;
        if let Some(first) = readings.first_mut() {
            first.extra = extra;
            if first.battery_pct.is_none() && first.battery_mv.is_none() {
                first.battery_pct = self.battery_pct;
            }
        }
        let parts = (0..=u16::MAX).zip(readings);
        Ok(parts.map(|(part, report)| self.reading(profile, received_at, part, report)).collect())
    }

    /// What the frame says. Without one the message says nothing, but it was counted: it is no gap.
    fn decode(&self, codec: &Codec, profile: &DeviceProfile) -> Result<Decoded, Refused> {
        if self.bytes.is_empty() {
            return Ok(Decoded { readings: vec![Report::new(Kind::Info)], extra: Map::new() });
        }
        let firmware = profile.firmware.as_deref().or_else(|| firmware_in(&profile.device_type));
        let frame = Frame { fport: self.fport, bytes: &self.bytes, firmware };
        (codec.decode_up)(&frame).map_err(|refusal| Refused::new(refusal.reason, refusal.detail))
    }

    fn reading(
        &self,
        profile: &DeviceProfile,
        received_at: Timestamp,
        part: u16,
        report: Report,
    ) -> Reading {
        let observed = self.observed(received_at);
        Reading {
            id: ReadingId {
                device: profile.device,
                epoch: self.epoch.clone(),
                number: self.number,
                part,
            },
            payload_hash: hash(&[&[self.fport], &self.bytes]),
            observed_at: observed.at,
            earliest_at: observed.earliest_at,
            time_source: observed.source,
            device_at: None,
            network_at: self.server_at.or(self.heard_at.map(HeardAt::at)),
            received_at,
            rssi_dbm: self.radio.rssi_dbm,
            snr_db: self.radio.snr_db,
            report,
        }
    }

    /// By the best clock there is. Where the network server told no time that can be right, the
    /// arrival here stands in for it: without either a gateway's clock would be its own judge.
    fn observed(&self, received_at: Timestamp) -> Observed {
        let can_be = |at: Timestamp| at.since_ms(received_at) <= DEVICE_NEWER_MS;
        let server_at = self.server_at.filter(|at| can_be(*at));
        let known_at = server_at.unwrap_or(received_at);
        let network = |at, earliest_at| Observed { at, earliest_at, source: TimeSource::Network };
        match self.heard_at.filter(|h| can_be(h.at()) && is_plausible(h.at(), known_at)) {
            Some(HeardAt::Gateway(at)) if at.since_ms(known_at).abs() > CLOCKS_APART_MS => {
                network(at.max(known_at), Some(at.min(known_at)))
            }
            Some(heard) => network(heard.at(), None),
            None if server_at.is_some() => network(known_at, None),
            None => Observed { at: received_at, earliest_at: None, source: TimeSource::Received },
        }
    }
}

impl HeardAt {
    fn at(self) -> Timestamp {
        match self {
            HeardAt::Gps(at) | HeardAt::Gateway(at) => at,
        }
    }
}

/// Whether a device's (or gateway's) clock can be right, seen from the network's.
fn is_plausible(at: Timestamp, network_at: Timestamp) -> bool {
    (-DEVICE_OLDER_MS..=DEVICE_NEWER_MS).contains(&at.since_ms(network_at))
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part)).finalize().into()
}
