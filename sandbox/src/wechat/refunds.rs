//! The refund routes: ask, query, and another way for what could not be paid out. Rules are in
//! `refund` and the book.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::Value;

use super::notices::About;
use super::order_request::typed;
use super::refund::{AbnormalRequest, Outcome, PROCESSING_MS, Refund};
use super::refusal::Refusal;
use super::transactions::object;
use crate::app::{App, Memory};
use crate::clock::Now;
use crate::troubles::RefundTrouble;

pub(super) async fn ask(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let params = object(&body)?;
    app.blocking(move |app| {
        let now = app.now();
        let mut memory = app.memory();
        if memory.troubles.refund_minute && memory.book.refunded_lately(&params, now) {
            return Err(Refusal::TooOften("同一笔订单多次退款的请求需相隔1分钟"));
        }
        let outcome = match memory.troubles.refund {
            RefundTrouble::NotEnough => return Err(Refusal::NotEnough),
            RefundTrouble::AccountAbnormal => return Err(Refusal::AccountAbnormal),
            RefundTrouble::Normal => Outcome::Success,
            RefundTrouble::Abnormal => Outcome::Abnormal,
            RefundTrouble::Closed => Outcome::Closed,
            RefundTrouble::Stuck => Outcome::Stuck,
        };
        let refund = memory.book.give_back(params, outcome, now, settles(app, now))?;
        told(app, &mut memory, &refund);
        Ok(Json(refund.shown(now)))
    })
    .await
}

pub(super) async fn ask_otherwise(
    State(app): State<Arc<App>>,
    Path(refund_id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request: AbnormalRequest = typed(&object(&body)?)?;
    request.check()?;
    app.blocking(move |app| {
        let now = app.now();
        let mut memory = app.memory();
        let settles = settles(app, now);
        let refund = memory.book.give_back_otherwise(&refund_id, &request, now, settles)?;
        told(app, &mut memory, &refund);
        Ok(Json(refund.shown(now)))
    })
    .await
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(no): Path<String>,
) -> Result<Json<Value>, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let refund = memory.book.refund(&no).ok_or(Refusal::RefundNotExist)?;
        Ok(Json(refund.shown(app.now())))
    })
    .await
}

/// When what becomes of something accepted now will be known, on both clocks.
pub(super) fn settles(app: &App, now: Now) -> Now {
    let machine_ms = now.machine_ms.saturating_add(PROCESSING_MS);
    Now { machine_ms, city_ms: app.city_ms(machine_ms) }
}

fn told(app: &App, memory: &mut Memory, refund: &Refund) {
    if let (Some(url), Some(at_ms)) = (&refund.notify_url, refund.settles_ms()) {
        memory.owe(About::refund(refund), url, at_ms);
        app.bell.notify_one();
    }
}
