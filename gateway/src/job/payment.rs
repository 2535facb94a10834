//! Jobs of a payment: make it ready at its channel, ask what became of it, close it in the end. One over several
//! orders is to its channel what any other is; its id is that of the whole.

use anyhow::{Context, Result};
use billing::payment::{self, PaymentEvent, PaymentOutcome, TradeState};
use store::{Lane, OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::{Ended, Kind, parking};
use crate::app::App;
use crate::flow::confirm_payment::{confirm_payment, payment_state};
use crate::flow::joint_payment::move_joint;
use crate::flow::settle_visit::open_case;
use crate::flow::start_payment::door_of;
use crate::outbound::{Demand, PayRefusal, ProviderWord};

/// First question after this long (the callback usually comes first), then ever less often.
const FIRST_ASK_MS: i64 = 5_000;
const LONGEST_ASK_MS: i64 = 60_000;
/// A new order at WeChat Pay lives at least a minute (city time), and the request takes a moment.
const SHORTEST_LIFE_MS: i64 = 65_000;

/// Makes a payment ready at its channel, so that somebody can pay it.
pub(super) async fn prepare(app: &App, payment_id: Uuid) -> Result<Ended> {
    let payment = load(app, payment_id).await?;
    if payment.state != "created" {
        return Ok(Ended::Done);
    }
    if app.clock.city_now().ms() + SHORTEST_LIFE_MS >= payment.expires_at {
        return give_up(app, &payment).await;
    }
    let now = app.clock.machine_now_ms();
    let prepared = if payment.method == "parking" {
        parking::charge(app, &payment, now).await?
    } else {
        let door = door_of(&payment)?;
        let demand = Demand {
            out_trade_no: &payment.out_trade_no,
            description: "路内停车费",
            amount: Fen(payment.amount_fen),
            door: &door,
            expires_at_ms: payment.expires_at,
        };
        app.channel(&payment.channel)?.prepare(&demand, now).await?
    };
    match prepared {
        Ok(prepay_id) => {
            advance(app, payment_id, PaymentEvent::PrepayMade { prepay_id }, None).await?;
        }
        Err(refusal) => {
            let failed = PaymentEvent::ProviderSays {
                trade_state: TradeState::PayError,
                amount: Fen(payment.amount_fen),
                transaction_id: None,
            };
            advance(app, payment_id, failed, Some(&refusal.code)).await?;
        }
    }
    Ok(Ended::Done)
}

/// Nobody has a handle for it, so nobody can pay it: unless an answer was lost, and the channel knows it.
async fn give_up(app: &App, payment: &PaymentRow) -> Result<Ended> {
    let now = app.clock.machine_now_ms();
    if let Some(word) = asked(app, payment, now).await? {
        confirm_payment(app, &word).await?;
        if word.trade_state == TradeState::Success {
            return Ok(Ended::Done);
        }
        if closed(app, payment, now).await?.is_err() {
            return Ok(Ended::NotBeforeMs(now + FIRST_ASK_MS));
        }
    }
    advance(app, payment.payment_id, PaymentEvent::CloseConfirmed, None).await?;
    Ok(Ended::Done)
}

/// Asks the channel; an unpaid payment past its time is closed there first, then here. What has ended here is asked
/// for once: a bill or a report says that it was paid all the same.
pub(super) async fn ask(app: &App, payment_id: Uuid) -> Result<Ended> {
    let payment = load(app, payment_id).await?;
    let now = app.clock.machine_now_ms();
    if payment.state == "closed" || payment.state == "failed" {
        return recheck(app, &payment, now).await;
    }
    // One that is not ready yet is `prepare`'s.
    if payment.state != "ready" {
        return Ok(Ended::Done);
    }
    if let Some(word) = asked(app, &payment, now).await? {
        confirm_payment(app, &word).await?;
    }
    let after = load(app, payment_id).await?;
    if after.state == "failed" && after.method != "parking" {
        // The payer could try again at the cashier, while here a new attempt may be under way.
        return Ok(match closed(app, &after, now).await? {
            Ok(()) => Ended::Done,
            Err(_) => recheck(app, &after, now).await?,
        });
    }
    if after.state != "ready" {
        return Ok(Ended::Done);
    }
    let over = app.clock.city_now().ms() >= payment.expires_at;
    if over && payment.method == "parking" {
        // It cannot be closed there; should it be debited after all, what is too much goes back.
        advance(app, payment_id, PaymentEvent::CloseConfirmed, None).await?;
        return Ok(Ended::Done);
    }
    if over {
        // A refusal means that it was paid or closed meanwhile: the next question tells which.
        if closed(app, &payment, now).await?.is_ok() {
            advance(app, payment_id, PaymentEvent::CloseConfirmed, None).await?;
            return Ok(Ended::Done);
        }
    }
    let waited = now - payment.created_at;
    Ok(Ended::NotBeforeMs(now + waited.clamp(FIRST_ASK_MS, LONGEST_ASK_MS)))
}

/// It has ended here, or could not be closed: somebody may have paid it after all.
async fn recheck(app: &App, payment: &PaymentRow, now: i64) -> Result<Ended> {
    if let Some(word) = asked(app, payment, now).await? {
        confirm_payment(app, &word).await?;
    }
    Ok(Ended::Done)
}

async fn asked(app: &App, payment: &PaymentRow, now: i64) -> Result<Option<ProviderWord>> {
    if payment.method == "parking" {
        return app.wechat_pay.ask_parking_fee(&payment.out_trade_no, now).await;
    }
    app.channel(&payment.channel)?.ask(&payment.out_trade_no, now).await
}

async fn closed(
    app: &App,
    payment: &PaymentRow,
    now: i64,
) -> Result<std::result::Result<(), PayRefusal>> {
    app.channel(&payment.channel)?.close(&payment.out_trade_no, now).await
}

async fn load(app: &App, payment_id: Uuid) -> Result<PaymentRow> {
    app.store.read().await?.attempt(payment_id).await?.context("no such payment")
}

/// Stores what an event makes of a payment, with the question or the case that follows.
async fn advance(
    app: &App,
    payment_id: Uuid,
    event: PaymentEvent,
    refused: Option<&str>,
) -> Result<()> {
    let now = app.clock.machine_now_ms();
    let mut tx = app.store.begin(Lane::Command).await?;
    let moved = match tx.payment(payment_id).await? {
        Some(single) => move_single(&mut tx, &single, event).await?,
        None => {
            let moved = move_joint(&mut tx, payment_id, event).await?;
            moved.map(|(whole, first)| (whole.as_payment(first.order_id), first))
        }
    };
    let Some((row, order)) = moved else { return Ok(()) };
    if row.state == "ready" {
        // One over several orders is worked on by itself.
        let subject = if tx.joint(payment_id).await?.is_some() { payment_id } else { row.order_id };
        let key = payment_id.to_string();
        tx.enqueue(Kind::AskPayment.name(), &key, subject, now + FIRST_ASK_MS).await?;
    }
    // A plate that pay-after-parking does not take is paid as any other.
    if let Some(code) = refused.filter(|_| row.method != "parking") {
        let key = format!("payment_refused:{payment_id}");
        let detail = format!("WeChat Pay refused to prepare a payment: {code}");
        open_case(&mut tx, &order, "payment_refused", &key, &detail, app.clock.city_now()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Stores what an event makes of a payment of one order; none if it changes nothing.
async fn move_single(
    tx: &mut Tx,
    found: &PaymentRow,
    event: PaymentEvent,
) -> Result<Option<(PaymentRow, OrderRow)>> {
    let order = tx.lock_order(found.order_id).await?.context("payment without order")?;
    let mut row = tx.payment(found.payment_id).await?.context("no such payment")?;
    let Ok(PaymentOutcome::Moved(next)) = payment::advance(&payment_state(&row)?, event) else {
        return Ok(None);
    };
    row.state = next.state.name().into();
    row.prepay_id = next.prepay_id;
    tx.update_payment(&row).await?;
    Ok(Some((row, order)))
}
