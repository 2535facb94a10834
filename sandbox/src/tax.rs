//! A tax platform of the usual shape: ask for an invoice, then poll until it is issued, or be called back.
//!
//! Modelled on what Chinese providers have in common (asynchronous, a request number per invoice,
//! HMAC-signed requests, documents to be fetched later, red invoices under a confirmation form, a login at
//! the tax bureau that gets lost); it is none of them in particular. `finance` is the same for bills of the
//! treasury. Its XML carries no signature: only the tax bureau can sign. It makes no PDF and no OFD.

pub(crate) mod notify;
pub(crate) mod red_form;
pub(crate) mod register;

mod arithmetic;
mod document;
mod finance;
mod refusal;
mod request;
mod sign;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use self::refusal::Refusal;
use self::register::{Asked, Office, Outcome, issued_ms};
use self::request::InvoiceRequest;
use crate::app::{App, Memory};
use crate::clock::beijing;
use crate::troubles::{TaxTrouble, trouble};

/// Longest request body, bytes.
const BODY_LIMIT: usize = 256 * 1024;

pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/tax/v1/invoices", post(ask))
        .route("/tax/v1/invoices/{request_no}", get(show))
        .route("/tax/v1/invoices/{request_no}/document/{format}", get(fetch))
        .merge(red_form::offices_routes())
        .merge(finance::offices_routes())
        .route_layer(from_fn_with_state(app.clone(), login))
        .route_layer(from_fn_with_state(app.clone(), trouble))
        .route_layer(from_fn_with_state(app.clone(), sign::guard))
        .merge(red_form::buyers_routes())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Nothing is done while the seller's login is lost.
async fn login(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.blocking(|app| app.memory().troubles.is_login_lost()).await {
        return Refusal::LoginLost.into_response();
    }
    next.run(request).await
}

async fn ask(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let read = InvoiceRequest::parse(&body)?;
    app.blocking(move |app| {
        let now = app.now();
        let mut memory = app.memory();
        if memory.register.known(&read.request_no, &read.content)?.is_none()
            && let Some(red) = &read.red
        {
            if memory.register.is_confirmation_used(&red.confirmation_no) {
                return Err(Refusal::Red("CONFIRMATION_USED", "红字确认单已开具红字发票"));
            }
            memory.red_forms.check(red, read.gross_fen, now.machine_ms)?;
        }
        accept(app, &mut memory, Office::Tax, (read.request_no, read.content))
    })
    .await
}

/// Accepts a request that was checked, and owes the callbacks about it.
fn accept(
    app: &App,
    memory: &mut Memory,
    office: Office,
    (request_no, content): (String, Value),
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let now = app.now();
    let trouble = memory.troubles.tax_of(&request_no);
    let outcome = outcome(app, memory, office, trouble);
    let late_ms = if trouble == TaxTrouble::DocumentLate { memory.troubles.tax_late_ms } else { 0 };
    let document_late_ms = i64::try_from(late_ms).unwrap_or(i64::MAX);
    let asked = Asked { request_no, office, content, outcome, document_late_ms };
    let invoice = memory.register.accept(asked, now)?;
    memory.owe_news(&invoice);
    app.bell.notify_one();
    let answer = json!({
        "request_no": invoice.request_no,
        "serial_no": invoice.serial_no,
        "status": "accepted",
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn outcome(app: &App, memory: &Memory, office: Office, trouble: TaxTrouble) -> Outcome {
    let issued_city_ms = app.city_ms(issued_ms(app.now()));
    let number = || memory.register.next_number(office, issued_city_ms);
    match trouble {
        TaxTrouble::Normal | TaxTrouble::DocumentLate => {
            memory.register.next_issued(office, issued_city_ms)
        }
        TaxTrouble::Reject => {
            Outcome::Rejected { reason: "购买方名称与税号不一致".to_owned() }
        }
        TaxTrouble::Stuck => Outcome::Stuck,
        TaxTrouble::SignFailed => {
            Outcome::Unsigned { invoice_number: number(), issued_at: beijing(issued_city_ms) }
        }
        TaxTrouble::Void => {
            Outcome::Void { invoice_number: number(), reason: "纸质发票已作废".to_owned() }
        }
    }
}

async fn show(
    State(app): State<Arc<App>>,
    Path(request_no): Path<String>,
) -> Result<Json<Value>, Refusal> {
    show_one(&app, request_no, Office::Tax).await
}

async fn show_one(
    app: &Arc<App>,
    request_no: String,
    office: Office,
) -> Result<Json<Value>, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let invoice = memory.register.find(&request_no).filter(|i| i.office == office);
        Ok(Json(invoice.ok_or(Refusal::RequestNotFound)?.shown(app.now())))
    })
    .await
}

async fn fetch(
    State(app): State<Arc<App>>,
    Path((request_no, format)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let invoice = memory.register.find(&request_no).ok_or(Refusal::RequestNotFound)?;
        if format != "xml" {
            return Err(Refusal::FormatNotOffered);
        }
        if !invoice.has_document(app.now()) {
            return Err(Refusal::DocumentNotReady);
        }
        let xml = document::xml(invoice).ok_or(Refusal::FormatNotOffered)?;
        Ok(([(CONTENT_TYPE, "application/xml")], xml).into_response())
    })
    .await
}
