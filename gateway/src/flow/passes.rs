//! Passes: sold for a zone, asked for with evidence, offered while the quota lasts, paid like any
//! order. A pass promises no bay. Evidence is deleted in the transaction that decides.

use anyhow::Context;
use billing::pass::{self, PassEvent, PassReject, PassState};
use serde_json::json;
use store::{PassProductRow, PassRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Plate, Timestamp};

use super::actor::Actor;
use super::coupons::operator_of;
use super::enter_exemption::settle_again;
use super::open_pass_order::open_pass_order;
use super::{Outcome, Refusal};
use crate::app::App;

const HOUR_MS: i64 = 3_600_000;
/// How often a holder may change the plate of a pass by themselves.
const PLATE_CHANGES: i64 = 2;
/// Visits that are priced again when a pass changes.
const VISITS: i64 = 1_000;

/// A pass to sell.
#[derive(Clone, Debug)]
pub struct NewProduct<'a> {
    pub zone_id: Uuid,
    pub name: &'a str,
    pub tariff_pass: &'a str,
    pub price_fen: i64,
    pub months: i64,
    pub quota: Option<i64>,
    pub evidence_needed: bool,
    pub eligibility: &'a str,
    pub offer_hours: i64,
}

/// Puts a pass on sale. Its name must be one that the zone's tariff knows.
///
/// # Errors
/// `zone_unknown`, `pass_not_in_tariff`, `product_exists`.
pub async fn sell_pass(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    new: &NewProduct<'_>,
) -> Outcome<PassProductRow> {
    let now = app.clock.city_now();
    let operator_id = operator_of(tx, actor).await?;
    let zones = tx.zones().await?;
    if !zones.iter().any(|z| z.zone_id == new.zone_id && z.operator_id == operator_id) {
        return Err(Refusal::missing("zone_unknown", "there is no such zone of yours"));
    }
    let tariff = super::open_pass_order::tariff_of_zone(tx, new.zone_id, now).await?;
    let sold =
        tariff.version_at(now).is_some_and(|v| v.passes.iter().any(|p| p.name == new.tariff_pass));
    if !sold {
        let detail = "the tariff of the zone sells no pass of this name: what it covers is the tariff's to say";
        return Err(Refusal::refused("pass_not_in_tariff", detail));
    }
    let product = PassProductRow {
        product_id: Uuid::now_v7(),
        operator_id,
        zone_id: new.zone_id,
        name: new.name.into(),
        tariff_pass: new.tariff_pass.into(),
        price_fen: new.price_fen,
        months: new.months,
        quota: new.quota,
        evidence_needed: new.evidence_needed,
        eligibility: new.eligibility.into(),
        offer_hours: new.offer_hours,
        made_at: now.ms(),
        ended_at: None,
    };
    if !tx.insert_pass_product(&product).await? {
        return Err(Refusal::conflict("product_exists", "there is a pass of this name"));
    }
    let detail = json!({"price_fen": new.price_fen, "quota": new.quota});
    let object = ("pass_product", &*product.product_id.to_string());
    actor.audit(tx, now, "sell_pass", object, &detail).await?;
    Ok(product)
}

/// A driver asks for a pass. Without evidence to look at it is offered, or waits, at once.
///
/// # Errors
/// `product_unknown`.
pub async fn apply_for_pass(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    product_id: Uuid,
    plate: &Plate,
) -> Outcome<PassRow> {
    let now = app.clock.city_now();
    let product = tx.lock_pass_product(product_id).await?.filter(|p| p.ended_at.is_none());
    let product =
        product.ok_or_else(|| Refusal::missing("product_unknown", "no such pass is sold"))?;
    let mut row = PassRow {
        pass_id: Uuid::now_v7(),
        product_id,
        operator_id: product.operator_id,
        account_id: Some(account.0),
        state: PassState::Applied.name().into(),
        applied_at: now.ms(),
        decided_at: None,
        decided_by: None,
        reason: None,
        offered_until_at: None,
        valid_from_at: None,
        valid_to_at: None,
        price_fen: product.price_fen,
        given_back_fen: 0,
        changed_at: now.ms(),
    };
    tx.insert_pass(&row).await?;
    tx.change_pass_plate(row.pass_id, plate.as_str(), now.ms()).await?;
    if !product.evidence_needed {
        approve(tx, &product, &mut row, "system", now).await?;
    }
    Ok(row)
}

/// A member of staff decides an application; the evidence is deleted with the decision.
///
/// # Errors
/// `pass_unknown`, `pass_already_decided`, `reason_missing` for a refusal.
pub async fn decide_pass(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    pass_id: Uuid,
    refusal: Option<&str>,
) -> Outcome<PassRow> {
    let now = app.clock.city_now();
    let known = tx.pass(pass_id).await?.filter(|p| actor.may_touch(Some(p.operator_id)));
    let product_id = known.ok_or_else(pass_unknown)?.product_id;
    let product = tx.lock_pass_product(product_id).await?.context("pass without product")?;
    let mut row = tx.lock_pass(pass_id).await?.context("pass vanished")?;
    match refusal {
        None => approve(tx, &product, &mut row, &actor.name(), now).await?,
        Some(reason) if reason.trim().is_empty() => {
            return Err(Refusal::refused(
                "reason_missing",
                "say why, in words that the driver can read",
            ));
        }
        Some(reason) => {
            row.state = next(&row, PassEvent::Refused)?.name().into();
            row.reason = Some(reason.trim().into());
            (row.decided_at, row.decided_by) = (Some(now.ms()), Some(actor.name()));
            store(tx, &mut row, now).await?;
        }
    }
    tx.delete_pass_evidence(pass_id, now.ms()).await?;
    let object = ("pass", &*pass_id.to_string());
    actor.audit(tx, now, "decide_pass", object, &json!({"state": row.state})).await?;
    Ok(row)
}

async fn approve(
    tx: &mut Tx,
    product: &PassProductRow,
    row: &mut PassRow,
    by: &str,
    now: Timestamp,
) -> Outcome<()> {
    let (taken, waiting) = tx.pass_places(product.product_id).await?;
    // Nobody passes those who wait.
    let room = pass::has_room(quota(product), u32::try_from(taken + waiting).unwrap_or(u32::MAX));
    row.state = next(row, PassEvent::Approved { room })?.name().into();
    (row.decided_at, row.decided_by) = (Some(now.ms()), Some(by.to_owned()));
    if room {
        offer(tx, product, row, now).await?;
    }
    store(tx, row, now).await
}

/// A place is free for who waits longest. Run by a sweep, under the product's lock.
pub(super) async fn offer_next(app: &App, tx: &mut Tx, product_id: Uuid) -> Outcome<bool> {
    let now = app.clock.city_now();
    let Some(product) = tx.lock_pass_product(product_id).await? else { return Ok(false) };
    let (taken, _) = tx.pass_places(product_id).await?;
    if !pass::has_room(quota(&product), u32::try_from(taken).unwrap_or(u32::MAX)) {
        return Ok(false);
    }
    let Some(mut row) = tx.first_waiting(product_id).await? else { return Ok(false) };
    row.state = next(&row, PassEvent::RoomFound)?.name().into();
    offer(tx, &product, &mut row, now).await?;
    store(tx, &mut row, now).await?;
    Ok(true)
}

/// It runs from today, for whole months, and is paid within the time of the offer.
async fn offer(
    tx: &mut Tx,
    product: &PassProductRow,
    row: &mut PassRow,
    now: Timestamp,
) -> Outcome<()> {
    row.offered_until_at = Some(now.plus_ms(product.offer_hours.saturating_mul(HOUR_MS)).ms());
    open_pass_order(tx, product, row, now).await
}

/// The holder changes the plate, from now on. What the old one covered stays covered.
///
/// # Errors
/// `pass_unknown`, `pass_not_active`, `plate_changes_used_up`.
pub async fn change_plate(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    pass_id: Uuid,
    plate: &Plate,
) -> Outcome<PassRow> {
    let now = app.clock.city_now();
    let row = tx.lock_pass(pass_id).await?.filter(|p| p.account_id == Some(account.0));
    let row = row.ok_or_else(pass_unknown)?;
    if is_new(tx, &row, plate).await? {
        if tx.pass_plate_changes(pass_id).await? >= PLATE_CHANGES {
            let detail = "the plate was changed twice; from now on the operator's staff change it, who ask why";
            return Err(Refusal::conflict("plate_changes_used_up", detail));
        }
        hold_for(app, tx, &row, plate, now).await?;
    }
    Ok(row)
}

/// Staff change the plate for the holder, however often it was changed.
///
/// # Errors
/// `pass_unknown`, `pass_not_active`.
pub async fn change_plate_for(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    pass_id: Uuid,
    (plate, reason): (&Plate, &str),
) -> Outcome<PassRow> {
    let now = app.clock.city_now();
    let row = tx.lock_pass(pass_id).await?.filter(|p| actor.may_touch(Some(p.operator_id)));
    let row = row.ok_or_else(pass_unknown)?;
    if is_new(tx, &row, plate).await? {
        hold_for(app, tx, &row, plate, now).await?;
        let object = ("pass", &*pass_id.to_string());
        actor.audit(tx, now, "change_pass_plate", object, &json!({"reason": reason})).await?;
    }
    Ok(row)
}

/// Whether a pass that runs holds for another plate so far.
async fn is_new(tx: &mut Tx, row: &PassRow, plate: &Plate) -> Outcome<bool> {
    if row.state != PassState::Active.name() {
        return Err(Refusal::conflict("pass_not_active", "the pass does not run"));
    }
    Ok(tx.pass_plate_now(row.pass_id).await?.as_deref() != Some(plate.as_str()))
}

/// From now on a pass holds for a plate.
async fn hold_for(
    app: &App,
    tx: &mut Tx,
    row: &PassRow,
    plate: &Plate,
    now: Timestamp,
) -> Outcome<()> {
    tx.change_pass_plate(row.pass_id, plate.as_str(), now.ms()).await?;
    price_again(app, tx, row, &format!("plate:{}", now.ms())).await
}

/// Visits of the plates of a pass while it runs are priced again.
pub(super) async fn price_again(app: &App, tx: &mut Tx, row: &PassRow, why: &str) -> Outcome<()> {
    let (Some(from), Some(to)) = (row.valid_from_at, row.valid_to_at) else { return Ok(()) };
    for (plate,) in tx.plates_of_pass(row.pass_id).await? {
        let operator = Some(row.operator_id);
        let visits = tx.visits_of_plate(operator, &plate, from, to, VISITS).await?;
        settle_again(app, tx, &visits, &format!("pass:{}:{why}", row.pass_id)).await?;
    }
    Ok(())
}

pub(super) async fn store(tx: &mut Tx, row: &mut PassRow, now: Timestamp) -> Outcome<()> {
    row.changed_at = now.ms();
    Ok(tx.update_pass(row).await?)
}

pub(super) fn next(row: &PassRow, event: PassEvent) -> Outcome<PassState> {
    let state = PassState::from_name(&row.state).context("unknown state of a pass")?;
    pass::advance(state, event).map_err(refused)
}

pub(crate) fn pass_unknown() -> Refusal {
    Refusal::missing("pass_unknown", "there is no such pass of yours")
}

fn refused(reject: PassReject) -> Refusal {
    Refusal::conflict(reject.code(), reject.to_string())
}

fn quota(product: &PassProductRow) -> Option<u32> {
    product.quota.and_then(|quota| u32::try_from(quota).ok())
}
