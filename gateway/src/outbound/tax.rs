//! The tax platform in its generic asynchronous shape: submit with our own number, then ask.
//! The same number with the same content is one invoice, whatever is repeated.

use anyhow::{Context, Result, bail};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use rand::RngCore;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use vocabulary::Timestamp;

use super::credentials::TaxApp;
use crate::config::Tax;

/// The code of an answer that is not the platform's JSON.
const UNREADABLE: &str = "UNREADABLE";

/// A seller's connection to the platform.
#[derive(Debug)]
pub struct TaxPlatform {
    base_url: String,
    app: Option<TaxApp>,
    client: reqwest::Client,
}

/// How far an invoice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxStatus {
    Accepted,
    Issuing,
    Issued,
    DocumentReady,
    Rejected,
}

/// The platform's word about an invoice.
#[derive(Clone, Debug, Deserialize)]
pub struct TaxAnswer {
    pub status: TaxStatus,
    pub serial_no: Option<String>,
    pub invoice_number: Option<String>,
    pub issued_at: Option<Timestamp>,
    pub reject_reason: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
}

impl TaxPlatform {
    /// Reads the seller's key. Without `credentials_dir` every call is refused.
    ///
    /// # Errors
    /// When the file is missing or malformed.
    pub fn open(settings: &Tax) -> Result<TaxPlatform> {
        let folder = &settings.credentials_dir;
        let app = (!folder.as_os_str().is_empty()).then(|| TaxApp::read(folder)).transpose()?;
        Ok(TaxPlatform {
            base_url: settings.url.trim_end_matches('/').to_owned(),
            app,
            client: super::client()?,
        })
    }

    /// Hands a request in. `Err` inside: the platform's last word, its code.
    pub(crate) async fn submit(
        &self,
        body: &serde_json::Value,
        now_ms: i64,
    ) -> Result<Result<TaxAnswer, String>> {
        self.call(Method::POST, "/tax/v1/invoices", &body.to_string(), now_ms).await
    }

    /// Asks how far a request is.
    pub(crate) async fn ask(
        &self,
        request_no: &str,
        now_ms: i64,
    ) -> Result<Result<TaxAnswer, String>> {
        self.call(Method::GET, &format!("/tax/v1/invoices/{request_no}"), "", now_ms).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: &str,
        now_ms: i64,
    ) -> Result<Result<TaxAnswer, String>> {
        let app = self
            .app
            .as_ref()
            .context("the tax platform is not configured: set tax.credentials_dir")?;
        let mut bytes = [0_u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        let (timestamp, nonce) = ((now_ms / 1000).to_string(), hex::encode(bytes));
        let text = format!("{method}\n{path}\n{timestamp}\n{nonce}\n{body}");
        let answer = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header("Content-Type", "application/json")
            .header("X-App-Key", &app.tax_app_key)
            .header("X-Timestamp", timestamp)
            .header("X-Nonce", nonce)
            .header("X-Sign", hmac(&app.tax_app_secret, &text)?)
            .body(body.to_owned())
            .send()
            .await
            .context("the tax platform does not answer")?;
        let status = answer.status();
        let content = answer.bytes().await.context("the tax platform's answer broke off")?;
        if status.is_success() {
            return Ok(Ok(
                serde_json::from_slice(&content).context("the answer is not as documented")?
            ));
        }
        let code = serde_json::from_slice::<Refused>(&content)
            .map_or_else(|_| UNREADABLE.into(), |r| r.code);
        if !is_last_word(status, &code) {
            bail!("the tax platform answered {status} {code}");
        }
        Ok(Err(code))
    }
}

/// An answer that something between us and the platform may have made is asked for again: taken
/// for a refusal, it would give the orders back while the platform issues all the same.
fn is_last_word(status: StatusCode, code: &str) -> bool {
    let refused = matches!(
        status,
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST
    );
    (refused || status == StatusCode::NOT_FOUND) && code != UNREADABLE
}

/// Upper-case hex HMAC-SHA256.
fn hmac(secret: &str, text: &str) -> Result<String> {
    let key = PKey::hmac(secret.as_bytes())?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(text.as_bytes())?;
    Ok(hex::encode_upper(signer.sign_to_vec()?))
}
