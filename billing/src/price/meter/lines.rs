//! The lines that the meter writes, and the cost of the pieces they belong to.

use super::{Draft, Meter, Stretch};
use crate::amount::Exact;
use crate::bill::{Line, Rule};
use crate::price::timeline::Stay;
use crate::price::unit::{Part, Rate};
use crate::price::{Entry, Reject, interval};

impl<'t> Meter<'t> {
    /// The line of a stretch of paid time: the last one made longer, or a new one.
    pub(super) fn time(
        &mut self,
        stretch: Stretch<'t>,
        rate: Rate,
        (from_ms, to_ms): (i64, i64),
        sealed: bool,
    ) -> usize {
        let window = self.terms.plan.windows.get(rate.window).map_or(0, |w| w.index);
        let ladder = self.terms.plan.windows.get(rate.window).and_then(|w| w.ladder.as_ref());
        let unit_minutes =
            ladder.and_then(|l| l.tiers.get(rate.tier)).map_or(0, |tier| tier.unit_minutes);
        let tier = u32::try_from(rate.tier).unwrap_or(0).saturating_add(1);
        let rule = Rule::Tier { window, tier, unit_minutes };
        let last = self.drafts.len().saturating_sub(1);
        if let Some(draft) = self.drafts.get_mut(last) {
            let line = &mut draft.entry.line;
            let same = line.rule == rule && line.unit_price == rate.price;
            if same && draft.piece == stretch.piece && !draft.sealed && !sealed {
                line.interval = interval(line.interval.start_at().ms(), to_ms);
                return last;
            }
        }
        let line = Line {
            parts: rate.parts,
            unit_price: rate.price,
            ..Line::of_nothing(interval(from_ms, to_ms), rule)
        };
        let entry = Entry { line, exact: Exact::ZERO };
        self.drafts.push(Draft { entry, piece: stretch.piece, sealed });
        self.drafts.len().saturating_sub(1)
    }

    /// Adds units to a line.
    pub(super) fn charge(
        &mut self,
        stay: &mut Stay,
        entry: usize,
        part: Part,
        (units, exact): (i64, Exact),
    ) -> Result<(), Reject> {
        let Some(draft) = self.drafts.get_mut(entry) else { return Ok(()) };
        let line = &mut draft.entry.line;
        if line.units == 0 {
            (line.parts, line.unit_price) = (part.shown().1, part.rate.price);
        }
        line.units = line.units.saturating_add(units);
        draft.entry.exact = draft.entry.exact.plus(exact).ok_or(Reject::Overflow)?;
        add_cost(stay, draft.piece, exact)
    }

    /// Gives the line of a part another cost than it had.
    pub(super) fn set(&mut self, stay: &mut Stay, part: Part) -> Result<(), Reject> {
        let Some(draft) = part.entry.and_then(|entry| self.drafts.get_mut(entry)) else {
            return Ok(());
        };
        let cost = part.cost()?;
        let more = cost.minus(draft.entry.exact).ok_or(Reject::Overflow)?;
        let line = &mut draft.entry.line;
        ((line.units, line.parts), line.unit_price) = (part.shown(), part.rate.price);
        draft.entry.exact = cost;
        add_cost(stay, draft.piece, more)
    }

    pub(super) fn nothing(&mut self, piece: usize, (from_ms, to_ms): (i64, i64), rule: Rule) {
        if from_ms < to_ms {
            let line = Line::of_nothing(interval(from_ms, to_ms), rule);
            let entry = Entry { line, exact: Exact::ZERO };
            self.drafts.push(Draft { entry, piece, sealed: true });
        }
    }
}

fn add_cost(stay: &mut Stay, piece: usize, exact: Exact) -> Result<(), Reject> {
    if let Some(piece) = stay.pieces.get_mut(piece) {
        piece.cost = piece.cost.plus(exact).ok_or(Reject::Overflow)?;
    }
    Ok(())
}
