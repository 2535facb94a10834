//! Refunds that no channel makes: too old, cut into too many parts, refused by the payer's account, or
//! paid in cash.
//!
//! A bank transfer takes two persons: one enters it with the bank's number, another confirms it, and only
//! then it is booked. What came as cash may be paid out of the bag of a collector's open shift.

use anyhow::Context;
use billing::cash::ShiftEvent;
use billing::refund::{RefundEvent, RefundState};
use serde_json::json;
use store::{CashShiftRow, RefundRow, Returned, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::actor::Actor;
use super::cash_shift::{move_shift, own_open_shift};
use super::confirm_refund::{Change, Told, change_refund, refund_of};
use super::{Outcome, Refusal};
use crate::app::App;

/// Longest number of a bank, in characters.
const REFERENCE_CHARS: usize = 64;

/// Enters a transfer that a second person is to confirm.
///
/// # Errors
/// `refund_unknown`, `refund_not_by_hand`, `refund_ended`, `reference_malformed`, `transfer_entered`,
/// `transfer_reference_used`.
pub async fn enter_transfer(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (refund_id, reference): (Uuid, &str),
) -> Outcome<RefundRow> {
    let reference = bank_number(reference)?;
    let mut row = by_hand(tx, actor, refund_id).await?;
    if row.hand_reference.as_deref().is_some_and(|known| known != reference) {
        let detail = "another transfer was entered for this refund";
        return Err(Refusal::conflict("transfer_entered", detail));
    }
    one_transfer_one_refund(tx, &row, reference).await?;
    row.hand_reference = Some(reference.to_owned());
    row.hand_by = Some(actor.name());
    row.changed_at = app.clock.city_now().ms();
    tx.update_refund(&row).await?;
    audit(app, tx, actor, "refund_transfer_entered", &row).await?;
    Ok(row)
}

/// A transfer leaves a payee's account once. The chain's lock keeps two from entering it for two refunds; the
/// order is locked before the chain, as by all who book.
async fn one_transfer_one_refund(tx: &mut Tx, row: &RefundRow, reference: &str) -> Outcome<()> {
    let order = tx.order(row.order_id.context("a refund without order")?).await?;
    let payee_id = order.context("a refund of no order")?.payee_id;
    tx.lock_chain(payee_id).await?;
    one_transfer_one_return(tx, payee_id, reference, Returned::Refund(row.refund_id)).await
}

/// The same where the payee's chain is locked.
pub(super) async fn one_transfer_one_return(
    tx: &mut Tx,
    payee_id: Uuid,
    reference: &str,
    what: Returned<'_>,
) -> Outcome<()> {
    if tx.is_transfer_taken(payee_id, reference, what).await? {
        let detail = "this number of the bank was entered for another return of the payee's money";
        return Err(Refusal::conflict("transfer_reference_used", detail));
    }
    Ok(())
}

/// The number of a bank's transfer as it is kept.
///
/// # Errors
/// `reference_malformed`.
pub(super) fn bank_number(said: &str) -> Outcome<&str> {
    let number = said.trim();
    let plain = !number.contains(':') && !number.chars().any(char::is_control);
    if !plain || !(1..=REFERENCE_CHARS).contains(&number.chars().count()) {
        let detail = "the bank's number has 1 to 64 characters and no colon";
        return Err(Refusal::refused("reference_malformed", detail));
    }
    Ok(number)
}

/// A second person confirms an entered transfer: the refund has succeeded.
///
/// # Errors
/// `refund_unknown`, `refund_not_by_hand`, `refund_ended`, `transfer_not_entered`, `second_person_needed`.
pub async fn confirm_transfer(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    refund_id: Uuid,
) -> Outcome<RefundRow> {
    let row = by_hand(tx, actor, refund_id).await?;
    let Some(entered_by) = row.hand_by.as_deref().filter(|_| row.hand_reference.is_some()) else {
        let detail = "nobody has entered a transfer for this refund";
        return Err(Refusal::conflict("transfer_not_entered", detail));
    };
    if entered_by == actor.name() {
        let detail = "who entered the transfer does not confirm it";
        return Err(Refusal::Forbidden { code: "second_person_needed", detail: detail.into() });
    }
    let at = app.clock.city_now();
    let change = Change { event: RefundEvent::PaidByHand, at, provider_id: None, failure: None };
    done(change_refund(app, tx, refund_id, change).await?)?;
    audit(app, tx, actor, "refund_transfer_confirmed", &row).await?;
    Ok(tx.refund(refund_id).await?.context("a refund vanished")?)
}

/// A collector pays a refund of cash out of the bag, which holds the money of the order's payee.
///
/// # Errors
/// `refund_unknown`, `refund_not_by_hand`, `refund_ended`, `transfer_entered`, `shift_not_open`,
/// `bag_of_another_payee`, `not_in_the_bag`.
pub async fn pay_out(app: &App, tx: &mut Tx, actor: &Actor, refund_id: Uuid) -> Outcome<RefundRow> {
    let mut shift = own_open_shift(tx, actor).await?;
    let mut row = by_hand(tx, actor, refund_id).await?;
    if row.hand_reference.is_some() {
        let detail = "a transfer was entered for this refund";
        return Err(Refusal::conflict("transfer_entered", detail));
    }
    fits_bag(tx, &row, &shift).await?;
    let amount = Fen(row.amount_fen);
    move_shift(app, tx, &mut shift, ShiftEvent::PaidOut { amount }, None).await?;
    row.hand_reference = Some(format!("shift:{}:{}", shift.shift_id, row.refund_id));
    row.hand_by = Some(actor.name());
    tx.update_refund(&row).await?;
    let at = app.clock.city_now();
    let change = Change { event: RefundEvent::PaidByHand, at, provider_id: None, failure: None };
    done(change_refund(app, tx, refund_id, change).await?)?;
    audit(app, tx, actor, "refund_paid_out", &row).await?;
    Ok(tx.refund(refund_id).await?.context("a refund vanished")?)
}

/// A collector is alone with the bag: only what came as cash goes out of it, and only of the payee whose money it holds.
async fn fits_bag(tx: &mut Tx, row: &RefundRow, shift: &CashShiftRow) -> Outcome<()> {
    let payment = tx.payment(row.payment_id).await?.context("a refund of no payment")?;
    if payment.channel != "cash" {
        let detail = "this was not paid in cash: it goes back by bank transfer, which a second person confirms";
        return Err(Refusal::conflict("refund_not_by_hand", detail));
    }
    let order = tx.order(row.order_id.context("a refund without order")?).await?;
    let order = order.context("a refund of no order")?;
    if (order.operator_id, order.payee_id) != (shift.operator_id, shift.payee_id) {
        let detail = "the bag of this shift holds the money of another payee";
        return Err(Refusal::conflict("bag_of_another_payee", detail));
    }
    Ok(())
}

/// A refund of the actor's operator.
pub(crate) async fn known_refund(
    tx: &mut Tx,
    actor: &Actor,
    refund_id: Uuid,
) -> Outcome<RefundRow> {
    let unknown = || Refusal::missing("refund_unknown", "no such refund");
    let row = tx.refund(refund_id).await?.ok_or_else(unknown)?;
    let order = tx.order(row.order_id.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
    if !actor.may_touch(Some(order.operator_id)) {
        return Err(unknown());
    }
    Ok(row)
}

/// One that a person may still pay; its order is locked, since the row is written.
async fn by_hand(tx: &mut Tx, actor: &Actor, refund_id: Uuid) -> Outcome<RefundRow> {
    let known = known_refund(tx, actor, refund_id).await?;
    tx.lock_order(known.order_id.context("a refund without order")?).await?;
    let row = tx.refund(refund_id).await?.context("a refund vanished")?;
    let refund = refund_of(&row)?;
    if refund.state.is_end() {
        let detail = format!("the refund is {}", row.state);
        return Err(Refusal::conflict("refund_ended", detail));
    }
    if row.way != "hand" && refund.state != RefundState::Abnormal {
        let detail = "the channel makes this refund; paying it by hand would pay it twice";
        return Err(Refusal::conflict("refund_not_by_hand", detail));
    }
    Ok(row)
}

fn done(told: Told) -> Outcome<()> {
    match told {
        Told::Moved => Ok(()),
        Told::Known | Told::Case => {
            Err(Refusal::conflict("refund_ended", "the refund has come to its end meanwhile"))
        }
    }
}

async fn audit(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    row: &RefundRow,
) -> Outcome<()> {
    let id = row.refund_id.to_string();
    let detail = json!({"amount_fen": row.amount_fen});
    actor.audit(tx, app.clock.city_now(), action, ("refund", &id), &detail).await
}
