//! A callback about a document: what a poll would answer, signed as the merchant signs its requests.
//!
//! The merchant has taken it when it answers 200 or 204. Callbacks may be lost, late, out of order or
//! repeated, so a merchant believes a poll.

use super::refusal::Refusal;
use super::sign::signature;
use crate::app::App;
use crate::keys::random_hex;

/// How old the timestamp of a stale one is.
const STALE_S: i64 = 600;

/// Body and headers.
pub(crate) struct Callback {
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// When a callback claims to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    Now,
    TenMinutesAgo,
}

/// What is posted about a document at that status.
pub(crate) fn callback(
    app: &App,
    (request_no, status): (&str, &str),
    url: &str,
    signed: Signed,
) -> Result<Callback, Refusal> {
    let now = app.now();
    let memory = app.memory();
    let invoice = memory.register.find(request_no).ok_or(Refusal::RequestNotFound)?;
    let mut told = invoice.shown(now);
    told["event"] = status.into();
    drop(memory);
    let body = told.to_string().into_bytes();
    let stale_s = if signed == Signed::TenMinutesAgo { STALE_S } else { 0 };
    let at = (now.machine_ms / 1000 - stale_s).to_string();
    let nonce = random_hex(16);
    let start = format!("POST\n{}\n{at}\n{nonce}\n", path_of(url));
    let account = &app.keys.merchant.account;
    let sign = signature(&account.tax_app_secret, start.as_bytes(), &body)
        .map_err(|error| Refusal::System(error.to_string()))?;
    let headers = vec![
        ("X-App-Key", account.tax_app_key.clone()),
        ("X-Timestamp", at),
        ("X-Sign", sign),
        ("X-Nonce", nonce),
    ];
    Ok(Callback { body, headers })
}

/// `http://host:1/a/b?c` is signed as `/a/b?c`.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_signed_with_its_query() {
        for (url, path) in [
            ("http://127.0.0.1:9/api/v1/tax/notify", "/api/v1/tax/notify"),
            ("https://a.example/n?x=1", "/n?x=1"),
            ("http://a.example", "/"),
        ] {
            assert_eq!(path_of(url), path);
        }
    }
}
