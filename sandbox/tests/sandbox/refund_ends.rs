//! What becomes of refunds: done, closed, abnormal, or never; and refunds that come too fast.

use serde_json::{Value, json};

use crate::merchant::{Answer, parse};
use crate::receiver::Receiver;
use crate::shop::{Shop, open_shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";
const PATH: &str = "/v3/refund/domestic/refunds";

async fn ask(shop: &Shop, number: &str, fen: i64, url: &str) -> Answer {
    let refund = json!({
        "out_trade_no": "bowei-0001", "out_refund_no": number, "notify_url": url,
        "amount": {"refund": fen, "total": 900, "currency": "CNY"},
    });
    shop.post(PATH, &refund).await
}

async fn show(shop: &Shop, number: &str) -> Value {
    shop.get(&format!("{PATH}/{number}")).await.body
}

#[tokio::test]
async fn a_closed_refund_gives_nothing_back_and_its_amount_can_be_asked_for_again() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.sell("bowei-0001", NOWHERE).await;
    shop.trouble(json!({"refund": "closed"})).await;
    assert_eq!(ask(&shop, "refund-1", 900, &receiver.url).await.body["status"], "PROCESSING");
    let received = receiver.next().await;
    assert_eq!(parse(&received.body)["event_type"], "REFUND.CLOSED");
    let told = shop.merchant.open(&received);
    assert_eq!(told["refund_status"], "CLOSED");
    assert!(told.get("success_time").is_none(), "{told}");
    assert_eq!(show(&shop, "refund-1").await["status"], "CLOSED");
    shop.trouble(json!({"refund": "normal"})).await;
    assert_eq!(ask(&shop, "refund-2", 900, NOWHERE).await.status, 200);
    assert_eq!(refusal(&ask(&shop, "refund-3", 1, NOWHERE).await), (400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn an_abnormal_refund_waits_until_another_way_is_named() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.sell("bowei-0001", NOWHERE).await;
    shop.trouble(json!({"refund": "abnormal"})).await;
    let asked = ask(&shop, "refund-1", 900, &receiver.url).await;
    let id = asked.body["refund_id"].as_str().unwrap();
    assert_eq!(parse(&receiver.next().await.body)["event_type"], "REFUND.ABNORMAL");
    assert_eq!(show(&shop, "refund-1").await["status"], "ABNORMAL");
    assert_eq!(refusal(&ask(&shop, "refund-2", 1, NOWHERE).await), (400, "INVALID_REQUEST"));

    let path = format!("{PATH}/{id}/apply-abnormal-refund");
    for (body, expected) in [
        (json!({"out_refund_no": "refund-1", "type": "PIGEON"}), (400, "PARAM_ERROR")),
        (json!({"out_refund_no": "refund-1", "type": "USER_BANK_CARD"}), (400, "PARAM_ERROR")),
        (
            json!({"out_refund_no": "refund-9", "type": "MERCHANT_BANK_CARD"}),
            (404, "RESOURCE_NOT_EXISTS"),
        ),
    ] {
        assert_eq!(refusal(&shop.post(&path, &body).await), expected, "{body}");
    }
    let body = json!({"out_refund_no": "refund-1", "type": "MERCHANT_BANK_CARD"});
    assert_eq!(shop.post(&path, &body).await.body["status"], "PROCESSING");
    assert_eq!(parse(&receiver.next().await.body)["event_type"], "REFUND.SUCCESS");
    assert_eq!(show(&shop, "refund-1").await["user_received_account"], "商户银行账户");
    assert_eq!(refusal(&shop.post(&path, &body).await), (400, "INVALID_REQUEST"), "once");
}

#[tokio::test]
async fn a_refund_may_hang_or_be_refused_by_the_balance_or_the_payers_account() {
    let (_server, shop) = open_shop().await;
    shop.sell("bowei-0001", NOWHERE).await;
    shop.trouble(json!({"refund": "not_enough"})).await;
    assert_eq!(refusal(&ask(&shop, "refund-1", 900, NOWHERE).await), (403, "NOT_ENOUGH"));
    shop.trouble(json!({"refund": "account_abnormal"})).await;
    assert_eq!(
        refusal(&ask(&shop, "refund-1", 900, NOWHERE).await),
        (403, "USER_ACCOUNT_ABNORMAL")
    );
    shop.trouble(json!({"refund": "stuck"})).await;
    assert_eq!(ask(&shop, "refund-1", 900, NOWHERE).await.status, 200, "the same number again");
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(show(&shop, "refund-1").await["status"], "PROCESSING");
}

#[tokio::test]
async fn refunds_of_one_order_less_than_a_minute_apart_are_refused_if_that_is_minded() {
    let (_server, shop) = open_shop().await;
    shop.sell("bowei-0001", NOWHERE).await;
    shop.trouble(json!({"refund_minute": true})).await;
    assert_eq!(ask(&shop, "refund-1", 100, NOWHERE).await.status, 200);
    assert_eq!(refusal(&ask(&shop, "refund-2", 100, NOWHERE).await), (429, "FREQUENCY_LIMITED"));
    assert_eq!(ask(&shop, "refund-1", 100, NOWHERE).await.status, 200, "a repeat is no second one");
    // A minute of the city is a second here.
    while refusal(&ask(&shop, "refund-2", 100, NOWHERE).await).0 == 429 {}
    assert_eq!(show(&shop, "refund-2").await["amount"]["refund"], 100);
}

#[tokio::test]
async fn an_order_has_at_most_fifty_refunds() {
    let (_server, shop) = open_shop().await;
    shop.sell("bowei-0001", NOWHERE).await;
    for n in 0..50 {
        assert_eq!(ask(&shop, &format!("refund-{n}"), 1, NOWHERE).await.status, 200, "{n}");
    }
    assert_eq!(refusal(&ask(&shop, "refund-50", 1, NOWHERE).await), (400, "INVALID_REQUEST"));
}
