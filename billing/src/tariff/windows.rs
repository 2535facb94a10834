//! The windows of a version: times of day, and the proof that they cover the day once.

use super::form::{ChargeForm, VersionForm, WindowForm};
use super::{Charge, Problem, Slot, Window, rates};

const WINDOWS_LIMIT: usize = 24;
const DAY_MINUTES: u32 = 24 * 60;

pub(super) fn windows(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    rate_names: &[String],
) -> Vec<Window> {
    let path = format!("{path}.windows");
    if form.windows.len() > WINDOWS_LIMIT {
        problems.push(Problem::new(path, format!("at most {WINDOWS_LIMIT} windows")));
        return Vec::new();
    }
    form.windows
        .iter()
        .enumerate()
        .filter_map(|(i, w)| window(problems, &format!("{path}[{i}]"), w, rate_names))
        .collect()
}

fn window(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &WindowForm,
    rate_names: &[String],
) -> Option<Window> {
    let from_minute = minute_of_day(&form.from).filter(|m| *m < DAY_MINUTES);
    if from_minute.is_none() {
        problems.push(Problem::new(format!("{path}.from"), "not a time 00:00 to 23:59"));
    }
    // A window that ends at 00:00 ends with the day.
    let to_minute = minute_of_day(&form.to).map(|m| if m == 0 { DAY_MINUTES } else { m });
    if to_minute.is_none() {
        problems.push(Problem::new(format!("{path}.to"), "not a time 00:00 to 24:00"));
    }
    let charge = charge(problems, path, form, rate_names);
    let (from_minute, to_minute) = (from_minute?, to_minute?);
    if from_minute == to_minute {
        let message = "from and to are the same; a whole day is 00:00 to 24:00";
        problems.push(Problem::new(format!("{path}.to"), message));
    }
    Some(Window { name: form.name.clone(), from_minute, to_minute, charge })
}

fn charge(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &WindowForm,
    rate_names: &[String],
) -> Charge {
    let path = format!("{path}.rates");
    match (form.charge, &form.rates) {
        (ChargeForm::Free, None) => Charge::Free,
        (ChargeForm::Free, Some(_)) => {
            problems.push(Problem::new(path, "a free window has no rates"));
            Charge::Free
        }
        (ChargeForm::Priced, Some(forms)) => {
            Charge::Priced(rates::rates(problems, &path, forms, rate_names))
        }
        (ChargeForm::Priced, None) => {
            problems.push(Problem::new(path, "a priced window needs rates"));
            Charge::Free
        }
    }
}

/// `HH:MM`, 00:00 to 24:00.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours.saturating_mul(60).saturating_add(minutes);
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}

/// The day cut at the borders of the windows, in order; problems where it is not covered once.
pub(super) fn slots(problems: &mut Vec<Problem>, path: &str, windows: &[Window]) -> Vec<Slot> {
    let path = format!("{path}.windows");
    let mut parts: Vec<(u32, u32, usize, i64)> = Vec::new();
    for (i, w) in windows.iter().enumerate() {
        if w.from_minute < w.to_minute {
            parts.push((w.from_minute, w.to_minute, i, 0));
        } else {
            parts.push((w.from_minute, DAY_MINUTES, i, 0));
            parts.push((0, w.to_minute, i, -1));
        }
    }
    parts.sort_unstable();
    let mut covered = 0;
    for (from, to, ..) in &parts {
        report_border(problems, &path, covered, *from);
        covered = covered.max(*to);
    }
    report_border(problems, &path, covered, DAY_MINUTES);
    parts
        .into_iter()
        .map(|(_, to, window, day_shift)| Slot { to_ms: minutes_ms(to), window, day_shift })
        .collect()
}

fn report_border(problems: &mut Vec<Problem>, path: &str, covered: u32, from: u32) {
    let (covered_at, from_at) = (clock_text(covered), clock_text(from));
    if from > covered {
        let message = format!("no window covers {covered_at} to {from_at}");
        problems.push(Problem::new(path, message));
    }
    if from < covered {
        let message = format!("two windows cover {from_at} (one of them until {covered_at})");
        problems.push(Problem::new(path, message));
    }
}

fn clock_text(minute: u32) -> String {
    let (hours, minutes) = (minute.div_euclid(60), minute.rem_euclid(60));
    format!("{hours:02}:{minutes:02}")
}

pub(super) fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes).saturating_mul(60_000)
}
