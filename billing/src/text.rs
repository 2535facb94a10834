//! The words of a bill's line, Chinese and English, made when somebody reads it.
//!
//! Times are shown on the wall clock of the tariff's zone, to the minute, or to the second where
//! seconds matter.

use chrono::{DateTime, TimeZone, Timelike};
use chrono_tz::Tz;
use vocabulary::{Interval, Timestamp};

use crate::amount::Price;
use crate::bill::{Line, Rule};
use crate::tariff::{Period, Tariff};

/// Language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

/// One line: when, why, and the arithmetic; `version` is that of its bill.
#[must_use]
pub fn line_text(line: &Line, tariff: &Tariff, version: u32, language: Language) -> String {
    let when = interval_text(line.interval, tariff.time_zone);
    format!("{when} {}", why_text(line, tariff, version, language))
}

/// The same without the time.
pub(crate) fn why_text(line: &Line, tariff: &Tariff, version: u32, language: Language) -> String {
    match language {
        Language::Chinese => chinese(line, tariff, version),
        Language::English => english(line, tariff, version),
    }
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

/// The currency in words: `元` and `yuan`, or the ISO code.
pub(crate) fn currency(tariff: &Tariff, language: Language) -> &str {
    match (tariff.currency.as_str(), language) {
        ("CNY", Language::Chinese) => "元",
        ("CNY", Language::English) => "yuan",
        (code, _) => code,
    }
}

/// What a window is called, with the quotation marks of the language; nothing where it has no name.
pub(crate) fn window_name(tariff: &Tariff, version: u32, window: usize) -> Option<&str> {
    tariff.version(version)?.windows.get(window).map(String::as_str).filter(|name| !name.is_empty())
}

fn chinese(line: &Line, tariff: &Tariff, version: u32) -> String {
    let yuan = currency(tariff, Language::Chinese);
    let amount = line.amount.yuan();
    match line.rule {
        Rule::FreeMinutes => "免费时长内，不收费".to_owned(),
        Rule::FreeWindow { .. } => "免费时段，不收费".to_owned(),
        Rule::NotPermitted { .. } => "禁停时段，不得停放，不收停车费".to_owned(),
        Rule::Doubt => "车位检测数据存疑，不收费、不计时".to_owned(),
        Rule::Pass { .. } => "包期停车证覆盖，不另收费".to_owned(),
        Rule::GraceToLeave => "缴费后离场宽限时间，不收费".to_owned(),
        Rule::BeyondLimit => "超过限时停放时长，不按停车收费".to_owned(),
        Rule::Exempt => "免收车辆，不收费".to_owned(),
        Rule::Exemption { .. } => "依法或依规免费，不收费、不计时".to_owned(),
        Rule::Tier { tier, .. } if line.units == 0 => {
            format!("计时收费第{tier}档：计费单位已计入前段或未满，0.00{yuan}")
        }
        Rule::Tier { unit_minutes: 0, window, .. } => {
            let name = window_name(tariff, version, window).unwrap_or("本次停车");
            format!("按次收费（{name}）：{amount}{yuan}")
        }
        Rule::Tier { tier, unit_minutes, .. } => {
            let price = line.unit_price.text();
            let units = units(line);
            format!(
                "计时收费第{tier}档：{units}个单位（每{unit_minutes}分钟）× {price}{yuan} = {amount}{yuan}"
            )
        }
        Rule::Cap { per, most, .. } => {
            let what = match per {
                Period::Window => "时段",
                Period::Day => "当日",
                Period::Stay | Period::Vehicle => "单次停车",
                Period::Rolling24h => "24小时",
                Period::Month => "当月",
            };
            format!("{what}封顶{}{yuan}，减{}{yuan}", most.yuan(), reduction(line))
        }
        Rule::Bays { bays } => format!("占用{bays}个泊位，每泊位计费：加{amount}{yuan}"),
        Rule::Factor { factor, millionths } => {
            let name = factor_name(tariff, version, factor);
            format!("{name}（× {}）：{amount}{yuan}", Price(millionths).text())
        }
        Rule::BilledBefore => format!("已随前次停车计费，减{}{yuan}", reduction(line)),
        Rule::Rounding => format!("取整：{amount}{yuan}"),
        Rule::Coupon { .. } => format!("优惠券抵扣，减{}{yuan}", reduction(line)),
    }
}

fn english(line: &Line, tariff: &Tariff, version: u32) -> String {
    let yuan = currency(tariff, Language::English);
    let amount = line.amount.yuan();
    match line.rule {
        Rule::FreeMinutes => "within the free minutes, no charge".to_owned(),
        Rule::FreeWindow { .. } => "free hours, no charge".to_owned(),
        Rule::NotPermitted { .. } => "parking not permitted in these hours, no fee".to_owned(),
        Rule::Doubt => "sensor data in doubt: not charged, time not counted".to_owned(),
        Rule::Pass { .. } => "covered by a pass, no charge".to_owned(),
        Rule::GraceToLeave => "time to leave after paying, no charge".to_owned(),
        Rule::BeyondLimit => "beyond the time limit, not sold: no fee".to_owned(),
        Rule::Exempt => "exempt vehicle, no charge".to_owned(),
        Rule::Exemption { .. } => {
            "exempt by law or decree: not charged, time not counted".to_owned()
        }
        Rule::Tier { tier, .. } if line.units == 0 => {
            format!("tier {tier}: unit already counted or not complete, 0.00 {yuan}")
        }
        Rule::Tier { unit_minutes: 0, window, .. } => {
            let name = window_name(tariff, version, window).unwrap_or("visit");
            format!("flat price ({name}): {amount} {yuan}")
        }
        Rule::Tier { tier, unit_minutes, .. } => {
            let (price, units) = (line.unit_price.text(), units(line));
            format!("tier {tier}: {units} × {unit_minutes} min at {price} {yuan} = {amount} {yuan}")
        }
        Rule::Cap { per, most, .. } => {
            let what = match per {
                Period::Window => "these hours",
                Period::Day => "the day",
                Period::Stay | Period::Vehicle => "the stay",
                Period::Rolling24h => "24 hours",
                Period::Month => "the month",
            };
            let (most, less) = (most.yuan(), reduction(line));
            format!("capped at {most} {yuan} for {what}: less {less} {yuan}")
        }
        Rule::Bays { bays } => format!("{bays} bays, each pays: {amount} {yuan} more"),
        Rule::Factor { factor, millionths } => {
            let name = factor_name(tariff, version, factor);
            format!("{name} (× {}): {amount} {yuan}", Price(millionths).text())
        }
        Rule::BilledBefore => {
            format!("billed with the visit before: less {} {yuan}", reduction(line))
        }
        Rule::Rounding => format!("rounding: {amount} {yuan}"),
        Rule::Coupon { .. } => format!("coupon: less {} {yuan}", reduction(line)),
    }
}

pub(crate) fn factor_name(tariff: &Tariff, version: u32, factor: usize) -> &str {
    let names = tariff.version(version).map(|v| v.factors.as_slice()).unwrap_or_default();
    names.get(factor).map_or("", String::as_str)
}

/// `3`, or `37/60` where the price is for 60 of them.
pub(crate) fn units(line: &Line) -> String {
    if line.parts == 1 {
        return line.units.to_string();
    }
    // Milliseconds of a unit are shown as seconds.
    let both =
        |by: i64| line.units.checked_rem(by) == Some(0) && line.parts.checked_rem(by) == Some(0);
    let by = if both(60_000) {
        60_000
    } else if both(1_000) {
        1_000
    } else {
        1
    };
    let of = |number: i64| number.checked_div(by).unwrap_or(number);
    format!("{}/{}", of(line.units), of(line.parts))
}

fn reduction(line: &Line) -> String {
    vocabulary::Fen::ZERO.minus(line.amount).unwrap_or(line.amount).yuan()
}
