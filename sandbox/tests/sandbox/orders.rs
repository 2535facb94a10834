//! Orders and the cashier.

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::shop::{OPENID, Shop, open_shop, refusal};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9/notify";

#[tokio::test]
async fn a_paid_order_is_notified_with_a_sealed_and_signed_transaction() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    let transaction_id = shop.sell("bowei-0001", &receiver.url).await;

    let told = shop.merchant.open(&receiver.next().await);
    assert_eq!(told["out_trade_no"], "bowei-0001");
    assert_eq!(told["transaction_id"], transaction_id);
    assert_eq!(told["trade_state"], "SUCCESS");
    assert_eq!(told["trade_type"], "JSAPI");
    assert_eq!(told["appid"], shop.merchant.app("appid"));
    assert_eq!(told["mchid"], shop.merchant.app("mchid"));
    assert_eq!(told["attach"], "visit-1");
    assert_eq!(told["payer"], json!({"openid": OPENID}));
    let amount =
        json!({"total": 900, "payer_total": 900, "currency": "CNY", "payer_currency": "CNY"});
    assert_eq!(told["amount"], amount);
    let success_time = told["success_time"].as_str().unwrap();
    assert!(success_time.starts_with("2026-09-15T"), "city time: {success_time}");
    assert!(success_time.ends_with("+08:00"), "{success_time}");
    assert_eq!(shop.query("bowei-0001").await.body, told, "a query tells the same");
}

#[tokio::test]
async fn an_order_is_queried_by_either_number_in_every_state() {
    let (_server, shop) = open_shop().await;
    let prepay_id = shop.prepay(&shop.order("bowei-0001", NOWHERE)).await;
    let unpaid = shop.query("bowei-0001").await.body;
    assert_eq!(unpaid["trade_state"], "NOTPAY");
    assert_eq!(unpaid["amount"], json!({"total": 900, "currency": "CNY"}));
    assert!(unpaid.get("transaction_id").is_none(), "{unpaid}");

    let (_, paid) = shop.pay(&shop.pay_call(&prepay_id)).await;
    let id = paid["transaction_id"].as_str().unwrap();
    assert_eq!((id.len(), &id[..4]), (28, "4200"));
    let path = format!("/v3/pay/transactions/id/{id}?mchid={}", shop.merchant.app("mchid"));
    assert_eq!(shop.get(&path).await.body["trade_state"], "SUCCESS");
    assert_eq!(refusal(&shop.query("bowei-9999").await), (404, "ORDERNOTEXIST"));
    let path = "/v3/pay/transactions/out-trade-no/bowei-0001";
    assert_eq!(refusal(&shop.get(path).await), (400, "PARAM_ERROR"));
    let path = format!("{path}?mchid=1900000000x");
    assert_eq!(refusal(&shop.get(&path).await), (400, "MCH_NOT_EXISTS"));
}

#[tokio::test]
async fn the_same_order_again_gets_a_fresh_prepay_id_and_both_can_be_paid_with_once() {
    let (_server, shop) = open_shop().await;
    let order = shop.order("bowei-0001", NOWHERE);
    let (first, second) = (shop.prepay(&order).await, shop.prepay(&order).await);
    assert_ne!(first, second);

    let (calls, mut answers) = ([shop.pay_call(&first), shop.pay_call(&second)], Vec::new());
    for call in [&calls[0], &calls[1], &calls[0]] {
        answers.push(shop.pay(call).await);
    }
    assert_eq!(answers[0].0, 200);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let charges = shop.charges().await;
    assert_eq!(charges.len(), 1, "{charges:?}");
    assert_eq!(charges[0]["amount_fen"], 900);
    assert_eq!(charges[0]["openid"], OPENID);
    assert_eq!(refusal(&shop.place(&order).await), (400, "INVALID_REQUEST"), "it is paid");
}

#[tokio::test]
async fn ten_phones_that_pay_one_order_at_once_are_charged_once() {
    let (_server, shop) = open_shop().await;
    let prepay_id = shop.prepay(&shop.order("bowei-0001", NOWHERE)).await;
    let call = shop.pay_call(&prepay_id);
    let phones = (0..10).map(|_| {
        let url = format!("{}/cashier/pay", shop.base);
        tokio::spawn(shop.merchant.http.post(url).json(&call).send())
    });
    let phones: Vec<_> = phones.collect();
    for phone in phones {
        assert_eq!(phone.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(shop.charges().await.len(), 1);
}

#[tokio::test]
async fn an_order_number_used_with_other_parameters_is_refused() {
    let (_server, shop) = open_shop().await;
    let order = shop.order("bowei-0001", NOWHERE);
    shop.prepay(&order).await;
    let changes = [
        ("amount", json!({"total": 901, "currency": "CNY"})),
        ("description", json!("另一笔")),
        ("notify_url", json!("http://127.0.0.1:9/other")),
        ("time_expire", json!("2026-09-20T08:00:00+08:00")),
    ];
    for (field, value) in changes {
        let mut other = order.clone();
        other[field] = value;
        assert_eq!(refusal(&shop.place(&other).await), (403, "OUT_TRADE_NO_USED"), "{field}");
    }
}

#[tokio::test]
async fn an_order_outside_the_limits_of_the_api_is_refused() {
    let (_server, shop) = open_shop().await;
    let rows = [
        ("out_trade_no", json!("short"), (400, "PARAM_ERROR")),
        ("out_trade_no", json!("a".repeat(33)), (400, "PARAM_ERROR")),
        ("out_trade_no", json!("bowei/0001"), (400, "PARAM_ERROR")),
        ("description", json!("停".repeat(128)), (400, "PARAM_ERROR")),
        ("description", json!(""), (400, "PARAM_ERROR")),
        ("attach", json!("a".repeat(129)), (400, "PARAM_ERROR")),
        ("amount", json!({"total": 0}), (400, "PARAM_ERROR")),
        ("amount", json!({"total": -1}), (400, "PARAM_ERROR")),
        ("amount", json!({"total": 9.5}), (400, "PARAM_ERROR")),
        ("amount", json!({"total": 900, "currency": "USD"}), (400, "PARAM_ERROR")),
        ("payer", json!({}), (400, "PARAM_ERROR")),
        ("notify_url", json!("https://example.org/?a=1"), (400, "PARAM_ERROR")),
        ("notify_url", json!("/notify"), (400, "PARAM_ERROR")),
        ("time_expire", json!("tomorrow"), (400, "PARAM_ERROR")),
        ("time_expire", json!("2026-09-15T07:59:59+08:00"), (400, "PARAM_ERROR")),
        ("time_expire", json!("2027-01-01T00:00:00+08:00"), (400, "PARAM_ERROR")),
        ("appid", json!("wx0000000000000000"), (400, "APPID_MCHID_NOT_MATCH")),
        ("mchid", json!("1900000000"), (400, "MCH_NOT_EXISTS")),
    ];
    for (field, value, expected) in rows {
        let mut order = shop.order("bowei-0001", NOWHERE);
        order[field] = value.clone();
        let answer = shop.place(&order).await;
        assert_eq!(refusal(&answer), expected, "{field} {value}: {answer:?}");
    }
    assert_eq!(refusal(&shop.place(&json!([])).await), (400, "PARAM_ERROR"));
    assert_eq!(refusal(&shop.query("bowei-0001").await), (404, "ORDERNOTEXIST"));
}

#[tokio::test]
async fn a_closed_order_cannot_be_paid_and_a_paid_one_cannot_be_closed() {
    let (_server, shop) = open_shop().await;
    let prepay_id = shop.prepay(&shop.order("bowei-0001", NOWHERE)).await;
    for round in ["first", "again"] {
        let closed = shop.close("bowei-0001").await;
        assert_eq!((closed.status, closed.body), (204, Value::Null), "{round}");
    }
    check_pay(&shop, &shop.pay_call(&prepay_id), 400, "ORDER_CLOSED").await;
    assert_eq!(shop.query("bowei-0001").await.body["trade_state"], "CLOSED");
    let again = shop.place(&shop.order("bowei-0001", NOWHERE)).await;
    assert_eq!(refusal(&again), (400, "ORDER_CLOSED"));

    shop.sell("bowei-0002", NOWHERE).await;
    assert_eq!(refusal(&shop.close("bowei-0002").await), (400, "INVALID_REQUEST"));
    assert_eq!(refusal(&shop.close("bowei-9999").await), (404, "ORDERNOTEXIST"));
    assert_eq!(shop.charges().await.len(), 1);
}

#[tokio::test]
async fn an_order_that_ran_out_in_city_time_is_closed() {
    let (_server, shop) = open_shop().await;
    shop.sell("bowei-0002", NOWHERE).await;
    let city_now = shop.query("bowei-0002").await.body["success_time"].clone();
    let city_now = DateTime::parse_from_rfc3339(city_now.as_str().unwrap()).unwrap();
    let mut order = shop.order("bowei-0001", NOWHERE);
    // Two machine seconds, at sixty times.
    order["time_expire"] = json!((city_now + TimeDelta::minutes(2)).to_rfc3339());
    let prepay_id = shop.prepay(&order).await;
    while shop.query("bowei-0001").await.body["trade_state"] == "NOTPAY" {}
    assert_eq!(shop.query("bowei-0001").await.body["trade_state"], "CLOSED");
    check_pay(&shop, &shop.pay_call(&prepay_id), 400, "ORDER_CLOSED").await;
    assert_eq!(shop.charges().await.len(), 1);
}

#[tokio::test]
async fn the_cashier_refuses_what_the_merchant_did_not_sign() {
    let (_server, shop) = open_shop().await;
    let prepay_id = shop.prepay(&shop.order("bowei-0001", NOWHERE)).await;
    let other = shop.prepay(&shop.order("bowei-0002", NOWHERE)).await;
    let rows = [
        ("nonceStr", json!("abcdeg"), 401, "SIGN_ERROR"),
        ("timeStamp", json!("1789430401"), 401, "SIGN_ERROR"),
        ("package", json!(format!("prepay_id={other}")), 401, "SIGN_ERROR"),
        ("paySign", json!("bm90aGluZw=="), 401, "SIGN_ERROR"),
        ("paySign", json!("%%%"), 401, "SIGN_ERROR"),
        ("signType", json!("MD5"), 400, "PARAM_ERROR"),
        ("appId", json!("wx0000000000000000"), 400, "APPID_MCHID_NOT_MATCH"),
        ("openid", json!("oSomebodyElse"), 400, "OPENID_MISMATCH"),
        ("openid", json!(17), 400, "PARAM_ERROR"),
    ];
    for (field, value, status, code) in rows {
        let mut call = shop.pay_call(&prepay_id);
        call[field] = value;
        check_pay(&shop, &call, status, code).await;
    }
    check_pay(&shop, &shop.pay_call("wx00"), 404, "ORDERNOTEXIST").await;
    assert_eq!(shop.charges().await, Vec::<Value>::new());
}

async fn check_pay(shop: &Shop, call: &Value, status: u16, code: &str) {
    let (got, body) = shop.pay(call).await;
    assert_eq!((got, &body["code"]), (status, &json!(code)), "{call}: {body}");
}
