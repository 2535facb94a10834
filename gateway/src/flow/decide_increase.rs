//! A settled order would cost more and no policy waived it: a person decides, charge or waive. Above the
//! policy's limit the decision is a proposal, and holds when another person approves it (`decide_money`).
//!
//! The case that asked for the decision is closed by it.

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent};
use serde_json::json;
use store::{BillRow, DecisionRow, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::actor::Actor;
use super::case_work::{clear_case, plan_case};
use super::move_order::{Authority, Cause};
use super::rate_order::rate;
use super::{Outcome, Refusal};
use crate::app::App;

/// Kinds of such decisions, as stored.
pub(super) const CHARGE: &str = "increase_charge";
pub(super) const WAIVE: &str = "increase_waive";

/// What is decided about the increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The driver owes it.
    Charge,
    /// Nobody owes it, on this authority.
    Waive { authority: String, document_number: String },
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// As it is now.
    pub order: OrderRow,
    /// If it is above the limit: another person approves or refuses it.
    pub proposal: Option<DecisionRow>,
}

impl Decision {
    fn kind(&self) -> &'static str {
        match self {
            Decision::Charge => CHARGE,
            Decision::Waive { .. } => WAIVE,
        }
    }

    fn authority(&self) -> (&str, &str) {
        match self {
            Decision::Charge => ("", ""),
            Decision::Waive { authority, document_number } => (authority, document_number),
        }
    }
}

/// Decides about the newest bill of an order, which waits.
///
/// # Errors
/// `order_unknown`, `nothing_to_decide`, `decision_waiting`.
pub async fn decide_increase(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    order_id: Uuid,
    (decision, reason): (&Decision, &str),
) -> Outcome<Decided> {
    let now = app.clock.city_now();
    let unknown = || Refusal::missing("order_unknown", "no such order");
    let order = tx.lock_order(order_id).await?.filter(|o| actor.may_touch(Some(o.operator_id)));
    let mut order = order.ok_or_else(unknown)?;
    let bill = waiting_bill(tx, &order).await?.ok_or_else(nothing_to_decide)?;
    let increase = bill.total_fen - order.total_fen;
    // Who stands at the machine itself needs nobody beside them.
    if let Some(staff) = actor.staff.filter(|_| increase > limit_fen(app, now)) {
        let (authority, document_number) = decision.authority();
        let row = DecisionRow {
            decision_id: Uuid::now_v7(),
            order_id,
            operator_id: order.operator_id,
            case_id: case_of(app, tx, &order, now).await?,
            kind: decision.kind().into(),
            amount_fen: increase,
            due_fen: Some(super::decide_money::due_of(&order).0),
            reason: reason.into(),
            authority: authority.into(),
            document_number: document_number.into(),
            state: "proposed".into(),
            proposed_by: staff.0,
            proposed_at: now.ms(),
            decided_by: None,
            decided_at: None,
        };
        if tx.has_proposal(order_id, &[CHARGE, WAIVE]).await? || !tx.insert_decision(&row).await? {
            let detail = "a proposal about this increase waits for its second person";
            return Err(Refusal::conflict("decision_waiting", detail));
        }
        return Ok(Decided { order, proposal: Some(row) });
    }
    let authority = match decision {
        Decision::Charge => None,
        Decision::Waive { authority, document_number } => {
            Some(Authority { name: authority, document_number, approved_by: None, decision: None })
        }
    };
    let name = actor.name();
    apply(app, tx, &mut order, &bill, (&name, reason, authority)).await?;
    Ok(Decided { order, proposal: None })
}

/// Carries out what one person proposed and another approved.
///
/// # Errors
/// `nothing_to_decide`, also when the bill is another than the one that was decided about.
pub(super) async fn approve_increase(
    app: &App,
    tx: &mut Tx,
    row: &DecisionRow,
    approver: &str,
) -> Outcome<()> {
    let mut order = tx.lock_order(row.order_id).await?.context("decision without order")?;
    let bill = waiting_bill(tx, &order).await?;
    let bill = bill.filter(|bill| bill.total_fen - order.total_fen == row.amount_fen);
    let bill = bill.ok_or_else(nothing_to_decide)?;
    let decision = format!("decision:{}", row.decision_id);
    let authority = (row.kind == WAIVE).then_some(Authority {
        name: &row.authority,
        document_number: &row.document_number,
        approved_by: Some(approver),
        decision: Some(&decision),
    });
    let proposer = row.proposed_by.to_string();
    apply(app, tx, &mut order, &bill, (&proposer, &row.reason, authority)).await
}

async fn apply(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    bill: &BillRow,
    (by, reason, authority): (&str, &str, Option<Authority<'_>>),
) -> Outcome<()> {
    let now = app.clock.city_now();
    let on_increase = match authority {
        None => OnIncrease::Charge,
        Some(_) => OnIncrease::Waive { limit: Fen(i64::MAX) },
    };
    let detail =
        json!({"from_revision": order.holding_revision, "to_revision": order.bill_revision});
    let cause = Cause { kind: "rerated", actor: by, reason, at: now, authority, detail };
    let total = Fen(bill.total_fen);
    let event = OrderEvent::Priced { total, basis: Basis::Charged, on_increase };
    rate(app, tx, order, event, &cause).await?;
    *order = tx.order(order.order_id).await?.context("an order vanished")?;
    for (case_id,) in tx.open_cases_about("bill_differs", &order.order_id.to_string()).await? {
        clear_case(tx, case_id, "decided", now).await?;
    }
    Ok(())
}

/// The bill that waits for a decision.
async fn waiting_bill(tx: &mut Tx, order: &OrderRow) -> Outcome<Option<BillRow>> {
    let bill = tx.bill_revision(order.order_id, order.bill_revision).await?;
    Ok(bill.filter(|_| order.bill_revision != order.holding_revision))
}

/// Above this a decision about money needs a second person.
fn limit_fen(app: &App, now: Timestamp) -> i64 {
    app.after.at(now).map_or(0, |version| version.appeals.second_person_above.0)
}

/// The case that asked for the decision; a fresh one if somebody closed it.
async fn case_of(app: &App, tx: &mut Tx, order: &OrderRow, now: Timestamp) -> Outcome<Uuid> {
    let subject = order.order_id.to_string();
    if let Some((case_id,)) = tx.open_cases_about("bill_differs", &subject).await?.pop() {
        return Ok(case_id);
    }
    let case_id = Uuid::now_v7();
    tx.open_case(&store::NewCase {
        case_id,
        case_key: &format!("bill_differs:{subject}:{case_id}"),
        operator_id: Some(order.operator_id),
        kind: "bill_differs",
        source: "staff",
        subject_kind: "order",
        subject_id: &subject,
        detail: "an increase is decided about",
        opened_at: now.ms(),
    })
    .await?;
    plan_case(app, tx, case_id, "bill_differs", "staff", now).await?;
    Ok(case_id)
}

fn nothing_to_decide() -> Refusal {
    let detail = "no bill of this order waits for this decision";
    Refusal::conflict("nothing_to_decide", detail)
}
