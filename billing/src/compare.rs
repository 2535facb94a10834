//! What another tariff would change: the fees of many stays under two tariffs, summed up.
//!
//! Counts and sums in whole fen, added one stay at a time and merged, so that any number of stays
//! takes the same memory and any order of adding gives the same result. Pricing is the caller's.

mod spread;

use std::collections::BTreeMap;

use vocabulary::Fen;

use crate::tariff::{EarlierVisits, Period, Plan, Tariff, Visits};

pub use spread::Spread;

/// Most streets and most vehicle classes told apart; what comes after them is summed up together.
pub const GROUPS_LIMIT: usize = 10_000;

/// The name of what is summed up together beyond `GROUPS_LIMIT`.
pub const OTHERS: &str = "…";

/// The fees of one stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Under the tariff that holds.
    pub tariff: Fen,
    /// Under the one that it is compared with.
    pub against: Fen,
}

/// What a stay is counted by.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Street, as the operator names it.
    pub street: &'a str,
    /// Hour of the arrival on the wall clock, 0 to 23.
    pub hour: usize,
    /// Class of the vehicle.
    pub vehicle: &'a str,
}

/// Sums over some stays. `more` are those that pay more under `against`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many.
    pub stays: u64,
    /// What they pay under `tariff`, in fen.
    pub tariff_fen: i64,
    /// What they pay under `against`.
    pub against_fen: i64,
    /// How many pay more.
    pub more: u64,
    /// How many pay less.
    pub less: u64,
    /// How much more, those who pay more.
    pub more_fen: i64,
    /// How much less, those who pay less; 0 or more.
    pub less_fen: i64,
}

/// Everything that is known of the stays added so far.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// All stays.
    pub all: Sums,
    /// By street.
    pub by_street: BTreeMap<String, Sums>,
    /// By hour of the arrival.
    pub by_hour: [Sums; 24],
    /// By class of vehicle.
    pub by_vehicle: BTreeMap<String, Sums>,
    /// What each stay pays more (less, if negative).
    pub spread: Spread,
}

impl Sums {
    /// Adds one stay. Sums stop at the ends of 64 bits: 92 thousand million million yuan.
    pub fn add(&mut self, fees: Fees) {
        let change = fees.against.0.saturating_sub(fees.tariff.0);
        self.merge(&Sums {
            stays: 1,
            tariff_fen: fees.tariff.0,
            against_fen: fees.against.0,
            more: u64::from(change > 0),
            less: u64::from(change < 0),
            more_fen: change.max(0),
            less_fen: change.saturating_neg().max(0),
        });
    }

    /// Adds other stays.
    pub fn merge(&mut self, other: &Sums) {
        self.stays = self.stays.saturating_add(other.stays);
        self.tariff_fen = self.tariff_fen.saturating_add(other.tariff_fen);
        self.against_fen = self.against_fen.saturating_add(other.against_fen);
        self.more = self.more.saturating_add(other.more);
        self.less = self.less.saturating_add(other.less);
        self.more_fen = self.more_fen.saturating_add(other.more_fen);
        self.less_fen = self.less_fen.saturating_add(other.less_fen);
    }

    /// How many pay the same.
    #[must_use]
    pub fn same(&self) -> u64 {
        self.stays.saturating_sub(self.more).saturating_sub(self.less)
    }

    /// What `against` brings in more.
    #[must_use]
    pub fn change_fen(&self) -> i64 {
        self.against_fen.saturating_sub(self.tariff_fen)
    }
}

impl Comparison {
    /// Adds one stay.
    pub fn add(&mut self, fees: Fees, keys: Keys<'_>) {
        self.all.add(fees);
        group(&mut self.by_street, keys.street).add(fees);
        group(&mut self.by_vehicle, keys.vehicle).add(fees);
        if let Some(hour) = self.by_hour.get_mut(keys.hour) {
            hour.add(fees);
        }
        self.spread.add(fees.against.0.saturating_sub(fees.tariff.0), 1);
    }

    /// Adds the stays of another comparison of the same tariffs.
    pub fn merge(&mut self, other: &Comparison) {
        self.all.merge(&other.all);
        for (name, sums) in &other.by_street {
            group(&mut self.by_street, name).merge(sums);
        }
        for (name, sums) in &other.by_vehicle {
            group(&mut self.by_vehicle, name).merge(sums);
        }
        for (hour, sums) in self.by_hour.iter_mut().zip(&other.by_hour) {
            hour.merge(sums);
        }
        self.spread.merge(&other.spread);
    }
}

fn group<'a>(groups: &'a mut BTreeMap<String, Sums>, name: &str) -> &'a mut Sums {
    let known = groups.contains_key(name);
    let name = if known || groups.len() < GROUPS_LIMIT { name } else { OTHERS };
    if !groups.contains_key(name) {
        groups.insert(name.to_owned(), Sums::default());
    }
    groups.get_mut(name).expect("it was put there if it was missing")
}

/// How far back a tariff looks at earlier visits of the same vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LooksBack {
    /// Each stay has its price alone.
    Never,
    /// Over visits with less than a day between them.
    Day,
    /// Over a calendar month, or over everything that is known.
    Month,
}

/// How far back any version of a tariff looks for any vehicle.
#[must_use]
pub fn looks_back(tariff: &Tariff) -> LooksBack {
    let plans = tariff.versions.iter().flat_map(|version| &version.plans);
    plans.map(of_plan).max().unwrap_or(LooksBack::Never)
}

fn of_plan(plan: &Plan) -> LooksBack {
    let caps = plan.caps.iter().filter(|cap| cap.visits == Visits::All).map(|cap| cap.per);
    let free = plan.free.iter().filter(|rule| rule.earlier_visits != EarlierVisits::Ignored);
    let periods = caps.chain(free.map(|rule| rule.counted_per)).map(|period| match period {
        Period::Window | Period::Day | Period::Rolling24h => LooksBack::Day,
        _ => LooksBack::Month,
    });
    let returns = if plan.returns_within_ms > 0 { LooksBack::Day } else { LooksBack::Never };
    periods.max().unwrap_or(LooksBack::Never).max(returns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_the_same_in_any_order_and_however_they_are_merged() {
        let fees = [(200, 300), (500, 500), (900, 0), (0, 1)];
        let fees = fees.map(|(a, b)| Fees { tariff: Fen(a), against: Fen(b) });
        let keys = |hour| Keys { street: "s", hour, vehicle: "small" };
        let (mut whole, mut parts) = (Comparison::default(), Comparison::default());
        for (hour, of_stay) in fees.iter().enumerate() {
            whole.add(*of_stay, keys(hour));
            let mut part = Comparison::default();
            part.add(fees[3 - hour], keys(3 - hour));
            parts.merge(&part);
        }
        let all = whole.all;
        // 2+5+9 yuan before; 3+5+0.01 after; one yuan and one fen more, nine yuan less.
        assert_eq!((all.stays, all.tariff_fen, all.against_fen), (4, 1_600, 801));
        assert_eq!((all.more, all.less, all.same()), (2, 1, 1));
        assert_eq!((all.more_fen, all.less_fen, all.change_fen()), (101, 900, -799));
        assert_eq!((parts.all, parts.by_hour), (whole.all, whole.by_hour));
        assert_eq!(parts.spread.percentile(50), whole.spread.percentile(50));
    }

    #[test]
    fn names_beyond_the_limit_are_summed_up_together() {
        let mut groups = BTreeMap::new();
        for number in 0..GROUPS_LIMIT + 5 {
            group(&mut groups, &number.to_string()).stays += 1;
        }
        assert_eq!(groups.len(), GROUPS_LIMIT + 1);
        assert_eq!(groups[OTHERS].stays, 5);
    }
}
