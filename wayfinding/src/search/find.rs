//! The search itself: ring by ring around the destination, until nothing farther out can be better.

use vocabulary::{BlockId, Point, ZoneId};

use super::ask::{Ask, Found, Offer, Rates, Terms};
use super::cells::CellKey;
use super::grid::{BayGrid, Bits, Spot, at};
use super::near::Near;
use super::permit::Until;

/// One search under way.
struct Search<'a, T> {
    grid: &'a BayGrid,
    ask: &'a Ask,
    rates: &'a Rates,
    terms: &'a T,
    destination: Near,
    vehicle: Option<Near>,
    /// From the vehicle to the destination.
    drive_m: Option<f64>,
    reach_m: f64,
    /// What was found last of a permit and of a block: neighbours share them.
    permit: Option<(u32, Judged)>,
    block: Option<(u32, Option<f64>)>,
}

/// What a permit means for this driver.
#[derive(Clone, Copy)]
struct Judged {
    until: Until,
    fee_fen: Option<i64>,
    zone: ZoneId,
}

/// A bay that may be offered.
#[derive(Clone, Copy)]
struct Candidate {
    slot: u32,
    walk_m: f64,
    drive_m: f64,
    cost_fen: f64,
    chance: Option<f64>,
    judged: Judged,
}

impl BayGrid {
    /// The best bays for a driver.
    #[must_use]
    pub fn find(&self, ask: &Ask, rates: &Rates, terms: &impl Terms) -> Found {
        let free = Search::new(self, ask, rates, terms).run(&self.free, ask.limit);
        let unknown = if ask.unknown_limit == 0 {
            Vec::new()
        } else {
            Search::new(self, ask, rates, terms).run(&self.unknown, ask.unknown_limit)
        };
        Found { free, unknown }
    }
}

impl<'a, T: Terms> Search<'a, T> {
    fn new(grid: &'a BayGrid, ask: &'a Ask, rates: &'a Rates, terms: &'a T) -> Self {
        let reach_m = rates.walk_reach_m(ask.max_walk_min.max(0.0));
        let drive_m = ask.from.map(|from| from.distance_m(ask.destination));
        // From the vehicle the bay is at most as far as the destination and the walk.
        let vehicle = ask.from.map(|from| Near::new(from, drive_m.unwrap_or(0.0) + reach_m));
        Search {
            grid,
            ask,
            rates,
            terms,
            destination: Near::new(ask.destination, reach_m),
            vehicle,
            drive_m,
            reach_m,
            permit: None,
            block: None,
        }
    }

    fn run(mut self, bits: &Bits, limit: usize) -> Vec<Offer> {
        if limit == 0 || !self.reach_m.is_finite() {
            return Vec::new();
        }
        let mut found = Vec::with_capacity(limit.min(1024) * 4);
        let grid = self.grid;
        let centre = cell_of(self.ask.destination);
        // What every bay costs, wherever it stands.
        let (fee, chance) = (self.terms.least_fee_fen(), self.terms.best_chance());
        let anywhere_fen = self.rates.cost_fen(0.0, 0.0, Some(fee), Some(chance));
        for ring in 0.. {
            let side = 2 * i64::from(ring) + 1;
            if !self.destination.is_flat() || side * side > 64 + 4 * grid.cells.len() as i64 {
                // From here on it is cheaper, or the only right way, to look at every bay.
                found.clear();
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                bits.each(0, grid.len() as u32, |slot| self.consider(slot, &mut found));
                break;
            }
            for (from, to) in centre.rim(ring).filter_map(|cell| grid.cells.slots(cell)) {
                bits.each(from, to, |slot| self.consider(slot, &mut found));
            }
            let [west, south, east, north] = centre.borders(ring);
            let seen_m = self.destination.reach_m(west, south, east, north);
            if seen_m >= self.reach_m {
                break;
            }
            if found.len() >= limit {
                let least = anywhere_fen + self.rates.least_fen(seen_m, self.drive_m) - 1e-6;
                if found.iter().filter(|candidate| candidate.cost_fen < least).count() >= limit {
                    break;
                }
            }
        }
        found.sort_unstable_by(|a, b| {
            a.cost_fen.total_cmp(&b.cost_fen).then_with(|| grid.compare_codes(a.slot, b.slot))
        });
        found.truncate(limit);
        found.into_iter().filter_map(|candidate| self.offer(&candidate)).collect()
    }

    /// Keeps a bay if it may be offered.
    fn consider(&mut self, slot: u32, found: &mut Vec<Candidate>) {
        let spot = self.grid.spots[at(slot)];
        let (lon, lat) = spot.degrees();
        let walk_m = self.destination.distance_m(lon, lat);
        if walk_m > self.reach_m {
            return;
        }
        let judged = self.judge(spot.permit);
        let until = match self.grid.closures.get(&slot) {
            Some(closures) => judged.until.but_for(closures, self.ask.arrive_at),
            None => judged.until,
        };
        let end = self.ask.arrive_at.plus_ms(i64::from(self.ask.stay_min) * 60_000);
        if !until.covers(end) {
            return;
        }
        let drive_m = self.vehicle.map_or(0.0, |vehicle| vehicle.distance_m(lon, lat));
        let chance = self.chance(spot);
        let cost_fen = self.rates.cost_fen(walk_m, drive_m, judged.fee_fen, chance);
        let judged = Judged { until, ..judged };
        found.push(Candidate { slot, walk_m, drive_m, cost_fen, chance, judged });
    }

    /// What a permit means; asked once for a run of neighbours.
    fn judge(&mut self, number: u32) -> Judged {
        if let Some((known, judged)) = self.permit
            && known == number
        {
            return judged;
        }
        let permit = &self.grid.permits[at(number)];
        let fee_fen = self.terms.fee_fen(permit.zone);
        let dear = self.ask.max_fee_fen.is_some_and(|most| fee_fen.is_none_or(|fee| fee > most));
        let until = if dear || !permit.takes(&self.ask.vehicle) {
            Until::Refused
        } else {
            permit.until(self.ask.arrive_at, self.ask.ahead_of_utc_min)
        };
        let judged = Judged { until, fee_fen, zone: permit.zone };
        self.permit = Some((number, judged));
        judged
    }

    fn chance(&mut self, spot: Spot) -> Option<f64> {
        if let Some((known, chance)) = self.block
            && known == spot.block
        {
            return chance;
        }
        let chance = self.terms.chance(self.block_of(spot));
        self.block = Some((spot.block, chance));
        chance
    }

    fn block_of(&self, spot: Spot) -> BlockId {
        self.grid.blocks[at(spot.block)]
    }

    fn offer(&self, candidate: &Candidate) -> Option<Offer> {
        let slot = at(candidate.slot);
        let spot = self.grid.spots[slot];
        let (lon, lat) = spot.degrees();
        Some(Offer {
            id: self.grid.id(slot),
            code: self.grid.code(slot)?,
            at: Point::new(lon, lat).ok()?,
            block: self.block_of(spot),
            zone: candidate.judged.zone,
            distance_m: candidate.walk_m,
            walk_min: self.rates.walk_min(candidate.walk_m),
            drive_min: self.rates.drive_min(candidate.drive_m),
            fee_fen: candidate.judged.fee_fen,
            chance: candidate.chance,
            cost_fen: candidate.cost_fen,
            permitted_until: candidate.judged.until.at(),
            seen_at: self.grid.seen_at(slot),
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000,000")]
fn cell_of(point: Point) -> CellKey {
    let units = |degrees: f64| (degrees * super::cells::UNITS).round() as i32;
    CellKey::of(units(point.lon()), units(point.lat()))
}
