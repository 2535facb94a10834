//! A reviewer decides an appeal, and what is given is posted by itself.
//!
//! Whatever a decision gives, a whole remission or a new total, is a waiver by the authority of the
//! decision: the bill stays what the stays and the tariff say, gross, and `verify` can still prove it.

use anyhow::Context;
use billing::appeal::{
    self, Appeal, AppealEvent, AppealReject, AppealState, Decision, Outcome as Given, Stake,
};
use billing::order::{OrderEvent, OrderOutcome};
use serde_json::json;
use store::{AppealRow, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::actor::Actor;
use super::case_work::{clear_case, note};
use super::file_appeal::{appeal_unknown, asked_fen, resume_dunning};
use super::move_order::{Authority, Cause, move_order};
use super::{Outcome, Refusal};
use crate::app::App;

/// What a reviewer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Review {
    Take,
    Decide { decision: Decision, reason: String },
    Confirm,
    SendBack,
}

/// Moves an appeal on.
///
/// # Errors
/// `appeal_unknown`, or the code of the rule that refuses it.
pub async fn review_appeal(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    appeal_id: Uuid,
    review: &Review,
) -> Outcome<AppealRow> {
    let now = app.clock.city_now();
    let by = actor.staff.ok_or_else(|| Refusal::Forbidden {
        code: "staff_only",
        detail: "appeals are decided by staff who are signed in".into(),
    })?;
    let known = tx.appeal(appeal_id).await?.filter(|a| actor.may_touch(Some(a.operator_id)));
    let order_id = known.ok_or_else(appeal_unknown)?.order_id;
    let mut order = tx.lock_order(order_id).await?.context("appeal without order")?;
    let mut row = tx.lock_appeal(appeal_id).await?.context("appeal vanished")?;
    let involved = involved(tx, order_id).await?;
    let version =
        app.after.at(Timestamp::from_ms(row.filed_at)).context("appeal without policy")?;
    let stake = Stake {
        asked: Fen(asked_fen(&order)),
        involved: &involved,
        second_person_above: version.appeals.second_person_above,
    };
    let given = appeal::advance(&appeal_of(&row)?, stake, event_of(review, by)).map_err(refused)?;
    let (next, amount) = match given {
        Given::Moved(next) => (next, Fen::ZERO),
        Given::Give { appeal, amount } => (appeal, amount),
    };
    keep(&mut row, &next, review, by, now);
    if amount > Fen::ZERO {
        give(app, tx, &mut order, &row, amount, by).await?;
        row.given_fen = amount.0;
    }
    tx.update_appeal(&row).await?;
    let did = did(review);
    note(tx, row.case_id, &by.to_string(), did, row.reason.as_deref().unwrap_or_default(), now)
        .await?;
    if next.state.is_over() {
        resume_dunning(tx, order_id, now).await?;
        clear_case(tx, row.case_id, next.state.name(), now).await?;
    }
    let detail = json!({"did": did, "state": row.state, "given_fen": row.given_fen});
    actor.audit(tx, now, "review_appeal", ("appeal", &appeal_id.to_string()), &detail).await?;
    Ok(row)
}

/// The order gives what was decided; a credit that comes of it is refunded by itself.
async fn give(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    appeal: &AppealRow,
    amount: Fen,
    by: StaffId,
) -> Outcome<()> {
    let (actor, decision) = (by.to_string(), format!("appeal:{}", appeal.appeal_id));
    let reviewer = appeal.reviewer.map(|id| id.to_string());
    let approved_by = appeal.confirmed_by.map(|id| id.to_string());
    let cause = Cause {
        kind: "appeal_granted",
        actor: reviewer.as_deref().unwrap_or(&actor),
        reason: appeal.reason.as_deref().unwrap_or("appeal granted"),
        at: app.clock.city_now(),
        authority: Some(Authority {
            name: "appeal decision",
            document_number: &appeal.policy,
            approved_by: approved_by.as_deref(),
            decision: Some(&decision),
        }),
        detail: json!({"appeal_id": appeal.appeal_id}),
    };
    match move_order(app, tx, order, OrderEvent::Waived { amount }, &cause).await? {
        OrderOutcome::Moved(_) => Ok(()),
        other => {
            Err(anyhow::anyhow!("a waiver neither moved its order nor was refused: {other:?}")
                .into())
        }
    }
}

/// Who captured, bound, corrected or waived does not decide.
async fn involved(tx: &mut Tx, order_id: Uuid) -> Outcome<Vec<StaffId>> {
    let behind = tx.staff_behind_order(order_id).await?;
    Ok(behind.iter().filter_map(|actor| actor.parse().ok()).collect())
}

fn appeal_of(row: &AppealRow) -> anyhow::Result<Appeal> {
    Ok(Appeal {
        state: AppealState::from_name(&row.state).context("unknown state of an appeal")?,
        reviewer: row.reviewer.map(StaffId),
        proposed: Fen(row.proposed_fen),
    })
}

fn event_of(review: &Review, by: StaffId) -> AppealEvent<'_> {
    match review {
        Review::Take => AppealEvent::Taken { by },
        Review::Decide { decision, reason } => {
            AppealEvent::Decided { by, decision: *decision, reason }
        }
        Review::Confirm => AppealEvent::Confirmed { by },
        Review::SendBack => AppealEvent::SentBack { by },
    }
}

fn keep(row: &mut AppealRow, next: &Appeal, review: &Review, by: StaffId, now: Timestamp) {
    row.state = next.state.name().into();
    row.reviewer = next.reviewer.map(|id| id.0);
    row.proposed_fen = next.proposed.0;
    match review {
        Review::Decide { reason, .. } => row.reason = Some(reason.trim().into()),
        Review::Confirm => row.confirmed_by = Some(by.0),
        Review::Take | Review::SendBack => row.reason = None,
    }
    if next.state.is_over() {
        row.decided_at = Some(now.ms());
    }
}

fn did(review: &Review) -> &'static str {
    match review {
        Review::Take => "taken",
        Review::Decide { .. } => "decided",
        Review::Confirm => "confirmed",
        Review::SendBack => "sent_back",
    }
}

fn refused(reject: AppealReject) -> Refusal {
    match reject {
        AppealReject::IsInvolved | AppealReject::SamePerson => {
            Refusal::Forbidden { code: reject.code(), detail: reject.to_string() }
        }
        AppealReject::AmountOutOfBounds | AppealReject::NoReason => {
            Refusal::refused(reject.code(), reject.to_string())
        }
        _ => Refusal::conflict(reject.code(), reject.to_string()),
    }
}
