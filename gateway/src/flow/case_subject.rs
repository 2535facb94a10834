//! What the subject of a case shows by itself: closed is not fixed.
//!
//! Only what the database knows is asked. Where it cannot tell, a second person does.

use anyhow::Result;
use billing::appeal::AppealState;
use billing::case_file::Subject;
use store::{CaseRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::find_twice::{PLATE_TWICE, is_twice};
use super::move_order::order_of;

/// Looks at what a case is about.
pub(crate) async fn subject_shows(tx: &mut Tx, case: &CaseRow, now: Timestamp) -> Result<Subject> {
    match case.kind.as_str() {
        "appeal" => appeal(tx, case.case_id).await,
        "money_decision" => decision(tx, case).await,
        "unpriced" => {
            order(tx, case, |order| order.state == "open" && order.bill_revision == 0).await
        }
        "bill_differs" => {
            order(tx, case, |order| order.holding_revision != order.bill_revision).await
        }
        "refund_needs_red_invoice" => {
            let has_credit = |order: &store::OrderRow| -> Result<bool> {
                Ok(order_of(order)?.credit()? > Fen::ZERO)
            };
            order(tx, case, |order| has_credit(order).unwrap_or(true)).await
        }
        "arrears_unreachable" => order(tx, case, |order| order.state == "owing").await,
        "job_given_up" => job(tx, case).await,
        "invoice_unsigned" => document(tx, case, |row| row.state == "unsigned").await,
        "red_waits_for_buyer" => document(tx, case, |row| row.held.is_some()).await,
        "document_differs" => document(tx, case, |row| row.documents_at.is_none()).await,
        PLATE_TWICE => twice(tx, case, now).await,
        "device_silent" | "device_stuck" => device(tx, case).await,
        _ => Ok(Subject::CannotTell),
    }
}

fn shown(faulty: bool) -> Subject {
    if faulty { Subject::StillFaulty } else { Subject::Mended }
}

async fn appeal(tx: &mut Tx, case_id: Uuid) -> Result<Subject> {
    let state = tx.appeal_of_case(case_id).await?.and_then(|a| AppealState::from_name(&a.state));
    Ok(state.map_or(Subject::CannotTell, |state| shown(!state.is_over())))
}

async fn decision(tx: &mut Tx, case: &CaseRow) -> Result<Subject> {
    let Ok(order_id) = Uuid::parse_str(&case.subject_id) else { return Ok(Subject::CannotTell) };
    let decisions = tx.decisions(order_id).await?;
    let waits = decisions.iter().any(|d| d.case_id == case.case_id && d.state == "proposed");
    Ok(shown(waits))
}

async fn order(
    tx: &mut Tx,
    case: &CaseRow,
    faulty: impl FnOnce(&store::OrderRow) -> bool,
) -> Result<Subject> {
    let Ok(order_id) = Uuid::parse_str(&case.subject_id) else { return Ok(Subject::CannotTell) };
    let order = tx.order(order_id).await?;
    Ok(order.map_or(Subject::CannotTell, |order| shown(faulty(&order))))
}

async fn document(
    tx: &mut Tx,
    case: &CaseRow,
    faulty: impl FnOnce(&store::InvoiceRow) -> bool,
) -> Result<Subject> {
    let Ok(invoice_id) = Uuid::parse_str(&case.subject_id) else { return Ok(Subject::CannotTell) };
    let row = tx.invoice(invoice_id).await?;
    Ok(row.map_or(Subject::CannotTell, |row| shown(faulty(&row))))
}

/// A job that was given up is still there, and failed.
async fn job(tx: &mut Tx, case: &CaseRow) -> Result<Subject> {
    let key = case.case_key.strip_prefix("job:").and_then(|rest| rest.split_once(':'));
    let Some((kind, job_key)) = key else { return Ok(Subject::CannotTell) };
    Ok(shown(tx.is_job_given_up(kind, job_key).await?))
}

/// A plate that is in one place after all; where it is not, two vehicles may bear it, and a person says so.
async fn twice(tx: &mut Tx, case: &CaseRow, now: Timestamp) -> Result<Subject> {
    let Ok(visit_id) = Uuid::parse_str(&case.subject_id) else { return Ok(Subject::CannotTell) };
    let twice = is_twice(tx, visit_id, now).await?;
    Ok(if twice { Subject::CannotTell } else { Subject::Mended })
}

/// A device is mended when no condition of it is left.
async fn device(tx: &mut Tx, case: &CaseRow) -> Result<Subject> {
    let Ok(device_id) = Uuid::parse_str(&case.subject_id) else { return Ok(Subject::CannotTell) };
    let conditions = tx.conditions_now().await?;
    Ok(shown(conditions.iter().any(|c| c.event.device_id == device_id)))
}
