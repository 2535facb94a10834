//! A fold as it is stored: what it repeats in memory (device ids, names of epochs) is written once.

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Timestamp};

use super::bay::Bay;
use super::past::Past;
use super::presence::Presence;
use super::{Device, Fold};
use crate::observation::Way;
use crate::reading::ReadingId;
use crate::span::{Doubt, Edge, Span};

/// The stored form.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    devices: Vec<Device>,
    latest: Option<(Timestamp, u32, Way)>,
    bay: Bay,
    span: Option<StoredSpan>,
    past: Past,
}

#[derive(Serialize, Deserialize)]
struct StoredSpan {
    arrived: Edge,
    left: Option<Edge>,
    doubts: Vec<Doubt>,
    brief: bool,
    first: Mark,
    last: Option<Mark>,
}

/// The identity of a reading of one of the devices.
#[derive(Serialize, Deserialize)]
struct Mark {
    device: u32,
    epoch: Name,
    number: i64,
    part: u16,
}

#[derive(Serialize, Deserialize)]
enum Name {
    /// Its place in the device's ledger.
    Remembered(u32),
    Written(String),
}

/// The stored bytes name a device or an epoch that is not among them.
#[derive(Debug, thiserror::Error)]
#[error("the stored fold names what it does not hold")]
pub(super) struct Broken;

impl From<Fold> for Stored {
    fn from(fold: Fold) -> Self {
        let index = |id: DeviceId| {
            let place = fold.devices.iter().position(|d| d.id == id);
            place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
        };
        let mark = |id: &ReadingId| {
            let device = index(id.device);
            let ledger = fold.devices.iter().find(|d| d.id == id.device).map(|d| &d.ledger);
            let remembered = ledger.and_then(|ledger| ledger.place(&id.epoch));
            let epoch =
                remembered.map_or_else(|| Name::Written(id.epoch.clone()), Name::Remembered);
            Mark { device, epoch, number: id.number, part: id.part }
        };
        let span = fold.presence.span().map(|span| StoredSpan {
            arrived: span.arrived,
            left: span.left,
            doubts: span.doubts.clone(),
            brief: span.brief,
            first: mark(&span.first),
            last: span.last.as_ref().map(mark),
        });
        let latest = fold.latest.map(|(at, id, way)| (at, index(id), way));
        let past = fold.presence.past().clone();
        Stored { latest, bay: fold.bay, span, past, devices: fold.devices }
    }
}

impl TryFrom<Stored> for Fold {
    type Error = Broken;

    fn try_from(stored: Stored) -> Result<Self, Broken> {
        let devices = stored.devices;
        let device = |index: u32| {
            usize::try_from(index).ok().and_then(|index| devices.get(index)).ok_or(Broken)
        };
        let unmark = |mark: Mark| {
            let device = device(mark.device)?;
            let epoch = match mark.epoch {
                Name::Written(name) => name,
                Name::Remembered(place) => device.ledger.name(place).ok_or(Broken)?.to_owned(),
            };
            Ok(ReadingId { device: device.id, epoch, number: mark.number, part: mark.part })
        };
        let unpack = |span: StoredSpan| {
            Ok(Span {
                arrived: span.arrived,
                left: span.left,
                doubts: span.doubts,
                brief: span.brief,
                first: unmark(span.first)?,
                last: span.last.map(unmark).transpose()?,
            })
        };
        let latest = stored.latest.map(|(at, index, way)| Ok((at, device(index)?.id, way)));
        let latest = latest.transpose()?;
        let presence = Presence::of(stored.span.map(unpack).transpose()?, stored.past);
        Ok(Fold { latest, bay: stored.bay, presence, devices })
    }
}
