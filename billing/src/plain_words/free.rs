//! Free minutes in words.

use super::clock::windows_named;
use super::names::length;
use super::{Both, Says, Sentence, Topic};
use crate::tariff::{AtTheEnd, EarlierVisits, FreeRule, Period, PlanWindow, WhenExceeded};

pub(super) fn free_minutes(says: Says<'_>) -> Vec<Sentence> {
    says.plan.free.iter().map(|rule| sentence(says, rule)).collect()
}

fn sentence(says: Says<'_>, rule: &FreeRule) -> Sentence {
    let mut text = main(rule);
    for clause in [counted(says, rule), given(says, rule), earlier(rule), beyond(rule)] {
        let Some(clause) = clause else { continue };
        text.chinese.push_str(&format!("；{}", clause.chinese));
        text.english.push_str(&format!("; {}", clause.english));
    }
    let (chinese, english) = (format!("{}。", text.chinese), format!("{}.", text.english));
    Sentence::new(Topic::Free, "free_minutes", chinese, english)
}

fn main(rule: &FreeRule) -> Both {
    let free = length(rule.length_ms);
    let (zh, en) = (free.chinese, free.english);
    match (rule.when_exceeded, rule.at_the_end) {
        (WhenExceeded::Deducted, _) => Both::new(
            format!("前{zh}免费，从收费时长中扣除"),
            format!("Free: the first {en}, taken off longer stays"),
        ),
        (WhenExceeded::Lost, AtTheEnd::Included) => Both::new(
            format!("停车不超过{zh}（含）免费，超过的从停车开始起计费"),
            format!("Up to and including {en} free; longer stays pay from their start"),
        ),
        (WhenExceeded::Lost, AtTheEnd::Excluded) => Both::new(
            format!("停车不满{zh}免费，满{zh}的从停车开始起计费"),
            format!("Less than {en} free; stays of {en} or more pay from their start"),
        ),
    }
}

/// Which time counts: said where not all time is charged, or not all charged time counts.
fn counted(says: Says<'_>, rule: &FreeRule) -> Option<Both> {
    let counts = |window: &PlanWindow| {
        let place = says.plan.windows.iter().position(|w| w.index == window.index);
        place.and_then(|place| rule.windows.get(place)).is_some_and(|counts| *counts)
    };
    let windows = says.windows();
    let (free, paid): (Vec<&PlanWindow>, Vec<&PlanWindow>) =
        windows.into_iter().partition(|w| w.ladder.is_none());
    let all_paid = paid.iter().all(|w| counts(w));
    if free.is_empty() && all_paid {
        return None;
    }
    let none_free = !free.iter().any(|w| counts(w));
    if all_paid && none_free {
        return Some(Both::new(
            "只计收费时段内的时间",
            "only time in charging hours counts towards them",
        ));
    }
    if all_paid && free.iter().all(|w| counts(w)) {
        return Some(Both::new(
            "免费时段的时间也计入",
            "time in free hours counts towards them, too",
        ));
    }
    let own: Vec<usize> = free.iter().chain(&paid).filter(|w| counts(w)).map(|w| w.index).collect();
    let named = windows_named(says, &own);
    Some(Both::new(format!("只用于{}", named.chinese), format!("only for {}", named.english)))
}

fn given(says: Says<'_>, rule: &FreeRule) -> Option<Both> {
    Some(match rule.counted_per {
        Period::Stay => Both::new("每次停车一次", "once for each stay"),
        Period::Window => Both::new("每个收费时段一次", "once in each stretch of charging hours"),
        Period::Day => {
            let day = super::terms::day(says);
            Both::new(format!("{}一次", day.chinese), format!("once {}", day.english))
        }
        Period::Rolling24h => Both::new("每24小时一次", "once in 24 hours"),
        Period::Month => Both::new("每月一次", "once a month"),
        Period::Vehicle => Both::new("每辆车一次", "once for a vehicle"),
    })
}

fn earlier(rule: &FreeRule) -> Option<Both> {
    match rule.earlier_visits {
        EarlierVisits::Ignored if rule.counted_per == Period::Stay => None,
        EarlierVisits::Ignored => {
            Some(Both::new("每次停车分别计算", "each visit is counted by itself"))
        }
        EarlierVisits::Once => Some(Both::new(
            "此期间内再次停车的不再享有",
            "not for a further visit in the same period",
        )),
        EarlierVisits::Shared => Some(Both::new(
            "同一车辆此期间内多次停车合并使用",
            "shared by all visits of a vehicle in the same period",
        )),
    }
}

fn beyond(rule: &FreeRule) -> Option<Both> {
    let limit = length(rule.none_beyond_ms?);
    Some(Both::new(
        format!("停车超过{}的不享有", limit.chinese),
        format!("none for stays of more than {}", limit.english),
    ))
}
