//! What the provider says about a payment, in a signed callback or in answer to a query, is booked once.
//!
//! The callback is a hint, its verified content is the truth. Money that does not fit an order is never
//! lost: it opens a case.

use anyhow::{Context, Result};
use billing::ledger::{self, Channel, Means};
use billing::order::OrderEvent;
use billing::payment::{self, Payment, PaymentEvent, PaymentOutcome, PaymentState, TradeState};
use store::{Lane, OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::books::{about_order, book};
use super::joint_payment::confirm_joint;
use super::move_order::{Cause, move_order};
use super::settle_visit::open_case;
use crate::app::App;
use crate::job::Kind;
use crate::outbound::{ProviderWord, Said};

/// Where the money stands until it is settled.
pub(super) const WECHAT: Means = Means::Channel(Channel::Wechat);

/// What the word changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The money was booked now.
    Booked,
    /// Nothing new.
    Known,
    /// The provider knows a payment that we do not, or one that does not fit: a case is open.
    Case,
}

/// Books the provider's word.
///
/// # Errors
/// When the database fails.
pub async fn confirm_payment(app: &App, word: &ProviderWord) -> Result<Confirmed> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    if let Some(joint) = tx.joint_by_trade_no(&word.out_trade_no).await? {
        let confirmed = confirm_joint(app, &mut tx, joint.joint_id, word).await?;
        tx.commit().await?;
        return Ok(confirmed);
    }
    let Some(found) = tx.payment_by_trade_no(&word.out_trade_no).await? else {
        unknown_payment(&mut tx, word, now).await?;
        tx.commit().await?;
        return Ok(Confirmed::Case);
    };
    let order = tx.lock_order(found.order_id).await?.context("payment without order")?;
    let payment = tx.payment(found.payment_id).await?.context("payment vanished")?;
    let confirmed = apply(app, &mut tx, order, payment, word).await?;
    tx.commit().await?;
    Ok(confirmed)
}

async fn apply(
    app: &App,
    tx: &mut Tx,
    order: OrderRow,
    mut payment: PaymentRow,
    word: &ProviderWord,
) -> Result<Confirmed> {
    let now = app.clock.city_now();
    let event = PaymentEvent::ProviderSays {
        trade_state: word.trade_state,
        amount: word.amount,
        transaction_id: word.transaction_id.clone(),
    };
    match payment::advance(&payment_state(&payment)?, event) {
        Ok(PaymentOutcome::AlreadyKnown | PaymentOutcome::Unchanged) => Ok(Confirmed::Known),
        Ok(PaymentOutcome::Moved(next) | PaymentOutcome::LateSuccess(next)) => {
            payment.state = next.state.name().into();
            payment.transaction_id = next.transaction_id;
            if next.state != PaymentState::Succeeded {
                tx.update_payment(&payment).await?;
                return Ok(Confirmed::Known);
            }
            payment.succeeded_at = Some(word.success_at.unwrap_or(now).ms());
            tx.update_payment(&payment).await?;
            book_money(app, tx, order, &payment, now).await
        }
        Err(reject) => {
            let key = format!("payment_differs:{}:{}", payment.payment_id, reject.code());
            let detail =
                format!("the provider's word about a payment does not fit: {}", reject.code());
            open_case(tx, &order, "payment_differs", &key, &detail, now).await?;
            match word.said {
                Said::Reported => {
                    let key = format!("{}:check", payment.payment_id);
                    let at = app.clock.machine_now_ms();
                    tx.enqueue(Kind::AskPayment.name(), &key, payment.order_id, at).await?;
                }
                Said::Answered => set_apart(tx, &order, payment, word, now).await?,
            }
            Ok(Confirmed::Case)
        }
    }
}

/// Money that arrived and does not fit is booked to suspense, and the attempt is over: the order
/// stays as it was and can be paid, until a person decides about the money.
async fn set_apart(
    tx: &mut Tx,
    order: &OrderRow,
    mut payment: PaymentRow,
    word: &ProviderWord,
    now: Timestamp,
) -> Result<()> {
    let Some(transaction_id) = arrived(word) else { return Ok(()) };
    let about = ledger::About { order: None, ..about_order(tx, order, now).await? };
    let entry = ledger::suspense_received(&about, transaction_id, WECHAT, word.amount)?;
    book(tx, &entry, now).await?;
    if payment.state == PaymentState::Created.name() || payment.state == PaymentState::Ready.name()
    {
        payment.state = PaymentState::Failed.name().into();
        tx.update_payment(&payment).await?;
    }
    Ok(())
}

/// The transaction of money that arrived by a word that does not fit.
pub(super) fn arrived(word: &ProviderWord) -> Option<&str> {
    let arrived = word.trade_state == TradeState::Success && word.amount > Fen::ZERO;
    word.transaction_id.as_deref().filter(|_| arrived)
}

/// Books the money to its order; too much of it is refunded.
pub(super) async fn book_money(
    app: &App,
    tx: &mut Tx,
    mut order: OrderRow,
    payment: &PaymentRow,
    now: Timestamp,
) -> Result<Confirmed> {
    let transaction_id =
        payment.transaction_id.as_deref().context("success without transaction id")?;
    let amount = Fen(payment.amount_fen);
    let paid_at = Timestamp::from_ms(payment.succeeded_at.unwrap_or(now.ms()));
    let about = about_order(tx, &order, paid_at).await?;
    let entry = ledger::payment_received(&about, transaction_id, WECHAT, amount)?;
    book(tx, &entry, now).await?;
    let cause = Cause::system("payment", "the channel reports a payment", paid_at);
    let event = OrderEvent::PaymentConfirmed { amount };
    // What the order cannot use goes back by itself: money that arrived is never refused.
    let moved = move_order(app, tx, &mut order, event, &cause).await;
    moved.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    Ok(Confirmed::Booked)
}

/// A payment that the provider knows and we do not is a case, never a lost row.
async fn unknown_payment(tx: &mut Tx, word: &ProviderWord, now: Timestamp) -> Result<()> {
    let key = format!("payment_unknown:{}", word.out_trade_no);
    tx.open_case(&store::NewCase {
        case_id: Uuid::now_v7(),
        case_key: &key,
        operator_id: None,
        kind: "payment_unknown",
        source: "system",
        subject_kind: "payment",
        subject_id: &word.out_trade_no,
        detail: "the provider reports a payment that is not in these books",
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}

pub(crate) fn payment_state(row: &PaymentRow) -> Result<Payment> {
    Ok(Payment {
        state: PaymentState::from_name(&row.state).context("unknown payment state")?,
        amount: Fen(row.amount_fen),
        prepay_id: row.prepay_id.clone(),
        transaction_id: row.transaction_id.clone(),
    })
}
