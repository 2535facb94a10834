//! Factors on prices and on the total, in their order, each with a rounding of its own if it has one.

use vocabulary::Fen;

use super::form::{FactorForm, FactorOn};
use super::terms::{at_most, whole_fen};
use super::who::Who;
use super::{Factor, Problem, RoundingMode};
use crate::amount::Price;

const ONE: i64 = 1_000_000;

/// A unit price after the factors on prices, in their order; cut off below a millionth.
pub(super) fn factored(who: Who<'_>, price: Price) -> Price {
    // Names that nobody has are told of by `total_factors`.
    let mut told = Vec::new();
    let mut factored = price;
    for form in &who.version.factors {
        let meant = who.is_meant(&mut told, "", &form.vehicles, &form.streets);
        if form.on == FactorOn::Price && meant {
            let product = factored.times_millionths(form.times.0.0).unwrap_or(factored);
            factored = match form.to {
                Some(to) => product.rounded(to.0, form.rounding.unwrap_or(RoundingMode::HalfUp)),
                None => product,
            };
        }
    }
    factored
}

/// For people: the factors on unit prices, in their order.
pub(super) fn price_factors(who: Who<'_>) -> Vec<Factor> {
    let mut told = Vec::new();
    let mut factors = Vec::new();
    for (index, form) in who.version.factors.iter().enumerate() {
        let meant = who.is_meant(&mut told, "", &form.vehicles, &form.streets);
        if form.on == FactorOn::Price && meant {
            factors.push(Factor { index, millionths: form.times.0.0, rounded: None });
        }
    }
    factors
}

/// The factors on the total, in their order.
pub(super) fn total_factors(problems: &mut Vec<Problem>, path: &str, who: Who<'_>) -> Vec<Factor> {
    let path = format!("{path}.factors");
    at_most(problems, &path, who.version.factors.len());
    let mut factors = Vec::new();
    for (index, form) in who.version.factors.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let millionths = form.times.0.0;
        if millionths > ONE.saturating_mul(100) {
            problems.push(Problem::new(format!("{path}.times"), "0 to 100"));
        }
        let rounded = rounded(problems, &path, form, who.currency);
        let meant = who.is_meant(problems, &path, &form.vehicles, &form.streets);
        if meant && form.on == FactorOn::Total {
            factors.push(Factor { index, millionths, rounded });
        }
    }
    factors
}

fn rounded(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &FactorForm,
    currency: &str,
) -> Option<(Fen, RoundingMode)> {
    let Some(to) = form.to else {
        if form.rounding.is_some() {
            let message = "says how, but not to what: add `to`";
            problems.push(Problem::new(format!("{path}.rounding"), message));
        }
        return None;
    };
    let path = format!("{path}.to");
    if to.0 <= Price(0) {
        problems.push(Problem::new(&path, "more than 0"));
        return None;
    }
    let to = match form.on {
        FactorOn::Price => to.0.fen_down(),
        FactorOn::Total => whole_fen(problems, &path, to.0, currency),
    };
    Some((to, form.rounding.unwrap_or(RoundingMode::HalfUp)))
}
