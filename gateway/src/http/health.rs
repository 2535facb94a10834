//! For those who run the service: is it well, what does it count, what is its API.

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::error::Answer;
use crate::app::App;
use crate::flow::Refusal;
use crate::metrics::CONTENT_TYPE as METRICS_TYPE;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(metrics)).routes(routes!(describe))
}

/// City time when the answer was made, and how many city seconds a real second takes.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Moment {
    #[schema(value_type = String, format = DateTime)]
    pub(super) now: Timestamp,
    pub(super) speed: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    #[serde(flatten)]
    moment: Moment,
}

impl Moment {
    pub(super) fn of(app: &App) -> Moment {
        Moment { now: app.clock.city_now(), speed: app.clock.speed() }
    }
}

/// Whether the service answers and its database does.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = OK, body = Health)))]
async fn healthz(State(app): State<Arc<App>>) -> Answer<Json<Health>> {
    let dependency = |error: store::StoreError| Refusal::Dependency {
        code: "database_unavailable",
        cause: error.into(),
    };
    app.store.ping().await.map_err(dependency)?;
    Ok(Json(Health { status: "ok", moment: Moment::of(&app) }))
}

/// Counters in Prometheus' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses((status = OK, body = String, content_type = "text/plain"))
)]
async fn metrics(State(app): State<Arc<App>>) -> Answer<impl IntoResponse> {
    let text = app.metrics.render(&app).await.map_err(anyhow::Error::from)?;
    Ok(([(CONTENT_TYPE, METRICS_TYPE)], text))
}

static DESCRIPTION: LazyLock<OpenApi> = LazyLock::new(super::openapi);

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "service",
    responses((status = OK, description = "OpenAPI 3.1", body = serde_json::Value))
)]
async fn describe() -> impl IntoResponse {
    Json(serde_json::to_value(&*DESCRIPTION).unwrap_or_default())
}
