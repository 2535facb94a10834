//! Classes, streets, passes and windows that do not fit together.

use vocabulary::PlateColour;

use super::probe::without_names;
use super::{At, Code, Finding, names};
use crate::plain_words::{Both, class_name, minutes};
use crate::tariff::{Classify, DAY_MS, PlanWindow, UnitEnd};

const PLATES: [PlateColour; 6] = [
    PlateColour::Blue,
    PlateColour::Green,
    PlateColour::Yellow,
    PlateColour::YellowGreen,
    PlateColour::White,
    PlateColour::Black,
];

pub(super) fn findings(at: &At<'_>) -> Vec<Finding> {
    let mut findings = classify(at);
    // Plates and their colours are China's.
    if at.tariff.currency == "CNY" {
        findings.extend(classes(at));
    }
    findings.extend(streets(at));
    findings.extend(passes(at));
    findings.extend(short_windows(at));
    findings
}

/// Whether whoever fits `rule` fits `earlier`, too.
fn covers(earlier: &Classify, rule: &Classify) -> bool {
    let plates = earlier.plates.is_empty()
        || (!rule.plates.is_empty() && rule.plates.iter().all(|p| earlier.plates.contains(p)));
    let at_least = |earlier: Option<u16>, rule: Option<u16>| {
        earlier.is_none_or(|least| rule.is_some_and(|count| count >= least))
    };
    let at_most = |earlier: Option<u16>, rule: Option<u16>| {
        earlier.is_none_or(|most| rule.is_some_and(|count| count <= most))
    };
    plates
        && at_least(earlier.seats_from, rule.seats_from)
        && at_most(earlier.seats_to, rule.seats_to)
        && at_least(earlier.bays_from, rule.bays_from)
}

fn classify(at: &At<'_>) -> Vec<Finding> {
    let rules = &at.version.classify;
    let mut findings = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let covered = rules.iter().take(index).any(|earlier| covers(earlier, rule));
        let seats = (rule.seats_from, rule.seats_to);
        let nobody = matches!(seats, (Some(from), Some(to)) if from > to);
        if !covered && !nobody {
            continue;
        }
        let class = class_name(&rule.class);
        findings.push(at.finding(
            Code::ClassifyUnreachable,
            &format!("classify[{index}]"),
            Both::new(
                format!("归为{}的这条规则从不适用。", class.chinese),
                format!("This rule for {} never applies.", class.english),
            ),
            Both::new(
                "核对座位数；具体的规则写在一般的规则前面。",
                "Check the numbers of seats; put the narrower rule above the wider one.",
            ),
        ));
    }
    findings
}

fn classes(at: &At<'_>) -> Vec<Finding> {
    let version = at.version;
    let by_rule = |class: &str| version.classify.iter().any(|rule| rule.class == class);
    let by_plate = |class: &str| PLATES.iter().any(|plate| plate.class().name() == class);
    let priced = version.vehicle_classes.iter().filter(|class| !version.exempt.contains(class));
    let mut findings = Vec::new();
    for class in priced.filter(|class| !by_rule(class) && !by_plate(class)) {
        let name = class_name(class);
        findings.push(at.finding(
            Code::ClassUnreachable,
            &format!("vehicle_classes.{class}"),
            Both::new(
                format!("没有号牌颜色或 classify 规则归为“{}”，只能由人指定。", name.chinese),
                format!(
                    "No plate's colour and no rule of `classify` leads to {}: only a person can say \
                     it.",
                    name.english
                ),
            ),
            Both::new("可用 classify 写明。", "Say with `classify` who belongs to it."),
        ));
    }
    let mut missing: Vec<&str> = Vec::new();
    for plate in PLATES {
        let class = plate.class().name();
        let known = version.vehicle_classes.iter().any(|known| known == class);
        let redirected = version.classify.iter().any(|rule| {
            let any =
                rule.seats_from.is_none() && rule.seats_to.is_none() && rule.bays_from.is_none();
            any && (rule.plates.is_empty() || rule.plates.contains(&plate))
        });
        if !known && !redirected && !missing.contains(&class) {
            missing.push(class);
        }
    }
    if !missing.is_empty() {
        let of = |text: fn(Both) -> String, between: &str| {
            missing.iter().map(|class| text(class_name(class))).collect::<Vec<_>>().join(between)
        };
        findings.push(at.finding(
            Code::ClassMissing,
            "vehicle_classes",
            Both::new(
                format!("没有{}的收费标准，这些车辆无法计费。", of(|b| b.chinese, "、")),
                format!("No price for {}: they cannot be charged.", of(|b| b.english, ", ")),
            ),
            Both::new("文件有规定的，补上。", "Add it if the decree has one."),
        ));
    }
    findings
}

fn streets(at: &At<'_>) -> Vec<Finding> {
    let of = |street: &String| {
        let plans = at.version.plans.iter().filter(|p| p.street.as_ref() == Some(street));
        plans.map(without_names).collect::<Vec<_>>()
    };
    let streets = &at.version.streets;
    let mut findings = Vec::new();
    for (index, street) in streets.iter().enumerate() {
        let mut before = streets.iter().take(index);
        let Some(alike) = before.find(|other| of(other) == of(street)) else { continue };
        findings.push(at.finding(
            Code::StreetsAlike,
            &format!("streets[{index}]"),
            Both::new(
                format!("路段“{street}”与“{alike}”的收费完全相同。"),
                format!("{street} is charged exactly as {alike}."),
            ),
            Both::new("核对；相同的可以合并。", "Check it; they can be one."),
        ));
    }
    findings
}

fn passes(at: &At<'_>) -> Vec<Finding> {
    let paid = |index: &usize| {
        let mut windows = at.version.plans.iter().flat_map(|p| &p.windows);
        windows.any(|w| w.index == *index && w.ladder.is_some())
    };
    let idle = at
        .version
        .passes
        .iter()
        .enumerate()
        .filter(|(_, pass)| !pass.windows.is_empty() && !pass.windows.iter().any(paid));
    let finding = |(index, pass): (usize, &crate::tariff::Pass)| {
        at.finding(
            Code::PassWithoutEffect,
            &format!("passes[{index}]"),
            Both::new(
                format!("停车证“{}”的时段本来就免费。", pass.name),
                format!("The pass {} is for windows that are free anyway.", pass.name),
            ),
            Both::new("核对 windows。", "Check its windows."),
        )
    };
    idle.map(finding).collect()
}

/// A window that is over before its first unit.
fn short_windows(at: &At<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for index in 0..at.version.windows.len() {
        let mut windows = at.version.plans.iter().flat_map(|p| &p.windows);
        let Some(window) = windows.find(|w| w.index == index && w.ladder.is_some()) else {
            continue;
        };
        let Some(tier) = window.ladder.as_ref().and_then(|ladder| ladder.tiers.first()) else {
            continue;
        };
        if tier.end != UnitEnd::Length || tier.price.0 == 0 || length(window) >= tier.unit_ms {
            continue;
        }
        let unit = minutes(tier.unit_ms.div_euclid(60_000));
        let lasts = minutes(length(window).div_euclid(60_000));
        let name = names::window(at, index);
        findings.push(at.finding(
            Code::WindowShorterThanUnit,
            &format!("windows[{index}].charge[0]"),
            Both::new(
                format!("时段“{name}”只有{}，短于计费单位{}。", lasts.chinese, unit.chinese),
                format!(
                    "The window {name} lasts {}, less than its unit of {}.",
                    lasts.english, unit.english
                ),
            ),
            Both::new(
                "核对时段和单位；不足一个单位怎样收费，见 rounding 和 across_prices。",
                "Check both; `rounding` and `across_prices` say what a part of a unit costs.",
            ),
        ));
    }
    findings
}

fn length(window: &PlanWindow) -> i64 {
    match window.across_midnight() {
        true => DAY_MS.saturating_sub(window.from_ms).saturating_add(window.to_ms),
        false => window.to_ms.saturating_sub(window.from_ms),
    }
}
