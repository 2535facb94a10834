//! What the states of a picture and the parts of a bill are called.

use super::picture::State;
use crate::text::Language;

/// The two wordings of one thing; the language picks.
pub(super) fn either(
    language: Language,
    chinese: &'static str,
    english: &'static str,
) -> &'static str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

pub(super) fn state(state: State, language: Language) -> &'static str {
    match state {
        State::Charged => either(language, "计费", "charged"),
        State::Capped => either(language, "已封顶，不再加收", "capped, nothing more"),
        State::FreeMinutes => either(language, "免费时长", "free minutes"),
        State::FreeHours => either(language, "免费时段", "free hours"),
        State::NotPermitted => either(language, "禁停时段", "parking not permitted"),
        State::NotSold => either(language, "超过限时，不收费", "beyond the time limit, no fee"),
        State::Doubt => either(language, "数据存疑，不收费", "in doubt, not charged"),
        State::Pass => either(language, "包期停车证", "pass"),
        State::Leaving => either(language, "离场宽限", "time to leave"),
        State::Exempt => either(language, "免收车辆", "exempt"),
    }
}

/// `2026-09-15 周二`.
pub(super) fn day(on: chrono::NaiveDate, language: Language) -> String {
    use chrono::Datelike;
    let names = match language {
        Language::Chinese => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        Language::English => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    };
    let of_week = usize::try_from(on.weekday().num_days_from_monday()).unwrap_or(0);
    format!("{on} {}", names.get(of_week).copied().unwrap_or_default())
}

/// `2 小时 14 分`, `2 h 14 min`; seconds only where there are some.
pub(super) fn length(ms: i64, language: Language) -> String {
    let seconds = ms.div_euclid(1_000);
    let (hours, minutes) = (seconds.div_euclid(3_600), seconds.rem_euclid(3_600).div_euclid(60));
    let seconds = seconds.rem_euclid(60);
    let units = match language {
        Language::Chinese => ["小时", "分", "秒"],
        Language::English => ["h", "min", "s"],
    };
    let parts: Vec<String> = [hours, minutes, seconds]
        .iter()
        .zip(units)
        .filter(|(number, _)| **number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    match parts.is_empty() {
        true => format!("0 {}", either(language, "分", "min")),
        false => parts.join(" "),
    }
}

pub(super) fn days_left_out(days: usize, language: Language) -> String {
    match language {
        Language::Chinese => format!("其余 {days} 天未画出"),
        Language::English => format!("{days} more days are not drawn"),
    }
}
