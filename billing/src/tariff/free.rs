//! Which free minutes a plan has: rules for windows of their own, the first that names one holds.

use super::form::FreeForm;
use super::ladder::MINUTES_LIMIT;
use super::terms::{at_most, window_indices};
use super::who::Who;
use super::windows::minutes_ms;
use super::{CountedIn, EarlierVisits, FreeRule, Period, PlanWindow, Problem};

/// The rules that speak of this vehicle and street; no window counts for two of them.
pub(super) fn free_rules(
    problems: &mut Vec<Problem>,
    path: &str,
    who: Who<'_>,
    windows: &[PlanWindow],
) -> Vec<FreeRule> {
    let path = format!("{path}.free_minutes");
    at_most(problems, &path, who.version.free_minutes.len());
    let mut taken = vec![false; windows.len()];
    let mut all_taken = false;
    let mut rules = Vec::new();
    for (i, form) in who.version.free_minutes.iter().enumerate() {
        let path = format!("{path}[{i}]");
        let meant = who.is_meant(problems, &path, &form.vehicles, &form.streets);
        let named =
            window_indices(problems, &format!("{path}.windows"), who.version, &form.windows);
        if !meant || all_taken {
            continue;
        }
        check(problems, &path, form);
        let minutes_path = format!("{path}.minutes");
        let minutes = who.required(problems, &minutes_path, &form.minutes).unwrap_or(0);
        if minutes > MINUTES_LIMIT {
            problems.push(Problem::new(minutes_path, format!("0 to {MINUTES_LIMIT}")));
        }
        let counts = |window: &PlanWindow| match form.windows.is_empty() {
            true => window.ladder.is_some() || form.counted_in == Some(CountedIn::AllWindows),
            false => named.contains(&window.index),
        };
        let own: Vec<bool> =
            windows.iter().zip(&taken).map(|(window, taken)| !taken && counts(window)).collect();
        for (taken, own) in taken.iter_mut().zip(&own) {
            *taken |= *own;
        }
        all_taken = form.windows.is_empty();
        rules.push(FreeRule {
            length_ms: minutes_ms(minutes),
            when_exceeded: form.when_exceeded,
            windows: own,
            counted_per: form.counted_per,
            at_the_end: form.at_the_end,
            none_beyond_ms: form.none_beyond_minutes.map(minutes_ms),
            earlier_visits: form.earlier_visits,
        });
    }
    rules.retain(|rule| rule.length_ms > 0);
    rules
}

fn check(problems: &mut Vec<Problem>, path: &str, form: &FreeForm) {
    let all = form.counted_in == Some(CountedIn::AllWindows);
    if form.counted_per == Period::Window && all {
        let message = "free minutes per window are counted in paid_windows";
        problems.push(Problem::new(format!("{path}.counted_in"), message));
    }
    if !form.windows.is_empty() && form.counted_in.is_some() {
        let message = "either counted_in or windows says which time counts";
        problems.push(Problem::new(format!("{path}.counted_in"), message));
    }
    let by_visit = matches!(form.counted_per, Period::Stay | Period::Window);
    if form.earlier_visits != EarlierVisits::Ignored && by_visit {
        let message = "needs counted_per: day, 24h, month or vehicle";
        problems.push(Problem::new(format!("{path}.earlier_visits"), message));
    }
    if form.earlier_visits == EarlierVisits::Ignored && form.counted_per == Period::Vehicle {
        let message = "once for a vehicle needs earlier_visits: once or shared";
        problems.push(Problem::new(format!("{path}.counted_per"), message));
    }
}
