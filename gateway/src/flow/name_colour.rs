//! A claim that joins a visit names the colour of the plate, by which the class goes: the surest of the words
//! that agree on the plate gives it (`billing::binding::names_colour`), at any time, paid or not.
//!
//! The visit gets another version of its vehicle, as by a correction, and is priced again: only the difference
//! moves. A word that names no colour leaves it as it is.

use anyhow::Context;
use billing::binding::{Method, Word, names_colour};
use store::{ClaimRow, Tx, VehicleRow, VisitRow};
use vocabulary::Plate;

use super::Outcome;
use super::bind_visit::{Bound, settle_soon};
use super::find_twice::{find_others_soon, find_soon};
use super::holder::word_of;
use crate::app::App;

/// Takes over the colour that a joining claim names, if its word is the surest.
pub(super) async fn name_colour(
    app: &App,
    tx: &mut Tx,
    claim: &ClaimRow,
    bound: &Bound,
) -> Outcome<()> {
    let Some(colour) = &claim.plate_colour else { return Ok(()) };
    // Words about the same visit from several bays come one after the other.
    tx.lock_order(bound.order_id).await?.context("visit without order")?;
    let visit = tx.visit(bound.visit_id).await?.context("link without visit")?;
    if visit.plate_colour.as_ref() == Some(colour) || visit.plate != claim.plate {
        return Ok(());
    }
    let sure_pct = app.config.claims.video_sure_pct;
    let (known, version) = known_by(tx, &visit, bound, sure_pct).await?;
    if !names_colour(&known, visit.plate_colour.is_some(), &word_of(claim)?, sure_pct) {
        return Ok(());
    }
    tx.set_vehicle(&VehicleRow {
        visit_id: visit.visit_id,
        version,
        plate: visit.plate.clone(),
        plate_colour: Some(colour.clone()),
        vehicle_class: claim.vehicle_class.clone(),
        method: claim.method.clone(),
        actor: claim.account_id.or(claim.staff_id).unwrap_or_default().to_string(),
        reason: "colour named".into(),
        made_at: app.clock.city_now().ms(),
    })
    .await?;
    let what = format!("{}:vehicle:{version}", visit.visit_id);
    settle_soon(app, tx, visit.visit_id, &what).await?;
    find_soon(app, tx, visit.visit_id, &what).await?;
    Ok(find_others_soon(app, tx, &visit, &what).await?)
}

/// The word by which the vehicle of a visit is known, and the number of its next version.
async fn known_by(
    tx: &mut Tx,
    visit: &VisitRow,
    bound: &Bound,
    sure_pct: u8,
) -> Outcome<(Word, i64)> {
    let vehicles = tx.vehicles(visit.visit_id).await?;
    let version = i64::try_from(vehicles.len()).context("versions of a vehicle")? + 1;
    if let Some(known) = vehicles.last() {
        let method = Method::from_name(&known.method).context("unknown method")?;
        let plate = Plate::read(&known.plate);
        let plate = plate.map_err(|reject| anyhow::anyhow!("a stored plate: {reject}"))?;
        // Of cameras only sure words made a version.
        return Ok((
            Word { method, plate, account: None, confidence_pct: Some(sure_pct) },
            version,
        ));
    }
    let link = tx.current_link(bound.stay_id).await?.context("a stay without link")?;
    let first = tx.claim(link.claim_id).await?.context("link without claim")?;
    Ok((word_of(&first)?, version))
}
