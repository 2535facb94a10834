//! The outbox of notices, for whoever delivers them, and what became of each.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::policy::Channel;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ArrearsNoticeRow, Lane, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, one_of};
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::staff_arrears::{IN_CLEAR, SHOWN, TEXT_LIMIT};
use crate::app::App;
use crate::flow::phone_sign_in::is_phone;
use crate::flow::record_notice::{Word, record_notice};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_outbox)).routes(routes!(record))
}

/// Who delivers notices and says what became of them.
const TELLERS: [Role; 3] = [Role::Inspector, Role::Finance, Role::Manager];
/// What becomes of a notice.
const STATES: [&str; 5] = ["queued", "handed", "delivered", "failed", "cancelled"];

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
#[serde(deny_unknown_fields)]
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

/// The outbox: notices that wait for whoever delivers them, or what became of them.
#[utoipa::path(
    get,
    path = "/api/v1/staff/notices",
    tag = "cases",
    security(("token" = [])),
    params(Outbox),
    responses(
        (status = OK, body = Notices),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_outbox(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<Outbox>,
) -> Answer<Json<Notices>> {
    staff.must_be(&TELLERS)?;
    one_of(asked.state.as_deref(), &STATES, "state")?;
    one_of(asked.channel.as_deref(), &Channel::ALL.map(Channel::name), "channel")?;
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
        "subscription" => Ok(tx.openid(account_id).await?.filter(|openid| !is_phone(openid))),
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
