//! How much of a stay is beyond the time limit. It changes no price.

use super::timeline::{Kind, Piece, Stay, counts};
use crate::tariff::{Period, Plan, TimeLimit, Visits};

/// What a period has had so far.
struct Tally {
    key: (i64, i64, i64),
    ms: i64,
}

/// Of the visit that is billed, period by period.
pub(super) fn over_ms(plan: &Plan, stay: &Stay) -> i64 {
    let Some(limit) = plan.time_limit else { return 0 };
    let mut tallies: Vec<Tally> = Vec::new();
    let mut over_ms: i64 = 0;
    for piece in &stay.pieces {
        let Some(key) = key(plan, limit, stay, piece) else { continue };
        let known = tallies.iter().rposition(|tally| tally.key == key);
        let index = known.unwrap_or_else(|| {
            tallies.push(Tally { key, ms: 0 });
            tallies.len().saturating_sub(1)
        });
        let Some(tally) = tallies.get_mut(index) else { continue };
        let beyond = |ms: i64| ms.saturating_sub(limit.length_ms).max(0);
        let before_ms = tally.ms;
        tally.ms = tally.ms.saturating_add(piece.length_ms());
        if piece.at.visit == stay.visit {
            over_ms = over_ms.saturating_add(beyond(tally.ms).saturating_sub(beyond(before_ms)));
        }
    }
    over_ms
}

/// The period of a piece; `None` where its time does not count.
fn key(plan: &Plan, limit: TimeLimit, stay: &Stay, piece: &Piece) -> Option<(i64, i64, i64)> {
    let Kind::Window(index) = piece.kind else { return None };
    let occurrence = stay.occurrences.get(index)?;
    if !counts(plan.windows.get(occurrence.window)?, limit.counted_in) {
        return None;
    }
    let visit = match limit.visits {
        Visits::One => piece.at.visit,
        Visits::All => 0,
    };
    let period = match (limit.counted_per, limit.visits) {
        (Period::Stay | Period::Vehicle, _) => (0, 0),
        (Period::Window, _) => (occurrence.began_on, i64::try_from(occurrence.window).unwrap_or(0)),
        (Period::Day, _) => (piece.at.day, 0),
        (Period::Rolling24h, Visits::One) => (piece.at.own_24h, 0),
        (Period::Rolling24h, Visits::All) => (piece.at.shared_24h, 0),
        (Period::Month, _) => (piece.at.month, 0),
    };
    Some((visit, period.0, period.1))
}
