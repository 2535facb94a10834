//! The order routes: place, query, close. Signatures are the guard's business, rules the book's.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::order::Order;
use super::refusal::Refusal;
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Merchant {
    mchid: Option<String>,
}

pub(super) async fn place(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let params = object(&body)?;
    app.blocking(move |app| {
        let prepay_id = app.memory().book.place(params, &app.keys.merchant.account, app.now())?;
        Ok(Json(json!({"prepay_id": prepay_id})))
    })
    .await
}

pub(super) async fn by_out_trade_no(
    State(app): State<Arc<App>>,
    Path(no): Path<String>,
    Query(merchant): Query<Merchant>,
) -> Result<Json<Value>, Refusal> {
    require_merchant(&app, &merchant)?;
    app.blocking(move |app| transaction(app, app.memory().book.order(&no))).await
}

pub(super) async fn by_transaction_id(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(merchant): Query<Merchant>,
) -> Result<Json<Value>, Refusal> {
    require_merchant(&app, &merchant)?;
    app.blocking(move |app| transaction(app, app.memory().book.order_of_transaction(&id))).await
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    Path(no): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let merchant =
        serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    require_merchant(&app, &merchant)?;
    app.blocking(move |app| {
        app.memory().book.close(&no, app.now())?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// A body that is a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Refusal::Malformed("not an object".to_owned())),
        Err(error) => Err(Refusal::Malformed(error.to_string())),
    }
}

fn transaction(app: &App, order: Option<&Order>) -> Result<Json<Value>, Refusal> {
    Ok(Json(order.ok_or(Refusal::OrderNotExist)?.transaction(app.now())))
}

fn require_merchant(app: &App, given: &Merchant) -> Result<(), Refusal> {
    match &given.mchid {
        None => Err(Refusal::Param { field: "mchid", issue: "必填" }),
        Some(mchid) if *mchid != app.keys.merchant.account.mchid => Err(Refusal::MchNotExists),
        Some(_) => Ok(()),
    }
}
