//! A fold as it is stored: what it repeats in memory (device ids, names of epochs) is written once.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use vocabulary::{DeviceId, Timestamp};

use super::bay::Bay;
use super::past::Past;
use super::presence::Presence;
use super::{Device, Fold};
use crate::observation::Way;
use crate::reading::ReadingId;
use crate::span::{Doubt, Edge, Span};

/// The stored form: written of a fold that keeps what it holds, read into one of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored<'a> {
    devices: Cow<'a, [Device]>,
    latest: Option<(Timestamp, u32, Way)>,
    bay: Cow<'a, Bay>,
    span: Option<StoredSpan<'a>>,
    past: Cow<'a, Past>,
}

#[derive(Serialize, Deserialize)]
struct StoredSpan<'a> {
    arrived: Edge,
    left: Option<Edge>,
    doubts: Cow<'a, [Doubt]>,
    brief: bool,
    first: Mark<'a>,
    last: Option<Mark<'a>>,
}

/// The identity of a reading of one of the devices.
#[derive(Serialize, Deserialize)]
struct Mark<'a> {
    device: u32,
    epoch: Name<'a>,
    number: i64,
    part: u16,
}

#[derive(Serialize, Deserialize)]
enum Name<'a> {
    /// Its place in the device's ledger.
    Remembered(u32),
    Written(Cow<'a, str>),
}

/// The stored bytes name a device or an epoch that is not among them.
#[derive(Debug, thiserror::Error)]
#[error("the stored fold names what it does not hold")]
pub(super) struct Broken;

impl Serialize for Fold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored::of(self).serialize(serializer)
    }
}

impl<'a> Stored<'a> {
    fn of(fold: &'a Fold) -> Stored<'a> {
        let span = fold.presence.span().map(|span| StoredSpan {
            arrived: span.arrived,
            left: span.left,
            doubts: Cow::Borrowed(&span.doubts),
            brief: span.brief,
            first: Mark::of(fold, &span.first),
            last: span.last.as_ref().map(|id| Mark::of(fold, id)),
        });
        Stored {
            latest: fold.latest.map(|(at, id, way)| (at, place(fold, id), way)),
            bay: Cow::Borrowed(&fold.bay),
            span,
            past: Cow::Borrowed(fold.presence.past()),
            devices: Cow::Borrowed(&fold.devices),
        }
    }
}

impl<'a> Mark<'a> {
    fn of(fold: &Fold, id: &'a ReadingId) -> Mark<'a> {
        let device = fold.devices.iter().find(|d| d.id == id.device);
        let remembered = device.and_then(|device| device.ledger.place(&id.epoch));
        let epoch =
            remembered.map_or_else(|| Name::Written(Cow::Borrowed(&id.epoch)), Name::Remembered);
        Mark { device: place(fold, id.device), epoch, number: id.number, part: id.part }
    }
}

/// The place of a device in the fold's list.
fn place(fold: &Fold, id: DeviceId) -> u32 {
    let place = fold.devices.iter().position(|d| d.id == id);
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
}

impl TryFrom<Stored<'_>> for Fold {
    type Error = Broken;

    fn try_from(stored: Stored<'_>) -> Result<Self, Broken> {
        let devices = stored.devices.into_owned();
        let device = |index: u32| {
            usize::try_from(index).ok().and_then(|index| devices.get(index)).ok_or(Broken)
        };
        let unmark = |mark: Mark<'_>| {
            let device = device(mark.device)?;
            let epoch = match mark.epoch {
                Name::Written(name) => name.into_owned(),
                Name::Remembered(place) => device.ledger.name(place).ok_or(Broken)?.to_owned(),
            };
            Ok(ReadingId { device: device.id, epoch, number: mark.number, part: mark.part })
        };
        let unpack = |span: StoredSpan<'_>| {
            Ok(Span {
                arrived: span.arrived,
                left: span.left,
                doubts: span.doubts.into_owned(),
                brief: span.brief,
                first: unmark(span.first)?,
                last: span.last.map(unmark).transpose()?,
            })
        };
        let latest = stored.latest.map(|(at, index, way)| Ok((at, device(index)?.id, way)));
        let latest = latest.transpose()?;
        let presence = Presence::of(stored.span.map(unpack).transpose()?, stored.past.into_owned());
        Ok(Fold { latest, bay: stored.bay.into_owned(), presence, devices })
    }
}
