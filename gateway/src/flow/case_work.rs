//! What staff do with a case: take it over, note, say what was done, close it as the second person,
//! open it again. The state machine is `billing::case_file`; here it meets rows, events and the audit log.

use anyhow::Context;
use billing::case_file::{self, CaseEvent, CaseFile, CaseReject, CaseState, Subject};
use serde_json::json;
use store::{CaseEventRow, CaseRow, NewCase, Tx};
use uuid::Uuid;
use vocabulary::{OperatorId, StaffId, Timestamp};

use super::actor::Actor;
use super::case_subject::subject_shows;
use super::{Outcome, Refusal};
use crate::app::App;

/// What somebody does with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    Take,
    GiveBack,
    Note(String),
    Done(String),
    SendBack(String),
    List(String),
    Close(String),
    Reopen(String),
    /// Makes somebody responsible for it.
    Own(StaffId),
}

/// A case that staff open: a call at 12345, something seen on the street.
#[derive(Clone, Debug)]
pub struct Reported<'a> {
    pub kind: &'a str,
    pub source: &'a str,
    pub external_number: Option<&'a str>,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub detail: &'a str,
}

/// Opens a case for what was reported; the same number elsewhere is the same case.
///
/// # Errors
/// `case_exists` when the number is known.
pub async fn report_case(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    reported: &Reported<'_>,
) -> Outcome<CaseRow> {
    let now = app.clock.city_now();
    let case_id = Uuid::now_v7();
    let key = match reported.external_number {
        Some(number) => format!("{}:{number}", reported.source),
        None => format!("reported:{case_id}"),
    };
    let opened = tx
        .open_case(&NewCase {
            case_id,
            case_key: &key,
            operator_id: actor.operator.map(|OperatorId(id)| id),
            kind: reported.kind,
            source: reported.source,
            subject_kind: reported.subject_kind,
            subject_id: reported.subject_id,
            detail: reported.detail,
            opened_at: now.ms(),
        })
        .await?;
    if !opened {
        let detail = "there is a case under this number already";
        return Err(Refusal::conflict("case_exists", detail));
    }
    tx.set_case_origin(case_id, None, reported.external_number).await?;
    plan_case(app, tx, case_id, reported.kind, reported.source, now).await?;
    let detail = json!({"kind": reported.kind, "source": reported.source});
    actor.audit(tx, now, "report_case", ("case", &case_id.to_string()), &detail).await?;
    Ok(tx.case(case_id).await?.context("the case that was just opened")?)
}

/// Does something with a case.
///
/// # Errors
/// `case_unknown`, or the code of the rule that refuses it.
pub async fn work_on_case(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    case_id: Uuid,
    work: &Work,
) -> Outcome<CaseRow> {
    let now = app.clock.city_now();
    let by = actor.staff.ok_or_else(|| Refusal::Forbidden {
        code: "staff_only",
        detail: "cases are worked on by staff who are signed in".into(),
    })?;
    let mut row = known_case(tx, actor, case_id).await?;
    if let Work::Note(text) = work {
        note(tx, case_id, &by.to_string(), "noted", text, now).await?;
        return Ok(row);
    }
    if let Work::Own(owner) = work {
        row.owner = Some(owner.to_string());
        note(tx, case_id, &by.to_string(), "owner", &owner.to_string(), now).await?;
        tx.update_case(&row).await?;
        return Ok(row);
    }
    let subject = match work {
        Work::Close(_) => subject_shows(tx, &row, now).await?,
        _ => Subject::CannotTell,
    };
    let next = case_file::advance(&file_of(&row)?, event_of(work, by, subject)).map_err(refused)?;
    keep(&mut row, &next, work, by, now);
    let (kind, text) = words(work);
    note(tx, case_id, &by.to_string(), kind, text, now).await?;
    tx.update_case(&row).await?;
    actor
        .audit(tx, now, "work_on_case", ("case", &case_id.to_string()), &json!({"did": kind}))
        .await?;
    Ok(row)
}

/// Closes a case by what its subject shows: the appeal is decided, the money is right again.
pub(crate) async fn clear_case(
    tx: &mut Tx,
    case_id: Uuid,
    outcome: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    let Some(mut row) = tx.lock_case(case_id).await? else { return Ok(()) };
    let event = CaseEvent::Cleared { subject: Subject::Mended };
    let Ok(next) = case_file::advance(&file_of(&row)?, event) else { return Ok(()) };
    row.state = next.state.name().into();
    row.closed_at = Some(now.ms());
    row.outcome = Some(outcome.into());
    tx.update_case(&row).await?;
    note(tx, case_id, "system", "cleared", outcome, now).await?;
    Ok(())
}

/// Sets the deadlines that the policy gives a case of this kind.
pub(crate) async fn plan_case(
    app: &App,
    tx: &mut Tx,
    case_id: Uuid,
    kind: &str,
    source: &str,
    opened_at: Timestamp,
) -> anyhow::Result<()> {
    let Some(version) = app.after.at(opened_at) else { return Ok(()) };
    let Some(rule) = version.case_rule(kind, source) else { return Ok(()) };
    let time = app.after.working_time(version, billing::Calendars::built_in());
    let take_by = time.deadline(opened_at, rule.take).at;
    let due = time.deadline(opened_at, rule.close).at;
    let policy = format!("{}/{}", app.after.id, version.number);
    tx.plan_case(case_id, take_by.ms(), due.ms(), &policy).await?;
    Ok(())
}

/// A case of the actor's operator, locked.
pub(crate) async fn known_case(tx: &mut Tx, actor: &Actor, case_id: Uuid) -> Outcome<CaseRow> {
    let row = tx.lock_case(case_id).await?.filter(|case| actor.may_touch(case.operator_id));
    row.ok_or_else(|| Refusal::missing("case_unknown", "there is no such case of yours"))
}

/// Appends to the events of a case.
pub(crate) async fn note(
    tx: &mut Tx,
    case_id: Uuid,
    actor: &str,
    kind: &str,
    detail: &str,
    now: Timestamp,
) -> store::Result<()> {
    let event = CaseEventRow {
        line: 0,
        made_at: now.ms(),
        actor: actor.into(),
        kind: kind.into(),
        detail: detail.into(),
    };
    tx.append_case_event(case_id, &event).await
}

fn file_of(row: &CaseRow) -> anyhow::Result<CaseFile> {
    let staff = |id: &Option<String>| id.as_ref().and_then(|id| id.parse().ok());
    Ok(CaseFile {
        state: CaseState::from_name(&row.state).context("unknown state of a case")?,
        handler: staff(&row.handler),
        closer: staff(&row.closer),
        reopened: u32::try_from(row.reopened).unwrap_or(u32::MAX),
    })
}

fn event_of(work: &Work, by: StaffId, subject: Subject) -> CaseEvent<'_> {
    match work {
        Work::Take | Work::Note(_) | Work::Own(_) => CaseEvent::Taken { by },
        Work::GiveBack => CaseEvent::GivenBack { by },
        Work::Done(what) => CaseEvent::Done { by, what },
        Work::SendBack(why) => CaseEvent::SentBack { by, why },
        Work::List(why) => CaseEvent::Listed { by, why },
        Work::Close(_) => CaseEvent::Closed { by, subject },
        Work::Reopen(why) => CaseEvent::Reopened { why },
    }
}

fn words(work: &Work) -> (&'static str, &str) {
    match work {
        Work::Take => ("taken", ""),
        Work::GiveBack => ("given_back", ""),
        Work::Note(text) => ("noted", text),
        Work::Done(text) => ("done", text),
        Work::SendBack(text) => ("sent_back", text),
        Work::List(text) => ("listed", text),
        Work::Close(text) => ("closed", text),
        Work::Reopen(text) => ("reopened", text),
        Work::Own(_) => ("owner", ""),
    }
}

fn keep(row: &mut CaseRow, next: &CaseFile, work: &Work, by: StaffId, now: Timestamp) {
    row.state = next.state.name().into();
    row.handler = next.handler.map(|id| id.to_string());
    row.closer = next.closer.map(|id| id.to_string());
    row.reopened = i64::from(next.reopened);
    match work {
        Work::Take => {
            row.taken_at = row.taken_at.or(Some(now.ms()));
            row.owner = row.owner.take().or_else(|| Some(by.to_string()));
        }
        Work::Done(what) | Work::List(what) => {
            row.outcome = Some(what.clone());
            row.handled_at = Some(now.ms());
        }
        Work::Close(_) => row.closed_at = Some(now.ms()),
        Work::Reopen(_) => {
            // Its time begins anew; a sweep sets it.
            (row.closed_at, row.handled_at, row.taken_at) = (None, None, None);
            (row.take_by_at, row.due_at) = (None, None);
        }
        _ => {}
    }
}

fn refused(reject: CaseReject) -> Refusal {
    match reject {
        CaseReject::NothingSaid => Refusal::refused(reject.code(), reject.to_string()),
        CaseReject::HandlerMayNotClose => {
            Refusal::Forbidden { code: reject.code(), detail: reject.to_string() }
        }
        _ => Refusal::conflict(reject.code(), reject.to_string()),
    }
}
