//! The seconds of every visit: which window each lies in, and which day, month and 24 hours.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Offset, TimeZone};
use chrono_tz::Tz;

use super::{DAY_S, OTHERWISE, Second, Stay, Visit};
use crate::rule::{Days, Rule, Said, Window, said};

pub(super) struct Listed {
    /// Those that count: certain, and not covered by a pass or a grace.
    pub(super) seconds: Vec<Second>,
    /// How many certain ones each visit has, covered ones too.
    pub(super) stood: HashMap<usize, i64>,
    /// First arrival and last departure of each visit; time that was bought is part of it.
    pub(super) spans: HashMap<usize, (i64, i64)>,
    /// Number of the visit that is billed.
    pub(super) billed: usize,
    /// How many visits it continues.
    pub(super) continued: usize,
}

pub(super) fn list(rule: &Rule, stay: &Stay) -> Listed {
    let zone: Tz = rule.zone.parse().expect("rules name zones that exist");
    let mut wall_clock = WallClock { zone, quarter: i64::MIN, offset: 0, known: HashMap::new() };
    let mut listed = Listed {
        seconds: vec![],
        stood: HashMap::new(),
        spans: HashMap::new(),
        billed: 0,
        continued: 0,
    };
    let (mut own_from, mut chain_from, mut chain, mut level) = (0, 0, 0, None);
    let mut ended: Option<i64> = None;
    for (place, visit) in stay.visits.iter().enumerate() {
        let arrived = visit.intervals[0].0;
        let continues =
            ended.is_some_and(|at| rule.returns_min > 0 && arrived - at <= rule.returns_min * 60);
        if continues {
            listed.continued += 1;
        } else {
            listed.billed += 1;
            listed.continued = 0;
            own_from = arrived;
            let mut shown = stay.displayed.iter().rev().filter(|(at, _)| *at <= arrived);
            level = rule.demand.as_ref().and(shown.next()).map(|(_, level)| *level);
        }
        // The last 24 hours in which the vehicle stood end here.
        let over = ended.map(|at| chain_from + ((at - 1 - chain_from).max(0) / DAY_S + 1) * DAY_S);
        if over.is_none_or(|over| arrived >= over) {
            chain_from = arrived;
            chain += 1;
        }
        let is_last = place + 1 == stay.visits.len();
        let left = visit.intervals.last().expect("a visit has an interval").1;
        let bought = stay.bought_until.filter(|_| is_last && !rule.unused_returned);
        let until = left.max(bought.unwrap_or(left));
        listed.spans.entry(listed.billed).or_insert((arrived, until)).1 = until;
        for (at, bought) in instants(rule, stay, visit, is_last) {
            *listed.stood.entry(listed.billed).or_default() += 1;
            let mut second = second(rule, &mut wall_clock, at);
            if is_covered(rule, stay, &second, (at, is_last && !bought)) {
                continue;
            }
            second.visit = listed.billed;
            second.own_24h = (at - own_from) / DAY_S;
            second.shared_24h = chain * 10_000 + (at - chain_from) / DAY_S;
            second.level = level;
            listed.seconds.push(second);
        }
        ended = visit.intervals.last().map(|(_, to)| *to);
    }
    listed
}

/// The certain seconds of a visit, and those that were bought after the billed one.
fn instants(rule: &Rule, stay: &Stay, visit: &Visit, is_last: bool) -> Vec<(i64, bool)> {
    let doubted = |at: &i64| visit.doubts.iter().any(|(from, to)| (*from..*to).contains(at));
    let present = visit.intervals.iter().flat_map(|(from, to)| *from..*to);
    let left = visit.intervals.last().expect("a visit has an interval").1;
    let bought = stay.bought_until.filter(|_| is_last && !rule.unused_returned).unwrap_or(left);
    let present = present.filter(|at| !doubted(at)).map(|at| (at, false));
    present.chain((left..bought).map(|at| (at, true))).collect()
}

fn is_covered(rule: &Rule, stay: &Stay, second: &Second, (at, may_leave): (i64, bool)) -> bool {
    let left = stay.visits.last().and_then(|visit| visit.intervals.last()).expect("a visit").1;
    let leaves = stay.paid_at.is_some_and(|paid| {
        rule.grace_min > 0 && (0..=rule.grace_min * 60).contains(&(left - paid)) && at >= paid
    });
    let pass = stay.pass.is_some_and(|(from, to)| {
        (from..to).contains(&at)
            && (rule.pass_windows.is_empty() || rule.pass_windows.contains(&second.window))
    });
    let exempt = stay.exempt.is_some_and(|(from, to)| (from..to).contains(&at));
    (may_leave && leaves) || pass || exempt
}

/// The wall clock, remembered for a quarter of an hour: no zone has changed its clocks within one
/// since 2000.
struct WallClock {
    zone: Tz,
    quarter: i64,
    offset: i64,
    /// By day: which windows begin on it, and its month.
    known: HashMap<i64, (Vec<bool>, i64)>,
}

impl WallClock {
    fn local(&mut self, at: i64) -> i64 {
        if at.div_euclid(900) != self.quarter {
            self.quarter = at.div_euclid(900);
            let utc = DateTime::from_timestamp(at, 0).expect("a date of our time").naive_utc();
            let offset = self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
            self.offset = i64::from(offset);
        }
        at + self.offset
    }
}

fn second(rule: &Rule, wall_clock: &mut WallClock, at: i64) -> Second {
    let local = wall_clock.local(at);
    let (today, of_day) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S));
    let day = if of_day < rule.day_starts_min * 60 { today - 1 } else { today };
    for day in [today, today - 1] {
        wall_clock.known.entry(day).or_insert_with(|| {
            let begin = rule.windows.iter().map(|window| begins_on(window, day));
            let date = date(day);
            (begin.collect(), i64::from(date.year()) * 12 + i64::from(date.month()))
        });
    }
    let begin = |day: i64| wall_clock.known[&day].0.as_slice();
    let (window, shift) = window_at(rule, of_day, begin(today), begin(today - 1));
    Second {
        visit: 0,
        window,
        began_on: today - shift,
        day,
        month: wall_clock.known[&day].1,
        own_24h: 0,
        shared_24h: 0,
        priced: super::units::tiers(rule, window).is_some(),
        free: false,
        cost: 0,
        level: None,
    }
}

fn date(day: i64) -> chrono::NaiveDate {
    DateTime::from_timestamp(day * DAY_S, 0).expect("a date of our time").date_naive()
}

/// The first window that fits, and how many days ago it began.
fn window_at(rule: &Rule, of_day: i64, today: &[bool], yesterday: &[bool]) -> (usize, i64) {
    for (index, window) in rule.windows.iter().enumerate() {
        let across_midnight = window.to_s <= window.from_s;
        let evening = of_day >= window.from_s && (across_midnight || of_day < window.to_s);
        if evening && today[index] {
            return (index, 0);
        }
        if across_midnight && of_day < window.to_s && yesterday[index] {
            return (index, 1);
        }
    }
    (OTHERWISE, 0)
}

fn begins_on(window: &Window, day: i64) -> bool {
    is(window.days, day) && !window.except.is_some_and(|except| is(except, day))
}

fn is(days: Days, day: i64) -> bool {
    let date = date(day);
    let weekend = date.weekday().num_days_from_monday() >= 5;
    let off = match said(day) {
        Some(Said::Off { .. }) => true,
        Some(Said::Worked) => false,
        None => weekend,
    };
    let summer = (4..=9).contains(&date.month());
    match (days, said(day)) {
        (Days::Every, _) => true,
        (Days::MonToFri, _) => !weekend,
        (Days::SatAndSun, _) => weekend,
        (Days::Summer, _) => summer,
        (Days::Winter, _) => !summer,
        (Days::Workday, _) => !off,
        (Days::Offday, _) => off,
        (Days::Holiday, Some(Said::Off { .. })) => true,
        (Days::Named(name), Some(Said::Off { holiday, .. })) => name == holiday,
        (Days::Statutory, Some(Said::Off { statutory, .. })) => statutory,
        (Days::Holiday | Days::Named(_) | Days::Statutory, _) => false,
        (Days::BeforeSunday, _) => self::date(day + 1).weekday() == chrono::Weekday::Sun,
        (Days::BeforeHoliday, _) => is(Days::Holiday, day + 1),
        (Days::BeforeStatutory, _) => is(Days::Statutory, day + 1),
        (Days::Dates, _) => {
            (date.month(), date.day()) == (10, 25)
                || (date.year(), date.month(), date.day()) == (2026, 12, 31)
        }
    }
}
