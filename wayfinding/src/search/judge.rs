//! What signs, prices and chances mean for one driver: each asked once, since neighbours share them.

use vocabulary::{BayId, Timestamp};

use super::ask::{Ask, Rates, Stay, Terms};
use super::grid::{BayGrid, Spot, at};
use super::permit::Until;

/// How many permits and blocks a search remembers.
const KNOWN: usize = 16;

/// One driver's view of permits and blocks.
#[derive(Debug)]
pub(super) struct Judge<'a, T> {
    grid: &'a BayGrid,
    ask: &'a Ask,
    rates: &'a Rates,
    terms: &'a T,
    /// When the stay ends.
    end_at: Timestamp,
    permits: Memo<Judged>,
    chances: Memo<Chance>,
}

/// What it means that a bay of some block may be gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    pub(super) known: Option<f64>,
    pub(super) risk_fen: f64,
}

/// What a permit means for this driver.
#[derive(Clone, Copy, Debug)]
struct Judged {
    until: Until,
    /// Whether one may stand there for all of the stay, and what that costs.
    covers: bool,
    fee_fen: f64,
    stay: Stay,
}

/// What is known of some numbers.
#[derive(Debug)]
struct Memo<V>([Option<(u32, V)>; KNOWN]);

impl BayGrid {
    /// Whether the vehicle may stand in this bay for the whole of the stay, as a search would judge it; false if there is no such bay.
    #[must_use]
    pub fn takes(&self, id: BayId, ask: &Ask, terms: &impl Terms) -> bool {
        let Some(slot) = self.slot_of(id) else { return false };
        let number = u32::try_from(slot).unwrap_or(u32::MAX);
        Judge::new(self, ask, &Rates::default(), terms).fee_fen(number, self.spots[slot]).is_some()
    }
}

impl<'a, T: Terms> Judge<'a, T> {
    #[inline]
    pub(super) fn new(grid: &'a BayGrid, ask: &'a Ask, rates: &'a Rates, terms: &'a T) -> Self {
        let end_at = ask.arrive_at.plus_ms(i64::from(ask.stay_min) * 60_000);
        Judge { grid, ask, rates, terms, end_at, permits: Memo::new(), chances: Memo::new() }
    }

    /// What the stay costs, 0 if that cannot be told; if one may stand in this very bay for all of it.
    #[inline]
    pub(super) fn fee_fen(&mut self, slot: u32, spot: Spot) -> Option<f64> {
        let (grid, ask, end_at) = (self.grid, self.ask, self.end_at);
        let judged = self.judged(spot);
        let covers = match spot.closes() {
            false => judged.covers,
            true => until(grid, ask, slot, spot, judged).covers(end_at),
        };
        covers.then_some(judged.fee_fen)
    }

    /// What it says whether one may or not, and from when on one may not any more; none if one always may.
    #[inline]
    pub(super) fn stay_until(&mut self, slot: u32, spot: Spot) -> (&Stay, Option<Timestamp>) {
        let (grid, ask) = (self.grid, self.ask);
        let judged = self.judged(spot);
        (&judged.stay, until(grid, ask, slot, spot, judged).at())
    }

    #[inline]
    fn judged(&mut self, spot: Spot) -> &Judged {
        let (grid, ask, terms, end_at) = (self.grid, self.ask, self.terms, self.end_at);
        self.permits.get_or(spot.permit(), |number| judge_anew(grid, ask, terms, end_at, number))
    }

    /// How likely it is that a bay of this block is free on arrival.
    #[inline]
    pub(super) fn chance(&mut self, block: u32) -> Chance {
        let (grid, rates, terms) = (self.grid, self.rates, self.terms);
        *self.chances.get_or(block, |block| {
            let known = terms.chance(&grid.blocks[at(block)]);
            Chance { known, risk_fen: rates.risk_fen(known) }
        })
    }
}

/// Until when one may stand in this very bay.
#[inline]
fn until(grid: &BayGrid, ask: &Ask, slot: u32, spot: Spot, judged: &Judged) -> Until {
    if !spot.closes() {
        return judged.until;
    }
    match grid.closures.get(&slot) {
        Some(closures) => judged.until.but_for(closures, ask.arrive_at),
        None => judged.until,
    }
}

/// Out of line, so that what is known already is looked up in line.
#[inline(never)]
fn judge_anew(
    grid: &BayGrid,
    ask: &Ask,
    terms: &impl Terms,
    end_at: Timestamp,
    number: u32,
) -> Judged {
    let permit = &grid.permits[at(number)];
    let stay = terms.stay(permit.zone);
    let dear = |most: Option<i64>, fee: Option<i64>| {
        most.is_some_and(|most| fee.is_none_or(|fee| fee > most))
    };
    let refused = dear(ask.max_fee_fen, stay.fee_fen)
        || dear(ask.max_first_hour_fen, stay.first_hour_fen)
        || !permit.takes(&ask.vehicle);
    let until = match refused {
        true => Until::Refused,
        false => permit.until(ask.arrive_at, ask.ahead_of_utc_min),
    };
    let until = until.and_until(stay.permitted_until);
    let fee_fen = stay.fee_fen.unwrap_or(0) as f64;
    Judged { until, covers: until.covers(end_at), fee_fen, stay }
}

impl<V: Copy> Memo<V> {
    #[inline]
    fn new() -> Memo<V> {
        Memo([None; KNOWN])
    }

    #[inline]
    fn get_or(&mut self, number: u32, ask: impl FnOnce(u32) -> V) -> &V {
        let place = &mut self.0[at(number) % KNOWN];
        if place.as_ref().is_none_or(|(known, _)| *known != number) {
            *place = None;
        }
        &place.get_or_insert_with(|| (number, ask(number))).1
    }
}
