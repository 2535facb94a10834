//! Which window holds at an instant: the first one of the plan that fits it.

use super::Knife;
use crate::price::Reject;
use crate::tariff::{DAY_MS, PlanWindow};

impl Knife<'_> {
    /// The window of an instant (place in the plan), the day it began on, and where the wall clock
    /// next meets a border of any window.
    pub(super) fn window_at(
        &mut self,
        day: i64,
        of_day_ms: i64,
    ) -> Result<(usize, i64, i64), Reject> {
        let windows = &self.terms.plan.windows;
        let (today, yesterday) = match self.terms.plan.by_day {
            true => self.begin_around(day)?,
            false => (u64::MAX, u64::MAX),
        };
        let mut found = None;
        let mut border_ms = DAY_MS;
        for (place, window) in windows.iter().enumerate() {
            for edge_ms in [window.from_ms, window.to_ms] {
                if edge_ms > of_day_ms {
                    border_ms = border_ms.min(edge_ms);
                }
            }
            if found.is_none() {
                let begins = |mask: u64| mask & bit(place) != 0;
                found = began(window, of_day_ms, begins(today), begins(yesterday))
                    .map(|shift| (place, day.saturating_sub(shift)));
            }
        }
        let (place, began_on) = found.expect("the last window of a plan fits every instant");
        Ok((place, began_on, border_ms))
    }

    /// Which windows begin on a day and on the day before, as bits.
    fn begin_around(&mut self, day: i64) -> Result<(u64, u64), Reject> {
        let before = day.saturating_sub(1);
        let (today, yesterday) = match self.known_day {
            Some((known, today, yesterday)) if known == day => (today, yesterday),
            Some((known, today, _)) if known == before => (self.begin_on(day)?, today),
            _ => (self.begin_on(day)?, self.begin_on(before)?),
        };
        self.known_day = Some((day, today, yesterday));
        Ok((today, yesterday))
    }

    fn begin_on(&self, day: i64) -> Result<u64, Reject> {
        let mut mask = 0;
        for (place, window) in self.terms.plan.windows.iter().enumerate() {
            let unknown_year = self.terms.tariff.unknown_year;
            let fits = window.days.fits(day, self.terms.calendar, unknown_year);
            if fits.ok_or(Reject::YearUnknown)? {
                mask |= bit(place);
            }
        }
        Ok(mask)
    }
}

fn bit(place: usize) -> u64 {
    u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

/// Days since a window of this moment began, 0 or 1; `None` where it is not its time.
fn began(window: &PlanWindow, of_day_ms: i64, today: bool, yesterday: bool) -> Option<i64> {
    if !window.across_midnight() {
        let inside = (window.from_ms..window.to_ms).contains(&of_day_ms);
        return (today && inside).then_some(0);
    }
    if today && of_day_ms >= window.from_ms {
        return Some(0);
    }
    (yesterday && of_day_ms < window.to_ms).then_some(1)
}
