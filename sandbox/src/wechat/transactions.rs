//! The order routes: place by three doors, query, close. Signatures are the guard's business, rules the
//! book's.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::order::{Order, TradeType};
use super::refusal::Refusal;
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Merchant {
    mchid: Option<String>,
}

pub(super) async fn place_jsapi(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let prepay_id = place(app, &body, TradeType::Jsapi).await?;
    Ok(Json(json!({"prepay_id": prepay_id})))
}

pub(super) async fn place_native(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let token = place(app, &body, TradeType::Native).await?;
    Ok(Json(json!({"code_url": format!("{CODE_URL}{token}")})))
}

/// The page lies on this sandbox, as it is reached; WeChat Pay's own lies on wx.tenpay.com.
pub(super) async fn place_h5(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let page = format!("http://{host}/cgi-bin/mmpayweb-bin/checkmweb");
    let prepay_id = place(app, &body, TradeType::H5).await?;
    Ok(Json(json!({"h5_url": format!("{page}?prepay_id={prepay_id}&package=2150917749")})))
}

/// What a code for a Native order begins with; its token follows.
pub(super) const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=";

async fn place(app: Arc<App>, body: &[u8], trade_type: TradeType) -> Result<String, Refusal> {
    let params = object(body)?;
    app.blocking(move |app| {
        app.memory().book.place(params, trade_type, &app.keys.merchant.account, app.now())
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
    let order = order.filter(|order| order.trade_type != TradeType::Parking);
    Ok(Json(order.ok_or(Refusal::OrderNotExist)?.transaction(app.now())))
}

fn require_merchant(app: &App, given: &Merchant) -> Result<(), Refusal> {
    match &given.mchid {
        None => Err(Refusal::Param { field: "mchid", issue: "必填" }),
        Some(mchid) if *mchid != app.keys.merchant.account.mchid => Err(Refusal::MchNotExists),
        Some(_) => Ok(()),
    }
}
