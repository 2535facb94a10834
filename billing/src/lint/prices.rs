//! Prices that break a rule above, or that a driver would not believe: each with an example.

use super::pairs::Split;
use super::probe::Probed;
use super::{At, Code, Finding, examples, names};
use crate::plain_words::{Both, minutes};
use crate::tariff::{AcrossPrices, Plan, WrittenFree};

pub(super) fn findings(
    at: &At<'_>,
    probed: &[Probed<'_>],
    written: &[WrittenFree],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(superior_minima(at, probed, written));
    findings.extend(non_monotone(at, probed));
    findings.extend(rounding(at, probed));
    let splits = probed.iter().filter_map(|p| Some((p.plan, p.split.as_ref()?)));
    findings.extend(dearest(splits).map(|(plan, split)| cheaper(at, plan, split)));
    let free = probed.iter().filter_map(|p| Some((p.plan, p.split_free.as_ref()?)));
    findings.extend(dearest(free).map(|(plan, split)| free_again(at, plan, split, written)));
    findings
}

/// The plainest example; the first of equals.
fn dearest<'a>(
    splits: impl Iterator<Item = (&'a Plan, &'a Split)>,
) -> Option<(&'a Plan, &'a Split)> {
    let mut best: Option<(&Plan, &Split)> = None;
    for (plan, split) in splits {
        if best.is_none_or(|(_, known)| split.is_plainer_than(known)) {
            best = Some((plan, split));
        }
    }
    best
}

/// The rule for free minutes that holds for a plan, or else where the demand stands.
fn free_path(plan: &Plan, written: &[WrittenFree], otherwise: &str) -> String {
    let names = |rule: &WrittenFree| rule.names(&plan.vehicle, plan.street.as_deref());
    let index = written.iter().position(names);
    index.map_or_else(|| otherwise.to_owned(), |index| format!("free_minutes[{index}].minutes"))
}

fn superior_minima(at: &At<'_>, probed: &[Probed<'_>], written: &[WrittenFree]) -> Vec<Finding> {
    let Some(least) = at.version.superior_free_minutes else { return Vec::new() };
    let mut findings: Vec<Finding> = Vec::new();
    for one in probed {
        let Some((stay, fee)) = one.below_minimum else { continue };
        let path = free_path(one.plan, written, "superior_minima.free_minutes");
        if findings.iter().any(|f| f.path == format!("{}.{path}", at.path)) {
            continue;
        }
        let (who, least) = (names::who(one.plan), minutes(i64::from(least)));
        let example = examples::one(at, (stay, fee));
        findings.push(at.finding(
            Code::SuperiorMinima,
            &path,
            Both::new(
                format!(
                    "上级规定至少免费{}，{}在此时间内却要收费：{}。",
                    least.chinese, who.chinese, example.chinese
                ),
                format!(
                    "The superior rule demands {} free, yet {} pays within them: {}.",
                    least.english, who.english, example.english
                ),
            ),
            Both::new(
                "把免费时长提高到上级规定（刚好满时也要免费）。",
                "Raise the free minutes to what is demanded; their very end is free, too.",
            ),
        ));
    }
    findings
}

fn non_monotone(at: &At<'_>, probed: &[Probed<'_>]) -> Option<Finding> {
    let mut drops: Vec<_> = probed.iter().filter_map(|p| Some((p.plan, p.drop?))).collect();
    drops.sort_by_key(|(_, pair)| std::cmp::Reverse(pair.saves()));
    let (plan, pair) = drops.first()?;
    let path = match plan.across_prices {
        AcrossPrices::LowerPrice | AcrossPrices::Split => "elapsed.across_prices",
        AcrossPrices::PriceAtStart | AcrossPrices::NewUnit => "windows",
    };
    let who = names::who(plan);
    let (shorter, longer) = (examples::one(at, pair.shorter), examples::one(at, pair.longer));
    Some(at.finding(
        Code::NonMonotone,
        path,
        Both::new(
            format!(
                "停得更久反而更便宜（{}）：{}，{}。",
                who.chinese, shorter.chinese, longer.chinese
            ),
            format!(
                "A longer stay costs less ({}): {}, {}.",
                who.english, shorter.english, longer.english
            ),
        ),
        Both::new(
            "核对跨时段单位的计价（across_prices）和各档单价。",
            "Check what a unit across two prices costs (`across_prices`), and the prices.",
        ),
    ))
}

fn rounding(at: &At<'_>, probed: &[Probed<'_>]) -> Option<Finding> {
    let above = probed.iter().find_map(|p| Some((p.plan, p.above_cap?)));
    let (plan, above) = above?;
    let who = names::who(plan);
    let (most, example) =
        (names::fee(at, above.most), examples::one(at, (above.stay, above.total)));
    Some(at.finding(
        Code::RoundingAboveCap,
        "total",
        Both::new(
            format!("合计取整后超过封顶{}（{}）：{}。", most.chinese, who.chinese, example.chinese),
            format!(
                "The rounding of the total goes above the cap of {} ({}): {}.",
                most.english, who.english, example.english
            ),
        ),
        Both::new(
            "取整改为 down，或使封顶金额为取整单位的整数倍。",
            "Round `down`, or make the cap a multiple of what the total is rounded to.",
        ),
    ))
}

fn cheaper(at: &At<'_>, plan: &Plan, split: &Split) -> Finding {
    let (who, example) = (names::who(plan), examples::split(at, split));
    at.finding(
        Code::CheaperToReturn,
        &split.rule,
        Both::new(
            format!("离开再回来更便宜（{}）：{}。", who.chinese, example.chinese),
            format!("Leaving and coming back is cheaper ({}): {}.", who.english, example.english),
        ),
        Both::new(
            "文件如此规定的可保留；否则用 returns_within_minutes 把短暂离开算作同一次停车。",
            "Keep it if the decree says so; else count a short absence as the same stay with \
             `returns_within_minutes`.",
        ),
    )
}

fn free_again(at: &At<'_>, plan: &Plan, split: &Split, written: &[WrittenFree]) -> Finding {
    let (who, example) = (names::who(plan), examples::split(at, split));
    at.finding(
        Code::FreeMinutesAgain,
        &free_path(plan, written, "windows"),
        Both::new(
            format!(
                "因有免费时长，离开再回来更便宜（{}）：{}。",
                who.chinese, example.chinese
            ),
            format!(
                "With its free minutes, leaving and coming back is cheaper ({}): {}.",
                who.english, example.english
            ),
        ),
        Both::new(
            "文件规定每天一次的，写明 counted_per 和 earlier_visits；短暂离开算同一次停车的，写明 \
             returns_within_minutes。",
            "If the decree gives them once a day, say so with `counted_per` and `earlier_visits`; if a \
             short absence is the same stay, with `returns_within_minutes`.",
        ),
    )
}
