//! Caps, counting, factors, visits, passes and demand in words.

use super::clock::{join, time};
use super::names::{class_name, fen, length, money, plate};
use super::rates::{prices_meet, some_windows};
use super::{Both, Says, Sentence, Topic};
use crate::amount::Price;
use crate::tariff::{
    AcrossPrices, Bays, Cap, Classify, CountedIn, DayRule, DayType, Demand, Factor, Pass, Period,
    Restarts, RoundingMode, Tariff, UnknownYear, Unused, Version, VersionChange, Visits,
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

/// What is not the default: a tariff need not speak of time bought in advance at all.
fn prepaid(version: &Version) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut say = |path, zh, en| sentences.push(Sentence::new(Topic::Visit, path, zh, en));
    if version.prepaid.counted_in == CountedIn::AllWindows {
        say(
            "prepaid.counted_in",
            "预付的时间自停车起连续计算，免费时段也计入。",
            "Time bought in advance runs from arrival on, in free hours, too.",
        );
    }
    if version.prepaid.unused == Unused::Returned {
        say(
            "prepaid.unused",
            "预付后提前离开的，按实际停车时间收费。",
            "Who leaves before the end of time bought in advance pays for the stay only.",
        );
    }
    sentences
}

/// What working days are, and what holds in a year that the calendar does not know.
fn calendar(tariff: &Tariff, version: &Version) -> Vec<Sentence> {
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
    let (period, most) = (period(says, cap.per), fen(cap.amount, says.tariff));
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

/// Said where the clock of the tiers could be read in two ways.
fn counting(says: Says<'_>) -> Option<Sentence> {
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

fn across(says: Says<'_>) -> Option<Sentence> {
    let apart = says.plan.restarts == Restarts::EachWindow;
    if apart || !prices_meet(says) {
        return None;
    }
    let (zh, en) = match says.plan.across_prices {
        AcrossPrices::PriceAtStart => ("按其开始时的价格计", "costs the price at which it began"),
        AcrossPrices::LowerPrice => ("按其中较低的价格计", "costs the lower price"),
        AcrossPrices::Split => {
            ("按各时段所占时间分别计", "costs each price for the part of it that lies there")
        }
        AcrossPrices::NewUnit => {
            ("在时段交界处结束，另起一个计费单位", "ends at the border, where a new unit begins")
        }
    };
    Some(Sentence::new(
        Topic::Counting,
        "elapsed.across_prices",
        format!("一个计费单位跨不同价格时段的，{zh}。"),
        format!("A unit that runs from one price into another {en}."),
    ))
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

fn visits(says: Says<'_>) -> Vec<Sentence> {
    let plan = says.plan;
    let mut sentences = Vec::new();
    let mut say = |path: &str, zh: String, en: String| {
        sentences.push(Sentence::new(Topic::Visit, path, zh, en));
    };
    if plan.returns_within_ms > 0 {
        let within = length(plan.returns_within_ms);
        say(
            "returns_within_minutes",
            format!("离开后{}内返回的，与前次停车连续计算。", within.chinese),
            format!("Who comes back within {} continues the stay.", within.english),
        );
    }
    if plan.grace_to_leave_ms > 0 {
        let grace = length(plan.grace_to_leave_ms);
        say(
            "grace_to_leave_minutes",
            format!("缴费后{}内离开的，不再收费。", grace.chinese),
            format!("Who leaves within {} of paying pays nothing more.", grace.english),
        );
    }
    if let Some(limit) = plan.time_limit {
        let (most, free) = (length(limit.length_ms), says.has_free_windows());
        let (zh, en) = match (free, limit.counted_in) {
            (false, _) => ("", ""),
            (true, CountedIn::PaidWindows) => ("（只计收费时段）", " (charging hours only)"),
            (true, CountedIn::AllWindows) => ("（含免费时段）", " (free hours included)"),
        };
        say(
            "time_limit",
            format!("限时停放{}{zh}。", most.chinese),
            format!("Parking is limited to {}{en}.", most.english),
        );
    }
    sentences
}

fn pass(says: Says<'_>, index: usize, pass: &Pass) -> Option<Sentence> {
    let plan = says.plan;
    let vehicle = plan.vehicle.as_str();
    let price = pass.prices.iter().find(|p| p.vehicle == vehicle && p.street == plan.street);
    if price.is_none() && !pass.prices.is_empty() {
        return None;
    }
    let price = price.map_or(Both::new("", ""), |p| {
        let price = fen(p.price, says.tariff);
        Both::new(format!("{}，", price.chinese), format!("{}; ", price.english))
    });
    let windows = match pass.windows.as_slice() {
        [] => None,
        indices => some_windows(says, indices),
    };
    let (zh, en) = match windows {
        None => ("停车不另收费".to_owned(), "parking costs nothing more".to_owned()),
        Some(windows) => (
            format!("{}停车不另收费", windows.chinese),
            format!("parking costs nothing more: {}", windows.english),
        ),
    };
    Some(Sentence::new(
        Topic::Pass,
        format!("passes[{index}]"),
        format!("{}：{}{zh}。", pass.name, price.chinese),
        format!("{}: {}{en}.", pass.name, price.english),
    ))
}

fn demand(says: Says<'_>, demand: &Demand) -> Sentence {
    let of = |price| money(price, says.tariff);
    let (step, lowest, highest) = (of(demand.step), of(demand.lowest), of(demand.highest));
    let mut below = 0;
    let mut bands = Vec::new();
    for band in &demand.bands {
        let (zh, en) = match band.below_percent {
            Some(end) => (format!("{below}%至不足{end}%"), format!("{below} to under {end} %")),
            None => (format!("{below}%及以上"), format!("{below} % or more")),
        };
        below = band.below_percent.unwrap_or(below);
        let count = band.steps.unsigned_abs();
        bands.push(match band.steps.signum() {
            0 => Both::new(format!("{zh}不变"), format!("{en}: no change")),
            1 => Both::new(format!("{zh}上调{count}档"), format!("{en}: {count} up")),
            _ => Both::new(format!("{zh}下调{count}档"), format!("{en}: {count} down")),
        });
    }
    let bands = join(&bands);
    let days = demand.least_days_between_changes;
    Sentence::new(
        Topic::Demand,
        "demand",
        format!(
            "单价随泊位占用率调整：{}；每档{}，单价不低于{}、不高于{}；两次调整至少间隔{days}天；\
             按停车开始时公示的价格计费。",
            bands.chinese, step.chinese, lowest.chinese, highest.chinese
        ),
        format!(
            "Unit prices follow occupancy: {}; a step is {}, prices stay between {} and {}; at least \
             {days} days between changes; the price displayed at arrival holds.",
            bands.english, step.english, lowest.english, highest.english
        ),
    )
}

/// `黄牌、20座及以上的车辆按大型车计费。`
fn classify(index: usize, rule: &Classify) -> Sentence {
    let plates: Vec<Both> = rule.plates.iter().map(|colour| plate(*colour)).collect();
    let mut conditions = Vec::new();
    if !plates.is_empty() {
        let either = join(&plates);
        conditions.push(Both::new(
            either.chinese.replace('、', "或"),
            either.english.replace(", ", " or "),
        ));
    }
    let counts = [
        (rule.seats_from, "座及以上", "seats or more"),
        (rule.seats_to, "座及以下", "seats or fewer"),
        (rule.bays_from, "个及以上泊位", "or more bays"),
    ];
    for (count, zh, en) in counts {
        conditions.extend(count.map(|n| Both::new(format!("{n}{zh}"), format!("{n} {en}"))));
    }
    let (who, class) = (join(&conditions), class_name(&rule.class));
    let (zh, en) = match conditions.is_empty() {
        true => ("其他车辆".to_owned(), "Other vehicles".to_owned()),
        false => (format!("{}的车辆", who.chinese), format!("Vehicles with {}", who.english)),
    };
    Sentence::new(
        Topic::Vehicle,
        format!("classify[{index}]"),
        format!("{zh}归为{}。", class.chinese),
        format!("{en} count as: {}.", super::clock::lower_first(&class.english)),
    )
}
