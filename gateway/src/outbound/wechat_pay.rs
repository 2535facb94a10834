//! WeChat Pay API v3: signed requests, verified answers, and its reports.
//!
//! What is asked for stands in `wechat_pay/`: orders by three doors, refunds, the bill of a day, pay after
//! parking. **Invariant:** nothing is believed before its signature is, and nothing of another merchant.
//! Source: pay.weixin.qq.com/doc/v3/merchant/4012525167 (JSAPI) and 4012525182 (callback).

mod bill;
mod orders;
mod parking;
mod refunds;

use std::fmt;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::channel::{PayRefusal, Report};
use super::credentials::Merchant;
use super::wechat_signature::{self as signature, Resource, SignedHeaders};
use super::wechat_trust::{Published, Trust};
use crate::config::Wechat;

pub use bill::TradeBill;
pub use orders::PayParams;
pub(crate) use parking::{Fee, ParkingState, Vehicle};

/// A merchant's connection to WeChat Pay.
pub struct WechatPay {
    base_url: String,
    notify_url: String,
    account: Option<Account>,
    client: reqwest::Client,
}

struct Account {
    merchant: Merchant,
    trust: Trust,
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

impl fmt::Debug for WechatPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WechatPay({})", self.base_url)
    }
}

impl WechatPay {
    /// Reads the merchant's keys. Without `credentials_dir` every call is refused.
    ///
    /// # Errors
    /// When a key file is missing or malformed.
    pub fn open(settings: &Wechat) -> Result<WechatPay> {
        let folder = &settings.credentials_dir;
        let account = (!folder.as_os_str().is_empty()).then(|| {
            let mut merchant = Merchant::read(folder)?;
            let trust = Trust::of(merchant.platform_key.take(), settings.certificates)?;
            Ok::<_, anyhow::Error>(Account { merchant, trust })
        });
        Ok(WechatPay {
            base_url: settings.pay_url.trim_end_matches('/').to_owned(),
            notify_url: settings.notify_url.clone(),
            account: account.transpose()?,
            client: super::client()?,
        })
    }

    fn account(&self) -> Result<&Account> {
        self.account.as_ref().context("WeChat Pay is not configured: set wechat.credentials_dir")
    }

    fn merchant(&self) -> Result<&Merchant> {
        Ok(&self.account()?.merchant)
    }

    /// Whether there is a merchant to ask for.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.account.is_some()
    }

    /// The merchant's number, if there is one.
    #[must_use]
    pub fn merchant_id(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.merchant.mchid.as_str())
    }

    /// Opens a report: the platform's signature first, then the encrypted content.
    ///
    /// # Errors
    /// Says why it is not believed.
    pub fn read_callback(
        &self,
        header: impl Fn(&str) -> Option<String>,
        body: &[u8],
        now_ms: i64,
    ) -> Result<Report> {
        let account = self.account()?;
        let headers = SignedHeaders::read(header);
        let key = account.trust.key(&headers.serial, now_ms);
        let key = key.context("signed with a key that is not known as the platform's")?;
        signature::verify(&key, &headers, body, now_ms / 1000)?;
        let notification: Notification =
            serde_json::from_slice(body).context("the report is not as documented")?;
        let content = signature::decrypt(&account.merchant, &notification.resource)?;
        match notification.event_type.split_once('.') {
            Some(("TRANSACTION", _)) => {
                orders::reported(&account.merchant, &content).map(Report::Payment)
            }
            Some(("REFUND", _)) => {
                refunds::reported(&account.merchant, &content).map(Report::Refund)
            }
            _ => Ok(Report::Other),
        }
    }

    /// Looks for new platform certificates if it is time, or if something was signed with an unknown one.
    ///
    /// # Errors
    /// When WeChat Pay does not answer, or what it answers is not to be believed.
    pub(crate) async fn refresh_trust(&self, now_ms: i64) -> Result<()> {
        match &self.account {
            Some(account) if account.trust.is_due(now_ms) => self.read_certificates(now_ms).await,
            _ => Ok(()),
        }
    }

    async fn read_certificates(&self, now_ms: i64) -> Result<()> {
        let account = self.account()?;
        let (status, headers, text) =
            self.send(Method::GET, "/v3/certificates", "", now_ms).await?;
        if !status.is_success() {
            bail!("WeChat Pay answered {status} for its certificates");
        }
        let published: Published =
            serde_json::from_slice(&text).context("the certificates are not as documented")?;
        account.trust.take(&account.merchant, &published, now_ms)?;
        self.believe(&headers, &text, now_ms)
    }

    /// One signed request and its verified answer. A transport failure is an error, to be tried again.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: &str,
        now_ms: i64,
    ) -> Result<Result<String, PayRefusal>> {
        let trust = &self.account()?.trust;
        if trust.wanted_serial().is_none() && trust.is_due(now_ms) {
            self.read_certificates(now_ms).await?;
        }
        let (status, headers, text) = self.send(method, path, body, now_ms).await?;
        if !status.is_success() {
            return refused(status, &text);
        }
        if let Err(error) = self.believe(&headers, &text, now_ms) {
            // It may have been signed with a certificate that is new.
            if !trust.is_due(now_ms) {
                return Err(error);
            }
            self.read_certificates(now_ms).await?;
            self.believe(&headers, &text, now_ms)?;
        }
        Ok(Ok(String::from_utf8(text).context("the answer is not UTF-8")?))
    }

    fn believe(&self, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Result<()> {
        let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        let headers = SignedHeaders::read(header);
        let key = self.account()?.trust.key(&headers.serial, now_ms);
        let key = key.context("signed with a key that is not known as the platform's")?;
        signature::verify(&key, &headers, body, now_ms / 1000)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
        now_ms: i64,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>)> {
        let account = self.account()?;
        let merchant = &account.merchant;
        let (timestamp, nonce) = ((now_ms / 1000).to_string(), signature::nonce());
        let signed = signature::sign(merchant, &[method.as_str(), path, &timestamp, &nonce, body])?;
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signed}\",timestamp=\"{timestamp}\",serial_no=\"{}\"",
            merchant.mchid, merchant.serial
        );
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header("Authorization", authorization)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json");
        if let Some(serial) = account.trust.wanted_serial() {
            request = request.header("Wechatpay-Serial", serial);
        }
        let answer = request.body(body.to_owned()).send().await;
        let answer = answer.context("WeChat Pay does not answer")?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.bytes().await.context("WeChat Pay's answer broke off")?;
        Ok((status, headers, text.to_vec()))
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

/// RFC 3339 to the second at +08:00, as WeChat Pay reads instants.
fn beijing(at_ms: i64) -> Result<String> {
    let at = DateTime::from_timestamp_millis(at_ms).context("an instant out of range")?;
    let east8 = FixedOffset::east_opt(8 * 3600).context("zone")?;
    Ok(at.with_timezone(&east8).to_rfc3339_opts(SecondsFormat::Secs, false))
}

fn require_ours(merchant: &Merchant, appid: Option<&str>, mchid: &str) -> Result<()> {
    if appid.is_some_and(|appid| appid != merchant.appid) || mchid != merchant.mchid {
        bail!("it is about another merchant");
    }
    Ok(())
}
