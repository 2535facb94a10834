//! What a stay would cost: the same engine and the same tariff as the bill, nothing stored.

use std::sync::Arc;

use anyhow::Context;
use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case, Reject};
use vocabulary::{BayCode, Interval, Timestamp, VehicleClass};

use super::visit_case::read_tariff;
use super::{Outcome, Refusal};
use crate::app::App;

/// Longest stay that is quoted.
const LONGEST_MS: i64 = 31 * 24 * 3_600_000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    pub bay_code: BayCode,
    pub vehicle: VehicleClass,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Prices a stay that has not happened.
///
/// # Errors
/// `bay_unknown`, `interval_negative`, `interval_too_long`, or the engine's refusal (`no_tariff_in_force`, …).
pub async fn quote(app: &App, question: &Question) -> Outcome<(Arc<Tariff>, Bill)> {
    let interval = Interval::new(question.from, question.to)
        .ok_or_else(|| Refusal::malformed("interval_negative", "`to` lies before `from`"))?;
    if interval.length_ms() > LONGEST_MS {
        return Err(Refusal::refused("interval_too_long", "quotes are given for up to 31 days"));
    }
    let mut tx = app.store.read().await?;
    let code = question.bay_code.as_str();
    let bay = tx.bay_by_code(code).await?;
    let bay =
        bay.ok_or_else(|| Refusal::missing("bay_unknown", format!("no bay has the code {code}")))?;
    let terms = tx.terms(bay.bay_id, question.from.ms()).await?;
    let terms = terms
        .ok_or_else(|| Refusal::refused("no_tariff_terms", "no fee zone covers this bay then"))?;
    let row = tx.tariff(&terms.tariff_id).await?.context("the zone's tariff is not stored")?;
    let tariff = read_tariff(&row.yaml)?;
    let bill = price_stay(&tariff, question.vehicle, interval)
        .map_err(|reject| Refusal::refused(reject.code(), "the tariff cannot price this stay"))?;
    Ok((tariff, bill))
}

/// The bill of a stay of a vehicle of which nothing else is known.
///
/// # Errors
/// The engine's refusal.
pub(crate) fn price_stay(
    tariff: &Tariff,
    vehicle: VehicleClass,
    interval: Interval,
) -> Result<Bill, Reject> {
    let case = Case::new(vehicle.name(), vec![interval], vec![]);
    billing::price(tariff, Calendars::built_in(), &case)
}
