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
use vocabulary::Timestamp;

use super::auth::Driver;
use super::cursor::Cursor;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, NamedTwo, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::invoice_file::file;
use super::masked;
use crate::app::App;
use crate::drawn::Drawn;
use crate::flow::request_invoice::{Title, Wanted, mail_to, request_invoice};
use crate::flow::{Outcome, Refusal, again};
use crate::job::Kind;
use crate::outbound::mail_address;

const USUAL: i64 = 20;
const LIMIT: i64 = 100;
/// Most mails of one invoice.
const MAILS_LIMIT: usize = 10;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_invoice))
        .routes(routes!(list_invoices))
        .routes(routes!(one_invoice))
        .routes(routes!(xml_document))
        .routes(routes!(document))
        .routes(routes!(mail_documents))
}

#[derive(Clone, Deserialize, ToSchema)]
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

/// Whose name the invoice bears. A company needs its taxpayer number.
#[derive(Clone, Deserialize, ToSchema)]
pub(super) struct InvoiceTitle {
    pub(super) kind: InvoiceTitleKind,
    #[schema(example = "白银某某商贸有限公司")]
    pub(super) name: String,
    #[schema(example = "91350100M000100Y43")]
    pub(super) tax_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum InvoiceTitleKind {
    Person,
    Company,
}

/// `state` is `requested`, `submitted`, `issued`, `unsigned`, `rejected`, `void`; of a red one also `proposed`, `applied`,
/// `confirmed` and `withdrawn`.
#[derive(Debug, Serialize, ToSchema)]
struct InvoiceAsked {
    invoice_id: Uuid,
    #[schema(example = "requested")]
    state: String,
}

/// An invoice, or a red one that took one back, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvoiceView {
    #[serde(flatten)]
    asked: InvoiceAsked,
    /// `blue`, or `red` with amounts below 0.
    #[schema(example = "blue")]
    colour: String,
    /// `vat` for a fapiao, `non_tax` for a bill of the treasury.
    regime: String,
    order_ids: Vec<Uuid>,
    #[schema(example = 300)]
    gross_fen: i64,
    /// Null for a red one that is not drawn up yet.
    net_fen: Option<i64>,
    tax_fen: Option<i64>,
    /// 20 digits from the tax platform, once issued; of a bill its code and number, 18.
    invoice_number: Option<String>,
    /// Of a bill.
    check_code: Option<String>,
    /// Why it was refused.
    reject_reason: Option<String>,
    /// What it waits for: `login` of the operator at the tax office, `buyer`, `differs`.
    waits_for: Option<String>,
    /// Of a red one: what it takes back.
    original_id: Option<Uuid>,
    /// Of a red one: `goods_returned`, `issued_in_error`, `service_stopped`, `sales_allowance`.
    red_reason: Option<String>,
    /// The red ones that take it back, or are about to.
    red_ids: Vec<Uuid>,
    /// The formats it can be had in.
    #[schema(example = json!(["ofd", "pdf", "xml"]))]
    documents: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
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

#[derive(Clone, Deserialize, ToSchema)]
struct MailRequest {
    #[schema(example = "lin@example.com")]
    email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailView {
    mail_id: Uuid,
    #[schema(example = "l***@example.com")]
    address: String,
    /// `waiting`, `sent` or `failed`.
    #[schema(example = "waiting")]
    state: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
}

impl InvoiceAsked {
    fn of(row: &InvoiceRow) -> InvoiceAsked {
        InvoiceAsked { invoice_id: row.invoice_id, state: row.state.clone() }
    }
}

impl InvoiceView {
    /// What there is of a document for its driver.
    pub(super) async fn of(tx: &mut Tx, row: &InvoiceRow) -> Outcome<InvoiceView> {
        let orders = tx.orders_of_invoice(row.invoice_id).await?;
        let reds = tx.reds_of_invoice(row.invoice_id).await?;
        let documents = tx.documents(row.invoice_id).await?;
        let totals = Drawn::read(row)?.map(|drawn| drawn.totals());
        Ok(InvoiceView {
            asked: InvoiceAsked::of(row),
            colour: row.colour.clone(),
            regime: row.regime.clone(),
            order_ids: orders.iter().map(|order| order.order_id).collect(),
            gross_fen: row.gross_fen,
            net_fen: totals.map(|totals| totals.net.0),
            tax_fen: totals.map(|totals| totals.tax.0),
            invoice_number: row.invoice_number.clone(),
            check_code: row.check_code.clone(),
            reject_reason: row.reject_reason.clone(),
            waits_for: row.held.clone(),
            original_id: row.original_id,
            red_reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
            red_ids: reds.iter().map(|red| red.invoice_id).collect(),
            documents: documents.into_iter().map(|document| document.format).collect(),
            requested_at: Timestamp::from_ms(row.requested_at),
            issued_at: row.issued_at.map(Timestamp::from_ms),
        })
    }
}

impl InvoiceTitle {
    pub(super) fn title(&self) -> Title {
        let kind = match self.kind {
            InvoiceTitleKind::Person => TitleKind::Person,
            InvoiceTitleKind::Company => TitleKind::Company,
        };
        let tax_id = self.tax_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        Title { kind, name: self.name.trim().to_owned(), tax_id: tax_id.map(str::to_uppercase) }
    }
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
            description = "`payees_differ`, `too_many_orders`, `nothing_to_invoice`, `title_missing`, `bad_tax_id`, \
                `tax_id_check_digit`, `email_malformed`, `mail_not_offered`, …",
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
    let limit = page.limit.unwrap_or(USUAL);
    if !(1..=LIMIT).contains(&limit) {
        return Err(malformed_query(&"limit must lie in 1..100").into());
    }
    let before = page.cursor.as_deref().map(Cursor::parse).transpose()?;
    let before = before.map(|cursor| (cursor.opened_at, cursor.order_id));
    let mut tx = app.store.read().await?;
    let rows = tx.invoices_page(driver.0.0, before, limit + 1).await?;
    let (rows, next) = one_page(rows, limit);
    let mut invoices = Vec::with_capacity(rows.len());
    for row in &rows {
        invoices.push(InvoiceView::of(&mut tx, row).await?);
    }
    Ok(Json(InvoicePage { moment: Moment::of(&app), invoices, next }))
}

/// The rows of a page, and the cursor of the next one.
pub(super) fn one_page(mut rows: Vec<InvoiceRow>, limit: i64) -> (Vec<InvoiceRow>, Option<String>) {
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > length;
    rows.truncate(length);
    let last = rows.last().filter(|_| more);
    let next =
        last.map(|row| Cursor { opened_at: row.requested_at, order_id: row.invoice_id }.text());
    (rows, next)
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

async fn mails(tx: &mut Tx, invoice_id: Uuid) -> Outcome<Vec<MailView>> {
    let mails = tx.invoice_mails(invoice_id).await?;
    let view = |mail: &store::InvoiceMailRow| MailView {
        mail_id: mail.mail_id,
        address: masked::email(&mail.address),
        state: mail.state.clone(),
        sent_at: mail.sent_at.filter(|_| mail.state == "sent").map(Timestamp::from_ms),
    };
    Ok(mails.iter().map(view).collect())
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

/// Mails the documents of an invoice, as soon as they are there. To one address once.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/{invoice_id}/mails",
    tag = "invoices",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = MailRequest,
    responses(
        (status = ACCEPTED, body = MailView),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`mailed_already`, `mails_used_up`, `invoice_not_issued`, \
            `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`email_malformed`, `mail_not_offered`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn mail_documents(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<MailRequest>,
) -> Answer<Reply> {
    let address = address(&app, &body.email)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = own_invoice(&mut tx, driver, &named).await?;
        if matches!(row.state.as_str(), "unsigned" | "rejected" | "void" | "withdrawn") {
            let detail = format!("the document is {}: there is nothing to mail", row.state);
            return Err(Refusal::conflict("invoice_not_issued", detail));
        }
        if tx.invoice_mails(row.invoice_id).await?.len() >= MAILS_LIMIT {
            let detail = "at most 10 mails of one invoice: download it or make a link";
            return Err(Refusal::conflict("mails_used_up", detail));
        }
        let mail = mail_to(row.invoice_id, &address, app.clock.city_now());
        if !tx.insert_invoice_mail(&mail).await? {
            let detail = "a mail to this address waits or was sent";
            return Err(Refusal::conflict("mailed_already", detail));
        }
        if row.documents_at.is_some() {
            let (key, at) = (mail.mail_id.to_string(), app.clock.machine_now_ms());
            tx.enqueue(Kind::SendMail.name(), &key, row.invoice_id, at).await?;
        }
        let view = MailView {
            mail_id: mail.mail_id,
            address: masked::email(&mail.address),
            state: mail.state.clone(),
            sent_at: None,
        };
        once.settle(tx, &scope, StatusCode::ACCEPTED, &view).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// An address that can be mailed to.
pub(super) fn address(app: &App, typed: &str) -> Outcome<String> {
    if app.mailer.is_none() {
        let detail = "no mail server is set up here: download the documents or make a link";
        return Err(Refusal::refused("mail_not_offered", detail));
    }
    let malformed = || Refusal::refused("email_malformed", "an address looks like lin@example.com");
    mail_address(typed).ok_or_else(malformed)
}

pub(super) async fn own_invoice(tx: &mut Tx, driver: Driver, named: &Named) -> Outcome<InvoiceRow> {
    const DETAIL: &str = "no such invoice of yours";
    let invoice_id = named.id("invoice_unknown", DETAIL)?;
    let row = tx.invoice(invoice_id).await?.filter(|row| row.account_id == driver.0.0);
    row.ok_or_else(|| Refusal::missing("invoice_unknown", DETAIL))
}
