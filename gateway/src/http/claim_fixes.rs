//! A claim and what would set it right: the driver's one tap, and what staff may do beyond it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::binding::Fix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ClaimRow, Lane, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::{Driver, Staff};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::masked;
use super::staff_arrears::IN_CLEAR;
use super::stays::bay_code_of;
use crate::app::App;
use crate::flow::bind_visit::Bound;
use crate::flow::fix_claim::{Fixer, Offer, fix_claim, offers};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest reason, in bytes.
const REASON_LIMIT: usize = 500;
/// Who sets right what drivers and cameras said.
pub(super) const CORRECTORS: [Role; 3] = [Role::Inspector, Role::Reviewer, Role::Manager];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(one_claim))
        .routes(routes!(fix_own_claim))
        .routes(routes!(staff_claim))
        .routes(routes!(staff_fix_claim))
}

/// A claim as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct ClaimView {
    #[serde(flatten)]
    moment: Moment,
    claim_id: Uuid,
    bay_code: Option<String>,
    plate: String,
    /// `bound`, `waiting`, `expired`, `displaced` by a surer word, `disputed` or `hint`.
    #[schema(example = "expired")]
    state: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    stay_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit_id: Option<Uuid>,
    /// Stays that the sensors' times offer instead, the best first.
    fixes: Vec<FixView>,
}

/// A stay that the claim may have meant.
#[derive(Debug, Serialize, ToSchema)]
struct FixView {
    /// `move`: nobody claimed it. `swap` (staff only): two claims were made crosswise.
    #[schema(value_type = String, example = "move")]
    kind: &'static str,
    stay_id: Uuid,
    #[schema(example = "BY0013")]
    bay_code: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    /// Between the claim and the arrival.
    #[schema(example = 95)]
    off_s: i64,
}

/// Which of the offers.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FixRequest {
    stay_id: Uuid,
}

/// Which stay, and why.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffFixRequest {
    stay_id: Uuid,
    /// For the audit log; no plate in it.
    #[schema(example = "driver called, stood in BY0013")]
    reason: String,
}

/// What a claim or a visit is bound to now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoundView {
    stay_id: Uuid,
    visit_id: Uuid,
    order_id: Uuid,
}

impl BoundView {
    pub(super) fn of(bound: &Bound) -> BoundView {
        BoundView { stay_id: bound.stay_id, visit_id: bound.visit_id, order_id: bound.order_id }
    }
}

impl FixView {
    fn of(offer: Offer) -> FixView {
        let (kind, stay, off_ms) = match offer.fix {
            Fix::MoveTo { stay, off_ms } => ("move", stay, off_ms),
            Fix::SwapWith { stay, off_ms, .. } => ("swap", stay, off_ms),
        };
        let (bay_code, arrived_at) = (offer.bay_code, offer.arrived_at);
        FixView { kind, stay_id: stay.0, bay_code, arrived_at, off_s: off_ms / 1_000 }
    }
}

/// One of the caller's claims. If it seems to name the wrong bay, `fixes` offers the right one.
#[utoipa::path(
    get,
    path = "/api/v1/claims/{claim_id}",
    tag = "stays",
    security(("token" = [])),
    params(("claim_id" = Uuid, Path)),
    responses(
        (status = OK, body = ClaimView),
        (status = NOT_FOUND, description = "`claim_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_claim(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<ClaimView>> {
    let id = claim_id(&named)?;
    let mut tx = app.store.read().await?;
    let claim = tx.claim(id).await?.filter(|claim| claim.account_id == Some(driver.0.0));
    let mut view = view(&app, &mut tx, &claim.ok_or_else(unknown)?).await?;
    // Whose claim stands crosswise is nobody's business but staff's.
    view.fixes.retain(|fix| fix.kind == "move");
    Ok(Json(view))
}

/// Takes one of the stays that are offered for a claim.
#[utoipa::path(
    post,
    path = "/api/v1/claims/{claim_id}/fix",
    tag = "stays",
    security(("token" = [])),
    params(
        ("claim_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = FixRequest,
    responses(
        (status = OK, body = BoundView),
        (status = NOT_FOUND, description = "`claim_unknown`, `stay_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT,
            description = "`fix_not_offered`, `stay_claimed`, `claim_joined`, `zone_differs`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn fix_own_claim(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<FixRequest>,
) -> Answer<Reply> {
    let id = claim_id(&named)?;
    let fixer = Fixer::Driver(driver.0.0);
    let scope = driver.scope();
    let reply = again(|| store_fix(&app, &once, &scope, (id, body.stay_id), &fixer)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// A claim, for staff: with the swaps that its times suggest. The plate is masked but for managers, whose reading it
/// goes to the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/staff/claims/{claim_id}",
    tag = "stays",
    security(("token" = [])),
    params(("claim_id" = Uuid, Path)),
    responses(
        (status = OK, body = ClaimView),
        (status = NOT_FOUND, description = "`claim_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn staff_claim(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<ClaimView>> {
    staff.must_be(&CORRECTORS)?;
    let id = claim_id(&named)?;
    let clear = staff.must_be(&IN_CLEAR).is_ok();
    let mut tx = app.store.begin(Lane::Command).await?;
    let claim = of_operator(&mut tx, staff, id).await?;
    let mut view = view(&app, &mut tx, &claim).await?;
    if clear {
        let (now, object) = (view.moment.now, ("claim", &*id.to_string()));
        staff.actor().audit(&mut tx, now, "read_plates", object, &json!({"found": 1})).await?;
    } else {
        view.plate = masked::plate(&view.plate);
    }
    tx.commit().await?;
    Ok(Json(view))
}

/// Gives a claim the stay that it should have had, or swaps two that were made crosswise.
#[utoipa::path(
    post,
    path = "/api/v1/staff/claims/{claim_id}/fix",
    tag = "stays",
    security(("token" = [])),
    params(
        ("claim_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = StaffFixRequest,
    responses(
        (status = OK, body = BoundView),
        (status = NOT_FOUND, description = "`claim_unknown`, `stay_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`stay_claimed`, `claim_joined`, `zone_differs`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn staff_fix_claim(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<StaffFixRequest>,
) -> Answer<Reply> {
    staff.must_be(&CORRECTORS)?;
    let id = claim_id(&named)?;
    let reason = reason(&body.reason)?;
    of_operator(&mut app.store.read().await?, staff, id).await?;
    let fixer = Fixer::Staff { actor: staff.actor().name(), reason };
    let scope = staff.scope();
    let reply = again(|| store_fix(&app, &once, &scope, (id, body.stay_id), &fixer)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_fix(
    app: &App,
    once: &Once,
    scope: &str,
    (claim_id, stay_id): (Uuid, Uuid),
    fixer: &Fixer,
) -> Outcome<Reply> {
    let mut tx = match once.begin(app, scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let bound = fix_claim(app, &mut tx, claim_id, stay_id, fixer).await?;
    if let Fixer::Staff { actor, reason } = fixer {
        let detail = json!({"stay_id": stay_id, "visit_id": bound.visit_id, "reason": reason});
        let (now, claim) = (app.clock.city_now().ms(), claim_id.to_string());
        tx.audit(now, actor, "fix_claim", ("claim", &claim), &detail.to_string()).await?;
    }
    once.settle(tx, scope, StatusCode::OK, &BoundView::of(&bound)).await
}

async fn view(app: &App, tx: &mut Tx, claim: &ClaimRow) -> Outcome<ClaimView> {
    let link = tx.links_of_claim(claim.claim_id).await?.into_iter().next();
    let offers = offers(tx, claim).await?;
    Ok(ClaimView {
        moment: Moment::of(app),
        claim_id: claim.claim_id,
        bay_code: bay_code_of(app, claim.bay_id),
        plate: claim.plate.clone(),
        state: claim.state.clone(),
        made_at: Timestamp::from_ms(claim.made_at),
        stay_id: link.as_ref().map(|link| link.stay_id),
        visit_id: link.map(|link| link.visit_id),
        fixes: offers.into_iter().map(FixView::of).collect(),
    })
}

async fn of_operator(tx: &mut Tx, staff: Staff, id: Uuid) -> Outcome<ClaimRow> {
    let claim = tx.claim(id).await?.ok_or_else(unknown)?;
    let operator = tx.operator_of_bay(claim.bay_id).await?;
    if staff.actor().may_touch(operator) { Ok(claim) } else { Err(unknown()) }
}

fn claim_id(named: &Named) -> Outcome<Uuid> {
    named.id("claim_unknown", "no such claim")
}

fn unknown() -> Refusal {
    Refusal::missing("claim_unknown", "no such claim of yours")
}

/// Why staff did it, as typed.
///
/// # Errors
/// `reason_missing`, `field_length`.
pub(super) fn reason(typed: &str) -> Outcome<String> {
    let reason = typed.trim();
    if reason.is_empty() {
        return Err(Refusal::refused("reason_missing", "say why"));
    }
    if reason.len() > REASON_LIMIT {
        let detail = format!("a reason has at most {REASON_LIMIT} bytes");
        return Err(Refusal::malformed("field_length", detail));
    }
    Ok(reason.to_owned())
}
