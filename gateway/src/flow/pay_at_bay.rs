//! Paying by the code on the bay, without signing in: bay, minutes and amount are shown, and nothing else.
//!
//! Who pays is not asked. Only the vehicle that stands there now can be paid for, so that nobody learns
//! what somebody else owes; and only once its plate is known, since the fee depends on the vehicle.

use billing::payment::PaymentState;
use store::{OrderRow, PaymentRow, StayRow, Tx};
use uuid::Uuid;
use vocabulary::{BayCode, Timestamp};

use super::move_order::order_of;
use super::running_fee::running_fee;
use super::start_payment::{Attempt, attempt};
use super::{Outcome, Refusal};
use crate::app::App;
use crate::outbound::Door;

/// What the sign on the bay leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BayDue {
    /// How long the vehicle has been there.
    pub minutes: i64,
    /// What would be paid now; none while the vehicle is not known.
    pub amount_fen: Option<i64>,
}

/// What is due for the vehicle that stands in a bay.
///
/// # Errors
/// `bay_unknown`, `bay_not_occupied`.
pub async fn show_due(app: &App, code: &BayCode) -> Outcome<BayDue> {
    let mut tx = app.store.read().await?;
    let now = app.clock.city_now();
    let (stay, order) = standing(&mut tx, code).await?;
    let amount_fen = match &order {
        Some(order) => payable(&mut tx, order, now).await?,
        None => None,
    };
    Ok(BayDue { minutes: minutes(&stay, now), amount_fen })
}

/// Starts to pay for it.
///
/// # Errors
/// As `show_due`, and `stay_unclaimed`, `nothing_due`, `order_paid`, … as `start_payment`; `payment_pending`
/// while the driver is paying it.
pub(crate) async fn pay_at_bay(
    app: &App,
    tx: &mut Tx,
    code: &BayCode,
    door: &Door,
) -> Outcome<Attempt> {
    let (_, order) = standing(tx, code).await?;
    let order = order.ok_or_else(unclaimed)?;
    let order = tx.lock_order(order.order_id).await?.ok_or_else(unclaimed)?;
    let attempt = attempt(app, tx, &order, door).await?;
    if let Attempt::InTheWay(payment_id) = attempt
        && is_drivers(tx, &order, payment_id).await?
    {
        let detail = "the driver is paying; ask again in a while";
        return Err(Refusal::conflict("payment_pending", detail));
    }
    Ok(attempt)
}

/// A payment that was started at this bay, as long as the vehicle it is for stands there.
///
/// # Errors
/// `payment_unknown`.
pub async fn payment_at_bay(app: &App, code: &BayCode, payment_id: Uuid) -> Outcome<PaymentRow> {
    let unknown = || Refusal::missing("payment_unknown", "no such payment at this bay");
    let mut tx = app.store.read().await?;
    let payment = tx.payment(payment_id).await?.ok_or_else(unknown)?;
    let bay = tx.bay_by_code(code.as_str()).await?.ok_or_else(unknown)?;
    let order = tx.order(payment.order_id).await?.ok_or_else(unknown)?;
    let stays = tx.stays_of_visit(order.subject_id).await?;
    if stays.iter().any(|stay| stay.bay_id == bay.bay_id) { Ok(payment) } else { Err(unknown()) }
}

/// The order of the vehicle that stood in a bay at an instant, or left it shortly before; by its code.
pub(crate) async fn order_at_bay(
    app: &App,
    tx: &mut Tx,
    code: &BayCode,
    at: Timestamp,
) -> Outcome<Option<Uuid>> {
    let Some(bay) = tx.bay_by_code(code.as_str()).await? else { return Ok(None) };
    let window_ms = app.config.claims.after_departure_min.saturating_mul(60_000);
    let stays = tx.stays_of_bay(bay.bay_id, at.plus_ms(-window_ms).ms()).await?;
    let counts = |stay: &&StayRow| {
        (stay.state == "present" || stay.state == "left") && stay.arrived_at <= at.ms()
    };
    let Some(stay) = stays.iter().rfind(counts) else { return Ok(None) };
    Ok(order_of_stay(tx, stay).await?.map(|order| order.order_id))
}

async fn standing(tx: &mut Tx, code: &BayCode) -> Outcome<(StayRow, Option<OrderRow>)> {
    let unknown = || Refusal::missing("bay_unknown", format!("no bay has the code {code}"));
    let bay = tx.bay_by_code(code.as_str()).await?.ok_or_else(unknown)?;
    let stays = tx.stays_of_bay(bay.bay_id, i64::MAX).await?;
    let stay = stays.into_iter().rfind(|stay| stay.state == "present");
    let stay = stay.ok_or_else(|| {
        Refusal::conflict("bay_not_occupied", "no vehicle is known to stand in this bay")
    })?;
    let order = order_of_stay(tx, &stay).await?;
    Ok((stay, order))
}

async fn order_of_stay(tx: &mut Tx, stay: &StayRow) -> Outcome<Option<OrderRow>> {
    let Some(link) = tx.current_link(stay.stay_id).await? else { return Ok(None) };
    Ok(tx.order_of("visit", link.visit_id).await?)
}

async fn payable(tx: &mut Tx, order: &OrderRow, now: Timestamp) -> Outcome<Option<i64>> {
    let running = running_fee(tx, order, now).await?.map(|fee| fee.total);
    match order_of(order)?.payable(running) {
        Ok(amount) => Ok(Some(amount.0)),
        // Paid up to now, free, or whatever else: nothing is to be paid.
        Err(billing::order::OrderReject::NotPriced) => Ok(None),
        Err(_) => Ok(Some(0)),
    }
}

/// Whether the driver of an order is paying it by this attempt, signed in or, inside WeChat, at the bay.
async fn is_drivers(tx: &mut Tx, order: &OrderRow, payment_id: Uuid) -> Outcome<bool> {
    let Some(payment) = tx.payment(payment_id).await? else { return Ok(false) };
    let pending = payment.state == PaymentState::Created.name()
        || payment.state == PaymentState::Ready.name();
    let Some(account) = order.account_id.filter(|_| pending) else { return Ok(false) };
    if tx.is_drivers_own(payment_id).await? {
        return Ok(true);
    }
    // A part of a payment over several orders is its driver's by any door.
    let whole = tx.joint_of(payment_id).await?;
    if whole.as_ref().is_some_and(|whole| whole.account_id == Some(account)) {
        return Ok(true);
    }
    let payer = whole.and_then(|whole| whole.payer).or(payment.payer);
    Ok(payer.is_some() && payer == tx.openid(account).await?)
}

fn minutes(stay: &StayRow, now: Timestamp) -> i64 {
    (now.ms() - stay.arrived_at).max(0) / 60_000
}

fn unclaimed() -> Refusal {
    Refusal::conflict(
        "stay_unclaimed",
        "the plate of the vehicle is not known yet: claim the bay first",
    )
}
