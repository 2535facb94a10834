//! What a survey of roads says, whatever it was read from: OpenStreetMap, GeoJSON, an invented town.
//!
//! Knows no file format and no graph. The network is built from it.

use vocabulary::Point;

pub use crate::road_class::RoadClass;
use crate::spot::Spot;

/// Streets, what is forbidden at their junctions, and places with names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Every point of every street; streets that share one meet there.
    pub nodes: Vec<Spot>,
    pub streets: Vec<Street>,
    pub rules: Vec<TurnRule>,
    /// Points (numbers in `nodes`) that no vehicle passes.
    pub barriers: Vec<u32>,
    pub places: Vec<NamedPlace>,
    pub counts: Counts,
}

/// A street or a piece of one: a line with the same rules from end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Street {
    /// Its number where it was read from (an OSM way).
    pub id: i64,
    /// Numbers in `Survey::nodes`; at least two.
    pub line: Vec<u32>,
    pub class: RoadClass,
    pub name: Name,
    /// May vehicles go along the line, and against it?
    pub along: Access,
    pub against: Access,
    /// May people walk it? Always both ways.
    pub on_foot: bool,
    pub roundabout: bool,
    /// Limit in km/h along and against the line.
    pub limit_along: u8,
    pub limit_against: u8,
}

/// Who may drive somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    Open,
    /// Only whose way begins or ends there.
    Destination,
    #[default]
    Closed,
}

/// What a street or place is called, in Chinese and in English; empty if it is not known in that language.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Name {
    pub zh: String,
    pub en: String,
}

/// What a sign at a junction forbids, or makes the only way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnRule {
    pub kind: RuleKind,
    /// Where the sign points; decides where a street goes on beyond the junction in both directions.
    pub toward: Option<Toward>,
    /// Ids of streets.
    pub from: Vec<i64>,
    pub via: Via,
    pub to: Vec<i64>,
}

/// What kind of rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    No,
    /// As `No`; where traffic drives on the right it forbids to turn back as well.
    NoLeft,
    NoUTurn,
    Only,
}

/// Where a sign points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    Left,
    Right,
    Straight,
}

/// Between `from` and `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A number in `Survey::nodes`.
    Node(u32),
    /// Ids of streets.
    Streets(Vec<i64>),
}

/// A place that people look for by name, or a place to park.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPlace {
    /// Its number where it was read from: `n1` (a node), `w1` (a way).
    pub key: String,
    /// Value of the deciding tag: `hospital`, `supermarket`, `parking`, `street_parking`, …
    pub kind: String,
    /// As it stands there; empty only for a car park without a name.
    pub name: String,
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    /// Of an area the middle of its bounds.
    pub at: Point,
    /// Tags that matter to a driver: `fee=yes;capacity=40`.
    pub detail: String,
}

/// What was read and what was left out, for whoever imports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub streets: u64,
    /// Streets left out because points are missing in the file (it was cut at a border).
    pub streets_cut: u64,
    /// Restrictions read.
    pub rules: u64,
    /// Left out: their streets are not taken (they lie outside the rectangle).
    pub rules_outside: u64,
    /// Left out: they hold at times only.
    pub rules_conditional: u64,
    /// Left out: they do not hold for cars.
    pub rules_of_others: u64,
    /// Left out: no known kind, or a member is missing or of the wrong kind.
    pub rules_unreadable: u64,
    /// Tags that hold at times only; the usual value was taken.
    pub tags_conditional: u64,
    /// One-ways that change their direction by the hour: closed.
    pub reversible: u64,
    /// Limits that could not be read; that of the class was taken.
    pub limits_unreadable: u64,
    pub places: u64,
}

impl Access {
    #[must_use]
    pub fn is_closed(self) -> bool {
        self == Access::Closed
    }
}

impl Name {
    /// Neither language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    /// The Chinese name, or the other one.
    #[must_use]
    pub fn in_chinese(&self) -> &str {
        if self.zh.is_empty() { &self.en } else { &self.zh }
    }

    /// The English name, or the other one.
    #[must_use]
    pub fn in_english(&self) -> &str {
        if self.en.is_empty() { &self.zh } else { &self.en }
    }

    /// From the name as it stands there and those in the two languages.
    #[must_use]
    pub fn of(local: &str, zh: &str, en: &str) -> Name {
        let chinese = local.chars().any(is_han);
        let pick = |said: &str, fits: bool| {
            let text = if said.is_empty() && fits { local } else { said };
            text.trim().to_owned()
        };
        Name { zh: pick(zh, chinese), en: pick(en, !chinese) }
    }
}

/// A Chinese character of the common blocks.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_to_the_language_it_is_in() {
        for (local, zh, en, expected) in [
            ("人民路", "", "", ("人民路", "")),
            ("人民路", "", "Renmin Road", ("人民路", "Renmin Road")),
            ("Main Street", "", "", ("", "Main Street")),
            ("Rue de Lyon", "里昂街", "Lyon Street", ("里昂街", "Lyon Street")),
            ("", "", "", ("", "")),
        ] {
            let name = Name::of(local, zh, en);
            assert_eq!((name.zh.as_str(), name.en.as_str()), expected, "{local}");
        }
        let only_chinese = Name::of("人民路", "", "");
        assert_eq!((only_chinese.in_chinese(), only_chinese.in_english()), ("人民路", "人民路"));
    }
}
