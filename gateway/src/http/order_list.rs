//! The caller's orders, page by page: each with its vehicle, where it stood, and how much of it may still be invoiced, so
//! that an app need not ask for every order to say what was spent on which vehicle.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{OrderRow, StayRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::cursor::{after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::Asked;
use super::health::Moment;
use super::orders::OrderSummary;
use super::stays::bay_code_of;
use crate::app::App;
use crate::flow::request_invoice::invoiceable;

const USUAL_ORDERS: i64 = 20;
const ORDERS_LIMIT: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_orders))
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

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrderPage {
    #[serde(flatten)]
    moment: Moment,
    orders: Vec<OrderEntry>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// An order in the list of its driver.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderEntry {
    #[serde(flatten)]
    order: OrderSummary,
    /// The vehicle: of the visit, or that a pass holds for now; null for a top-up.
    plate: Option<String>,
    /// Bays that it stood in, in the order of arrival; those no longer in use are left out.
    bay_codes: Vec<String>,
    /// When it left; null while it stands there.
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
    payee_id: Uuid,
    /// Who is paid. One invoice covers orders of one payee.
    payee: String,
    /// `vat` for a fapiao, `non_tax` for a bill of the treasury.
    #[schema(example = "vat")]
    regime: String,
    /// What documents carry of it.
    invoiced_fen: i64,
    /// What may still be invoiced; 0 unless `paid`, and for a top-up.
    invoiceable_fen: i64,
}

/// What the orders of a page have beside them.
pub(super) struct Beside {
    plates: BTreeMap<Uuid, String>,
    stays: BTreeMap<Uuid, Vec<StayRow>>,
    payees: BTreeMap<Uuid, String>,
}

impl Beside {
    pub(super) async fn of(tx: &mut Tx, rows: &[OrderRow]) -> anyhow::Result<Beside> {
        let visits: Vec<Uuid> = subjects(rows, "visit").collect();
        let mut plates: BTreeMap<Uuid, String> = tx
            .visits(&visits)
            .await?
            .into_iter()
            .map(|(visit_id, visit)| (visit_id, visit.plate))
            .collect();
        for pass_id in subjects(rows, "pass") {
            if let Some(plate) = tx.pass_plate_now(pass_id).await? {
                plates.insert(pass_id, plate);
            }
        }
        let payees = payee_names(tx, rows.iter().map(|row| row.payee_id)).await?;
        Ok(Beside { plates, stays: tx.stays_of_visits(&visits).await?, payees })
    }

    pub(super) fn entry(&self, app: &App, row: &OrderRow) -> anyhow::Result<OrderEntry> {
        let stays = self.stays.get(&row.subject_id).map(Vec::as_slice).unwrap_or_default();
        Ok(OrderEntry {
            order: OrderSummary::of(row)?,
            plate: self.plates.get(&row.subject_id).cloned(),
            bay_codes: stays.iter().filter_map(|stay| bay_code_of(app, stay.bay_id)).collect(),
            left_at: row.ended_at.map(Timestamp::from_ms),
            payee_id: row.payee_id,
            payee: self.payees.get(&row.payee_id).cloned().unwrap_or_default(),
            regime: row.regime.clone(),
            invoiced_fen: row.invoiced_fen,
            invoiceable_fen: invoiceable(row)?.0,
        })
    }
}

/// The names of payees; each is asked for once.
pub(super) async fn payee_names(
    tx: &mut Tx,
    ids: impl Iterator<Item = Uuid>,
) -> anyhow::Result<BTreeMap<Uuid, String>> {
    let mut names = BTreeMap::new();
    for id in ids {
        if let Entry::Vacant(unknown) = names.entry(id) {
            let payee = tx.payee(id).await?;
            unknown.insert(payee.map_or_else(String::new, |payee| payee.name));
        }
    }
    Ok(names)
}

fn subjects<'a>(rows: &'a [OrderRow], kind: &'a str) -> impl Iterator<Item = Uuid> + 'a {
    rows.iter().filter(move |row| row.subject_kind == kind).map(|row| row.subject_id)
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
    let limit = limit_of(page.limit, USUAL_ORDERS, ORDERS_LIMIT)?;
    let after = after(page.cursor.as_deref())?;
    let mut tx = app.store.read().await?;
    let rows = tx.orders_of_account(driver.0.0, after, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, |row| (row.opened_at, row.order_id));
    let beside = Beside::of(&mut tx, &rows).await?;
    let orders = rows.iter().map(|row| beside.entry(&app, row)).collect::<anyhow::Result<_>>()?;
    Ok(Json(OrderPage { moment: Moment::of(&app), orders, next }))
}
