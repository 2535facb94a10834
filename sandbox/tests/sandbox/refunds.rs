//! Refunds: never more than was paid, once per number.

use serde_json::{Value, json};

use crate::merchant::{Answer, parse};
use crate::receiver::Receiver;
use crate::shop::{Shop, open_shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";

/// A refund of an order of 9.00 yuan.
fn refund(no: &str, fen: i64) -> Value {
    json!({
        "out_trade_no": "bowei-0001",
        "out_refund_no": no,
        "reason": "重复计费",
        "amount": {"refund": fen, "total": 900, "currency": "CNY"},
    })
}

async fn ask(shop: &Shop, refund: &Value) -> Answer {
    shop.post("/v3/refund/domestic/refunds", refund).await
}

#[tokio::test]
async fn a_refund_is_under_way_then_done_and_notified() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    let transaction_id = shop.sell("bowei-0001", NOWHERE).await;
    let mut request = refund("refund-1", 250);
    request["notify_url"] = json!(receiver.url);
    let asked = ask(&shop, &request).await;
    assert_eq!((asked.status, &asked.body["status"]), (200, &json!("PROCESSING")), "{asked:?}");
    assert_eq!(asked.body["amount"]["refund"], 250);
    assert_eq!(asked.body["transaction_id"], transaction_id);

    let received = receiver.next().await;
    assert_eq!(parse(&received.body)["event_type"], "REFUND.SUCCESS");
    let told = shop.merchant.open(&received);
    assert_eq!(told["refund_status"], "SUCCESS");
    assert_eq!(told["refund_id"], asked.body["refund_id"]);
    let amount = json!({"total": 900, "refund": 250, "payer_total": 900, "payer_refund": 250});
    assert_eq!(told["amount"], amount);

    let shown = shop.get("/v3/refund/domestic/refunds/refund-1").await.body;
    assert_eq!(shown["status"], "SUCCESS");
    assert_eq!(shown["success_time"], told["success_time"]);
    assert_eq!(shop.query("bowei-0001").await.body["trade_state"], "REFUND");
}

#[tokio::test]
async fn refunds_of_an_order_never_exceed_it_and_count_once_per_number() {
    let (_server, shop) = open_shop().await;
    let transaction_id = shop.sell("bowei-0001", NOWHERE).await;
    let first = ask(&shop, &refund("refund-1", 500)).await;
    let again = ask(&shop, &refund("refund-1", 500)).await;
    assert_eq!(first.body["refund_id"], again.body["refund_id"]);

    let rows = [
        (refund("refund-1", 400), (400, "INVALID_REQUEST")),
        (refund("refund-2", 401), (400, "INVALID_REQUEST")),
        (refund("refund-2", 0), (400, "PARAM_ERROR")),
        (refund("refund-2", -1), (400, "PARAM_ERROR")),
        (refund("", 1), (400, "PARAM_ERROR")),
        (refund(&"r".repeat(65), 1), (400, "PARAM_ERROR")),
        (refund("refund/2", 1), (400, "PARAM_ERROR")),
    ];
    for (request, expect) in rows {
        assert_eq!(refusal(&ask(&shop, &request).await), expect, "{request}");
    }
    let mut by_id = refund("refund-2", 400);
    by_id["out_trade_no"] = Value::Null;
    by_id["transaction_id"] = json!(transaction_id);
    assert_eq!(ask(&shop, &by_id).await.status, 200, "the rest, named by the transaction");
    assert_eq!(refusal(&ask(&shop, &refund("refund-3", 1)).await), (400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn a_refund_of_nothing_is_refused() {
    let (_server, shop) = open_shop().await;
    assert_eq!(refusal(&ask(&shop, &refund("refund-1", 1)).await), (404, "RESOURCE_NOT_EXISTS"));
    shop.prepay(&shop.order("bowei-0001", NOWHERE)).await;
    assert_eq!(refusal(&ask(&shop, &refund("refund-1", 1)).await), (400, "INVALID_REQUEST"));
    let answer = shop.get("/v3/refund/domestic/refunds/refund-1").await;
    assert_eq!(refusal(&answer), (404, "RESOURCE_NOT_EXISTS"));

    shop.sell("bowei-0002", NOWHERE).await;
    let mut wrong_total = refund("refund-1", 1);
    wrong_total["out_trade_no"] = json!("bowei-0002");
    wrong_total["amount"]["total"] = json!(800);
    assert_eq!(refusal(&ask(&shop, &wrong_total).await), (400, "INVALID_REQUEST"));
}
