//! A notice before it is known which registered device it is about.

use serde::Serialize;
use vocabulary::{DeviceId, Point, Timestamp};

use super::fields::{Fields, bad, missing};
use super::{Refused, hash};
use crate::notice::{Notice, NoticeKind};

/// Longest text that is kept of a network's own words, in characters.
const TEXT_LIMIT: usize = 500;

/// What a network said of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    /// As for an uplink.
    pub(crate) key: String,
    /// The network's time, if it told one.
    pub(crate) at: Option<Timestamp>,
    pub(crate) what: NoticeKind,
}

/// What the hash is taken over.
#[derive(Serialize)]
struct Content<'a> {
    device: DeviceId,
    at_ms: Option<i64>,
    what: &'a NoticeKind,
}

impl Said {
    pub(crate) fn into_notice(self, device: DeviceId, received_at: Timestamp) -> Notice {
        let Said { key: _, at, what } = self;
        let content = Content { device, at_ms: at.map(Timestamp::ms), what: &what };
        let canonical = serde_json::to_vec(&content).expect("texts and numbers are always JSON");
        Notice { device, at: at.unwrap_or(received_at), hash: hash(&[&canonical]), what }
    }
}

/// As much of a network's words as is kept.
pub(super) fn words(text: &str) -> String {
    text.chars().take(TEXT_LIMIT).collect()
}

/// A place as both networks write it. A coordinate of 0 is left out; both left out is no place.
pub(super) fn located(location: Fields<'_>) -> Result<NoticeKind, Refused> {
    let latitude = location.number("latitude", -90.0, 90.0)?;
    let longitude = location.number("longitude", -180.0, 180.0)?;
    if latitude.is_none() && longitude.is_none() {
        return Err(missing("location.latitude"));
    }
    let at = Point::new(longitude.unwrap_or(0.0), latitude.unwrap_or(0.0))
        .map_err(|_| bad("location", "a place on earth"))?;
    Ok(NoticeKind::Located {
        at,
        accuracy_m: location.number("accuracy", 0.0, 1e9)?,
        source: location.text("source")?.map(|source| words(source).to_ascii_lowercase()),
    })
}
