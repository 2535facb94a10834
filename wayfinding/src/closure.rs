//! Which pieces of street somebody means who closes a street or says that traffic is slow there.
//!
//! Named as people name them (a street, a place on it, the stretch between two places), so that it still means the
//! same after the roads were imported anew. A **piece** lies between two junctions; it is closed as a whole or not at
//! all. What is closed already makes no difference to what is meant.

use vocabulary::Point;

use crate::metric::Conditions;
use crate::network::at;
use crate::roads::Roads;
use crate::route::near::by_distance;
use crate::snap::OnEdge;
use crate::spot::Spot;

/// A place farther than this from every street that is driven means none, metres.
const REACH_M: f64 = 60.0;
/// No stretch is longer than this.
const LONGEST_MM: u64 = 30_000_000;
/// Who points at a junction means what begins there, not the last metres of what ends there.
const JUNCTION_MM: u32 = 8_000;

/// A part of the network.
#[derive(Clone, Debug, PartialEq)]
pub enum Stretch {
    /// Every piece of the streets of this name, Chinese or English.
    Street(String),
    /// The piece nearest to a place.
    Piece(Point),
    /// The pieces of the shortest way between two places.
    Between(Point, Point),
}

/// In which directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    Both,
    /// Only as one drives from the first place to the second.
    Forward,
}

/// Why nothing is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StretchReject {
    /// No street that is driven has this name.
    StreetUnknown,
    /// No street that is driven is near enough to a place.
    PieceUnknown,
    /// No way of at most 30 km leads from the first place to the second.
    NotConnected,
    /// A direction was given without two places that show it.
    NoDirection,
}

impl Ways {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Ways::Both => "both",
            Ways::Forward => "forward",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Ways> {
        [Ways::Both, Ways::Forward].into_iter().find(|ways| ways.name() == name)
    }
}

impl StretchReject {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            StretchReject::StreetUnknown => "street_unknown",
            StretchReject::PieceUnknown => "piece_unknown",
            StretchReject::NotConnected => "stretch_not_connected",
            StretchReject::NoDirection => "direction_unknown",
        }
    }
}

impl std::fmt::Display for StretchReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StretchReject::StreetUnknown => "no street for vehicles has that name on the map",
            StretchReject::PieceUnknown => {
                "there is no street for vehicles within 60 m of that place"
            }
            StretchReject::NotConnected => "no street leads from the first place to the second",
            StretchReject::NoDirection => "forward needs two places: from the first to the second",
        })
    }
}

impl std::error::Error for StretchReject {}

impl Roads {
    /// The arcs that are meant, in order; at least one.
    ///
    /// # Errors
    /// Why nothing is.
    pub fn arcs_of(&self, stretch: &Stretch, ways: Ways) -> Result<Vec<u32>, StretchReject> {
        let mut arcs = match (stretch, ways) {
            (Stretch::Between(from, to), _) => self.between(*from, *to, ways)?,
            (_, Ways::Forward) => return Err(StretchReject::NoDirection),
            (Stretch::Street(name), Ways::Both) => self.network.arcs_named(name),
            (Stretch::Piece(place), Ways::Both) => {
                let piece = self.piece(*place)?.edge;
                vec![piece * 2, piece * 2 + 1]
            }
        };
        arcs.retain(|arc| self.network.drives(*arc));
        arcs.sort_unstable();
        arcs.dedup();
        if arcs.is_empty() { Err(StretchReject::StreetUnknown) } else { Ok(arcs) }
    }

    /// What differs from the map today.
    #[must_use]
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    fn piece(&self, place: Point) -> Result<OnEdge, StretchReject> {
        let driven = |edge: u32| self.network.drives(edge * 2) || self.network.drives(edge * 2 + 1);
        let found = self.grid.nearest(&self.network, Spot::of(place), REACH_M, driven);
        found.ok_or(StretchReject::PieceUnknown)
    }

    fn between(&self, from: Point, to: Point, ways: Ways) -> Result<Vec<u32>, StretchReject> {
        let (begin, end) = (self.piece(from)?, self.piece(to)?);
        let may = |arc: u32| match ways {
            Ways::Forward => self.network.drives(arc),
            // A one-way street is closed whichever way the two places lie on it.
            Ways::Both => self.network.drives(arc) || self.network.drives(arc ^ 1),
        };
        let way = by_distance(&self.network, (&begin, &end), LONGEST_MM, may);
        let way = way.ok_or(StretchReject::NotConnected)?;
        let mut arcs = way.arcs;
        let length_mm = |arc: u32| self.network.edges[at(arc >> 1)].length_mm;
        if arcs.len() > 1 && way.to_mm < JUNCTION_MM {
            arcs.pop();
        }
        if arcs.len() > 1 && length_mm(arcs[0]).saturating_sub(way.from_mm) < JUNCTION_MM {
            arcs.remove(0);
        }
        if ways == Ways::Both {
            arcs.extend(arcs.clone().iter().map(|arc| arc ^ 1));
        }
        Ok(arcs)
    }
}

impl Conditions {
    /// Of arcs, each lot with its pace in percent of the usual one; 0 is closed. Of several for one arc the slowest
    /// counts.
    #[must_use]
    pub fn of<'a>(lots: impl IntoIterator<Item = (&'a [u32], u32)>) -> Conditions {
        let lots = lots.into_iter();
        let arcs = lots.flat_map(|(arcs, pct)| arcs.iter().map(move |arc| (*arc, pct)));
        Conditions::new(&[], &arcs.collect::<Vec<_>>())
    }

    /// How many pieces are closed in at least one direction, and how many are driven at another pace.
    #[must_use]
    pub fn pieces(&self) -> (usize, usize) {
        let count = |arcs: &mut dyn Iterator<Item = u32>| {
            let mut pieces: Vec<u32> = arcs.map(|arc| arc >> 1).collect();
            pieces.dedup();
            pieces.len()
        };
        let mut slowed =
            self.pace_pct().iter().map(|(arc, _)| *arc).filter(|arc| !self.closes(*arc));
        (count(&mut self.closed().iter().copied()), count(&mut slowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use crate::test_roads::{drawn, spot};

    /// West to east 人民路: 0, 1, 2, 3, each 100 m; north of it, one-way west, 公园路 from 3 over 4 to 0.
    fn roads() -> Roads {
        let points =
            [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (300.0, 0.0), (150.0, 100.0), (0.0, 60.0)];
        let streets: [(&[u32], &str); 7] = [
            (&[0, 1], "=人民路"),
            (&[1, 2], "=人民路"),
            (&[2, 3], "=人民路"),
            (&[3, 4], "one-way =公园路"),
            (&[4, 0], "one-way =公园路"),
            (&[1, 4], ""),
            (&[0, 5], "path =小径"),
        ];
        Roads::prepare(Network::build(&drawn(&points, &streets))).unwrap()
    }

    fn place(east_m: f64, north_m: f64) -> Point {
        spot(east_m, north_m).point()
    }

    #[test]
    fn a_stretch_is_the_pieces_that_people_mean() {
        let roads = roads();
        // Streets are numbered as drawn, an arc is twice that, one more against the line.
        let check = |stretch: &Stretch, ways, expected: Result<&[u32], StretchReject>| {
            let expected = expected.map(<[u32]>::to_vec);
            assert_eq!(roads.arcs_of(stretch, ways), expected, "{stretch:?}");
        };
        let street = |name: &str| Stretch::Street(name.into());
        check(&street("人民路"), Ways::Both, Ok(&[0, 1, 2, 3, 4, 5]));
        // Against the one-way nobody drives anyway.
        check(&street("公园路"), Ways::Both, Ok(&[6, 8]));
        for unknown in ["小径", "", "五一街"] {
            check(&street(unknown), Ways::Both, Err(StretchReject::StreetUnknown));
        }
        check(&street("人民路"), Ways::Forward, Err(StretchReject::NoDirection));
        check(&Stretch::Piece(place(150.0, 5.0)), Ways::Both, Ok(&[2, 3]));
        check(&Stretch::Piece(place(0.0, 500.0)), Ways::Both, Err(StretchReject::PieceUnknown));
        let between = |from: f64, to: f64| Stretch::Between(place(from, 0.0), place(to, 0.0));
        check(&between(50.0, 250.0), Ways::Both, Ok(&[0, 1, 2, 3, 4, 5]));
        check(&between(50.0, 250.0), Ways::Forward, Ok(&[0, 2, 4]));
        check(&between(250.0, 50.0), Ways::Forward, Ok(&[1, 3, 5]));
        // From junction to junction only what lies between.
        check(&between(101.0, 199.0), Ways::Both, Ok(&[2, 3]));
        check(&between(199.0, 101.0), Ways::Forward, Ok(&[3]));
        check(&between(98.0, 250.0), Ways::Both, Ok(&[2, 3, 4, 5]));
        check(&between(120.0, 180.0), Ways::Forward, Ok(&[2]));
    }

    #[test]
    fn of_two_paces_the_slower_counts_and_closed_is_slower_than_any() {
        let conditions = Conditions::of([
            (&[2_u32, 3][..], 50),
            (&[3, 4][..], 20),
            (&[4, 9][..], 0),
            (&[2][..], 80),
        ]);
        assert_eq!(conditions, Conditions::new(&[4, 9], &[(2, 50), (3, 20), (4, 20)]));
        // Pieces 2 (arc 4) and 4 (arc 9) are closed; 1 (arcs 2 and 3) is slow.
        assert_eq!(conditions.pieces(), (2, 1));
    }
}
