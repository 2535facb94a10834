//! Fapiao of paid orders: asked for, looked at, downloaded. An account sees its own only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use billing::invoice::{Draft, TitleKind};
use serde::{Deserialize, Serialize};
use store::{InvoiceRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::request_invoice::{Title, request_invoice};
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_invoice))
        .routes(routes!(one_invoice))
        .routes(routes!(document))
}

#[derive(Clone, Deserialize, ToSchema)]
struct InvoiceOrder {
    /// Paid orders of one payee.
    #[schema(min_items = 1, max_items = 100)]
    order_ids: Vec<Uuid>,
    title: InvoiceTitle,
}

/// Whose name the invoice bears. A company needs its taxpayer number.
#[derive(Clone, Deserialize, ToSchema)]
struct InvoiceTitle {
    kind: InvoiceTitleKind,
    name: String,
    tax_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvoiceTitleKind {
    Person,
    Company,
}

/// `state` is `requested`, `submitted`, `issued` or `rejected`.
#[derive(Debug, Serialize, ToSchema)]
struct InvoiceAsked {
    invoice_id: Uuid,
    #[schema(example = "requested")]
    state: String,
}

/// An invoice and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct InvoiceView {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    asked: InvoiceAsked,
    order_ids: Vec<Uuid>,
    gross_fen: i64,
    net_fen: i64,
    tax_fen: i64,
    /// 20 digits from the tax platform, once issued.
    invoice_number: Option<String>,
    /// Why the tax platform refused it.
    reject_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
}

impl InvoiceAsked {
    fn of(row: &InvoiceRow) -> InvoiceAsked {
        InvoiceAsked { invoice_id: row.invoice_id, state: row.state.clone() }
    }
}

impl InvoiceTitle {
    fn title(&self) -> Title {
        let kind = match self.kind {
            InvoiceTitleKind::Person => TitleKind::Person,
            InvoiceTitleKind::Company => TitleKind::Company,
        };
        Title { kind, name: self.name.clone(), tax_id: self.tax_id.clone() }
    }
}

/// Asks for one invoice over paid orders; it is issued a little later.
#[utoipa::path(
    post,
    path = "/api/v1/invoices",
    tag = "invoices",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = InvoiceOrder,
    responses(
        (status = ACCEPTED, body = InvoiceAsked),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_not_paid`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`payees_differ`, `too_many_orders`, `nothing_to_invoice`, `bad_tax_id`, …",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn ask_for_invoice(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<InvoiceOrder>,
) -> Answer<Reply> {
    let reply = again(|| store_request(&app, &once, &driver, &body)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_request(
    app: &App,
    once: &Once,
    driver: &Driver,
    body: &InvoiceOrder,
) -> Outcome<Reply> {
    if body.order_ids.len() > billing::invoice::LINES_LIMIT {
        return Err(Refusal::refused("too_many_orders", "one invoice covers up to 100 orders"));
    }
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let invoice =
        request_invoice(app, &mut tx, driver.0, &body.order_ids, &body.title.title()).await?;
    once.settle(tx, &scope, StatusCode::ACCEPTED, &InvoiceAsked::of(&invoice)).await
}

/// One of the caller's invoices.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, body = InvoiceView),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn one_invoice(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<InvoiceView>> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &named).await?;
    let orders = tx.orders_of_invoice(row.invoice_id).await?;
    let draft: Draft = serde_json::from_str(&row.draft_json).map_err(Refusal::from)?;
    Ok(Json(InvoiceView {
        moment: Moment::of(&app),
        asked: InvoiceAsked::of(&row),
        order_ids: orders.iter().map(|order| order.order_id).collect(),
        gross_fen: draft.totals.gross.0,
        net_fen: draft.totals.net.0,
        tax_fen: draft.totals.tax.0,
        invoice_number: row.invoice_number,
        reject_reason: row.reject_reason,
        requested_at: Timestamp::from_ms(row.requested_at),
        issued_at: row.issued_at.map(Timestamp::from_ms),
    }))
}

/// The document of an issued invoice.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}/document.xml",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, description = "XML of the digital fapiao", body = String, content_type = "application/xml"),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`invoice_not_issued`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn document(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<impl IntoResponse> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &named).await?;
    let document = tx.document(row.invoice_id, "xml").await?;
    let not_issued = || {
        Refusal::conflict(
            "invoice_not_issued",
            "the tax platform has not issued this invoice (yet)",
        )
    };
    let document = document.ok_or_else(not_issued)?;
    let number = row.invoice_number.as_deref().unwrap_or("invoice");
    // The number comes from outside: only digits and letters go into a header.
    let name: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok((
        [
            (CONTENT_TYPE, "application/xml".to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.xml\"")),
        ],
        document,
    ))
}

async fn own_invoice(tx: &mut Tx, driver: Driver, named: &Named) -> Outcome<InvoiceRow> {
    const DETAIL: &str = "no such invoice of yours";
    let invoice_id = named.id("invoice_unknown", DETAIL)?;
    let row = tx.invoice(invoice_id).await?.filter(|row| row.account_id == driver.0.0);
    row.ok_or_else(|| Refusal::missing("invoice_unknown", DETAIL))
}
