//! How time is counted, in words.

use super::names::length;
use super::rates::prices_meet;
use super::terms::day;
use super::{Both, Says, Sentence, Topic};
use crate::tariff::{
    AcrossPrices, CountedIn, DayRule, DayType, Restarts, Tariff, UnknownYear, Version,
};

/// Said where the clock of the tiers could be read in two ways.
pub(super) fn counting(says: Says<'_>) -> Option<Sentence> {
    let plan = says.plan;
    let windows = says.windows();
    let ladders = || windows.iter().filter_map(|w| w.ladder.as_ref());
    let has_free = says.has_free_windows();
    let many_tiers = ladders().any(|ladder| ladder.tiers.len() > 1 || ladder.cycle_ms.is_some());
    if ladders().count() == 0 || (!many_tiers && !has_free && plan.restarts == Restarts::Never) {
        return None;
    }
    let restart = match plan.restarts {
        Restarts::Never => Both::new("一次停车的时长连续累计", "The time of a stay adds up"),
        Restarts::EachWindow => {
            Both::new("每个收费时段重新计时", "Each stretch of charging hours starts counting anew")
        }
        Restarts::EachDay => {
            let day = day(says);
            Both::new(
                format!("{}重新计时", day.chinese),
                format!("Counting starts anew {}", day.english),
            )
        }
        Restarts::EachRolling24h => Both::new(
            "自停车起每24小时重新计时",
            "Counting starts anew every 24 hours from arrival",
        ),
        Restarts::AfterFree => {
            Both::new("免费时段之后重新计时", "Counting starts anew after free hours")
        }
    };
    let free = match (has_free, plan.counted_in) {
        (false, _) => Both::new("", ""),
        (true, CountedIn::PaidWindows) => {
            Both::new("，免费时段不计时", "; free hours are not counted")
        }
        (true, CountedIn::AllWindows) => {
            Both::new("，免费时段照常计时", "; free hours are counted, too")
        }
    };
    Some(Sentence::new(
        Topic::Counting,
        "elapsed",
        format!("{}{}。", restart.chinese, free.chinese),
        format!("{}{}.", restart.english, free.english),
    ))
}

/// What a unit costs that runs from one price into another, where it can.
pub(super) fn across(says: Says<'_>) -> Vec<Sentence> {
    let apart = says.plan.restarts == Restarts::EachWindow;
    if apart || !prices_meet(says) {
        return Vec::new();
    }
    let short = says.plan.short_stay.map(|(most_ms, choice)| {
        let (most, (zh, en)) = (length(most_ms), across_words(choice));
        Sentence::new(
            Topic::Counting,
            "elapsed.short_stay",
            format!("停车不超过{}的，一个计费单位跨不同价格时段，{zh}。", most.chinese),
            format!("In stays of up to {}, a unit across two prices {en}.", most.english),
        )
    });
    let (zh, en) = across_words(says.plan.across_prices);
    let all = Sentence::new(
        Topic::Counting,
        "elapsed.across_prices",
        format!("一个计费单位跨不同价格时段的，{zh}。"),
        format!("A unit that runs from one price into another {en}."),
    );
    short.into_iter().chain([all]).collect()
}

fn across_words(choice: AcrossPrices) -> (&'static str, &'static str) {
    match choice {
        AcrossPrices::PriceAtStart => ("按其开始时的价格计", "costs the price at which it began"),
        AcrossPrices::LowerPrice => ("按其中较低的价格计", "costs the lower price"),
        AcrossPrices::Split => {
            ("按各时段所占时间分别计", "costs each price for the part of it that lies there")
        }
        AcrossPrices::NewUnit => {
            ("在时段交界处结束，另起一个计费单位", "ends at the border, where a new unit begins")
        }
    }
}

/// What working days are, and what holds in a year that the calendar does not know.
pub(super) fn calendar(tariff: &Tariff, version: &Version) -> Vec<Sentence> {
    let rules = || version.plans.iter().flat_map(|plan| &plan.windows).map(|w| &w.days);
    let names = |wanted: &[DayType]| {
        rules().any(|rule| rule.days.iter().chain(&rule.except).any(|d| wanted.contains(d)))
    };
    let mut sentences = Vec::new();
    if names(&[DayType::Workday, DayType::Offday]) {
        sentences.push(Sentence::new(
            Topic::Rate,
            "calendar",
            "工作日含调休上班日；休息日指周末和节假日，调休上班日除外。",
            "Days worked instead of others are working days; weekends and holidays are days off.",
        ));
    }
    if rules().any(DayRule::needs_calendar) && tariff.unknown_year == UnknownYear::FollowTheWeek {
        sentences.push(Sentence::new(
            Topic::Counting,
            "unknown_year",
            "节假日安排尚未公布的年份，周六、周日为休息日，其余为工作日。",
            "In a year whose holidays are not announced, Saturdays and Sundays are the days off.",
        ));
    }
    sentences
}
