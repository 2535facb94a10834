//! How much of a stay is beyond the time limit, and that it costs nothing where the tariff says so.

use super::timeline::{Kind, Piece, Stay, counts};
use crate::tariff::{BeyondLimit, Period, Plan, TimeLimit, Visits};

/// What a period has had so far.
struct Tally {
    key: (i64, i64, i64),
    ms: i64,
}

/// What of the visit that is billed is beyond. Where that is not charged, the pieces are cut there.
pub(super) fn mark(plan: &Plan, stay: &mut Stay) -> i64 {
    let Some(limit) = plan.time_limit else { return 0 };
    let mut tallies: Vec<Tally> = Vec::new();
    let mut over_ms: i64 = 0;
    let mut pieces = Vec::with_capacity(stay.pieces.len().saturating_add(1));
    for piece in &stay.pieces {
        let beyond_ms = beyond(plan, limit, stay, piece, &mut tallies);
        if piece.at.visit == stay.visit {
            over_ms = over_ms.saturating_add(beyond_ms);
        }
        let cut_ms = piece.to_ms.saturating_sub(beyond_ms);
        if piece.from_ms < cut_ms {
            pieces.push(Piece { to_ms: cut_ms, ..piece.clone() });
        }
        if cut_ms < piece.to_ms {
            pieces.push(Piece { from_ms: cut_ms, kind: Kind::BeyondLimit, ..piece.clone() });
        }
    }
    if limit.beyond == BeyondLimit::NotCharged {
        stay.pieces = pieces;
    }
    over_ms
}

/// How much of the end of a piece is beyond the limit of its period.
fn beyond(
    plan: &Plan,
    limit: TimeLimit,
    stay: &Stay,
    piece: &Piece,
    tallies: &mut Vec<Tally>,
) -> i64 {
    let Some(key) = key(plan, limit, stay, piece) else { return 0 };
    let known = tallies.iter().rposition(|tally| tally.key == key);
    let index = known.unwrap_or_else(|| {
        tallies.push(Tally { key, ms: 0 });
        tallies.len().saturating_sub(1)
    });
    let Some(tally) = tallies.get_mut(index) else { return 0 };
    tally.ms = tally.ms.saturating_add(piece.length_ms());
    tally.ms.saturating_sub(limit.length_ms).clamp(0, piece.length_ms())
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
