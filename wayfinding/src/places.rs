//! Streets, blocks and named places, found by what people type: Chinese, pinyin, initials, English, or a mix.
//!
//! `人民路`, `renminlu`, `rml`, `人民lu` and `renm` all find 人民路. Each character may be typed as itself, as any of its
//! readings (重 is `zhong` and `chong`), or as the first letter of one; the last reading may be cut short. Bays are found by
//! their codes in `LiveIndex::bays_coded`. **Invariant:** the same places in any order give the same answer.

mod spelling;

use std::collections::{BTreeSet, HashMap};

use vocabulary::Point;

pub use spelling::Manner;
use spelling::{Readings, Spelled, plain};

/// What kind of place it is, in the order in which equals are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    Street,
    Block,
    /// From the map: a market, a hospital, a gate.
    Named,
}

/// A place as it goes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub kind: PlaceKind,
    pub name: String,
    /// Empty if it has none.
    pub name_en: String,
    /// The caller's own key; of two places that are alike in all else, the smaller comes first.
    pub key: String,
    pub at: Point,
}

/// A place found, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceHit<'a> {
    pub place: &'a Place,
    pub fit: Fit,
}

/// How well a name fits what was typed; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    pub part: Part,
    pub manner: Manner,
}

/// Which part of the name was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Whole,
    Beginning,
    Middle,
}

/// All places of a city.
#[derive(Clone, Debug, Default)]
pub struct Places {
    places: Vec<Place>,
    /// Both names of each, as they are spelled.
    spelled: Vec<[Spelled; 2]>,
    readings: Readings,
    /// Which places have a part that begins with a character.
    by_first: HashMap<char, Vec<u32>>,
}

/// Longer than any name; what is beyond is cut off.
const TYPED_LIMIT: usize = 64;

impl PlaceKind {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PlaceKind::Street => "street",
            PlaceKind::Block => "block",
            PlaceKind::Named => "named",
        }
    }
}

impl Places {
    /// Learns how the names are spelled.
    #[must_use]
    pub fn build(places: impl IntoIterator<Item = Place>) -> Places {
        let mut all = Places::default();
        for place in places {
            let number = u32::try_from(all.places.len()).unwrap_or(u32::MAX);
            let spelled = [&place.name, &place.name_en].map(|name| Spelled::of(name));
            let mut firsts = BTreeSet::new();
            for name in &spelled {
                all.readings.learn(name);
                name.starts().for_each(|at| firsts.extend(all.readings.first_letters(name, at)));
            }
            for first in firsts {
                all.by_first.entry(first).or_default().push(number);
            }
            all.places.push(place);
            all.spelled.push(spelled);
        }
        all
    }

    /// How many places there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What fits best; of equals, the shorter name, then the nearer place.
    #[must_use]
    pub fn find(&self, typed: &str, near: Option<Point>, limit: usize) -> Vec<PlaceHit<'_>> {
        let typed: Vec<char> = plain(typed).take(TYPED_LIMIT).collect();
        let Some(candidates) = typed.first().and_then(|first| self.by_first.get(first)) else {
            return Vec::new();
        };
        let mut hits: Vec<PlaceHit<'_>> = candidates
            .iter()
            .filter_map(|number| {
                let number = *number as usize;
                let fits = self.spelled[number].iter().filter_map(|name| self.fit(name, &typed));
                Some(PlaceHit { fit: fits.min()?, place: &self.places[number] })
            })
            .collect();
        let away = |place: &Place| near.map_or(0.0, |near| near.distance_m(place.at));
        hits.sort_by(|a, b| {
            let length = |hit: &PlaceHit<'_>| hit.place.name.chars().count();
            a.fit
                .cmp(&b.fit)
                .then_with(|| length(a).cmp(&length(b)))
                .then_with(|| a.place.kind.cmp(&b.place.kind))
                .then_with(|| away(a.place).total_cmp(&away(b.place)))
                .then_with(|| a.place.name.cmp(&b.place.name))
                .then_with(|| a.place.key.cmp(&b.place.key))
        });
        hits.truncate(limit);
        hits
    }

    /// The best way in which a name fits.
    fn fit(&self, name: &Spelled, typed: &[char]) -> Option<Fit> {
        name.starts()
            .filter_map(|at| {
                let (manner, whole) = self.readings.spells(name, at, typed)?;
                let part = match (at, whole) {
                    (0, true) => Part::Whole,
                    (0, false) => Part::Beginning,
                    _ => Part::Middle,
                };
                Some(Fit { part, manner })
            })
            .min()
    }
}

#[cfg(test)]
mod tests;
