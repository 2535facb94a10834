//! From a place in the world to the nearest place on a street.
//!
//! A grid of cells over all edges; what is near is found in rings around the place. Which edges may be taken is for
//! the caller to say. The date line is a column like any other.

use crate::cell::rim;
use crate::network::{Network, at, number};
use crate::spot::{Offset, Spot};

/// Edge of a cell in units of 1e-7 degrees: 0.002° are 222 m from north to south.
const CELL: i64 = 20_000;
const COLUMNS: i64 = 3_600_000_000 / CELL;
/// Metres of a cell from north to south.
const CELL_M: f64 = 222.39;
/// Nearer to the middle of a street than this, nobody can say on which side it is.
const MIDDLE_M: f64 = 0.5;

/// A place on an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnEdge {
    pub(crate) edge: u32,
    /// From the edge's begin, along its line.
    pub(crate) offset_mm: u32,
    pub(crate) spot: Spot,
    /// From the place that was asked for.
    pub(crate) distance_m: f64,
    pub(crate) side: Side,
}

/// On which side of a line something is, looking along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    /// On the line.
    Ahead,
}

/// Edges by cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    /// Cells that have edges, in order, and where their edges begin.
    cells: Vec<(i64, u32)>,
    edges: Vec<u32>,
}

impl Side {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Side::Left => "left",
            Side::Right => "right",
            Side::Ahead => "ahead",
        }
    }

    pub(crate) fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
            Side::Ahead => Side::Ahead,
        }
    }
}

impl Grid {
    pub(crate) fn of(network: &Network) -> Grid {
        let mut pairs: Vec<(i64, u32)> = Vec::new();
        for edge in 0..number(network.edges.len()) {
            let line = network.line(edge * 2);
            for pair in line.windows(2) {
                pairs.extend(cells_between(pair[0], pair[1]).map(|cell| (cell, edge)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut grid = Grid::default();
        for (cell, edge) in pairs {
            if grid.cells.last().is_none_or(|(last, _)| *last != cell) {
                grid.cells.push((cell, number(grid.edges.len())));
            }
            grid.edges.push(edge);
        }
        grid
    }

    fn edges_in(&self, cell: i64) -> &[u32] {
        let Ok(place) = self.cells.binary_search_by_key(&cell, |(known, _)| *known) else {
            return &[];
        };
        let end = self.cells.get(place + 1).map_or(self.edges.len(), |(_, end)| at(*end));
        &self.edges[at(self.cells[place].1)..end]
    }

    /// The nearest place on an edge that `may` be taken, within `limit_m`; of equally near ones the edge with the
    /// smaller number.
    pub(crate) fn nearest(
        &self,
        network: &Network,
        from: Spot,
        limit_m: f64,
        may: impl Fn(u32) -> bool,
    ) -> Option<OnEdge> {
        let (row, column) = (row(from), column(from));
        let shrink = (f64::from(from.lat) / 1e7).to_radians().cos().max(0.01);
        let mut best: Option<OnEdge> = None;
        for ring in 0.. {
            // Everything nearer than the ring before this one is known.
            let known_m = f64::from(ring - 1) * CELL_M * shrink;
            let enough = best.as_ref().map_or(limit_m, |best| best.distance_m.min(limit_m));
            if ring > 0 && known_m >= enough {
                break;
            }
            for (north, east) in rim(ring) {
                let around = cell(row + i64::from(north), column + i64::from(east));
                for edge in self.edges_in(around) {
                    if !may(*edge) {
                        continue;
                    }
                    let here = nearest_on(network, *edge, from);
                    let is_better = best.as_ref().is_none_or(|best| {
                        (here.distance_m, here.edge) < (best.distance_m, best.edge)
                    });
                    if here.distance_m <= limit_m && is_better {
                        best = Some(here);
                    }
                }
            }
        }
        best
    }
}

fn row(spot: Spot) -> i64 {
    i64::from(spot.lat).div_euclid(CELL)
}

fn column(spot: Spot) -> i64 {
    i64::from(spot.lon).div_euclid(CELL)
}

fn cell(row: i64, column: i64) -> i64 {
    row * COLUMNS + column.rem_euclid(COLUMNS)
}

/// The cells of the rectangle around a straight piece; a piece of some kilometres is walked along instead.
fn cells_between(from: Spot, to: Spot) -> impl Iterator<Item = i64> {
    let length_m = from.distance_m(to);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let parts = ((length_m / CELL_M).ceil() as u32).clamp(1, 100_000);
    (0..parts).flat_map(move |part| {
        let share = |n: u32| f64::from(n) / f64::from(parts);
        let (a, b) = (from.towards(to, share(part)), from.towards(to, share(part + 1)));
        let (rows, mut columns) = (ordered(row(a), row(b)), ordered(column(a), column(b)));
        if columns.1 - columns.0 > COLUMNS / 2 {
            columns = (columns.1, columns.0 + COLUMNS);
        }
        (rows.0..=rows.1)
            .flat_map(move |row| (columns.0..=columns.1).map(move |column| cell(row, column)))
    })
}

fn ordered(a: i64, b: i64) -> (i64, i64) {
    (a.min(b), a.max(b))
}

/// The place on an edge that is nearest to a place beside it.
pub(crate) fn nearest_on(network: &Network, edge: u32, from: Spot) -> OnEdge {
    let line = network.line(edge * 2);
    let mut best = OnEdge {
        edge,
        offset_mm: 0,
        spot: line[0],
        distance_m: from.distance_m(line[0]),
        side: Side::Ahead,
    };
    let (mut so_far_m, mut offset_m) = (0.0, 0.0);
    for pair in line.windows(2) {
        let (way, away) = (pair[0].to(pair[1]), pair[0].to(from));
        let length_m = way.length();
        let share = if length_m > 0.0 {
            (away.dot(way) / (length_m * length_m)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let foot =
            Offset { east: away.east - way.east * share, north: away.north - way.north * share };
        let distance_m = foot.length();
        if distance_m < best.distance_m || so_far_m <= 0.0 {
            best.distance_m = distance_m;
            best.spot = pair[0].towards(pair[1], share);
            best.side = side_of(way, away, distance_m);
            offset_m = so_far_m + length_m * share;
        }
        so_far_m += length_m;
    }
    best.offset_mm = millimetres(offset_m).min(network.edges[at(edge)].length_mm);
    best
}

fn side_of(way: Offset, away: Offset, distance_m: f64) -> Side {
    if distance_m < MIDDLE_M {
        return Side::Ahead;
    }
    if way.cross(away) > 0.0 { Side::Left } else { Side::Right }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates at 4,295 km"
)]
fn millimetres(metres: f64) -> u32 {
    (metres * 1000.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_roads::{Chance, by_chance, drawn, spot};

    #[test]
    fn the_grid_finds_what_looking_at_every_edge_finds() {
        let network = Network::build(&by_chance(3, 9));
        let grid = Grid::of(&network);
        let mut chance = Chance(5);
        let edges = number(network.edges.len());
        for _ in 0..300 {
            let metres = |place: usize| f64::from(u16::try_from(place).unwrap()) - 400.0;
            let from = spot(metres(chance.below(1_700)), metres(chance.below(1_700)));
            let limit_m = f64::from(u16::try_from(chance.below(600)).unwrap());
            let may = |edge: u32| edge % 3 != 1;
            let all =
                (0..edges).filter(|edge| may(*edge)).map(|edge| nearest_on(&network, edge, from));
            let expected = all.filter(|on| on.distance_m <= limit_m).min_by(|a, b| {
                (a.distance_m, a.edge).partial_cmp(&(b.distance_m, b.edge)).unwrap()
            });
            assert_eq!(grid.nearest(&network, from, limit_m, may), expected);
        }
    }

    #[test]
    fn a_place_beside_a_bend_lies_on_the_right_side_of_the_right_piece() {
        // 100 m east, then 100 m north.
        let network = Network::build(&drawn(
            &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)],
            &[(&[0, 1, 2], "")],
        ));
        for (at_m, offset_m, distance_m, side) in [
            ((50.0, 3.0), 50.0, 3.0, Side::Left),
            ((50.0, -3.0), 50.0, 3.0, Side::Right),
            ((103.0, 40.0), 140.0, 3.0, Side::Right),
            ((97.0, 40.0), 140.0, 3.0, Side::Left),
            ((50.0, 0.1), 50.0, 0.1, Side::Ahead),
            ((-10.0, 0.0), 0.0, 10.0, Side::Ahead),
        ] {
            let on = nearest_on(&network, 0, spot(at_m.0, at_m.1));
            assert!((f64::from(on.offset_mm) / 1_000.0 - offset_m).abs() < 0.02, "{at_m:?} {on:?}");
            assert!((on.distance_m - distance_m).abs() < 0.02, "{at_m:?} {on:?}");
            // Behind the begin of a street there is no side.
            assert!(on.side == side || at_m.0 < 0.0, "{at_m:?} {on:?}");
        }
    }
}
