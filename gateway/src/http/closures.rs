//! Planned closures of bays. For managers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use store::Lane;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{Interval, Timestamp};

use super::auth::Staff;
use super::bay_versions::{BayHistory, history};
use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use crate::app::App;
use crate::flow::close_bay::{close_bay, lift_closure};
use crate::flow::sign_in::Role;
use crate::flow::{Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(close_one_bay)).routes(routes!(lift))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClosureRequest {
    /// At most 24 hours ago.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    #[schema(example = "road works")]
    reason: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LiftRequest {
    /// When the closure began or begins.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
}

/// Plans a closure of a bay. While it is closed its sensor proves nothing, and nothing is charged.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/closures",
    tag = "street",
    security(("token" = [])),
    params(("bay_code" = String, Path)),
    request_body = ClosureRequest,
    responses(
        (status = OK, body = BayHistory),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`closure_exists`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`closure_empty`, `closure_too_late`, `reason_length`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn close_one_bay(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<ClosureRequest>,
) -> Answer<Json<BayHistory>> {
    staff.must_be(&[Role::Manager])?;
    let (code, actor) = (bay_code(&named.0)?, staff.actor());
    let when = Interval::new(body.from, body.to)
        .ok_or_else(|| Refusal::refused("closure_empty", "a closure ends after it begins"))?;
    let closed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let now = app.clock.city_now();
        close_bay(&mut tx, &actor, &code, (when, &body.reason), now).await?;
        let history = history(&mut tx, &actor, &code).await?;
        tx.commit().await?;
        Ok(history)
    });
    Ok(Json(closed.await?))
}

/// Ends a closure now, or takes it back if it has not begun.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/closures/lift",
    tag = "street",
    security(("token" = [])),
    params(("bay_code" = String, Path)),
    request_body = LiftRequest,
    responses(
        (status = OK, body = BayHistory),
        (status = NOT_FOUND, description = "`bay_unknown`, `closure_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn lift(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<LiftRequest>,
) -> Answer<Json<BayHistory>> {
    staff.must_be(&[Role::Manager])?;
    let (code, actor) = (bay_code(&named.0)?, staff.actor());
    let lifted = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        lift_closure(&mut tx, &actor, &code, body.from, app.clock.city_now()).await?;
        let history = history(&mut tx, &actor, &code).await?;
        tx.commit().await?;
        Ok(history)
    });
    Ok(Json(lifted.await?))
}
