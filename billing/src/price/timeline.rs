//! First step: the presence as pieces, each doubtful, covered by a pass or a grace, or within one
//! occurrence of a window, and within one period of everything that the plan counts.
//!
//! A window has *occurrences*, named by the window and the local day on which it began; a window
//! across midnight is one occurrence. Earlier visits come first, each with a number; a visit that
//! continues the one before it (`returns_within_minutes`) shares its number.

mod visits;
mod window_at;

use vocabulary::Interval;

use super::{Case, Reject, Terms};
use crate::amount::Exact;
use crate::calendar::date;
use crate::tariff::{CountedIn, DAY_MS, Period, PlanWindow, Restarts, Visits};

/// A stretch of a visit.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) kind: Kind,
    pub(super) at: Periods,
    /// Length of its free beginning; set by `free`.
    pub(super) free_ms: i64,
    /// What it costs; set by `meter`, lowered by `caps`.
    pub(super) cost: Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The sensors cannot vouch for it.
    Doubtful,
    /// By the pass at this place in the case.
    Pass(usize),
    /// By the exemption at this place in the case.
    Exempt(usize),
    GraceToLeave,
    /// Beyond a time limit that is not charged.
    BeyondLimit,
    /// In an occurrence, by its index.
    Window(usize),
}

/// Which period of each kind a piece lies in; 0 where the plan does not ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Periods {
    pub(super) visit: i64,
    pub(super) day: i64,
    pub(super) month: i64,
    /// Number of the 24 hours after the arrival of the visit.
    pub(super) own_24h: i64,
    /// The same, where a visit within 24 hours of another belongs to them.
    pub(super) shared_24h: i64,
}

/// One occurrence of a window.
pub(super) struct Occurrence {
    /// Place in the windows of the plan.
    pub(super) window: usize,
    pub(super) began_on: i64,
}

pub(super) struct Stay {
    pub(super) pieces: Vec<Piece>,
    pub(super) occurrences: Vec<Occurrence>,
    /// The number of the visit that is billed.
    pub(super) visit: i64,
    /// How many earlier visits it continues.
    pub(super) continued: usize,
    /// Of each visit, the level of the demand-responsive prices at its arrival, if one was displayed.
    pub(super) levels: Vec<Option<i32>>,
    /// Of each visit, its first arrival and its last departure, or the end of the time bought; where
    /// anything is counted per 24 hours of a visit.
    pub(super) spans_ms: Vec<(i64, i64)>,
}

impl Stay {
    pub(super) fn level(&self, visit: i64) -> Option<i32> {
        usize::try_from(visit).ok().and_then(|visit| self.levels.get(visit).copied()).flatten()
    }
}

impl Piece {
    pub(super) fn length_ms(&self) -> i64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

pub(super) fn timeline(terms: Terms<'_>, case: &Case) -> Result<Stay, Reject> {
    let mut knife = Knife::new(terms, case);
    let mut ended_ms: Option<i64> = None;
    for visit in &case.earlier {
        knife.begin_visit(&visit.intervals, ended_ms);
        knife.visit(&visit.intervals, &visit.doubts)?;
        ended_ms = visit.intervals.last().map(|i| i.end_at().ms());
    }
    knife.begin_visit(&case.intervals, ended_ms);
    knife.cover_end(case);
    knife.visit(&case.intervals, &case.doubts)?;
    knife.time_bought(case)?;
    Ok(Stay {
        pieces: knife.pieces,
        occurrences: knife.occurrences,
        visit: knife.at.visit,
        continued: knife.continued,
        levels: knife.levels,
        spans_ms: knife.spans_ms,
    })
}

struct Knife<'t> {
    terms: Terms<'t>,
    case: &'t Case,
    pieces: Vec<Piece>,
    occurrences: Vec<Occurrence>,
    at: Periods,
    by_day: bool,
    by_month: bool,
    by_own_24h: bool,
    by_shared_24h: bool,
    own_from_ms: i64,
    shared_from_ms: i64,
    /// Number of the first period of the present chain of 24 hours.
    shared_base: i64,
    grace_from_ms: i64,
    continued: usize,
    levels: Vec<Option<i32>>,
    spans_ms: Vec<(i64, i64)>,
    /// The last day asked for, and which windows begin on it and on the day before.
    known_day: Option<(i64, u64, u64)>,
}

impl<'t> Knife<'t> {
    fn new(terms: Terms<'t>, case: &'t Case) -> Self {
        let plan = terms.plan;
        let per = |period: Period, visits: Visits| {
            plan.caps.iter().any(|cap| cap.per == period && cap.visits == visits)
        };
        let limit = |period, visits| {
            plan.time_limit.is_some_and(|l| l.counted_per == period && l.visits == visits)
        };
        let per = |period, visits| per(period, visits) || limit(period, visits);
        let free = |period| plan.free.iter().any(|free| free.counted_per == period);
        let asks = |period| per(period, Visits::One) || per(period, Visits::All) || free(period);
        Knife {
            terms,
            case,
            pieces: Vec::with_capacity(pieces_expected(terms, case)),
            occurrences: Vec::with_capacity(4),
            at: Periods::default(),
            by_day: asks(Period::Day) || plan.restarts == Restarts::EachDay,
            by_month: asks(Period::Month),
            by_own_24h: per(Period::Rolling24h, Visits::One)
                || plan.restarts == Restarts::EachRolling24h,
            by_shared_24h: per(Period::Rolling24h, Visits::All) || free(Period::Rolling24h),
            own_from_ms: 0,
            shared_from_ms: 0,
            shared_base: 0,
            grace_from_ms: i64::MAX,
            continued: 0,
            levels: Vec::new(),
            spans_ms: Vec::new(),
            known_day: None,
        }
    }

    fn present(&mut self, from_ms: i64, to_ms: i64) -> Result<(), Reject> {
        let mut at_ms = from_ms;
        while at_ms < to_ms {
            at_ms = self.cut_at_next_border(at_ms, to_ms)?;
        }
        Ok(())
    }

    /// Lays the piece that begins at `at_ms`; returns where it ends.
    fn cut_at_next_border(&mut self, at_ms: i64, to_ms: i64) -> Result<i64, Reject> {
        let offset = self.terms.tariff.wall_clock.at(at_ms);
        let local_ms = at_ms.saturating_add(offset.offset_ms);
        let (day, of_day_ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let (window, began_on, border_ms) = self.window_at(day, of_day_ms)?;
        let mut end_ms = at_ms.saturating_add(border_ms.saturating_sub(of_day_ms));
        end_ms = end_ms.min(offset.until_ms).min(to_ms);
        let mut at = Periods { visit: self.at.visit, ..Periods::default() };
        if self.by_day || self.by_month {
            let starts_ms = self.terms.plan.day_starts_ms;
            if of_day_ms < starts_ms {
                end_ms = end_ms.min(at_ms.saturating_add(starts_ms.saturating_sub(of_day_ms)));
            }
            let own_day = if of_day_ms < starts_ms { day.saturating_sub(1) } else { day };
            at.day = if self.by_day { own_day } else { 0 };
            at.month = if self.by_month { month(own_day) } else { 0 };
        }
        if self.by_own_24h {
            at.own_24h = rolling(self.own_from_ms, at_ms, &mut end_ms);
        }
        if self.by_shared_24h {
            let number = rolling(self.shared_from_ms, at_ms, &mut end_ms);
            at.shared_24h = self.shared_base.saturating_add(number);
        }
        let kind = match self.cover(at_ms, window, &mut end_ms)? {
            Some(cover) => cover,
            None => Kind::Window(self.occurrence(window, began_on)),
        };
        self.lay(at_ms, end_ms, kind, at);
        Ok(end_ms)
    }

    fn cover(&self, at_ms: i64, window: usize, end_ms: &mut i64) -> Result<Option<Kind>, Reject> {
        if at_ms >= self.grace_from_ms {
            return Ok(Some(Kind::GraceToLeave));
        }
        *end_ms = (*end_ms).min(self.grace_from_ms);
        for (place, part) in self.case.exempt.iter().enumerate() {
            if covers(part.valid, at_ms, end_ms) {
                return Ok(Some(Kind::Exempt(place)));
            }
        }
        let index = self.terms.plan.windows.get(window).map_or(0, |w| w.index);
        for (place, held) in self.case.passes.iter().enumerate() {
            let pass = self.terms.version.passes.iter().find(|p| p.name == held.name);
            let pass = pass.ok_or(Reject::PassNotInTariff)?;
            if !pass.windows.is_empty() && !pass.windows.contains(&index) {
                continue;
            }
            if covers(held.valid, at_ms, end_ms) {
                return Ok(Some(Kind::Pass(place)));
            }
        }
        Ok(None)
    }

    /// Where the clocks go back, a window may be entered twice: it is still one occurrence.
    fn occurrence(&mut self, window: usize, began_on: i64) -> usize {
        let occurrences = &mut self.occurrences;
        let look_back = self.terms.plan.windows.len().saturating_mul(2).saturating_add(1);
        let known = occurrences
            .iter()
            .enumerate()
            .rev()
            .take(look_back)
            .find(|(_, o)| o.window == window && o.began_on == began_on);
        if let Some((index, _)) = known {
            return index;
        }
        occurrences.push(Occurrence { window, began_on });
        occurrences.len().saturating_sub(1)
    }

    /// Adds a piece, or lengthens the last one where nothing separates them.
    fn lay(&mut self, from_ms: i64, to_ms: i64, kind: Kind, at: Periods) {
        match self.pieces.last_mut() {
            Some(last) if last.to_ms == from_ms && last.kind == kind && last.at == at => {
                last.to_ms = to_ms;
            }
            _ => {
                self.pieces.push(Piece { from_ms, to_ms, kind, at, free_ms: 0, cost: Exact::ZERO });
            }
        }
    }
}

/// Whether an instant is covered; `end_ms` is brought forward to the next border of the cover.
fn covers(valid: Interval, at_ms: i64, end_ms: &mut i64) -> bool {
    let (from_ms, to_ms) = (valid.start_at().ms(), valid.end_at().ms());
    let covers = from_ms <= at_ms && at_ms < to_ms;
    if covers {
        *end_ms = (*end_ms).min(to_ms);
    } else if from_ms > at_ms && !valid.is_empty() {
        *end_ms = (*end_ms).min(from_ms);
    }
    covers
}

/// About how many pieces a stay has, so that a long one is not moved about as it grows.
fn pieces_expected(terms: Terms<'_>, case: &Case) -> usize {
    let (Some(first), Some(last)) = (case.intervals.first(), case.intervals.last()) else {
        return 0;
    };
    let days = last.end_at().since_ms(first.start_at()).div_euclid(DAY_MS);
    let days = usize::try_from(days).unwrap_or(0);
    days.saturating_mul(terms.plan.windows.len().saturating_add(1)).clamp(8, 4_096)
}

/// Number of the 24 hours since `from_ms`; `end_ms` is brought forward to their end.
fn rolling(from_ms: i64, at_ms: i64, end_ms: &mut i64) -> i64 {
    let number = at_ms.saturating_sub(from_ms).div_euclid(DAY_MS);
    let next_ms = from_ms.saturating_add(number.saturating_add(1).saturating_mul(DAY_MS));
    *end_ms = (*end_ms).min(next_ms);
    number
}

fn month(day: i64) -> i64 {
    use chrono::Datelike;
    let date = date(day);
    i64::from(date.year()).saturating_mul(12).saturating_add(i64::from(date.month0()))
}

/// Whether time in a window counts.
pub(super) fn counts(window: &PlanWindow, counted_in: CountedIn) -> bool {
    window.ladder.is_some() || counted_in == CountedIn::AllWindows
}
