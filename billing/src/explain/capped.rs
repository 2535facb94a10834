//! From when on a cap left nothing more of a line to pay.
//!
//! The caps are taken off again in their order, earliest time first, as the engine did it, but on
//! whole fen and whole lines: it is for pictures. Within a line the instant is that of the first
//! unit that is all above the cap.

use vocabulary::{Fen, Interval, Timestamp};

use super::grid::{Grid, plan_of};
use crate::bill::{Bill, Line, Rule};
use crate::price::Case;
use crate::tariff::{Period, Tariff};

/// From when on, and by a cap of how much.
pub(super) type Capped = (Timestamp, Fen);

/// For each line of the bill; `None` where no cap took all of its end away.
pub(super) fn capped_from(
    bill: &Bill,
    grids: &[Option<Grid>],
    tariff: &Tariff,
    case: &Case,
) -> Vec<Option<Capped>> {
    let mut left: Vec<i64> = bill.lines.iter().map(|line| line.amount.0).collect();
    let mut from = vec![None; left.len()];
    for line in &bill.lines {
        if let Rule::Cap { cap, per, most } = line.rule {
            let known = plan_of(bill, tariff, case);
            let known = known.and_then(|plan| plan.caps.iter().find(|known| known.index == cap));
            let windows = known.map(|cap| cap.windows.as_slice());
            let counted = counted(bill, line.interval, per, windows);
            take((bill, grids), (line, most), &counted, (&mut left, &mut from));
        }
    }
    from
}

/// Places of the lines whose time lies in the period of a cap.
fn counted(bill: &Bill, span: Interval, per: Period, windows: Option<&[usize]>) -> Vec<usize> {
    let mut of_period = None;
    let mut places = Vec::new();
    for (place, line) in bill.lines.iter().enumerate() {
        let Rule::Tier { window, .. } = line.rule else { continue };
        let inside =
            line.interval.start_at() >= span.start_at() && line.interval.end_at() <= span.end_at();
        let meant = windows.is_none_or(|known| known.contains(&window));
        // A cap of a window speaks of one of them: that in which its period begins.
        let same = per != Period::Window || *of_period.get_or_insert(window) == window;
        if inside && meant && same {
            places.push(place);
        }
    }
    places
}

fn take(
    (bill, grids): (&Bill, &[Option<Grid>]),
    (cap, most): (&Line, Fen),
    counted: &[usize],
    (left, from): (&mut [i64], &mut [Option<Capped>]),
) {
    let sum = counted.iter().filter_map(|place| left.get(*place));
    let sum = sum.fold(0_i64, |sum, fen| sum.saturating_add(*fen));
    let mut kept = sum.saturating_add(cap.amount.0).max(0);
    let mut reached = false;
    for place in counted {
        let (Some(fen), Some(line)) = (left.get_mut(*place), bill.lines.get(*place)) else {
            continue;
        };
        let at = match *fen > kept {
            true => Some(within(line, grids.get(*place).copied().flatten(), *fen, kept)),
            false => reached.then(|| line.interval.start_at()),
        };
        reached |= *fen > kept;
        *fen = (*fen).min(kept);
        kept = kept.saturating_sub(*fen);
        if let (Some(at), Some(known)) = (at, from.get_mut(*place)) {
            *known = Some(known.map_or((at, most), |known| known.min((at, most))));
        }
    }
}

/// The first unit of a line that is all above what is kept of its cost.
fn within(line: &Line, grid: Option<Grid>, fen: i64, kept: i64) -> Timestamp {
    let (start_at, end_at) = (line.interval.start_at(), line.interval.end_at());
    let Some(grid) = grid else {
        return if kept == 0 { start_at } else { end_at };
    };
    let paid = kept.saturating_mul(grid.units).saturating_add(fen.saturating_sub(1));
    grid.begins(paid.checked_div(fen).unwrap_or(0)).min(end_at)
}
