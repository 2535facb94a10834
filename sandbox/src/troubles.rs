//! Things that go wrong on purpose, switched over HTTP: `POST /sandbox/troubles`.
//!
//! Memory only: a restarted sandbox behaves. The cashier and `/sandbox/…` are never troubled by
//! `http`, since they play the payer and the tester, not a service.

mod chance;
mod kinds;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
pub(crate) use kinds::{
    BillTrouble, HttpOn, HttpTrouble, NotifyTrouble, ParkingTrouble, PayTrouble, RedTrouble,
    RefundTrouble, TaxLogin, TaxTrouble,
};

const LONGEST_SLOW_MS: u64 = 60_000;

/// What goes wrong now. A request body that leaves a field out leaves it as it is.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Troubles {
    pub(crate) notify: NotifyTrouble,
    /// How long `late` and `out_of_order` hold a notification back.
    pub(crate) notify_late_ms: u64,
    pub(crate) http: HttpTrouble,
    /// At which routes.
    pub(crate) http_on: HttpOn,
    /// For so many requests more; until switched off if null.
    pub(crate) http_left: Option<u32>,
    pub(crate) pay: PayTrouble,
    pub(crate) refund: RefundTrouble,
    /// Whether refunds of one order less than a minute (city time) apart are refused, as documented.
    pub(crate) refund_minute: bool,
    pub(crate) parking: ParkingTrouble,
    pub(crate) bill: BillTrouble,
    pub(crate) tax: TaxTrouble,
    pub(crate) tax_login: TaxLogin,
    /// Callbacks of the tax platform and the treasury's: `normal`, `off`, `lost`, `late`, `out_of_order`,
    /// `twice`, `wrong_signature`, `stale_signature`.
    pub(crate) tax_notify: NotifyTrouble,
    /// How late the documents of `document_late` are.
    pub(crate) tax_late_ms: u64,
    pub(crate) red: RedTrouble,
    /// Draws a trouble for each document, form, callback and request at the tax platform, from this seed.
    pub(crate) tax_chance: Option<u64>,
    /// How long `slow` holds back an answer.
    pub(crate) slow_ms: u64,
    /// How many notifications `out_of_order` has held back.
    #[serde(skip)]
    held: u64,
    /// The same for callbacks of the tax platform.
    #[serde(skip)]
    tax_held: u64,
    /// Requests at the tax platform since `tax_chance` was set.
    #[serde(skip)]
    tax_requests: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    notify: Option<NotifyTrouble>,
    notify_late_ms: Option<u64>,
    http: Option<HttpTrouble>,
    http_on: Option<HttpOn>,
    http_left: Option<u32>,
    pay: Option<PayTrouble>,
    refund: Option<RefundTrouble>,
    refund_minute: Option<bool>,
    parking: Option<ParkingTrouble>,
    bill: Option<BillTrouble>,
    tax: Option<TaxTrouble>,
    tax_login: Option<TaxLogin>,
    tax_notify: Option<NotifyTrouble>,
    tax_late_ms: Option<u64>,
    red: Option<RedTrouble>,
    /// 0 switches it off.
    tax_chance: Option<u64>,
    slow_ms: Option<u64>,
}

impl Default for Troubles {
    fn default() -> Self {
        Troubles {
            notify: NotifyTrouble::Normal,
            notify_late_ms: 2_000,
            http: HttpTrouble::Normal,
            http_on: HttpOn::All,
            http_left: None,
            pay: PayTrouble::Normal,
            refund: RefundTrouble::Normal,
            refund_minute: false,
            parking: ParkingTrouble::Normal,
            bill: BillTrouble::Normal,
            tax: TaxTrouble::Normal,
            tax_login: TaxLogin::Ok,
            tax_notify: NotifyTrouble::Normal,
            tax_late_ms: 2_000,
            red: RedTrouble::Normal,
            tax_chance: None,
            slow_ms: 3_000,
            held: 0,
            tax_held: 0,
            tax_requests: 0,
        }
    }
}

impl Troubles {
    /// When a notification that would be due at `due_ms` is sent first. Out of order: each later one is
    /// held back for less time than the one before.
    pub(crate) fn first_sent_ms(&mut self, due_ms: i64) -> i64 {
        let held_ms = match self.notify {
            NotifyTrouble::Late => self.notify_late_ms,
            NotifyTrouble::OutOfOrder => {
                self.held += 1;
                self.notify_late_ms / self.held
            }
            _ => 0,
        };
        due_ms.saturating_add(i64::try_from(held_ms).unwrap_or(i64::MAX))
    }

    fn change(&mut self, change: &Change) {
        self.notify = change.notify.unwrap_or(self.notify);
        self.notify_late_ms = change.notify_late_ms.unwrap_or(self.notify_late_ms);
        if let Some(http) = change.http {
            (self.http, self.http_on, self.http_left) = (http, HttpOn::All, None);
        }
        self.http_on = change.http_on.unwrap_or(self.http_on);
        self.http_left = change.http_left.or(self.http_left);
        self.pay = change.pay.unwrap_or(self.pay);
        self.refund = change.refund.unwrap_or(self.refund);
        self.refund_minute = change.refund_minute.unwrap_or(self.refund_minute);
        self.parking = change.parking.unwrap_or(self.parking);
        self.bill = change.bill.unwrap_or(self.bill);
        self.tax = change.tax.unwrap_or(self.tax);
        self.tax_login = change.tax_login.unwrap_or(self.tax_login);
        self.tax_notify = change.tax_notify.unwrap_or(self.tax_notify);
        self.tax_late_ms = change.tax_late_ms.unwrap_or(self.tax_late_ms);
        self.red = change.red.unwrap_or(self.red);
        if let Some(seed) = change.tax_chance {
            (self.tax_chance, self.tax_requests) = ((seed > 0).then_some(seed), 0);
        }
        if change.tax_notify.is_some() {
            self.tax_held = 0;
        }
        self.slow_ms = change.slow_ms.unwrap_or(self.slow_ms);
        if change.notify.is_some() {
            self.held = 0;
        }
    }

    /// The same for a callback of the tax platform about a document.
    pub(crate) fn tax_first_sent_ms(&mut self, request_no: &str, due_ms: i64) -> i64 {
        let held_ms = match self.tax_notify_of(request_no) {
            NotifyTrouble::Late => self.notify_late_ms,
            NotifyTrouble::OutOfOrder => {
                self.tax_held += 1;
                self.notify_late_ms / self.tax_held
            }
            _ => 0,
        };
        due_ms.saturating_add(i64::try_from(held_ms).unwrap_or(i64::MAX))
    }

    /// The trouble of one more request.
    fn next_http(&mut self, path: &str) -> HttpTrouble {
        if let (Some(seed), true) = (self.tax_chance, HttpOn::Tax.covers(path)) {
            self.tax_requests += 1;
            return chance::http(seed, self.tax_requests);
        }
        if !self.http_on.covers(path) {
            return HttpTrouble::Normal;
        }
        let http = self.http;
        if let Some(left) = self.http_left {
            self.http_left = left.checked_sub(1).filter(|left| *left > 0);
            if self.http_left.is_none() {
                self.http = HttpTrouble::Normal;
            }
        }
        http
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/sandbox/troubles", get(show).post(change))
}

/// Middleware for the routes of the imitated services. The answer bears the trouble it had.
pub(crate) async fn trouble(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (http, slow_ms) = app
        .blocking(move |app| {
            let troubles = &mut app.memory().troubles;
            (troubles.next_http(&path), troubles.slow_ms)
        })
        .await;
    let mut answer = match http {
        HttpTrouble::Error500 => system_error(),
        HttpTrouble::FrequencyLimited => frequency_limited(),
        HttpTrouble::AnswerLost => {
            next.run(request).await;
            system_error()
        }
        HttpTrouble::BrokenOff => {
            next.run(request).await;
            (StatusCode::BAD_GATEWAY, Body::empty()).into_response()
        }
        HttpTrouble::Slow => {
            let answer = next.run(request).await;
            tokio::time::sleep(Duration::from_millis(slow_ms)).await;
            answer
        }
        HttpTrouble::Normal | HttpTrouble::WrongSignature | HttpTrouble::StaleSignature => {
            next.run(request).await
        }
    };
    answer.extensions_mut().insert(http);
    answer
}

async fn show(State(app): State<Arc<App>>) -> Json<Troubles> {
    Json(app.blocking(|app| app.memory().troubles).await)
}

async fn change(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let change: Change = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return malformed(&error.to_string()),
    };
    if [change.slow_ms, change.notify_late_ms, change.tax_late_ms]
        .iter()
        .flatten()
        .any(|ms| *ms > LONGEST_SLOW_MS)
    {
        return malformed("slow_ms, notify_late_ms and tax_late_ms are at most 60000");
    }
    let troubles = app
        .blocking(move |app| {
            let troubles = &mut app.memory().troubles;
            troubles.change(&change);
            *troubles
        })
        .await;
    Json(troubles).into_response()
}

fn system_error() -> Response {
    let body = json!({"code": "SYSTEM_ERROR", "message": "系统异常，请用相同参数重新调用"});
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

fn frequency_limited() -> Response {
    let body = json!({"code": "FREQUENCY_LIMITED", "message": "频率超限"});
    (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
}

fn malformed(message: &str) -> Response {
    let body = json!({"code": "PARAM_ERROR", "message": message});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
