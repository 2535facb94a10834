//! Where a driver's vehicles stand now, and what they would pay on leaving.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use billing::{Calendars, Case};
use sensing::Span;
use serde::Serialize;
use store::{OrderRow, StayRow, Tx, VisitRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{BayId, Interval, Timestamp, VehicleClass};

use super::auth::Driver;
use super::error::Answer;
use super::health::Moment;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::settle_visit::{read_tariff, spans_of};

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
            running_fee_fen: running_fee_fen(&mut tx, &visit, &order, moment.now).await?,
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

async fn running_fee_fen(
    tx: &mut Tx,
    visit: &VisitRow,
    order: &OrderRow,
    now: Timestamp,
) -> Outcome<Option<i64>> {
    let stays = tx.stays_of_visit(visit.visit_id).await?;
    let spans = spans_of(&stays)?;
    let vehicle = VehicleClass::from_name(&visit.vehicle_class).context("unknown vehicle class")?;
    let tariff = tx.tariff(&order.tariff_id).await?.context("the order's tariff is not stored")?;
    let tariff = read_tariff(&tariff.yaml)?;
    let case = case_until(now, vehicle, &stays, &spans);
    let bill = billing::price(&tariff, Calendars::built_in(), &case);
    Ok(bill.ok().map(|bill| bill.total.0))
}

/// The visit as if every vehicle still there left `now`.
fn case_until(now: Timestamp, vehicle: VehicleClass, stays: &[StayRow], spans: &[Span]) -> Case {
    let parked = || {
        let counted = stays
            .iter()
            .zip(spans)
            .filter(|(stay, _)| stay.state == "left" || stay.state == "present");
        counted.map(|(_, span)| span)
    };
    let intervals = parked()
        .filter_map(|span| {
            let arrived_at = span.arrived_at();
            Interval::new(arrived_at, span.left_at().unwrap_or(now).max(arrived_at))
        })
        .collect();
    let doubts = parked().flat_map(|span| span.doubts.iter().map(|doubt| doubt.interval)).collect();
    Case::new(vehicle.name(), intervals, doubts)
}
