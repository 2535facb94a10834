//! Cases for staff: what waits, since when, for whom, and what is done about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::case_file::CaseState;
use serde::{Deserialize, Serialize};
use store::CaseFilter;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Staff;
use super::case_view::{AttachmentView, CaseEventView, CaseSummary};
use super::cursor::{after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, one_of};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::case_work::{Reported, Work, report_case, work_on_case};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Who works on cases.
pub(super) const WORKERS: [Role; 5] =
    [Role::Inspector, Role::Finance, Role::Reviewer, Role::Installer, Role::Manager];

/// Who may read them.
pub(super) const READERS: [Role; 6] =
    [Role::Inspector, Role::Finance, Role::Reviewer, Role::Installer, Role::Manager, Role::Auditor];

const USUAL_CASES: i64 = 50;

const CASES_LIMIT: i64 = 200;

/// Longest text of an event, in characters.
const TEXT_LIMIT: usize = 4_000;

/// Longest kind, source, number, subject, in bytes.
const WORD_LIMIT: usize = 128;

const SOURCES: [&str; 5] = ["driver", "12345", "12315", "inspector", "staff"];
/// And those that the program opens by itself.
const SOURCES_OF_CASES: [&str; 6] = ["driver", "12345", "12315", "inspector", "staff", "system"];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_cases, open_case))
        .routes(routes!(one_case))
        .routes(routes!(do_case_work))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `open`, `handling`, `handled`, `listed` or `closed`; all that are not closed if left out.
    state: Option<String>,
    /// `appeal`, `money_decision`, `arrears_unreachable`, `bill_differs`, `device`, `obstruction`, …
    kind: Option<String>,
    /// `driver`, `12345`, `12315`, `inspector`, `staff` or `system`.
    source: Option<String>,
    /// Only those that the caller owns or handles.
    #[serde(default)]
    mine: bool,
    /// Only those whose time is over.
    #[serde(default)]
    overdue: bool,
    external_number: Option<String>,
    /// The id of what a case is about.
    subject_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 if left out, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct CasePage {
    #[serde(flatten)]
    moment: Moment,
    cases: Vec<CaseSummary>,
    next: Option<String>,
}

/// A case with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct CaseView {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    case: CaseSummary,
    events: Vec<CaseEventView>,
    attachments: Vec<AttachmentView>,
}

/// Opens a case for something that was reported.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaseRequest {
    /// `obstruction`, `device`, `payment`, `refund`, `invoice`, `reconciliation`, `other`, …
    #[schema(example = "obstruction")]
    kind: String,
    /// `driver`, `12345`, `12315`, `inspector` or `staff`.
    #[schema(example = "12345")]
    source: String,
    #[schema(example = "GS202609150012")]
    external_number: Option<String>,
    /// `bay`, `order`, `device`, …
    #[schema(example = "bay")]
    subject_kind: String,
    #[schema(example = "BY0012")]
    subject_id: String,
    detail: String,
}

/// What somebody does with a case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkRequest {
    /// `take`, `give_back`, `note`, `done`, `send_back`, `list`, `close`, `reopen`, `own`.
    #[schema(example = "done")]
    r#do: String,
    /// What was done, or why: for all but `take` and `give_back`.
    text: Option<String>,
    /// Who is responsible from now on: for `own`.
    staff_id: Option<Uuid>,
}

/// Cases of the caller's operator, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/staff/cases",
    tag = "cases",
    security(("token" = [])),
    params(Which),
    responses(
        (status = OK, body = CasePage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_cases(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(which): Asked<Which>,
) -> Answer<Json<CasePage>> {
    staff.must_be(&READERS)?;
    let moment = Moment::of(&app);
    let limit = limit_of(which.limit, USUAL_CASES, CASES_LIMIT)?;
    one_of(which.state.as_deref(), &CaseState::ALL.map(CaseState::name), "state")?;
    one_of(which.source.as_deref(), &SOURCES_OF_CASES, "source")?;
    let filter = CaseFilter {
        operator: staff.actor().operator.map(|operator| operator.0),
        closed_too: which.state.as_deref() == Some("closed"),
        state: which.state,
        kind: which.kind,
        source: which.source,
        person: which.mine.then(|| staff.id.to_string()),
        external_number: which.external_number,
        subject_id: which.subject_id,
        overdue_at: which.overdue.then_some(moment.now.ms()),
        after: after(which.cursor.as_deref())?,
    };
    let rows = app.store.read().await?.cases(&filter, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, |row| (row.opened_at, row.case_id));
    let cases = rows.iter().map(|row| CaseSummary::of(row, moment.now)).collect();
    Ok(Json(CasePage { moment, cases, next }))
}

/// One case with its events and its evidence.
#[utoipa::path(
    get,
    path = "/api/v1/staff/cases/{case_id}",
    tag = "cases",
    security(("token" = [])),
    params(("case_id" = Uuid, Path)),
    responses(
        (status = OK, body = CaseView),
        (status = NOT_FOUND, description = "`case_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_case(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<CaseView>> {
    staff.must_be(&READERS)?;
    let case_id = case_id(&named)?;
    let moment = Moment::of(&app);
    let mut tx = app.store.read().await?;
    let row = tx.case(case_id).await?.filter(|c| staff.actor().may_touch(c.operator_id));
    let row = row.ok_or_else(case_unknown)?;
    let events = tx.case_events(case_id).await?.into_iter().map(CaseEventView::of).collect();
    let attachments = tx.attachments(case_id).await?.iter().map(AttachmentView::of).collect();
    Ok(Json(CaseView { moment, case: CaseSummary::of(&row, moment.now), events, attachments }))
}

/// Opens a case for a call, a letter, or something seen on the street. A number is one case.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cases",
    tag = "cases",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = CaseRequest,
    responses(
        (status = CREATED, body = CaseSummary),
        (status = CONFLICT, description = "`case_exists`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`source_unknown`, `kind_malformed`, `nothing_said`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_case(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<CaseRequest>,
) -> Answer<Reply> {
    staff.must_be(&WORKERS)?;
    check_request(&body)?;
    Ok(again(|| store_report(&app, &once, &staff, &body)).await?)
}

async fn store_report(app: &App, once: &Once, staff: &Staff, body: &CaseRequest) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let reported = Reported {
        kind: &body.kind,
        source: &body.source,
        external_number: body.external_number.as_deref(),
        subject_kind: &body.subject_kind,
        subject_id: &body.subject_id,
        detail: &body.detail,
    };
    let row = report_case(app, &mut tx, &staff.actor(), &reported).await?;
    let answer = CaseSummary::of(&row, app.clock.city_now());
    once.settle(tx, &scope, StatusCode::CREATED, &answer).await
}

/// Takes a case over, says what was done, closes it. Who handles a case does not close it.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cases/{case_id}/work",
    tag = "cases",
    security(("token" = [])),
    params(
        ("case_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = WorkRequest,
    responses(
        (status = OK, body = CaseSummary),
        (status = FORBIDDEN, description = "`handler_may_not_close`, `role_insufficient`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`case_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`case_closed`, `case_not_closed`, `case_not_taken`, `case_not_handled`, \
            `case_not_yours`, `case_already_yours`, `case_still_faulty`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`nothing_said`, `work_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn do_case_work(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<WorkRequest>,
) -> Answer<Reply> {
    staff.must_be(&WORKERS)?;
    let case_id = case_id(&named)?;
    let work = work_of(&body)?;
    Ok(again(|| store_work(&app, &once, &staff, case_id, &work)).await?)
}

async fn store_work(
    app: &App,
    once: &Once,
    staff: &Staff,
    case_id: Uuid,
    work: &Work,
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let row = work_on_case(app, &mut tx, &staff.actor(), case_id, work).await?;
    let answer = CaseSummary::of(&row, app.clock.city_now());
    once.settle(tx, &scope, StatusCode::OK, &answer).await
}

fn work_of(body: &WorkRequest) -> Outcome<Work> {
    let text = || body.text.clone().unwrap_or_default();
    if text().chars().count() > TEXT_LIMIT {
        return Err(Refusal::malformed("field_length", "a text has at most 4000 characters"));
    }
    Ok(match body.r#do.as_str() {
        "take" => Work::Take,
        "give_back" => Work::GiveBack,
        "note" if text().trim().is_empty() => {
            return Err(Refusal::refused("nothing_said", "a note says something"));
        }
        "note" => Work::Note(text()),
        "done" => Work::Done(text()),
        "send_back" => Work::SendBack(text()),
        "list" => Work::List(text()),
        "close" => Work::Close(text()),
        "reopen" => Work::Reopen(text()),
        "own" => match body.staff_id {
            Some(id) => Work::Own(vocabulary::StaffId(id)),
            None => {
                return Err(Refusal::malformed("staff_missing", "name the staff_id of the owner"));
            }
        },
        _ => {
            let detail = "do is take, give_back, note, done, send_back, list, close, reopen or own";
            return Err(Refusal::refused("work_unknown", detail));
        }
    })
}

fn check_request(body: &CaseRequest) -> Outcome<()> {
    if !SOURCES.contains(&body.source.as_str()) {
        let detail = "source is driver, 12345, 12315, inspector or staff";
        return Err(Refusal::refused("source_unknown", detail));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if body.kind.is_empty() || body.kind.len() > 40 || !body.kind.chars().all(plain) {
        let detail = "kind is a word of small letters, digits and _";
        return Err(Refusal::refused("kind_malformed", detail));
    }
    let words = [Some(&body.subject_kind), Some(&body.subject_id), body.external_number.as_ref()];
    if words.into_iter().flatten().any(|word| word.len() > WORD_LIMIT)
        || body.detail.chars().count() > TEXT_LIMIT
    {
        return Err(Refusal::malformed(
            "field_length",
            "a word has at most 128 bytes, a text 4000 characters",
        ));
    }
    if body.detail.trim().is_empty() {
        return Err(Refusal::refused("nothing_said", "say what was reported"));
    }
    Ok(())
}

pub(super) fn case_id(named: &Named) -> Outcome<Uuid> {
    named.id("case_unknown", "there is no such case of yours")
}

pub(super) fn case_unknown() -> Refusal {
    Refusal::missing("case_unknown", "there is no such case of yours")
}
