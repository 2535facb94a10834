//! Second step: which time at the beginning is free of charge by the free minutes.
//!
//! Marks the free beginning of each piece; charges nothing. A free window stays a free window.

use super::timeline::{Kind, Piece, Stay};
use crate::tariff::{AtTheEnd, EarlierVisits, FreeRule, Period, Plan, WhenExceeded};

/// What is counted together, and how much there is of it.
struct Allowance {
    key: (i64, i64),
    visit: i64,
    counted_ms: i64,
    /// What of the free minutes is left for it.
    left_ms: i64,
}

pub(super) fn mark(plan: &Plan, stay: &mut Stay) {
    for rule in &plan.free {
        mark_by(rule, stay);
    }
}

/// No window counts for two rules, so they do not meet.
fn mark_by(rule: &FreeRule, stay: &mut Stay) {
    let mut allowances = count(rule, stay);
    give(rule, stay, &mut allowances);
    let (mut near, reach) = (0, reach(rule));
    for place in 0..stay.pieces.len() {
        let Some(key) = stay.pieces.get(place).and_then(|p| key(rule, stay, p)) else {
            continue;
        };
        let Some(piece) = stay.pieces.get_mut(place) else { continue };
        let Some(at) = find(&allowances, (near, reach), key, piece.at.visit) else { continue };
        near = at;
        let Some(allowance) = allowances.get_mut(at) else { continue };
        piece.free_ms = piece.length_ms().min(allowance.left_ms);
        allowance.left_ms = allowance.left_ms.saturating_sub(piece.free_ms);
    }
}

/// The counted time of each period of each visit.
fn count(rule: &FreeRule, stay: &Stay) -> Vec<Allowance> {
    let mut allowances: Vec<Allowance> = Vec::with_capacity(4);
    let reach = reach(rule);
    for piece in &stay.pieces {
        let Some(key) = key(rule, stay, piece) else { continue };
        let length_ms = piece.length_ms();
        let last = allowances.len().saturating_sub(1);
        let known = find(&allowances, (last, reach), key, piece.at.visit);
        match known.and_then(|at| allowances.get_mut(at)) {
            Some(known) => known.counted_ms = known.counted_ms.saturating_add(length_ms),
            None => allowances.push(Allowance {
                key,
                visit: piece.at.visit,
                counted_ms: length_ms,
                left_ms: 0,
            }),
        }
    }
    allowances
}

/// Gives each period of each visit what it has of the free minutes, in order of time.
fn give(rule: &FreeRule, stay: &Stay, allowances: &mut [Allowance]) {
    let mut used: Vec<((i64, i64), i64)> = Vec::new();
    let remembered = rule.earlier_visits != EarlierVisits::Ignored;
    for allowance in allowances {
        let before = used.iter_mut().find(|(key, _)| *key == allowance.key);
        let used_ms = before.as_ref().map_or(0, |(_, ms)| *ms);
        let free_ms = match rule.earlier_visits {
            EarlierVisits::Ignored => rule.length_ms,
            EarlierVisits::Shared => rule.length_ms.saturating_sub(used_ms),
            EarlierVisits::Once if before.is_some() => 0,
            EarlierVisits::Once => rule.length_ms,
        };
        if !beyond(rule, stay, allowance.visit) {
            allowance.left_ms = allowance_ms(rule, free_ms, allowance.counted_ms);
        }
        match before {
            Some((_, ms)) => *ms = ms.saturating_add(allowance.left_ms),
            None if remembered => used.push((allowance.key, allowance.left_ms)),
            None => {}
        }
    }
}

/// What is free at the beginning of `counted_ms` of counted time.
fn allowance_ms(rule: &FreeRule, free_ms: i64, counted_ms: i64) -> i64 {
    let exceeded = match rule.at_the_end {
        AtTheEnd::Included => counted_ms > free_ms,
        AtTheEnd::Excluded => counted_ms >= free_ms,
    };
    match rule.when_exceeded {
        WhenExceeded::Lost if exceeded => 0,
        WhenExceeded::Lost | WhenExceeded::Deducted => counted_ms.min(free_ms),
    }
}

/// Whether a visit is so long that it has no free minutes at all.
fn beyond(rule: &FreeRule, stay: &Stay, visit: i64) -> bool {
    let Some(limit_ms) = rule.none_beyond_ms else { return false };
    let pieces = stay.pieces.iter().filter(|p| p.at.visit == visit && p.kind != Kind::Doubtful);
    pieces.fold(0_i64, |sum, p| sum.saturating_add(p.length_ms())) > limit_ms
}

/// What a piece is counted for; `None` where its time does not use the free minutes up.
fn key(rule: &FreeRule, stay: &Stay, piece: &Piece) -> Option<(i64, i64)> {
    let Kind::Window(index) = piece.kind else { return None };
    let occurrence = stay.occurrences.get(index)?;
    let counts = rule.windows.get(occurrence.window).copied().unwrap_or(false);
    counts.then(|| match rule.counted_per {
        Period::Stay => (piece.at.visit, 0),
        Period::Vehicle => (0, 0),
        Period::Window => (occurrence.began_on, i64::try_from(occurrence.window).unwrap_or(0)),
        Period::Day => (piece.at.day, 0),
        Period::Rolling24h => (piece.at.shared_24h, 0),
        Period::Month => (piece.at.month, 0),
    })
}

/// How far apart the pieces of one period may lie, in periods: windows may lie over one another, and
/// a zone may go back across midnight.
fn reach(rule: &FreeRule) -> usize {
    rule.windows.len().saturating_mul(2).saturating_add(2)
}

/// The place of a period: that of the piece before or the one after it, or one not far from them.
fn find(
    allowances: &[Allowance],
    (near, reach): (usize, usize),
    key: (i64, i64),
    visit: i64,
) -> Option<usize> {
    let is = |at: &usize| allowances.get(*at).is_some_and(|a| a.key == key && a.visit == visit);
    let end = allowances.len().min(near.saturating_add(reach).saturating_add(1));
    let mut around = near.saturating_sub(reach)..end;
    [near, near.saturating_add(1)].into_iter().find(is).or_else(|| around.rfind(is))
}
