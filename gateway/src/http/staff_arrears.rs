//! Arrears for staff: who owes what, decisions by two persons, and the outbox of notices.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ArrearsNoticeRow, DecisionRow, Lane, OwedRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, Plate, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::masked;
use super::orders::order_id;
use crate::app::App;
use crate::flow::decide_money::{Kind, Proposal, Verdict, decide, propose};
use crate::flow::record_notice::{Word, record_notice};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

const READERS: [Role; 5] =
    [Role::Inspector, Role::Finance, Role::Reviewer, Role::Manager, Role::Auditor];
/// Who proposes and decides about money.
const DECIDERS: [Role; 3] = [Role::Finance, Role::Reviewer, Role::Manager];
/// Who delivers notices and says what became of them.
const TELLERS: [Role; 3] = [Role::Inspector, Role::Finance, Role::Manager];
/// Who reads whole plates, and the numbers that notices go to.
const IN_CLEAR: [Role; 2] = [Role::Finance, Role::Manager];
const SHOWN: i64 = 200;
/// Longest reason, authority, proof, in characters.
const TEXT_LIMIT: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(owed_for_staff))
        .routes(routes!(propose_decision))
        .routes(routes!(list_proposals))
        .routes(routes!(decide_proposal))
        .routes(routes!(list_outbox))
        .routes(routes!(record))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of one plate; goes to the audit log.
    plate: Option<String>,
    /// `running`, `paused`, `listed`, `lapsed`, `settled`, `written_off`, `detached`: without a plate.
    state: Option<String>,
    /// `next` of the page before.
    cursor: Option<Uuid>,
}

/// What is owed for one visit. The plate is masked but for finance and managers.
#[derive(Debug, Serialize, ToSchema)]
struct StaffOwed {
    order_id: Uuid,
    plate: String,
    owed_fen: i64,
    order_state: String,
    state: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    owing_since: Timestamp,
    /// Nobody is reminded from then on.
    #[schema(value_type = String, format = DateTime)]
    limitation_at: Timestamp,
    steps_taken: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct StaffArrears {
    #[serde(flatten)]
    moment: Moment,
    count: usize,
    sum_fen: i64,
    arrears: Vec<StaffOwed>,
    next: Option<Uuid>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
struct ProposalRequest {
    /// `waiver`, `write_off`, or `detach` (the plate was sold or cloned).
    #[schema(example = "waiver")]
    kind: String,
    /// For a waiver.
    amount_fen: Option<i64>,
    reason: String,
    /// Who allows it.
    #[schema(example = "市停车管理办公室")]
    authority: String,
    #[schema(example = "〔2026〕12号")]
    document_number: String,
}

/// A decision; evidence is attached to its case.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionView {
    decision_id: Uuid,
    order_id: Uuid,
    case_id: Uuid,
    kind: String,
    amount_fen: i64,
    reason: String,
    authority: String,
    document_number: String,
    /// `proposed`, `approved` or `refused`.
    state: String,
    proposed_by: Uuid,
    #[schema(value_type = String, format = DateTime)]
    proposed_at: Timestamp,
    decided_by: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Proposals {
    #[serde(flatten)]
    moment: Moment,
    proposals: Vec<DecisionView>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
struct VerdictRequest {
    /// `true` approves, `false` refuses.
    approve: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Outbox {
    /// `queued` if left out; `handed`, `delivered`, `failed`, `cancelled`.
    state: Option<String>,
    /// `subscription`, `sms`, `phone` or `slip`.
    channel: Option<String>,
    /// With the numbers that they go to; for finance and managers, goes to the audit log.
    #[serde(default)]
    addresses: bool,
}

/// A notice in the outbox.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    notice_id: Uuid,
    order_id: Uuid,
    /// The step of dunning.
    step: String,
    channel: String,
    text: String,
    text_en: String,
    state: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    proof: Option<String>,
    /// Where it goes to: a phone number, or the openid for a subscription message.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Notices {
    #[serde(flatten)]
    moment: Moment,
    notices: Vec<NoticeView>,
}

/// What became of a notice.
#[derive(Clone, Debug, Deserialize, ToSchema)]
struct RecordRequest {
    /// `handed`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    state: String,
    /// Who took it; for `handed`.
    to: Option<String>,
    /// What shows the delivery, or why it failed.
    #[schema(example = "SMS gateway receipt 88120031")]
    proof: Option<String>,
    /// Now if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
}

impl StaffOwed {
    fn of(row: &OwedRow, clear: bool) -> StaffOwed {
        StaffOwed {
            order_id: row.order_id,
            plate: if clear { row.plate.clone() } else { masked::plate(&row.plate) },
            owed_fen: row.owed_fen,
            order_state: row.order_state.clone(),
            state: row.state.clone(),
            arrived_at: Timestamp::from_ms(row.opened_at),
            owing_since: Timestamp::from_ms(row.since_at),
            limitation_at: Timestamp::from_ms(row.limitation_at),
            steps_taken: row.steps_taken,
        }
    }
}

impl DecisionView {
    fn of(row: &DecisionRow) -> DecisionView {
        DecisionView {
            decision_id: row.decision_id,
            order_id: row.order_id,
            case_id: row.case_id,
            kind: row.kind.clone(),
            amount_fen: row.amount_fen,
            reason: row.reason.clone(),
            authority: row.authority.clone(),
            document_number: row.document_number.clone(),
            state: row.state.clone(),
            proposed_by: row.proposed_by,
            proposed_at: Timestamp::from_ms(row.proposed_at),
            decided_by: row.decided_by,
        }
    }
}

impl NoticeView {
    fn of(row: ArrearsNoticeRow, address: Option<String>) -> NoticeView {
        NoticeView {
            notice_id: row.notice_id,
            order_id: row.order_id,
            step: row.step_name,
            channel: row.channel,
            text: row.text_zh,
            text_en: row.text_en,
            state: row.state,
            made_at: Timestamp::from_ms(row.made_at),
            delivered_at: row.delivered_at.map(Timestamp::from_ms),
            proof: row.proof,
            address,
        }
    }
}

/// What is owed for a plate, or all dunning in a state.
#[utoipa::path(
    get,
    path = "/api/v1/staff/arrears",
    tag = "cases",
    security(("token" = [])),
    params(Whose),
    responses(
        (status = OK, body = StaffArrears),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn owed_for_staff(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(whose): Asked<Whose>,
) -> Answer<Json<StaffArrears>> {
    staff.must_be(&READERS)?;
    let clear = staff.must_be(&IN_CLEAR).is_ok();
    let moment = Moment::of(&app);
    let operator = staff.actor().operator.map(|operator| operator.0);
    let (rows, next) = match (&whose.plate, &whose.state) {
        (Some(plate), None) => (owed_by_plate(&app, &staff, plate, operator).await?, None),
        (None, state) => {
            let state = state.as_deref().unwrap_or("running");
            let mut tx = app.store.begin(Lane::Command).await?;
            let rows = tx.owed_in_state(state, operator, whose.cursor, SHOWN).await?;
            if clear {
                let detail = json!({"found": rows.len()});
                let object = ("arrears", state);
                staff.actor().audit(&mut tx, moment.now, "read_plates", object, &detail).await?;
            }
            tx.commit().await?;
            let full = i64::try_from(rows.len()).is_ok_and(|count| count == SHOWN);
            let next = rows.last().filter(|_| full).map(|row| row.order_id);
            (rows, next)
        }
        (Some(_), Some(_)) => return Err(malformed_query(&"either plate or state").into()),
    };
    let arrears: Vec<StaffOwed> = rows.iter().map(|row| StaffOwed::of(row, clear)).collect();
    let sum_fen = rows.iter().filter(|r| r.order_state == "owing").map(|r| r.owed_fen).sum();
    Ok(Json(StaffArrears { moment, count: arrears.len(), sum_fen, arrears, next }))
}

/// Asking for a plate is on record; the log holds no plate.
async fn owed_by_plate(
    app: &App,
    staff: &Staff,
    typed: &str,
    operator: Option<Uuid>,
) -> Outcome<Vec<OwedRow>> {
    let plate = Plate::parse(typed)
        .map_err(|reject| Refusal::refused("plate_invalid", reject.to_string()))?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let rows = tx.owed_by_plate(plate.as_str(), operator, SHOWN).await?;
    let detail = json!({"found": rows.len()});
    let now = app.clock.city_now();
    staff.actor().audit(&mut tx, now, "read_arrears", ("plate", &plate.masked()), &detail).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Proposes a waiver, a write-off, or that arrears are not the person's. Another person decides.
#[utoipa::path(
    post,
    path = "/api/v1/staff/orders/{order_id}/decisions",
    tag = "cases",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = ProposalRequest,
    responses(
        (status = CREATED, body = DecisionView),
        (status = NOT_FOUND, description = "`order_unknown`, `arrears_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`decision_waiting`, `nothing_due`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`kind_unknown`, `amount_out_of_bounds`, `reason_missing`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn propose_decision(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<ProposalRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let order_id = order_id(&named)?;
    let kind = kind_of(&body)?;
    Ok(again(|| store_proposal(&app, &once, &staff, order_id, (kind, &body))).await?)
}

async fn store_proposal(
    app: &App,
    once: &Once,
    staff: &Staff,
    order_id: Uuid,
    (kind, body): (Kind, &ProposalRequest),
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let proposal = Proposal {
        kind,
        reason: body.reason.trim(),
        authority: body.authority.trim(),
        document_number: body.document_number.trim(),
    };
    let row = propose(app, &mut tx, &staff.actor(), order_id, &proposal).await?;
    once.settle(tx, &scope, StatusCode::CREATED, &DecisionView::of(&row)).await
}

fn kind_of(body: &ProposalRequest) -> Outcome<Kind> {
    let texts = [&body.reason, &body.authority, &body.document_number];
    if texts.iter().any(|text| text.chars().count() > TEXT_LIMIT) {
        return Err(Refusal::malformed("field_length", "a text has at most 1000 characters"));
    }
    if texts.iter().any(|text| text.trim().is_empty()) {
        let detail = "say why, who allows it and by which document";
        return Err(Refusal::refused("reason_missing", detail));
    }
    match (body.kind.as_str(), body.amount_fen) {
        ("waiver", Some(amount)) => Ok(Kind::Waiver(Fen(amount))),
        ("waiver", None) => Err(Refusal::malformed("amount_missing", "a waiver has an amount_fen")),
        ("write_off", None) => Ok(Kind::WriteOff),
        ("detach", None) => Ok(Kind::Detach),
        ("write_off" | "detach", Some(_)) => {
            let detail = "only a waiver has an amount: a write-off is of all that is due";
            Err(Refusal::malformed("amount_unexpected", detail))
        }
        _ => Err(Refusal::refused("kind_unknown", "kind is waiver, write_off or detach")),
    }
}

/// Proposals that wait for a second person.
#[utoipa::path(
    get,
    path = "/api/v1/staff/decisions",
    tag = "cases",
    security(("token" = [])),
    responses((status = OK, body = Proposals))
)]
async fn list_proposals(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Proposals>> {
    staff.must_be(&READERS)?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let rows = app.store.read().await?.proposals(operator, SHOWN).await?;
    let proposals = rows.iter().map(DecisionView::of).collect();
    Ok(Json(Proposals { moment: Moment::of(&app), proposals }))
}

/// Approves or refuses a proposal as the second person.
#[utoipa::path(
    post,
    path = "/api/v1/staff/decisions/{decision_id}",
    tag = "cases",
    security(("token" = [])),
    params(
        ("decision_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = VerdictRequest,
    responses(
        (status = OK, body = DecisionView),
        (status = FORBIDDEN, description = "`second_person_needed`, `manager_needed`, `role_insufficient`",
            body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`decision_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`decision_over`, `nothing_due`, or the code of the order", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`evidence_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn decide_proposal(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<VerdictRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let decision_id = named.id("decision_unknown", "there is no such decision of yours")?;
    let verdict = if body.approve { Verdict::Approve } else { Verdict::Refuse };
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let who = (&staff.actor(), staff.role);
        let row = decide(&app, &mut tx, who, decision_id, verdict).await?;
        once.settle(tx, &scope, StatusCode::OK, &DecisionView::of(&row)).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// The outbox: notices that wait for whoever delivers them, or what became of them.
#[utoipa::path(
    get,
    path = "/api/v1/staff/notices",
    tag = "cases",
    security(("token" = [])),
    params(Outbox),
    responses((status = OK, body = Notices))
)]
async fn list_outbox(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<Outbox>,
) -> Answer<Json<Notices>> {
    staff.must_be(&TELLERS)?;
    if asked.addresses {
        staff.must_be(&IN_CLEAR)?;
    }
    let operator = staff.actor().operator.map(|operator| operator.0);
    let state = asked.state.as_deref().unwrap_or("queued");
    let mut tx = app.store.begin(Lane::Command).await?;
    let rows = tx.outbox(state, asked.channel.as_deref(), operator, SHOWN).await?;
    let mut notices = Vec::with_capacity(rows.len());
    for row in rows {
        let address = if asked.addresses { address_of(&mut tx, &row).await? } else { None };
        notices.push(NoticeView::of(row, address));
    }
    if asked.addresses {
        let detail = json!({"notices": notices.len()});
        let now = app.clock.city_now();
        staff.actor().audit(&mut tx, now, "read_addresses", ("outbox", state), &detail).await?;
    }
    tx.commit().await?;
    Ok(Json(Notices { moment: Moment::of(&app), notices }))
}

/// Only the claimant, and only by the leave that holds.
async fn address_of(tx: &mut Tx, row: &ArrearsNoticeRow) -> Outcome<Option<String>> {
    let Some(account_id) = row.account_id else { return Ok(None) };
    match row.channel.as_str() {
        "subscription" => Ok(tx.openid(account_id).await?),
        "sms" | "phone" => {
            let contacts = tx.contacts(account_id).await?;
            Ok(contacts.into_iter().rfind(|c| c.channel == "phone").map(|c| c.address))
        }
        _ => Ok(None),
    }
}

/// Says what became of a notice. Only a delivery moves dunning on.
#[utoipa::path(
    post,
    path = "/api/v1/staff/notices/{notice_id}",
    tag = "cases",
    security(("token" = [])),
    params(
        ("notice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = RecordRequest,
    responses(
        (status = OK, body = NoticeView),
        (status = NOT_FOUND, description = "`notice_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`notice_over`, `contact_not_now`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`proof_missing`, `delivered_at_wrong`, `state_unknown`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn record(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<RecordRequest>,
) -> Answer<Reply> {
    staff.must_be(&TELLERS)?;
    let notice_id = named.id("notice_unknown", "there is no such notice of yours")?;
    let word = word_of(&body, app.clock.city_now())?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = record_notice(&app, &mut tx, &staff.actor(), notice_id, &word).await?;
        once.settle(tx, &scope, StatusCode::OK, &NoticeView::of(row, None)).await
    });
    Ok(reply.await?)
}

fn word_of(body: &RecordRequest, now: Timestamp) -> Outcome<Word> {
    let proof = body.proof.clone().unwrap_or_default();
    let to = body.to.clone().unwrap_or_default();
    if [&proof, &to].iter().any(|text| text.chars().count() > TEXT_LIMIT) {
        return Err(Refusal::malformed("field_length", "a text has at most 1000 characters"));
    }
    match body.state.as_str() {
        "handed" => Ok(Word::Handed { to }),
        "delivered" => Ok(Word::Delivered { proof, at: body.delivered_at.unwrap_or(now) }),
        "failed" => Ok(Word::Failed { why: proof }),
        _ => Err(Refusal::refused("state_unknown", "state is handed, delivered or failed")),
    }
}
