//! Visits in order of time: which of them continue others, when they began, and what of them counts.

use vocabulary::Interval;

use super::{Case, Knife, Reject};
use crate::price::STAY_LIMIT_MS;
use crate::price::timeline::{Kind, Periods};
use crate::tariff::{DAY_MS, Unused};

impl Knife<'_> {
    pub(super) fn begin_visit(&mut self, intervals: &[Interval], ended_ms: Option<i64>) {
        let Some(from_ms) = intervals.first().map(|i| i.start_at().ms()) else { return };
        let Some(ended_ms) = ended_ms else {
            (self.own_from_ms, self.shared_from_ms) = (from_ms, from_ms);
            self.display(from_ms);
            return;
        };
        // The 24 hours in which the visit before ended go on, if they are not over.
        let since_ms = ended_ms.saturating_sub(self.shared_from_ms).saturating_sub(1).max(0);
        let periods = since_ms.div_euclid(DAY_MS).saturating_add(1);
        if from_ms >= self.shared_from_ms.saturating_add(periods.saturating_mul(DAY_MS)) {
            self.shared_from_ms = from_ms;
            self.shared_base = self.shared_base.saturating_add(periods);
        }
        let within_ms = self.terms.plan.returns_within_ms;
        if within_ms > 0 && from_ms.saturating_sub(ended_ms) <= within_ms {
            self.continued = self.continued.saturating_add(1);
            return;
        }
        self.continued = 0;
        self.own_from_ms = from_ms;
        self.at.visit = self.at.visit.saturating_add(1);
        self.display(from_ms);
    }

    /// A visit keeps the price that was displayed when it began, also where later ones continue it.
    fn display(&mut self, arrived_ms: i64) {
        if self.by_own_24h {
            self.spans_ms.push((arrived_ms, arrived_ms));
        }
        if self.terms.version.demand.is_some() {
            let mut displayed = self.case.displayed.iter().rev();
            let shown = displayed.find(|d| d.displayed_at.ms() <= arrived_ms);
            self.levels.push(shown.map(|d| d.level));
        }
    }

    /// The grace to leave holds if the vehicle did leave within it.
    pub(super) fn cover_end(&mut self, case: &Case) {
        let grace_ms = self.terms.plan.grace_to_leave_ms;
        let (Some(paid_at), Some(last)) = (case.paid_at, case.intervals.last()) else { return };
        let stayed_ms = last.end_at().since_ms(paid_at);
        if grace_ms > 0 && (0..=grace_ms).contains(&stayed_ms) {
            self.grace_from_ms = paid_at.ms();
        }
    }

    pub(super) fn visit(
        &mut self,
        intervals: &[Interval],
        doubts: &[Interval],
    ) -> Result<(), Reject> {
        let mut doubts = doubts.to_vec();
        doubts.sort_unstable();
        for interval in intervals {
            let mut from_ms = interval.start_at().ms();
            for doubt in doubts.iter().filter_map(|d| d.overlap(*interval)) {
                let doubt_from_ms = doubt.start_at().ms().max(from_ms);
                self.present(from_ms, doubt_from_ms)?;
                self.doubtful(doubt_from_ms, doubt.end_at().ms());
                from_ms = from_ms.max(doubt.end_at().ms());
            }
            self.present(from_ms, interval.end_at().ms())?;
            self.until(interval.end_at().ms());
        }
        Ok(())
    }

    fn until(&mut self, to_ms: i64) {
        if let Some((_, until_ms)) = self.spans_ms.last_mut() {
            *until_ms = (*until_ms).max(to_ms);
        }
    }

    /// Time bought and not used is billed as if the vehicle had stayed.
    pub(super) fn time_bought(&mut self, case: &Case) -> Result<(), Reject> {
        if self.terms.plan.unused == Unused::Returned {
            return Ok(());
        }
        let (Some(until), Some(last)) = (case.bought_until, case.intervals.last()) else {
            return Ok(());
        };
        self.grace_from_ms = i64::MAX;
        let until_ms = until.ms().min(last.end_at().ms().saturating_add(STAY_LIMIT_MS));
        self.until(until_ms);
        self.present(last.end_at().ms(), until_ms)
    }

    fn doubtful(&mut self, from_ms: i64, to_ms: i64) {
        if from_ms < to_ms {
            self.lay(
                from_ms,
                to_ms,
                Kind::Doubtful,
                Periods { visit: self.at.visit, ..Periods::default() },
            );
        }
    }
}
