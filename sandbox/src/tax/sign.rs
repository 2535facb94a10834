//! Authentication at the tax platform: `X-Sign` is the upper-case hexadecimal HMAC-SHA256, with the
//! app's secret, of `METHOD\npath?query\ntimestamp\nnonce\nbody`. Answers are not signed.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::BODY_LIMIT;
use super::refusal::Refusal;
use crate::app::App;
use crate::keys::Account;

/// How far `X-Timestamp` may be from the platform's clock, seconds.
const TIMESTAMP_LEEWAY_S: i64 = 300;

pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return Refusal::TooLarge.into_response();
    };
    let now_s = app.now().machine_ms / 1000;
    match check(&app.keys.merchant.account, &parts, &body, now_s) {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn check(account: &Account, parts: &Parts, body: &[u8], now_s: i64) -> Result<(), Refusal> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-app-key") != Some(&account.tax_app_key) {
        return Err(Refusal::Sign("X-App-Key缺失或不存在"));
    }
    let timestamp = header("x-timestamp").ok_or(Refusal::Sign("X-Timestamp缺失"))?;
    let age_s = timestamp.parse::<i64>().ok().map(|sent_s| now_s.saturating_sub(sent_s));
    if age_s.is_none_or(|age_s| age_s.saturating_abs() > TIMESTAMP_LEEWAY_S) {
        return Err(Refusal::Sign("X-Timestamp与当前时间相差超过5分钟"));
    }
    let nonce = header("x-nonce").filter(|nonce| (8..=64).contains(&nonce.len()));
    let nonce = nonce.ok_or(Refusal::Sign("X-Nonce须为8到64个字符"))?;
    let given = header("x-sign").ok_or(Refusal::Sign("X-Sign缺失"))?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let start = format!("{}\n{path}\n{timestamp}\n{nonce}\n", parts.method);
    let expected = signature(&account.tax_app_secret, start.as_bytes(), body)
        .map_err(|error| Refusal::System(error.to_string()))?;
    if given.len() != expected.len() || !memcmp::eq(given.as_bytes(), expected.as_bytes()) {
        return Err(Refusal::Sign("X-Sign错误"));
    }
    Ok(())
}

pub(super) fn signature(secret: &str, start: &[u8], body: &[u8]) -> Result<String, ErrorStack> {
    let key = PKey::hmac(secret.as_bytes())?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(start)?;
    signer.update(body)?;
    Ok(hex::encode_upper(signer.sign_to_vec()?))
}
