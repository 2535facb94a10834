//! The windows of a plan: times of day, and the proof that they leave no gap.

use super::days::day_rule;
use super::form::{ChargeForm, VersionForm};
use super::who::Who;
use super::{DAY_MS, PlanWindow, Problem, ladder};

pub(super) fn windows(problems: &mut Vec<Problem>, path: &str, who: Who<'_>) -> Vec<PlanWindow> {
    let mut windows = Vec::new();
    for (index, form) in who.version.windows.iter().enumerate() {
        let path = format!("{path}.windows[{index}]");
        if !who.is_meant(problems, &path, &form.vehicles, &form.streets) {
            continue;
        }
        let from_ms = ms_of_day(&form.from).filter(|ms| *ms < DAY_MS);
        if from_ms.is_none() {
            let message =
                format!("{} is not a time 00:00 to 23:59, with seconds or without", form.from);
            problems.push(Problem::new(format!("{path}.from"), message));
        }
        // A window that ends at 00:00 ends with the day.
        let to_ms = ms_of_day(&form.to).map(|ms| if ms == 0 { DAY_MS } else { ms });
        if to_ms.is_none() {
            let message =
                format!("{} is not a time 00:00 to 24:00, with seconds or without", form.to);
            problems.push(Problem::new(format!("{path}.to"), message));
        }
        let days = day_rule(problems, &path, form);
        let charge = format!("{path}.charge");
        let not_permitted = matches!(form.charge, ChargeForm::NotPermitted);
        let ladder = ladder::ladder(problems, &charge, &form.charge, form.after_last_tier, who);
        let (Some(from_ms), Some(to_ms)) = (from_ms, to_ms) else { continue };
        if from_ms == to_ms {
            let message = "from and to are the same; a whole day is 00:00 to 24:00";
            problems.push(Problem::new(format!("{path}.to"), message));
        }
        let demand = who.version.demand.as_ref();
        let by_demand = demand.is_some_and(|d| d.windows.contains(&form.name));
        windows.push(PlanWindow { index, from_ms, to_ms, days, ladder, not_permitted, by_demand });
    }
    windows
}

/// `HH:MM` or `HH:MM:SS`, 00:00 to 24:00, as milliseconds; an hour may be one digit.
fn ms_of_day(text: &str) -> Option<i64> {
    let digits = |s: &str, least: usize| {
        (least..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split(':').collect();
    let fits = |(i, part): (usize, &&str)| digits(part, if i == 0 { 1 } else { 2 });
    if !(2..=3).contains(&parts.len()) || !parts.iter().enumerate().all(fits) {
        return None;
    }
    let mut seconds: i64 = 0;
    for (i, limit) in [24, 59, 59].into_iter().enumerate() {
        let number = parts.get(i).map_or(Some(0), |s| s.parse::<i64>().ok())?;
        if number > limit {
            return None;
        }
        seconds = seconds.saturating_mul(60).saturating_add(number);
    }
    let ms = seconds.saturating_mul(1000);
    (ms <= DAY_MS).then_some(ms)
}

pub(super) fn day_starts_ms(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> i64 {
    let Some(text) = &form.day_starts else { return 0 };
    let ms = ms_of_day(text).filter(|ms| *ms < DAY_MS);
    if ms.is_none() {
        problems.push(Problem::new(format!("{path}.day_starts"), "not a time 00:00 to 23:59"));
    }
    ms.unwrap_or(0)
}

pub(super) fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes).saturating_mul(60_000)
}

/// Windows for other days, vehicles or streets may lie over one another, the first then holds; for
/// the same ones it is a slip of the pen.
pub(super) fn check_overlap(
    problems: &mut Vec<Problem>,
    path: &str,
    windows: &[PlanWindow],
    who: Who<'_>,
) {
    let form = |window: &PlanWindow| who.version.windows.get(window.index);
    let meant = |window| form(window).map(|f| (&f.vehicles, &f.streets));
    for (i, one) in windows.iter().enumerate() {
        for other in windows.iter().skip(i.saturating_add(1)) {
            if one.days != other.days || meant(one) != meant(other) {
                continue;
            }
            for (from, to) in parts(one) {
                let over = parts(other).into_iter().find(|(f, t)| *f < to && from < *t);
                if let Some((other_from, other_to)) = over {
                    let (at, until) = (from.max(other_from), to.min(other_to));
                    let message = format!(
                        "two windows cover {} (one of them until {})",
                        clock_text(at),
                        clock_text(until)
                    );
                    problems
                        .push(Problem::new(format!("{path}.windows[{}]", other.index), message));
                }
            }
        }
    }
}

/// The stretches of one day that a window covers on the days on which it begins.
fn parts(window: &PlanWindow) -> Vec<(i64, i64)> {
    if !window.across_midnight() {
        return vec![(window.from_ms, window.to_ms)];
    }
    let evening = (window.from_ms, DAY_MS);
    if window.days.every_day() { vec![evening, (0, window.to_ms)] } else { vec![evening] }
}

pub(super) fn clock_text(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (hours, minutes) = (seconds.div_euclid(3600), seconds.div_euclid(60).rem_euclid(60));
    match seconds.rem_euclid(60) {
        0 => format!("{hours:02}:{minutes:02}"),
        rest => format!("{hours:02}:{minutes:02}:{rest:02}"),
    }
}
