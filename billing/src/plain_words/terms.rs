//! Caps, factors and the rounding of the sum in words, and the order of all terms.

use super::clock::time;
use super::counting::{across, calendar, counting};
use super::names::fen;
use super::rates::some_windows;
use super::vehicles::classify;
use super::visits::{demand, pass, prepaid, visits};
use super::{Both, Says, Sentence, Topic};
use crate::amount::Price;
use crate::tariff::{
    Bays, Cap, Factor, Period, Periods, RoundingMode, Tariff, Version, VersionChange, Visits,
};

/// What a plan says beside its rates and free minutes.
pub(super) fn of_plan(says: Says<'_>) -> Vec<Sentence> {
    let plan = says.plan;
    let counts = |cap: &&Cap| {
        let mut counted = plan.windows.iter().filter(|w| cap.windows.contains(&w.index));
        counted.any(|window| window.ladder.is_some())
    };
    let mut sentences: Vec<Sentence> =
        plan.caps.iter().filter(counts).map(|cap| cap_text(says, cap)).collect();
    sentences.extend(counting(says));
    sentences.extend(across(says));
    sentences.extend(factors(says));
    if plan.bays == Bays::EachPays {
        let (zh, en) =
            ("占用多个泊位的，每个泊位分别收费。", "Each bay that a vehicle occupies pays.");
        sentences.push(Sentence::new(Topic::Sum, "bays", zh, en));
    }
    sentences.extend(rounding(says));
    sentences.extend(visits(says));
    sentences.extend(says.version.passes.iter().enumerate().filter_map(|(i, p)| pass(says, i, p)));
    if says.windows().iter().any(|w| w.by_demand && w.ladder.is_some()) {
        sentences.extend(says.version.demand.as_ref().map(|d| demand(says, d)));
    }
    sentences
}

/// What a version says of classes and changes, whoever the vehicle is.
pub(super) fn of_all(tariff: &Tariff, version: &Version) -> Vec<Sentence> {
    let rules = version.classify.iter().enumerate();
    let mut sentences: Vec<Sentence> = rules.map(|(i, rule)| classify(i, rule)).collect();
    if tariff.version_change == VersionChange::PricedApart {
        sentences.push(Sentence::new(
            Topic::Visit,
            "version_change",
            "停车期间收费标准变更的，变更前后分别按各自标准计费。",
            "If the tariff changes during a stay, each part is charged by its own tariff.",
        ));
    }
    sentences.extend(calendar(tariff, version));
    sentences.extend(prepaid(version));
    sentences
}

/// `每天`, and from when where the day does not begin at midnight.
pub(super) fn day(says: Says<'_>) -> Both {
    match says.plan.day_starts_ms {
        0 => Both::new("每天", "each day"),
        ms => {
            let at = time(ms);
            Both::new(format!("每天（{at}起算）"), format!("each day (from {at})"))
        }
    }
}

fn period(says: Says<'_>, per: Period) -> Both {
    match per {
        Period::Stay => Both::new("每次停车", "for a stay"),
        Period::Window => Both::new("每个时段", "for each stretch of charging hours"),
        Period::Day => day(says),
        Period::Rolling24h => Both::new("自停车起每24小时", "for every 24 hours from arrival"),
        Period::Month => Both::new("每月", "for a calendar month"),
        Period::Vehicle => Both::new("每辆车", "for a vehicle"),
    }
}

fn cap_text(says: Says<'_>, cap: &Cap) -> Sentence {
    let period = match cap.periods {
        Periods::All => period(says, cap.per),
        Periods::Complete => Both::new("自停车起每满24小时", "for each full 24 hours from arrival"),
    };
    let most = fen(cap.amount, says.tariff);
    let mut text = Both::new(
        format!("{}最高收费{}", period.chinese, most.chinese),
        format!("At most {} {}", most.english, period.english),
    );
    if let Some(windows) = some_windows(says, &cap.windows) {
        text.chinese.push_str(&format!("（仅{}）", windows.chinese));
        text.english.push_str(&format!(" ({} only)", windows.english));
    }
    if cap.visits == Visits::All {
        text.chinese.push_str("，同一车辆多次停车合并计算");
        text.english.push_str(", all visits of a vehicle together");
    }
    let (zh, en) = (format!("{}。", text.chinese), format!("{}.", text.english));
    Sentence::new(Topic::Cap, format!("caps[{}]", cap.index), zh, en)
}

fn factors(says: Says<'_>) -> Vec<Sentence> {
    let on_price =
        |factor: &Factor| factor_text(says, factor, "以上单价已", "included in the prices above:");
    let on_total = |factor: &Factor| factor_text(says, factor, "合计金额", "the sum");
    let mut sentences: Vec<Sentence> = says.plan.price_factors.iter().map(on_price).collect();
    sentences.extend(says.plan.factors.iter().map(on_total));
    sentences
}

fn factor_text(says: Says<'_>, factor: &Factor, zh: &str, en: &str) -> Sentence {
    let name = says.version.factors.get(factor.index).map_or("", String::as_str);
    let times = Price(factor.millionths).text();
    let times = times.trim_end_matches('0').trim_end_matches('.');
    let rounded = factor.rounded.map_or(Both::new("", ""), |(to, mode)| {
        let (to, (zh, en)) = (fen(to, says.tariff), rounding_words(mode));
        Both::new(format!("，以{}为单位{zh}", to.chinese), format!(", rounded {en} {}", to.english))
    });
    Sentence::new(
        Topic::Sum,
        format!("factors[{}]", factor.index),
        format!("{name}：{zh}乘以{times}{}。", rounded.chinese),
        format!("{name}: {en} × {times}{}.", rounded.english),
    )
}

fn rounding_words(mode: RoundingMode) -> (&'static str, &'static str) {
    match mode {
        RoundingMode::HalfUp => ("四舍五入", "to the nearest"),
        RoundingMode::Down => ("舍去零头", "down to a multiple of"),
        RoundingMode::Up => ("零头进位", "up to a multiple of"),
    }
}

fn rounding(says: Says<'_>) -> Option<Sentence> {
    let plan = says.plan;
    if plan.total_to.0 <= 1 && plan.total_rounding == RoundingMode::HalfUp {
        return None;
    }
    let to = fen(plan.total_to, says.tariff);
    let (zh, en) = rounding_words(plan.total_rounding);
    Some(Sentence::new(
        Topic::Sum,
        "total",
        format!("合计金额以{}为单位，{zh}。", to.chinese),
        format!("The sum is rounded {en} {}.", to.english),
    ))
}
