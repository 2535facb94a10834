//! Where the units of a line begin, as far as the bill tells it for certain.
//!
//! A bill says how many units fall due in a line, not when. Walking the lines with the time that
//! the last unit has left gives the beginnings, until a line does not agree (a tolerance, part
//! units that are free or split); from there nothing is said before the clock starts again.

use vocabulary::Timestamp;

use crate::bill::{Bill, Line, Rule};
use crate::price::Case;
use crate::tariff::{AcrossPrices, DAY_MS, Plan, Restarts, Tariff, VersionChange};

/// The units that fall due in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// When the first of them begins.
    pub(super) from: Timestamp,
    pub(super) unit_ms: i64,
    pub(super) units: i64,
}

impl Grid {
    /// When the unit of a number begins, from 0.
    pub(super) fn begins(self, number: i64) -> Timestamp {
        self.from.plus_ms(self.unit_ms.saturating_mul(number))
    }
}

/// What holds for the vehicle of a case by the version of its bill.
pub(super) fn plan_of<'t>(bill: &Bill, tariff: &'t Tariff, case: &Case) -> Option<&'t Plan> {
    let version = tariff.version(bill.tariff_version)?;
    let street = case.street.as_deref().filter(|_| !version.streets.is_empty());
    version.plan(&case.vehicle, street)
}

/// The grid of each line of the bill; `None` where it is not certain.
pub(super) fn grids(bill: &Bill, tariff: &Tariff, case: &Case) -> Vec<Option<Grid>> {
    let mut grids = vec![None; bill.lines.len()];
    let Some(plan) = plan_of(bill, tariff, case) else { return grids };
    if tariff.version_change == VersionChange::PricedApart {
        return grids;
    }
    // What the unit that is running has left.
    let mut carry_ms = if case.earlier.is_empty() { Some(0) } else { None };
    let mut before: Option<&Line> = None;
    for (line, grid) in bill.lines.iter().zip(&mut grids) {
        let Rule::Tier { unit_minutes, .. } = line.rule else { continue };
        if before.is_some_and(|before| starts_again(before, line, bill, (plan, tariff))) {
            carry_ms = Some(0);
        }
        before = Some(line);
        let unit_ms = i64::from(unit_minutes).saturating_mul(60_000);
        let Some(carried_ms) = carry_ms else { continue };
        carry_ms = left_after(line, unit_ms, carried_ms);
        if carry_ms.is_some() && line.units > 0 {
            let from = line.interval.start_at().plus_ms(carried_ms);
            *grid = Some(Grid { from, unit_ms, units: line.units });
        }
    }
    grids
}

/// What the last unit has left at the end of a line; `None` where the line does not agree.
fn left_after(line: &Line, unit_ms: i64, carried_ms: i64) -> Option<i64> {
    let rest_ms = line.interval.length_ms().saturating_sub(carried_ms);
    if line.units == 0 {
        return (rest_ms <= 0).then(|| rest_ms.saturating_neg());
    }
    let covered_ms = unit_ms.saturating_mul(line.units);
    let agrees = covered_ms >= rest_ms && covered_ms.saturating_sub(unit_ms) < rest_ms;
    (line.parts == 1 && unit_ms > 0 && agrees).then(|| covered_ms.saturating_sub(rest_ms))
}

/// Whether the clock, or the unit, certainly started again between two lines.
fn starts_again(before: &Line, line: &Line, bill: &Bill, (plan, tariff): (&Plan, &Tariff)) -> bool {
    let (Rule::Tier { window: old, .. }, Rule::Tier { window, .. }) = (before.rule, line.rule)
    else {
        return false;
    };
    let (was, is) = (before.interval.start_at(), line.interval.start_at());
    if window != old && plan.across_prices == AcrossPrices::NewUnit {
        return true;
    }
    match plan.restarts {
        Restarts::EachWindow => window != old || is_later(window, (was, is), plan, tariff),
        Restarts::EachDay => {
            let day = |at: Timestamp| {
                tariff.wall_clock.local(at.plus_ms(plan.day_starts_ms.saturating_neg()).ms()).0
            };
            day(was) != day(is)
        }
        Restarts::EachRolling24h => {
            let from = bill.lines.first().map_or(was, |line| line.interval.start_at());
            let number = |at: Timestamp| at.since_ms(from).div_euclid(DAY_MS);
            number(was) != number(is)
        }
        Restarts::AfterFree => bill.lines.iter().any(|between| {
            let at = between.interval.start_at();
            matches!(between.rule, Rule::FreeWindow { .. }) && at > was && at < is
        }),
        _ => false,
    }
}

/// Whether two instants in a window are not in one occurrence of it.
fn is_later(
    window: usize,
    (was, is): (Timestamp, Timestamp),
    plan: &Plan,
    tariff: &Tariff,
) -> bool {
    let across =
        plan.windows.iter().find(|w| w.index == window).is_none_or(|w| w.across_midnight());
    let day = |at: Timestamp| tariff.wall_clock.local(at.ms()).0;
    if across { is.since_ms(was) >= DAY_MS } else { day(was) != day(is) }
}
