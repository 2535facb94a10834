//! WeChat login: a code from the phone is exchanged for the user's openid, for a mini program
//! (`jscode2session`) and for a web page inside WeChat (`snsapi_base`: WeChat sends the phone from
//! `/connect/oauth2/authorize` back to the page with a code, without asking the user).
//!
//! `POST /sandbox/login-code` plays the phone. A code is good once, for 5 minutes of machine time,
//! and is forgotten by a restart. The openid of a user is the same for ever: it is derived from the
//! app's secret and the user's name.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use openssl::rand::rand_bytes;
use openssl::sha::sha256;
use serde::Deserialize;
use serde_json::{Value, json};

use super::order::{fits, require};
use super::refusal::Refusal;
use crate::app::App;
use crate::keys::{Account, random_hex};

const CODE_LIFE_MS: i64 = 5 * 60_000;
const UNUSED_CODES: usize = 10_000;

/// Codes handed out and not yet used.
#[derive(Default)]
pub(crate) struct LoginCodes {
    unused: HashMap<String, Code>,
}

struct Code {
    user: String,
    expires_ms: i64,
}

#[derive(Deserialize)]
struct Phone {
    user: String,
}

#[derive(Deserialize)]
pub(super) struct Exchange {
    appid: Option<String>,
    secret: Option<String>,
    js_code: Option<String>,
    grant_type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WebExchange {
    appid: Option<String>,
    secret: Option<String>,
    code: Option<String>,
    grant_type: Option<String>,
}

/// What a page sends the phone to WeChat with.
#[derive(Deserialize)]
pub(super) struct Authorize {
    appid: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    #[serde(default)]
    state: String,
    /// Whose phone it is; WeChat knows that by itself.
    user: Option<String>,
}

impl LoginCodes {
    fn hand_out(&mut self, user: String, now_ms: i64) -> String {
        self.unused.retain(|_, code| code.expires_ms > now_ms);
        if self.unused.len() >= UNUSED_CODES {
            // A tester who asks for that many is not going to use them.
            self.unused.clear();
        }
        let code = random_hex(16);
        let expires_ms = now_ms.saturating_add(CODE_LIFE_MS);
        self.unused.insert(code.clone(), Code { user, expires_ms });
        code
    }

    fn redeem(&mut self, code: &str, now_ms: i64) -> Option<String> {
        self.unused.remove(code).filter(|code| code.expires_ms > now_ms).map(|code| code.user)
    }
}

pub(super) async fn make_code(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let phone: Phone =
        serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    require(fits(&phone.user, 1, 128), "user", "长度1到128")?;
    app.blocking(move |app| {
        // WeChat itself knows whose phone it is; the simulated phone needs the openid for the cashier.
        let openid = openid(&app.keys.merchant.account, &phone.user);
        let code = app.memory().codes.hand_out(phone.user, app.now().machine_ms);
        Ok(Json(json!({"code": code, "openid": openid})))
    })
    .await
}

/// `GET /sns/jscode2session`. As at WeChat the status is always 200 and the type `text/plain`.
pub(super) async fn exchange(
    State(app): State<Arc<App>>,
    Query(exchange): Query<Exchange>,
) -> Response {
    let answer = app.blocking(move |app| session(app, &exchange)).await;
    ([(CONTENT_TYPE, "text/plain")], answer.to_string()).into_response()
}

/// `GET /sns/oauth2/access_token`, for a code of a web page.
pub(super) async fn exchange_web(
    State(app): State<Arc<App>>,
    Query(exchange): Query<WebExchange>,
) -> Response {
    let answer = app.blocking(move |app| {
        let asked = Exchange {
            appid: exchange.appid,
            secret: exchange.secret,
            js_code: exchange.code,
            grant_type: exchange.grant_type,
        };
        let session = session(app, &asked);
        let Some(openid) = session["openid"].as_str() else { return session };
        json!({
            "access_token": random_hex(32),
            "expires_in": 7200,
            "refresh_token": random_hex(32),
            "openid": openid,
            "scope": "snsapi_base",
        })
    });
    ([(CONTENT_TYPE, "text/plain")], answer.await.to_string()).into_response()
}

/// `GET /connect/oauth2/authorize`: back to the page, with a code.
pub(super) async fn authorize(
    State(app): State<Arc<App>>,
    Query(asked): Query<Authorize>,
) -> Result<Redirect, Refusal> {
    require(asked.response_type == "code", "response_type", "须为code")?;
    require(asked.scope == "snsapi_base", "scope", "只支持snsapi_base")?;
    if asked.appid != app.keys.merchant.account.appid {
        return Err(Refusal::AppidMchidMismatch);
    }
    let page = reqwest::Url::parse(&asked.redirect_uri);
    let mut page =
        page.map_err(|_| Refusal::Param { field: "redirect_uri", issue: "须为完整地址" })?;
    let user = asked.user.unwrap_or_else(|| "somebody".to_owned());
    let code = app
        .blocking(move |app| {
            let now_ms = app.now().machine_ms;
            app.memory().codes.hand_out(user, now_ms)
        })
        .await;
    page.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
    Ok(Redirect::to(page.as_str()))
}

fn session(app: &App, exchange: &Exchange) -> Value {
    let account = &app.keys.merchant.account;
    if exchange.grant_type.as_deref() != Some("authorization_code") {
        return json!({"errcode": 40002, "errmsg": "invalid grant_type"});
    }
    if exchange.appid.as_deref() != Some(&account.appid) {
        return json!({"errcode": 40013, "errmsg": "invalid appid"});
    }
    if exchange.secret.as_deref() != Some(&account.app_secret) {
        return json!({"errcode": 40125, "errmsg": "invalid appsecret"});
    }
    let code = exchange.js_code.as_deref().unwrap_or_default();
    match app.memory().codes.redeem(code, app.now().machine_ms) {
        Some(user) => json!({"openid": openid(account, &user), "session_key": session_key()}),
        None => json!({"errcode": 40029, "errmsg": "invalid code"}),
    }
}

fn openid(account: &Account, user: &str) -> String {
    let digest = sha256(format!("{}\n{}\n{user}", account.appid, account.app_secret).as_bytes());
    format!("o{}", &URL_SAFE_NO_PAD.encode(digest)[..27])
}

fn session_key() -> String {
    let mut key = [0; 16];
    rand_bytes(&mut key).expect("OpenSSL's generator is seeded by the system");
    BASE64.encode(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_code_works_once_and_for_five_minutes() {
        let mut codes = LoginCodes::default();
        let early = codes.hand_out("driver-1".into(), 0);
        let late = codes.hand_out("driver-2".into(), 0);
        assert_eq!(codes.redeem(&early, 299_999).as_deref(), Some("driver-1"));
        assert_eq!(codes.redeem(&early, 299_999), None);
        assert_eq!(codes.redeem(&late, 300_000), None);
    }
}
