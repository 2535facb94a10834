//! The tiers of a price, and whether they can be reckoned with.

use super::form::{AfterLastTier, ChargeForm, PerForm, RoundingForm, TierForm};
use super::who::Who;
use super::windows::minutes_ms;
use super::{AtTheEnd, Ladder, Problem, Tier, UnitEnd, currency, factors};
use crate::amount::Price;

const TIERS_LIMIT: usize = 48;
/// A week.
pub(super) const MINUTES_LIMIT: u32 = 7 * 24 * 60;

/// The ladder of one vehicle on one street; `None` = free.
pub(super) fn ladder(
    problems: &mut Vec<Problem>,
    path: &str,
    charge: &ChargeForm,
    after_last: AfterLastTier,
    who: Who<'_>,
) -> Option<Ladder> {
    let ChargeForm::Tiers(forms) = charge else { return None };
    if !(1..=TIERS_LIMIT).contains(&forms.len()) {
        problems.push(Problem::new(path, format!("1 to {TIERS_LIMIT} tiers")));
    }
    let mut from_ms = 0;
    let mut tiers = Vec::new();
    for (i, form) in forms.iter().enumerate() {
        let path = format!("{path}[{i}]");
        let is_last = i.saturating_add(1) == forms.len();
        let to_ms = tier_end(problems, &path, form, (from_ms, is_last), after_last);
        tiers.push(tier(problems, &path, form, to_ms, who));
        from_ms = to_ms;
    }
    let cycle_ms = (after_last == AfterLastTier::StartsAgain).then_some(from_ms);
    Some(Ladder { tiers, cycle_ms })
}

fn tier_end(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &TierForm,
    (from_ms, is_last): (i64, bool),
    after_last: AfterLastTier,
) -> i64 {
    let ends = !is_last || after_last == AfterLastTier::StartsAgain;
    let mut wrong = |message: &str| {
        problems.push(Problem::new(format!("{path}.lasts_minutes"), message));
        i64::MAX
    };
    match (form.lasts_minutes, ends) {
        (Some(minutes), true) => minutes_ms(minutes).saturating_add(from_ms),
        (None, false) => i64::MAX,
        (Some(_), false) => wrong(
            "the last tier has no end: leave lasts_minutes out, or say after_last_tier: starts_again",
        ),
        (None, true) if is_last => wrong("tiers that start again all have an end"),
        (None, true) => wrong("only the last tier has no end"),
    }
}

fn tier(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &TierForm,
    to_ms: i64,
    who: Who<'_>,
) -> Tier {
    let price_path = format!("{path}.price");
    let price = who.required(problems, &price_path, &form.price).map_or(Price(0), |d| d.0);
    let limit = currency::price_limit(who.currency);
    if price > limit {
        problems.push(Problem::new(&price_path, format!("at most {}", limit.text())));
    }
    let price = factors::factored(who, price);
    check_unit(problems, path, form, price);
    let written_minutes = form.unit_minutes.unwrap_or(0);
    let unit_ms = minutes_ms(written_minutes);
    // The price may be that of several units: `price_for_minutes: 60` with units of 10.
    let unit_minutes = form.price_for_minutes.unwrap_or(written_minutes);
    let units = i64::from(unit_minutes.checked_div(written_minutes).unwrap_or(1).max(1));
    let (unit_ms, due_ms, parts) = match (form.per, form.rounding) {
        (Some(_), _) => (i64::MAX, 1, 1),
        (None, RoundingForm::PerMinute) => (60_000, 1, i64::from(unit_minutes)),
        (None, RoundingForm::Down) => (unit_ms, unit_ms, units),
        (None, RoundingForm::Up) => {
            let tolerance_ms = minutes_ms(form.tolerance_minutes);
            let due_ms = match form.tolerance_at_the_end {
                AtTheEnd::Included => tolerance_ms.saturating_add(1),
                AtTheEnd::Excluded => tolerance_ms.max(1),
            };
            (unit_ms, due_ms, units)
        }
    };
    let end = match form.per {
        None => UnitEnd::Length,
        Some(PerForm::Window) => UnitEnd::Window,
        Some(PerForm::Visit) => UnitEnd::Visit,
    };
    Tier { to_ms, unit_ms, due_ms, unit_minutes, parts, price, end }
}

fn check_unit(problems: &mut Vec<Problem>, path: &str, form: &TierForm, price: Price) {
    let mut wrong = |key: &str, message: String| {
        problems.push(Problem::new(format!("{path}.{key}"), message));
    };
    let unit = match (form.unit_minutes, form.per) {
        (Some(unit), None) => unit,
        (None, Some(_)) => {
            if form.price_for_minutes.is_some() {
                wrong(
                    "price_for_minutes",
                    "a price for a whole window or visit is just that".into(),
                );
            }
            if form.lasts_minutes.is_some() {
                wrong("per", "a price for a whole window or visit is the last tier".into());
            }
            let tolerance = form.tolerance_minutes > 0;
            let at_the_end = form.tolerance_at_the_end != AtTheEnd::Included;
            if form.rounding != RoundingForm::Up || tolerance || at_the_end {
                wrong("per", "a price for a whole window or visit is not rounded".into());
            }
            return;
        }
        _ => {
            wrong("unit_minutes", "a tier has either unit_minutes or per".into());
            return;
        }
    };
    if !(1..=MINUTES_LIMIT).contains(&unit) {
        wrong("unit_minutes", format!("1 to {MINUTES_LIMIT}"));
        return;
    }
    if let Some(lasts) = form.lasts_minutes {
        let whole_units = lasts.checked_rem(unit) == Some(0);
        if !(1..=MINUTES_LIMIT).contains(&lasts) || !whole_units {
            wrong("lasts_minutes", format!("1 to {MINUTES_LIMIT}, and a whole number of units"));
        }
    }
    if form.tolerance_minutes > 0
        && (form.rounding != RoundingForm::Up || form.tolerance_minutes >= unit)
    {
        wrong("tolerance_minutes", "shorter than the unit, and only with rounding up".into());
    }
    if form.tolerance_minutes == 0 && form.tolerance_at_the_end != AtTheEnd::Included {
        wrong("tolerance_at_the_end", "there is no tolerance_minutes".into());
    }
    let rest = |parts: u32| price.exact().and_then(|e| e.0.checked_rem(i64::from(parts)));
    if form.rounding == RoundingForm::PerMinute && rest(unit) != Some(0) {
        wrong("unit_minutes", "a price by the minute needs a unit that divides a day".into());
    }
    let Some(price_for) = form.price_for_minutes else { return };
    let units = price_for.checked_div(unit).unwrap_or(0);
    let whole = price_for.checked_rem(unit) == Some(0) && (1..=MINUTES_LIMIT).contains(&price_for);
    if !whole || form.rounding == RoundingForm::PerMinute {
        let message = "a whole number of units, and not with per_minute";
        wrong("price_for_minutes", message.into());
    } else if rest(units) != Some(0) {
        wrong("price_for_minutes", "the price of a unit has too many decimals".into());
    }
}
