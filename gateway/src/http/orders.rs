//! What a driver owes and has paid. An account sees its own orders only.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use billing::Bill;
use serde::{Deserialize, Serialize};
use store::{BillRow, OrderRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::bill::{self, BillLine, TariffView};
use super::cursor::Cursor;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::payments::PaymentView;
use super::stays::bay_code_of;
use crate::app::App;
use crate::flow::settle_visit::read_tariff;
use crate::flow::{Outcome, Refusal};

const USUAL_ORDERS: i64 = 20;
const ORDERS_LIMIT: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_orders)).routes(routes!(one_order))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 20 if left out, 100 at most.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// An order in short. `state` is `open`, `due`, `paid`, `free` or `owing`.
#[derive(Debug, Serialize, ToSchema)]
struct OrderSummary {
    order_id: Uuid,
    #[schema(example = "due")]
    state: String,
    total_fen: i64,
    paid_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrderPage {
    #[serde(flatten)]
    moment: Moment,
    orders: Vec<OrderSummary>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// An order with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct OrderView {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    order: OrderSummary,
    /// The vehicle that the order is for.
    plate: String,
    stays: Vec<OrderStay>,
    /// Null until the vehicle has left.
    bill: Option<BillView>,
    payments: Vec<PaymentView>,
    /// The newest invoice that covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OrderStay {
    stay_id: Uuid,
    bay_code: Option<String>,
    /// `present`, `left`, `void` or `superseded`.
    state: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
}

/// The newest bill. Its lines sum to `total_fen`.
#[derive(Debug, Serialize, ToSchema)]
struct BillView {
    revision: i64,
    total_fen: i64,
    lines: Vec<BillLine>,
    tariff: TariffView,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

impl OrderSummary {
    fn of(order: &OrderRow) -> OrderSummary {
        OrderSummary {
            order_id: order.order_id,
            state: order.state.clone(),
            total_fen: order.total_fen,
            paid_fen: order.paid_fen,
            opened_at: Timestamp::from_ms(order.opened_at),
            due_at: order.due_at.map(Timestamp::from_ms),
            paid_at: order.paid_at.map(Timestamp::from_ms),
        }
    }
}

/// The caller's orders.
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    tag = "orders",
    security(("token" = [])),
    params(Page),
    responses(
        (status = OK, body = OrderPage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_orders(
    State(app): State<Arc<App>>,
    driver: Driver,
    Asked(page): Asked<Page>,
) -> Answer<Json<OrderPage>> {
    let limit = page.limit.unwrap_or(USUAL_ORDERS);
    if !(1..=ORDERS_LIMIT).contains(&limit) {
        return Err(malformed_query(&"limit must lie in 1..100").into());
    }
    let after = page.cursor.as_deref().map(Cursor::parse).transpose()?;
    let after = after.map(|cursor| (cursor.opened_at, cursor.order_id));
    // One more than asked for tells whether there is a next page.
    let mut rows = app.store.read().await?.orders_of_account(driver.0.0, after, limit + 1).await?;
    let length = usize::try_from(limit).context("a limit within 1..100")?;
    let more = rows.len() > length;
    rows.truncate(length);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| Cursor { opened_at: row.opened_at, order_id: row.order_id }.text());
    let orders = rows.iter().map(OrderSummary::of).collect();
    Ok(Json(OrderPage { moment: Moment::of(&app), orders, next }))
}

/// One of the caller's orders.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}",
    tag = "orders",
    security(("token" = [])),
    params(("order_id" = Uuid, Path)),
    responses(
        (status = OK, body = OrderView),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<OrderView>> {
    let order_id = order_id(&named)?;
    let mut tx = app.store.read().await?;
    let order = tx.order(order_id).await?.filter(|order| order.account_id == Some(driver.0.0));
    let order = order.ok_or_else(order_unknown)?;
    let visit = tx.visit(order.subject_id).await?.context("order without visit")?;
    let bill = match tx.bill(order_id).await? {
        Some(row) => Some(bill_view(&mut tx, &row).await?),
        None => None,
    };
    let payments = tx.payments_of_order(order_id).await?;
    let view = OrderView {
        moment: Moment::of(&app),
        order: OrderSummary::of(&order),
        plate: visit.plate,
        stays: order_stays(&app, &mut tx, visit.visit_id).await?,
        bill,
        payments: payments
            .iter()
            .map(|row| PaymentView::of(&app, row))
            .collect::<anyhow::Result<_>>()?,
        invoice_id: tx.invoice_of_order(order_id).await?,
    };
    Ok(Json(view))
}

async fn order_stays(app: &App, tx: &mut Tx, visit_id: Uuid) -> Outcome<Vec<OrderStay>> {
    let stays = tx.stays_of_visit(visit_id).await?;
    let view = |stay: store::StayRow| OrderStay {
        stay_id: stay.stay_id,
        bay_code: bay_code_of(app, stay.bay_id),
        state: stay.state,
        arrived_at: Timestamp::from_ms(stay.arrived_at),
        left_at: stay.left_at.map(Timestamp::from_ms),
    };
    Ok(stays.into_iter().map(view).collect())
}

/// In the words of the tariff that priced it, not of a newer one.
async fn bill_view(tx: &mut Tx, row: &BillRow) -> Outcome<BillView> {
    let tariff = tx.tariff_revision(&row.tariff_id, row.tariff_revision).await?;
    let tariff = read_tariff(&tariff.context("the bill's tariff is not stored")?.yaml)?;
    let bill: Bill = serde_json::from_str(&row.bill_json)?;
    Ok(BillView {
        revision: row.revision,
        total_fen: row.total_fen,
        lines: bill::lines(&tariff, &bill),
        tariff: bill::tariff(&tariff, &bill),
        made_at: Timestamp::from_ms(row.made_at),
    })
}

pub(super) fn order_id(named: &Named) -> Outcome<Uuid> {
    named.id("order_unknown", "no such order of yours")
}

fn order_unknown() -> Refusal {
    Refusal::missing("order_unknown", "no such order of yours")
}
