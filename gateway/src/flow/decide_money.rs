//! Waivers, write-offs, and arrears that are not the person's: proposed by one, decided by another.
//!
//! Each proposal has a case with its evidence. A waiver or write-off above the policy's limit is
//! approved by a manager. Sale or cloning of the plate needs evidence: the arrears are then nobody's
//! that we know, and the person does not see them any more; the order itself stays in the books.
//!
//! What is carried out is what was proposed, and what the limit by rank was held against: if what is due has
//! changed so that it would be another amount, nothing is, and somebody proposes anew.

use anyhow::Context;
use billing::arrears::ArrearsState;
use billing::order::{OrderEvent, OrderOutcome};
use serde_json::json;
use store::{ArrearsRow, DecisionRow, NewCase, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::actor::Actor;
use super::case_work::{clear_case, note, plan_case};
use super::decide_increase::{CHARGE, WAIVE, approve_increase};
use super::move_order::{Authority, Cause, move_order, not_for_top_ups};
use super::sign_in::Role;
use super::{Outcome, Refusal};
use crate::app::App;

/// What is decided about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Waiver(Fen),
    WriteOff,
    Detach,
}

/// A proposal.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    pub kind: Kind,
    pub reason: &'a str,
    pub authority: &'a str,
    pub document_number: &'a str,
}

/// The second person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Refuse,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Waiver(_) => "waiver",
            Kind::WriteOff => "write_off",
            Kind::Detach => "detach",
        }
    }
}

/// Stores a proposal and opens its case, to which evidence is attached.
///
/// # Errors
/// `order_unknown`, `nothing_due`, `amount_out_of_bounds`, `arrears_unknown`, `decision_waiting`.
pub async fn propose(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    order_id: Uuid,
    proposal: &Proposal<'_>,
) -> Outcome<DecisionRow> {
    let now = app.clock.city_now();
    let by = signed_in(actor)?;
    let order = known_order(tx, actor, order_id).await?;
    if order.subject_kind == "top_up" {
        return Err(not_for_top_ups());
    }
    let amount = amount_of(tx, &order, proposal.kind).await?;
    let (decision_id, case_id) = (Uuid::now_v7(), Uuid::now_v7());
    tx.open_case(&NewCase {
        case_id,
        case_key: &format!("decision:{decision_id}"),
        operator_id: Some(order.operator_id),
        kind: "money_decision",
        source: "staff",
        subject_kind: "order",
        subject_id: &order_id.to_string(),
        detail: proposal.reason,
        opened_at: now.ms(),
    })
    .await?;
    plan_case(app, tx, case_id, "money_decision", "staff", now).await?;
    let decision = DecisionRow {
        decision_id,
        order_id,
        operator_id: order.operator_id,
        case_id,
        kind: proposal.kind.name().into(),
        amount_fen: amount.0,
        due_fen: Some(due_of(&order).0),
        reason: proposal.reason.into(),
        authority: proposal.authority.into(),
        document_number: proposal.document_number.into(),
        state: "proposed".into(),
        proposed_by: by.0,
        proposed_at: now.ms(),
        decided_by: None,
        decided_at: None,
    };
    if !tx.insert_decision(&decision).await? {
        let detail = "a proposal of this kind waits for this order";
        return Err(Refusal::conflict("decision_waiting", detail));
    }
    let detail = json!({"kind": decision.kind, "amount_fen": amount.0});
    actor.audit(tx, now, "propose_decision", ("order", &order_id.to_string()), &detail).await?;
    Ok(decision)
}

/// The second person approves or refuses.
///
/// # Errors
/// `decision_unknown`, `decision_over`, `second_person_needed`, `manager_needed`, `evidence_missing`,
/// `nothing_to_decide` when something else is due than when it was proposed, or the code of the order machine.
pub async fn decide(
    app: &App,
    tx: &mut Tx,
    (actor, role): (&Actor, Role),
    decision_id: Uuid,
    verdict: Verdict,
) -> Outcome<DecisionRow> {
    let now = app.clock.city_now();
    let by = signed_in(actor)?;
    let known = tx.decision(decision_id).await?;
    let known = known.filter(|d| actor.may_touch(Some(d.operator_id)));
    let order_id = known
        .ok_or_else(|| Refusal::missing("decision_unknown", "there is no such decision of yours"))?
        .order_id;
    // The order first, as everybody locks it.
    tx.lock_order(order_id).await?;
    let mut row = tx.lock_decision(decision_id).await?.context("decision vanished")?;
    if row.state != "proposed" {
        return Err(Refusal::conflict("decision_over", "it was decided before"));
    }
    if row.proposed_by == by.0 {
        let detail = "who proposed it does not decide it".into();
        return Err(Refusal::Forbidden { code: "second_person_needed", detail });
    }
    if verdict == Verdict::Approve {
        check_rank(app, &row, role, now)?;
        approve(app, tx, &row, by).await?;
    }
    row.state = if verdict == Verdict::Approve { "approved" } else { "refused" }.into();
    (row.decided_by, row.decided_at) = (Some(by.0), Some(now.ms()));
    tx.update_decision(&row).await?;
    note(tx, row.case_id, &by.to_string(), &row.state, "", now).await?;
    // Somebody still has to decide about an increase whose proposal was refused.
    if verdict == Verdict::Approve || !matches!(row.kind.as_str(), CHARGE | WAIVE) {
        clear_case(tx, row.case_id, &row.state, now).await?;
    }
    let detail = json!({"kind": row.kind, "state": row.state, "amount_fen": row.amount_fen});
    actor.audit(tx, now, "decide", ("order", &row.order_id.to_string()), &detail).await?;
    Ok(row)
}

async fn approve(app: &App, tx: &mut Tx, row: &DecisionRow, by: StaffId) -> Outcome<()> {
    let now = app.clock.city_now();
    let mut order = tx.lock_order(row.order_id).await?.context("decision without order")?;
    let event = match row.kind.as_str() {
        "waiver" => OrderEvent::Waived { amount: Fen(row.amount_fen) },
        "write_off" => OrderEvent::WrittenOff,
        CHARGE | WAIVE => return approve_increase(app, tx, row, &by.to_string()).await,
        _ => return detach(tx, row, &order, now).await,
    };
    if !is_as_proposed(row, &order) {
        return Err(due_differs(&order));
    }
    let (proposer, approver) = (row.proposed_by.to_string(), by.to_string());
    let decision = format!("decision:{}", row.decision_id);
    let cause = Cause {
        kind: &row.kind,
        actor: &proposer,
        reason: &row.reason,
        at: now,
        authority: Some(Authority {
            name: &row.authority,
            document_number: &row.document_number,
            approved_by: Some(&approver),
            decision: Some(&decision),
        }),
        detail: json!({"decision_id": row.decision_id}),
    };
    match move_order(app, tx, &mut order, event, &cause).await? {
        OrderOutcome::Moved(_) => Ok(()),
        _ => Err(Refusal::conflict("nothing_due", "the order does not owe that any more")),
    }
}

/// Whether what a waiver or a write-off does now is what it was proposed to do: a write-off gives up exactly
/// its amount, a waiver gives back as much of what was paid, and usually nothing.
fn is_as_proposed(row: &DecisionRow, order: &OrderRow) -> bool {
    let due = due_of(order).0;
    if row.kind == "waiver" {
        let given_back = |due: i64| row.amount_fen.saturating_sub(due).max(0);
        return given_back(due) == row.due_fen.map_or(0, given_back);
    }
    // Where nothing is due any more the order says why.
    due == 0 || due == row.amount_fen
}

/// What is due for an order; nothing once it is settled.
pub(super) fn due_of(order: &OrderRow) -> Fen {
    let kept = order.paid_fen - order.refunding_fen - order.refunded_fen;
    Fen((super::file_appeal::asked_fen(order) - kept).max(0))
}

fn due_differs(order: &OrderRow) -> Refusal {
    let detail = format!(
        "{} fen are due for the order now, not what was due when this was proposed: refuse it and propose anew",
        due_of(order).0
    );
    Refusal::conflict("nothing_to_decide", detail)
}

/// The arrears are nobody's any more.
async fn detach(tx: &mut Tx, row: &DecisionRow, order: &OrderRow, now: Timestamp) -> Outcome<()> {
    if tx.count_attachments(row.case_id).await? == 0 {
        let detail = "attach what shows the sale or the cloning to the case of this decision";
        return Err(Refusal::refused("evidence_missing", detail));
    }
    let arrears = tx.lock_arrears(row.order_id).await?.ok_or_else(arrears_unknown)?;
    tx.cancel_arrears_notices(row.order_id).await?;
    tx.update_arrears(&ArrearsRow {
        state: ArrearsState::Detached.name().into(),
        account_id: None,
        next_at: None,
        changed_at: now.ms(),
        ..arrears
    })
    .await?;
    tx.unlink_visit(order.subject_id).await?;
    Ok(())
}

async fn amount_of(tx: &mut Tx, order: &OrderRow, kind: Kind) -> Outcome<Fen> {
    let asked = Fen(super::file_appeal::asked_fen(order));
    match kind {
        Kind::Waiver(amount) if amount <= Fen::ZERO || amount > asked => {
            let detail = "more than nothing, and no more than the order costs";
            Err(Refusal::refused("amount_out_of_bounds", detail))
        }
        Kind::Waiver(amount) => Ok(amount),
        Kind::WriteOff | Kind::Detach if !matches!(order.state.as_str(), "due" | "owing") => {
            Err(Refusal::conflict("nothing_due", "nothing is due for this order"))
        }
        Kind::WriteOff => Ok(due_of(order)),
        Kind::Detach => {
            tx.arrears(order.order_id).await?.ok_or_else(arrears_unknown)?;
            Ok(Fen::ZERO)
        }
    }
}

fn check_rank(app: &App, row: &DecisionRow, role: Role, now: Timestamp) -> Outcome<()> {
    let limit = app.after.at(now).map_or(Fen::ZERO, |version| version.manager_above);
    if Fen(row.amount_fen) > limit && role != Role::Manager {
        let detail = "an amount like this is approved by a manager".into();
        return Err(Refusal::Forbidden { code: "manager_needed", detail });
    }
    Ok(())
}

async fn known_order(tx: &mut Tx, actor: &Actor, order_id: Uuid) -> Outcome<OrderRow> {
    let order = tx.lock_order(order_id).await?.filter(|o| actor.may_touch(Some(o.operator_id)));
    order.ok_or_else(|| Refusal::missing("order_unknown", "there is no such order of yours"))
}

fn signed_in(actor: &Actor) -> Outcome<StaffId> {
    actor.staff.ok_or_else(|| Refusal::Forbidden {
        code: "staff_only",
        detail: "money is decided about by staff who are signed in".into(),
    })
}

fn arrears_unknown() -> Refusal {
    Refusal::missing("arrears_unknown", "this order is not in arrears")
}
