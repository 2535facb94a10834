//! Troubles of the imitated services, and that they can be switched off again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::merchant::parse;
use crate::shop::{open_shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";

#[tokio::test]
async fn an_error_does_nothing_and_a_lost_answer_did_everything() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"http": "error500"})).await;
    let answer = shop.place(&shop.order("bowei-0001", NOWHERE)).await;
    assert_eq!(refusal(&answer), (500, "SYSTEM_ERROR"));
    shop.trouble(json!({"http": "answer_lost"})).await;
    let answer = shop.place(&shop.order("bowei-0002", NOWHERE)).await;
    assert_eq!(refusal(&answer), (500, "SYSTEM_ERROR"));

    shop.trouble(json!({"http": "normal"})).await;
    assert_eq!(refusal(&shop.query("bowei-0001").await), (404, "ORDERNOTEXIST"));
    assert_eq!(shop.query("bowei-0002").await.body["trade_state"], "NOTPAY");
}

#[tokio::test]
async fn a_trouble_can_last_for_some_requests_only() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"http": "frequency_limited", "http_left": 2})).await;
    let order = shop.order("bowei-0001", NOWHERE);
    for _ in 0..2 {
        assert_eq!(refusal(&shop.place(&order).await), (429, "FREQUENCY_LIMITED"));
    }
    assert_eq!(shop.place(&order).await.status, 200);
    shop.trouble(json!({"http": "error500", "http_on": "refunds"})).await;
    assert_eq!(shop.place(&order).await.status, 200, "orders go on");
    let refund = json!({"out_refund_no": "r"});
    assert_eq!(shop.post("/v3/refund/domestic/refunds", &refund).await.status, 500);
}

#[tokio::test]
async fn something_in_between_can_swallow_an_answer() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"http": "broken_off", "http_left": 1})).await;
    let order = shop.order("bowei-0001", NOWHERE).to_string();
    let path = "/v3/pay/transactions/jsapi";
    let authorization = shop.merchant.authorization("POST", path, &order, crate::merchant::now_s());
    let answer = reqwest::Client::new()
        .post(format!("{}{path}", shop.base))
        .header("authorization", authorization)
        .header("accept", "application/json")
        .header("user-agent", "bowei-test")
        .body(order)
        .send()
        .await
        .unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (502, String::new()));
    assert_eq!(shop.query("bowei-0001").await.body["trade_state"], "NOTPAY", "it was done");
}

#[tokio::test]
async fn a_payer_can_fail_or_dither_and_pay_after_all() {
    let (_server, shop) = open_shop().await;
    let call = shop.pay_call(&shop.prepay(&shop.order("bowei-0001", NOWHERE)).await);
    for (trouble, status, state) in
        [("pay_error", 400, "PAYERROR"), ("user_paying", 202, "USERPAYING")]
    {
        shop.trouble(json!({"pay": trouble})).await;
        assert_eq!(shop.pay(&call).await.0, status);
        assert_eq!(shop.query("bowei-0001").await.body["trade_state"], state);
    }
    assert_eq!(shop.charges().await.len(), 0);
    shop.trouble(json!({"pay": "normal"})).await;
    assert_eq!(shop.pay(&call).await.1["trade_state"], "SUCCESS");
    assert_eq!(shop.charges().await.len(), 1);
}

#[tokio::test]
async fn a_slow_service_answers_late() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"http": "slow", "slow_ms": 150})).await;
    let started = Instant::now();
    assert_eq!(shop.place(&shop.order("bowei-0001", NOWHERE)).await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn an_answer_can_carry_a_signature_that_does_not_hold() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"http": "wrong_signature"})).await;
    let authorization =
        shop.merchant.authorization("GET", "/v3/certificates", "", crate::merchant::now_s());
    let answer = reqwest::Client::new()
        .get(format!("{}/v3/certificates", shop.base))
        .header("authorization", authorization)
        .header("user-agent", "bowei-test")
        .send()
        .await
        .unwrap();
    let headers = answer.headers().clone();
    assert!(!shop.merchant.holds(&headers, &answer.text().await.unwrap()));
}

#[tokio::test]
async fn troubles_are_shown_and_an_unknown_one_is_refused_unchanged() {
    let (_server, shop) = open_shop().await;
    let normal = json!({
        "notify": "normal", "notify_late_ms": 2000, "http": "normal", "http_on": "all", "http_left": null,
        "pay": "normal", "refund": "normal", "refund_minute": false, "parking": "normal", "bill": "normal",
        "tax": "normal", "tax_login": "ok", "tax_notify": "normal", "tax_late_ms": 2000, "red": "normal",
        "tax_chance": null, "slow_ms": 3000,
    });
    assert_eq!(shown(&shop.base).await, normal);
    let rows = [
        json!({"notify": "sometimes"}),
        json!({"weather": "rain"}),
        json!({"http": "slow", "slow_ms": 60_001}),
        json!({"notify": "late", "notify_late_ms": 60_001}),
        json!({"refund": "gone"}),
        json!({"tax_login": "away"}),
        json!({"tax_late_ms": 60_001}),
        json!([]),
    ];
    for wrong in rows {
        let (status, body) = shop.plain_post("/sandbox/troubles", &wrong).await;
        assert_eq!((status, &body["code"]), (400, &json!("PARAM_ERROR")), "{wrong}");
    }
    assert_eq!(shown(&shop.base).await, normal);
}

async fn shown(base: &str) -> Value {
    let answer = reqwest::get(format!("{base}/sandbox/troubles")).await.expect("it answers");
    parse(&answer.text().await.expect("a body"))
}
