//! WeChat login.

use serde_json::{Value, json};

use crate::merchant::parse;
use crate::shop::{Shop, open_shop};

async fn code(shop: &Shop, user: &str) -> String {
    let (status, body) = shop.plain_post("/sandbox/login-code", &json!({"user": user})).await;
    assert_eq!(status, 200, "{body}");
    body["code"].as_str().expect("a code").to_owned()
}

async fn exchange(shop: &Shop, query: &[(&str, &str)]) -> Value {
    let request = shop.merchant.http.get(format!("{}/sns/jscode2session", shop.base));
    let answer = request.query(query).send().await.expect("the sandbox answers");
    assert_eq!(answer.status(), 200);
    parse(&answer.text().await.expect("a body"))
}

async fn sign_in(shop: &Shop, code: &str) -> Value {
    let (appid, secret) = (shop.merchant.app("appid"), shop.merchant.app("app_secret"));
    let grant = ("grant_type", "authorization_code");
    exchange(shop, &[("appid", appid), ("secret", secret), ("js_code", code), grant]).await
}

#[tokio::test]
async fn a_login_code_gives_the_users_own_openid_once() {
    let (_server, shop) = open_shop().await;
    let first_code = code(&shop, "driver-17").await;
    let first = sign_in(&shop, &first_code).await;
    assert_eq!(first["openid"].as_str().unwrap().len(), 28);
    assert!(first["session_key"].is_string());
    assert_eq!(sign_in(&shop, &first_code).await["errcode"], 40029);

    let again = sign_in(&shop, &code(&shop, "driver-17").await).await;
    let other = sign_in(&shop, &code(&shop, "driver-18").await).await;
    assert_eq!(again["openid"], first["openid"]);
    assert_ne!(other["openid"], first["openid"]);
}

#[tokio::test]
async fn a_sign_in_with_wrong_credentials_is_refused_and_spends_no_code() {
    let (_server, shop) = open_shop().await;
    let code = code(&shop, "driver-17").await;
    let right = [
        ("appid", shop.merchant.app("appid")),
        ("secret", shop.merchant.app("app_secret")),
        ("js_code", code.as_str()),
        ("grant_type", "authorization_code"),
    ];
    for (n, errcode) in [(0, 40013), (1, 40125), (2, 40029), (3, 40002)] {
        let mut wrong = right;
        wrong[n].1 = "wrong";
        assert_eq!(exchange(&shop, &wrong).await["errcode"], errcode, "{}", right[n].0);
        let without: Vec<_> = right.into_iter().filter(|pair| pair.0 != right[n].0).collect();
        assert_eq!(exchange(&shop, &without).await["errcode"], errcode, "no {}", right[n].0);
    }
    assert!(exchange(&shop, &right).await["openid"].is_string());
}
