//! Places that people look for by name, and car parks: which things on the map are kept.

use super::block::Tags;
use super::parking;
use crate::spot::Spot;
use crate::street::NamedPlace;

/// Keys whose value says what a place is, most telling first.
const KEYS: [&str; 14] = [
    "amenity",
    "shop",
    "tourism",
    "office",
    "leisure",
    "healthcare",
    "railway",
    "public_transport",
    "historic",
    "aeroway",
    "place",
    "craft",
    "landuse",
    "building",
];
/// Values that nobody drives to by name.
const DULL: [&str; 10] = [
    "bench",
    "waste_basket",
    "bicycle_parking",
    "stop_position",
    "platform",
    "vending_machine",
    "rail",
    "tram",
    "switch",
    "level_crossing",
];
/// What a driver wants to know of a car park.
const OF_PARKING: [&str; 10] = [
    "access",
    "capacity",
    "capacity:charging",
    "capacity:disabled",
    "charge",
    "fee",
    "maxheight",
    "maxstay",
    "opening_hours",
    "parking",
];
/// Longest name kept, in bytes.
const NAME_LIMIT: usize = 200;

/// What a thing is called and where it lies is known later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) name_zh: Option<String>,
    pub(super) name_en: Option<String>,
    pub(super) detail: String,
}

/// The place, if it is one to be found by name, or a car park.
pub(super) fn title(tags: Tags<'_>) -> Option<Title> {
    let kind = KEYS.iter().find_map(|key| {
        let value = tags.get(key).filter(|value| *value != "no" && !DULL.contains(value))?;
        // `building=yes` says nothing: the key is the better word.
        Some(if value == "yes" { *key } else { value })
    })?;
    let is_parking = kind == "parking";
    let name = text(tags.get("name").or_else(|| tags.get("name:zh")).unwrap_or_default());
    if name.is_empty() && !is_parking {
        return None;
    }
    let told = |key| tags.get(key).map(text).filter(|name| !name.is_empty());
    let wanted = OF_PARKING.iter().filter_map(|key| tags.get(key).map(|value| (*key, value)));
    Some(Title {
        kind: text(kind),
        name,
        name_zh: told("name:zh"),
        name_en: told("name:en"),
        detail: if is_parking { parking::detail(wanted) } else { String::new() },
    })
}

impl Title {
    pub(super) fn at(self, key: String, at: Spot) -> NamedPlace {
        let Title { kind, name, name_zh, name_en, detail } = self;
        NamedPlace { key, kind, name, name_zh, name_en, at: at.point(), detail }
    }

    /// What it takes to hold it, in bytes.
    pub(super) fn weight(&self) -> u64 {
        let texts = self.kind.len() + self.name.len() + self.detail.len();
        texts as u64 + 200
    }
}

/// Without control characters and blanks around it, cut at a whole character.
fn text(value: &str) -> String {
    let mut text: String = value.trim().chars().filter(|c| !c.is_control()).collect();
    while text.len() > NAME_LIMIT {
        text.pop();
    }
    text
}
