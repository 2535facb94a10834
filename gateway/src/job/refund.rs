//! Jobs of a refund: hand it to its channel, ask what became of it until it has come to an end.

use anyhow::{Context, Result};
use billing::refund::RefundState;
use store::{Lane, PaymentRow, RefundRow};
use uuid::Uuid;
use vocabulary::Fen;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::confirm_refund::{confirm_refund, refuse_refund};
use crate::flow::settle_visit::open_case;
use crate::outbound::RefundDemand;

/// First question after this long (the report usually comes first), then ever less often: a refund to a
/// bank card may take days.
const FIRST_ASK_MS: i64 = 5_000;
const LONGEST_ASK_MS: i64 = 3_600_000;
/// When the merchant's balance did not suffice, or the channel asks for patience.
const PATIENCE_MS: i64 = 600_000;
/// What the channel refuses today and may grant later. `USER_ACCOUNT_ABNORMAL` is not among them: the request has
/// failed for good, and the merchant gives the money back another way (WeChat Pay, errors of a refund's request).
const LATER: [&str; 2] = ["NOT_ENOUGH", "RULELIMIT"];

/// Hands a refund to its channel. Whatever is repeated, it is one refund: its number is the same.
pub(super) async fn start(app: &App, refund_id: Uuid) -> Result<Ended> {
    let (refund, payment) = load(app, refund_id).await?;
    if refund.state != RefundState::Requested.name() {
        return Ok(Ended::Done);
    }
    if refund.way == "hand" {
        wait_for_a_person(app, &refund).await?;
        return Ok(Ended::Done);
    }
    let whole = whole_of(app, payment.clone()).await?;
    let demand = RefundDemand {
        out_refund_no: &refund.out_refund_no,
        transaction_id: whole.transaction_id.as_deref().context("nothing was paid")?,
        amount: Fen(refund.amount_fen),
        total: Fen(whole.amount_fen),
        reason: "停车费退款",
    };
    let now = app.clock.machine_now_ms();
    match app.channel(&payment.channel)?.give_back(&demand, now).await? {
        Ok(word) => {
            confirm_refund(app, &word).await?;
            ask_later(app, &refund, now).await?;
        }
        Err(refusal) if LATER.contains(&refusal.code.as_str()) => {
            wait_for_money(app, &refund, &refusal.code).await?;
            return Ok(Ended::NotBeforeMs(now + PATIENCE_MS));
        }
        Err(refusal) => {
            refuse_refund(app, refund_id, &refusal.code).await?;
        }
    }
    Ok(Ended::Done)
}

/// Asks the channel until the refund has come to an end.
pub(super) async fn ask(app: &App, refund_id: Uuid) -> Result<Ended> {
    let (refund, payment) = load(app, refund_id).await?;
    let state = RefundState::from_name(&refund.state).context("unknown refund state")?;
    // An abnormal one waits for a person; what the person does is told, not asked.
    if state.is_end() || state == RefundState::Abnormal || refund.way == "hand" {
        return Ok(Ended::Done);
    }
    let now = app.clock.machine_now_ms();
    let word = app.channel(&payment.channel)?.ask_refund(&refund.out_refund_no, now).await?;
    match word {
        Some(word) => {
            confirm_refund(app, &word).await?;
        }
        // It was never handed in: hand it in.
        None => return start(app, refund_id).await,
    }
    let after = load(app, refund_id).await?.0;
    let state = RefundState::from_name(&after.state).context("unknown refund state")?;
    if state.is_end() || state == RefundState::Abnormal {
        return Ok(Ended::Done);
    }
    let waited_ms = app.clock.city_now().ms() - refund.created_at;
    let waited_ms = waited_ms / app.clock.speed().max(1);
    Ok(Ended::NotBeforeMs(now + waited_ms.clamp(FIRST_ASK_MS, LONGEST_ASK_MS)))
}

async fn ask_later(app: &App, refund: &RefundRow, now: i64) -> Result<()> {
    let order_id = refund.order_id.context("a refund without order")?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let key = refund.refund_id.to_string();
    tx.enqueue(Kind::AskRefund.name(), &key, order_id, now + FIRST_ASK_MS).await?;
    tx.commit().await?;
    Ok(())
}

async fn wait_for_a_person(app: &App, refund: &RefundRow) -> Result<()> {
    let detail = format!(
        "{} fen go back by hand: transfer them by bank and let a second person confirm, or pay them out in cash",
        refund.amount_fen
    );
    let key = format!("refund_by_hand:{}", refund.refund_id);
    case(app, refund, ("refund_by_hand", &key, &detail)).await
}

async fn wait_for_money(app: &App, refund: &RefundRow, code: &str) -> Result<()> {
    let detail =
        format!("the channel does not make a refund yet ({code}); it is asked again by itself");
    let key = format!("refund_waits:{}", refund.refund_id);
    case(app, refund, ("refund_waits", &key, &detail)).await
}

async fn case(
    app: &App,
    refund: &RefundRow,
    (kind, key, detail): (&str, &str, &str),
) -> Result<()> {
    let order_id = refund.order_id.context("a refund without order")?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let order = tx.order(order_id).await?.context("a refund of no order")?;
    open_case(&mut tx, &order, kind, key, detail, app.clock.city_now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What the channel knows of a payment: all of it, where it was paid over several orders.
async fn whole_of(app: &App, payment: PaymentRow) -> Result<PaymentRow> {
    let whole = app.store.read().await?.joint_of(payment.payment_id).await?;
    Ok(whole.map(|whole| whole.as_payment(payment.order_id)).unwrap_or(payment))
}

async fn load(app: &App, refund_id: Uuid) -> Result<(RefundRow, PaymentRow)> {
    let mut tx = app.store.read().await?;
    let refund = tx.refund(refund_id).await?.context("no such refund")?;
    let payment = tx.payment(refund.payment_id).await?.context("a refund of no payment")?;
    Ok((refund, payment))
}
