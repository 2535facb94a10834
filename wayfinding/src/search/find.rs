//! The search itself: squares of cells around the destination, cut to the circle beyond which nothing can be better.
//!
//! Bays are taken down first, and considered when there may be as many as are wanted. It is compiled with its caller's
//! terms, in the caller's crate; what it calls for each bay is marked `inline` for that.

use vocabulary::Point;

use super::ask::{Ask, Found, LeastWays, Nothing, Offer, Rates, Terms, whole};
use super::best::{Best, Candidate, Ranked};
use super::bits::Which;
use super::cells::{Around, CellKey, Units};
use super::disc::Disc;
use super::grid::{BayGrid, Block, Spot, at};
use super::judge::Judge;
use super::near::Near;
use super::rings::Rings;
use crate::State;

/// What planes, great circles and rounding may differ by: a centimetre's walk costs a hundredth of a fen, and costs are
/// rounded to a whole one.
const SLACK_FEN: f64 = 0.55;
const SLACK_M: f64 = 0.01;
/// Room for bays that wait; it grows if need be.
const WAITING: usize = 128;
/// How many of them come from memory at once.
const TOGETHER: usize = 64;
/// How many bays to each side say how many are free in this neighbourhood.
const AROUND: u32 = 256;
/// Of how many bays those of one state are considered together, when every bay is looked at.
const EVERY: u32 = 4096;

/// One search under way.
struct Search<'a, T> {
    grid: &'a BayGrid,
    rates: &'a Rates,
    disc: Disc,
    destination: Near,
    vehicle: Option<Near>,
    least_ways: LeastWays,
    reach_m: f64,
    /// What every bay costs at least, wherever it stands and whatever its stay; and whatever its zone.
    anywhere_fen: f64,
    least_risk_fen: f64,
    /// What costs more is not among the best.
    dearest_fen: f64,
    /// What is farther away is not, either.
    far_m: f64,
    /// Bays that are still to be considered.
    waiting: Vec<u32>,
    /// Of some of them where they stand and how far they are on foot.
    spots: Vec<Spot>,
    walks_m: Vec<f64>,
    best: Best,
    judge: Judge<'a, T>,
}

impl BayGrid {
    /// The best bays for a driver.
    #[must_use]
    pub fn find<'a>(&'a self, ask: &'a Ask, rates: &'a Rates, terms: &'a impl Terms) -> Found<'a> {
        let free = Search::new(self, ask, rates, terms, ask.limit).run(State::Free);
        let unknown = match ask.unknown_limit {
            0 => Vec::new(),
            limit => Search::new(self, ask, rates, terms, limit).run(State::Unknown),
        };
        let is_wanted = free.is_empty() && ask.limit > 0;
        let why = || Search::new(self, ask, rates, terms, 0).why_nothing(ask.destination);
        Found { free, unknown, nothing: is_wanted.then(why) }
    }
}

impl<'a, T: Terms> Search<'a, T> {
    fn new(
        grid: &'a BayGrid,
        ask: &'a Ask,
        rates: &'a Rates,
        terms: &'a T,
        limit: usize,
    ) -> Search<'a, T> {
        let reach_m = rates.walk_reach_m(ask.max_walk_min.max(0.0));
        let drive_m = ask.from.map(|from| from.distance_m(ask.destination));
        // From the vehicle the bay is at most as far as the destination and the walk.
        let vehicle = ask.from.map(|from| Near::new(from, drive_m.unwrap_or(0.0) + reach_m));
        let least_risk_fen = rates.risk_fen(Some(terms.best_chance()));
        Search {
            grid,
            rates,
            disc: Disc::new(ask.destination, reach_m),
            destination: Near::new(ask.destination, reach_m),
            vehicle,
            least_ways: LeastWays::new(rates, drive_m),
            reach_m,
            anywhere_fen: terms.least_fee_fen() as f64 + least_risk_fen,
            least_risk_fen,
            dearest_fen: f64::INFINITY,
            far_m: reach_m + SLACK_M,
            waiting: Vec::with_capacity(WAITING),
            spots: Vec::with_capacity(TOGETHER),
            walks_m: Vec::with_capacity(TOGETHER),
            best: Best::new(limit),
            judge: Judge::new(grid, ask, rates, terms),
        }
    }

    fn run(mut self, state: State) -> Vec<Offer<'a>> {
        if self.best.is_full() || !self.reach_m.is_finite() {
            // None are wanted, or nobody can say how far.
            return Vec::new();
        }
        let which = Which::In(state);
        let mut cells = self.grid.cells.around();
        let mut needed = self.needed_rings();
        let mut rings = self.first_rings(&mut cells, which).within(needed);
        loop {
            if self.grid.is_wide(&self.destination, rings.wide) {
                self.look_everywhere(which);
                break;
            }
            self.look(&mut cells, which, rings);
            if self.waiting.len() >= self.best.missing() {
                self.consider_all();
            }
            if needed > rings.wide && self.narrow() {
                needed = self.needed_rings();
            }
            if needed <= rings.wide {
                break;
            }
            rings = rings.wider(self.waiting.len(), self.best.missing()).within(needed);
        }
        self.consider_all();
        self.offers()
    }

    /// How many rings of cells hold every bay that may be among the best.
    fn needed_rings(&self) -> i32 {
        match self.destination.is_flat() {
            true => self.disc.ring(self.far_m),
            false => 0,
        }
    }

    fn first_rings(&self, cells: &mut Around<'_>, which: Which) -> Rings {
        let bits = &self.grid.bits;
        let bays = |(from, to, cells)| (bits.count(which, from, to), cells);
        let around = cells.neighbours(self.disc.middle, AROUND).map_or((0, 1.0), bays);
        Rings::first(self.best.missing(), around)
    }

    /// From some width on it is cheaper, or the only right way, to look at every bay.
    fn look_everywhere(&mut self, which: Which) {
        self.best.clear();
        self.waiting.clear();
        (self.dearest_fen, self.far_m) = (f64::INFINITY, self.reach_m + SLACK_M);
        let (grid, count) = (self.grid, self.grid.count());
        for first in (0..count).step_by(at(EVERY)) {
            let end = count.min(first.saturating_add(EVERY));
            grid.bits.each(which, first, end, |slot| self.waiting.push(slot));
            self.consider_all();
        }
    }

    /// Takes down the bays of what of a square was not seen yet and lies within the circle, the nearest rows first.
    fn look(&mut self, cells: &mut Around<'_>, which: Which, rings: Rings) {
        self.look_at_row(cells, which, rings, 0);
        for north in 1..=rings.wide {
            self.look_at_row(cells, which, rings, north);
            self.look_at_row(cells, which, rings, -north);
        }
    }

    #[inline]
    fn look_at_row(&mut self, cells: &mut Around<'_>, which: Which, rings: Rings, north: i32) {
        let (west, east) = match self.dearest_fen.is_finite() {
            true => match self.disc.columns(north, self.far_m) {
                Some((west, east)) => (west.max(-rings.wide), east.min(rings.wide)),
                None => return,
            },
            // The circle is as wide as the walk may be, so this square hardly needs to be cut.
            false => (-rings.wide, rings.wide),
        };
        let CellKey { row, column } = self.disc.middle;
        let parts = match north.abs() > rings.seen {
            true => [(west, east), (0, -1)],
            false => [(west, east.min(-rings.seen - 1)), (west.max(rings.seen + 1), east)],
        };
        let grid = self.grid;
        for (from, to) in parts {
            cells.stretches(row + north, column + from..=column + to, |first, end| {
                grid.bits.each(which, first, end, |slot| self.waiting.push(slot));
            });
        }
    }

    /// Why no bay is offered, once none was.
    fn why_nothing(mut self, destination: Point) -> Nothing {
        let grid = self.grid;
        let (mut is_near, mut fits) = (false, false);
        let mut look = |search: &mut Self, slot: u32| {
            let spot = grid.spots[at(slot)];
            if !fits && search.walk_m(spot.at) <= search.reach_m {
                is_near = true;
                fits = search.judge.fee_fen(slot, spot).is_some();
            }
            fits
        };
        let mut cells = grid.cells.around();
        let centre = cell_of(destination);
        for ring in 0.. {
            let mut found = false;
            if grid.is_wide(&self.destination, ring) {
                grid.bits.each(Which::All, 0, grid.count(), |slot| found |= look(&mut self, slot));
                break;
            }
            for (_, (from, to)) in cells.rim(centre, ring) {
                grid.bits.each(Which::All, from, to, |slot| found |= look(&mut self, slot));
            }
            let [west, south, east, north] = centre.borders(ring);
            if found || self.destination.reach_m(west, south, east, north) >= self.reach_m {
                break;
            }
        }
        match (is_near, fits) {
            (false, _) => Nothing::Outside,
            (true, false) => Nothing::NoneFits,
            (true, true) => Nothing::NoneFree,
        }
    }

    /// Considers the bays that wait, some at a time: each step is a short loop of its own, so that all of them are on their
    /// way from memory at once, and none waits for what is decided of the one before.
    fn consider_all(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let mut spots = std::mem::take(&mut self.spots);
        let mut walks_m = std::mem::take(&mut self.walks_m);
        for slots in waiting.chunks(TOGETHER) {
            spots.clear();
            spots.extend(slots.iter().map(|slot| self.grid.spots[at(*slot)]));
            walks_m.clear();
            walks_m.extend(spots.iter().map(|spot| self.walk_m(spot.at)));
            for ((slot, spot), walk_m) in slots.iter().zip(&spots).zip(&walks_m) {
                if *walk_m <= self.far_m {
                    self.consider(*slot, *spot, *walk_m);
                }
            }
        }
        (self.waiting, self.spots, self.walks_m) = (waiting, spots, walks_m);
        self.waiting.clear();
    }

    /// Keeps a bay if it may be offered and is among the best so far; what costs little to know is asked first.
    #[inline]
    fn consider(&mut self, slot: u32, spot: Spot, walk_m: f64) {
        let drive_m = self.drive_m(spot.at);
        let ways_fen = self.rates.ways_fen(walk_m, drive_m);
        if walk_m > self.reach_m || ways_fen + self.anywhere_fen > self.dearest_fen {
            return;
        }
        let Some(fee_fen) = self.judge.fee_fen(slot, spot) else { return };
        if ways_fen + fee_fen + self.least_risk_fen > self.dearest_fen {
            return;
        }
        let cost_fen = whole(ways_fen + fee_fen + self.judge.chance(spot.block).risk_fen);
        self.best.take(Candidate { cost_fen, walk_m, slot });
        if self.best.is_crowded() {
            self.narrow();
        }
    }

    /// Once there are as many as are wanted, what the last of them costs says how far one may be; whether that is news.
    fn narrow(&mut self) -> bool {
        let Some(last_fen) = self.best.settle() else { return false };
        self.dearest_fen = last_fen as f64 + SLACK_FEN;
        let far_m = self.least_ways.farthest_m(self.dearest_fen - self.anywhere_fen);
        self.far_m = self.reach_m.min(far_m).max(0.0) + SLACK_M;
        true
    }

    /// On foot from the bay to the destination.
    #[inline]
    fn walk_m(&self, place: Units) -> f64 {
        let (lon, lat) = place.degrees();
        self.destination.distance_m(lon, lat)
    }

    /// By car to the bay.
    #[inline]
    fn drive_m(&self, place: Units) -> f64 {
        let (lon, lat) = place.degrees();
        self.vehicle.as_ref().map_or(0.0, |vehicle| vehicle.distance_m(lon, lat))
    }

    /// The best of what was found, in order.
    fn offers(mut self) -> Vec<Offer<'a>> {
        let grid = self.grid;
        let best = std::mem::replace(&mut self.best, Best::new(0));
        let told = |slot: u32| {
            let kerb: &'a Block = &grid.blocks[at(grid.spots[at(slot)].block)];
            (grid.code(at(slot)).clone(), kerb)
        };
        let ranked = best.ranked(told);
        let mut offers = Vec::with_capacity(ranked.len());
        for Ranked { cost_fen, walk_m, told: kerb, slot, .. } in ranked {
            let spot = grid.spots[at(slot)];
            let drive_m = self.drive_m(spot.at);
            let chance = self.judge.chance(spot.block).known;
            let (stay, permitted_until) = self.judge.stay_until(slot, spot);
            offers.push(Offer {
                bay: grid.bay_of(at(slot), kerb),
                distance_m: walk_m,
                drive_m,
                walk_min: self.rates.walk_min(walk_m),
                drive_min: self.rates.drive_min(drive_m),
                stay: *stay,
                chance,
                cost_fen,
                permitted_until,
            });
        }
        offers
    }
}

pub(super) fn cell_of(point: Point) -> CellKey {
    CellKey::of(Units::of(point))
}
