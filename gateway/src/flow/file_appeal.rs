//! A driver says that a bill is wrong: the appeal, its case with deadlines, and dunning that stops meanwhile.

use anyhow::Context;
use billing::appeal::{Appeal, AppealState, Ground};
use billing::arrears::{self, ArrearsState};
use store::{AppealRow, ArrearsRow, NewCase, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Timestamp};

use super::case_work::{clear_case, plan_case};
use super::move_order::not_for_top_ups;
use super::{Outcome, Refusal};
use crate::app::App;

/// Longest text of an appeal, in characters.
pub const SAID_LIMIT: usize = 2_000;

/// Files an appeal against an order of the driver's.
///
/// # Errors
/// `order_unknown`, `order_not_final`, `nothing_to_appeal`, `appeal_too_late`, `appeals_used_up`,
/// `appeal_open`, `not_for_top_ups`, `appeals_not_ruled` where no policy is in force.
pub async fn file_appeal(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    order_id: Uuid,
    ground: Ground,
    said: &str,
) -> Outcome<AppealRow> {
    let now = app.clock.city_now();
    let order = tx.lock_order(order_id).await?.filter(|o| o.account_id == Some(account.0));
    let order = order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    if order.subject_kind == "top_up" {
        return Err(not_for_top_ups());
    }
    let policy = may_appeal(app, tx, &order, now).await?;
    let (appeal_id, case_id) = (Uuid::now_v7(), Uuid::now_v7());
    tx.open_case(&NewCase {
        case_id,
        case_key: &format!("appeal:{appeal_id}"),
        operator_id: Some(order.operator_id),
        kind: "appeal",
        source: "driver",
        subject_kind: "order",
        subject_id: &order_id.to_string(),
        detail: ground.name(),
        opened_at: now.ms(),
    })
    .await?;
    tx.set_case_origin(case_id, Some(account.0), None).await?;
    plan_case(app, tx, case_id, "appeal", "driver", now).await?;
    let appeal = AppealRow {
        appeal_id,
        case_id,
        order_id,
        operator_id: order.operator_id,
        account_id: Some(account.0),
        ground: ground.name().into(),
        said: said.trim().into(),
        state: Appeal::filed().state.name().into(),
        asked_fen: asked_fen(&order),
        proposed_fen: 0,
        given_fen: 0,
        reviewer: None,
        reason: None,
        confirmed_by: None,
        filed_at: now.ms(),
        decided_at: None,
        policy,
    };
    if !tx.insert_appeal(&appeal).await? {
        let detail = "an appeal against this order is being looked at";
        return Err(Refusal::conflict("appeal_open", detail));
    }
    pause_dunning(tx, order_id, now).await?;
    Ok(appeal)
}

/// The driver takes an appeal back; dunning goes on.
///
/// # Errors
/// `appeal_unknown`, `appeal_over`.
pub async fn withdraw_appeal(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    appeal_id: Uuid,
) -> Outcome<AppealRow> {
    let now = app.clock.city_now();
    let known = tx.appeal(appeal_id).await?.filter(|a| a.account_id == Some(account.0));
    let known = known.ok_or_else(appeal_unknown)?;
    tx.lock_order(known.order_id).await?.context("appeal without order")?;
    let mut appeal = tx.lock_appeal(appeal_id).await?.context("appeal vanished")?;
    if AppealState::from_name(&appeal.state).is_none_or(AppealState::is_over) {
        return Err(Refusal::conflict("appeal_over", "the appeal is over"));
    }
    appeal.state = AppealState::Withdrawn.name().into();
    appeal.proposed_fen = 0;
    appeal.decided_at = Some(now.ms());
    tx.update_appeal(&appeal).await?;
    resume_dunning(tx, appeal.order_id, now).await?;
    clear_case(tx, appeal.case_id, "withdrawn by the driver", now).await?;
    Ok(appeal)
}

pub(crate) fn appeal_unknown() -> Refusal {
    Refusal::missing("appeal_unknown", "there is no such appeal of yours")
}

/// What an order costs now, whatever of it is paid.
pub(crate) fn asked_fen(order: &OrderRow) -> i64 {
    order.total_fen - order.waived_fen - order.written_off_fen
}

/// The policy under which the appeal may be filed.
async fn may_appeal(app: &App, tx: &mut Tx, order: &OrderRow, now: Timestamp) -> Outcome<String> {
    if order.state == "open" {
        let detail = "the fee is not final yet; appeal when the vehicle has left";
        return Err(Refusal::conflict("order_not_final", detail));
    }
    if asked_fen(order) <= 0 {
        let detail = "this order costs nothing";
        return Err(Refusal::refused("nothing_to_appeal", detail));
    }
    let version = app.after.at(now).ok_or_else(|| {
        Refusal::refused("appeals_not_ruled", "no policy for appeals is in force")
    })?;
    let time = app.after.working_time(version, billing::Calendars::built_in());
    let since = Timestamp::from_ms(order.ended_at.or(order.due_at).unwrap_or(order.opened_at));
    if now >= time.deadline(since, version.appeals.file_within).at {
        return Err(Refusal::refused("appeal_too_late", "the time to appeal is over"));
    }
    let filed = tx.appeals_of_order(order.order_id).await?;
    let counted = filed.iter().filter(|a| a.state != AppealState::Withdrawn.name()).count();
    if u32::try_from(counted).unwrap_or(u32::MAX) >= version.appeals.most_for_one_order {
        let detail = "this order was appealed against as often as the policy allows";
        return Err(Refusal::refused("appeals_used_up", detail));
    }
    Ok(format!("{}/{}", app.after.id, version.number))
}

/// Dunning stops while an appeal is open; what waits in the outbox is not sent.
async fn pause_dunning(tx: &mut Tx, order_id: Uuid, now: Timestamp) -> Outcome<()> {
    let Some(row) = tx.lock_arrears(order_id).await? else { return Ok(()) };
    let state = ArrearsState::from_name(&row.state).context("unknown state of arrears")?;
    let next = arrears::paused(state);
    if next != state {
        tx.cancel_arrears_notices(order_id).await?;
        let state = next.name().into();
        tx.update_arrears(&ArrearsRow { state, changed_at: now.ms(), ..row }).await?;
    }
    Ok(())
}

/// It goes on where it was; a sweep sees whether anything is still owed.
pub(crate) async fn resume_dunning(tx: &mut Tx, order_id: Uuid, now: Timestamp) -> Outcome<()> {
    let Some(row) = tx.lock_arrears(order_id).await? else { return Ok(()) };
    let state = ArrearsState::from_name(&row.state).context("unknown state of arrears")?;
    let next = arrears::resumed(state);
    if next != state {
        let state = next.name().into();
        let next_at = Some(now.ms());
        tx.update_arrears(&ArrearsRow { state, next_at, changed_at: now.ms(), ..row }).await?;
    }
    Ok(())
}
