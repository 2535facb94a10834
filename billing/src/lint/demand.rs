//! Demand tables that leave their bounds, change nothing, or change at any time.

use super::{At, Code, Finding, names};
use crate::plain_words::{Both, money};
use crate::tariff::{BandsSet, Plan};

pub(super) fn findings(at: &At<'_>) -> Vec<Finding> {
    let Some(demand) = &at.version.demand else { return Vec::new() };
    let mut findings = Vec::new();
    // A level that follows the occupancy of the moment changes with it.
    let by_change = demand.bands_set == BandsSet::Change;
    if by_change && demand.least_days_between_changes == 0 {
        findings.push(at.finding(
            Code::DemandNoInterval,
            "demand.least_days_between_changes",
            Both::new("两次调价之间没有最短间隔。", "Prices may change again at once."),
            Both::new(
                "按文件写明最短天数。",
                "Give the least number of days that the decree says.",
            ),
        ));
    }
    let moved = || {
        let of_plan = |plan: &'_ Plan| {
            let windows = plan.windows.iter().filter(|w| w.by_demand);
            let ladders = windows.filter_map(|w| Some((w.index, w.ladder.clone()?)));
            ladders.collect::<Vec<_>>()
        };
        at.version.plans.iter().flat_map(of_plan)
    };
    let steps = demand.bands.iter().any(|band| band.steps != 0);
    let priced = moved().any(|(_, ladder)| ladder.tiers.iter().any(|tier| tier.price.0 > 0));
    let no_step = demand.step.0 == 0 && demand.step_percent == 0;
    if !steps || no_step || demand.lowest == demand.highest || !priced {
        findings.push(at.finding(
            Code::DemandWithoutEffect,
            "demand",
            Both::new("浮动价格表不改变任何单价。", "The demand table changes no price."),
            Both::new(
                "核对 windows、step、bands 和上下限。",
                "Check `windows`, `step`, `bands` and the bounds.",
            ),
        ));
    }
    let mut told = Vec::new();
    for (index, ladder) in moved() {
        for (number, tier) in ladder.tiers.iter().enumerate() {
            let inside = (demand.lowest..=demand.highest).contains(&tier.price);
            if inside || tier.price.0 == 0 || told.contains(&(index, number)) {
                continue;
            }
            told.push((index, number));
            let of = |price| money(price, at.tariff);
            let (price, low, high) = (of(tier.price), of(demand.lowest), of(demand.highest));
            let name = names::window(at, index);
            findings.push(at.finding(
                Code::DemandOutOfBounds,
                &format!("windows[{index}].charge[{number}].price"),
                Both::new(
                    format!(
                        "时段“{name}”的单价{}不在浮动范围{}至{}之内。",
                        price.chinese, low.chinese, high.chinese
                    ),
                    format!(
                        "The price {} of {name} lies outside the bounds {} to {} of the demand table.",
                        price.english, low.english, high.english
                    ),
                ),
                Both::new(
                    "按文件改正单价或 lowest、highest。",
                    "Correct the price, or `lowest` and `highest`, from the decree.",
                ),
            ));
        }
    }
    findings
}
