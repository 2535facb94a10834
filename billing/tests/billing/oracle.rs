//! What a stay costs, second by second, by the words of docs/TARIFFS.md and nothing cleverer.
//!
//! Shares no code with the engine: it reads the rule as data, asks chrono-tz for the wall clock of
//! every second, deals the seconds out to units, prices each unit when all its seconds are known,
//! and keeps every tally in a map. Exact sums are in parts of a fen, 14,400,000 to the fen, and cut
//! off below a part, as the language says.

mod seconds;
mod sums;
mod units;

use crate::rule::{Cap, Most, Rule};

const DAY_S: i64 = 86_400;
const FEN: i128 = 14_400_000;
/// Index of `otherwise`.
const OTHERWISE: usize = usize::MAX;

/// A visit: intervals and doubts in seconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) intervals: Vec<(i64, i64)>,
    pub(crate) doubts: Vec<(i64, i64)>,
}

/// What is priced: the last visit, after the others.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) visits: Vec<Visit>,
    pub(crate) bays: u16,
    /// When the pass holds that the vehicle has.
    pub(crate) pass: Option<(i64, i64)>,
    /// When it is exempt.
    pub(crate) exempt: Option<(i64, i64)>,
    /// Coupons, in the order in which they are used.
    pub(crate) coupons: Vec<Voucher>,
    pub(crate) paid_at: Option<i64>,
    pub(crate) bought_until: Option<i64>,
    /// Instant and level of what was displayed, in order.
    pub(crate) displayed: Vec<(i64, i32)>,
}

/// A coupon.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Voucher {
    Fen(i64),
    Minutes(i64),
    Free,
}

/// What the oracle found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) total: i64,
    /// Priced seconds that are not free.
    pub(crate) charged_s: i64,
    /// Seconds beyond the time limit.
    pub(crate) over_s: i64,
}

#[derive(Clone, Debug)]
struct Second {
    visit: usize,
    window: usize,
    began_on: i64,
    day: i64,
    month: i64,
    own_24h: i64,
    shared_24h: i64,
    priced: bool,
    free: bool,
    cost: i128,
    /// Of the demand-responsive prices.
    level: Option<i32>,
}

type Key = (i64, i64);

/// The last visit is billed, the others came before.
pub(crate) fn reckon(rule: &Rule, stay: &Stay) -> Found {
    let mut found = before_coupons(rule, stay);
    let mut minutes_gone = 0;
    for voucher in &stay.coupons {
        let worth = match voucher {
            Voucher::Fen(fen) => *fen,
            Voucher::Free => found.total,
            Voucher::Minutes(minutes) => {
                let shorter = |gone: i64| {
                    shortened(stay, gone * 60).map_or(0, |s| before_coupons(rule, &s).total)
                };
                let before = shorter(minutes_gone);
                minutes_gone += minutes;
                (before - shorter(minutes_gone)).max(0)
            }
        };
        found.total -= worth.min(found.total);
    }
    found
}

/// The stay as if it had ended so many seconds earlier; none if nothing is left of it.
fn shortened(stay: &Stay, by_s: i64) -> Option<Stay> {
    let mut stay = stay.clone();
    let last = stay.visits.last_mut().expect("at least one visit");
    let until = last.intervals.last().expect("an interval").1 - by_s;
    last.intervals.retain(|(from, _)| *from < until);
    last.intervals.last_mut()?.1 = last.intervals.last()?.1.min(until);
    stay.bought_until = stay.bought_until.map(|at| at - by_s);
    Some(stay)
}

fn before_coupons(rule: &Rule, stay: &Stay) -> Found {
    let (mut found, continued) = gross(rule, stay);
    let before = (0..continued).map(|back| {
        let visits = &stay.visits[..stay.visits.len() - 1 - back];
        let then =
            Stay { visits: visits.to_vec(), paid_at: None, bought_until: None, ..stay.clone() };
        gross(rule, &then).0.total
    });
    found.total -= before.max().unwrap_or(0).min(found.total);
    found
}

/// Whether what a cap is can be paid.
pub(crate) fn cap_is_whole_fen(rule: &Rule, cap: &Cap) -> bool {
    match cap.most {
        Most::Fen(_) => true,
        Most::PriceOf { window, minutes } => {
            units::price_of(rule, window, minutes).is_none_or(|most| most % FEN == 0)
        }
    }
}

fn gross(rule: &Rule, stay: &Stay) -> (Found, usize) {
    let seconds::Listed { mut seconds, stood, spans, billed, continued } =
        seconds::list(rule, stay);
    let over_s = sums::over_limit(rule, &mut seconds, billed);
    sums::mark_free(rule, &mut seconds, &stood);
    units::price(rule, &mut seconds, &stood);
    sums::apply_caps(rule, &mut seconds, &spans);
    let own = || seconds.iter().filter(|s| s.visit == billed);
    let sum: i128 = own().map(|s| s.cost).sum();
    let total = sums::total(rule, sum, i128::from(stay.bays));
    let charged = own().filter(|s| s.priced && !s.free).count();
    let found = Found { total, charged_s: i64::try_from(charged).expect("few"), over_s };
    (found, continued)
}

fn period(per: &str, second: &Second) -> Key {
    match per {
        "stay" | "vehicle" => (0, 0),
        "window" => (i64::try_from(second.window).unwrap_or(-1), second.began_on),
        "day" => (second.day, 0),
        "month" => (second.month, 0),
        _ => (second.shared_24h, 0),
    }
}

/// As `period`, of one visit or of all.
fn period_of(per: &str, all_visits: bool, second: &Second) -> (usize, Key) {
    let visit = if all_visits { 0 } else { second.visit };
    match (per, all_visits) {
        ("24h", false) => (visit, (second.own_24h, 0)),
        (per, _) => (visit, period(per, second)),
    }
}
