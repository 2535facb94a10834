//! How wide a search looks at once: a square that should hold the bays that are wanted, and not many more.
//!
//! Only how fast a search is depends on these guesses, never what it finds.

/// The first square is for so many times the bays that are wanted: the best are a circle in it, not all of it.
const ROUND: f64 = 1.5;
/// No wider at first, whatever the neighbourhood is like: a busy street may begin beyond an empty field.
const WIDE: i32 = 6;

/// Of a square of cells around the destination's: how many rings, and how many of them were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rings {
    pub(super) wide: i32,
    /// -1: none was.
    pub(super) seen: i32,
}

impl Rings {
    /// As `bays` in so many `cells` around promise `wanted` ones.
    pub(super) fn first(wanted: usize, (bays, cells): (u32, f64)) -> Rings {
        let square = ROUND * wanted as f64 * cells / f64::from(bays.max(1));
        let half = ((square.sqrt() - 1.0) / 2.0).round();
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        let ring = half as i32;
        Rings { wide: ring.clamp(0, WIDE), seen: -1 }
    }

    /// So that `missing` more should be found if `found` are what these held; at most twice as wide.
    pub(super) fn wider(self, found: usize, missing: usize) -> Rings {
        let side = |ring: i32| f64::from(2 * ring + 1);
        let (found, all) = (found as f64, found as f64 + missing as f64);
        let is_enough =
            |ring: &i32| found * (side(*ring) / side(self.wide)).powi(2) >= all && missing > 0;
        let most = self.wide * 2 + 1;
        let wide = (self.wide + 1..most).find(is_enough).unwrap_or(most);
        Rings { wide, seen: self.wide }
    }

    /// The same, but no wider than `reach`.
    pub(super) fn within(self, reach: i32) -> Rings {
        Rings { wide: self.wide.min(reach), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_square_is_as_wide_as_the_neighbourhood_is_sparse() {
        let wide = |bays, reach| Rings::first(20, (bays, 24.0)).within(reach).wide;
        // 30 bays, 77 in 24 cells: 9.35 cells, a square of 3.06.
        assert_eq!(wide(77, 9), 1);
        // 8 in 24 cells: 90 cells, a square of 9.49; but the walk may end before.
        assert_eq!((wide(8, 9), wide(8, 3)), (4, 3));
        // None at all: as if there were one.
        assert_eq!((wide(0, 9), wide(10_000, 9)), (6, 0));
        assert_eq!(Rings::first(20, (8, 24.0)).seen, -1);
    }

    #[test]
    fn the_next_square_should_hold_what_is_missing() {
        let next = |wide, found, missing| Rings { wide, seen: -1 }.wider(found, missing).wide;
        // 10 in 5 by 5 cells are 19.6 in 7 by 7 and 32.4 in 9 by 9.
        assert_eq!((next(2, 10, 9), next(2, 10, 10)), (3, 4));
        // Nothing found, or nothing missing: twice as wide.
        assert_eq!((next(2, 0, 20), next(2, 30, 0)), (5, 5));
        let next = Rings { wide: 2, seen: 0 }.wider(10, 9).within(2);
        assert_eq!(next, Rings { wide: 2, seen: 2 });
    }
}
