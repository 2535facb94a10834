//! The terms beside windows and tiers: free minutes, caps, factors, passes, the time limit.

use vocabulary::Fen;

use super::form::{FactorOn, TotalForm, VersionForm};
use super::ladder::{MINUTES_LIMIT, PRICE_LIMIT};
use super::who::Who;
use super::windows::minutes_ms;
use super::{
    Cap, CountedIn, EarlierVisits, Factor, FreeRule, Period, Problem, Restarts, TimeLimit, Visits,
};
use crate::amount::Price;

const ONE: i64 = 1_000_000;
/// Most caps, factors or rules for free minutes.
const TERMS_LIMIT: usize = 32;

/// A pass on sale: the time that it covers costs nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// As drivers know it.
    pub name: String,
    /// Indices of the windows that it covers; none = all.
    pub windows: Vec<usize>,
    /// What it costs, where it is on sale to a vehicle.
    pub prices: Vec<PassPrice>,
}

/// What a pass costs one group of vehicles on one class of street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassPrice {
    /// Name of the price in `vehicle_classes`.
    pub vehicle: String,
    /// Class of street, if the tariff distinguishes any.
    pub street: Option<String>,
    /// What it costs.
    pub price: Fen,
}

/// The first rule that speaks of this vehicle and street.
pub(super) fn free_rule(problems: &mut Vec<Problem>, path: &str, who: Who<'_>) -> Option<FreeRule> {
    let path = format!("{path}.free_minutes");
    at_most(problems, &path, who.version.free_minutes.len());
    let mut found = None;
    for (i, form) in who.version.free_minutes.iter().enumerate() {
        let path = format!("{path}[{i}]");
        if !who.is_meant(problems, &path, &form.vehicles, &form.streets) || found.is_some() {
            continue;
        }
        let minutes_path = format!("{path}.minutes");
        let minutes = who.required(problems, &minutes_path, &form.minutes).unwrap_or(0);
        if minutes > MINUTES_LIMIT {
            problems.push(Problem::new(minutes_path, format!("0 to {MINUTES_LIMIT}")));
        }
        if form.counted_per == Period::Window && form.counted_in == CountedIn::AllWindows {
            let message = "free minutes per window are counted in paid_windows";
            problems.push(Problem::new(format!("{path}.counted_in"), message));
        }
        let by_visit = matches!(form.counted_per, Period::Stay | Period::Window);
        if form.earlier_visits != EarlierVisits::Ignored && by_visit {
            let message = "needs counted_per: day, 24h or month";
            problems.push(Problem::new(format!("{path}.earlier_visits"), message));
        }
        found = Some(FreeRule {
            length_ms: minutes_ms(minutes),
            when_exceeded: form.when_exceeded,
            counted_in: form.counted_in,
            counted_per: form.counted_per,
            at_the_end: form.at_the_end,
            none_beyond_ms: form.none_beyond_minutes.map(minutes_ms),
            earlier_visits: form.earlier_visits,
        });
    }
    found.filter(|rule| rule.length_ms > 0)
}

pub(super) fn caps(problems: &mut Vec<Problem>, path: &str, who: Who<'_>) -> Vec<Cap> {
    let path = format!("{path}.caps");
    at_most(problems, &path, who.version.caps.len());
    let mut caps = Vec::new();
    for (i, form) in who.version.caps.iter().enumerate() {
        let path = format!("{path}[{i}]");
        let windows =
            window_indices(problems, &format!("{path}.windows"), who.version, &form.windows);
        if form.visits == Visits::All && form.per == Period::Stay {
            let message = "a cap over all visits is per window, day, 24h or month";
            problems.push(Problem::new(format!("{path}.visits"), message));
        }
        let amount_path = format!("{path}.amount");
        // Whom the table leaves out has no cap.
        let Some(amount) = who.value(problems, &amount_path, &form.amount) else { continue };
        let amount = whole_fen(problems, &amount_path, amount.0);
        caps.push(Cap { index: i, per: form.per, amount, windows, visits: form.visits });
    }
    caps
}

/// The indices of named windows; of all windows if none is named.
fn window_indices(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    names: &[String],
) -> Vec<usize> {
    if names.is_empty() {
        return (0..=form.windows.len()).collect();
    }
    for (i, name) in names.iter().enumerate() {
        if !form.windows.iter().any(|w| w.name == *name) {
            let message = format!("no window is called {name}");
            problems.push(Problem::new(format!("{path}[{i}]"), message));
        }
    }
    let named = form.windows.iter().enumerate().filter(|(_, w)| names.contains(&w.name));
    named.map(|(index, _)| index).collect()
}

fn whole_fen(problems: &mut Vec<Problem>, path: &str, price: Price) -> Fen {
    if Price::of_fen(price.fen_down().0) != price || price > PRICE_LIMIT {
        let message = format!("whole fen, at most {}", PRICE_LIMIT.text());
        problems.push(Problem::new(path, message));
    }
    price.fen_down()
}

/// A unit price after the factors on prices, in their order; cut off below a millionth.
pub(super) fn factored(who: Who<'_>, price: Price) -> Price {
    price_factors(who).iter().fold(price, |factored, factor| {
        factored.times_millionths(factor.millionths).unwrap_or(factored)
    })
}

/// The factors on unit prices, in their order.
pub(super) fn price_factors(who: Who<'_>) -> Vec<Factor> {
    // Names that nobody has are told of by `total_factors`.
    let mut told = Vec::new();
    let mut factors = Vec::new();
    for (index, form) in who.version.factors.iter().enumerate() {
        let meant = who.is_meant(&mut told, "", &form.vehicles, &form.streets);
        if form.on == FactorOn::Price && meant {
            factors.push(Factor { index, millionths: form.times.0.0 });
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
        let meant = who.is_meant(problems, &path, &form.vehicles, &form.streets);
        if meant && form.on == FactorOn::Total {
            factors.push(Factor { index, millionths });
        }
    }
    factors
}

pub(super) fn total_to(problems: &mut Vec<Problem>, path: &str, form: &TotalForm) -> Fen {
    let path = format!("{path}.total.to");
    let to = whole_fen(problems, &path, form.to.0);
    if to == Fen::ZERO {
        problems.push(Problem::new(path, "0.01 or more"));
        return Fen(1);
    }
    to
}

pub(super) fn restarts(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> Restarts {
    let elapsed = &form.elapsed;
    let in_free_time = matches!(elapsed.restarts, Restarts::EachWindow | Restarts::AfterFree);
    if in_free_time && elapsed.counted_in == CountedIn::AllWindows {
        let message = "a clock that restarts with each window or after free time is counted in \
                       paid_windows";
        problems.push(Problem::new(format!("{path}.elapsed.counted_in"), message));
    }
    elapsed.restarts
}

pub(super) fn time_limit(
    problems: &mut Vec<Problem>,
    path: &str,
    who: Who<'_>,
) -> Option<TimeLimit> {
    let form = who.version.time_limit.as_ref()?;
    let minutes = who.value(problems, &format!("{path}.time_limit.minutes"), &form.minutes)?;
    Some(TimeLimit { length_ms: minutes_ms(minutes), counted_in: form.counted_in })
}

pub(super) fn passes(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> Vec<Pass> {
    let path = format!("{path}.passes");
    at_most(problems, &path, form.passes.len());
    let mut passes: Vec<Pass> = Vec::new();
    for (i, pass) in form.passes.iter().enumerate() {
        let path = format!("{path}[{i}]");
        if pass.name.trim().is_empty() || passes.iter().any(|p| p.name == pass.name) {
            let message = "must not be empty, nor twice the same";
            problems.push(Problem::new(format!("{path}.name"), message));
        }
        let windows = match pass.windows.as_slice() {
            [] => Vec::new(),
            names => window_indices(problems, &format!("{path}.windows"), form, names),
        };
        let prices = pass_prices(problems, &path, form, pass.price.as_ref());
        passes.push(Pass { name: pass.name.clone(), windows, prices });
    }
    passes
}

fn pass_prices(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    table: Option<&super::table::Table<super::table::Decimal>>,
) -> Vec<PassPrice> {
    let Some(table) = table else { return Vec::new() };
    let path = format!("{path}.price");
    let streets: Vec<Option<&String>> = match form.streets.as_slice() {
        [] => vec![None],
        names => names.iter().map(Some).collect(),
    };
    let mut prices: Vec<PassPrice> = Vec::new();
    for street in streets {
        for vehicle in form.vehicle_classes.values() {
            let who = Who { version: form, vehicle, street: street.map(String::as_str) };
            let Some(price) = who.value(problems, &path, table) else { continue };
            let price = whole_fen(problems, &path, price.0);
            let priced = PassPrice { vehicle: vehicle.clone(), street: street.cloned(), price };
            if !prices.contains(&priced) {
                prices.push(priced);
            }
        }
    }
    prices
}

fn at_most(problems: &mut Vec<Problem>, path: &str, count: usize) {
    if count > TERMS_LIMIT {
        problems.push(Problem::new(path, format!("no more than {TERMS_LIMIT}")));
    }
}
