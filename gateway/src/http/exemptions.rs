//! Exemptions, for the operator's staff: who does not pay, by which law.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::exemption::Duty;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ExemptionRow, Lane};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Interval, Plate, Timestamp, VehicleClass};

use super::auth::Staff;
use super::claims::{Typed, seen_plate};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::masked;
use crate::app::App;
use crate::flow::enter_exemption::{For, NewExemption, end_exemption, enter_exemption};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

const READERS: [Role; 5] =
    [Role::Inspector, Role::Finance, Role::Reviewer, Role::Manager, Role::Auditor];

const ENTERERS: [Role; 2] = [Role::Reviewer, Role::Manager];

const IN_CLEAR: [Role; 2] = [Role::Reviewer, Role::Manager];

pub(super) const SHOWN: i64 = 500;

/// Longest text, in characters.
const TEXT_LIMIT: usize = 300;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_exemptions, put_exemption))
        .routes(routes!(stop_exemption))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExemptionRequest {
    /// `military`, `police`, `ambulance`, `rescue`, `municipal_repair`, `sanitation`, `disabled`, `blanket` or `other`.
    #[schema(example = "sanitation")]
    duty: String,
    /// `form`, `plate`, `class` or `everybody`.
    #[schema(example = "plate")]
    whose: String,
    /// For `plate`.
    #[schema(example = "甘D·12345")]
    plate: Option<String>,
    /// For `class`: `small`, `large`, …
    vehicle_class: Option<String>,
    /// Everywhere if left out.
    zone_id: Option<Uuid>,
    /// The law or the decree, and its clause.
    #[schema(example = "市政府停车收费管理办法 第十二条")]
    legal_basis: String,
    #[schema(example = "〔2026〕3号")]
    document_number: String,
    /// May lie in the past: visits are priced again.
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    valid_to: Timestamp,
}

/// An exemption. A plate is masked but for reviewers and managers.
#[derive(Debug, Serialize, ToSchema)]
struct ExemptionView {
    exemption_id: Uuid,
    duty: String,
    whose: String,
    value: Option<String>,
    zone_id: Option<Uuid>,
    legal_basis: String,
    document_number: String,
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    valid_to: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Exemptions {
    #[serde(flatten)]
    moment: Moment,
    exemptions: Vec<ExemptionView>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExemptionEnd {
    /// Now if left out. Before it began: it was never right.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

impl ExemptionView {
    fn of(row: &ExemptionRow, clear: bool) -> ExemptionView {
        let value = match (row.whose.as_str(), &row.whose_value) {
            ("plate", Some(plate)) if !clear => Some(masked::plate(plate)),
            (_, value) => value.clone(),
        };
        ExemptionView {
            exemption_id: row.exemption_id,
            duty: row.duty.clone(),
            whose: row.whose.clone(),
            value,
            zone_id: row.zone_id,
            legal_basis: row.legal_basis.clone(),
            document_number: row.document_number.clone(),
            valid_from: Timestamp::from_ms(row.valid_from_at),
            valid_to: Timestamp::from_ms(row.valid_to_at),
            ended_at: row.ended_at.map(Timestamp::from_ms),
        }
    }
}

/// The exemptions in force or to come, newest first. One that is over is not among them.
#[utoipa::path(
    get,
    path = "/api/v1/staff/exemptions",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Exemptions))
)]
async fn list_exemptions(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Exemptions>> {
    staff.must_be(&READERS)?;
    let clear = staff.must_be(&IN_CLEAR).is_ok();
    let operator = staff.actor().operator.map(|operator| operator.0);
    let mut tx = app.store.begin(Lane::Command).await?;
    let now = app.clock.city_now();
    let rows = tx.exemptions(operator, now.ms(), SHOWN).await?;
    if clear {
        let detail = json!({"found": rows.len()});
        let object = ("exemption", "all");
        staff.actor().audit(&mut tx, now, "read_plates", object, &detail).await?;
    }
    tx.commit().await?;
    let exemptions = rows.iter().map(|row| ExemptionView::of(row, clear)).collect();
    Ok(Json(Exemptions { moment: Moment::of(&app), exemptions }))
}

/// Enters an exemption. What it touches of the past is priced again.
#[utoipa::path(
    post,
    path = "/api/v1/staff/exemptions",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ExemptionRequest,
    responses(
        (status = CREATED, body = ExemptionView),
        (status = NOT_FOUND, description = "`zone_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`duty_unknown`, `duty_without_form`, `whose_unknown`, \
            `plate_invalid`, `basis_missing`, `validity_wrong`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn put_exemption(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<ExemptionRequest>,
) -> Answer<Reply> {
    staff.must_be(&ENTERERS)?;
    let new = exemption_of(&body)?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = enter_exemption(&app, &mut tx, &staff.actor(), &new).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &ExemptionView::of(&row, true)).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

fn exemption_of(body: &ExemptionRequest) -> Outcome<NewExemption<'_>> {
    let duty = Duty::from_name(&body.duty)
        .ok_or_else(|| Refusal::refused("duty_unknown", "there is no such duty"))?;
    let whose = match (body.whose.as_str(), &body.plate, &body.vehicle_class) {
        ("form", None, None) => For::Form,
        ("plate", Some(typed), None) => For::Plate(plate(typed)?),
        ("class", None, Some(class)) => For::Class(
            VehicleClass::from_name(class)
                .ok_or_else(|| Refusal::refused("whose_unknown", "there is no such class"))?,
        ),
        ("everybody", None, None) => For::Everybody,
        _ => {
            let detail =
                "whose is form, plate (with plate), class (with vehicle_class) or everybody";
            return Err(Refusal::refused("whose_unknown", detail));
        }
    };
    for text in [&body.legal_basis, &body.document_number] {
        text_of(text, "basis_missing", "name the law or the decree, and its number")?;
    }
    Ok(NewExemption {
        duty,
        whose,
        zone_id: body.zone_id,
        legal_basis: body.legal_basis.trim(),
        document_number: body.document_number.trim(),
        valid: validity(body.valid_from, body.valid_to)?,
    })
}

/// Ends an exemption. What it touched is priced again.
#[utoipa::path(
    post,
    path = "/api/v1/staff/exemptions/{exemption_id}/end",
    tag = "orders",
    security(("token" = [])),
    params(
        ("exemption_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = ExemptionEnd,
    responses(
        (status = OK, body = ExemptionView),
        (status = NOT_FOUND, description = "`exemption_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`exemption_ended`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn stop_exemption(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<ExemptionEnd>,
) -> Answer<Reply> {
    staff.must_be(&ENTERERS)?;
    let id = named.id("exemption_unknown", "there is no such exemption of yours")?;
    let at = body.at.unwrap_or(app.clock.city_now());
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = end_exemption(&app, &mut tx, &staff.actor(), id, at).await?;
        once.settle(tx, &scope, StatusCode::OK, &ExemptionView::of(&row, true)).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// A plate of a Chinese form, as typed.
pub(super) fn plate(typed: &str) -> Outcome<Plate> {
    Ok(seen_plate(&Typed { plate: typed, colour: None, form: None })?.0)
}

pub(super) fn validity(from: Timestamp, to: Timestamp) -> Outcome<Interval> {
    Interval::new(from, to)
        .filter(|valid| !valid.is_empty())
        .ok_or_else(|| Refusal::refused("validity_wrong", "it ends after it begins"))
}

pub(super) fn text_of<'t>(text: &'t str, code: &'static str, detail: &str) -> Outcome<&'t str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::refused(code, detail));
    }
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refusal::malformed("field_length", "a text has at most 300 characters"));
    }
    Ok(text)
}
