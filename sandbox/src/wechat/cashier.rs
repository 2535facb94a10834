//! What the payer's phone does with the merchant's pay parameters: `POST /cashier/pay`.
//!
//! WeChat itself checks `paySign` with the merchant's key before it shows the amount; so does this.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::notices::About;
use super::order::{Charge, require};
use super::refusal::Refusal;
use super::sign::{message, verifies};
use crate::app::App;

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

pub(super) async fn pay(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let call: PayCall =
        serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    app.blocking(move |app| {
        let prepay_id = checked_prepay_id(app, &call)?;
        let mut memory = app.memory();
        let now = app.now();
        let charge = memory.book.charge(prepay_id, &call.openid, now)?;
        let order = memory.book.order(&charge.out_trade_no).ok_or(Refusal::OrderNotExist)?;
        let (url, state) = (order.notify_url.clone(), order.trade_state(now));
        memory.notices.plan(About::payment(&charge), &url, now.machine_ms);
        app.bell.notify_one();
        Ok(Json(json!({
            "transaction_id": charge.transaction_id,
            "out_trade_no": charge.out_trade_no,
            "trade_state": state.name(),
        })))
    })
    .await
}

/// Every charge of a payer's money, oldest first.
pub(super) async fn charges(State(app): State<Arc<App>>) -> Json<Vec<Charge>> {
    Json(app.blocking(|app| app.memory().book.charges().to_vec()).await)
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
