//! Third step: each piece by its tiers, then the caps, as lines.
//!
//! Caps are applied in order of time: a window's cap first, then the day's to what is left. The
//! part above a cap becomes one negative line for each occurrence and each day.

use vocabulary::{Fen, Interval, Timestamp};

use super::cut::{Occurrence, Piece, Place, Stay};
use super::{Reject, Terms};
use crate::bill::{Line, Rule};
use crate::tariff::{Charge, CountedIn, Rate, Restarts, Rounding, Tier};

pub(super) struct Charged {
    pub(super) lines: Vec<Line>,
    pub(super) charged_ms: i64,
}

pub(super) fn charge(terms: Terms<'_>, stay: &mut Stay) -> Result<Charged, Reject> {
    let mut meter = Meter {
        terms,
        lines: Vec::with_capacity(8),
        days: Vec::new(),
        elapsed_ms: 0,
        charged_ms: 0,
    };
    for piece in &stay.pieces {
        match piece.place {
            Place::Doubtful => meter.nothing(piece.from_ms, piece.to_ms, Rule::Doubt),
            Place::Window { occurrence, day } => {
                let occurrence = stay
                    .occurrences
                    .get_mut(occurrence)
                    .expect("a piece's occurrence was made together with it");
                meter.window_piece(piece, occurrence, day)?;
            }
        }
    }
    meter.window_caps(stay)?;
    meter.day_caps()?;
    Ok(Charged { lines: meter.lines, charged_ms: meter.charged_ms })
}

/// What a local day costs after the windows' caps.
struct DayTally {
    day: i64,
    from_ms: i64,
    to_ms: i64,
    net: Fen,
}

struct Meter<'t> {
    terms: Terms<'t>,
    lines: Vec<Line>,
    days: Vec<DayTally>,
    /// The clock of the tiers, where it runs through the stay.
    elapsed_ms: i64,
    charged_ms: i64,
}

impl<'t> Meter<'t> {
    fn window_piece(
        &mut self,
        piece: &Piece,
        occurrence: &mut Occurrence,
        day: i64,
    ) -> Result<(), Reject> {
        let Some(rate) = self.rate(occurrence.window) else {
            if self.terms.version.elapsed.counted_in == CountedIn::AllWindows {
                let counted_ms = piece.length_ms().saturating_sub(piece.free_ms);
                self.elapsed_ms = self.elapsed_ms.saturating_add(counted_ms);
            }
            self.nothing(piece.from_ms, piece.to_ms, Rule::FreeWindow);
            return Ok(());
        };
        let paid_from_ms = piece.from_ms.saturating_add(piece.free_ms);
        self.nothing(piece.from_ms, paid_from_ms, Rule::FreeMinutes);
        let paid_ms = piece.to_ms.saturating_sub(paid_from_ms);
        self.charged_ms = self.charged_ms.saturating_add(paid_ms);
        let from_ms = match self.terms.version.elapsed.restarts {
            Restarts::EachWindow => occurrence.elapsed_ms,
            Restarts::Never => self.elapsed_ms,
        };
        let to_ms = from_ms.saturating_add(paid_ms);
        occurrence.elapsed_ms = to_ms;
        self.elapsed_ms = to_ms;
        let amount = self.tiers(rate, paid_from_ms, from_ms, to_ms)?;
        let before = capped(occurrence.gross, rate.cap);
        occurrence.gross = occurrence.gross.plus(amount)?;
        let net = capped(occurrence.gross, rate.cap).minus(before)?;
        self.add_to_day(day, piece, net)
    }

    /// The rate of a window; `None` where it is free.
    fn rate(&self, window: usize) -> Option<&'t Rate> {
        match self.terms.version.windows.get(window).map(|w| &w.charge) {
            Some(Charge::Priced(rates)) => rates.get(self.terms.rate),
            Some(Charge::Free) | None => None,
        }
    }

    /// One line for each tier that the elapsed time `[from_ms, to_ms)` touches; their sum.
    fn tiers(&mut self, rate: &Rate, at_ms: i64, from_ms: i64, to_ms: i64) -> Result<Fen, Reject> {
        let mut sum = Fen::ZERO;
        for (number, tier) in (1..).zip(&rate.tiers) {
            let (begin_ms, end_ms) = (from_ms.max(tier.from_ms), to_ms.min(tier.to_ms));
            if begin_ms >= end_ms {
                continue;
            }
            let units = units(tier, begin_ms, end_ms);
            let amount = tier.unit_price.times(units)?;
            sum = sum.plus(amount)?;
            let shift_ms = at_ms.saturating_sub(from_ms);
            self.lines.push(Line {
                interval: interval(
                    begin_ms.saturating_add(shift_ms),
                    end_ms.saturating_add(shift_ms),
                ),
                rule: Rule::Tier { tier: number, unit_minutes: tier.unit_minutes },
                units,
                unit_price: tier.unit_price,
                amount,
            });
        }
        Ok(sum)
    }

    fn nothing(&mut self, from_ms: i64, to_ms: i64, rule: Rule) {
        if from_ms < to_ms {
            self.lines.push(Line {
                interval: interval(from_ms, to_ms),
                rule,
                units: 0,
                unit_price: Fen::ZERO,
                amount: Fen::ZERO,
            });
        }
    }

    fn add_to_day(&mut self, day: i64, piece: &Piece, net: Fen) -> Result<(), Reject> {
        if self.terms.day_cap().is_none() {
            return Ok(());
        }
        // Some zones go back across midnight, so the day before may return.
        let known = self.days.iter_mut().rev().take(2).find(|tally| tally.day == day);
        if let Some(tally) = known {
            tally.to_ms = piece.to_ms;
            tally.net = tally.net.plus(net)?;
        } else {
            self.days.push(DayTally { day, from_ms: piece.from_ms, to_ms: piece.to_ms, net });
        }
        Ok(())
    }

    fn window_caps(&mut self, stay: &Stay) -> Result<(), Reject> {
        for occurrence in &stay.occurrences {
            let Some(cap) = self.rate(occurrence.window).and_then(|rate| rate.cap) else {
                continue;
            };
            let above = occurrence.gross.minus(capped(occurrence.gross, Some(cap)))?;
            self.cap(occurrence.from_ms, occurrence.to_ms, Rule::WindowCap { cap }, above)?;
        }
        Ok(())
    }

    fn day_caps(&mut self) -> Result<(), Reject> {
        let Some(cap) = self.terms.day_cap() else { return Ok(()) };
        for tally in std::mem::take(&mut self.days) {
            let above = tally.net.minus(capped(tally.net, Some(cap)))?;
            self.cap(tally.from_ms, tally.to_ms, Rule::DayCap { cap }, above)?;
        }
        Ok(())
    }

    fn cap(&mut self, from_ms: i64, to_ms: i64, rule: Rule, above: Fen) -> Result<(), Reject> {
        if above > Fen::ZERO {
            let amount = Fen::ZERO.minus(above)?;
            let interval = interval(from_ms, to_ms);
            self.lines.push(Line { interval, rule, units: 1, unit_price: amount, amount });
        }
        Ok(())
    }
}

fn capped(amount: Fen, cap: Option<Fen>) -> Fen {
    cap.map_or(amount, |cap| amount.min(cap))
}

fn interval(from_ms: i64, to_ms: i64) -> Interval {
    Interval::new(Timestamp::from_ms(from_ms), Timestamp::from_ms(to_ms))
        .expect("a piece never ends before it begins")
}

/// How many units of a tier fall due in elapsed time `[begin_ms, end_ms)` of that tier.
///
/// Rounded up, a unit is due as soon as it has begun; rounded down, when it is complete. Counted
/// from the tier's beginning, so a piece never charges again what an earlier piece charged.
fn units(tier: &Tier, begin_ms: i64, end_ms: i64) -> i64 {
    let due = |elapsed_ms: i64| {
        let in_tier_ms = elapsed_ms.saturating_sub(tier.from_ms);
        let in_units_ms = match tier.rounding {
            Rounding::Up => in_tier_ms.saturating_add(tier.unit_ms).saturating_sub(1),
            Rounding::Down => in_tier_ms,
        };
        in_units_ms.checked_div(tier.unit_ms).expect("a parsed tier's unit is a minute or longer")
    };
    due(end_ms).saturating_sub(due(begin_ms))
}
