//! Last step: bays and factors on the total, its rounding, and whole fen for every line.

use vocabulary::{Fen, Interval};

use super::{Case, Entry, Reject, interval};
use crate::amount::{Exact, Price, round};
use crate::bill::{Bill, Line, Rule};
use crate::tariff::{Bays, Plan, RoundingMode};

const ONE: i64 = 1_000_000;

/// Puts the lines into the bill and sums them up.
pub(super) fn close(
    plan: &Plan,
    case: &Case,
    mut entries: Vec<Entry>,
    bill: &mut Bill,
) -> Result<(), Reject> {
    let span = span(case);
    let sum = entries.iter().try_fold(Exact::ZERO, |sum, entry| sum.plus(entry.exact));
    let mut sum = sum.ok_or(Reject::Overflow)?;
    if plan.bays == Bays::EachPays && case.bays > 1 {
        let all = sum.times(i64::from(case.bays)).ok_or(Reject::Overflow)?;
        entries.push(change(span, Rule::Bays { bays: case.bays }, sum, all)?);
        sum = all;
    }
    for factor in &plan.factors {
        let mut after = sum.share(factor.millionths, ONE).ok_or(Reject::Overflow)?;
        if let Some((to, mode)) = factor.rounded {
            let rounded = rounded(after, to, mode)?;
            after = Exact::of_fen(rounded).ok_or(Reject::Overflow)?;
        }
        let rule = Rule::Factor { factor: factor.index, millionths: factor.millionths };
        entries.push(change(span, rule, sum, after)?);
        sum = after;
    }
    let total = rounded(sum, plan.total_to, plan.total_rounding)?;
    bill.lines = whole_fen(&entries)?;
    let shown = Fen::sum(bill.lines.iter().map(|line| line.amount))?;
    if shown != total {
        bill.lines.push(one(span, Rule::Rounding, total.minus(shown)?));
    }
    bill.total = total;
    Ok(())
}

/// Takes off what was billed with the visits before; never below nothing.
pub(super) fn take_off(bill: &mut Bill, billed: Fen) -> Result<(), Reject> {
    let off = billed.min(bill.total);
    if off > Fen::ZERO {
        let span = bill.lines.first().map_or(interval(0, 0), |line| line.interval);
        bill.lines.push(one(span, Rule::BilledBefore, Fen::ZERO.minus(off)?));
        bill.total = bill.total.minus(off)?;
    }
    Ok(())
}

/// From the arrival to the end of what is billed.
fn span(case: &Case) -> Interval {
    let (first, last) = (case.intervals.first(), case.intervals.last());
    let from_ms = first.map_or(0, |i| i.start_at().ms());
    interval(from_ms, last.map_or(from_ms, |i| i.end_at().ms()))
}

fn change(span: Interval, rule: Rule, before: Exact, after: Exact) -> Result<Entry, Reject> {
    let exact = after.minus(before).ok_or(Reject::Overflow)?;
    Ok(Entry { line: one(span, rule, exact.fen_down()), exact })
}

fn one(span: Interval, rule: Rule, amount: Fen) -> Line {
    let unit_price = Price::of_fen(amount.0);
    Line { units: 1, unit_price, amount, ..Line::of_nothing(span, rule) }
}

/// Whole fen for each line, cut off the running sum, so that nothing is lost between lines.
fn whole_fen(entries: &[Entry]) -> Result<Vec<Line>, Reject> {
    let mut lines = Vec::with_capacity(entries.len().saturating_add(2));
    let (mut sum, mut shown) = (Exact::ZERO, Fen::ZERO);
    for entry in entries {
        sum = sum.plus(entry.exact).ok_or(Reject::Overflow)?;
        let upto = sum.fen_down();
        let mut line = entry.line;
        line.amount = upto.minus(shown)?;
        if !line.rule.is_time() {
            line.unit_price = Price::of_fen(line.amount.0);
        }
        lines.push(line);
        shown = upto;
    }
    Ok(lines)
}

fn rounded(sum: Exact, to: Fen, mode: RoundingMode) -> Result<Fen, Reject> {
    let step = Exact::of_fen(to).ok_or(Reject::Overflow)?.0;
    round(sum.0.max(0), step, mode).map(|sum| Exact(sum).fen_down()).ok_or(Reject::Overflow)
}
