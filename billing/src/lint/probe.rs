//! The search with the engine itself: a fixed set of stays for each vehicle and street, and what
//! their bills show.
//!
//! Days: one of each kind of day that the version meets. Arrivals: around every border of a
//! window. Departures: around every unit, tier, border, the free minutes, and days and months.
//! The number of bills is bounded; where the set is too large, every so many arrivals are left out.

use std::collections::BTreeSet;

use vocabulary::{Fen, Interval, Timestamp};

use super::At;
use super::pairs::{AboveCap, Pair, Split};
use super::stays;
use crate::bill::{Bill, Rule};
use crate::plain_words::first_class;
use crate::price::{Case, EarlierVisit, price};
use crate::tariff::{Displayed, Plan};

/// Bills of one tariff, about.
pub(super) const BUDGET: usize = 120_000;

/// What was seen of one group of vehicles on one street.
pub(super) struct Probed<'t> {
    pub(super) plan: &'t Plan,
    /// Windows that hold at some time, by their place in the version.
    pub(super) windows: BTreeSet<usize>,
    /// Windows and tiers that some bill shows.
    pub(super) tiers: BTreeSet<(usize, u32)>,
    /// Caps that lowered some bill.
    pub(super) caps: BTreeSet<usize>,
    pub(super) free_minutes: bool,
    /// Whether any stay could be priced.
    pub(super) priced: bool,
    /// The longer stay that is the most cheaper than a shorter one.
    pub(super) drop: Option<Pair>,
    /// The most that leaving and coming back saves, without and with free minutes.
    pub(super) split: Option<Split>,
    pub(super) split_free: Option<Split>,
    /// A stay that the rounding of the total brings above a cap.
    pub(super) above_cap: Option<AboveCap>,
    /// A stay within the superior rule's free minutes that costs something.
    pub(super) below_minimum: Option<(Interval, Fen)>,
}

/// Looks at every group of vehicles on every street; those that differ in nothing are looked at once.
pub(super) fn probe<'t>(at: &At<'t>, budget: usize) -> Vec<Probed<'t>> {
    let mut different: Vec<(String, &Plan)> = Vec::new();
    for plan in &at.version.plans {
        let same = without_names(plan);
        if !different.iter().any(|(known, _)| *known == same) {
            different.push((same, plan));
        }
    }
    let each = budget.div_euclid(different.len().max(1));
    different.into_iter().map(|(_, plan)| of_plan(at, plan, each)).collect()
}

/// What two plans have in common that treat their vehicles alike.
pub(super) fn without_names(plan: &Plan) -> String {
    let nameless =
        Plan { classes: Vec::new(), vehicle: String::new(), street: None, ..plan.clone() };
    format!("{nameless:?}")
}

fn of_plan<'t>(at: &At<'t>, plan: &'t Plan, budget: usize) -> Probed<'t> {
    let days = stays::days(at, plan);
    let mut probed = Probed {
        plan,
        windows: days.windows,
        tiers: BTreeSet::new(),
        caps: BTreeSet::new(),
        free_minutes: false,
        priced: false,
        drop: None,
        split: None,
        split_free: None,
        above_cap: None,
        below_minimum: None,
    };
    let arrivals = stays::arrivals(at, plan, &days.examples);
    for stay in stays::long(&arrivals) {
        probed.see(at, stay);
    }
    for (from_ms, departures) in stays::thinned(plan, &arrivals, budget.div_euclid(2)) {
        probed.shape(at, from_ms, &departures);
        probed.minimum(at, from_ms);
    }
    for (from_ms, departures) in stays::few(plan, &arrivals, budget.div_euclid(2)) {
        probed.splits(at, from_ms, &departures);
    }
    probed
}

impl Probed<'_> {
    fn case(&self, stay: Interval) -> Case {
        let class = first_class(&self.plan.classes).unwrap_or_default();
        Case { street: self.plan.street.clone(), ..Case::new(class, vec![stay], Vec::new()) }
    }

    fn bill(&mut self, at: &At<'_>, case: &Case) -> Option<Bill> {
        let bill = price(at.tariff, at.calendars, case).ok()?;
        self.priced = true;
        for line in &bill.lines {
            match line.rule {
                Rule::Tier { window, tier, .. } => {
                    self.tiers.insert((window, tier));
                }
                Rule::Cap { cap, .. } => {
                    self.caps.insert(cap);
                }
                Rule::FreeMinutes => self.free_minutes = true,
                _ => {}
            }
        }
        Some(bill)
    }

    /// Notes which rules a stay comes to; also at the highest price that demand may bring.
    fn see(&mut self, at: &At<'_>, stay: Interval) {
        let case = self.case(stay);
        self.bill(at, &case);
        if at.version.demand.is_some() {
            let highest = Displayed { displayed_at: Timestamp::from_ms(0), level: 1_000_000 };
            self.bill(at, &Case { displayed: vec![highest], ..case });
        }
    }

    /// The fees of one arrival by departure, for what longer stays must not do.
    fn shape(&mut self, at: &At<'_>, from_ms: i64, departures: &[i64]) {
        let mut dearest: Option<(Interval, Fen)> = None;
        for to_ms in departures {
            let Some(stay) = interval(from_ms, *to_ms) else { continue };
            let case = self.case(stay);
            let Some(bill) = self.bill(at, &case) else { continue };
            if let Some(shorter) = dearest {
                let pair = Pair { shorter, longer: (stay, bill.total) };
                if pair.saves() > self.drop.map_or(0, |known| known.saves()) {
                    self.drop = Some(pair);
                }
            }
            if dearest.is_none_or(|(_, most)| bill.total > most) {
                dearest = Some((stay, bill.total));
            }
            self.rounding(stay, &bill);
        }
    }

    /// The only cap of a bill covers all that is charged, and the total is above it.
    fn rounding(&mut self, stay: Interval, bill: &Bill) {
        let caps = bill.lines.iter().filter_map(|line| match line.rule {
            Rule::Cap { most, .. } => Some((most, line.interval)),
            _ => None,
        });
        let [(most, covers)] = caps.collect::<Vec<_>>()[..] else { return };
        let charged = bill.lines.iter().filter(|l| l.rule.is_time() && l.amount > Fen::ZERO);
        let inside =
            |i: Interval| i.start_at() >= covers.start_at() && i.end_at() <= covers.end_at();
        let rounded = bill.lines.iter().any(|l| l.rule == Rule::Rounding && l.amount > Fen::ZERO);
        let factors = bill.lines.iter().any(|l| matches!(l.rule, Rule::Factor { .. }));
        let all_inside = charged.map(|line| line.interval).all(inside);
        if rounded && !factors && all_inside && bill.total > most && self.above_cap.is_none() {
            self.above_cap = Some(AboveCap { stay, most, total: bill.total });
        }
    }

    /// A stay as long as the superior rule demands to be free.
    fn minimum(&mut self, at: &At<'_>, from_ms: i64) {
        let Some(minutes) = at.version.superior_free_minutes else { return };
        let to_ms = from_ms.saturating_add(i64::from(minutes).saturating_mul(60_000));
        let Some(stay) = interval(from_ms, to_ms) else { return };
        let case = self.case(stay);
        let Some(bill) = self.bill(at, &case) else { return };
        if bill.total > self.below_minimum.map_or(Fen::ZERO, |(_, fee)| fee) {
            self.below_minimum = Some((stay, bill.total));
        }
    }

    /// Leaves at each departure, comes back as soon as it is another visit, and stays to a later one.
    fn splits(&mut self, at: &At<'_>, from_ms: i64, departures: &[i64]) {
        let away_ms = match self.plan.returns_within_ms {
            0 => 0,
            ms => ms.saturating_add(60_000),
        };
        let bills: Vec<(Interval, Bill)> = departures
            .iter()
            .filter_map(|to_ms| {
                let stay = interval(from_ms, *to_ms)?;
                let case = self.case(stay);
                Some((stay, self.bill(at, &case)?))
            })
            .collect();
        for (place, (first, first_bill)) in bills.iter().enumerate() {
            for (whole, whole_bill) in bills.iter().skip(place.saturating_add(1)) {
                if first_bill.total >= whole_bill.total {
                    continue;
                }
                let back_ms = first.end_at().ms().saturating_add(away_ms);
                let Some(second) = interval(back_ms, whole.end_at().ms()) else { continue };
                if second.start_at() >= second.end_at() {
                    continue;
                }
                let visit = EarlierVisit { intervals: vec![*first], doubts: Vec::new() };
                let case = Case { earlier: vec![visit], ..self.case(second) };
                let Some(second_bill) = self.bill(at, &case) else { continue };
                let split = Split {
                    whole: (*whole, whole_bill.total),
                    first: (*first, first_bill.total),
                    second: (second, second_bill.total),
                    rule: dearest_rule(whole_bill),
                };
                let bound = if away_ms > 0 { self.shorter_fee(at, *whole, away_ms) } else { None };
                let least = bound.unwrap_or(whole_bill.total).min(whole_bill.total);
                if first_bill.total.0.saturating_add(second_bill.total.0) >= least.0 {
                    continue;
                }
                if split.is_rounding(self.plan) {
                    continue;
                }
                let again = has_free(first_bill) || has_free(&second_bill);
                let best = if again { &mut self.split_free } else { &mut self.split };
                if best.as_ref().is_none_or(|known| split.is_plainer_than(known)) {
                    *best = Some(split);
                }
            }
        }
    }

    /// The lower fee of the stays that are shorter by the time away: what being away saves anyway.
    fn shorter_fee(&mut self, at: &At<'_>, whole: Interval, away_ms: i64) -> Option<Fen> {
        let (from_ms, to_ms) = (whole.start_at().ms(), whole.end_at().ms());
        let earlier = interval(from_ms, to_ms.saturating_sub(away_ms))?;
        let later = interval(from_ms.saturating_add(away_ms), to_ms)?;
        let mut fee = |stay| {
            let case = self.case(stay);
            self.bill(at, &case).map(|bill| bill.total)
        };
        Some(fee(earlier)?.min(fee(later)?))
    }
}

fn has_free(bill: &Bill) -> bool {
    bill.lines.iter().any(|line| line.rule == Rule::FreeMinutes)
}

fn dearest_rule(bill: &Bill) -> String {
    let times = bill.lines.iter().filter(|line| line.rule.is_time());
    // The last of equal ones: tiers come in order of time.
    times.max_by_key(|line| line.amount).map_or_else(String::new, |line| line.rule.path())
}

pub(super) fn interval(from_ms: i64, to_ms: i64) -> Option<Interval> {
    Interval::new(Timestamp::from_ms(from_ms), Timestamp::from_ms(to_ms))
}
