//! Jobs of a payment: make it ready at the provider, ask what became of it, close it in the end.

use anyhow::{Context, Result};
use billing::payment::{self, PaymentEvent, PaymentOutcome, TradeState};
use store::{Lane, PaymentRow};
use uuid::Uuid;
use vocabulary::Fen;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::confirm_payment::{confirm_payment, payment_state};
use crate::flow::settle_visit::open_case;
use crate::outbound::Demand;

/// First question after this long (the callback usually comes first), then ever less often.
const FIRST_ASK_MS: i64 = 5_000;
const LONGEST_ASK_MS: i64 = 60_000;

/// Makes a payment ready at the provider, so that the driver can pay it.
pub(super) async fn prepare(app: &App, payment_id: Uuid) -> Result<Ended> {
    let payment = load(app, payment_id).await?;
    if payment.state != "created" {
        return Ok(Ended::Done);
    }
    if app.clock.city_now().ms() >= payment.expires_at {
        // Nobody has a prepay id for it, so nobody can pay it.
        advance(app, payment_id, PaymentEvent::CloseConfirmed, None).await?;
        return Ok(Ended::Done);
    }
    let demand = Demand {
        out_trade_no: &payment.out_trade_no,
        description: "路内停车费",
        amount: Fen(payment.amount_fen),
        openid: payment.payer.as_deref().context("payment without payer")?,
        expires_at_ms: payment.expires_at,
    };
    let now = app.clock.machine_now_ms();
    match app.wechat_pay.prepare(&demand, now).await? {
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

/// Asks the provider; an unpaid payment past its time is closed there first, then here.
pub(super) async fn ask(app: &App, payment_id: Uuid) -> Result<Ended> {
    let payment = load(app, payment_id).await?;
    if payment.state != "ready" {
        return Ok(Ended::Done);
    }
    let now = app.clock.machine_now_ms();
    if let Some(word) = app.wechat_pay.ask(&payment.out_trade_no, now).await? {
        confirm_payment(app, &word).await?;
    }
    if load(app, payment_id).await?.state != "ready" {
        return Ok(Ended::Done);
    }
    if app.clock.city_now().ms() >= payment.expires_at {
        // A refusal means that it was paid or closed meanwhile: the next question tells which.
        let closed = app.wechat_pay.close(&payment.out_trade_no, now).await?;
        if closed.is_ok() {
            advance(app, payment_id, PaymentEvent::CloseConfirmed, None).await?;
            return Ok(Ended::Done);
        }
    }
    let waited = now - payment.created_at;
    Ok(Ended::NotBeforeMs(now + waited.clamp(FIRST_ASK_MS, LONGEST_ASK_MS)))
}

async fn load(app: &App, payment_id: Uuid) -> Result<PaymentRow> {
    app.store.read().await?.payment(payment_id).await?.context("no such payment")
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
    let order_id = tx.payment(payment_id).await?.context("no such payment")?.order_id;
    let order = tx.lock_order(order_id).await?.context("payment without order")?;
    let mut row = tx.payment(payment_id).await?.context("no such payment")?;
    let Ok(PaymentOutcome::Moved(next)) = payment::advance(&payment_state(&row)?, event) else {
        return Ok(());
    };
    row.state = next.state.name().into();
    row.prepay_id = next.prepay_id;
    tx.update_payment(&row).await?;
    if row.state == "ready" {
        let key = payment_id.to_string();
        tx.enqueue(Kind::AskPayment.name(), &key, order_id, now + FIRST_ASK_MS).await?;
    }
    if let Some(code) = refused {
        let key = format!("payment_refused:{payment_id}");
        let detail = format!("WeChat Pay refused to prepare a payment: {code}");
        open_case(&mut tx, &order, "payment_refused", &key, &detail, app.clock.city_now()).await?;
    }
    tx.commit().await?;
    Ok(())
}
