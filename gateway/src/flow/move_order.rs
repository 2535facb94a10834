//! The one way in which an order changes: the machine decides, and row, books, history and refunds
//! follow in the caller's transaction, which holds the order's lock.
//!
//! What an event is (a payment, a bill, a decision) is the caller's; a payment's own entry too. Fee,
//! waivers, write-offs and the start of refunds are booked here.

use anyhow::Context;
use billing::ledger::{self, Repriced};
use billing::order::{self, Moved, Order, OrderEvent, OrderOutcome, OrderReject, OrderState};
use serde_json::{Value, json};
use store::{OrderEventRow, OrderRow, Tx};
use vocabulary::{Fen, FenReject, OrderId, Timestamp};

use super::give_up::{TakenBack, give_up, give_up_rest, take_back};
use super::open_pass_order::complete_pass;
use super::order_writes::OrderWrites;
use super::refund_credit::{Route, refund_credit};
use super::top_up::complete_top_up;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// Why an order changes, for its history and for those who read the books.
#[derive(Clone, Debug)]
pub(crate) struct Cause<'a> {
    /// What happened, as `priced` or `payment`.
    pub(crate) kind: &'a str,
    /// Who did it; `system` for rules.
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
    /// When the fact was (city time).
    pub(crate) at: Timestamp,
    /// Who allows to give money up; needed for waivers and write-offs.
    pub(crate) authority: Option<Authority<'a>>,
    pub(crate) detail: Value,
}

/// On whose word something is given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Authority<'a> {
    pub(crate) name: &'a str,
    pub(crate) document_number: &'a str,
    /// The second person, where one is needed.
    pub(crate) approved_by: Option<&'a str>,
    /// Names the decision in the books; from order and bill if left out.
    pub(crate) decision: Option<&'a str>,
}

impl<'a> Cause<'a> {
    /// A rule of the program.
    pub(crate) fn system(kind: &'a str, reason: &'a str, at: Timestamp) -> Cause<'a> {
        Cause { kind, actor: "system", reason, at, authority: None, detail: json!({}) }
    }
}

/// Applies an event to an order that this transaction has locked, and stores everything that follows.
///
/// # Errors
/// The code of the machine's refusal (409), or when the database fails.
pub(crate) async fn move_order(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    event: OrderEvent,
    cause: &Cause<'_>,
) -> Outcome<OrderOutcome> {
    let mut writes = OrderWrites::default();
    let outcome = gather_move(app, tx, &mut writes, row, (event, cause)).await?;
    writes.flush(tx).await?;
    Ok(outcome)
}

/// The same for one order among many: what it comes to is gathered, and stored when the caller flushes.
pub(crate) async fn gather_move(
    app: &App,
    tx: &mut Tx,
    writes: &mut OrderWrites,
    row: &mut OrderRow,
    (event, cause): (OrderEvent, &Cause<'_>),
) -> Outcome<OrderOutcome> {
    if row.subject_kind == "top_up"
        && matches!(event, OrderEvent::Waived { .. } | OrderEvent::WrittenOff)
    {
        return Err(not_for_top_ups());
    }
    let before = order_of(row)?;
    let outcome = order::advance(&before, event).map_err(refused)?;
    let OrderOutcome::Moved(moved) = outcome else { return Ok(outcome) };
    let repriced = matches!(event, OrderEvent::Priced { .. });
    keep(row, &moved.order, cause.at, repriced);
    gather_books(tx, writes, row, (&before, &moved), (event, cause)).await?;
    writes.update(row);
    writes.append(event_row(row, amount_of(event, &moved), cause, app.clock.city_now()));
    if matches!(event, OrderEvent::PaymentConfirmed { .. }) {
        settle_again(app, tx, row, cause.at).await?;
        if moved.order.state == OrderState::Open {
            complete(app, tx, writes, row, cause).await?;
        }
    }
    // What failed goes back another way: a person, or another number, decides which.
    if moved.credit > Fen::ZERO && !matches!(event, OrderEvent::RefundFailed { .. }) {
        writes.flush(tx).await?;
        Box::pin(refund_credit(app, tx, row, (moved.credit, Route::AsItCame), cause)).await?;
    }
    Ok(outcome)
}

/// What is open until it is paid has its total by the payment.
async fn complete(
    app: &App,
    tx: &mut Tx,
    writes: &mut OrderWrites,
    row: &mut OrderRow,
    cause: &Cause<'_>,
) -> Outcome<()> {
    if row.subject_kind == "visit" {
        return Ok(());
    }
    // It reads the order back, and moves it on.
    writes.flush(tx).await?;
    match row.subject_kind.as_str() {
        "top_up" => Box::pin(complete_top_up(app, tx, row, cause)).await,
        _ => Box::pin(complete_pass(app, tx, row, cause)).await,
    }
}

/// What stands on a balance would be given away a second time.
pub(crate) fn not_for_top_ups() -> Refusal {
    let detail = "what stands on a prepaid balance is the driver's: it is given back, not waived";
    Refusal::refused("not_for_top_ups", detail)
}

/// A payment made while parked that is told of after the departure may have bought the time to leave.
async fn settle_again(app: &App, tx: &mut Tx, row: &OrderRow, paid_at: Timestamp) -> Outcome<()> {
    let parked = row.ended_at.is_some_and(|ended_at| paid_at.ms() < ended_at);
    if row.subject_kind != "visit" || !parked {
        return Ok(());
    }
    let (key, at) = (format!("{}:paid:{paid_at}", row.order_id), app.clock.machine_now_ms());
    Ok(tx.enqueue(Kind::SettleVisit.name(), &key, row.subject_id, at).await?)
}

/// A row's money as the machine sees it.
pub(crate) fn order_of(row: &OrderRow) -> anyhow::Result<Order> {
    Ok(Order {
        state: OrderState::from_name(&row.state).context("unknown order state")?,
        total: Fen(row.total_fen),
        waived: Fen(row.waived_fen),
        waived_increase: Fen(row.waived_increase_fen),
        written_off: Fen(row.written_off_fen),
        paid: Fen(row.paid_fen),
        refunding: Fen(row.refunding_fen),
        refunded: Fen(row.refunded_fen),
    })
}

pub(crate) fn refused(reject: OrderReject) -> Refusal {
    match reject {
        OrderReject::BadAmount => Refusal::refused(reject.code(), reject.to_string()),
        _ => Refusal::conflict(reject.code(), reject.to_string()),
    }
}

fn keep(row: &mut OrderRow, next: &Order, at: Timestamp, repriced: bool) {
    let was = std::mem::replace(&mut row.state, next.state.name().into());
    row.total_fen = next.total.0;
    row.waived_fen = next.waived.0;
    row.waived_increase_fen = next.waived_increase.0;
    row.written_off_fen = next.written_off.0;
    row.paid_fen = next.paid.0;
    row.refunding_fen = next.refunding.0;
    row.refunded_fen = next.refunded.0;
    if repriced {
        row.holding_revision = row.bill_revision;
        row.final_at = row.final_at.or(Some(at.ms()));
    }
    if was == row.state {
        return;
    }
    match next.state {
        OrderState::Due => row.due_at = Some(at.ms()),
        OrderState::Owing => row.owing_at = Some(at.ms()),
        OrderState::Paid => row.paid_at = Some(at.ms()),
        _ => {}
    }
}

/// Waivers that a lower total needs no more are reversed before the fee, and what still holds of them is
/// given up after it: so each entry splits what the order costs at its place.
async fn gather_books(
    tx: &mut Tx,
    writes: &mut OrderWrites,
    row: &OrderRow,
    (before, moved): (&Order, &Moved),
    (event, cause): (OrderEvent, &Cause<'_>),
) -> Outcome<()> {
    let kind = if matches!(event, OrderEvent::Priced { .. }) { "increase" } else { "decision" };
    let kinds = [kind, "increase", "decision"];
    let given_up: [(&[&str], Fen); 2] = [(&kinds, moved.waiver), (&["write_off"], moved.write_off)];
    let changes = moved.waiver != Fen::ZERO || moved.write_off != Fen::ZERO;
    if changes {
        // What is given up has rows of its own, which are read back.
        writes.flush(tx).await?;
    }
    let mut taken = TakenBack::default();
    for (kinds, change) in given_up {
        if change < Fen::ZERO {
            take_back(tx, row, (kinds, Fen(-change.0)), cause, &mut taken).await?;
        }
    }
    if moved.fee != Fen::ZERO {
        gather_fee(tx, writes, row, (before, &moved.order), (&taken, cause)).await?;
    }
    if changes {
        writes.flush(tx).await?;
    }
    give_up_rest(tx, row, taken).await?;
    for (kinds, change) in given_up {
        if change > Fen::ZERO {
            give_up(tx, row, (kinds[0], change), cause).await?;
        }
    }
    Ok(())
}

/// The entry of a changed total, at what the order costs: waivers are taken off before and after.
async fn gather_fee(
    tx: &mut Tx,
    writes: &mut OrderWrites,
    row: &OrderRow,
    (before, after): (&Order, &Order),
    (taken, cause): (&TakenBack, &Cause<'_>),
) -> Outcome<()> {
    let about = writes.about(tx, row, cause.at).await?;
    let revision = u32::try_from(row.bill_revision).context("a bill's revision")?;
    let id = OrderId(row.order_id);
    let price = price_of(before, after, taken).context("what the order costs")?;
    let entry = match row.subject_kind.as_str() {
        "pass" => ledger::pass_sold(&about, id, revision, &price),
        "top_up" => ledger::top_up(&about, id, revision, before.total, after.total),
        _ => ledger::fee_repriced(&about, id, revision, &price),
    };
    writes.book(entry.context("booking a fee")?, cause.at);
    Ok(())
}

fn price_of<'t>(
    before: &Order,
    after: &Order,
    taken: &'t TakenBack,
) -> Result<Repriced<'t>, FenReject> {
    let left = before.waived.minus(taken.waived)?;
    Ok(Repriced {
        before: before.total.minus(before.waived)?,
        reversed: &taken.reversed,
        after: after.total.minus(left)?,
    })
}

fn amount_of(event: OrderEvent, moved: &Moved) -> Fen {
    match event {
        OrderEvent::Priced { .. } => moved.fee,
        OrderEvent::GraceOver => Fen::ZERO,
        OrderEvent::WrittenOff => moved.write_off,
        OrderEvent::PaymentConfirmed { amount }
        | OrderEvent::Waived { amount }
        | OrderEvent::RefundStarted { amount }
        | OrderEvent::RefundEnded { amount }
        | OrderEvent::RefundFailed { amount } => amount,
    }
}

/// Appends to the history of an order, as its row is now.
pub(crate) async fn append(
    tx: &mut Tx,
    row: &OrderRow,
    amount: Fen,
    cause: &Cause<'_>,
    now: Timestamp,
) -> anyhow::Result<()> {
    tx.append_order_event(&event_row(row, amount, cause, now)).await?;
    Ok(())
}

/// The next line of the history of an order, as its row is now.
pub(crate) fn event_row(
    row: &OrderRow,
    amount: Fen,
    cause: &Cause<'_>,
    now: Timestamp,
) -> OrderEventRow {
    OrderEventRow {
        order_id: row.order_id,
        line: 0,
        made_at: now.ms(),
        kind: cause.kind.into(),
        actor: cause.actor.into(),
        reason: cause.reason.into(),
        state: row.state.clone(),
        amount_fen: amount.0,
        total_fen: row.total_fen,
        waived_fen: row.waived_fen,
        written_off_fen: row.written_off_fen,
        paid_fen: row.paid_fen,
        refunding_fen: row.refunding_fen,
        refunded_fen: row.refunded_fen,
        bill_revision: row.bill_revision,
        detail_json: cause.detail.to_string(),
    }
}
