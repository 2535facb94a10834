//! The model of a picture: for each day of a stay its windows, and what the stay costs when.
//!
//! A day runs from its first to its last instant on the wall clock of the tariff's zone: 23 or 25
//! hours where the clocks change. Stretches lie within their day, in order, and do not overlap.

use chrono::{NaiveDate, Timelike};
use serde::Serialize;
use vocabulary::{Fen, Interval, Timestamp};

use super::capped::{Capped, capped_from};
use super::grid::{Grid, grids};
use crate::bill::{Bill, Line, Rule};
use crate::calendar::{Calendars, date};
use crate::price::{Case, Hours, hours};
use crate::tariff::Tariff;
use crate::text::{local, window_name};

const HOUR_MS: i64 = 3_600_000;
/// Hours between two ticks.
const TICK_HOURS: u32 = 3;
/// Most borders of units drawn in one stretch; where units are finer, none are.
const CUTS_LIMIT: i64 = 96;

/// What a drawing is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Title of the tariff.
    pub title: String,
    /// Class of the vehicle.
    pub vehicle: String,
    /// From arrival to departure.
    pub span: Interval,
    /// IANA name of the zone whose days these are.
    pub time_zone: String,
    /// The days that are drawn, the first of the stay first.
    pub days: Vec<Day>,
    /// Days of the stay after them.
    pub days_left_out: usize,
    /// Total of the bill.
    pub total_fen: Fen,
    /// ISO 4217.
    pub currency: String,
}

/// One day on the wall clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Its date.
    pub on: NaiveDate,
    /// From its first instant to the first of the next.
    pub span: Interval,
    /// Where the wall clock shows a round hour.
    pub ticks: Vec<Tick>,
    /// The windows that hold, without gap; empty where the vehicle is exempt.
    pub windows: Vec<WindowHours>,
    /// What the stay is at each moment; between stretches the vehicle is not there.
    pub stay: Vec<Stretch>,
}

/// A round hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// When.
    pub at: Timestamp,
    /// 0 to 24.
    pub hour: u32,
}

/// One window on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowHours {
    /// When it holds.
    pub interval: Interval,
    /// Its place in the version; one more than the last for what no window names.
    pub window: usize,
    /// What it is called; empty for what no window names.
    pub name: String,
    /// Whether it costs anything.
    pub charged: bool,
    /// Whether the vehicle may park in it.
    pub permitted: bool,
}

/// A part of the stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// When.
    pub interval: Interval,
    /// What it is.
    pub state: State,
    /// The line of the bill that it is of.
    pub line: usize,
    /// What that line charges, where it begins here: `3×4.00`.
    pub charge: Option<String>,
    /// The cap, where one is reached.
    pub capped_at_fen: Option<Fen>,
    /// Where units of it begin, as far as that is certain.
    pub cuts: Vec<Timestamp>,
}

/// What time costs, in the eyes of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Paid for.
    Charged,
    /// In paid hours, and a cap leaves nothing more to pay.
    Capped,
    /// Within the free minutes.
    FreeMinutes,
    /// In a window that costs nothing.
    FreeHours,
    /// Nobody may park then; a fee is not due.
    NotPermitted,
    /// Beyond a time limit that sells no more time.
    NotSold,
    /// The sensors cannot vouch for it.
    Doubt,
    /// Covered by a pass.
    Pass,
    /// Between paying and leaving.
    Leaving,
    /// The vehicle pays nothing.
    Exempt,
}

/// The picture of a bill, of at most `most_days` days. Where the tariff cannot say which windows
/// hold (an exempt vehicle, a year that the calendar does not know), days have none.
#[must_use]
pub fn picture(
    bill: &Bill,
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    most_days: usize,
) -> Picture {
    let span = span(bill, case);
    let clock = &tariff.wall_clock;
    let first = clock.local(span.start_at().ms()).0;
    let last_ms = span.end_at().ms().saturating_sub(1).max(span.start_at().ms());
    let last = clock.local(last_ms).0;
    let count = usize::try_from(last.saturating_sub(first)).unwrap_or(0).saturating_add(1);
    let grids = grids(bill, tariff, case);
    let capped = capped_from(bill, &grids, tariff, case);
    let days = (first..=last).take(most_days).map(|number| {
        let begins = |day| Timestamp::from_ms(clock.day_begins_ms(day));
        let span = between(begins(number), begins(number.saturating_add(1)));
        let windows = hours(tariff, calendars, case, span).unwrap_or_default();
        let stay = bill.lines.iter().enumerate().filter(|(_, line)| line.rule.is_time());
        let stay = stay.flat_map(|(place, line)| {
            let grid = grids.get(place).copied().flatten();
            stretches(span, (place, line), grid, capped.get(place).copied().flatten())
        });
        Day {
            on: date(number),
            span,
            ticks: ticks(tariff, span),
            windows: windows.iter().map(|hours| named(hours, tariff)).collect(),
            stay: stay.collect(),
        }
    });
    Picture {
        title: tariff.title.clone(),
        vehicle: case.vehicle.clone(),
        span,
        time_zone: tariff.time_zone.name().to_owned(),
        days: days.collect(),
        days_left_out: count.saturating_sub(most_days),
        total_fen: bill.total,
        currency: tariff.currency.clone(),
    }
}

/// The presence, and time bought that was not used.
fn span(bill: &Bill, case: &Case) -> Interval {
    let ends = |intervals: &mut dyn Iterator<Item = Interval>| {
        intervals.fold(None, |span: Option<Interval>, next| {
            Some(span.map_or(next, |known| {
                between(known.start_at().min(next.start_at()), known.end_at().max(next.end_at()))
            }))
        })
    };
    let lines = bill.lines.iter().filter(|line| line.rule.is_time()).map(|line| line.interval);
    let found = ends(&mut lines.chain(case.intervals.iter().copied()));
    found.unwrap_or_else(|| between(Timestamp::from_ms(0), Timestamp::from_ms(0)))
}

fn between(from: Timestamp, to: Timestamp) -> Interval {
    Interval::new(from, to.max(from)).expect("it ends where it begins, or later")
}

fn named(hours: &Hours, tariff: &Tariff) -> WindowHours {
    WindowHours {
        interval: hours.interval,
        window: hours.window,
        name: window_name(tariff, hours.version, hours.window).unwrap_or_default().to_owned(),
        charged: hours.charged,
        permitted: hours.permitted,
    }
}

/// Every third hour that the wall clock shows, and the end of the day.
fn ticks(tariff: &Tariff, span: Interval) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = Vec::new();
    let mut at = span.start_at();
    while at < span.end_at() {
        let local = local(at, tariff.time_zone);
        let hour = local.hour();
        let round = local.minute() == 0 && hour.checked_rem(TICK_HOURS) == Some(0);
        if round && ticks.last().is_none_or(|last| last.hour != hour) {
            ticks.push(Tick { at, hour });
        }
        // To the next full hour of the wall clock; zones may be half an hour off.
        let into_ms = i64::from(local.minute()).saturating_mul(60_000);
        at = at.plus_ms(HOUR_MS.saturating_sub(into_ms));
    }
    ticks.push(Tick { at: span.end_at(), hour: 24 });
    ticks
}

/// The part of a line that lies in a day, in one stretch or, where a cap is reached, in two.
fn stretches(
    day: Interval,
    (place, line): (usize, &Line),
    grid: Option<Grid>,
    capped_from: Option<Capped>,
) -> Vec<Stretch> {
    let Some(part) = line.interval.overlap(day).filter(|part| !part.is_empty()) else {
        return Vec::new();
    };
    let begins_here = part.start_at() == line.interval.start_at();
    let charge = (begins_here && line.units > 0)
        .then(|| format!("{}×{}", crate::text::units(line), line.unit_price.text()));
    let most = capped_from.map(|(_, most)| most);
    let one = |interval: Interval, state, charge| Stretch {
        interval,
        state,
        line: place,
        charge,
        capped_at_fen: most.filter(|_| state == State::Capped),
        cuts: cuts(grid, interval),
    };
    let state = state(line.rule);
    match capped_from {
        Some((at, _)) if at <= part.start_at() => vec![one(part, State::Capped, charge)],
        Some((at, _)) if at < part.end_at() => vec![
            one(between(part.start_at(), at), state, charge),
            one(between(at, part.end_at()), State::Capped, None),
        ],
        _ => vec![one(part, state, charge)],
    }
}

fn state(rule: Rule) -> State {
    match rule {
        Rule::Tier { .. } => State::Charged,
        Rule::FreeMinutes => State::FreeMinutes,
        Rule::NotPermitted { .. } => State::NotPermitted,
        Rule::BeyondLimit => State::NotSold,
        Rule::Doubt => State::Doubt,
        Rule::Pass { .. } => State::Pass,
        Rule::GraceToLeave => State::Leaving,
        Rule::Exempt | Rule::Exemption { .. } => State::Exempt,
        _ => State::FreeHours,
    }
}

fn cuts(grid: Option<Grid>, interval: Interval) -> Vec<Timestamp> {
    let Some(grid) = grid.filter(|grid| grid.units <= CUTS_LIMIT) else { return Vec::new() };
    let begins = (0..grid.units).map(|number| grid.begins(number));
    begins.filter(|at| *at > interval.start_at() && *at < interval.end_at()).collect()
}
