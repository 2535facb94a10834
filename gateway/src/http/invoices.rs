//! Invoices of paid orders, as their driver has them: asked for, listed, looked at, downloaded, mailed. An account sees its
//! own only, and the red ones that took them back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing::invoice::TitleKind;
use serde::{Deserialize, Serialize};
use store::{InvoiceRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Driver;
use super::cursor::{Place, after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, NamedTwo};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::invoice_file::file;
use super::invoice_mails::{MailView, address, mails};
use super::invoice_view::{InvoiceAsked, InvoiceTitle, InvoiceView};
use crate::app::App;
use crate::flow::request_invoice::{Title, Wanted, request_invoice};
use crate::flow::{Outcome, Refusal, again};

const USUAL: i64 = 20;
const LIMIT: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_invoice))
        .routes(routes!(list_invoices))
        .routes(routes!(one_invoice))
        .routes(routes!(xml_document))
        .routes(routes!(document))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvoiceOrder {
    /// Paid orders of one payee.
    #[schema(min_items = 1, max_items = 100)]
    order_ids: Vec<Uuid>,
    /// The title; or `title_id`; or neither, for the default one that the driver keeps.
    title: Option<InvoiceTitle>,
    /// A title that the driver keeps.
    title_id: Option<Uuid>,
    /// Where the documents are mailed to as soon as they are there.
    #[schema(example = "lin@example.com")]
    email: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneInvoice {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    invoice: InvoiceView,
    /// Mails with its documents; addresses are masked.
    mails: Vec<MailView>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct InvoicePage {
    #[serde(flatten)]
    moment: Moment,
    invoices: Vec<InvoiceView>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
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

/// Asks for one invoice over paid orders; it is issued a little later.
#[utoipa::path(
    post,
    path = "/api/v1/invoices",
    tag = "invoices",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body(content = InvoiceOrder, example = json!({
        "order_ids": ["0199a5f2-7c1e-7e4f-9a53-0f6d3f0c8a11"],
        "title": {"kind": "person", "name": "张三"},
        "email": "zhang@example.com"
    })),
    responses(
        (status = ACCEPTED, body = InvoiceAsked),
        (status = NOT_FOUND, description = "`order_unknown`, `title_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_not_paid`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`payees_differ`, `too_many_orders`, `nothing_to_invoice`, `top_up_not_invoiced`, `title_missing`, `title_ambiguous`, \
                `bad_tax_id`, `tax_id_check_digit`, `email_malformed`, `mail_not_offered`, …",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn ask_for_invoice(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<InvoiceOrder>,
) -> Answer<Reply> {
    let email = body.email.as_deref().map(|typed| address(&app, typed)).transpose()?;
    let reply = again(|| store_request(&app, &once, &driver, (&body, email.as_deref()))).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_request(
    app: &App,
    once: &Once,
    driver: &Driver,
    (body, email): (&InvoiceOrder, Option<&str>),
) -> Outcome<Reply> {
    if body.order_ids.len() > billing::invoice::LINES_LIMIT {
        return Err(Refusal::refused("too_many_orders", "one invoice covers up to 100 orders"));
    }
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let (title, kept) = title_of(&mut tx, *driver, body).await?;
    let mail = email.or(kept.as_deref()).filter(|_| app.mailer.is_some());
    let wanted = Wanted { title: &title, mail };
    let invoice = request_invoice(app, &mut tx, driver.0, &body.order_ids, &wanted).await?;
    once.settle(tx, &scope, StatusCode::ACCEPTED, &InvoiceAsked::of(&invoice)).await
}

/// The title of a request, and the address that is kept with it.
async fn title_of(
    tx: &mut Tx,
    driver: Driver,
    body: &InvoiceOrder,
) -> Outcome<(Title, Option<String>)> {
    if let Some(title) = &body.title {
        if body.title_id.is_some() {
            let detail = "name a title or the title_id of one that you keep, not both";
            return Err(Refusal::refused("title_ambiguous", detail));
        }
        return Ok((title.title(), None));
    }
    let titles = tx.invoice_titles(driver.0.0).await?;
    let found = match body.title_id {
        Some(id) => titles
            .into_iter()
            .find(|kept| kept.title_id == id)
            .ok_or_else(|| Refusal::missing("title_unknown", "there is no such title of yours"))?,
        None => titles.into_iter().find(|kept| kept.is_default).ok_or_else(|| {
            Refusal::refused("title_missing", "name a title, or keep a default one")
        })?,
    };
    let kind = if found.kind == "company" { TitleKind::Company } else { TitleKind::Person };
    Ok((Title { kind, name: found.name, tax_id: found.tax_id }, found.email))
}

/// The caller's invoices and the red ones that took them back, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/me/invoices",
    tag = "invoices",
    security(("token" = [])),
    params(Page),
    responses(
        (status = OK, body = InvoicePage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_invoices(
    State(app): State<Arc<App>>,
    driver: Driver,
    Asked(page): Asked<Page>,
) -> Answer<Json<InvoicePage>> {
    let limit = limit_of(page.limit, USUAL, LIMIT)?;
    let before = after(page.cursor.as_deref())?;
    let mut tx = app.store.read().await?;
    let rows = tx.invoices_page(driver.0.0, before, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, place);
    let mut invoices = Vec::with_capacity(rows.len());
    for row in &rows {
        invoices.push(InvoiceView::of(&mut tx, row).await?);
    }
    Ok(Json(InvoicePage { moment: Moment::of(&app), invoices, next }))
}

/// Where an invoice stands in a list.
pub(super) fn place(row: &InvoiceRow) -> Place {
    (row.requested_at, row.invoice_id)
}

/// One of the caller's invoices.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, body = OneInvoice),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn one_invoice(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<OneInvoice>> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &named).await?;
    let invoice = InvoiceView::of(&mut tx, &row).await?;
    let mails = mails(&mut tx, row.invoice_id).await?;
    Ok(Json(OneInvoice { moment: Moment::of(&app), invoice, mails }))
}

/// The XML of an issued invoice.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}/document.xml",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, description = "XML of the digital fapiao", body = String, content_type = "application/xml"),
        (status = NOT_FOUND, description = "`invoice_unknown`, `format_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`invoice_not_issued`, `document_not_ready`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn xml_document(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Response> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &named).await?;
    Ok(file(&mut tx, &row, "xml").await?)
}

/// The document of an issued invoice: `xml`, `pdf` or `ofd`.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}/documents/{format}",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path), ("format" = String, Path, example = "pdf")),
    responses(
        (status = OK, description = "The document", body = Vec<u8>, content_type = "application/pdf"),
        (status = NOT_FOUND, description = "`invoice_unknown`, `format_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`invoice_not_issued`, `document_not_ready`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn document(
    State(app): State<Arc<App>>,
    driver: Driver,
    NamedTwo(invoice_id, format): NamedTwo,
) -> Answer<Response> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &Named(invoice_id)).await?;
    Ok(file(&mut tx, &row, &format).await?)
}

pub(super) async fn own_invoice(tx: &mut Tx, driver: Driver, named: &Named) -> Outcome<InvoiceRow> {
    const DETAIL: &str = "no such invoice of yours";
    let invoice_id = named.id("invoice_unknown", DETAIL)?;
    let row = tx.invoice(invoice_id).await?.filter(|row| row.account_id == driver.0.0);
    row.ok_or_else(|| Refusal::missing("invoice_unknown", DETAIL))
}
