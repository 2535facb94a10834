//! Times of day and the hours of a window in words.

use super::{Both, Says, days};
use crate::tariff::{DAY_MS, PlanWindow};

/// `07:00`, or `21:00:01` where seconds matter.
pub(super) fn time(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (hours, minutes) = (seconds.div_euclid(3600), seconds.div_euclid(60).rem_euclid(60));
    match seconds.rem_euclid(60) {
        0 => format!("{hours:02}:{minutes:02}"),
        rest => format!("{hours:02}:{minutes:02}:{rest:02}"),
    }
}

fn stretch(window: &PlanWindow) -> Both {
    if window.from_ms == 0 && window.to_ms == DAY_MS {
        return Both::new("全天", "all day");
    }
    let (from, to) = (time(window.from_ms), time(window.to_ms));
    if window.across_midnight() {
        return Both::new(format!("{from}至次日{to}"), format!("{from}–{to} the next day"));
    }
    Both::new(format!("{from}至{to}"), format!("{from}–{to}"))
}

/// On which days and when: `工作日07:30至20:00`.
pub(super) fn hours(window: &PlanWindow) -> Both {
    let (days, stretch) = (days::days(&window.days), stretch(window));
    if window.days.every_day() {
        return match window.from_ms == 0 && window.to_ms == DAY_MS {
            true => Both::new("全天", "At any time"),
            false => {
                Both::new(format!("每天{}", stretch.chinese), format!("Daily {}", stretch.english))
            }
        };
    }
    Both::new(
        format!("{}{}", days.chinese, stretch.chinese),
        format!("{} {}", days.english, stretch.english),
    )
}

/// The window's name and hours; in English a name in Chinese letters is left out.
pub(super) fn heading(says: Says<'_>, window: &PlanWindow) -> Both {
    let hours = hours(window);
    match says.version.windows.get(window.index).map(|name| name.trim()) {
        // What no window names.
        None if says.windows().len() == 1 => Both::new("全天", "At any time"),
        None => Both::new("其他时间", "At other times"),
        Some("") => hours,
        Some(name) => Both {
            chinese: match hours.chinese.starts_with(name) {
                true => hours.chinese,
                false => format!("{name}（{}）", hours.chinese),
            },
            english: match name.is_ascii() {
                true => format!("{name} ({})", lower_first(&hours.english)),
                false => hours.english,
            },
        },
    }
}

/// How another sentence speaks of windows: by their names, in English by their hours.
pub(super) fn windows_named(says: Says<'_>, indices: &[usize]) -> Both {
    let windows = says.windows().into_iter().filter(|w| indices.contains(&w.index));
    let mut named: Vec<Both> = Vec::new();
    for window in windows {
        let hours = lower_first(&hours(window).english);
        let both = match says.version.windows.get(window.index).map(|name| name.trim()) {
            None => Both::new("其他时间", "other times"),
            Some("") => Both::new(clock_chinese(window), hours),
            Some(name) if name.is_ascii() => Both::new(name, name),
            Some(name) => Both::new(name, hours),
        };
        if !named.contains(&both) {
            named.push(both);
        }
    }
    join(&named)
}

fn clock_chinese(window: &PlanWindow) -> String {
    hours(window).chinese
}

/// `a、b`; `a, b`.
pub(super) fn join(items: &[Both]) -> Both {
    let of = |text: fn(&Both) -> &str, between: &str| {
        items.iter().map(text).collect::<Vec<_>>().join(between)
    };
    Both::new(of(|b| &b.chinese, "、"), of(|b| &b.english, ", "))
}

pub(super) fn lower_first(text: &str) -> String {
    let day_name = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if day_name.iter().any(|day| text.starts_with(day)) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}
