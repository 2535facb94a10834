//! What a channel says about a refund, in a signed report or in answer to a question, is booked once.
//!
//! The word moves the refund (`billing::refund`), the refund moves its order, and what is final is booked.
//! A refund that will not happen gives the order its credit back, and a person decides how it goes on.

use anyhow::{Context, Result};
use billing::ledger::{self, Account, Means};
use billing::order::OrderEvent;
use billing::refund::{self, Refund, RefundEvent, RefundOutcome, RefundState, Way};
use serde_json::json;
use store::{Lane, NewCase, OrderRow, RefundRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::books::{about_order, book};
use super::move_invoice::close_case;
use super::move_order::{Cause, move_order};
use super::prepaid::{Move, move_balance};
use super::settle_visit::open_case;
use crate::app::App;
use crate::outbound::RefundWord;

/// What the word changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The refund is where the word says now.
    Moved,
    /// Nothing new.
    Known,
    /// It does not fit: a case is open.
    Case,
}

/// Books a channel's word.
///
/// # Errors
/// When the database fails.
pub async fn confirm_refund(app: &App, word: &RefundWord) -> Result<Told> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(found) = tx.refund_by_no(&word.out_refund_no).await? else {
        unknown_refund(&mut tx, word, app.clock.city_now()).await?;
        tx.commit().await?;
        return Ok(Told::Case);
    };
    let event = RefundEvent::ChannelSays { status: word.status, amount: word.amount };
    let at = word.success_at.unwrap_or_else(|| app.clock.city_now());
    let change = Change { event, at, provider_id: word.refund_id.clone(), failure: None };
    let told = change_refund(app, &mut tx, found.refund_id, change).await?;
    tx.commit().await?;
    Ok(told)
}

/// Books that the channel refuses a refund for good.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refuse_refund(app: &App, refund_id: Uuid, code: &str) -> Result<Told> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let at = app.clock.city_now();
    let failure = Some(code.to_owned());
    let change = Change { event: RefundEvent::Refused, at, provider_id: None, failure };
    let told = change_refund(app, &mut tx, refund_id, change).await?;
    tx.commit().await?;
    Ok(told)
}

/// What happened to a refund.
pub(crate) struct Change {
    pub(crate) event: RefundEvent,
    /// When (city time).
    pub(crate) at: Timestamp,
    pub(crate) provider_id: Option<String>,
    pub(crate) failure: Option<String>,
}

/// Moves a refund and its order in the caller's transaction. Locks the order.
pub(crate) async fn change_refund(
    app: &App,
    tx: &mut Tx,
    refund_id: Uuid,
    change: Change,
) -> Result<Told> {
    let order_id = tx.refund(refund_id).await?.and_then(|row| row.order_id);
    let order_id = order_id.context("a refund without order")?;
    let mut order = tx.lock_order(order_id).await?.context("a refund of no order")?;
    let mut row = tx.refund(refund_id).await?.context("a refund vanished")?;
    row.provider_refund_id = change.provider_id.or(row.provider_refund_id);
    let now = app.clock.city_now();
    let mut refund = refund_of(&row)?;
    refund.paid_by = paid_by(tx, &row).await?;
    match refund::advance(&refund, change.event) {
        Ok(RefundOutcome::Unchanged) => Ok(Told::Known),
        Ok(RefundOutcome::Moved(next)) => {
            row.state = next.state.name().into();
            row.failure = change.failure.or(row.failure);
            row.changed_at = change.at.ms();
            tx.update_refund(&row).await?;
            if next.state.is_end() {
                end_cases(tx, &row, now).await?;
            }
            follow(app, tx, &mut order, &row, (&next, change.at)).await?;
            if next.paid_by.is_some_and(|way| way != Way::Hand) {
                transfer_overtaken(tx, &order, &row, now).await?;
            }
            Ok(Told::Moved)
        }
        Err(reject) => {
            let key = format!("refund_differs:{}:{}", row.refund_id, reject.code());
            let detail =
                format!("the channel's word about a refund does not fit: {}", reject.code());
            open_case(tx, &order, "refund_differs", &key, &detail, now).await?;
            Ok(Told::Case)
        }
    }
}

/// By which way a refund was paid, as it is booked.
async fn paid_by(tx: &mut Tx, row: &RefundRow) -> Result<Option<Way>> {
    if row.state != RefundState::Succeeded.name() {
        return Ok(None);
    }
    let key = format!("refund:{}:ended", row.out_refund_no);
    let Some(entry) = tx.entries_by_key(&[&key]).await?.remove(&key) else { return Ok(None) };
    let from = entry.postings().iter().find(|posting| posting.amount < Fen::ZERO);
    Ok(Some(match from.context("an entry without credit")?.account {
        Account::ChannelClearing(_) => Way::Channel,
        Account::Prepaid => Way::Balance,
        _ => Way::Hand,
    }))
}

/// The channel paid what a person had entered a transfer for: whether the bank has sent it is for people to see.
async fn transfer_overtaken(
    tx: &mut Tx,
    order: &OrderRow,
    row: &RefundRow,
    now: Timestamp,
) -> Result<()> {
    let Some(reference) = row.hand_reference.as_deref() else { return Ok(()) };
    let key = format!("refund_differs:{}:transfer_entered", row.refund_id);
    let detail = format!(
        "the channel has paid the refund of {} fen, for which the bank's transfer {reference} was entered and not \
         confirmed: see whether the bank has sent it, too",
        row.amount_fen
    );
    open_case(tx, order, "refund_differs", &key, &detail, now).await
}

/// What people were asked to do about a refund is over with it.
async fn end_cases(tx: &mut Tx, row: &RefundRow, now: Timestamp) -> Result<()> {
    for kind in ["refund_by_hand", "refund_abnormal", "refund_waits"] {
        let how = format!("the refund is {}", row.state);
        close_case(tx, &format!("{kind}:{}", row.refund_id), &how, now).await?;
    }
    Ok(())
}

/// What the new state means for order, books and people.
async fn follow(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    row: &RefundRow,
    (next, at): (&Refund, Timestamp),
) -> Result<()> {
    let amount = Fen(row.amount_fen);
    let detail = json!({"refund_id": row.refund_id});
    let now = app.clock.city_now();
    match next.state {
        RefundState::Requested | RefundState::Processing => Ok(()),
        RefundState::Succeeded => {
            let about = about_order(tx, order, at).await?;
            let means = means_of(tx, row, next.paid_by).await?;
            let entry = ledger::refund_ended(&about, &row.out_refund_no, means, amount)?;
            book(tx, &entry, now).await?;
            if means == Means::Prepaid {
                return_to_balance(tx, order, row, now).await?;
            }
            let cause = Cause { detail, ..Cause::system("refund_ended", "the money is back", at) };
            move_to(app, tx, order, OrderEvent::RefundEnded { amount }, &cause).await
        }
        RefundState::Closed => {
            let about = about_order(tx, order, at).await?;
            book(tx, &ledger::refund_failed(&about, &row.out_refund_no, amount)?, now).await?;
            let cause = Cause { detail, ..Cause::system("refund_failed", "nothing went back", at) };
            move_to(app, tx, order, OrderEvent::RefundFailed { amount }, &cause).await?;
            let why = row.failure.as_deref().unwrap_or("closed");
            let text = format!("a refund of {} fen did not happen: {why}", row.amount_fen);
            let key = format!("refund_failed:{}", row.refund_id);
            open_case(tx, order, "refund_failed", &key, &text, now).await
        }
        RefundState::Abnormal => {
            let text = format!(
                "the payer's account takes no {} fen: transfer them by bank, and let a second person confirm",
                row.amount_fen
            );
            let key = format!("refund_abnormal:{}", row.refund_id);
            open_case(tx, order, "refund_abnormal", &key, &text, now).await
        }
    }
}

/// What was paid from a balance stands on it again, whoever holds the order now.
async fn return_to_balance(
    tx: &mut Tx,
    order: &OrderRow,
    row: &RefundRow,
    now: Timestamp,
) -> Result<()> {
    let known = tx.paying_balance(row.payment_id).await?.context("a payment from no balance")?;
    let balance = tx.lock_balance(known.balance_id).await?.filter(|b| b.account_id.is_some());
    let balance = balance.context("a refund to the balance of nobody")?;
    let back = (Move::Returned, Fen(row.amount_fen));
    let moved = move_balance(tx, &balance, back, (order.order_id, &row.out_refund_no), now).await;
    moved.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}

async fn move_to(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    event: OrderEvent,
    cause: &Cause<'_>,
) -> Result<()> {
    let moved = move_order(app, tx, order, event, cause).await;
    moved.map(|_| ()).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}

/// Where the money comes from that went back. What was prepared by hand counts only where a hand has paid.
async fn means_of(tx: &mut Tx, row: &RefundRow, paid_by: Option<Way>) -> Result<Means> {
    match paid_by.context("nobody has paid the refund")? {
        Way::Balance => Ok(Means::Prepaid),
        Way::Channel => Ok(Means::Channel(ledger::Channel::Wechat)),
        Way::Hand => by_hand(tx, row).await,
    }
}

/// A collector's bag, or the bank.
async fn by_hand(tx: &mut Tx, row: &RefundRow) -> Result<Means> {
    let reference = row.hand_reference.as_deref();
    let Some(shift) = reference.and_then(|reference| reference.strip_prefix("shift:")) else {
        return Ok(Means::Bank);
    };
    let shift = shift.split(':').next().unwrap_or_default();
    let shift = tx.cash_shift(Uuid::parse_str(shift)?).await?.context("no such shift")?;
    Ok(Means::Cash(vocabulary::StaffId(shift.collector_id)))
}

/// A refund that the channel knows and we do not is a case: somebody refunds past these books.
async fn unknown_refund(tx: &mut Tx, word: &RefundWord, now: Timestamp) -> Result<()> {
    let key = format!("refund_unknown:{}", word.out_refund_no);
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: &key,
        operator_id: None,
        kind: "refund_unknown",
        source: "system",
        subject_kind: "refund",
        subject_id: &word.out_refund_no,
        detail: "the channel reports a refund that is not in these books",
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}

/// As it is stored; by which way one was paid stands in the books.
pub(crate) fn refund_of(row: &RefundRow) -> Result<Refund> {
    Ok(Refund {
        state: RefundState::from_name(&row.state).context("unknown refund state")?,
        amount: Fen(row.amount_fen),
        way: Way::from_name(&row.way).context("unknown way of a refund")?,
        paid_by: None,
    })
}
