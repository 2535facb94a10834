//! Coming back, leaving, time bought, passes and demand in words.

use super::clock::join;
use super::names::{fen, length, money};
use super::rates::some_windows;
use super::{Both, Says, Sentence, Topic};
use crate::tariff::{BandsSet, BeyondLimit, CountedIn, Demand, Pass, Unused, Version};

/// Returns, the grace to leave and the time limit.
pub(super) fn visits(says: Says<'_>) -> Vec<Sentence> {
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
        let (beyond_zh, beyond_en) = match limit.beyond {
            BeyondLimit::Charged => ("", ""),
            BeyondLimit::NotCharged => ("，超时部分不收费", "; time beyond it is not charged"),
        };
        say(
            "time_limit",
            format!("限时停放{}{zh}{beyond_zh}。", most.chinese),
            format!("Parking is limited to {}{en}{beyond_en}.", most.english),
        );
    }
    sentences
}

/// What is not the default: a tariff need not speak of time bought in advance at all.
pub(super) fn prepaid(version: &Version) -> Vec<Sentence> {
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

/// A pass, where it is on sale to these vehicles, or its price is not said.
pub(super) fn pass(says: Says<'_>, index: usize, pass: &Pass) -> Option<Sentence> {
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

/// The demand table.
pub(super) fn demand(says: Says<'_>, demand: &Demand) -> Sentence {
    let of = |price| money(price, says.tariff);
    let step = match demand.step_percent {
        0 => of(demand.step),
        percent => Both::new(format!("单价的{percent}%"), format!("{percent} % of the unit price")),
    };
    let (lowest, highest) = (of(demand.lowest), of(demand.highest));
    let mut below = 0;
    let mut bands = Vec::new();
    for band in &demand.bands {
        let range = match band.below_percent {
            Some(end) => {
                Both::new(format!("{below}%至不足{end}%"), format!("{below} to under {end} %"))
            }
            None => Both::new(format!("{below}%及以上"), format!("{below} % or more")),
        };
        below = band.below_percent.unwrap_or(below);
        bands.push(band_text(&range, band.steps, demand.bands_set));
    }
    let bands = join(&bands);
    let days = demand.least_days_between_changes;
    let interval = match days {
        0 => Both::new("", ""),
        _ => Both::new(
            format!("两次调整至少间隔{days}天；"),
            format!("at least {days} days between changes; "),
        ),
    };
    Sentence::new(
        Topic::Demand,
        "demand",
        format!(
            "单价随泊位占用率调整：{}；每档{}，单价不低于{}、不高于{}；{}按停车开始时公示的价格计费。",
            bands.chinese, step.chinese, lowest.chinese, highest.chinese, interval.chinese
        ),
        format!(
            "Unit prices follow occupancy: {}; a step is {}, prices stay between {} and {}; {}the \
             price displayed at arrival holds.",
            bands.english, step.english, lowest.english, highest.english, interval.english
        ),
    )
}

/// What an occupancy does to the level, or which level it is.
fn band_text(range: &Both, steps: i32, set: BandsSet) -> Both {
    let (zh, en, count) = (&range.chinese, &range.english, steps.unsigned_abs());
    match (steps.signum(), set) {
        (0, BandsSet::Change) => Both::new(format!("{zh}不变"), format!("{en}: no change")),
        (1, BandsSet::Change) => {
            Both::new(format!("{zh}上调{count}档"), format!("{en}: {count} up"))
        }
        (_, BandsSet::Change) => {
            Both::new(format!("{zh}下调{count}档"), format!("{en}: {count} down"))
        }
        (0, BandsSet::Level) => {
            Both::new(format!("{zh}按基准单价"), format!("{en}: the base price"))
        }
        (1, BandsSet::Level) => {
            Both::new(format!("{zh}高于基准{count}档"), format!("{en}: {count} above the base"))
        }
        (_, BandsSet::Level) => {
            Both::new(format!("{zh}低于基准{count}档"), format!("{en}: {count} below the base"))
        }
    }
}
