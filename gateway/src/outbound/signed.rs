//! Requests signed by a shared secret, as tax platforms have them: `X-Sign` is the upper-case hexadecimal HMAC-SHA256 of
//! `METHOD\npath?query\ntimestamp\nnonce\nbody`. Their callbacks are signed the same way.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use rand::RngCore;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::credentials::TaxApp;
use super::issuer::{Callback, Refused};

/// The code of an answer that is not the platform's JSON.
const UNREADABLE: &str = "UNREADABLE";
/// Longest answer that is read, in bytes: a document.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;
/// How old a callback's timestamp may be, in seconds.
const LEEWAY_S: u64 = 300;

/// A seller's connection to a platform.
pub(super) struct SignedClient {
    base_url: String,
    app: Option<TaxApp>,
    client: reqwest::Client,
    /// The section of the configuration, for people.
    section: &'static str,
}

#[derive(Deserialize)]
struct RefusedBody {
    code: String,
    #[serde(default)]
    message: String,
}

impl SignedClient {
    /// Reads the seller's key. Without a folder every call is refused.
    pub(super) fn open(section: &'static str, url: &str, folder: &Path) -> Result<SignedClient> {
        let app = (!folder.as_os_str().is_empty()).then(|| TaxApp::read(folder)).transpose()?;
        let client = super::client()?;
        Ok(SignedClient { base_url: url.trim_end_matches('/').to_owned(), app, client, section })
    }

    /// Posts JSON, or gets if there is none. `Err` inside: the platform's word that it does not.
    pub(super) async fn call(
        &self,
        (path, body): (&str, Option<&serde_json::Value>),
        now_ms: i64,
    ) -> Result<Result<Vec<u8>, Refused>> {
        let app = self.app.as_ref().with_context(|| {
            format!("the platform is not configured: set {}.credentials_dir", self.section)
        })?;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let body = body.map(serde_json::Value::to_string).unwrap_or_default();
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
            .header("X-Sign", hmac(&app.tax_app_secret, text.as_bytes())?)
            .body(body)
            .send()
            .await
            .context("the platform does not answer")?;
        let status = answer.status();
        let content = whole(answer).await?;
        if status.is_success() {
            return Ok(Ok(content));
        }
        refused(status, &content).map(Err)
    }

    /// Checks the signature of a callback.
    pub(super) fn check(&self, callback: &Callback<'_>, now_ms: i64) -> Result<()> {
        let app = self.app.as_ref().context("no platform is configured")?;
        let header = |name: &str| {
            let value = callback.headers.get(name).and_then(|value| value.to_str().ok());
            value.with_context(|| format!("no {name}"))
        };
        ensure!(header("X-App-Key")? == app.tax_app_key, "of another app");
        let timestamp = header("X-Timestamp")?;
        let age_s = (now_ms / 1000).abs_diff(timestamp.parse().context("X-Timestamp")?);
        ensure!(age_s <= LEEWAY_S, "signed {age_s} s before or after now");
        let mut text = format!("POST\n{}\n{timestamp}\n{}\n", callback.path, header("X-Nonce")?);
        let start = text.len();
        text.push_str(std::str::from_utf8(callback.body).context("the body is no text")?);
        ensure!(text.len() - start == callback.body.len(), "the body changed");
        let expected = hmac(&app.tax_app_secret, text.as_bytes())?;
        let given = header("X-Sign")?;
        let same =
            given.len() == expected.len() && memcmp::eq(given.as_bytes(), expected.as_bytes());
        ensure!(same, "the signature does not hold");
        Ok(())
    }
}

/// The body of an answer. One that does not end is not waited for.
async fn whole(mut answer: reqwest::Response) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    while let Some(part) = answer.chunk().await.context("the platform's answer broke off")? {
        content.extend_from_slice(&part);
        ensure!(content.len() <= ANSWER_LIMIT, "the platform's answer is longer than 8 MiB");
    }
    Ok(content)
}

/// An answer that something between us and the platform may have made is asked for again: taken
/// for a refusal, it would give the orders back while the platform issues all the same.
fn refused(status: StatusCode, content: &[u8]) -> Result<Refused> {
    let said = serde_json::from_slice::<RefusedBody>(content)
        .unwrap_or_else(|_| RefusedBody { code: UNREADABLE.into(), message: String::new() });
    let (code, text) = (said.code, said.message);
    match (status, code.as_str()) {
        (_, UNREADABLE) => bail!("the platform answered {status}, unreadable"),
        (_, "LOGIN_LOST") => Ok(Refused::LoginLost),
        (_, "REQUEST_NO_USED") => Ok(Refused::NumberKnown),
        (
            StatusCode::CONFLICT
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::BAD_REQUEST
            | StatusCode::NOT_FOUND,
            _,
        ) => Ok(Refused::Final { code, text }),
        _ => bail!("the platform answered {status} {code}"),
    }
}

/// Upper-case hex HMAC-SHA256.
fn hmac(secret: &str, text: &[u8]) -> Result<String> {
    let key = PKey::hmac(secret.as_bytes())?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(text)?;
    Ok(hex::encode_upper(signer.sign_to_vec()?))
}

impl fmt::Debug for SignedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedClient({})", self.base_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, content: &str, expected: Option<&Refused>) {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(
            refused(status, content.as_bytes()).ok().as_ref(),
            expected,
            "{status} {content}"
        );
    }

    #[test]
    fn only_what_the_platform_said_itself_is_its_last_word() {
        let last = |code: &str| Refused::Final { code: code.into(), text: "x".into() };
        let said = |code: &str| format!("{{\"code\":\"{code}\",\"message\":\"x\"}}");
        check(422, &said("TOTALS_MISMATCH"), Some(&last("TOTALS_MISMATCH")));
        check(404, &said("REQUEST_NOT_FOUND"), Some(&last("REQUEST_NOT_FOUND")));
        check(409, &said("REQUEST_NO_USED"), Some(&Refused::NumberKnown));
        check(403, &said("LOGIN_LOST"), Some(&Refused::LoginLost));
        check(401, &said("SIGN_ERROR"), None);
        check(500, &said("SYSTEM_ERROR"), None);
        check(429, &said("FREQUENCY_LIMITED"), None);
        check(404, "<html>not found</html>", None);
        check(502, "", None);
    }

    #[test]
    fn a_callback_that_was_signed_long_ago_or_ahead_is_refused_whatever_its_number() {
        let app = TaxApp { tax_app_key: "k".into(), tax_app_secret: "s".into() };
        let client = crate::outbound::client().unwrap();
        let client =
            SignedClient { base_url: String::new(), app: Some(app), client, section: "tax" };
        for (timestamp, is_taken) in [
            ("1000", true),
            ("700", true),
            ("1300", true),
            ("699", false),
            ("1301", false),
            ("-9223372036854775808", false),
            ("9223372036854775807", false),
            ("soon", false),
        ] {
            let sign = hmac("s", format!("POST\n/notify\n{timestamp}\nn\n{{}}").as_bytes());
            let told = [("x-app-key", "k"), ("x-timestamp", timestamp), ("x-nonce", "n")];
            let mut headers = axum::http::HeaderMap::new();
            for (name, value) in told.into_iter().chain([("x-sign", sign.unwrap().as_str())]) {
                headers.insert(name, value.parse().unwrap());
            }
            let callback = Callback { path: "/notify", headers: &headers, body: b"{}" };
            assert_eq!(client.check(&callback, 1_000_000).is_ok(), is_taken, "{timestamp}");
        }
    }

    #[test]
    fn the_signature_is_that_of_a_published_example() {
        // RFC 4231, test case 2.
        let expected = "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843";
        assert_eq!(hmac("Jefe", b"what do ya want for nothing?").unwrap(), expected);
    }
}
