//! Fourth step: the caps, in the order of the tariff, each on what the ones before it left.
//!
//! What a piece costs counts for the periods that the piece lies in. Where a period's cap is used
//! up, later pieces of it cost nothing more; what they would have cost is one negative line.

use super::timeline::{Kind, Piece, Stay};
use super::{Entry, Reject, interval};
use crate::amount::{Exact, Price};
use crate::bill::{Line, Rule};
use crate::tariff::{Cap, DAY_MS, Period, Periods, Plan, Visits};

/// A period under a cap.
struct Tally {
    key: (i64, i64, i64),
    /// From its first to its last moment of the visit that is billed.
    span_ms: Option<(i64, i64)>,
    sum: Exact,
    /// What of the visit that is billed is above the cap.
    above: Exact,
}

pub(super) fn apply(plan: &Plan, stay: &mut Stay, entries: &mut Vec<Entry>) -> Result<(), Reject> {
    for cap in &plan.caps {
        for tally in tallies(plan, cap, stay)? {
            if tally.above > Exact::ZERO {
                entries.push(entry(cap, &tally)?);
            }
        }
    }
    Ok(())
}

fn tallies(plan: &Plan, cap: &Cap, stay: &mut Stay) -> Result<Vec<Tally>, Reject> {
    let most = Exact::of_fen(cap.amount).ok_or(Reject::Overflow)?;
    let mut tallies: Vec<Tally> = Vec::with_capacity(2);
    let look_back = plan.windows.len().saturating_mul(2).saturating_add(2);
    for place in 0..stay.pieces.len() {
        let Some(piece) = stay.pieces.get(place) else { continue };
        let Some(key) = key(plan, cap, stay, piece) else { continue };
        if cap.periods == Periods::Complete && !is_complete(stay, piece) {
            continue;
        }
        let (visit, billed) = (piece.at.visit, stay.visit);
        let Some(piece) = stay.pieces.get_mut(place) else { continue };
        let found = tallies.iter_mut().rev().take(look_back).position(|t| t.key == key);
        let index = match found {
            Some(back) => tallies.len().saturating_sub(1).saturating_sub(back),
            None => {
                let (sum, above) = (Exact::ZERO, Exact::ZERO);
                tallies.push(Tally { key, span_ms: None, sum, above });
                tallies.len().saturating_sub(1)
            }
        };
        let Some(tally) = tallies.get_mut(index) else { continue };
        add(tally, piece, most, visit == billed).ok_or(Reject::Overflow)?;
    }
    Ok(tallies)
}

fn add(tally: &mut Tally, piece: &mut Piece, most: Exact, is_billed: bool) -> Option<()> {
    let before = tally.sum.min(most);
    tally.sum = tally.sum.plus(piece.cost)?;
    let left = tally.sum.min(most).minus(before)?;
    if is_billed {
        let from_ms = tally.span_ms.map_or(piece.from_ms, |(from_ms, _)| from_ms);
        tally.span_ms = Some((from_ms, piece.to_ms));
        tally.above = tally.above.plus(piece.cost.minus(left)?)?;
    }
    piece.cost = left;
    Some(())
}

/// The period of a piece under a cap; `None` where its window does not count.
fn key(plan: &Plan, cap: &Cap, stay: &Stay, piece: &Piece) -> Option<(i64, i64, i64)> {
    let Kind::Window(index) = piece.kind else { return None };
    let occurrence = stay.occurrences.get(index)?;
    let window = plan.windows.get(occurrence.window)?;
    if window.ladder.is_none() || !cap.windows.contains(&window.index) {
        return None;
    }
    let visit = match cap.visits {
        Visits::One => piece.at.visit,
        Visits::All => 0,
    };
    let period = match (cap.per, cap.visits) {
        (Period::Stay | Period::Vehicle, _) => (0, 0),
        (Period::Window, _) => (occurrence.began_on, i64::try_from(window.index).unwrap_or(0)),
        (Period::Day, _) => (piece.at.day, 0),
        (Period::Rolling24h, Visits::One) => (piece.at.own_24h, 0),
        (Period::Rolling24h, Visits::All) => (piece.at.shared_24h, 0),
        (Period::Month, _) => (piece.at.month, 0),
    };
    Some((visit, period.0, period.1))
}

/// Whether the visit of a piece fills the 24 hours in which the piece lies.
fn is_complete(stay: &Stay, piece: &Piece) -> bool {
    let visit = usize::try_from(piece.at.visit).unwrap_or(usize::MAX);
    let Some((from_ms, to_ms)) = stay.spans_ms.get(visit) else { return false };
    let periods = piece.at.own_24h.saturating_add(1);
    *to_ms >= from_ms.saturating_add(periods.saturating_mul(DAY_MS))
}

fn entry(cap: &Cap, tally: &Tally) -> Result<Entry, Reject> {
    let exact = Exact::ZERO.minus(tally.above).ok_or(Reject::Overflow)?;
    let (from_ms, to_ms) = tally.span_ms.unwrap_or_default();
    let line = Line {
        interval: interval(from_ms, to_ms),
        rule: Rule::Cap { cap: cap.index, per: cap.per, most: cap.amount },
        units: 1,
        parts: 1,
        unit_price: Price::of_fen(exact.fen_down().0),
        amount: exact.fen_down(),
    };
    Ok(Entry { line, exact })
}
