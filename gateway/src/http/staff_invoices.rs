//! Documents as staff see them: found, looked at, taken back, tried again. Titles are masked but for finance and managers,
//! whose reading goes to the audit log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::invoice::RedReason;
use billing::issuing::{Colour, IssueState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{CaseFilter, InvoiceFilter, InvoiceRow, Lane, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::auth::Staff;
use super::cursor::{after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::invoice_view::{InvoiceTitle, InvoiceView};
use super::invoices::place;
use super::masked;
use crate::app::App;
use crate::drawn::Drawn;
use crate::flow::sign_in::Role;
use crate::flow::take_back::{
    RedRequest, approve_red, ask_red, known_invoice, retry_invoice, withdraw_red,
};
use crate::flow::{Outcome, Refusal, again};

const ONLOOKERS: [Role; 4] = [Role::Finance, Role::Manager, Role::Reviewer, Role::Auditor];
const CLERKS: [Role; 2] = [Role::Finance, Role::Manager];
const USUAL: i64 = 50;
const LIMIT: i64 = 200;
const CASES_SHOWN: i64 = 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(find))
        .routes(routes!(one))
        .routes(routes!(take_invoice_back))
        .routes(routes!(work))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// `requested`, `submitted`, `issued`, `unsigned`, `rejected`, `void`, `proposed`, `applied`, `confirmed`, `withdrawn`.
    state: Option<String>,
    /// `blue` or `red`.
    colour: Option<String>,
    /// The whole number.
    number: Option<String>,
    order_id: Option<Uuid>,
    /// Only those that wait for a person or an office.
    #[serde(default)]
    held: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 if left out, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A document for staff.
#[derive(Debug, Serialize, ToSchema)]
struct StaffInvoice {
    #[serde(flatten)]
    invoice: InvoiceView,
    /// What the office knows it by.
    request_no: String,
    /// Masked but for finance and managers; null until it is drawn up.
    title: Option<String>,
    tax_id: Option<String>,
    /// `driver`, `system`, or a member of staff.
    asked_by: String,
    approved_by: Option<String>,
    /// Of a red fapiao, 20 digits.
    confirmation_no: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    waits_since: Option<Timestamp>,
    /// Cases about it that are not closed.
    case_ids: Vec<Uuid>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct StaffInvoicePage {
    #[serde(flatten)]
    moment: Moment,
    invoices: Vec<StaffInvoice>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeBackRequest {
    /// `goods_returned`, `issued_in_error`, `service_stopped` or `sales_allowance`.
    #[schema(example = "issued_in_error")]
    reason: String,
    /// How much of which order; all that is left, if left out. A non-tax bill only as a whole.
    #[serde(default)]
    parts: Vec<TakeBackPart>,
    /// The title of the invoice that follows over what is left.
    title: Option<InvoiceTitle>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeBackPart {
    order_id: Uuid,
    /// Above 0.
    #[schema(minimum = 1, example = 300)]
    gross_fen: i64,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentWork {
    /// `retry`: go on now, or try a refused red one once more; `approve`: a red one above the limit, as the second person;
    /// `withdraw`: a red one that was not handed in.
    #[schema(example = "retry")]
    r#do: String,
}

#[derive(Clone, Copy, Debug)]
enum Work {
    Retry,
    Approve,
    Withdraw,
}

impl StaffInvoice {
    async fn of(tx: &mut Tx, row: &InvoiceRow, clear: bool) -> Outcome<StaffInvoice> {
        let drawn = Drawn::read(row)?;
        let buyer = drawn.as_ref().map(Drawn::buyer);
        let shown = |text: &str| if clear { text.to_owned() } else { masked::name(text) };
        let about = Some(row.invoice_id.to_string());
        let cases = CaseFilter { subject_id: about, ..CaseFilter::default() };
        let cases = tx.cases(&cases, CASES_SHOWN).await?;
        Ok(StaffInvoice {
            title: buyer.map(|buyer| shown(&buyer.name)),
            tax_id: buyer.and_then(|buyer| buyer.tax_id.as_deref()).map(shown),
            invoice: InvoiceView::of(tx, row).await?,
            request_no: row.request_no.clone(),
            asked_by: row.asked_by.clone(),
            approved_by: row.approved_by.clone(),
            confirmation_no: row.confirmation_no.clone(),
            waits_since: row.held_since_at.map(Timestamp::from_ms),
            case_ids: cases.iter().map(|case| case.case_id).collect(),
        })
    }
}

/// Documents of the caller's operator. For finance, managers, reviewers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/staff/invoices",
    tag = "money",
    security(("token" = [])),
    params(Question),
    responses(
        (status = OK, body = StaffInvoicePage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn find(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(question): Asked<Question>,
) -> Answer<Json<StaffInvoicePage>> {
    staff.must_be(&ONLOOKERS)?;
    let limit = limit_of(question.limit, USUAL, LIMIT)?;
    if question.state.as_deref().is_some_and(|s| IssueState::from_name(s).is_none()) {
        let states = IssueState::ALL.map(IssueState::name).join(", ");
        return Err(malformed_query(&format!("state is one of {states}")).into());
    }
    if question.colour.as_deref().is_some_and(|c| Colour::from_name(c).is_none()) {
        return Err(malformed_query(&"colour is blue or red").into());
    }
    let filter = InvoiceFilter {
        operator: staff.actor().operator.map(|operator| operator.0),
        state: question.state,
        colour: question.colour,
        number: question.number,
        order_id: question.order_id,
        held: question.held,
        before: after(question.cursor.as_deref())?,
    };
    let clear = staff.must_be(&CLERKS).is_ok();
    let mut tx = app.store.begin(Lane::Command).await?;
    let rows = tx.find_invoices(&filter, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, place);
    let mut invoices = Vec::with_capacity(rows.len());
    for row in &rows {
        invoices.push(StaffInvoice::of(&mut tx, row, clear).await?);
    }
    if clear && !rows.is_empty() {
        let detail = json!({"found": rows.len()});
        let now = app.clock.city_now();
        staff.actor().audit(&mut tx, now, "read_titles", ("invoice", "list"), &detail).await?;
    }
    tx.commit().await?;
    Ok(Json(StaffInvoicePage { moment: Moment::of(&app), invoices, next }))
}

/// One document. For finance, managers, reviewers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/staff/invoices/{invoice_id}",
    tag = "money",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, body = StaffInvoice),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn one(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<StaffInvoice>> {
    staff.must_be(&ONLOOKERS)?;
    let id = invoice_id(&named)?;
    let clear = staff.must_be(&CLERKS).is_ok();
    let actor = staff.actor();
    let mut tx = app.store.begin(Lane::Command).await?;
    let row = known_invoice(&mut tx, &actor, id).await?;
    let view = StaffInvoice::of(&mut tx, &row, clear).await?;
    if clear {
        let (object, now) = (("invoice", &*id.to_string()), app.clock.city_now());
        actor.audit(&mut tx, now, "read_titles", object, &json!({})).await?;
    }
    tx.commit().await?;
    Ok(Json(view))
}

/// Takes an issued document back, in whole or in part, by a red one; above the policy's limit a manager has to approve it.
/// For finance and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/invoices/{invoice_id}/red",
    tag = "money",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body(content = TakeBackRequest, example = json!({
        "reason": "issued_in_error",
        "title": {"kind": "company", "name": "白银某某商贸有限公司", "tax_id": "91350100M000100Y43"}
    })),
    responses(
        (status = CREATED, body = StaffInvoice),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`invoice_not_issued`, `nothing_to_reverse`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`reason_unknown`, `reverses_too_much`, `order_not_covered`, \
            `bill_whole_only`, `bad_tax_id`, `tax_id_check_digit`, `missing_text`, `text_too_long`, `illegal_character`",
            body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn take_invoice_back(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<TakeBackRequest>,
) -> Answer<Reply> {
    staff.must_be(&CLERKS)?;
    let id = invoice_id(&named)?;
    let reason = RedReason::from_name(&body.reason).ok_or_else(|| {
        let reasons = RedReason::ALL.map(RedReason::name).join(", ");
        Refusal::refused("reason_unknown", format!("the reason is one of {reasons}"))
    })?;
    let wanted = RedRequest {
        reason,
        parts: body.parts.iter().map(|part| (part.order_id, Fen(part.gross_fen))).collect(),
        reissue: body.title.as_ref().map(InvoiceTitle::title),
    };
    let reply = again(async || {
        let (scope, actor) = (staff.scope(), staff.actor());
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let red = ask_red(&app, &mut tx, &actor, (id, &wanted)).await?;
        let view = StaffInvoice::of(&mut tx, &red, true).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &view).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// Goes on with a document that waits, approves or withdraws a red one. For finance and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/invoices/{invoice_id}/work",
    tag = "money",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = DocumentWork,
    responses(
        (status = OK, description = "The document; of a refused red one the new one", body = StaffInvoice),
        (status = FORBIDDEN, description = "`second_person_needed`, `manager_needed`, `role_insufficient`",
            body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`nothing_to_retry`, `document_not_approved`, `document_handed_in`, \
            `document_ended`, `document_is_blue`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`work_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn work(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<DocumentWork>,
) -> Answer<Reply> {
    staff.must_be(&CLERKS)?;
    let id = invoice_id(&named)?;
    let work = match body.r#do.as_str() {
        "retry" => Work::Retry,
        "approve" => Work::Approve,
        "withdraw" => Work::Withdraw,
        _ => {
            let detail = "do is retry, approve or withdraw";
            return Err(Refusal::refused("work_unknown", detail).into());
        }
    };
    let reply = again(|| do_work(&app, &once, staff, (id, work))).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn do_work(app: &App, once: &Once, staff: Staff, (id, work): (Uuid, Work)) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let row = match work {
        Work::Retry => retry_invoice(app, &mut tx, &actor, id).await?,
        Work::Approve => approve_red(app, &mut tx, (&actor, staff.role), id).await?,
        Work::Withdraw => withdraw_red(app, &mut tx, &actor, id).await?,
    };
    let view = StaffInvoice::of(&mut tx, &row, true).await?;
    once.settle(tx, &scope, StatusCode::OK, &view).await
}

fn invoice_id(named: &Named) -> Outcome<Uuid> {
    named.id("invoice_unknown", "there is no such document of yours")
}
