//! One tile of a layout: which layers it has at its zoom, and what is left out where there is too much.

use super::Layout;
use super::boxes::Area;
use super::clip;
use super::lines::{CLASSES, Line, Lines, unwrapped};
use super::mercator::{Frame, SHIFTS, TileId};
use super::simplify::simplify;
use super::spec::{self, LayerOf, Shape, Unit, Word};

/// From which zoom on each class of road is drawn.
const ROADS_FROM: [u8; CLASSES.len()] = [5, 5, 8, 10, 12, 13, 14, 14];
const BLOCKS_FROM: u8 = 11;
const POINTS_FROM: u8 = 14;
const BAYS_FROM: u8 = 16;
/// From which zoom on places of each rank are drawn.
const PLACES_FROM: [u8; 4] = [13, 14, 15, 16];
/// Limits of a tile: numbers of the lines of a layer (one or two bytes each), bays, places.
const NUMBERS_LIMIT: usize = 200_000;
const BAYS_LIMIT: usize = 20_000;
const PLACES_LIMIT: usize = 500;
/// How far a line may be from where it should be, in units of a tile of 4096: at the zooms that are not enlarged half a
/// pixel of a screen.
const TOLERANCE: f64 = 4.0;
const FINE_TOLERANCE: f64 = 1.0;
/// Lines that are smaller than this from afar are not drawn.
const LEAST: f64 = 8.0;

/// The tile that is drawn.
struct Sheet<'a> {
    layout: &'a Layout,
    frame: Frame,
    area: Area,
    z: u8,
}

pub(super) fn tile(layout: &Layout, tile: TileId) -> Option<Vec<u8>> {
    let sheet = Sheet { layout, frame: tile.frame(), area: tile.area(), z: tile.z() };
    let mut layers = vec![sheet.roads(), sheet.blocks()];
    if tile.z() >= BAYS_FROM {
        layers.push(sheet.bays());
    } else if tile.z() >= POINTS_FROM {
        layers.push(sheet.bay_points());
    }
    layers.push(sheet.places());
    spec::bytes(layers)
}

impl<'a> Sheet<'a> {
    /// The more important first, and of one class the longer.
    fn roads(&self) -> LayerOf<'a> {
        let is_drawn =
            |line: &Line| ROADS_FROM.get(usize::from(line.class)).is_some_and(|z| *z <= self.z);
        let mut parts = self.parts(&self.layout.roads, is_drawn);
        parts.sort_by(|a, b| a.line.class.cmp(&b.line.class).then(b.long.total_cmp(&a.long)));
        let mut layer = LayerOf::named("road");
        for part in parts {
            if layer.numbers() > NUMBERS_LIMIT {
                break;
            }
            let class = CLASSES.get(usize::from(part.line.class)).copied().unwrap_or("path");
            let mut fields = vec![("class", Word::Text(class))];
            self.named(("name", part.line.name), &mut fields);
            self.named(("name_en", part.line.name_en), &mut fields);
            if part.line.one_way {
                fields.push(("one_way", Word::Number(1)));
            }
            layer.add(None, Shape::Line, &part.points, &fields);
        }
        layer
    }

    fn blocks(&self) -> LayerOf<'a> {
        let mut layer = LayerOf::named("block");
        if self.z < BLOCKS_FROM {
            return layer;
        }
        for part in self.parts(&self.layout.blocks, |_| true) {
            if layer.numbers() > NUMBERS_LIMIT {
                break;
            }
            let mut fields = vec![("block", Word::Text(self.layout.names.text(part.line.code)))];
            self.named(("street", part.line.name), &mut fields);
            self.named(("street_en", part.line.name_en), &mut fields);
            layer.add(None, Shape::Line, &part.points, &fields);
        }
        layer
    }

    fn bay_points(&self) -> LayerOf<'a> {
        let mut found = Vec::new();
        for shift in SHIFTS {
            for bay in self.layout.bays.within(self.area.shifted(-shift)) {
                let place = self.frame.place(i64::from(bay.at.lon) + shift, bay.at.lat);
                if clip::holds(place) {
                    found.push((bay, place));
                }
            }
        }
        let mut layer = LayerOf::named("bay_point");
        // Every so-manieth in an order that keeps neighbours together: as dense everywhere, only thinner.
        for (bay, place) in found.iter().step_by(found.len().div_ceil(BAYS_LIMIT).max(1)) {
            let code = [("code", Word::Text(bay.code.as_str()))];
            layer.add(Some(bay.no), Shape::Point, &[unit(*place)], &code);
        }
        layer
    }

    fn bays(&self) -> LayerOf<'a> {
        let mut layer = LayerOf::named("bay");
        for shift in SHIFTS {
            for bay in self.layout.bays.within(self.area.shifted(-shift)) {
                let middle = self.frame.place(i64::from(bay.at.lon) + shift, bay.at.lat);
                let ring: Vec<Unit> =
                    clip::ring(&bay.corners(&self.frame, middle)).into_iter().map(unit).collect();
                if layer.features() < BAYS_LIMIT {
                    let code = [("code", Word::Text(bay.code.as_str()))];
                    layer.add(Some(bay.no), Shape::Polygon, &ring, &code);
                }
            }
        }
        layer
    }

    fn places(&self) -> LayerOf<'a> {
        let mut layer = LayerOf::named("place");
        let is_drawn = |rank: u8| PLACES_FROM.get(usize::from(rank)).is_some_and(|z| *z <= self.z);
        for place in self.layout.places.iter().take_while(|place| is_drawn(place.rank)) {
            for shift in SHIFTS {
                let at = Area::around(place.at).shifted(shift);
                let point = self.frame.place(at.west, place.at.lat);
                if !at.meets(&self.area) || layer.features() >= PLACES_LIMIT || !clip::holds(point)
                {
                    continue;
                }
                let mut fields = vec![("kind", Word::Text(self.layout.names.text(place.kind)))];
                self.named(("name", place.name), &mut fields);
                self.named(("name_en", place.name_en), &mut fields);
                layer.add(None, Shape::Point, &[unit(point)], &fields);
            }
        }
        layer
    }

    fn named(&self, (key, name): (&'static str, u32), fields: &mut Vec<(&'static str, Word<'a>)>) {
        if name != 0 {
            fields.push((key, Word::Text(self.layout.names.text(name))));
        }
    }

    /// Lines, simplified for the zoom and cut to the tile.
    fn parts(&self, lines: &'a Lines, is_drawn: impl Fn(&Line) -> bool) -> Vec<Part<'a>> {
        let tolerance = if self.z < BAYS_FROM { TOLERANCE } else { FINE_TOLERANCE };
        let mut parts = Vec::new();
        for shift in SHIFTS {
            let found = lines.within(self.area.shifted(-shift));
            for line in found.filter(|line| is_drawn(line)) {
                let points: Vec<(f64, f64)> = unwrapped(lines.points(line))
                    .map(|(lon, lat)| self.frame.place(lon + shift, lat))
                    .collect();
                let long = size(&points);
                if self.z < POINTS_FROM && long < LEAST {
                    continue;
                }
                for part in clip::line(&simplify(&points, tolerance)) {
                    let points = part.into_iter().map(unit).collect();
                    parts.push(Part { line, points, long });
                }
            }
        }
        parts
    }
}

/// What a tile shows of a line.
struct Part<'a> {
    line: &'a Line,
    points: Vec<Unit>,
    /// Side of the box around the whole line.
    long: f64,
}

fn size(points: &[(f64, f64)]) -> f64 {
    let side = |of: fn(&(f64, f64)) -> f64| {
        let all = || points.iter().map(of);
        all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min)
    };
    side(|p| p.0).max(side(|p| p.1))
}

#[expect(clippy::cast_possible_truncation, reason = "cut to the tile; a cast saturates")]
fn unit((x, y): (f64, f64)) -> Unit {
    (x.round() as i32, y.round() as i32)
}
