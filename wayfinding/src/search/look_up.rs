//! Bays by id, by painted code, by rectangle, or nearest first, whatever a driver wants of them.

use std::sync::Arc;

use vocabulary::{BayCode, BayId, Point, Timestamp};

use super::bits::Which;
use super::cells::CellKey;
use super::find::cell_of;
use super::grid::{BayGrid, Block, at};
use super::near::Near;
use super::permit::Permit;
use crate::State;

/// A bay as it is shown. `version` grows with every change of `state` or `observed_at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bay<'a> {
    pub id: BayId,
    pub code: &'a BayCode,
    pub at: Point,
    pub street: &'a Arc<str>,
    /// Code of the block.
    pub block: &'a Arc<str>,
    /// Both, with its id.
    pub kerb: &'a Block,
    pub permit: &'a Permit,
    pub state: State,
    /// City time of the newest reading that says so.
    pub observed_at: Option<Timestamp>,
    pub version: i64,
}

/// What the plane and the great circle differ by at most, where the plane is used (tested to 1 cm).
const PLANE_OFF_M: f64 = 0.02;

/// A bay found, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'a> {
    pub bay: Bay<'a>,
    pub distance_m: f64,
}

impl BayGrid {
    /// Every bay, neighbours together.
    pub fn bays(&self) -> impl Iterator<Item = Bay<'_>> {
        (0..self.len()).map(|slot| self.bay_at(slot))
    }

    /// The bay with this id.
    #[must_use]
    pub fn bay(&self, id: BayId) -> Option<Bay<'_>> {
        self.slot_of(id).map(|slot| self.bay_at(slot))
    }

    /// The bay with this painted code.
    #[must_use]
    pub fn bay_by_code(&self, code: &BayCode) -> Option<Bay<'_>> {
        let of = |slot: &u32| self.code(at(*slot));
        let place = self.by_code.binary_search_by(|slot| of(slot).cmp(code)).ok()?;
        Some(self.bay_at(at(self.by_code[place])))
    }

    /// The bays whose codes begin with what was typed, in order of code; none if nothing was typed.
    pub fn bays_coded(&self, typed: &str) -> impl Iterator<Item = Bay<'_>> {
        let typed = typed.trim().to_ascii_uppercase();
        let code = |slot: &u32| self.code(at(*slot)).as_str();
        let first = self.by_code.partition_point(|slot| code(slot) < typed.as_str());
        let bays = self.by_code[first..].iter().map(|slot| self.bay_at(at(*slot)));
        bays.take_while(move |bay| !typed.is_empty() && bay.code.as_str().starts_with(&typed))
    }

    /// The nearest bays within `radius_m`, in order of distance, then code; at most `limit`.
    /// With a `state`, only bays in that state.
    #[must_use]
    pub fn nearest(
        &self,
        from: Point,
        radius_m: f64,
        state: Option<State>,
        limit: usize,
    ) -> Vec<Hit<'_>> {
        let (near, centre) = (Near::new(from, radius_m), cell_of(from));
        let which = state.map_or(Which::All, Which::In);
        let mut found: Vec<(f64, u32)> = Vec::with_capacity(limit.min(1024) * 4);
        // By the plane first; the great circle only for those that are among the nearest.
        let look = |slot: u32, found: &mut Vec<(f64, u32)>| {
            let (lon, lat) = self.spots[at(slot)].at.degrees();
            let distance_m = near.distance_m(lon, lat);
            if distance_m <= radius_m + PLANE_OFF_M {
                found.push((distance_m, slot));
            }
        };
        let mut cells = self.cells.around();
        for ring in 0.. {
            if self.is_wide(&near, ring) {
                // From here on it is cheaper, or the only right way, to look at every bay.
                found.clear();
                let count = self.count();
                self.bits.each(which, 0, count, |slot| look(slot, &mut found));
                break;
            }
            for (_, (first, end)) in cells.rim(centre, ring) {
                self.bits.each(which, first, end, |slot| look(slot, &mut found));
            }
            let [west, south, east, north] = centre.borders(ring);
            let seen_m = near.reach_m(west, south, east, north);
            let certain = |(distance_m, _): &&(f64, u32)| distance_m + PLANE_OFF_M <= seen_m;
            if found.iter().filter(certain).count() >= limit || seen_m >= radius_m {
                break;
            }
        }
        keep_nearest(&mut found, limit);
        for (distance_m, slot) in &mut found {
            *distance_m = from.distance_m(self.spots[at(*slot)].at.point());
        }
        found.retain(|(distance_m, _)| *distance_m <= radius_m);
        found.sort_unstable_by(|a, b| {
            a.0.total_cmp(&b.0).then_with(|| self.code(at(a.1)).cmp(self.code(at(b.1))))
        });
        found.truncate(limit);
        let hit = |(distance_m, slot): (f64, u32)| Hit { bay: self.bay_at(at(slot)), distance_m };
        found.into_iter().map(hit).collect()
    }

    /// The bays of a rectangle, borders included, in order of code.
    #[must_use]
    pub fn within(&self, south_west: Point, north_east: Point) -> Vec<Bay<'_>> {
        let inside = |slot: &u32| {
            let at = self.spots[at(*slot)].at.point();
            (south_west.lon()..=north_east.lon()).contains(&at.lon())
                && (south_west.lat()..=north_east.lat()).contains(&at.lat())
        };
        let (first, last) = (cell_of(south_west), cell_of(north_east));
        let mut found: Vec<u32> = if CellKey::count_between(first, last) > self.cells.len() {
            (0..self.count()).filter(inside).collect()
        } else {
            let mut cells = self.cells.around();
            let slots = first.between(last).filter_map(|cell| cells.slots(cell));
            slots.flat_map(|(from, to)| from..to).filter(inside).collect()
        };
        found.sort_unstable_by(|a, b| self.code(at(*a)).cmp(self.code(at(*b))));
        found.into_iter().map(|slot| self.bay_at(at(slot))).collect()
    }

    pub(super) fn bay_at(&self, slot: usize) -> Bay<'_> {
        self.bay_of(slot, &self.blocks[at(self.spots[slot].block)])
    }

    /// The bay at a slot, whose block was looked up.
    #[inline]
    pub(super) fn bay_of<'a>(&'a self, slot: usize, kerb: &'a Block) -> Bay<'a> {
        let (row, spot, known) = (&self.rows[slot], self.spots[slot], self.known_at(slot));
        Bay {
            id: row.id,
            code: &row.code,
            at: row.at,
            street: &kerb.street,
            block: &kerb.code,
            kerb,
            permit: &self.permits[at(spot.permit())],
            state: known.state,
            observed_at: known.observed_at,
            version: known.version,
        }
    }

    /// How many there are, as the end of all slots.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    /// Whether a square of cells has more of them than there are with bays, or the earth is not flat enough for squares.
    pub(super) fn is_wide(&self, near: &Near, ring: i32) -> bool {
        let side = usize::try_from(ring).unwrap_or(0) * 2 + 1;
        !near.is_flat() || side * side > 64 + 4 * self.cells.len()
    }
}

/// Leaves the nearest, and those that the great circle may find as near.
fn keep_nearest(found: &mut Vec<(f64, u32)>, limit: usize) {
    if limit == 0 || found.len() <= limit {
        return;
    }
    let by_distance = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0);
    let (_, (last_m, _), _) = found.select_nth_unstable_by(limit - 1, by_distance);
    let last_m = *last_m + 2.0 * PLANE_OFF_M;
    found.retain(|(distance_m, _)| *distance_m <= last_m);
}
