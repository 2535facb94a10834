//! Checks the WeChat Pay stand-in with another client that others wrote: the crate rswxpay, which works
//! with platform certificates. It downloads and decrypts them, verifies every answer with them, and opens
//! notifications.
//!
//! Not checked with it: refunds, since rswxpay 0.1.0 sends them to `/v3/pay/refund/domestic/refunds`, where
//! WeChat Pay has no route (documented: `/v3/refund/domestic/refunds`).
//!
//!     peer-rswxpay BASE_URL DATA_FOLDER_OF_THE_SANDBOX
//!
//! Prints one line a check and `N passed, N failed`; exit code 1 if one failed.

mod inbox;

use std::fmt::Debug;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use rswxpay::model::bill::TradeBillRequest;
use rswxpay::model::common::{Amount, Payer, SceneInfo};
use rswxpay::model::prepay::{H5PrepayRequest, JsapiPrepayRequest, NativePrepayRequest};
use rswxpay::model::refund::{RefundAmount, RefundRequest};
use rswxpay::{ClientConfig, WxPayClient, WxPayError};
use serde_json::{Value, json};

use inbox::Inbox;

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

/// Counts and prints.
#[derive(Default)]
struct Checks {
    passed: u32,
    failed: u32,
}

impl Checks {
    fn equal<T: PartialEq + Debug>(&mut self, what: &str, got: T, expected: T) {
        if got == expected {
            self.passed += 1;
            println!("ok      {what}");
        } else {
            self.failed += 1;
            println!("FAILED  {what}: {got:?} instead of {expected:?}");
        }
    }
}

/// A merchant who has read DIR/merchant, and the payer's phone.
struct Shop {
    base: String,
    appid: String,
    mchid: String,
    client: WxPayClient,
    http: reqwest::Client,
}

impl Shop {
    async fn open(base: &str, data: &Path) -> Result<Shop> {
        let text = |name: &str| std::fs::read_to_string(data.join("merchant").join(name));
        let app: Value = serde_json::from_str(&text("app.json")?)?;
        let field = |name: &str| app[name].as_str().unwrap_or_default().to_owned();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let config = ClientConfig::builder()
            .mch_id(field("mchid"))
            .serial_no(text("merchant_serial.txt")?.trim())
            .api_v3_key(text("apiv3_key.txt")?.trim())
            .private_key_pem(text("merchant_key.pem")?)
            .base_url(base)
            .http_client(http.clone())
            .build()?;
        let client = WxPayClient::new(config).await?;
        Ok(Shop { base: base.to_owned(), appid: field("appid"), mchid: field("mchid"), client, http })
    }

    fn jsapi(&self, number: &str, notify_url: &str) -> JsapiPrepayRequest {
        JsapiPrepayRequest {
            appid: self.appid.clone(),
            mchid: self.mchid.clone(),
            description: "白银路停车费".into(),
            out_trade_no: number.into(),
            time_expire: None,
            notify_url: notify_url.into(),
            amount: Amount { total: 900, currency: Some("CNY".into()) },
            payer: Payer { openid: OPENID.into() },
            detail: None,
            scene_info: None,
            settle_info: None,
            attach: Some("visit-1".into()),
            goods_tag: None,
            support_fapiao: None,
        }
    }

    /// What the tester or the payer does: status and body.
    async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let answer = self.http.post(format!("{}{path}", self.base)).json(body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    async fn step(&self, step: &str) -> Result<()> {
        let (status, body) = self.post("/sandbox/certificates", &json!({"step": step})).await?;
        anyhow::ensure!(status == 200, "{body}");
        Ok(())
    }
}

async fn paying(checks: &mut Checks, shop: &Shop) -> Result<()> {
    let mut inbox = Inbox::open().await?;
    let placed = shop.client.jsapi_prepay(&shop.jsapi("rs-paying", &inbox.url)).await?;
    checks.equal("an order is taken, its answer signed", placed.prepay_id.starts_with("wx"), true);
    let unpaid = shop.client.query_order_by_out_trade_no("rs-paying").await?;
    checks.equal("a query tells that it is unpaid", unpaid.trade_state.as_str(), "NOTPAY");

    let params = shop.client.build_jsapi_pay_params(&shop.appid, &placed.prepay_id)?;
    let mut call = serde_json::to_value(&params)?;
    call["openid"] = OPENID.into();
    let (status, paid) = shop.post("/cashier/pay", &call).await?;
    checks.equal("the crate's paySign pays", status, 200);
    let transaction_id = paid["transaction_id"].as_str().unwrap_or_default();
    let shown = shop.client.query_order_by_transaction_id(transaction_id).await?;
    checks.equal("a query by transaction id tells that it is paid", shown.trade_state.as_str(), "SUCCESS");
    let total = shown.amount.map(|amount| amount.total);
    checks.equal("and the amount", total, Some(900));

    let (headers, body) = inbox.next().await?;
    let told = shop.client.parse_transaction_notify(&headers, &body).await?;
    let about = (told.out_trade_no.as_str(), told.transaction_id.as_str(), told.trade_state.as_str());
    checks.equal("the crate opens the notification", about, ("rs-paying", transaction_id, "SUCCESS"));
    let forged = shop.client.parse_transaction_notify(&headers, &body.replace("SUCCESS", "SUCCES5")).await;
    checks.equal("with another body it is rejected", forged.is_err(), true);
    Ok(())
}

async fn other_doors(checks: &mut Checks, shop: &Shop) -> Result<()> {
    let like = shop.jsapi("rs-native", "http://127.0.0.1:9/notify");
    let native = NativePrepayRequest {
        appid: like.appid.clone(),
        mchid: like.mchid.clone(),
        description: like.description.clone(),
        out_trade_no: "rs-native".into(),
        time_expire: None,
        notify_url: like.notify_url.clone(),
        amount: like.amount.clone(),
        detail: None,
        scene_info: None,
        settle_info: None,
        attach: None,
        goods_tag: None,
    };
    let code_url = shop.client.native_prepay(&native).await?.code_url;
    let scan = json!({"code_url": code_url, "openid": "oAnybody"});
    checks.equal("a native order is paid by scanning", shop.post("/cashier/scan", &scan).await?.0, 200);
    let shown = shop.client.query_order_by_out_trade_no("rs-native").await?;
    checks.equal("and is of that type", shown.trade_type.as_deref(), Some("NATIVE"));

    let scene: SceneInfo = serde_json::from_value(json!({
        "payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"},
    }))?;
    let h5 = H5PrepayRequest {
        appid: like.appid,
        mchid: like.mchid,
        description: like.description,
        out_trade_no: "rs-h5-order".into(),
        time_expire: None,
        notify_url: like.notify_url,
        amount: like.amount,
        scene_info: scene,
        detail: None,
        settle_info: None,
        attach: None,
        goods_tag: None,
    };
    let page = shop.http.get(shop.client.h5_prepay(&h5).await?.h5_url).send().await?.text().await?;
    checks.equal("an H5 order leads to a page with the amount", page.contains("¥9.00"), true);

    shop.client.close_order("rs-h5-order").await?;
    let shown = shop.client.query_order_by_out_trade_no("rs-h5-order").await?;
    checks.equal("a close is answered with nothing and closes", shown.trade_state.as_str(), "CLOSED");
    Ok(())
}

async fn refusals(checks: &mut Checks, shop: &Shop) -> Result<()> {
    let missing = shop.client.query_order_by_out_trade_no("rs-unknown").await;
    checks.equal("an unknown order is not found", code(missing), "ORDERNOTEXIST".to_owned());
    let mut other = shop.jsapi("rs-paying", "http://127.0.0.1:9/notify");
    other.amount.total = 901;
    let used = shop.client.jsapi_prepay(&other).await;
    checks.equal("another order of a number is refused", code(used), "OUT_TRADE_NO_USED".to_owned());
    let bill = TradeBillRequest { bill_date: "2026-01-01".into(), bill_type: None, tar_type: None };
    let none = shop.client.get_trade_bill(&bill).await;
    checks.equal("a bill of long ago is refused", code(none), "PARAM_ERROR".to_owned());
    let refund = RefundRequest {
        transaction_id: None,
        out_trade_no: Some("rs-paying".into()),
        out_refund_no: "rs-refund".into(),
        reason: None,
        notify_url: None,
        amount: RefundAmount { refund: 100, total: 900, currency: "CNY".into(), from: None },
        funds_account: None,
        goods_detail: None,
    };
    let lost = shop.client.create_refund(&refund).await;
    checks.equal("the crate's route for refunds is none of WeChat Pay's", lost.is_err(), true);
    Ok(())
}

/// The crate looks for new certificates twice a day; a new client looks at once.
async fn rotation(checks: &mut Checks, shop: &Shop, data: &Path) -> Result<()> {
    shop.step("publish").await?;
    shop.step("sign").await?;
    let late = shop.client.query_order_by_out_trade_no("rs-paying").await;
    checks.equal("a certificate that it has not read is not trusted", late.is_err(), true);
    let fresh = Shop::open(&shop.base, data).await?;
    let shown = fresh.client.query_order_by_out_trade_no("rs-paying").await?;
    checks.equal("one that has read it verifies the new signature", shown.trade_state.as_str(), "SUCCESS");
    Ok(())
}

fn code<T>(outcome: Result<T, WxPayError>) -> String {
    match outcome {
        Ok(_) => "no refusal".to_owned(),
        Err(error) => {
            let text = format!("{error:?}");
            let known = ["ORDERNOTEXIST", "OUT_TRADE_NO_USED", "PARAM_ERROR"];
            known.into_iter().find(|code| text.contains(code)).map_or(text.clone(), str::to_owned)
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: peer-rswxpay BASE_URL DATA_FOLDER";
    let (base, data) = (arguments.next().context(usage)?, arguments.next().context(usage)?);
    let data = Path::new(&data);
    let shop = Shop::open(&base, data).await?;
    // This merchant has no platform public key.
    shop.step("notices_by_certificate").await?;
    let mut checks = Checks::default();
    for outcome in [
        paying(&mut checks, &shop).await,
        other_doors(&mut checks, &shop).await,
        refusals(&mut checks, &shop).await,
        rotation(&mut checks, &shop, data).await,
    ] {
        checks.equal("a scenario runs to its end", outcome.err().map(|e| format!("{e:#}")), None);
    }
    println!("{} passed, {} failed", checks.passed, checks.failed);
    let good = checks.failed == 0 && checks.passed > 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
