//! The terms beside windows and tiers: caps, the total, passes, time bought, the time limit.

use vocabulary::Fen;

use super::form::{CapForm, TotalForm, VersionForm};
use super::ladder::MINUTES_LIMIT;
use super::who::Who;
use super::windows::minutes_ms;
use super::{
    Cap, CountedIn, Period, Periods, PlanWindow, Problem, Restarts, RoundingMode, TimeLimit,
    Unused, Visits, currency,
};
use crate::amount::Price;

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

/// What holds for time bought in advance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prepaid {
    /// Which time uses it up: paid windows only, so that what is bought before opening begins with
    /// it, or all time.
    pub counted_in: CountedIn,
    /// What becomes of time that was not used.
    pub unused: Unused,
}

pub(super) fn caps(
    problems: &mut Vec<Problem>,
    path: &str,
    who: Who<'_>,
    plan: &[PlanWindow],
) -> Vec<Cap> {
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
        if form.per == Period::Vehicle {
            problems.push(Problem::new(format!("{path}.per"), "stay, window, day, 24h or month"));
        }
        let Some(amount) = cap_amount(problems, &path, form, who, plan) else { continue };
        let (visits, periods) = (form.visits, form.periods);
        let by_arrival = form.per == Period::Rolling24h && visits == Visits::One;
        if periods == Periods::Complete && !by_arrival {
            let message = "complete periods are those of per: 24h, visits: one";
            problems.push(Problem::new(format!("{path}.periods"), message));
        }
        caps.push(Cap { index: i, per: form.per, amount, windows, visits, periods });
    }
    caps
}

/// `None` for whom there is no cap: a table that leaves it out, a window that is not for it.
fn cap_amount(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &CapForm,
    who: Who<'_>,
    plan: &[PlanWindow],
) -> Option<Fen> {
    match (&form.amount, &form.price_of) {
        (Some(table), None) => {
            let path = format!("{path}.amount");
            let amount = who.value(problems, &path, table)?;
            Some(whole_fen(problems, &path, amount.0, who.currency))
        }
        (None, Some(price_of)) => {
            let path = format!("{path}.price_of");
            if !who.version.windows.iter().any(|w| w.name == price_of.window) {
                let message = format!("no window is called {}", price_of.window);
                problems.push(Problem::new(format!("{path}.window"), message));
            }
            if !(1..=MINUTES_LIMIT).contains(&price_of.minutes) {
                let message = format!("1 to {MINUTES_LIMIT}");
                problems.push(Problem::new(format!("{path}.minutes"), message));
            }
            let named = |window: &&PlanWindow| {
                who.version.windows.get(window.index).is_some_and(|w| w.name == price_of.window)
            };
            let ladder = plan.iter().find(named)?.ladder.as_ref()?;
            let amount = ladder.price_of(minutes_ms(price_of.minutes));
            if amount.is_none() {
                problems.push(Problem::new(path, "what they cost is not whole fen"));
            }
            amount
        }
        _ => {
            problems.push(Problem::new(path, "a cap has either amount or price_of"));
            None
        }
    }
}

/// The indices of named windows; of all windows if none is named.
pub(super) fn window_indices(
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

pub(super) fn whole_fen(
    problems: &mut Vec<Problem>,
    path: &str,
    price: Price,
    currency: &str,
) -> Fen {
    let limit = currency::price_limit(currency);
    if Price::of_fen(price.fen_down().0) != price || price > limit {
        let message = format!("whole fen, at most {}", limit.text());
        problems.push(Problem::new(path, message));
    }
    price.fen_down()
}

/// What the total is a whole number of, and how it is brought there: the smallest amount of the
/// currency, unless it is said otherwise.
pub(super) fn total(
    problems: &mut Vec<Problem>,
    path: &str,
    form: Option<&TotalForm>,
    currency: &str,
) -> (Fen, RoundingMode) {
    let smallest = currency::smallest(currency);
    let Some(form) = form else { return (smallest, RoundingMode::HalfUp) };
    let path = format!("{path}.total.to");
    let to = whole_fen(problems, &path, form.to.0, currency);
    if to == Fen::ZERO || to.0.checked_rem(smallest.0) != Some(0) {
        let message = format!("a whole number of {}, the smallest amount paid", smallest.yuan());
        problems.push(Problem::new(path, message));
        return (smallest, form.rounding);
    }
    (to, form.rounding)
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
    if form.visits == Visits::All && matches!(form.counted_per, Period::Stay | Period::Window) {
        let message = "a limit over all visits is counted per day, 24h, month or vehicle";
        problems.push(Problem::new(format!("{path}.time_limit.visits"), message));
    }
    Some(TimeLimit {
        length_ms: minutes_ms(minutes),
        counted_in: form.counted_in,
        counted_per: form.counted_per,
        visits: form.visits,
        beyond: form.beyond,
    })
}

pub(super) fn passes(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    currency: &str,
) -> Vec<Pass> {
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
        let prices = pass_prices(problems, &path, (form, currency), pass.price.as_ref());
        passes.push(Pass { name: pass.name.clone(), windows, prices });
    }
    passes
}

fn pass_prices(
    problems: &mut Vec<Problem>,
    path: &str,
    (form, currency): (&VersionForm, &str),
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
            let who = Who { version: form, vehicle, street: street.map(String::as_str), currency };
            let Some(price) = who.value(problems, &path, table) else { continue };
            let price = whole_fen(problems, &path, price.0, currency);
            let priced = PassPrice { vehicle: vehicle.clone(), street: street.cloned(), price };
            if !prices.contains(&priced) {
                prices.push(priced);
            }
        }
    }
    prices
}

pub(super) fn at_most(problems: &mut Vec<Problem>, path: &str, count: usize) {
    if count > TERMS_LIMIT {
        problems.push(Problem::new(path, format!("no more than {TERMS_LIMIT}")));
    }
}
