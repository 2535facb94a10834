//! Callbacks of the offices that issue documents: "something happened to this request". Only that is believed: the
//! office is asked at once what it was, so that late, repeated and swapped callbacks do no harm, and lost ones cost
//! only time.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::Lane;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::whole_body;
use crate::app::App;
use crate::flow::{Outcome, again};
use crate::job::Kind;
use crate::outbound::issuer::{Callback, Issuer};

/// A callback has less than 1 KiB.
const BODY_LIMIT: usize = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(from_tax_platform))
        .routes(routes!(from_treasury))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// As such platforms want to read it.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    #[schema(example = 200)]
    code: u16,
    #[schema(example = "success")]
    msg: &'static str,
}

/// Takes a signed callback of the tax platform about an invoice.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/tax/notify",
    tag = "invoices",
    request_body(content = String, description = "As the platform documents it", content_type = "application/json"),
    responses(
        (status = OK, description = "Understood; do not call again", body = Taken),
        (status = UNAUTHORIZED, description = "The signature is not the platform's", body = Taken),
        (status = INTERNAL_SERVER_ERROR, description = "Not stored; call again", body = Taken)
    )
)]
async fn from_tax_platform(State(app): State<Arc<App>>, request: Request) -> Response {
    take(&app, &app.tax, request).await
}

/// Takes a signed callback of the treasury's platform about a bill.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/finance/notify",
    tag = "invoices",
    request_body(content = String, description = "As the platform documents it", content_type = "application/json"),
    responses(
        (status = OK, description = "Understood; do not call again", body = Taken),
        (status = UNAUTHORIZED, description = "The signature is not the platform's", body = Taken),
        (status = INTERNAL_SERVER_ERROR, description = "Not stored; call again", body = Taken)
    )
)]
async fn from_treasury(State(app): State<Arc<App>>, request: Request) -> Response {
    take(&app, &app.finance, request).await
}

async fn take(app: &App, issuer: &dyn Issuer, request: Request) -> Response {
    let headers = request.headers().clone();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let body = match whole_body(request, &()).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let callback = Callback { path: &path, headers: &headers, body: &body };
    let request_no = match issuer.read_callback(&callback, app.clock.machine_now_ms()) {
        Ok(request_no) => request_no,
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "a callback about a document was not believed"
            );
            return answer(StatusCode::UNAUTHORIZED, "signature is not valid");
        }
    };
    match again(|| ask_now(app, &request_no)).await {
        Ok(()) => {
            app.job_bell.notify_one();
            answer(StatusCode::OK, "success")
        }
        Err(refusal) => {
            tracing::error!(error = format!("{refusal:?}"), "a callback could not be stored");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "not stored, call again")
        }
    }
}

/// Brings the next question forward. What nobody here asked for, or is at its end, is nobody's news.
async fn ask_now(app: &App, request_no: &str) -> Outcome<()> {
    let row = app.store.read().await?.invoice_by_request(request_no).await?;
    let Some(row) = row else { return Ok(()) };
    let kind = match row.state.as_str() {
        "submitted" | "unsigned" => Kind::AskInvoice,
        "issued" if row.documents_at.is_none() => Kind::FetchDocuments,
        _ => return Ok(()),
    };
    let (key, at) = (row.invoice_id.to_string(), app.clock.machine_now_ms());
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.hasten_job(kind.name(), &key, row.invoice_id, at).await?;
    tx.commit().await?;
    Ok(())
}

fn answer(status: StatusCode, msg: &'static str) -> Response {
    (status, Json(Taken { code: status.as_u16(), msg })).into_response()
}
