//! A tax platform of the usual shape: ask for an invoice, then poll until it is issued.
//!
//! Modelled on what Chinese providers have in common (asynchronous, a request number per invoice,
//! HMAC-signed requests); it is none of them in particular. It makes a number and a time, never a
//! document. Not imitated: red invoices, callbacks, loss of the login with the tax office.

pub(crate) mod register;

mod arithmetic;
mod refusal;
mod request;
mod sign;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use self::refusal::Refusal;
use self::register::{Outcome, issued_ms};
use self::request::InvoiceRequest;
use crate::app::App;
use crate::troubles::{TaxTrouble, trouble};

/// Longest request body, bytes.
const BODY_LIMIT: usize = 256 * 1024;

pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/tax/v1/invoices", post(ask))
        .route("/tax/v1/invoices/{request_no}", get(show))
        .route_layer(from_fn_with_state(app.clone(), trouble))
        .route_layer(from_fn_with_state(app.clone(), sign::guard))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

async fn ask(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (request_no, content) = InvoiceRequest::parse(&body)?;
    app.blocking(move |app| {
        let now = app.now();
        let issued_city_ms = app.city_ms(issued_ms(now));
        let mut memory = app.memory();
        let outcome = match memory.troubles.tax {
            TaxTrouble::Normal => memory.register.next_issued(issued_city_ms),
            TaxTrouble::Reject => {
                Outcome::Rejected { reason: "购买方名称与税号不一致".to_owned() }
            }
            TaxTrouble::Stuck => Outcome::Stuck,
        };
        let invoice = memory.register.accept(request_no, content, now, outcome)?;
        let answer = json!({
            "request_no": invoice.request_no,
            "serial_no": invoice.serial_no,
            "status": "accepted",
        });
        Ok((StatusCode::ACCEPTED, Json(answer)))
    })
    .await
}

async fn show(
    State(app): State<Arc<App>>,
    Path(request_no): Path<String>,
) -> Result<Json<Value>, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let invoice = memory.register.find(&request_no).ok_or(Refusal::RequestNotFound)?;
        Ok(Json(invoice.shown(app.now())))
    })
    .await
}
