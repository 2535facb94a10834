//! What a driver can search for by name: streets and blocks, each in the middle of its bays, and the streets and named
//! places of the imported map. Bays are found by their codes in the index.
//!
//! **Invariant:** a street is there once: where its bays are if it has any, else where the map has its longest piece.

use std::collections::{BTreeMap, HashMap, HashSet};

use store::NamedPlaceRow;
use vocabulary::Point;
use wayfinding::places::{Place, PlaceHit, PlaceKind, Places};
use wayfinding::search::BayGrid;

/// The names of a city.
#[derive(Debug, Default)]
pub struct CityPlaces(Places);

/// The middle of some bays.
#[derive(Clone, Copy, Debug, Default)]
struct Middle {
    lon: f64,
    lat: f64,
    bays: f64,
}

impl CityPlaces {
    /// The names in an index, and those of the imported map.
    pub(super) fn of(index: &BayGrid, map: Vec<NamedPlaceRow>) -> CityPlaces {
        let mut map: Vec<Place> = map.into_iter().filter_map(place_of).collect();
        // The map has a street twice if only some of its pieces have an English name: the first to come stays.
        map.sort_by_key(|place| place.name_en.is_empty());
        let with_bays = with_bays(index, &map);
        let mut streets: HashSet<String> =
            with_bays.iter().filter(|place| is_street(place)).map(|p| p.name.clone()).collect();
        let of_map =
            map.into_iter().filter(|place| !is_street(place) || streets.insert(place.name.clone()));
        CityPlaces(Places::build(with_bays.into_iter().chain(of_map)))
    }

    /// Streets, blocks and named places that fit, best first.
    #[must_use]
    pub fn find(&self, typed: &str, near: Option<Point>, limit: usize) -> Vec<PlaceHit<'_>> {
        self.0.find(typed, near, limit)
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

/// Streets and blocks in the middle of their bays; English names of streets are the map's.
fn with_bays(index: &BayGrid, map: &[Place]) -> Vec<Place> {
    let english: HashMap<&str, &str> = map
        .iter()
        .filter(|place| is_street(place) && !place.name_en.is_empty())
        .map(|street| (street.name.as_str(), street.name_en.as_str()))
        .collect();
    let mut named: BTreeMap<(PlaceKind, &str), Middle> = BTreeMap::new();
    for bay in index.bays() {
        for name in [(PlaceKind::Street, &**bay.street), (PlaceKind::Block, &**bay.block)] {
            named.entry(name).or_default().add(bay.at);
        }
    }
    let place = |((kind, name), middle): ((PlaceKind, &str), Middle)| {
        let name_en = english.get(name).filter(|_| kind == PlaceKind::Street);
        Some(Place {
            kind,
            name: name.to_owned(),
            name_en: name_en.copied().unwrap_or_default().to_owned(),
            key: name.to_owned(),
            at: middle.point()?,
        })
    };
    named.into_iter().filter(|((_, name), _)| !name.is_empty()).filter_map(place).collect()
}

/// A place of the map by its Chinese name, with the English one or else what is written there. Nothing if it has no
/// name, or is parking along a street: that is found by its street.
fn place_of(row: NamedPlaceRow) -> Option<Place> {
    if row.name.is_empty() || row.kind == "street_parking" {
        return None;
    }
    let kind = if row.kind == "street" { PlaceKind::Street } else { PlaceKind::Named };
    let (name, written) = match row.name_zh {
        Some(chinese) if chinese != row.name => (chinese, row.name),
        _ => (row.name, String::new()),
    };
    let name_en = row.name_en.unwrap_or(written);
    Some(Place { kind, name, name_en, key: row.place_key, at: Point::new(row.lon, row.lat).ok()? })
}

fn is_street(place: &Place) -> bool {
    place.kind == PlaceKind::Street
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::bays::tests::grid;
    use wayfinding::State;

    /// Two bays in 人民路, 0.2° apart.
    fn index() -> BayGrid {
        let at = |lon| Point::new(lon, 36.5).unwrap();
        grid(State::Free, 1, [(1, at(104.1), "rm-n1"), (2, at(104.3), "rm-n2")])
    }

    #[test]
    fn streets_stand_in_the_middle_of_their_bays() {
        let places = CityPlaces::of(&index(), vec![]);
        let street = places.find("rml", None, 5)[0].place;
        assert!((street.at.lon() - 104.2).abs() < 1e-9, "{street:?}");
        assert_eq!(places.find("rm-n2", None, 5)[0].place.name, "rm-n2");
    }

    #[test]
    fn places_of_the_map_are_found_and_a_street_with_bays_is_there_once() {
        use PlaceKind::{Named, Street};
        let row = |key: &str, kind: &str, name: &str, zh: Option<&str>, en: Option<&str>| {
            let [name_zh, name_en] = [zh, en].map(|name| name.map(str::to_owned));
            let (place_key, kind, name) = (key.to_owned(), kind.to_owned(), name.to_owned());
            let (lon, lat, detail) = (105.0, 36.0, String::new());
            NamedPlaceRow { place_key, kind, name, name_zh, name_en, lon, lat, detail }
        };
        let map = vec![
            row("n1", "hospital", "白银市第一人民医院", None, Some("First Hospital")),
            row("n2", "mall", "Plaza Singapura", Some("狮城大厦"), None),
            row("s1", "street", "人民路", Some("人民路"), Some("Renmin Road")),
            row("s2", "street", "四龙路", Some("四龙路"), None),
            row("s3", "street", "四龙路", Some("四龙路"), Some("Silong Road")),
            row("w1", "street_parking", "四龙路", Some("四龙路"), None),
            row("w2", "parking", "", None, None),
        ];
        let places = CityPlaces::of(&index(), map);
        let found = |typed: &str| -> Vec<(PlaceKind, String, String)> {
            let hits = places.find(typed, None, 5).into_iter();
            hits.map(|h| (h.place.kind, h.place.name.clone(), h.place.name_en.clone())).collect()
        };
        let is = |kind, name: &str, en: &str| vec![(kind, name.to_owned(), en.to_owned())];
        assert_eq!(found("dyrm"), is(Named, "白银市第一人民医院", "First Hospital"));
        // Written in English, shown in Chinese, found by both.
        assert_eq!(found("plaza"), is(Named, "狮城大厦", "Plaza Singapura"));
        assert_eq!(found("scds"), is(Named, "狮城大厦", "Plaza Singapura"));
        assert_eq!(found("renmin road"), is(Street, "人民路", "Renmin Road"));
        assert!((places.find("renminlu", None, 5)[0].place.at.lon() - 104.2).abs() < 1e-9);
        assert_eq!(found("sll"), is(Street, "四龙路", "Silong Road"));
    }
}
