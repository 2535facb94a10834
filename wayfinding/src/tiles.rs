//! Vector tiles of a town: bays, blocks, roads and named places, as the Mapbox Vector Tile Specification 2.1 has them
//! (github.com/mapbox/vector-tile-spec), in Web Mercator.
//!
//! Geometry, names and numeric bay ids, and nothing else: no state, no plate, no price ever comes into a tile, so that a tile may
//! be kept for ever. Values in, bytes out; whoever serves them hashes what is drawn ([`Layout::each_byte`]) and calls the hash
//! the layout version.
//!
//! **Invariants:** the same town makes the same layout, and the same layout the same tiles; no tile number and no place makes it panic;
//! a tile holds no more than its written limits, the less important left out.

mod bays;
mod blocks;
mod boxes;
mod clip;
mod draw;
mod lines;
mod mercator;
mod names;
mod simplify;
mod spec;

pub use mercator::{DEEPEST, TileId, TileReject};

use std::collections::BTreeMap;

use vocabulary::{BayCode, Point};

use crate::datum::{Datum, Degrees};
use crate::network::Network;
use crate::spot::Spot;
use bays::Bays;
use blocks::Block;
use lines::Lines;
use names::Names;

/// Changes when the same town would be drawn otherwise: part of what is hashed.
const FORM: u32 = 1;
/// Deepest zoom that is worth asking for: a tile's unit is 15 cm at the equator; beyond, maps enlarge it.
pub const SOURCE_DEEPEST: u8 = 16;

/// A bay as the register has it. The place is its middle.
#[derive(Clone, Debug, PartialEq)]
pub struct MapBay<'a> {
    /// Its number, which it keeps.
    pub no: u64,
    pub code: BayCode,
    pub at: Point,
    /// Where its long side points, clockwise from north.
    pub heading_deg: f64,
    pub length_m: f64,
    pub block: &'a str,
    pub street: &'a str,
}

/// A place of the map with its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapName<'a> {
    /// As the map says: `hospital`, `marketplace`, …
    pub kind: &'a str,
    pub name: &'a str,
    /// Empty if it has none.
    pub name_en: &'a str,
    pub at: Point,
}

/// What is drawn of a town.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    bays: Bays,
    blocks: Lines,
    roads: Lines,
    /// Most important first.
    places: Vec<MapPlace>,
    names: Names,
}

/// A place with a name on the map; the texts are numbers in `Names`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MapPlace {
    at: Spot,
    rank: u8,
    kind: u32,
    name: u32,
    name_en: u32,
}

/// Takes a town bay by bay.
#[derive(Debug)]
pub struct LayoutBuilder {
    datum: Datum,
    layout: Layout,
    blocks: BTreeMap<u32, Block>,
}

impl LayoutBuilder {
    /// What is drawn is given in WGS-84 and drawn in `datum`: that of the base map below.
    #[must_use]
    pub fn new(datum: Datum) -> LayoutBuilder {
        LayoutBuilder { datum, layout: Layout::default(), blocks: BTreeMap::new() }
    }

    /// Each bay once.
    pub fn bay(&mut self, bay: &MapBay<'_>) {
        let at = self.spot(bay.at);
        let block = self.layout.names.number(bay.block);
        let street = self.layout.names.number(bay.street);
        let known = self.blocks.entry(block).or_insert_with(|| Block::new(street));
        known.bay(at, bay.heading_deg, bay.length_m);
        self.layout.bays.push(bay, at);
    }

    /// Streets of the imported map.
    pub fn roads(&mut self, network: &Network) {
        let datum = self.datum;
        self.layout.roads = lines::of_network(network, &mut self.layout.names, |spot| {
            if datum == Datum::Wgs84 { spot } else { convert(spot.point(), datum) }
        });
    }

    /// A place with a name. Streets are drawn as roads, so they are left out here, and so is parking along them.
    pub fn place(&mut self, place: &MapName<'_>) {
        if place.name.is_empty() || matches!(place.kind, "street" | "street_parking") {
            return;
        }
        let at = self.spot(place.at);
        let names = &mut self.layout.names;
        self.layout.places.push(MapPlace {
            at,
            rank: names::rank(place.kind),
            kind: names.number(place.kind),
            name: names.number(place.name),
            name_en: names.number(place.name_en),
        });
    }

    /// The whole, in an order that does not depend on the order it came in.
    #[must_use]
    pub fn finish(self) -> Layout {
        let mut layout = self.layout;
        layout.bays.finish();
        let english = lines::english(&layout.roads);
        layout.blocks = blocks::lines(self.blocks, &layout.names, &english);
        let names = &layout.names;
        layout.places.sort_by_key(|place| {
            (
                place.rank,
                place.at,
                names.text(place.name),
                names.text(place.kind),
                names.text(place.name_en),
            )
        });
        layout.places.dedup();
        layout
    }

    fn spot(&self, at: Point) -> Spot {
        convert(at, self.datum)
    }
}

impl Layout {
    /// A tile's bytes; none if nothing lies in it.
    #[must_use]
    pub fn tile(&self, tile: TileId) -> Option<Vec<u8>> {
        draw::tile(self, tile)
    }

    /// Everything that is drawn, for a hash; the same town gives the same bytes.
    pub fn each_byte(&self, take: &mut impl FnMut(&[u8])) {
        take(&FORM.to_be_bytes());
        self.bays.each_byte(take);
        for lines in [&self.blocks, &self.roads] {
            lines.each_byte(&self.names, take);
        }
        take(&u64::try_from(self.places.len()).unwrap_or(u64::MAX).to_be_bytes());
        for place in &self.places {
            place.at.each_byte(take);
            for name in [place.kind, place.name, place.name_en] {
                names::text_bytes(self.names.text(name), take);
            }
        }
    }

    /// The number of a bay in the tiles.
    #[must_use]
    pub fn number_of(&self, code: &BayCode) -> Option<u64> {
        self.bays.number_of(code)
    }

    /// Whether it has roads of a map.
    #[must_use]
    pub fn has_roads(&self) -> bool {
        self.roads.len() > 0
    }

    #[must_use]
    pub fn bay_count(&self) -> usize {
        self.bays.len()
    }

    /// West, south, east and north end of bays, roads and places in degrees; none if there is nothing.
    #[must_use]
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let places = self.places.iter().map(|place| place.at);
        let mut spots =
            self.bays.spots().chain(self.roads.spots()).chain(self.blocks.spots()).chain(places);
        let first = spots.next()?;
        let around = spots.fold([first.lon, first.lat, first.lon, first.lat], |b, spot| {
            [b[0].min(spot.lon), b[1].min(spot.lat), b[2].max(spot.lon), b[3].max(spot.lat)]
        });
        Some(around.map(|units| f64::from(units) / mercator::UNITS))
    }
}

fn convert(at: Point, datum: Datum) -> Spot {
    let degrees = Degrees { lon: at.lon(), lat: at.lat() };
    let there = degrees.convert(Datum::Wgs84, datum);
    Point::new(there.lon, there.lat).map_or_else(|_| Spot::of(at), Spot::of)
}

#[cfg(test)]
mod tests;
