//! In front of every merchant route: the request's signature is checked, the answer is signed.
//!
//! Also asks for `Accept` and `User-Agent`, which the real service refuses to do without.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::BODY_LIMIT;
use super::refusal::Refusal;
use super::sign::{Authorization, SCHEME, TIMESTAMP_LEEWAY_S, message, sign, verifies};
use crate::app::App;
use crate::keys::certificates::Certified;
use crate::keys::{Merchant, random_hex};
use crate::troubles::HttpTrouble;

/// Longest answer the guard signs; ours are a few kilobytes.
const ANSWER_LIMIT: usize = 1024 * 1024;
/// How old a signature is that comes too late, seconds.
const STALE_S: i64 = 600;

/// With what the platform signs.
pub(super) enum Under {
    PublicKey,
    Certificate(Certified),
}

/// When it signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    Now,
    TenMinutesAgo,
}

pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let asked = asked_serial(&request);
    let app_here = app.clone();
    let under = app_here.blocking(move |app| under(app, asked.as_deref())).await;
    let unsigned = request.uri().path() == "/v3/billdownload/file";
    let answer = match admit(&app, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if unsigned && answer.status().is_success() {
        return answer;
    }
    match signed(&app, answer, under).await {
        Ok(answer) => answer,
        Err(error) => Refusal::System(error.to_string()).into_response(),
    }
}

/// The four signature headers for a body, as on an answer or a notification.
pub(super) fn signature_headers(
    app: &App,
    under: &Under,
    when: Signed,
    body: &[u8],
) -> [(&'static str, String); 5] {
    let age_s = if when == Signed::Now { 0 } else { STALE_S };
    let timestamp = (app.now().machine_ms / 1000 - age_s).to_string();
    let nonce = random_hex(16);
    let message = message(&[timestamp.as_bytes(), nonce.as_bytes(), body]);
    let (key, serial) = match under {
        Under::PublicKey => (&app.keys.platform.key, app.keys.platform.public_key_id.clone()),
        Under::Certificate(one) => (&one.key, one.serial()),
    };
    let signature = sign(key, &message);
    [
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", nonce),
        ("wechatpay-signature", signature),
        ("wechatpay-serial", serial),
        ("wechatpay-signature-type", SCHEME.to_owned()),
    ]
}

/// A signature that cannot hold, marked like WeChat Pay's own probes.
pub(super) fn wrong_signature(signature: &str) -> String {
    format!("WECHATPAY/SIGNTEST/{signature}")
}

/// Which key of the platform the merchant says it works with: `/v3/certificates` is for those who
/// work with certificates.
fn asked_serial(request: &Request) -> Option<String> {
    if request.uri().path() == "/v3/certificates" {
        return Some("certificate".to_owned());
    }
    let asked = request.headers().get("wechatpay-serial").and_then(|value| value.to_str().ok());
    asked.map(str::to_owned)
}

/// The platform signs with the partner of its public key if the merchant names that, or names nothing
/// and gets its notifications so; else with its certificate.
fn under(app: &App, asked: Option<&str>) -> Under {
    let certificates = &app.memory().certificates;
    let by_key = match asked {
        Some(serial) => serial == app.keys.platform.public_key_id,
        None => !certificates.for_notices,
    };
    if by_key { Under::PublicKey } else { Under::Certificate(certificates.signing().clone()) }
}

/// With what a notification is signed.
pub(super) fn under_for_notices(app: &App) -> Under {
    under(app, None)
}

async fn admit(app: &Arc<App>, request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Refusal::TooLarge)?;
    let (parts, body) = app
        .blocking(move |app| {
            let now_s = app.now().machine_ms / 1000;
            check(&app.keys.merchant, &parts, &body, now_s).map(|()| (parts, body))
        })
        .await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn check(merchant: &Merchant, parts: &Parts, body: &Bytes, now_s: i64) -> Result<(), Refusal> {
    require_named(&parts.headers)?;
    let given =
        parts.headers.get(AUTHORIZATION).and_then(Authorization::parse).ok_or(Refusal::Sign {
            field: "authorization",
            issue: "Authorization缺失或格式错误",
        })?;
    let age_s = given.timestamp.parse::<i64>().ok().map(|sent_s| now_s.saturating_sub(sent_s));
    if age_s.is_none_or(|age_s| age_s.saturating_abs() > TIMESTAMP_LEEWAY_S) {
        return Err(Refusal::Sign {
            field: "timestamp",
            issue: "timestamp与当前时间相差超过5分钟",
        });
    }
    if given.mchid != merchant.account.mchid {
        return Err(Refusal::MchNotExists);
    }
    if given.serial_no != merchant.serial {
        return Err(Refusal::Sign { field: "serial_no", issue: "商户证书序列号有误" });
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let message = message(&[
        parts.method.as_str().as_bytes(),
        path.as_bytes(),
        given.timestamp.as_bytes(),
        given.nonce_str.as_bytes(),
        body,
    ]);
    if !verifies(&merchant.public_key, &message, &given.signature) {
        return Err(Refusal::Sign { field: "signature", issue: "签名错误" });
    }
    Ok(())
}

fn require_named(headers: &HeaderMap) -> Result<(), Refusal> {
    for (name, field) in [(ACCEPT, "Accept"), (USER_AGENT, "User-Agent")] {
        if !headers.contains_key(name) {
            return Err(Refusal::Param { field, issue: "HTTP头缺失" });
        }
    }
    Ok(())
}

async fn signed(app: &Arc<App>, answer: Response, under: Under) -> anyhow::Result<Response> {
    let (mut parts, body) = answer.into_parts();
    let trouble = parts.extensions.get::<HttpTrouble>().copied().unwrap_or(HttpTrouble::Normal);
    if trouble == HttpTrouble::BrokenOff {
        return Ok(Response::from_parts(parts, body));
    }
    let body = to_bytes(body, ANSWER_LIMIT).await?;
    let to_sign = body.clone();
    let headers = app
        .blocking(move |app| {
            let stale = trouble == HttpTrouble::StaleSignature;
            let when = if stale { Signed::TenMinutesAgo } else { Signed::Now };
            let mut headers = signature_headers(app, &under, when, &to_sign);
            if trouble == HttpTrouble::WrongSignature {
                headers[2].1 = wrong_signature(&headers[2].1);
            }
            headers
        })
        .await;
    for (name, value) in headers {
        parts.headers.insert(name, HeaderValue::from_str(&value)?);
    }
    parts.headers.insert("request-id", HeaderValue::from_str(&random_hex(16))?);
    Ok(Response::from_parts(parts, Body::from(body)))
}
