//! Third step: the pieces by units and tiers, as lines of time.
//!
//! A unit begins where the one before it ended, in the tier of the time elapsed by then. It is
//! charged in the piece in which it falls due: rounded up, as soon as it has begun. Whole units
//! within a piece are counted at once, so the cost is in the pieces and not in the units.

mod lines;

use super::timeline::{Kind, Piece, Stay};
use super::unit::{Clock, Part, Rate, Unit, tier_at};
use super::{Entry, Reject, Terms};
use crate::amount::Exact;
use crate::bill::{Bill, Rule};
use crate::tariff::{AcrossPrices, CountedIn, Ladder, PlanWindow, Restarts, UnitEnd};

/// A line, and the piece it belongs to.
struct Draft {
    entry: Entry,
    piece: usize,
    /// Nothing may be added to it.
    sealed: bool,
}

struct Meter<'t> {
    terms: Terms<'t>,
    drafts: Vec<Draft>,
    clocks: Vec<Clock>,
    /// Free windows met so far, for clocks that restart after them.
    free_met: i64,
    /// Whose units run on in free windows: the last priced ladder of the visit.
    last_ladder: Option<(i64, &'t Ladder)>,
    charged_ms: i64,
}

/// Where time is metered.
#[derive(Clone, Copy)]
struct Stretch<'t> {
    piece: usize,
    from_ms: i64,
    to_ms: i64,
    occurrence: usize,
    /// Place in the plan.
    place: usize,
    window: &'t PlanWindow,
    ladder: &'t Ladder,
    free: bool,
    /// Of the demand-responsive prices.
    level: Option<i32>,
    across_prices: AcrossPrices,
}

/// The lines of time of the visit that is billed; the cost of every piece of every visit.
pub(super) fn meter(
    terms: Terms<'_>,
    stay: &mut Stay,
    bill: &mut Bill,
) -> Result<Vec<Entry>, Reject> {
    let mut meter = Meter {
        terms,
        drafts: Vec::with_capacity(stay.pieces.len().saturating_add(7)),
        clocks: Vec::with_capacity(4),
        free_met: 0,
        last_ladder: None,
        charged_ms: 0,
    };
    for place in 0..stay.pieces.len() {
        meter.piece(stay, place)?;
    }
    bill.charged_ms = meter.charged_ms;
    let billed = |draft: &Draft| {
        stay.pieces.get(draft.piece).is_some_and(|piece| piece.at.visit == stay.visit)
    };
    Ok(meter.drafts.iter().filter(|d| billed(d)).map(|draft| draft.entry).collect())
}

impl<'t> Meter<'t> {
    fn piece(&mut self, stay: &mut Stay, place: usize) -> Result<(), Reject> {
        let Some(piece) = stay.pieces.get(place).cloned() else { return Ok(()) };
        let nothing = match piece.kind {
            Kind::Doubtful => Rule::Doubt,
            Kind::Pass(pass) => Rule::Pass { pass },
            Kind::Exempt(exemption) => Rule::Exemption { exemption },
            Kind::GraceToLeave => Rule::GraceToLeave,
            Kind::BeyondLimit => Rule::BeyondLimit,
            Kind::Window(occurrence) => return self.window(stay, place, &piece, occurrence),
        };
        self.nothing(place, (piece.from_ms, piece.to_ms), nothing);
        Ok(())
    }

    fn window(
        &mut self,
        stay: &mut Stay,
        place: usize,
        piece: &Piece,
        occurrence: usize,
    ) -> Result<(), Reject> {
        let Some(known) = stay.occurrences.get(occurrence) else { return Ok(()) };
        let (window_place, began_on) = (known.window, known.began_on);
        let Some(window) = self.terms.plan.windows.get(window_place) else { return Ok(()) };
        let paid_from_ms = piece.from_ms.saturating_add(piece.free_ms);
        let ladder = match &window.ladder {
            Some(ladder) => {
                self.nothing(place, (piece.from_ms, paid_from_ms), Rule::FreeMinutes);
                if piece.at.visit == stay.visit {
                    let paid_ms = piece.to_ms.saturating_sub(paid_from_ms);
                    self.charged_ms = self.charged_ms.saturating_add(paid_ms);
                }
                self.last_ladder = Some((piece.at.visit, ladder));
                ladder
            }
            None => {
                let rule = match window.not_permitted {
                    true => Rule::NotPermitted { window: window.index },
                    false => Rule::FreeWindow { window: window.index },
                };
                self.nothing(place, (piece.from_ms, piece.to_ms), rule);
                self.free_met = self.free_met.saturating_add(1);
                if self.terms.plan.counted_in == CountedIn::PaidWindows {
                    return Ok(());
                }
                let Some(ladder) = self.nearest_ladder(stay, place, piece.at.visit) else {
                    return Ok(());
                };
                ladder
            }
        };
        let stretch = Stretch {
            piece: place,
            from_ms: paid_from_ms,
            to_ms: piece.to_ms,
            occurrence,
            place: window_place,
            window,
            ladder,
            free: window.ladder.is_none(),
            level: stay.level(piece.at.visit),
            across_prices: self.across_prices(stay, piece.at.visit),
        };
        let key = self.clock_key(piece, (began_on, window_place));
        let index = self.clock(key);
        let mut clock = self.clocks.get_mut(index).map(std::mem::take).unwrap_or_default();
        let metered = self.stretch(stay, stretch, &mut clock);
        if let Some(slot) = self.clocks.get_mut(index) {
            *slot = clock;
        }
        metered
    }

    /// The ladder whose units run on in a free window: that of the priced window before, or, at
    /// the beginning of a visit, of the one after.
    fn nearest_ladder(&self, stay: &Stay, place: usize, visit: i64) -> Option<&'t Ladder> {
        if let Some((_, ladder)) = self.last_ladder.filter(|(of, _)| *of == visit) {
            return Some(ladder);
        }
        let later = stay.pieces.iter().skip(place).take_while(|p| p.at.visit == visit);
        let mut ladders = later.filter_map(|piece| {
            let Kind::Window(occurrence) = piece.kind else { return None };
            let window = stay.occurrences.get(occurrence)?.window;
            self.terms.plan.windows.get(window)?.ladder.as_ref()
        });
        ladders.next()
    }

    fn clock_key(&self, piece: &Piece, (began_on, window): (i64, usize)) -> (i64, i64, i64) {
        let visit = piece.at.visit;
        match self.terms.plan.restarts {
            Restarts::Never => (visit, 0, 0),
            Restarts::EachWindow => (visit, began_on, i64::try_from(window).unwrap_or(0)),
            Restarts::EachDay => (visit, piece.at.day, 0),
            Restarts::EachRolling24h => (visit, piece.at.own_24h, 0),
            Restarts::AfterFree => (visit, self.free_met, 0),
        }
    }

    fn clock(&mut self, key: (i64, i64, i64)) -> usize {
        let look_back = self.terms.plan.windows.len().saturating_mul(2).saturating_add(2);
        let known =
            self.clocks.iter().enumerate().rev().take(look_back).find(|(_, c)| c.key == key);
        if let Some((index, _)) = known {
            return index;
        }
        self.clocks.push(Clock { key, ..Clock::default() });
        self.clocks.len().saturating_sub(1)
    }

    fn stretch(
        &mut self,
        stay: &mut Stay,
        stretch: Stretch<'t>,
        clock: &mut Clock,
    ) -> Result<(), Reject> {
        self.cross_border(stay, stretch, clock)?;
        let mut at_ms = stretch.from_ms;
        while at_ms < stretch.to_ms {
            let left_ms = stretch.to_ms.saturating_sub(at_ms);
            let step_ms = match clock.unit.take() {
                Some(mut unit) => {
                    let step_ms = unit.left_ms.min(left_ms);
                    self.use_up(stay, stretch, &mut unit, (at_ms, step_ms))?;
                    clock.unit = Some(unit).filter(|unit| unit.left_ms > 0);
                    step_ms
                }
                None => {
                    let (number, tier, tier_ms) = tier_at(stretch.ladder, clock.elapsed_ms);
                    let rate = self.rate(stretch, clock.elapsed_ms)?;
                    let whole = tier_ms.min(left_ms).checked_div(tier.unit_ms).unwrap_or(0);
                    debug_assert_eq!(rate.tier, number);
                    if whole == 0 {
                        clock.unit = Some(Unit::begin(rate, tier, stretch.occurrence));
                        0
                    } else {
                        let step_ms = whole.saturating_mul(tier.unit_ms);
                        self.whole_units(stay, stretch, rate, (at_ms, step_ms, whole))?;
                        step_ms
                    }
                }
            };
            clock.elapsed_ms = clock.elapsed_ms.saturating_add(step_ms);
            at_ms = at_ms.saturating_add(step_ms);
        }
        Ok(())
    }

    /// The rate of the window of a stretch at an elapsed time.
    fn rate(&self, stretch: Stretch<'t>, elapsed_ms: i64) -> Result<Rate, Reject> {
        let (number, tier, _) = tier_at(stretch.ladder, elapsed_ms);
        if stretch.free {
            return Ok(Rate::free(stretch.place, (number, tier)));
        }
        Rate::of((self.terms, stretch.level), (stretch.place, stretch.window), (number, tier))
    }

    /// What becomes of a unit that was begun in another window.
    fn cross_border(
        &mut self,
        stay: &mut Stay,
        stretch: Stretch<'t>,
        clock: &mut Clock,
    ) -> Result<(), Reject> {
        if stretch.from_ms >= stretch.to_ms {
            return Ok(());
        }
        let across_prices = stretch.across_prices;
        let over = |unit: &Unit| match unit.end {
            UnitEnd::Window => unit.occurrence != stretch.occurrence,
            UnitEnd::Length | UnitEnd::Visit => {
                across_prices == AcrossPrices::NewUnit && unit.last_window != stretch.place
            }
        };
        clock.unit = clock.unit.take().filter(|unit| !over(unit));
        let here = self.rate(stretch, clock.elapsed_ms)?;
        let Some(unit) = clock.unit.as_mut().filter(|u| u.last_window != stretch.place) else {
            return Ok(());
        };
        unit.last_window = stretch.place;
        let changed = match across_prices {
            AcrossPrices::PriceAtStart | AcrossPrices::NewUnit => None,
            AcrossPrices::LowerPrice => unit.lower(here)?,
            AcrossPrices::Split => unit.split(here),
        };
        changed.map_or(Ok(()), |part| self.set(stay, part))
    }

    /// A step of a unit that has begun.
    fn use_up(
        &mut self,
        stay: &mut Stay,
        stretch: Stretch<'t>,
        unit: &mut Unit,
        (at_ms, step_ms): (i64, i64),
    ) -> Result<(), Reject> {
        unit.used_ms = unit.used_ms.saturating_add(step_ms);
        if unit.left_ms < i64::MAX {
            unit.left_ms = unit.left_ms.saturating_sub(step_ms);
        }
        let fresh_part = unit.part.entry.is_none();
        let falls_due = !unit.charged && unit.used_ms >= unit.due_ms;
        let charge = falls_due || (unit.charged && fresh_part);
        unit.charged |= falls_due;
        if !stretch.free {
            let span = (at_ms, at_ms.saturating_add(step_ms));
            let entry = self.time(stretch, unit.part.rate, span, is_amended(stretch));
            if fresh_part || falls_due {
                unit.part.entry = Some(entry);
            }
            if charge {
                let (units, _) = unit.part.shown();
                self.charge(stay, entry, unit.part, (units, unit.part.cost()?))?;
            }
        }
        // A unit that falls due in free time is charged where it began, if it began in paid time.
        if stretch.free && falls_due {
            let cost = unit.part.cost()?;
            if let Some(entry) = unit.part.entry.filter(|_| cost > Exact::ZERO) {
                let (units, _) = unit.part.shown();
                self.charge(stay, entry, unit.part, (units, cost))?;
            }
        }
        if falls_due {
            for part in std::mem::take(&mut unit.pending) {
                self.set(stay, part)?;
            }
        }
        Ok(())
    }

    fn whole_units(
        &mut self,
        stay: &mut Stay,
        stretch: Stretch<'t>,
        rate: Rate,
        (at_ms, step_ms, units): (i64, i64, i64),
    ) -> Result<(), Reject> {
        if stretch.free {
            return Ok(());
        }
        let exact = rate.exact.times(units).ok_or(Reject::Overflow)?;
        let entry = self.time(stretch, rate, (at_ms, at_ms.saturating_add(step_ms)), false);
        let part = Part { rate, ms: rate.unit_ms, entry: Some(entry) };
        self.charge(stay, entry, part, (units, exact))
    }

    /// What holds for a visit: one that is short may have its own.
    fn across_prices(&self, stay: &Stay, visit: i64) -> AcrossPrices {
        let plan = self.terms.plan;
        let Some((most_ms, across_prices)) = plan.short_stay else { return plan.across_prices };
        let own = |p: &&Piece| p.at.visit == visit && p.kind != Kind::Doubtful;
        let mut left_ms = most_ms;
        for piece in stay.pieces.iter().filter(own) {
            left_ms = left_ms.saturating_sub(piece.length_ms());
            if left_ms < 0 {
                return plan.across_prices;
            }
        }
        across_prices
    }
}

/// Whether the price of a unit may change after it was charged: its line then stands alone.
fn is_amended(stretch: Stretch<'_>) -> bool {
    matches!(stretch.across_prices, AcrossPrices::LowerPrice | AcrossPrices::Split)
}
