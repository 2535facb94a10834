//! How findings speak of vehicles, streets, windows and stays.

use vocabulary::{Fen, Interval};

use super::At;
use crate::amount::Price;
use crate::plain_words::{Both, class_name, first_class, money};
use crate::tariff::Plan;
use crate::text::interval_text;

/// `小型车（class-1）`.
pub(super) fn who(plan: &Plan) -> Both {
    let class = first_class(&plan.classes).map_or_else(|| Both::new("", ""), class_name);
    match &plan.street {
        Some(street) => Both::new(
            format!("{}（{street}）", class.chinese),
            format!("{} ({street})", class.english),
        ),
        None => class,
    }
}

pub(super) fn list(plans: &[&Plan]) -> Both {
    let names: Vec<Both> = plans.iter().map(|plan| who(plan)).collect();
    let chinese: Vec<&str> = names.iter().map(|name| name.chinese.as_str()).collect();
    let english: Vec<&str> = names.iter().map(|name| name.english.as_str()).collect();
    Both::new(chinese.join("、"), english.join(", "))
}

pub(super) fn window(at: &At<'_>, index: usize) -> String {
    at.version.windows.get(index).map_or("otherwise", String::as_str).to_owned()
}

pub(super) fn fee(at: &At<'_>, amount: Fen) -> Both {
    money(Price::of_fen(amount.0), at.tariff)
}

/// A stay on the wall clock: `2026-09-15 08:00–10:00`.
pub(super) fn stay(at: &At<'_>, stay: Interval) -> String {
    interval_text(stay, at.tariff.time_zone)
}
