//! Titles that a driver keeps, so that they need not be typed each time. Kept for this one purpose, by the driver's own
//! consent, and deleted with the account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::invoice::{Regime, TitleKind};
use serde::{Deserialize, Serialize};
use store::{InvoiceTitleRow, Lane};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use super::idempotent::{Command, Reply, Turn};
use super::invoice_view::{InvoiceTitle, InvoiceTitleKind};
use crate::app::App;
use crate::flow::request_invoice::check_title;
use crate::flow::{Outcome, Refusal, again};
use crate::outbound::mail_address;

/// Most titles of one driver.
const TITLES_LIMIT: usize = 20;
/// What the consent is recorded as.
const PURPOSE: (&str, &str) = ("invoice_titles", "1");

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_titles, keep_title))
        .routes(routes!(change_title, drop_title))
}

/// A title to be kept.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TitleRequest {
    kind: InvoiceTitleKind,
    #[schema(example = "白银某某商贸有限公司")]
    name: String,
    /// Of a company.
    #[schema(example = "91350100M000100Y43")]
    tax_id: Option<String>,
    /// Where documents under this title are mailed to, if a request names no other address.
    #[schema(example = "books@example.com")]
    email: Option<String>,
    /// Taken when a request names no title. The first one is the default one.
    #[serde(default)]
    is_default: bool,
    /// That it is kept, to fill in invoices and for nothing else. Must be true.
    consent: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct TitleView {
    title_id: Uuid,
    /// `person` or `company`.
    #[schema(example = "company")]
    kind: String,
    name: String,
    tax_id: Option<String>,
    email: Option<String>,
    is_default: bool,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// The default one first.
#[derive(Debug, Serialize, ToSchema)]
struct Titles {
    titles: Vec<TitleView>,
}

impl TitleView {
    fn of(row: &InvoiceTitleRow) -> TitleView {
        TitleView {
            title_id: row.title_id,
            kind: row.kind.clone(),
            name: row.name.clone(),
            tax_id: row.tax_id.clone(),
            email: row.email.clone(),
            is_default: row.is_default,
            changed_at: Timestamp::from_ms(row.changed_at),
        }
    }
}

/// The titles that the caller keeps.
#[utoipa::path(
    get,
    path = "/api/v1/me/titles",
    tag = "invoices",
    security(("token" = [])),
    responses((status = OK, body = Titles))
)]
async fn list_titles(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Titles>> {
    let rows = app.store.read().await?.invoice_titles(driver.0.0).await?;
    Ok(Json(Titles { titles: rows.iter().map(TitleView::of).collect() }))
}

/// Keeps a title.
#[utoipa::path(
    post,
    path = "/api/v1/me/titles",
    tag = "invoices",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body(content = TitleRequest, example = json!({
        "kind": "company", "name": "白银某某商贸有限公司", "tax_id": "91350100M000100Y43",
        "email": "books@example.com", "is_default": true, "consent": true
    })),
    responses(
        (status = CREATED, body = TitleView),
        (status = CONFLICT, description = "`titles_used_up`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`consent_missing`, `title_malformed`, `bad_tax_id`, \
            `tax_id_check_digit`, `email_malformed`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn keep_title(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<TitleRequest>,
) -> Answer<Reply> {
    let now = app.clock.city_now().ms();
    let row = row_of(&body, (driver.0.0, Uuid::now_v7()), now)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let kept = tx.invoice_titles(driver.0.0).await?.len();
        if kept >= TITLES_LIMIT {
            return Err(Refusal::conflict("titles_used_up", "at most 20 titles; drop some"));
        }
        let row = InvoiceTitleRow { is_default: row.is_default || kept == 0, ..row.clone() };
        tx.give_consent(driver.0.0, PURPOSE, now).await?;
        tx.put_invoice_title(&row).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &TitleView::of(&row)).await
    });
    Ok(reply.await?)
}

/// Changes a title that the caller keeps.
#[utoipa::path(
    put,
    path = "/api/v1/me/titles/{title_id}",
    tag = "invoices",
    security(("token" = [])),
    params(("title_id" = Uuid, Path)),
    request_body = TitleRequest,
    responses(
        (status = OK, body = TitleView),
        (status = NOT_FOUND, description = "`title_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "as for a new one", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn change_title(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Body(body): Body<TitleRequest>,
) -> Answer<Json<TitleView>> {
    let title_id = named.id("title_unknown", NO_TITLE)?;
    let now = app.clock.city_now().ms();
    let new = row_of(&body, (driver.0.0, title_id), now)?;
    let changed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let known = tx.invoice_title(driver.0.0, title_id).await?;
        let known = known.ok_or_else(|| Refusal::missing("title_unknown", NO_TITLE))?;
        // There is always a default one: another takes it over, it is not given up.
        let is_default = new.is_default || known.is_default;
        let row = InvoiceTitleRow { is_default, made_at: known.made_at, ..new.clone() };
        tx.put_invoice_title(&row).await?;
        tx.commit().await?;
        Ok(row)
    });
    Ok(Json(TitleView::of(&changed.await?)))
}

/// Drops a title. The oldest of the others becomes the default one.
#[utoipa::path(
    delete,
    path = "/api/v1/me/titles/{title_id}",
    tag = "invoices",
    security(("token" = [])),
    params(("title_id" = Uuid, Path)),
    responses(
        (status = OK, body = Titles),
        (status = NOT_FOUND, description = "`title_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn drop_title(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<Titles>> {
    let title_id = named.id("title_unknown", NO_TITLE)?;
    let left = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        if !tx.delete_invoice_title(driver.0.0, title_id).await? {
            return Err(Refusal::missing("title_unknown", NO_TITLE));
        }
        let mut left = tx.invoice_titles(driver.0.0).await?;
        if let Some(first) = left.first_mut().filter(|first| !first.is_default) {
            first.is_default = true;
            tx.put_invoice_title(first).await?;
        }
        tx.commit().await?;
        Ok(left)
    });
    Ok(Json(Titles { titles: left.await?.iter().map(TitleView::of).collect() }))
}

const TITLE_FORM: &str = "a name of 1 to 200 characters without control characters, and of a company its taxpayer number";
const NO_TITLE: &str = "there is no such title of yours";

fn row_of(
    body: &TitleRequest,
    (account_id, title_id): (Uuid, Uuid),
    now: i64,
) -> Outcome<InvoiceTitleRow> {
    if !body.consent {
        let detail = "a title is kept only with your consent: consent = true";
        return Err(Refusal::refused("consent_missing", detail));
    }
    let (name, tax_id) = (body.name.clone(), body.tax_id.clone());
    let title = InvoiceTitle { kind: body.kind, name, tax_id }.title();
    // Of the two regimes a fapiao asks for more.
    check_title(Regime::Vat, &title).map_err(|refusal| match refusal.code() {
        "bad_tax_id" | "tax_id_check_digit" => refusal,
        _ => Refusal::refused("title_malformed", TITLE_FORM),
    })?;
    let malformed = || Refusal::refused("email_malformed", "an address looks like lin@example.com");
    let email = body.email.as_deref().map(|typed| mail_address(typed).ok_or_else(malformed));
    let kind = if title.kind == TitleKind::Company { "company" } else { "person" };
    Ok(InvoiceTitleRow {
        title_id,
        account_id,
        kind: kind.into(),
        name: title.name,
        tax_id: title.tax_id,
        email: email.transpose()?,
        is_default: body.is_default,
        made_at: now,
        changed_at: now,
    })
}
