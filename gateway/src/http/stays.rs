//! Where a driver's vehicles stand now, and what they would pay on leaving.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{BayId, Timestamp};

use super::auth::Driver;
use super::error::Answer;
use super::health::Moment;
use crate::app::App;
use crate::flow::running_fee::running_fee;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(current_stays))
}

/// A stay without departure yet.
#[derive(Debug, Serialize, ToSchema)]
struct CurrentStay {
    stay_id: Uuid,
    bay_code: Option<String>,
    plate: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    /// What the visit would cost if the vehicle left now; null while no tariff can price it.
    running_fee_fen: Option<i64>,
    order_id: Uuid,
}

#[derive(Debug, Serialize, ToSchema)]
struct CurrentStays {
    #[serde(flatten)]
    moment: Moment,
    stays: Vec<CurrentStay>,
}

/// The caller's stays that have not ended.
#[utoipa::path(
    get,
    path = "/api/v1/stays/current",
    tag = "stays",
    security(("token" = [])),
    responses((status = OK, body = CurrentStays))
)]
async fn current_stays(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<CurrentStays>> {
    let moment = Moment::of(&app);
    let mut tx = app.store.read().await?;
    let mut stays = Vec::new();
    for (visit_id, stay) in tx.current_stays(driver.0.0).await? {
        let visit = tx.visit(visit_id).await?.context("stay without visit")?;
        let order = tx.order_of("visit", visit_id).await?.context("visit without order")?;
        stays.push(CurrentStay {
            stay_id: stay.stay_id,
            bay_code: bay_code_of(&app, stay.bay_id),
            arrived_at: Timestamp::from_ms(stay.arrived_at),
            running_fee_fen: running_fee(&mut tx, &order, moment.now).await?.map(|fee| fee.total.0),
            plate: visit.plate,
            order_id: order.order_id,
        });
    }
    Ok(Json(CurrentStays { moment, stays }))
}

/// The painted code of a bay that is in use.
pub(super) fn bay_code_of(app: &App, bay_id: Uuid) -> Option<String> {
    app.live.look(|index| index.bay(BayId(bay_id)).map(|bay| bay.code.to_string()))
}
