//! The search itself: ring by ring around the destination, until nothing farther out can be better.
//!
//! It is compiled with its caller's terms, in the caller's crate; what it calls for each bay is marked `inline` for that.

use vocabulary::{BlockId, Point, Timestamp};

use super::ask::{Ask, Found, Offer, Rates, Terms};
use super::cells::CellKey;
use super::grid::{BayGrid, Bits, Spot, at};
use super::near::Near;
use super::permit::Until;

/// What planes, great circles and rounding may differ by: a centimetre's walk costs a hundredth of a fen.
const SLACK_FEN: f64 = 0.05;
/// How many permits a search remembers.
const PERMITS_KNOWN: usize = 16;

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
    /// When the stay ends.
    end_at: Timestamp,
    /// What every bay costs at least, wherever it stands.
    anywhere_fen: f64,
    /// What costs more is not among the best.
    dearest_fen: f64,
    /// What was found of permits, and last of a block: neighbours share them.
    permits: [Option<(u32, Judged)>; PERMITS_KNOWN],
    block: Option<(u32, Option<f64>)>,
}

/// What a permit means for this driver.
#[derive(Clone, Copy)]
struct Judged {
    until: Until,
    fee_fen: Option<i64>,
}

/// A bay that may be offered. Small, since many are sorted for a few that are offered.
#[derive(Clone, Copy)]
struct Candidate {
    cost_fen: f64,
    slot: u32,
    chance: Option<f64>,
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
        let (fee, chance) = (terms.least_fee_fen(), terms.best_chance());
        Search {
            grid,
            ask,
            rates,
            terms,
            destination: Near::new(ask.destination, reach_m),
            vehicle,
            drive_m,
            reach_m,
            end_at: ask.arrive_at.plus_ms(i64::from(ask.stay_min) * 60_000),
            anywhere_fen: rates.cost_fen(0.0, 0.0, Some(fee), Some(chance)),
            dearest_fen: f64::INFINITY,
            permits: [None; PERMITS_KNOWN],
            block: None,
        }
    }

    fn run(mut self, bits: &Bits, limit: usize) -> Vec<Offer> {
        if limit == 0 || !self.reach_m.is_finite() {
            return Vec::new();
        }
        let mut found = Vec::with_capacity(limit.min(1024) * 4);
        let grid = self.grid;
        let mut cells = grid.cells.around();
        let centre = cell_of(self.ask.destination);
        for ring in 0.. {
            let side = 2 * i64::from(ring) + 1;
            if !self.destination.is_flat() || side * side > 64 + 4 * grid.cells.len() as i64 {
                // From here on it is cheaper, or the only right way, to look at every bay.
                found.clear();
                self.dearest_fen = f64::INFINITY;
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                bits.each(0, grid.len() as u32, |slot| self.consider(slot, &mut found));
                break;
            }
            for (from, to) in centre.rim(ring).filter_map(|cell| cells.slots(cell)) {
                bits.each(from, to, |slot| self.consider(slot, &mut found));
            }
            let [west, south, east, north] = centre.borders(ring);
            let seen_m = self.destination.reach_m(west, south, east, north);
            if seen_m >= self.reach_m {
                break;
            }
            if let Some(last_fen) = last_of_best(&mut found, limit) {
                self.dearest_fen = last_fen + SLACK_FEN;
                let beyond_fen = self.anywhere_fen + self.rates.least_fen(seen_m, self.drive_m);
                if self.dearest_fen < beyond_fen {
                    break;
                }
            }
        }
        self.offers(found, limit)
    }

    /// Keeps a bay if it may be offered and may be among the best; what costs little to know is asked first.
    fn consider(&mut self, slot: u32, found: &mut Vec<Candidate>) {
        let spot = self.grid.spots[at(slot)];
        let (walk_m, drive_m) = self.ways_m(spot);
        let least_fen = self.rates.ways_fen(walk_m, drive_m) + self.anywhere_fen;
        if walk_m > self.reach_m || least_fen > self.dearest_fen {
            return;
        }
        let judged = self.judge(spot.permit);
        if !self.until(slot, judged).covers(self.end_at) {
            return;
        }
        let chance = self.chance(spot);
        let cost_fen = self.rates.cost_fen(walk_m, drive_m, judged.fee_fen, chance);
        found.push(Candidate { cost_fen, slot, chance });
    }

    /// On foot from the bay to the destination, and by car to the bay.
    fn ways_m(&self, spot: Spot) -> (f64, f64) {
        let (lon, lat) = spot.degrees();
        let drive_m = self.vehicle.map_or(0.0, |vehicle| vehicle.distance_m(lon, lat));
        (self.destination.distance_m(lon, lat), drive_m)
    }

    /// What a permit means.
    fn judge(&mut self, number: u32) -> Judged {
        let place = at(number) % PERMITS_KNOWN;
        if let Some((known, judged)) = self.permits[place]
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
        let judged = Judged { until, fee_fen };
        self.permits[place] = Some((number, judged));
        judged
    }

    /// Until when one may stand in this very bay.
    fn until(&self, slot: u32, judged: Judged) -> Until {
        match self.grid.closures.get(&slot) {
            Some(closures) => judged.until.but_for(closures, self.ask.arrive_at),
            None => judged.until,
        }
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

    /// The best of what was found, in order; of the same cost in order of code.
    fn offers(&mut self, mut found: Vec<Candidate>, limit: usize) -> Vec<Offer> {
        if let Some(last_fen) = last_of_best(&mut found, limit) {
            found.retain(|candidate| candidate.cost_fen <= last_fen);
        }
        let code = |candidate: &Candidate| self.grid.code(at(candidate.slot));
        found.sort_unstable_by(|a, b| {
            a.cost_fen.total_cmp(&b.cost_fen).then_with(|| code(a).cmp(code(b)))
        });
        found.truncate(limit);
        let mut offers = Vec::with_capacity(found.len());
        offers.extend(found.iter().filter_map(|candidate| self.offer(candidate)));
        offers
    }

    fn offer(&mut self, candidate: &Candidate) -> Option<Offer> {
        let slot = at(candidate.slot);
        let spot = self.grid.spots[slot];
        let (lon, lat) = spot.degrees();
        let (walk_m, drive_m) = self.ways_m(spot);
        let judged = self.judge(spot.permit);
        Some(Offer {
            id: self.grid.id(slot),
            code: self.grid.code(slot).clone(),
            at: Point::new(lon, lat).ok()?,
            block: self.block_of(spot),
            zone: self.grid.permits[at(spot.permit)].zone,
            distance_m: walk_m,
            walk_min: self.rates.walk_min(walk_m),
            drive_min: self.rates.drive_min(drive_m),
            fee_fen: judged.fee_fen,
            chance: candidate.chance,
            cost_fen: candidate.cost_fen,
            permitted_until: self.until(candidate.slot, judged).at(),
            seen_at: self.grid.seen_at(slot),
        })
    }
}

/// What the last of the best costs, once there are so many.
fn last_of_best(found: &mut [Candidate], limit: usize) -> Option<f64> {
    if found.len() < limit {
        return None;
    }
    let by_cost = |a: &Candidate, b: &Candidate| a.cost_fen.total_cmp(&b.cost_fen);
    let (_, last, _) = found.select_nth_unstable_by(limit - 1, by_cost);
    Some(last.cost_fen)
}

#[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000,000")]
fn cell_of(point: Point) -> CellKey {
    let units = |degrees: f64| (degrees * super::cells::UNITS).round() as i32;
    CellKey::of(units(point.lon()), units(point.lat()))
}
