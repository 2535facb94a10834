//! A tile as bytes: the messages of the Mapbox Vector Tile Specification 2.1, appendix `vector_tile.proto`, and its commands
//! of geometry (4.3).
//!
//! Takes whole units of the tile; knows nothing of maps.

use std::collections::HashMap;

use prost::Message;

use super::mercator::EXTENT;

const VERSION: u32 = 2;
const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// Whole units of a tile, right and down.
pub(super) type Unit = (i32, i32);

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Word<'a> {
    Text(&'a str),
    Number(u64),
}

/// A layer that grows.
#[derive(Debug)]
pub(super) struct LayerOf<'a> {
    layer: Layer,
    keys: HashMap<&'static str, u32>,
    values: HashMap<Word<'a>, u32>,
    numbers: usize,
}

#[derive(Clone, PartialEq, Message)]
struct Tile {
    #[prost(message, repeated, tag = "3")]
    layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Message)]
struct Layer {
    #[prost(uint32, required, tag = "15")]
    version: u32,
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    values: Vec<Value>,
    #[prost(uint32, optional, tag = "5")]
    extent: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Feature {
    #[prost(uint64, optional, tag = "1")]
    id: Option<u64>,
    #[prost(uint32, repeated, packed = "true", tag = "2")]
    tags: Vec<u32>,
    #[prost(int32, optional, tag = "3")]
    shape: Option<i32>,
    #[prost(uint32, repeated, packed = "true", tag = "4")]
    geometry: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(uint64, optional, tag = "5")]
    number: Option<u64>,
}

impl<'a> LayerOf<'a> {
    pub(super) fn named(name: &str) -> LayerOf<'a> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "4096")]
        let extent = Some(EXTENT as u32);
        let layer = Layer { version: VERSION, name: name.to_owned(), extent, ..Layer::default() };
        LayerOf { layer, keys: HashMap::new(), values: HashMap::new(), numbers: 0 }
    }

    /// A feature of one part; what has fewer points than its shape needs is left out.
    pub(super) fn add(
        &mut self,
        id: Option<u64>,
        shape: Shape,
        points: &[Unit],
        fields: &[(&'static str, Word<'a>)],
    ) {
        let Some(geometry) = commands(shape, points) else { return };
        let mut tags = Vec::with_capacity(fields.len() * 2);
        for &(key, value) in fields {
            tags.push(self.key(key));
            tags.push(self.value(value));
        }
        self.numbers += geometry.len() + tags.len();
        self.layer.features.push(Feature { id, tags, shape: Some(shape as i32), geometry });
    }

    /// How many numbers its features have: what a tile weighs, roughly.
    pub(super) fn numbers(&self) -> usize {
        self.numbers
    }

    pub(super) fn features(&self) -> usize {
        self.layer.features.len()
    }

    fn key(&mut self, key: &'static str) -> u32 {
        let keys = &mut self.layer.keys;
        *self.keys.entry(key).or_insert_with(|| {
            keys.push(key.to_owned());
            last(keys.len())
        })
    }

    fn value(&mut self, value: Word<'a>) -> u32 {
        let values = &mut self.layer.values;
        *self.values.entry(value).or_insert_with(|| {
            values.push(match value {
                Word::Text(text) => Value { text: Some(text.to_owned()), number: None },
                Word::Number(number) => Value { text: None, number: Some(number) },
            });
            last(values.len())
        })
    }
}

/// The layers that have something; none if nothing has.
pub(super) fn bytes(layers: Vec<LayerOf<'_>>) -> Option<Vec<u8>> {
    let layers: Vec<Layer> =
        layers.into_iter().map(|of| of.layer).filter(|layer| !layer.features.is_empty()).collect();
    (!layers.is_empty()).then(|| Tile { layers }.encode_to_vec())
}

/// Points that follow one another are each drawn once. A ring is given without its first point again, in any direction; it
/// is drawn the way an outer ring must be: clockwise on the screen (4.3.3.3).
fn commands(shape: Shape, points: &[Unit]) -> Option<Vec<u32>> {
    let mut points = points.to_vec();
    points.dedup();
    if shape == Shape::Polygon {
        while points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        match twice_area(&points) {
            0 => return None,
            area if area < 0 => points.reverse(),
            _ => {}
        }
    }
    let least = match shape {
        Shape::Point => 1,
        Shape::Line => 2,
        Shape::Polygon => 3,
    };
    if points.len() < least {
        return None;
    }
    let mut out = Vec::with_capacity(points.len() * 2 + 3);
    let mut at = (0, 0);
    let mut go = |out: &mut Vec<u32>, to: Unit| {
        out.extend([zigzag(to.0.wrapping_sub(at.0)), zigzag(to.1.wrapping_sub(at.1))]);
        at = to;
    };
    out.push(command(MOVE_TO, 1));
    go(&mut out, points[0]);
    if points.len() > 1 {
        out.push(command(LINE_TO, points.len() - 1));
        points[1..].iter().for_each(|point| go(&mut out, *point));
    }
    if shape == Shape::Polygon {
        out.push(command(CLOSE_PATH, 1));
    }
    Some(out)
}

fn command(id: u32, count: usize) -> u32 {
    id | (u32::try_from(count).unwrap_or(u32::MAX >> 3) << 3)
}

fn zigzag(number: i32) -> u32 {
    ((number << 1) ^ (number >> 31)).cast_unsigned()
}

/// Twice the area by the surveyor's formula; above 0 if it goes clockwise on a screen, where y points down.
fn twice_area(points: &[Unit]) -> i64 {
    let next = points.iter().cycle().skip(1);
    points
        .iter()
        .zip(next)
        .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
        .sum()
}

fn last(length: usize) -> u32 {
    u32::try_from(length.saturating_sub(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification, 4.3.5.
    #[test]
    fn geometry_is_written_as_the_specification_shows() {
        assert_eq!(commands(Shape::Point, &[(25, 17)]), Some(vec![9, 50, 34]));
        assert_eq!(
            commands(Shape::Line, &[(2, 2), (2, 10), (10, 10)]),
            Some(vec![9, 4, 4, 18, 0, 16, 16, 0])
        );
        assert_eq!(
            commands(Shape::Polygon, &[(3, 6), (8, 12), (20, 34)]),
            Some(vec![9, 6, 12, 18, 10, 12, 24, 44, 15])
        );
    }

    #[test]
    fn an_outer_ring_goes_clockwise_on_the_screen() {
        let clockwise = [(0, 0), (10, 0), (10, 10), (0, 10)];
        let mut other = clockwise;
        other.reverse();
        let area = |points: &[Unit]| twice_area(points).signum();
        assert_eq!((area(&clockwise), area(&other)), (1, -1));
        let drawn = commands(Shape::Polygon, &other).unwrap();
        // From (0, 0) to the right first.
        assert_eq!(drawn, [9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15]);
    }

    #[test]
    fn what_shrank_to_nothing_is_left_out() {
        for (shape, points) in [
            (Shape::Point, &[][..]),
            (Shape::Line, &[(5, 5), (5, 5)][..]),
            (Shape::Polygon, &[(1, 1), (2, 2)][..]),
            (Shape::Polygon, &[(1, 1), (2, 2), (3, 3)][..]),
        ] {
            assert_eq!(commands(shape, points), None, "{shape:?} {points:?}");
        }
    }

    #[test]
    fn keys_and_values_are_there_once() {
        let mut layer = LayerOf::named("bay");
        let fields = |code| [("code", Word::Text(code)), ("one_way", Word::Number(1))];
        layer.add(Some(7), Shape::Point, &[(1, 1)], &fields("A"));
        layer.add(Some(8), Shape::Point, &[(2, 2)], &fields("A"));
        layer.add(None, Shape::Line, &[(2, 2)], &fields("B"));
        assert_eq!((layer.features(), layer.layer.keys.len(), layer.layer.values.len()), (2, 2, 2));
        assert_eq!(layer.layer.features[1].tags, [0, 0, 1, 1]);
        assert_eq!(bytes(vec![LayerOf::named("empty")]), None);
    }
}
