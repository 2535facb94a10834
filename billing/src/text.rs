//! The words of a bill's line, Chinese and English, made when somebody reads it.
//!
//! Times are shown on the wall clock of the zone given (the tariff's), to the minute, or to the
//! second where seconds matter.

use chrono::{DateTime, TimeZone, Timelike};
use chrono_tz::Tz;
use vocabulary::{Interval, Timestamp};

use crate::bill::{Line, Rule};

/// Language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

/// One line: when, why, and the arithmetic.
#[must_use]
pub fn line_text(line: &Line, zone: Tz, language: Language) -> String {
    let when = interval_text(line.interval, zone);
    let why = match language {
        Language::Chinese => chinese(line),
        Language::English => english(line),
    };
    format!("{when} {why}")
}

/// `2026-09-15 08:00–10:00`; the second day is named where it is another.
#[must_use]
pub fn interval_text(interval: Interval, zone: Tz) -> String {
    let from = local(interval.start_at(), zone);
    let to = local(interval.end_at(), zone);
    let to_minute = [from, to].iter().all(|at| at.second() == 0 && at.nanosecond() == 0);
    let clock = if to_minute { "%H:%M" } else { "%H:%M:%S" };
    let dated = format!("%Y-%m-%d {clock}");
    let end = if from.date_naive() == to.date_naive() { clock } else { &dated };
    format!("{}–{}", from.format(&dated), to.format(end))
}

pub(crate) fn local(at: Timestamp, zone: Tz) -> DateTime<Tz> {
    zone.from_utc_datetime(&at.utc().naive_utc())
}

fn chinese(line: &Line) -> String {
    match line.rule {
        Rule::FreeMinutes => "免费时长内，不收费".to_owned(),
        Rule::FreeWindow => "免费时段，不收费".to_owned(),
        Rule::Doubt => "车位检测数据存疑，不收费、不计时".to_owned(),
        Rule::Tier { tier, .. } if line.units == 0 => {
            format!("计时收费第{tier}档：计费单位已计入前段或未满，0.00元")
        }
        Rule::Tier { tier, unit_minutes } => format!(
            "计时收费第{tier}档：{}个单位（每{unit_minutes}分钟）× {}元 = {}元",
            line.units,
            line.unit_price.yuan(),
            line.amount.yuan()
        ),
        Rule::WindowCap { cap } => {
            format!("时段封顶{}元，减{}元", cap.yuan(), reduction(line))
        }
        Rule::DayCap { cap } => format!("当日封顶{}元，减{}元", cap.yuan(), reduction(line)),
    }
}

fn english(line: &Line) -> String {
    match line.rule {
        Rule::FreeMinutes => "within the free minutes, no charge".to_owned(),
        Rule::FreeWindow => "free hours, no charge".to_owned(),
        Rule::Doubt => "sensor data in doubt: not charged, time not counted".to_owned(),
        Rule::Tier { tier, .. } if line.units == 0 => {
            format!("tier {tier}: unit already counted or not complete, 0.00 yuan")
        }
        Rule::Tier { tier, unit_minutes } => format!(
            "tier {tier}: {} × {unit_minutes} min at {} yuan = {} yuan",
            line.units,
            line.unit_price.yuan(),
            line.amount.yuan()
        ),
        Rule::WindowCap { cap } => {
            format!("capped at {} yuan for these hours: less {} yuan", cap.yuan(), reduction(line))
        }
        Rule::DayCap { cap } => {
            format!("capped at {} yuan for the day: less {} yuan", cap.yuan(), reduction(line))
        }
    }
}

fn reduction(line: &Line) -> String {
    vocabulary::Fen::ZERO.minus(line.amount).unwrap_or(line.amount).yuan()
}
