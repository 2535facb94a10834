//! Why a bill is what it is, for its driver: what the sensors saw and with which doubt, who said which
//! vehicle it was, and the picture of the bill.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use billing::{Bill, Case};
use sensing::{Edge, Span};
use serde::Serialize;
use store::{BillRow, LinkRow, StayRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::day_picture::PictureView;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::orders::{order_id, order_unknown};
use super::stays::bay_code_of;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::visit_case::{read_tariff, spans_of};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(evidence_of_order))
}

/// What a bill rests on.
#[derive(Debug, Serialize, ToSchema)]
struct OrderEvidence {
    #[serde(flatten)]
    moment: Moment,
    order_id: Uuid,
    stays: Vec<StayEvidence>,
    /// Who said which vehicle stood there; oldest first. Names nobody.
    said: Vec<SaidView>,
    /// Null until the vehicle has left.
    picture: Option<PictureView>,
}

/// What the sensors say of a stay.
#[derive(Debug, Serialize, ToSchema)]
struct StayEvidence {
    stay_id: Uuid,
    bay_code: Option<String>,
    /// `present`, `left`, `void` or `superseded`.
    state: String,
    arrived: EdgeView,
    /// Null while the vehicle is there.
    left: Option<EdgeView>,
    /// How often it was set right by later words of the sensors.
    revision: i64,
    /// Stretches that the sensors cannot vouch for; by default they are not charged.
    doubts: Vec<DoubtView>,
}

/// An arrival or departure: seen at one instant, or known to lie between two.
#[derive(Debug, Serialize, ToSchema)]
struct EdgeView {
    #[schema(value_type = String, format = DateTime)]
    earliest_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    latest_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct DoubtView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// `silence`, `missing_edge`, `missing_messages`, `disagreement`, `clock`, `gateway_clock`, `device_fault`, `stuck`,
    /// `out_of_service` or `which_vehicle`.
    #[schema(value_type = String, example = "silence")]
    reason: &'static str,
}

/// A word about the vehicle that holds.
#[derive(Debug, Serialize, ToSchema)]
struct SaidView {
    stay_id: Uuid,
    /// The claim, if it is the caller's own: there the bay can be set right.
    claim_id: Option<Uuid>,
    /// `driver`, `inspector`, `video`, `payment` or `correction`.
    #[schema(example = "driver")]
    method: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How sure a camera was, of 100.
    confidence_pct: Option<i64>,
    /// `occupies`, or `straddles`: touched and not charged.
    role: String,
}

impl EdgeView {
    fn of(edge: Edge) -> EdgeView {
        EdgeView { earliest_at: edge.earliest_at, latest_at: edge.latest_at }
    }
}

impl StayEvidence {
    fn of(app: &App, stay: &StayRow, span: &Span) -> StayEvidence {
        let doubts = span.doubts.iter().map(|doubt| DoubtView {
            from: doubt.interval.start_at(),
            to: doubt.interval.end_at(),
            reason: doubt.reason.name(),
        });
        StayEvidence {
            stay_id: stay.stay_id,
            bay_code: bay_code_of(app, stay.bay_id),
            state: stay.state.clone(),
            arrived: EdgeView::of(span.arrived),
            left: span.left.map(EdgeView::of),
            revision: stay.revision,
            doubts: doubts.collect(),
        }
    }
}

impl SaidView {
    fn of(link: LinkRow, is_own: bool) -> SaidView {
        SaidView {
            stay_id: link.stay_id,
            claim_id: Some(link.claim_id).filter(|_| is_own),
            method: link.method,
            at: Timestamp::from_ms(link.bound_at),
            confidence_pct: link.confidence_pct,
            role: link.role,
        }
    }
}

/// What the bill of one of the caller's orders rests on.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}/evidence",
    tag = "orders",
    security(("token" = [])),
    params(("order_id" = Uuid, Path)),
    responses(
        (status = OK, body = OrderEvidence),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn evidence_of_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<OrderEvidence>> {
    let order_id = order_id(&named)?;
    let mut tx = app.store.read().await?;
    let order = tx.order(order_id).await?.filter(|order| order.account_id == Some(driver.0.0));
    let order = order.ok_or_else(order_unknown)?;
    let stays = tx.stays_of_visit(order.subject_id).await?;
    let spans = spans_of(&stays)?;
    let mut said = Vec::new();
    for link in tx.links_of_visit(order.subject_id).await? {
        let claim = tx.claim(link.claim_id).await?;
        let is_own = claim.is_some_and(|claim| claim.account_id == Some(driver.0.0));
        said.push(SaidView::of(link, is_own));
    }
    let picture = match tx.bill_revision(order_id, order.holding_revision).await? {
        Some(row) => Some(picture_of(&mut tx, &row).await?),
        None => None,
    };
    let of_stay = |(stay, span)| StayEvidence::of(&app, stay, span);
    Ok(Json(OrderEvidence {
        moment: Moment::of(&app),
        order_id,
        stays: stays.iter().zip(&spans).map(of_stay).collect(),
        said,
        picture,
    }))
}

/// By the tariff and the case that the bill was made from.
async fn picture_of(tx: &mut Tx, row: &BillRow) -> Outcome<PictureView> {
    let tariff = tx.tariff_revision(&row.tariff_id, row.tariff_revision).await?;
    let tariff = tariff.ok_or_else(|| anyhow::anyhow!("the bill's tariff is not stored"))?;
    let tariff = read_tariff(&tariff.yaml)?;
    let (bill, case): (Bill, Case) =
        (serde_json::from_str(&row.bill_json)?, serde_json::from_str(&row.case_json)?);
    Ok(PictureView::of(&tariff, &bill, &case))
}
