//! The plate or the colour of a visit was wrong: it gets another vehicle, at any time, paid or not.
//!
//! Its order is priced again: another class may cost more or less, and only the difference moves.

use anyhow::Context;
use store::{Tx, VehicleRow};
use uuid::Uuid;
use vocabulary::{Plate, PlateColour};

use super::Outcome;
use super::actor::Actor;
use super::bind_visit::settle_soon;
use super::earlier_visits::settle_later;
use super::extend_visit::locked_order;
use super::find_twice::{find_others_soon, find_soon};
use super::see_plate::see_by_staff;
use super::visit_case::read_tariff;
use crate::app::App;

/// Which vehicle it is, and how that is known.
#[derive(Clone, Debug)]
pub struct Correction {
    pub plate: Plate,
    pub colour: Option<PlateColour>,
    pub reason: String,
}

/// Gives a visit the vehicle that it really is of. Returns the order and the number of the correction.
///
/// # Errors
/// `visit_unknown`.
pub async fn correct_vehicle(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    visit_id: Uuid,
    correction: &Correction,
) -> Outcome<(Uuid, i64)> {
    let order = locked_order(tx, actor, visit_id).await?;
    let visit = tx.visit(visit_id).await?.context("order without visit")?;
    let tariff = tx.tariff(&order.tariff_id).await?.context("the order's tariff is not stored")?;
    let version = i64::try_from(tx.vehicles(visit_id).await?.len()).context("corrections")? + 1;
    tx.set_vehicle(&VehicleRow {
        visit_id,
        version,
        plate: correction.plate.as_str().to_owned(),
        plate_colour: correction.colour.map(|colour| colour.name().to_owned()),
        vehicle_class: correction.plate.class(correction.colour).name().to_owned(),
        method: "correction".into(),
        actor: actor.name(),
        reason: correction.reason.clone(),
        made_at: app.clock.city_now().ms(),
    })
    .await?;
    let seen = (correction.plate.as_str(), correction.colour.map(|colour| colour.name()));
    see_by_staff(tx, (visit_id, None), seen, app.clock.city_now()).await?;
    let what = format!("{visit_id}:vehicle:{version}");
    settle_soon(app, tx, visit_id, &what).await?;
    find_soon(app, tx, visit_id, &what).await?;
    find_others_soon(app, tx, &visit, &what).await?;
    // It no longer counts for the vehicle that it was not of.
    let tariff = read_tariff(&tariff.yaml)?;
    settle_later(app, tx, &order, &visit.plate, &tariff).await?;
    Ok((order.order_id, version))
}
