//! A city by chance to find ways in: a grid of streets with pieces missing, one-ways, arterials, bends, and turn
//! restrictions of every plain kind at some of its junctions. The same seed gives the same city.

use crate::chance::{chance, percent};
use crate::pbf::{Node, Relation, Way};

/// Where its south-western corner lies (Baiyin), in 1e-7 degrees, and how far junctions are from one another: about 100 m.
const CORNER: (i64, i64) = (1_040_000_000, 364_000_000);
const STEP: (i64, i64) = (11_200, 9_000);
const KINDS: [&str; 6] = [
    "no_left_turn",
    "no_right_turn",
    "no_straight_on",
    "only_straight_on",
    "only_right_turn",
    "only_left_turn",
];

/// The city, ready to be written.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) nodes: Vec<Node>,
    pub(crate) ways: Vec<Way>,
    pub(crate) relations: Vec<Relation>,
    side: i64,
}

/// A piece of street between two junctions: column and row of its begin, and whether it goes east.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Piece {
    column: i64,
    row: i64,
    east: bool,
}

impl City {
    /// A square of at least so many junctions; restrictions at so many of a hundred.
    pub(crate) fn of(seed: u64, junctions: u64, restricted_pct: u64) -> City {
        let side =
            (1_i64..).find(|side| side.unsigned_abs().pow(2) >= junctions).unwrap_or(2).max(2);
        let mut city = City { nodes: Vec::new(), ways: Vec::new(), relations: Vec::new(), side };
        for row in 0..side {
            for column in 0..side {
                city.nodes.push(city.node(seed, column, row));
            }
        }
        for row in 0..side {
            for column in 0..side {
                for east in [true, false] {
                    city.lay(seed, Piece { column, row, east });
                }
            }
        }
        city.ways.sort_unstable_by_key(|way| way.id);
        for row in 1..side - 1 {
            for column in 1..side - 1 {
                city.restrict(seed, (column, row), restricted_pct);
            }
        }
        city
    }

    fn id(&self, column: i64, row: i64) -> i64 {
        row * self.side + column + 1
    }

    fn node(&self, seed: u64, column: i64, row: i64) -> Node {
        let id = self.id(column, row);
        let away = |turn: u64, step: i64| {
            let share = i64::try_from(percent(seed, id.unsigned_abs(), turn)).unwrap_or_default();
            step * (share - 50) / 400
        };
        Node {
            id,
            lon: CORNER.0 + column * STEP.0 + away(1, STEP.0),
            lat: CORNER.1 + row * STEP.1 + away(2, STEP.1),
        }
    }

    fn exists(&self, seed: u64, piece: Piece) -> bool {
        let Piece { column, row, east } = piece;
        let inside = (0..self.side).contains(&column) && (0..self.side).contains(&row);
        let ends_inside = if east { column + 1 < self.side } else { row + 1 < self.side };
        inside && ends_inside && percent(seed, self.way_id(piece).unsigned_abs(), 3) >= 10
    }

    fn way_id(&self, piece: Piece) -> i64 {
        self.id(piece.column, piece.row) * 2 + i64::from(piece.east)
    }

    fn lay(&mut self, seed: u64, piece: Piece) {
        if !self.exists(seed, piece) {
            return;
        }
        let (from, to) = self.ends(piece);
        let number = if piece.east { piece.row } else { piece.column };
        let highway = match number {
            n if n % 20 == 10 => "primary",
            n if n % 8 == 4 => "secondary",
            _ => "residential",
        };
        let name = format!("{} {number}", if piece.east { "路" } else { "街" });
        let mut tags = vec![("highway", highway.to_owned()), ("name", name)];
        // Whole streets are one-way, the next one the other way; arterials are not.
        if highway == "residential" && number % 5 == 2 {
            let direction = if number % 10 == 2 { "yes" } else { "-1" };
            tags.push(("oneway", direction.to_owned()));
        }
        self.ways.push(Way { id: self.way_id(piece), nodes: vec![from, to], tags });
    }

    fn ends(&self, piece: Piece) -> (i64, i64) {
        let Piece { column, row, east } = piece;
        let from = self.id(column, row);
        (from, if east { self.id(column + 1, row) } else { self.id(column, row + 1) })
    }

    fn restrict(&mut self, seed: u64, (column, row): (i64, i64), restricted_pct: u64) {
        let id = self.id(column, row);
        let place = id.unsigned_abs();
        if percent(seed, place, 4) >= restricted_pct {
            return;
        }
        let pieces = [
            Piece { column, row, east: true },
            Piece { column, row, east: false },
            Piece { column: column - 1, row, east: true },
            Piece { column, row: row - 1, east: false },
        ];
        let kind = pick(seed, place, 5, KINDS.len());
        let (from, to) = (pick(seed, place, 6, 4), pick(seed, place, 7, 4));
        // East, north, west, south: what is right of what follows from the order.
        let turn = (from + 4 - to) % 4;
        let fits = match kind {
            0 | 5 => turn == 1,
            1 | 4 => turn == 3,
            _ => turn == 2,
        };
        if fits && self.exists(seed, pieces[from]) && self.exists(seed, pieces[to]) {
            self.relations.push(Relation {
                id,
                members: vec![
                    ("from", self.way_id(pieces[from]), 1),
                    ("via", id, 0),
                    ("to", self.way_id(pieces[to]), 1),
                ],
                tags: vec![
                    ("type", "restriction".to_owned()),
                    ("restriction", KINDS[kind].to_owned()),
                ],
            });
        }
    }

    /// The middle of the way of some number, in degrees.
    pub(crate) fn middle(&self, number: u64) -> (f64, f64) {
        let way = &self.ways[usize::try_from(number).unwrap_or_default() % self.ways.len()];
        let place = |id: i64| &self.nodes[usize::try_from(id - 1).unwrap_or_default()];
        let (from, to) = (place(way.nodes[0]), place(way.nodes[1]));
        let degrees = |a: i64, b: i64| f64::midpoint(a as f64, b as f64) / 1e7;
        (degrees(from.lon, to.lon), degrees(from.lat, to.lat))
    }
}

fn pick(seed: u64, place: u64, turn: u64, of: usize) -> usize {
    usize::try_from(chance(seed, place, turn) % of as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_city_and_its_restrictions_meet_at_their_junction() {
        let (city, again) = (City::of(7, 2_500, 60), City::of(7, 2_500, 60));
        assert_eq!(city.nodes.len(), 2_500);
        assert_eq!(format!("{:?}", city.relations), format!("{:?}", again.relations));
        assert!(city.relations.len() > 100, "{}", city.relations.len());
        for relation in &city.relations {
            let [(_, from, _), (_, via, _), (_, to, _)] = relation.members[..] else {
                panic!("three members")
            };
            for id in [from, to] {
                let way = city.ways.iter().find(|way| way.id == id).unwrap();
                assert!(way.nodes.contains(&via));
            }
        }
        assert!(city.ways.is_sorted_by_key(|way| way.id));
    }
}
