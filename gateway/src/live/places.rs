//! What a driver can search for by name: streets and blocks, each in the middle of its bays, and bays by their codes.

use std::collections::BTreeMap;

use vocabulary::{BayCode, Point};
use wayfinding::LiveIndex;
use wayfinding::places::{Place, PlaceHit, PlaceKind, Places};

/// The names of a city.
#[derive(Debug, Default)]
pub struct CityPlaces {
    places: Places,
    /// In order.
    codes: Vec<BayCode>,
}

/// The middle of some bays.
#[derive(Clone, Copy, Debug, Default)]
struct Middle {
    lon: f64,
    lat: f64,
    bays: f64,
}

impl CityPlaces {
    /// The names in an index.
    pub(super) fn of(index: &LiveIndex) -> CityPlaces {
        let mut named: BTreeMap<(PlaceKind, &str), Middle> = BTreeMap::new();
        for bay in index.bays() {
            for name in [(PlaceKind::Street, &*bay.street), (PlaceKind::Block, &*bay.block)] {
                named.entry(name).or_default().add(bay.at);
            }
        }
        let places = named.into_iter().filter(|((_, name), _)| !name.is_empty()).filter_map(
            |((kind, name), middle)| {
                Some(Place {
                    kind,
                    name: name.to_owned(),
                    name_en: String::new(),
                    key: name.to_owned(),
                    at: middle.point()?,
                })
            },
        );
        let places = Places::build(places);
        let mut codes: Vec<BayCode> = index.bays().map(|bay| bay.code.clone()).collect();
        codes.sort_unstable();
        CityPlaces { places, codes }
    }

    /// Streets and blocks that fit, best first.
    #[must_use]
    pub fn find(&self, typed: &str, near: Option<Point>, limit: usize) -> Vec<PlaceHit<'_>> {
        self.places.find(typed, near, limit)
    }

    /// Codes of bays that begin with what was typed.
    pub fn codes(&self, typed: &str) -> impl Iterator<Item = &BayCode> {
        let typed = typed.trim().to_ascii_uppercase();
        let first = self.codes.partition_point(|code| code.as_str() < typed.as_str());
        let fits = move |code: &&BayCode| !typed.is_empty() && code.as_str().starts_with(&typed);
        self.codes[first..].iter().take_while(fits)
    }
}

impl Middle {
    fn add(&mut self, at: Point) {
        self.bays += 1.0;
        self.lon += at.lon();
        self.lat += at.lat();
    }

    fn point(self) -> Option<Point> {
        Point::new(self.lon / self.bays, self.lat / self.bays).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfinding::{Bay, State};

    #[test]
    fn streets_stand_in_the_middle_of_their_bays() {
        let mut index = LiveIndex::new();
        for (number, lon) in [(1_u32, 104.1), (2, 104.3)] {
            index.put(Bay {
                id: format!("{number:032x}").parse().unwrap(),
                code: BayCode::parse(&format!("BY{number:04}")).unwrap(),
                at: Point::new(lon, 36.5).unwrap(),
                street: "人民路".into(),
                block: format!("rm-n{number}").as_str().into(),
                state: State::Free,
                observed_at: None,
                version: 1,
            });
        }
        let places = CityPlaces::of(&index);
        let street = places.find("rml", None, 5)[0].place;
        assert!((street.at.lon() - 104.2).abs() < 1e-9, "{street:?}");
        assert_eq!(places.find("rm-n2", None, 5)[0].place.name, "rm-n2");
        let codes = |typed| places.codes(typed).map(BayCode::as_str).collect::<Vec<_>>();
        assert_eq!(codes("by"), ["BY0001", "BY0002"]);
        assert_eq!(codes("BY0002"), ["BY0002"]);
        assert!(codes("").is_empty() && codes("C").is_empty());
    }
}
