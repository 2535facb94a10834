//! Windows and tiers in words.

use super::clock::{heading, windows_named};
use super::names::{length, minutes, money};
use super::{Both, Says, Sentence, Topic};
use crate::tariff::{Ladder, PlanWindow, Tier, UnitEnd};

/// The path of the sentence that says that the first of several windows holds.
pub(super) const ORDER: &str = "windows";

/// A sentence for each window, in the order in which they hold.
pub(super) fn rates(says: Says<'_>) -> Vec<Sentence> {
    let windows = says.windows();
    let mut sentences: Vec<Sentence> = windows.iter().map(|window| rate(says, window)).collect();
    if order_matters(says) {
        sentences.push(Sentence::new(
            Topic::Rate,
            ORDER,
            "同一时间适用多条的，以排在前面的为准。",
            "Where several of these apply, the first one holds.",
        ));
    }
    sentences
}

/// Whether a window lies over a later one on some of its days.
fn order_matters(says: Says<'_>) -> bool {
    let named = says.version.windows.len();
    let windows: Vec<&PlanWindow> =
        says.windows().into_iter().filter(|w| w.index < named).collect();
    windows.iter().enumerate().any(|(i, one)| {
        let later = windows.get(i.saturating_add(1)..).unwrap_or_default();
        later.iter().any(|other| one.days.may_meet(&other.days) && times_meet(one, other))
    })
}

/// The stretches of a day that a window covers.
pub(super) fn parts(window: &PlanWindow) -> Vec<(i64, i64)> {
    match window.across_midnight() {
        true => vec![(window.from_ms, crate::tariff::DAY_MS), (0, window.to_ms)],
        false => vec![(window.from_ms, window.to_ms)],
    }
}

fn times_meet(one: &PlanWindow, other: &PlanWindow) -> bool {
    let others = parts(other);
    parts(one).iter().any(|(from, to)| others.iter().any(|(f, t)| f < to && from < t))
}

fn rate(says: Says<'_>, window: &PlanWindow) -> Sentence {
    let heading = heading(says, window);
    let path = match window.index < says.version.windows.len() {
        true => format!("windows[{}].charge", window.index),
        false => "otherwise".to_owned(),
    };
    let Some(ladder) = &window.ladder else {
        if window.not_permitted {
            let chinese = format!("{}：禁止停车。", heading.chinese);
            let english = format!("{}: no parking.", heading.english);
            return Sentence::new(Topic::Rate, path, chinese, english);
        }
        let chinese = format!("{}：免费。", heading.chinese);
        return Sentence::new(Topic::Rate, path, chinese, format!("{}: free.", heading.english));
    };
    let text = tiers(says, ladder);
    Sentence::new(
        Topic::Rate,
        path,
        format!("{}：{}。", heading.chinese, text.chinese),
        format!("{}: {}.", heading.english, text.english),
    )
}

fn tiers(says: Says<'_>, ladder: &Ladder) -> Both {
    let mut from_ms = 0_i64;
    let mut chinese = Vec::new();
    let mut english = Vec::new();
    for tier in &ladder.tiers {
        let text = tier_text(says, tier, from_ms);
        chinese.push(text.chinese);
        english.push(text.english);
        from_ms = tier.to_ms;
    }
    let mut text = Both::new(chinese.join("，"), english.join("; "));
    if let Some(rounding) = rounding(ladder) {
        text.chinese.push_str(&format!("；{}", rounding.chinese));
        text.english.push_str(&format!("; {}", rounding.english));
    }
    if let Some(cycle_ms) = ladder.cycle_ms {
        let cycle = length(cycle_ms);
        text.chinese.push_str(&format!("；累计满{}后重新从头计算", cycle.chinese));
        text.english.push_str(&format!("; after {} it starts again", cycle.english));
    }
    text
}

fn tier_text(says: Says<'_>, tier: &Tier, from_ms: i64) -> Both {
    let price = money(tier.price, says.tariff);
    let free = tier.price.0 == 0;
    let cost = match free {
        true => Both::new("免费", "free"),
        false => price.clone(),
    };
    match tier.end {
        UnitEnd::Visit => return whole(from_ms, &cost, free, ("每次", "per visit")),
        UnitEnd::Window => {
            return whole(from_ms, &cost, free, ("每个时段", "for the whole of these hours"));
        }
        UnitEnd::Length => {}
    }
    let unit = minutes(i64::from(tier.unit_minutes));
    let is_last = tier.to_ms == i64::MAX;
    let lasts_ms = tier.to_ms.saturating_sub(from_ms);
    let one_unit = lasts_ms == tier.unit_ms && tier.parts == 1;
    let lasts = length(lasts_ms);
    let each = Both::new(
        format!("每{}{}", one(&unit.chinese), price.chinese),
        format!("{} per {}", price.english, one(&unit.english)),
    );
    let each = match part(tier) != Part::PerMinute && tier.parts > 1 {
        true => in_units(&each, &length(tier.unit_ms)),
        false => each,
    };
    match (from_ms == 0, is_last) {
        (true, true) if free => Both::new("免费", "free"),
        (true, true) => each,
        (false, true) if free => Both::new("之后免费", "free after that"),
        (false, true) => {
            Both::new(format!("之后{}", each.chinese), format!("then {}", each.english))
        }
        (first, false) => {
            let (before, ahead) = if first { ("首", "first") } else { ("之后", "next") };
            let span = Both::new(
                format!("{before}{}", if first { one(&lasts.chinese) } else { &lasts.chinese }),
                format!("{ahead} {}", one(&lasts.english)),
            );
            if free || one_unit {
                return Both::new(
                    format!("{}{}", span.chinese, cost.chinese),
                    format!("{} {}", span.english, cost.english),
                );
            }
            Both::new(
                format!("{}内{}", span.chinese, each.chinese),
                format!("{} {}", span.english, each.english),
            )
        }
    }
}

/// A price of several units: `每小时6元（以10分钟为单位）`.
fn in_units(each: &Both, unit: &Both) -> Both {
    Both::new(
        format!("{}（以{}为单位）", each.chinese, unit.chinese),
        format!("{} in units of {}", each.english, unit.english),
    )
}

/// A price for a whole visit or window.
fn whole(from_ms: i64, cost: &Both, free: bool, (zh, en): (&str, &str)) -> Both {
    let (before, ahead) = if from_ms == 0 { ("", "") } else { ("之后", "then ") };
    if free {
        return Both::new(format!("{before}免费"), format!("{ahead}free"));
    }
    Both::new(format!("{before}{zh}{}", cost.chinese), format!("{ahead}{} {en}", cost.english))
}

/// `hour` for `1 hour`, as in "2 yuan per hour".
fn one(length: &str) -> &str {
    match length {
        "1小时" => "小时",
        _ => length.strip_prefix("1 ").unwrap_or(length),
    }
}

/// What becomes of a part of a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Free,
    /// Up to and including it.
    Tolerance(i64),
    /// Less than it.
    Under(i64),
    PerMinute,
}

fn part(tier: &Tier) -> Part {
    if tier.unit_minutes > 1 && tier.unit_ms == 60_000 {
        return Part::PerMinute;
    }
    match tier.due_ms {
        1 => Part::Whole,
        due if due == tier.unit_ms => Part::Free,
        due if due.rem_euclid(60_000) == 0 => Part::Under(due),
        due => Part::Tolerance(due.saturating_sub(1)),
    }
}

/// How part units are rounded: once for all tiers where they agree, else tier by tier.
fn rounding(ladder: &Ladder) -> Option<Both> {
    let of_length = |t: &&Tier| t.end == UnitEnd::Length && t.price.0 > 0;
    let tiers: Vec<&Tier> = ladder.tiers.iter().filter(of_length).collect();
    let [first, ..] = tiers.as_slice() else { return None };
    let same_part = tiers.iter().all(|tier| part(tier) == part(first));
    let same_unit = tiers.iter().all(|tier| rounded_ms(tier) == rounded_ms(first));
    if same_part {
        let unit = same_unit.then(|| length(rounded_ms(first)));
        return Some(rounding_text(part(first), unit.as_ref()));
    }
    let mut texts: Vec<Both> = Vec::new();
    for tier in tiers {
        let unit = length(rounded_ms(tier));
        let text = rounding_text(part(tier), Some(&unit));
        let price = tier.price.text();
        texts.push(Both::new(
            format!("单价{price}的部分：{}", text.chinese),
            format!("at {price}: {}", text.english),
        ));
    }
    let of = |text: fn(&Both) -> &str, between: &str| {
        texts.iter().map(text).collect::<Vec<_>>().join(between)
    };
    Some(Both::new(of(|b| &b.chinese, "；"), of(|b| &b.english, "; ")))
}

/// The unit of which a part is rounded: where it is paid by the minute, that of the price.
fn rounded_ms(tier: &Tier) -> i64 {
    match part(tier) {
        Part::PerMinute => i64::from(tier.unit_minutes).saturating_mul(60_000),
        _ => tier.unit_ms,
    }
}

fn rounding_text(part: Part, unit: Option<&Both>) -> Both {
    let short = unit.map_or("一个计费单位", |unit| &unit.chinese);
    let unit_en = unit.map_or("a unit", |unit| &unit.english);
    match part {
        Part::Whole => Both::new(
            format!("不足{short}按{short}计"),
            format!("less than {unit_en} counts as {unit_en}"),
        ),
        Part::Free => {
            Both::new(format!("不足{short}的部分不收费"), format!("less than {unit_en} is free"))
        }
        Part::Tolerance(ms) => {
            let tolerance = length(ms);
            Both::new(
                format!("不足{short}的部分，不超过{}不收费，超过的按{short}计", tolerance.chinese),
                format!(
                    "of less than {unit_en}, up to {} is free, more counts as {unit_en}",
                    tolerance.english
                ),
            )
        }
        Part::Under(ms) => {
            let under = length(ms);
            Both::new(
                format!("不足{short}的部分，不满{0}不收费，满{0}的按{short}计", under.chinese),
                format!(
                    "of less than {unit_en}, under {} is free, more counts as {unit_en}",
                    under.english
                ),
            )
        }
        Part::PerMinute => Both::new(
            format!("不足{short}的部分按分钟折算，不足1分钟按1分钟计"),
            format!("less than {unit_en} is paid by the minutes begun"),
        ),
    }
}

/// Whether part units can run from one price into another.
pub(super) fn prices_meet(says: Says<'_>) -> bool {
    let priced = says.windows().iter().filter(|w| w.ladder.is_some()).count();
    priced > 1 || (priced == 1 && counts_free(says))
}

fn counts_free(says: Says<'_>) -> bool {
    says.has_free_windows() && says.plan.counted_in == crate::tariff::CountedIn::AllWindows
}

/// The windows that a list of indices names; nothing where it names all that cost something.
pub(super) fn some_windows(says: Says<'_>, indices: &[usize]) -> Option<Both> {
    let left_out = says
        .windows()
        .iter()
        .any(|window| window.ladder.is_some() && !indices.contains(&window.index));
    left_out.then(|| windows_named(says, indices))
}
