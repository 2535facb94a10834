//! Rules that never apply.

use std::collections::BTreeSet;

use super::probe::Probed;
use super::{At, Code, Finding, names};
use crate::plain_words::Both;
use crate::tariff::{DayType, Plan, WrittenFree};

pub(super) fn findings(
    at: &At<'_>,
    probed: &[Probed<'_>],
    written: &[WrittenFree],
) -> Vec<Finding> {
    // Where the calendar knows no day of the version, nothing can be said of its windows.
    let known = probed.iter().any(|p| !p.windows.is_empty());
    let mut findings = if known { windows(at, probed) } else { Vec::new() };
    // What no stay could be priced with cannot be said to be unreachable.
    if probed.iter().any(|p| p.priced) {
        findings.extend(tiers(at, probed));
        findings.extend(caps(at, probed));
    }
    findings.extend(free_minutes(at, written));
    findings.extend(factors(at));
    findings
}

fn windows(at: &At<'_>, probed: &[Probed<'_>]) -> Vec<Finding> {
    let reached = |index: usize| probed.iter().any(|p| p.windows.contains(&index));
    // An `otherwise` that is not needed is a safeguard.
    let named = 0..at.version.windows.len();
    named.filter(|index| !reached(*index)).map(|index| window(at, index)).collect()
}

fn window(at: &At<'_>, index: usize) -> Finding {
    let name = names::window(at, index);
    let unknown = unknown_holidays(at, index);
    let (text, advice) = if unknown.is_empty() {
        (
            Both::new(
                format!("时段“{name}”从不适用：前面的时段已占去其全部时间，或其日期不在有效期内。"),
                format!(
                    "The window {name} never holds: windows above it take all its time, or its days \
                     lie outside the validity."
                ),
            ),
            Both::new("把它移到前面，或删去。", "Move it above the others, or take it out."),
        )
    } else {
        let (calendar, holidays) =
            (at.tariff.calendar.as_deref().unwrap_or_default(), unknown.join("、"));
        (
            Both::new(
                format!(
                    "时段“{name}”从不适用：有效期内日历“{calendar}”没有名为“{holidays}”的节假日。"
                ),
                format!(
                    "The window {name} never holds: the calendar {calendar} knows no holiday \
                     {holidays} within the validity."
                ),
            ),
            Both::new("按日历文件改正名称。", "Write the name as the calendar has it."),
        )
    };
    at.finding(Code::WindowUnreachable, &format!("windows[{index}]"), text, advice)
}

/// Holidays that a window names and the calendar never has, if those are all its days.
fn unknown_holidays(at: &At<'_>, index: usize) -> Vec<String> {
    let calendar = at.tariff.calendar.as_ref().and_then(|name| at.calendars.get(name));
    let mut windows = at.version.plans.iter().flat_map(|p| &p.windows);
    let Some(window) = windows.find(|w| w.index == index) else { return Vec::new() };
    let names = window.days.days.iter().filter_map(|day| match day {
        DayType::Named(name) => Some(name.clone()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let all_named = names.len() == window.days.days.len();
    let unknown = |name: &String| calendar.is_some_and(|c| !c.has_holiday(name));
    if all_named { names.into_iter().filter(unknown).collect() } else { Vec::new() }
}

fn tiers(at: &At<'_>, probed: &[Probed<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let seen = |window: usize, tier: u32| probed.iter().any(|p| p.tiers.contains(&(window, tier)));
    let reached = |window: usize| probed.iter().any(|p| p.windows.contains(&window));
    for index in 0..=at.version.windows.len() {
        let windows = || at.version.plans.iter().flat_map(|p| &p.windows);
        let ladder = windows().find(|w| w.index == index && w.ladder.is_some());
        let Some(ladder) = ladder.and_then(|w| w.ladder.as_ref()).filter(|_| reached(index)) else {
            continue;
        };
        let numbers = (1_u32..).zip(&ladder.tiers).map(|(number, _)| number);
        for number in numbers.filter(|number| !seen(index, *number)) {
            let name = names::window(at, index);
            let path = match index < at.version.windows.len() {
                true => format!("windows[{index}].charge[{}]", number.saturating_sub(1)),
                false => format!("otherwise[{}]", number.saturating_sub(1)),
            };
            let text = Both::new(
                format!("时段“{name}”的第{number}档从未用到：计时在此之前已结束或重新开始。"),
                format!(
                    "Tier {number} of {name} is never come to: counting ends or starts anew before it."
                ),
            );
            let advice = Both::new(
                "核对各档的时长和 elapsed.restarts。",
                "Check the lengths of the tiers, and elapsed.restarts.",
            );
            findings.push(at.finding(Code::TierUnreachable, &path, text, advice));
        }
    }
    findings
}

fn caps(at: &At<'_>, probed: &[Probed<'_>]) -> Vec<Finding> {
    let count = at.version.plans.iter().flat_map(|p| &p.caps).map(|cap| cap.index).max();
    let mut findings = Vec::new();
    for index in count.map_or(0..0, |last| 0..last.saturating_add(1)) {
        let has = |plan: &Plan| plan.caps.iter().any(|cap| cap.index == index);
        // A cap on windows that are not for a vehicle is not meant for it, but for somebody.
        let meant = probed.iter().any(|p| caps_something(p.plan, index));
        let idle: Vec<&Plan> = probed
            .iter()
            .filter(|p| has(p.plan) && p.priced && !p.caps.contains(&index))
            .filter(|p| !meant || caps_something(p.plan, index))
            .map(|p| p.plan)
            .collect();
        if !idle.is_empty() {
            findings.push(idle_cap(at, index, &idle));
        }
        let priced = |plan: &&Plan| plan.windows.iter().any(|w| w.ladder.is_some());
        let without: Vec<&Plan> =
            at.version.plans.iter().filter(|plan| !has(plan)).filter(priced).collect();
        if !without.is_empty() {
            findings.push(missing_cap(at, index, &without));
        }
    }
    findings
}

/// Whether a window that the cap counts costs something.
fn caps_something(plan: &Plan, index: usize) -> bool {
    let mut caps = plan.caps.iter().filter(|cap| cap.index == index);
    caps.any(|cap| {
        let mut counted = plan.windows.iter().filter(|w| cap.windows.contains(&w.index));
        counted.any(|window| window.ladder.is_some())
    })
}

fn idle_cap(at: &At<'_>, index: usize, plans: &[&Plan]) -> Finding {
    let who = names::list(plans);
    let amount = plans.first().and_then(|p| p.caps.iter().find(|c| c.index == index));
    let amount = names::fee(at, amount.map_or(vocabulary::Fen::ZERO, |cap| cap.amount));
    at.finding(
        Code::CapNeverBinds,
        &format!("caps[{index}]"),
        Both::new(
            format!(
                "封顶{}从不起作用（{}）：任何停车都到不了这个金额。",
                amount.chinese, who.chinese
            ),
            format!(
                "The cap of {} never lowers a fee ({}): no stay comes to it.",
                amount.english, who.english
            ),
        ),
        Both::new(
            "核对金额、per 和 windows；确不需要的删去。",
            "Check the amount, `per` and `windows`; take it out if it is not needed.",
        ),
    )
}

fn missing_cap(at: &At<'_>, index: usize, plans: &[&Plan]) -> Finding {
    let who = names::list(plans);
    at.finding(
        Code::CapMissingValue,
        &format!("caps[{index}]"),
        Both::new(
            format!("封顶没有写{}，这些车辆不封顶。", who.chinese),
            format!("The cap has no value for {}: they pay without limit.", who.english),
        ),
        Both::new("文件有规定的，补上金额。", "Add the amount if the decree has one."),
    )
}

fn free_minutes(at: &At<'_>, written: &[WrittenFree]) -> Vec<Finding> {
    let mut used = BTreeSet::new();
    for plan in &at.version.plans {
        used.extend(holding_free(plan, written));
    }
    let unused = (0..written.len()).filter(|index| !used.contains(index));
    let finding = |index: usize| {
        at.finding(
            Code::FreeMinutesUnreachable,
            &format!("free_minutes[{index}]"),
            Both::new(
                "这条免费时长从不适用：前面的规则已包括其全部车辆和路段。",
                "These free minutes never apply: rules above them speak of the same vehicles and \
                 streets.",
            ),
            Both::new(
                "把具体的规则写在一般的规则前面。",
                "Put the rule for some above the rule for all.",
            ),
        )
    };
    unused.map(finding).collect()
}

/// The rules that hold for a plan: each for windows that none before it named.
fn holding_free(plan: &Plan, written: &[WrittenFree]) -> Vec<usize> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut holding = Vec::new();
    for (index, rule) in written.iter().enumerate() {
        if !rule.names(&plan.vehicle, plan.street.as_deref()) {
            continue;
        }
        if rule.windows.is_empty() {
            holding.push(index);
            break;
        }
        let before = taken.len();
        taken.extend(rule.windows.iter().map(String::as_str));
        if taken.len() > before {
            holding.push(index);
        }
    }
    holding
}

fn factors(at: &At<'_>) -> Vec<Finding> {
    let all = || {
        let of_plan = |plan: &'_ Plan| [plan.factors.clone(), plan.price_factors.clone()].concat();
        at.version.plans.iter().flat_map(of_plan)
    };
    let idle = |index: &usize| all().any(|f| f.index == *index && f.millionths == 1_000_000);
    let finding = |index: usize| {
        let name = at.version.factors.get(index).map_or("", String::as_str);
        at.finding(
            Code::FactorWithoutEffect,
            &format!("factors[{index}].times"),
            Both::new(
                format!("系数“{name}”是1，不改变任何金额。"),
                format!("The factor {name} is 1 and changes nothing."),
            ),
            Both::new("核对系数。", "Check it."),
        )
    };
    (0..at.version.factors.len()).filter(idle).map(finding).collect()
}
