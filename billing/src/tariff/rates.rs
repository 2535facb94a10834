//! Rates and caps of a version: which there are, and whether their tiers can be reckoned with.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::Fen;

use super::form::{RateForm, TierForm, VersionForm};
use super::windows::minutes_ms;
use super::{Problem, Rate, Tier};

const TIERS_LIMIT: usize = 16;
const RATES_LIMIT: usize = 16;
/// A week.
const MINUTES_LIMIT: u32 = 7 * 24 * 60;
/// 10,000 yuan: no unit of parking costs more, so a slip of the pen is caught.
const FEN_LIMIT: i64 = 1_000_000;

/// The rates that the vehicle classes name, in order of name.
pub(super) fn names(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> Vec<String> {
    let names: BTreeSet<&String> = form.vehicle_classes.values().collect();
    if names.is_empty() || names.len() > RATES_LIMIT {
        let message = format!("1 to {RATES_LIMIT} rates must be named");
        problems.push(Problem::new(format!("{path}.vehicle_classes"), message));
    }
    names.into_iter().cloned().collect()
}

/// One rate for each name, in their order.
pub(super) fn rates(
    problems: &mut Vec<Problem>,
    path: &str,
    forms: &BTreeMap<String, RateForm>,
    names: &[String],
) -> Vec<Rate> {
    report_unnamed(problems, path, forms.keys(), names);
    let mut rates = Vec::new();
    for name in names {
        let path = format!("{path}.{name}");
        match forms.get(name) {
            Some(form) => rates.push(rate(problems, &path, form)),
            None => {
                problems.push(Problem::new(path, "vehicle_classes name this rate; it is missing"));
            }
        }
    }
    rates
}

fn report_unnamed<'a>(
    problems: &mut Vec<Problem>,
    path: &str,
    keys: impl Iterator<Item = &'a String>,
    names: &[String],
) {
    for key in keys.filter(|key| !names.contains(key)) {
        problems.push(Problem::new(format!("{path}.{key}"), "no vehicle class has this rate"));
    }
}

fn rate(problems: &mut Vec<Problem>, path: &str, form: &RateForm) -> Rate {
    if let Some(cap_fen) = form.cap_fen {
        check_fen(problems, &format!("{path}.cap_fen"), cap_fen);
    }
    if !(1..=TIERS_LIMIT).contains(&form.tiers.len()) {
        let message = format!("a rate has 1 to {TIERS_LIMIT} tiers");
        problems.push(Problem::new(format!("{path}.tiers"), message));
    }
    let mut from_ms = 0;
    let mut tiers = Vec::new();
    for (i, tier_form) in form.tiers.iter().enumerate() {
        let path = format!("{path}.tiers[{i}]");
        check_tier(problems, &path, tier_form);
        let is_last = i.saturating_add(1) == form.tiers.len();
        let to_ms = match (tier_form.lasts_minutes, is_last) {
            (Some(minutes), false) => minutes_ms(minutes).saturating_add(from_ms),
            (None, true) => i64::MAX,
            (Some(_), true) => {
                let message = "the last tier has no end: leave lasts_minutes out";
                problems.push(Problem::new(format!("{path}.lasts_minutes"), message));
                i64::MAX
            }
            (None, false) => {
                let message = "only the last tier has no end";
                problems.push(Problem::new(format!("{path}.lasts_minutes"), message));
                i64::MAX
            }
        };
        tiers.push(tier(tier_form, from_ms, to_ms));
        from_ms = to_ms;
    }
    Rate { tiers, cap: form.cap_fen.map(Fen) }
}

fn tier(form: &TierForm, from_ms: i64, to_ms: i64) -> Tier {
    Tier {
        from_ms,
        to_ms,
        unit_minutes: form.unit_minutes,
        unit_ms: minutes_ms(form.unit_minutes),
        unit_price: Fen(form.unit_price_fen),
        rounding: form.rounding,
    }
}

fn check_tier(problems: &mut Vec<Problem>, path: &str, form: &TierForm) {
    check_fen(problems, &format!("{path}.unit_price_fen"), form.unit_price_fen);
    if !(1..=MINUTES_LIMIT).contains(&form.unit_minutes) {
        let message = format!("1 to {MINUTES_LIMIT}");
        problems.push(Problem::new(format!("{path}.unit_minutes"), message));
    }
    let Some(lasts) = form.lasts_minutes else { return };
    let whole_units = lasts.checked_rem(form.unit_minutes) == Some(0);
    if !(1..=MINUTES_LIMIT).contains(&lasts) || !whole_units {
        let message = format!("1 to {MINUTES_LIMIT}, and a whole number of units");
        problems.push(Problem::new(format!("{path}.lasts_minutes"), message));
    }
}

fn check_fen(problems: &mut Vec<Problem>, path: &str, fen: i64) {
    if !(0..=FEN_LIMIT).contains(&fen) {
        problems.push(Problem::new(path, format!("0 to {FEN_LIMIT} fen")));
    }
}

/// The cap of a calendar day for each rate, in the order of the names.
pub(super) fn day_caps(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    names: &[String],
) -> Vec<Option<Fen>> {
    let path = format!("{path}.day_cap_fen");
    report_unnamed(problems, &path, form.day_cap_fen.keys(), names);
    for (name, cap_fen) in &form.day_cap_fen {
        check_fen(problems, &format!("{path}.{name}"), *cap_fen);
    }
    names.iter().map(|name| form.day_cap_fen.get(name).copied().map(Fen)).collect()
}
