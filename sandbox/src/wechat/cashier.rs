//! What the payer does with the merchant's order: `wx.requestPayment` in WeChat (`POST /cashier/pay`),
//! scanning a code (`POST /cashier/scan`), the button of WeChat Pay's page in a browser (`POST /cashier/h5`).
//!
//! WeChat itself checks `paySign` with the merchant's key before it shows the amount; so does this.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::notices::About;
use super::order::{Attempted, Charge, TradeType, require};
use super::refusal::Refusal;
use super::sign::{message, verifies};
use super::transactions::CODE_URL;
use crate::app::App;
use crate::troubles::PayTrouble;

/// The arguments of `wx.requestPayment`, and who pays.
#[derive(Deserialize)]
struct PayCall {
    #[serde(rename = "appId")]
    app_id: String,
    #[serde(rename = "timeStamp")]
    time_stamp: String,
    #[serde(rename = "nonceStr")]
    nonce_str: String,
    package: String,
    #[serde(rename = "signType")]
    sign_type: String,
    #[serde(rename = "paySign")]
    pay_sign: String,
    openid: String,
}

#[derive(Deserialize)]
struct Scan {
    code_url: String,
    openid: String,
}

#[derive(Deserialize)]
struct H5Call {
    prepay_id: String,
    openid: String,
}

pub(super) async fn pay(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let call: PayCall = read(&body)?;
    app.blocking(move |app| {
        let prepay_id = checked_prepay_id(app, &call)?;
        take(app, TradeType::Jsapi, prepay_id, &call.openid)
    })
    .await
}

/// The payer scans the code of a Native order.
pub(super) async fn scan(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let scan: Scan = read(&body)?;
    app.blocking(move |app| {
        let token = scan.code_url.strip_prefix(CODE_URL).ok_or(Refusal::OrderNotExist)?;
        take(app, TradeType::Native, token, &scan.openid)
    })
    .await
}

/// The payer confirms on WeChat Pay's page.
pub(super) async fn h5(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let call: H5Call = read(&body)?;
    app.blocking(move |app| take(app, TradeType::H5, &call.prepay_id, &call.openid)).await
}

/// Every charge of a payer's money, oldest first.
pub(super) async fn charges(State(app): State<Arc<App>>) -> Json<Vec<Charge>> {
    Json(app.blocking(|app| app.memory().book.charges().to_vec()).await)
}

/// Takes the money for a handle, or lets the payer fail if that is switched on.
fn take(app: &App, door: TradeType, handle: &str, openid: &str) -> Result<Json<Value>, Refusal> {
    let mut memory = app.memory();
    let now = app.now();
    let order = memory.book.order_of_prepay(handle).filter(|order| order.trade_type == door);
    let paid = order.ok_or(Refusal::OrderNotExist)?.charge.is_some();
    match memory.troubles.pay {
        PayTrouble::PayError if !paid => {
            memory.book.attempt(handle, openid, Attempted::PayError, now)?;
            return Err(Refusal::PayError);
        }
        PayTrouble::UserPaying if !paid => {
            memory.book.attempt(handle, openid, Attempted::UserPaying, now)?;
            return Err(Refusal::UserPaying);
        }
        _ => {}
    }
    let charge = memory.book.charge(handle, openid, now)?;
    let order = memory.book.order(&charge.out_trade_no).ok_or(Refusal::OrderNotExist)?;
    let (url, state) = (order.notify_url.clone(), order.trade_state(now));
    memory.owe(About::payment(&charge), &url, now.machine_ms);
    app.bell.notify_one();
    Ok(Json(json!({
        "transaction_id": charge.transaction_id,
        "out_trade_no": charge.out_trade_no,
        "trade_state": state.name(),
    })))
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Malformed(error.to_string()))
}

fn checked_prepay_id<'a>(app: &App, call: &'a PayCall) -> Result<&'a str, Refusal> {
    require(call.sign_type == "RSA", "signType", "须为RSA")?;
    if call.app_id != app.keys.merchant.account.appid {
        return Err(Refusal::AppidMchidMismatch);
    }
    let signed = message(&[
        call.app_id.as_bytes(),
        call.time_stamp.as_bytes(),
        call.nonce_str.as_bytes(),
        call.package.as_bytes(),
    ]);
    if !verifies(&app.keys.merchant.public_key, &signed, &call.pay_sign) {
        return Err(Refusal::Sign { field: "paySign", issue: "支付验证签名失败" });
    }
    call.package
        .strip_prefix("prepay_id=")
        .ok_or(Refusal::Param { field: "package", issue: "须为prepay_id=…" })
}
