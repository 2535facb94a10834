//! What stands around the prices: authority, documents, days, calendars.

use chrono::{Datelike, NaiveDate};

use super::{At, Code, Finding};
use crate::calendar::Calendars;
use crate::plain_words::Both;
use crate::tariff::{DayRule, DayType, Tariff, UnknownYear, Version};

/// Words that stand for something nobody has looked up.
const PLACEHOLDERS: [&str; 14] = [
    "未核实",
    "未核对",
    "待核实",
    "待定",
    "待补",
    "不详",
    "未知",
    "unverified",
    "not verified",
    "unknown",
    "tbd",
    "to do",
    "n/a",
    "???",
];

/// How many years beyond today a tariff without end is looked at: none but the next.
const YEARS_AHEAD: i32 = 1;

pub(super) fn findings(tariff: &Tariff, calendars: &Calendars, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Vec::new();
    if tariff.sources.iter().all(|source| source.trim().is_empty()) {
        findings.push(of_head(
            Code::SourceMissing,
            "id",
            Both::new("没有写明出处（sources）。", "No source is named (`sources`)."),
            Both::new("写明收费文件的名称和网址。", "Name the decree and where it was read."),
        ));
    }
    for (number, version) in tariff.versions.iter().enumerate() {
        let at = At { tariff, version, calendars, today, path: format!("versions[{number}]") };
        findings.extend(fields(&at));
        findings.extend(years(&at));
        if let Some(before) = number.checked_sub(1).and_then(|i| tariff.versions.get(i)) {
            findings.extend(after(&at, before));
        }
    }
    findings.extend(expired(tariff, calendars, today));
    findings
}

fn of_head(code: Code, path: &str, text: Both, advice: Both) -> Finding {
    let (severity, path) = (code.severity(), path.to_owned());
    Finding { code, severity, place: None, path, text, advice }
}

fn fields(at: &At<'_>) -> Vec<Finding> {
    let version = at.version;
    let fields = [
        ("authority", "批准机关", "authority", &version.authority),
        ("document", "批准文号", "document", &version.document),
        ("superior_rule", "上级依据", "superior rule", &version.superior_rule),
        ("sign_version", "公示牌版本", "sign version", &version.sign_version),
    ];
    let doubtful = fields.into_iter().filter(|(.., value)| is_placeholder(value));
    let finding = |(key, zh, en, value): (&str, &str, &str, &String)| {
        at.finding(
            Code::FieldUnverified,
            key,
            Both::new(
                format!("{zh}写作“{value}”，没有核实。"),
                format!("The {en} is given as \"{value}\": it was not verified."),
            ),
            Both::new("按批准文件核对后填写。", "Look it up in the decree and fill it in."),
        )
    };
    doubtful.map(finding).collect()
}

fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    let nothing = ["无", "none", "-", "—", "?", "？", "x"].contains(&value.as_str());
    nothing || PLACEHOLDERS.iter().any(|word| value.contains(word))
}

fn after(at: &At<'_>, before: &Version) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (from, number) = (at.version.valid_from, before.number);
    if let Some(end) = before.valid_to.filter(|end| *end < from) {
        let last = from.pred_opt().unwrap_or(from);
        findings.push(at.finding(
            Code::VersionsGap,
            "valid_from",
            Both::new(
                format!("{end}至{last}没有有效版本：第{number}版已结束，本版尚未开始。"),
                format!(
                    "No version holds from {end} to {last}: version {number} has ended by then."
                ),
            ),
            Both::new(
                "核对两版的日期；这些天不能收费。",
                "Check the dates of both; nothing can be charged on these days.",
            ),
        ));
    }
    if before.sign_version == at.version.sign_version {
        findings.push(at.finding(
            Code::SignVersionRepeated,
            "sign_version",
            Both::new(
                format!("公示牌版本与第{number}版相同，收费却已变更。"),
                format!("The sign version is that of version {number}, though the tariff changed."),
            ),
            Both::new("换发公示牌并写新的版本。", "Print new signs and give their version."),
        ));
    }
    findings
}

fn expired(tariff: &Tariff, calendars: &Calendars, today: NaiveDate) -> Option<Finding> {
    let version = tariff.versions.last()?;
    let end = version.valid_to.filter(|end| *end <= today)?;
    let number = tariff.versions.len().saturating_sub(1);
    let at = At { tariff, version, calendars, today, path: format!("versions[{number}]") };
    Some(at.finding(
        Code::Expired,
        "valid_to",
        Both::new(
            format!("收费标准自{end}起不再有效，今日（{today}）没有有效版本。"),
            format!("The tariff no longer holds from {end} on; today ({today}) has no version."),
        ),
        Both::new(
            "有新文件的，增加一个版本；没有的，不能收费。",
            "Add a version if there is a new decree; without one nothing may be charged.",
        ),
    ))
}

/// Years of the version that its calendar does not know.
fn years(at: &At<'_>) -> Option<Finding> {
    let windows = at.version.plans.iter().flat_map(|plan| &plan.windows);
    let rules: Vec<&DayRule> = windows.map(|window| &window.days).collect();
    let needed = rules.iter().any(|rule| rule.needs_calendar());
    let types = rules.iter().flat_map(|rule| rule.days.iter().chain(&rule.except));
    let statutory = types.into_iter().any(|day| *day == DayType::Statutory);
    let name = at.tariff.calendar.as_deref().filter(|_| needed)?;
    let Some(calendar) = at.calendars.get(name) else {
        let text = Both::new(
            format!("没有名为“{name}”的日历。"),
            format!("There is no calendar called {name}."),
        );
        let advice = Both::new(
            "改正名称，或用 --calendars 指定日历文件夹。",
            "Correct the name, or give the folder of calendars with --calendars.",
        );
        return Some(of_head(Code::CalendarUnknown, "calendar", text, advice));
    };
    let last_day = at.version.valid_to.and_then(|day| day.pred_opt());
    let open_end = at.today.year().saturating_add(YEARS_AHEAD).max(at.version.valid_from.year());
    let last = last_day.map_or(open_end, |day| day.year());
    let unknown: Vec<String> = (at.version.valid_from.year()..=last)
        .filter(|year| !calendar.knows(*year) || statutory && !calendar.knows_statutory(*year))
        .map(|year| year.to_string())
        .collect();
    if unknown.is_empty() {
        return None;
    }
    let (zh, en) = match at.tariff.unknown_year {
        UnknownYear::Refuse => ("这些年份的停车无法计费", "stays in these years cannot be priced"),
        UnknownYear::FollowTheWeek => {
            ("这些年份只按周六、周日计休息日", "in these years only Saturdays and Sundays are off")
        }
    };
    Some(at.finding(
        Code::YearUnknown,
        "valid_from",
        Both::new(
            format!("日历“{name}”没有{}年：{zh}。", unknown.join("、")),
            format!("The calendar {name} does not know {}: {en}.", unknown.join(", ")),
        ),
        Both::new(
            "补充日历文件（国务院通常在上年11月公布）。",
            "Complete the calendar file when the year is announced.",
        ),
    ))
}
