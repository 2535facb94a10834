//! The refund routes: ask and query. Rules are in `refund` and the book.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::Value;

use super::book::refund_settles_ms;
use super::notices::About;
use super::refusal::Refusal;
use super::transactions::object;
use crate::app::App;

pub(super) async fn ask(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let params = object(&body)?;
    app.blocking(move |app| {
        let now = app.now();
        let mut memory = app.memory();
        let settled_city_ms = app.city_ms(refund_settles_ms(now));
        let refund = memory.book.give_back(params, now, settled_city_ms)?;
        if let Some(url) = &refund.notify_url {
            memory.notices.plan(About::refund(&refund), url, refund.settles_ms());
            app.bell.notify_one();
        }
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
