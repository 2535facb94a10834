//! WeChat Pay API v3: make a payment ready, ask about it, close it, and read its callbacks.
//! Source: pay.weixin.qq.com/doc/v3/merchant/4012525167 (JSAPI) and 4012525182 (callback).

use anyhow::{Context, Result, bail};
use billing::payment::TradeState;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vocabulary::{Fen, Timestamp};

use super::credentials::Merchant;
use super::wechat_signature::{self as signature, Resource, SignedHeaders};
use crate::config::Wechat;
use crate::flow::confirm_payment::{ProviderWord, Said};

/// A merchant's connection to WeChat Pay.
#[derive(Debug)]
pub struct WechatPay {
    base_url: String,
    notify_url: String,
    merchant: Option<Merchant>,
    client: reqwest::Client,
}

/// What the app hands to WeChat to open the cashier. Signed for one prepay id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayParams {
    pub app_id: String,
    pub time_stamp: String,
    pub nonce_str: String,
    pub package: String,
    pub sign_type: String,
    pub pay_sign: String,
}

/// WeChat understood and refused; `code` is WeChat's own.
#[derive(Debug)]
pub struct PayRefusal {
    pub code: String,
}

/// What has to be paid.
#[derive(Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) out_trade_no: &'a str,
    pub(crate) description: &'a str,
    pub(crate) amount: Fen,
    pub(crate) openid: &'a str,
    /// City time.
    pub(crate) expires_at_ms: i64,
}

#[derive(Deserialize)]
struct Transaction {
    appid: String,
    mchid: String,
    out_trade_no: String,
    transaction_id: Option<String>,
    trade_state: String,
    success_time: Option<String>,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Amount {
    total: i64,
}

#[derive(Deserialize)]
struct Notification {
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
}

impl WechatPay {
    /// Reads the merchant's keys. Without `credentials_dir` every call is refused.
    ///
    /// # Errors
    /// When a key file is missing or malformed.
    pub fn open(settings: &Wechat) -> Result<WechatPay> {
        let folder = &settings.credentials_dir;
        let merchant =
            (!folder.as_os_str().is_empty()).then(|| Merchant::read(folder)).transpose()?;
        Ok(WechatPay {
            base_url: settings.pay_url.trim_end_matches('/').to_owned(),
            notify_url: settings.notify_url.clone(),
            merchant,
            client: super::client()?,
        })
    }

    fn merchant(&self) -> Result<&Merchant> {
        self.merchant.as_ref().context("WeChat Pay is not configured: set wechat.credentials_dir")
    }

    /// Makes a payment ready; the same demand again gives a fresh prepay id.
    pub(crate) async fn prepare(
        &self,
        demand: &Demand<'_>,
        now_ms: i64,
    ) -> Result<Result<String, PayRefusal>> {
        let merchant = self.merchant()?;
        let expires =
            DateTime::from_timestamp_millis(demand.expires_at_ms).context("expiry out of range")?;
        let east8 = FixedOffset::east_opt(8 * 3600).context("zone")?;
        let body = json!({
            "appid": merchant.appid,
            "mchid": merchant.mchid,
            "description": demand.description,
            "out_trade_no": demand.out_trade_no,
            "time_expire": expires.with_timezone(&east8).to_rfc3339_opts(SecondsFormat::Secs, false),
            "notify_url": self.notify_url,
            "amount": {"total": demand.amount.0, "currency": "CNY"},
            "payer": {"openid": demand.openid},
        });
        let answer = self
            .call(Method::POST, "/v3/pay/transactions/jsapi", &body.to_string(), now_ms)
            .await?;
        Ok(match answer {
            Ok(text) => {
                let prepared: serde_json::Value = serde_json::from_str(&text)?;
                Ok(prepared["prepay_id"].as_str().context("no prepay_id in the answer")?.to_owned())
            }
            Err(refusal) => Err(refusal),
        })
    }

    /// Asks what became of a payment; `None` if WeChat never heard of it.
    pub(crate) async fn ask(
        &self,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Option<ProviderWord>> {
        let merchant = self.merchant()?;
        let path =
            format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={}", merchant.mchid);
        match self.call(Method::GET, &path, "", now_ms).await? {
            Ok(text) => Ok(Some(word(merchant, &serde_json::from_str(&text)?, Said::Answered)?)),
            Err(refusal) if refusal.code == "ORDERNOTEXIST" => Ok(None),
            Err(refusal) => bail!("WeChat Pay refused a query: {}", refusal.code),
        }
    }

    /// Closes a payment that nobody made in time.
    pub(crate) async fn close(
        &self,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Result<(), PayRefusal>> {
        let body = json!({"mchid": self.merchant()?.mchid}).to_string();
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        Ok(self.call(Method::POST, &path, &body, now_ms).await?.map(|_| ()))
    }

    /// Opens a callback: the platform's signature first, then the encrypted content.
    ///
    /// # Errors
    /// Says why it is not believed.
    pub fn read_callback(
        &self,
        header: impl Fn(&str) -> Option<String>,
        body: &[u8],
        now_ms: i64,
    ) -> Result<Option<ProviderWord>> {
        let merchant = self.merchant()?;
        signature::verify(merchant, &SignedHeaders::read(header), body, now_ms / 1000)?;
        let notification: Notification =
            serde_json::from_slice(body).context("the callback is not as documented")?;
        if !notification.event_type.starts_with("TRANSACTION.") {
            return Ok(None);
        }
        let content = signature::decrypt(merchant, &notification.resource)?;
        let transaction: Transaction =
            serde_json::from_slice(&content).context("the content is not as documented")?;
        Ok(Some(word(merchant, &transaction, Said::Reported)?))
    }

    /// What the app needs to open WeChat's cashier for a prepay id.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn pay_params(&self, prepay_id: &str, now_ms: i64) -> Result<PayParams> {
        let merchant = self.merchant()?;
        let (time_stamp, nonce_str) = ((now_ms / 1000).to_string(), signature::nonce());
        let package = format!("prepay_id={prepay_id}");
        let pay_sign =
            signature::sign(merchant, &[&merchant.appid, &time_stamp, &nonce_str, &package])?;
        Ok(PayParams {
            app_id: merchant.appid.clone(),
            time_stamp,
            nonce_str,
            package,
            sign_type: "RSA".into(),
            pay_sign,
        })
    }

    /// One signed request and its verified answer. A transport failure is an error, to be tried again.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: &str,
        now_ms: i64,
    ) -> Result<Result<String, PayRefusal>> {
        let merchant = self.merchant()?;
        let (timestamp, nonce) = ((now_ms / 1000).to_string(), signature::nonce());
        let signed = signature::sign(merchant, &[method.as_str(), path, &timestamp, &nonce, body])?;
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signed}\",timestamp=\"{timestamp}\",serial_no=\"{}\"",
            merchant.mchid, merchant.serial
        );
        let answer = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header("Authorization", authorization)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .body(body.to_owned())
            .send()
            .await
            .context("WeChat Pay does not answer")?;
        let status = answer.status();
        let headers = answer.headers().clone();
        let text = answer.bytes().await.context("WeChat Pay's answer broke off")?;
        if status.is_success() {
            let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
            signature::verify(merchant, &SignedHeaders::read(header), &text, now_ms / 1000)?;
            return Ok(Ok(String::from_utf8(text.to_vec()).context("the answer is not UTF-8")?));
        }
        refused(status, &text)
    }
}

/// Errors that a repeat may cure stay errors; the others are WeChat's last word.
fn refused(status: StatusCode, body: &[u8]) -> Result<Result<String, PayRefusal>> {
    let code = serde_json::from_slice::<Refused>(body)
        .map_or_else(|_| "UNREADABLE".to_owned(), |r| r.code);
    // What is not WeChat's JSON came from something in between: ask again.
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || code == "UNREADABLE" {
        bail!("WeChat Pay answered {status} {code}");
    }
    Ok(Err(PayRefusal { code }))
}

fn word(merchant: &Merchant, t: &Transaction, said: Said) -> Result<ProviderWord> {
    if t.appid != merchant.appid || t.mchid != merchant.mchid {
        bail!("the transaction belongs to another merchant");
    }
    let success_at = t.success_time.as_deref().map(Timestamp::parse).transpose()?;
    Ok(ProviderWord {
        said,
        out_trade_no: t.out_trade_no.clone(),
        trade_state: TradeState::from_name(&t.trade_state)
            .with_context(|| format!("unknown trade state {}", t.trade_state))?,
        transaction_id: t.transaction_id.clone(),
        amount: Fen(t.amount.as_ref().map_or(0, |a| a.total)),
        success_at,
    })
}
