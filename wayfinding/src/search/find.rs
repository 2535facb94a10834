//! The search itself: ring by ring around the destination, until nothing farther out can be better.
//!
//! It is compiled with its caller's terms, in the caller's crate; what it calls for each bay is marked `inline` for that.

use vocabulary::{Point, Timestamp};

use super::ask::{Ask, Found, Nothing, Offer, Rates, Stay, Terms};
use super::bits::Which;
use super::cells::{CellKey, Units};
use super::grid::{BayGrid, Closed, Shared, at};
use super::near::Near;
use super::permit::Until;
use crate::State;

/// What planes, great circles and rounding may differ by: a centimetre's walk costs a hundredth of a fen, and costs are
/// rounded to a whole one.
const SLACK_FEN: f64 = 0.55;
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
    stay: Stay,
}

/// A bay that may be offered. Small, since many are sorted for a few that are offered.
#[derive(Clone, Copy)]
struct Candidate {
    cost_fen: i64,
    slot: u32,
}

impl BayGrid {
    /// The best bays for a driver.
    #[must_use]
    pub fn find<'a>(&'a self, ask: &'a Ask, rates: &'a Rates, terms: &'a impl Terms) -> Found<'a> {
        let search = || Search::new(self, ask, rates, terms);
        let free = search().run(State::Free, ask.limit);
        let unknown = match ask.unknown_limit {
            0 => Vec::new(),
            limit => search().run(State::Unknown, limit),
        };
        let nothing = (free.is_empty() && ask.limit > 0).then(|| search().why_nothing());
        Found { free, unknown, nothing }
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

    fn run(mut self, state: State, limit: usize) -> Vec<Offer<'a>> {
        if limit == 0 || !self.reach_m.is_finite() {
            return Vec::new();
        }
        let which = Which::In(state);
        let mut found = Vec::with_capacity(limit.min(1024) * 4);
        let grid = self.grid;
        let mut cells = grid.cells.around();
        let centre = cell_of(self.ask.destination);
        for ring in 0.. {
            if self.is_wide(ring) {
                // From here on it is cheaper, or the only right way, to look at every bay.
                found.clear();
                self.dearest_fen = f64::INFINITY;
                grid.bits.each(which, 0, grid.count(), |slot| {
                    self.consider(slot, grid.rows[at(slot)].at, &mut found);
                });
                break;
            }
            for (cell, (from, to)) in cells.rim(centre, ring) {
                let corner = cell.corner();
                grid.bits.each(which, from, to, |slot| {
                    self.consider(slot, grid.spots[at(slot)].at(corner), &mut found);
                });
            }
            let seen_m = self.seen_m(centre, ring);
            if seen_m >= self.reach_m {
                break;
            }
            if let Some(last_fen) = last_of_best(&mut found, limit) {
                self.dearest_fen = last_fen as f64 + SLACK_FEN;
                let beyond_fen = self.anywhere_fen + self.rates.least_fen(seen_m, self.drive_m);
                if self.dearest_fen < beyond_fen {
                    break;
                }
            }
        }
        self.offers(found, limit)
    }

    /// Why no bay is offered, once none was.
    fn why_nothing(mut self) -> Nothing {
        let grid = self.grid;
        let (mut is_near, mut fits) = (false, false);
        let mut look = |search: &mut Self, slot: u32| {
            if !fits && search.ways_m(grid.rows[at(slot)].at).0 <= search.reach_m {
                is_near = true;
                let shared = grid.shared[at(grid.spots[at(slot)].shared)];
                let judged = search.judge(shared.permit);
                fits = search.until(slot, shared, judged).covers(search.end_at);
            }
            fits
        };
        let mut cells = grid.cells.around();
        let centre = cell_of(self.ask.destination);
        for ring in 0.. {
            let mut found = false;
            if self.is_wide(ring) {
                grid.bits.each(Which::All, 0, grid.count(), |slot| found |= look(&mut self, slot));
                break;
            }
            for (_, (from, to)) in cells.rim(centre, ring) {
                grid.bits.each(Which::All, from, to, |slot| found |= look(&mut self, slot));
            }
            if found || self.seen_m(centre, ring) >= self.reach_m {
                break;
            }
        }
        match (is_near, fits) {
            (false, _) => Nothing::Outside,
            (true, false) => Nothing::NoneFits,
            (true, true) => Nothing::NoneFree,
        }
    }

    /// Whether rings have grown to more cells than there are, or cannot be used at all.
    fn is_wide(&self, ring: i32) -> bool {
        self.grid.is_wide(&self.destination, ring)
    }

    /// Every bay that is nearer than this was seen once this ring was.
    fn seen_m(&self, centre: CellKey, ring: i32) -> f64 {
        let [west, south, east, north] = centre.borders(ring);
        self.destination.reach_m(west, south, east, north)
    }

    /// Keeps a bay if it may be offered and may be among the best; what costs little to know is asked first.
    #[inline]
    fn consider(&mut self, slot: u32, place: Units, found: &mut Vec<Candidate>) {
        let (walk_m, drive_m) = self.ways_m(place);
        let least_fen = self.rates.ways_fen(walk_m, drive_m) + self.anywhere_fen;
        if walk_m > self.reach_m || least_fen > self.dearest_fen {
            return;
        }
        let shared = self.grid.shared[at(self.grid.spots[at(slot)].shared)];
        let judged = self.judge(shared.permit);
        if !self.until(slot, shared, judged).covers(self.end_at) {
            return;
        }
        let chance = self.chance(shared.block);
        let cost_fen = self.rates.whole_fen(walk_m, drive_m, judged.stay.fee_fen, chance);
        found.push(Candidate { cost_fen, slot });
    }

    /// On foot from the bay to the destination, and by car to the bay.
    #[inline]
    fn ways_m(&self, place: Units) -> (f64, f64) {
        let (lon, lat) = place.degrees();
        let drive_m = self.vehicle.map_or(0.0, |vehicle| vehicle.distance_m(lon, lat));
        (self.destination.distance_m(lon, lat), drive_m)
    }

    /// What a permit means.
    #[inline]
    fn judge(&mut self, number: u32) -> Judged {
        let place = at(number) % PERMITS_KNOWN;
        match self.permits[place] {
            Some((known, judged)) if known == number => judged,
            _ => {
                let judged = self.judge_anew(number);
                self.permits[place] = Some((number, judged));
                judged
            }
        }
    }

    fn judge_anew(&self, number: u32) -> Judged {
        let permit = &self.grid.permits[at(number)];
        let stay = self.terms.stay(permit.zone);
        let dear = |most: Option<i64>, fee: Option<i64>| {
            most.is_some_and(|most| fee.is_none_or(|fee| fee > most))
        };
        let refused = dear(self.ask.max_fee_fen, stay.fee_fen)
            || dear(self.ask.max_first_hour_fen, stay.first_hour_fen)
            || !permit.takes(&self.ask.vehicle);
        let until = match refused {
            true => Until::Refused,
            false => permit.until(self.ask.arrive_at, self.ask.ahead_of_utc_min),
        };
        Judged { until: until.and_until(stay.permitted_until), stay }
    }

    /// Until when one may stand in this very bay.
    #[inline]
    fn until(&self, slot: u32, shared: Shared, judged: Judged) -> Until {
        if shared.closed == Closed::Never {
            return judged.until;
        }
        match self.grid.closures.get(&slot) {
            Some(closures) => judged.until.but_for(closures, self.ask.arrive_at),
            None => judged.until,
        }
    }

    #[inline]
    fn chance(&mut self, block: u32) -> Option<f64> {
        if let Some((known, chance)) = self.block
            && known == block
        {
            return chance;
        }
        let chance = self.terms.chance(&self.grid.blocks[at(block)]);
        self.block = Some((block, chance));
        chance
    }

    /// The best of what was found, in order; of the same cost in order of code.
    fn offers(&mut self, mut found: Vec<Candidate>, limit: usize) -> Vec<Offer<'a>> {
        if let Some(last_fen) = last_of_best(&mut found, limit) {
            found.retain(|candidate| candidate.cost_fen <= last_fen);
        }
        let code = |candidate: &Candidate| self.grid.code(at(candidate.slot));
        found.sort_unstable_by(|a, b| {
            a.cost_fen.cmp(&b.cost_fen).then_with(|| code(a).cmp(code(b)))
        });
        found.truncate(limit);
        found.iter().map(|candidate| self.offer(candidate)).collect()
    }

    fn offer(&mut self, candidate: &Candidate) -> Offer<'a> {
        let slot = at(candidate.slot);
        let (walk_m, drive_m) = self.ways_m(self.grid.rows[slot].at);
        let shared = self.grid.shared[at(self.grid.spots[slot].shared)];
        let judged = self.judge(shared.permit);
        Offer {
            bay: self.grid.bay_at(slot),
            distance_m: walk_m,
            drive_m,
            walk_min: self.rates.walk_min(walk_m),
            drive_min: self.rates.drive_min(drive_m),
            stay: judged.stay,
            chance: self.chance(shared.block),
            cost_fen: candidate.cost_fen,
            permitted_until: self.until(candidate.slot, shared, judged).at(),
        }
    }
}

/// What the last of the best costs, once there are so many.
fn last_of_best(found: &mut [Candidate], limit: usize) -> Option<i64> {
    if found.len() < limit {
        return None;
    }
    let (_, last, _) = found.select_nth_unstable_by_key(limit - 1, |found| found.cost_fen);
    Some(last.cost_fen)
}

pub(super) fn cell_of(point: Point) -> CellKey {
    CellKey::of(Units::of(point))
}
