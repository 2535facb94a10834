//! Somebody wants to pay an order: the attempt is stored, and a job asks the provider for it.
//!
//! One attempt of an order is pending at a time. Who asks for the same again gets the pending one; who
//! wants to pay by another door, or another amount, waits until the old attempt is closed at the provider,
//! since only that keeps two tabs from paying twice. If they do all the same, what is too much goes back.

use anyhow::Context;
use billing::payment::PaymentState;
use store::{OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::AccountId;

use super::asked::asked;
use super::move_order::{order_of, refused};
use super::phone_sign_in::is_phone;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;
use crate::outbound::Door;

/// How long somebody may take to pay before the attempt is closed (machine time). WeChat Pay's page for
/// browsers lives five minutes.
const VALID_MS: i64 = 30 * 60_000;
const VALID_H5_MS: i64 = 5 * 60_000;

/// What came of asking to pay.
#[derive(Debug)]
pub enum Attempt {
    /// The attempt to go on with.
    Payment(Box<PaymentRow>),
    /// Another attempt is pending that has to be closed first: close it, and ask again.
    InTheWay(Uuid),
}

/// By what a driver pays who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// Inside WeChat.
    Jsapi,
    /// Somebody else's phone scans a code.
    Native,
    /// From a browser at this address.
    H5 { client_ip: String },
}

/// Starts a payment of what is left to pay, or returns the one that is pending. While parked that is
/// the running fee less what was paid: a part payment, the order stays open. Of a pass that is offered it is the price.
///
/// # Errors
/// `order_unknown`, `order_not_priced` (no running fee), `nothing_due` (paid up to now), `order_paid`,
/// `order_free` and the like.
pub async fn start_payment(
    app: &App,
    tx: &mut Tx,
    order_id: Uuid,
    payer: AccountId,
    means: &Means,
) -> Outcome<Attempt> {
    let order = tx.lock_order(order_id).await?.filter(|o| o.account_id == Some(payer.0));
    let order = order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    let door = door_for(tx, payer, means).await?;
    let attempt = attempt(app, tx, &order, &door).await?;
    // Also one that somebody began at the bay: from now on the driver pays by it.
    if let Attempt::Payment(payment) = &attempt {
        tx.mark_drivers_own(payment.payment_id).await?;
    }
    Ok(attempt)
}

/// The door that a signed-in driver pays by.
pub(crate) async fn door_for(tx: &mut Tx, payer: AccountId, means: &Means) -> Outcome<Door> {
    Ok(match means {
        Means::Jsapi => {
            let openid = tx.openid(payer.0).await?.context("account without openid")?;
            if is_phone(&openid) {
                let detail = "who signed in by phone pays by h5 or native";
                return Err(Refusal::refused("method_needs_wechat", detail));
            }
            Door::Jsapi { openid }
        }
        Means::Native => Door::Native,
        Means::H5 { client_ip } => Door::H5 { client_ip: client_ip.clone() },
    })
}

/// The same for an order that this transaction has locked, by any door.
pub(crate) async fn attempt(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    door: &Door,
) -> Outcome<Attempt> {
    let asked = asked(tx, order, app.clock.city_now()).await?;
    let amount = order_of(order)?.payable(asked).map_err(refused)?;
    let payment = fresh(app, order.order_id, amount.0, door);
    if tx.insert_payment(&payment).await? {
        let (key, now) = (payment.payment_id.to_string(), payment.created_at);
        tx.enqueue(Kind::PreparePayment.name(), &key, order.order_id, now).await?;
        return Ok(Attempt::Payment(Box::new(payment)));
    }
    let pending = pending(tx, order.order_id).await?.context("a pending payment vanished")?;
    // While parked the fee grows: what was asked for a moment ago is a part payment as good as any.
    let same_amount = pending.amount_fen == payment.amount_fen || order.state == "open";
    let same_door = (&pending.method, &pending.payer, &pending.scene_json)
        == (&payment.method, &payment.payer, &payment.scene_json);
    let alone = tx.joint_of(pending.payment_id).await?.is_none();
    if same_amount && same_door && alone {
        return Ok(Attempt::Payment(Box::new(pending)));
    }
    Ok(Attempt::InTheWay(pending.payment_id))
}

/// An attempt that nobody knows of yet.
pub(super) fn fresh(app: &App, order_id: Uuid, amount_fen: i64, door: &Door) -> PaymentRow {
    let payment_id = Uuid::now_v7();
    let (method, valid_ms) = match door {
        Door::Jsapi { .. } => ("jsapi", VALID_MS),
        Door::Native => ("native", VALID_MS),
        Door::H5 { .. } => ("h5", VALID_H5_MS),
    };
    let (payer, scene) = match door {
        Door::Jsapi { openid } => (Some(openid.clone()), None),
        Door::Native => (None, None),
        Door::H5 { client_ip } => (None, Some(serde_json::json!({"client_ip": client_ip}))),
    };
    PaymentRow {
        payment_id,
        order_id,
        channel: "wechat".into(),
        method: method.into(),
        state: PaymentState::Created.name().into(),
        amount_fen,
        payer,
        scene_json: scene.map(|scene| scene.to_string()),
        out_trade_no: payment_id.simple().to_string(),
        prepay_id: None,
        transaction_id: None,
        created_at: app.clock.machine_now_ms(),
        expires_at: app.clock.city_now().plus_ms(valid_ms.saturating_mul(app.clock.speed())).ms(),
        succeeded_at: None,
    }
}

/// The door that a stored attempt was made by.
pub(crate) fn door_of(payment: &PaymentRow) -> anyhow::Result<Door> {
    match payment.method.as_str() {
        "jsapi" => {
            let openid = payment.payer.clone().context("a payment inside WeChat without payer")?;
            Ok(Door::Jsapi { openid })
        }
        "native" => Ok(Door::Native),
        "h5" => {
            let scene = payment.scene_json.as_deref().unwrap_or_default();
            let scene: serde_json::Value = serde_json::from_str(scene)?;
            let client_ip = scene["client_ip"].as_str().context("a payment without address")?;
            Ok(Door::H5 { client_ip: client_ip.to_owned() })
        }
        other => anyhow::bail!("a payment by the unknown door {other}"),
    }
}

/// The amount of an order has changed: an attempt over the old one is closed at the provider.
pub(super) async fn close_pending(app: &App, tx: &mut Tx, order_id: Uuid) -> anyhow::Result<()> {
    let payments = tx.payments_of_order(order_id).await?;
    close_pending_of(app, tx, &payments).await
}

/// The same where the payments of the order have been read under its lock.
pub(super) async fn close_pending_of(
    app: &App,
    tx: &mut Tx,
    payments: &[PaymentRow],
) -> anyhow::Result<()> {
    let Some(payment) = payments.iter().rfind(|payment| is_pending(payment)) else { return Ok(()) };
    close(app, tx, payment).await
}

/// Closes an attempt that is in the way of another.
///
/// # Errors
/// When the database fails.
pub async fn give_way(app: &App, payment_id: Uuid) -> Outcome<()> {
    let mut tx = app.store.begin(store::Lane::Command).await?;
    let Some(found) = tx.payment(payment_id).await? else { return Ok(()) };
    tx.lock_order(found.order_id).await?;
    let payment = tx.payment(payment_id).await?.context("a payment vanished")?;
    if is_pending(&payment) {
        close(app, &mut tx, &payment).await?;
        tx.commit().await?;
        app.job_bell.notify_one();
    }
    Ok(())
}

async fn close(app: &App, tx: &mut Tx, payment: &PaymentRow) -> anyhow::Result<()> {
    // A parking fee that was handed in cannot be closed: its word comes.
    if payment.method == "parking" {
        return Ok(());
    }
    let kind = if payment.state == "created" { Kind::PreparePayment } else { Kind::AskPayment };
    let (city_now, now) = (app.clock.city_now().ms(), app.clock.machine_now_ms());
    // A part cannot be closed at the channel, only all of it.
    if let Some(whole) = tx.joint_of(payment.payment_id).await? {
        tx.expire_joint(whole.joint_id, city_now).await?;
        let key = format!("{}:close", whole.joint_id);
        tx.enqueue(kind.name(), &key, whole.joint_id, now).await?;
        return Ok(());
    }
    tx.expire_payment(payment.payment_id, city_now).await?;
    let key = format!("{}:close", payment.payment_id);
    tx.enqueue(kind.name(), &key, payment.order_id, now).await?;
    Ok(())
}

pub(super) async fn pending(tx: &mut Tx, order_id: Uuid) -> store::Result<Option<PaymentRow>> {
    let payments = tx.payments_of_order(order_id).await?;
    Ok(payments.into_iter().rfind(is_pending))
}

fn is_pending(payment: &PaymentRow) -> bool {
    payment.state == "created" || payment.state == "ready"
}
