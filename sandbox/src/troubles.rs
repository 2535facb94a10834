//! Things that go wrong on purpose, switched over HTTP: `POST /sandbox/troubles`.
//!
//! Memory only: a restarted sandbox behaves. The cashier and `/sandbox/…` are never troubled,
//! since they play the payer and the tester, not a service.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;

const LONGEST_SLOW_MS: u64 = 60_000;

/// What goes wrong now. A request body that leaves a field out leaves it as it is.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Troubles {
    pub(crate) notify: NotifyTrouble,
    pub(crate) http: HttpTrouble,
    pub(crate) tax: TaxTrouble,
    /// How long `slow` holds back an answer.
    pub(crate) slow_ms: u64,
}

/// Payment and refund notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotifyTrouble {
    Normal,
    /// Not sent; each due attempt counts as failed.
    Off,
    /// Every attempt is sent twice.
    Twice,
    /// A signature that does not hold, marked `WECHATPAY/SIGNTEST/` like WeChat Pay's own probes.
    WrongSignature,
    /// One fen more than was paid, rightly signed.
    WrongAmount,
}

/// Answers of WeChat Pay, WeChat login and the tax platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HttpTrouble {
    Normal,
    /// 500 SYSTEM_ERROR, nothing done.
    Error500,
    /// 500 SYSTEM_ERROR, although everything was done.
    AnswerLost,
    /// Done at once, answered after `slow_ms`.
    Slow,
    /// The signature of WeChat Pay's answers does not hold.
    WrongSignature,
}

/// What becomes of invoices asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxTrouble {
    Normal,
    /// Accepted, then rejected with a reason.
    Reject,
    /// Accepted, then `issuing` for ever.
    Stuck,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    notify: Option<NotifyTrouble>,
    http: Option<HttpTrouble>,
    tax: Option<TaxTrouble>,
    slow_ms: Option<u64>,
}

impl Default for Troubles {
    fn default() -> Self {
        Troubles {
            notify: NotifyTrouble::Normal,
            http: HttpTrouble::Normal,
            tax: TaxTrouble::Normal,
            slow_ms: 3_000,
        }
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/sandbox/troubles", get(show).post(change))
}

/// Middleware for the routes of the imitated services.
pub(crate) async fn trouble(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let troubles = app.blocking(|app| app.memory().troubles).await;
    match troubles.http {
        HttpTrouble::Error500 => system_error(),
        HttpTrouble::AnswerLost => {
            next.run(request).await;
            system_error()
        }
        HttpTrouble::Slow => {
            let answer = next.run(request).await;
            tokio::time::sleep(Duration::from_millis(troubles.slow_ms)).await;
            answer
        }
        HttpTrouble::Normal | HttpTrouble::WrongSignature => next.run(request).await,
    }
}

async fn show(State(app): State<Arc<App>>) -> Json<Troubles> {
    Json(app.blocking(|app| app.memory().troubles).await)
}

async fn change(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let change: Change = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return malformed(&error.to_string()),
    };
    if change.slow_ms.is_some_and(|ms| ms > LONGEST_SLOW_MS) {
        return malformed("slow_ms is at most 60000");
    }
    let troubles = app
        .blocking(move |app| {
            let troubles = &mut app.memory().troubles;
            troubles.notify = change.notify.unwrap_or(troubles.notify);
            troubles.http = change.http.unwrap_or(troubles.http);
            troubles.tax = change.tax.unwrap_or(troubles.tax);
            troubles.slow_ms = change.slow_ms.unwrap_or(troubles.slow_ms);
            *troubles
        })
        .await;
    Json(troubles).into_response()
}

fn system_error() -> Response {
    let body = json!({"code": "SYSTEM_ERROR", "message": "系统异常，请用相同参数重新调用"});
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

fn malformed(message: &str) -> Response {
    let body = json!({"code": "PARAM_ERROR", "message": message});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
