//! A driver wants to pay an order: the attempt is stored, and a job asks the provider for it.

use anyhow::Context;
use billing::payment::PaymentState;
use store::{PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::AccountId;

use super::move_order::{order_of, refused};
use super::running_fee::running_fee;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// How long a driver may take to pay before the attempt is closed (machine time).
const VALID_MS: i64 = 30 * 60_000;

/// Starts a payment of what is left to pay, or returns the one that is pending. While parked that is
/// the running fee less what was paid: a part payment, the order stays open.
///
/// # Errors
/// `order_unknown`, `order_not_priced` (no running fee), `nothing_due` (paid up to now), `order_paid`,
/// `order_free` and the like, `payment_pending`.
pub async fn start_payment(
    app: &App,
    tx: &mut Tx,
    order_id: Uuid,
    payer: AccountId,
) -> Outcome<PaymentRow> {
    let order = tx.lock_order(order_id).await?.filter(|o| o.account_id == Some(payer.0));
    let order = order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    let running = running_fee(tx, &order, app.clock.city_now()).await?.map(|fee| fee.total);
    let amount = order_of(&order)?.payable(running).map_err(refused)?;
    let openid = tx.openid(payer.0).await?.context("account without openid")?;
    let payment_id = Uuid::now_v7();
    let now = app.clock.machine_now_ms();
    let payment = PaymentRow {
        payment_id,
        order_id,
        channel: "wechat".into(),
        state: PaymentState::Created.name().into(),
        amount_fen: amount.0,
        payer: Some(openid),
        out_trade_no: payment_id.simple().to_string(),
        prepay_id: None,
        transaction_id: None,
        created_at: now,
        expires_at: app.clock.city_now().plus_ms(VALID_MS.saturating_mul(app.clock.speed())).ms(),
        succeeded_at: None,
    };
    if tx.insert_payment(&payment).await? {
        tx.enqueue(Kind::PreparePayment.name(), &payment_id.to_string(), order_id, now).await?;
        return Ok(payment);
    }
    let pending = pending(tx, order_id).await?.context("a pending payment vanished")?;
    // While parked the fee grows: what was asked for a moment ago is a part payment as good as any.
    if pending.amount_fen == payment.amount_fen || order.state == "open" {
        return Ok(pending);
    }
    Err(Refusal::conflict(
        "payment_pending",
        "an attempt over another amount is being closed; ask again in a moment",
    ))
}

/// The amount of an order has changed: an attempt over the old one is closed at the provider.
pub(super) async fn close_pending(app: &App, tx: &mut Tx, order_id: Uuid) -> anyhow::Result<()> {
    let Some(payment) = pending(tx, order_id).await? else { return Ok(()) };
    let kind = if payment.state == "created" { Kind::PreparePayment } else { Kind::AskPayment };
    tx.expire_payment(payment.payment_id, app.clock.city_now().ms()).await?;
    let key = format!("{}:close", payment.payment_id);
    tx.enqueue(kind.name(), &key, order_id, app.clock.machine_now_ms()).await?;
    Ok(())
}

async fn pending(tx: &mut Tx, order_id: Uuid) -> store::Result<Option<PaymentRow>> {
    let payments = tx.payments_of_order(order_id).await?;
    Ok(payments.into_iter().rfind(|p| p.state == "created" || p.state == "ready"))
}
