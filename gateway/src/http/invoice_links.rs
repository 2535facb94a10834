//! Links that hand an invoice's documents out to whoever has them: to a colleague, to a company's bookkeeping.
//!
//! A token is 32 random bytes, shown once and stored as its hash. It expires, can be taken back, and tells nothing but the
//! documents of one invoice. How often may be asked is limited for each address, so that nobody tries tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{InvoiceLinkRow, InvoiceRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::{Named, NamedTwo};
use super::idempotent::{Command, Reply, Turn};
use super::invoice_file::file;
use super::invoices::own_invoice;
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::{Outcome, Refusal, again};
use crate::rate_limit::Allowance;

const DAY_MS: i64 = 86_400_000;
const USUAL_DAYS: u32 = 30;
const MOST_DAYS: u32 = 365;
/// Links of one invoice that hold at once.
const LINKS_LIMIT: usize = 10;
/// A person opens a link and saves three files; who tries tokens asks more often.
const LOOKS: Allowance = Allowance { burst: 20, every_ms: 3_000 };
/// Only ever answered with "no such link": who has none is slowed down much sooner.
const MISSES: Allowance = Allowance { burst: 5, every_ms: 60_000 };

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(make_link, list_links))
        .routes(routes!(revoke_link))
        .routes(routes!(open_link))
        .routes(routes!(linked_document))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkRequest {
    /// For how many days it holds; 30 if left out, 365 at most.
    #[schema(minimum = 1, maximum = 365, example = 30)]
    days: Option<u32>,
}

/// A link that was made; its address is shown once.
#[derive(Debug, Serialize, ToSchema)]
struct MadeLink {
    link_id: Uuid,
    /// Where the documents are, below the address of this API.
    /// Null when the same request is repeated: a token is stored nowhere.
    #[schema(example = "/api/v1/invoice-links/3b5c1f…")]
    path: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A link that holds. Machine time.
#[derive(Debug, Serialize, ToSchema)]
struct LinkView {
    link_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Links {
    links: Vec<LinkView>,
}

/// What a link leads to: no name, no plate.
#[derive(Debug, Serialize, ToSchema)]
struct Linked {
    invoice_number: Option<String>,
    #[schema(example = "issued")]
    state: String,
    colour: String,
    regime: String,
    gross_fen: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
    /// What red documents took back of it.
    taken_back_fen: i64,
    /// Path of each document, by its format.
    documents: Vec<LinkedDocument>,
}

#[derive(Debug, Serialize, ToSchema)]
struct LinkedDocument {
    #[schema(example = "pdf")]
    format: String,
    path: String,
    bytes: i64,
}

impl LinkView {
    fn of(row: &InvoiceLinkRow) -> LinkView {
        LinkView {
            link_id: row.link_id,
            made_at: Timestamp::from_ms(row.made_at),
            expires_at: Timestamp::from_ms(row.expires_at),
        }
    }
}

/// Makes a link to the documents of an invoice, which holds for some days or until it is taken back.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/{invoice_id}/links",
    tag = "invoices",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body(content = LinkRequest, example = json!({"days": 30})),
    responses(
        (status = CREATED, body = MadeLink),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`links_used_up`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`days_out_of_bounds`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_link(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<LinkRequest>,
) -> Answer<Reply> {
    let days = body.days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Refusal::refused("days_out_of_bounds", "1 to 365 days").into());
    }
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = own_invoice(&mut tx, driver, &named).await?;
        let now = app.clock.machine_now_ms();
        if tx.invoice_links(row.invoice_id, now).await?.len() >= LINKS_LIMIT {
            let detail = "at most 10 links of one invoice at once; take some back";
            return Err(Refusal::conflict("links_used_up", detail));
        }
        let mut bytes = [0_u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        let token = hex::encode(bytes);
        let link = InvoiceLinkRow {
            link_id: Uuid::now_v7(),
            invoice_id: row.invoice_id,
            made_by: "driver".into(),
            made_at: now,
            expires_at: now + i64::from(days) * DAY_MS,
            revoked_at: None,
        };
        tx.insert_invoice_link(&link, &token_hash(&token)).await?;
        let made = |path| MadeLink {
            link_id: link.link_id,
            path,
            expires_at: Timestamp::from_ms(link.expires_at),
        };
        // What is remembered for a repeat does not hold the token.
        let reply = once.settle(tx, &scope, StatusCode::CREATED, &made(None)).await?;
        let told = made(Some(format!("/api/v1/invoice-links/{token}")));
        Ok(Reply { json: serde_json::to_string(&told)?, ..reply })
    });
    Ok(reply.await?)
}

/// The links of an invoice that hold.
#[utoipa::path(
    get,
    path = "/api/v1/invoices/{invoice_id}/links",
    tag = "invoices",
    security(("token" = [])),
    params(("invoice_id" = Uuid, Path)),
    responses(
        (status = OK, body = Links),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_links(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<Links>> {
    let mut tx = app.store.read().await?;
    let row = own_invoice(&mut tx, driver, &named).await?;
    let links = tx.invoice_links(row.invoice_id, app.clock.machine_now_ms()).await?;
    Ok(Json(Links { links: links.iter().map(LinkView::of).collect() }))
}

/// Takes a link back; from then on it leads nowhere.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/{invoice_id}/links/{link_id}/revoke",
    tag = "invoices",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("link_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = Links),
        (status = NOT_FOUND, description = "`invoice_unknown`, `link_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn revoke_link(
    State(app): State<Arc<App>>,
    driver: Driver,
    NamedTwo(invoice_id, link_id): NamedTwo,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let (invoice, link) = (Named(invoice_id), Named(link_id).id("link_unknown", NO_LINK)?);
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = own_invoice(&mut tx, driver, &invoice).await?;
        let now = app.clock.machine_now_ms();
        if !tx.revoke_invoice_link(row.invoice_id, link, now).await? {
            return Err(Refusal::missing("link_unknown", NO_LINK));
        }
        let left = tx.invoice_links(row.invoice_id, now).await?;
        let links = Links { links: left.iter().map(LinkView::of).collect() };
        once.settle(tx, &scope, StatusCode::OK, &links).await
    });
    Ok(reply.await?)
}

const NO_LINK: &str = "this link leads nowhere: it ended, was taken back, or never was";

/// What a link leads to. Needs no sign-in.
#[utoipa::path(
    get,
    path = "/api/v1/invoice-links/{token}",
    tag = "invoices",
    params(("token" = String, Path)),
    responses(
        (status = OK, body = Linked),
        (status = NOT_FOUND, description = "`link_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_link(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    named: Named,
) -> Answer<Response> {
    let token = named.0;
    let mut tx = app.store.read().await?;
    let row = linked(&app, &mut tx, visitor, &token).await?;
    let documents = tx.documents(row.invoice_id).await?;
    let reds = tx.reds_of_invoice(row.invoice_id).await?;
    let taken_back_fen =
        reds.iter().filter(|red| red.issued_at.is_some()).map(|red| -red.gross_fen).sum();
    let told = Linked {
        invoice_number: row.invoice_number,
        state: row.state,
        colour: row.colour,
        regime: row.regime,
        gross_fen: row.gross_fen,
        issued_at: row.issued_at.map(Timestamp::from_ms),
        taken_back_fen,
        documents: documents
            .into_iter()
            .map(|document| LinkedDocument {
                path: format!("/api/v1/invoice-links/{token}/{}", document.format),
                format: document.format,
                bytes: document.bytes,
            })
            .collect(),
    };
    let headers = [("cache-control", "private, no-store"), ("referrer-policy", "no-referrer")];
    Ok((headers, Json(told)).into_response())
}

/// A document behind a link. Needs no sign-in.
#[utoipa::path(
    get,
    path = "/api/v1/invoice-links/{token}/{format}",
    tag = "invoices",
    params(("token" = String, Path), ("format" = String, Path, example = "pdf")),
    responses(
        (status = OK, description = "The document", body = Vec<u8>, content_type = "application/pdf"),
        (status = NOT_FOUND, description = "`link_unknown`, `format_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`invoice_not_issued`, `document_not_ready`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn linked_document(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    NamedTwo(token, format): NamedTwo,
) -> Answer<Response> {
    let mut tx = app.store.read().await?;
    let row = linked(&app, &mut tx, visitor, &token).await?;
    Ok(file(&mut tx, &row, &format).await?)
}

async fn linked(app: &App, tx: &mut Tx, visitor: Visitor, token: &str) -> Outcome<InvoiceRow> {
    visitor.may_ask(app, "invoice link", LOOKS)?;
    let now = app.clock.machine_now_ms();
    if let Some(link) = tx.invoice_link(&token_hash(token), now).await? {
        let row = tx.invoice(link.invoice_id).await?;
        return row.ok_or_else(|| Refusal::missing("link_unknown", NO_LINK));
    }
    visitor.may_ask(app, "invoice link missed", MISSES)?;
    Err(Refusal::missing("link_unknown", NO_LINK))
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
