//! Pay after parking: a served plate, an entry, a fee that is debited later.

use serde_json::{Value, json};

use crate::merchant::{Answer, parse};
use crate::receiver::Receiver;
use crate::shop::{OPENID, Shop, open_shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";
const PLATE: &str = "甘D12345";

async fn serve(shop: &Shop, state: &str) {
    let owner = json!({
        "plate_number": PLATE, "plate_color": "BLUE", "openid": OPENID, "service_state": state,
    });
    let (status, body) = shop.plain_post("/sandbox/parking-service", &owner).await;
    assert_eq!(status, 200, "{body}");
}

fn entry(number: &str) -> Value {
    json!({
        "out_parking_no": number, "plate_number": PLATE, "plate_color": "BLUE",
        "notify_url": NOWHERE, "start_time": "2026-09-15T08:00:00+08:00",
        "parking_name": "人民路", "free_duration": 1800,
    })
}

async fn enter(shop: &Shop, number: &str) -> Answer {
    shop.post("/v3/vehicle/parking/parkings", &entry(number)).await
}

fn fee(shop: &Shop, number: &str, parking_id: &str, url: &str) -> Value {
    json!({
        "appid": shop.merchant.app("appid"), "description": "路内停车费", "out_trade_no": number,
        "trade_scene": "PARKING", "notify_url": url, "attach": "visit-1",
        "amount": {"total": 900, "currency": "CNY"},
        "parking_info": {
            "parking_id": parking_id, "plate_number": PLATE, "plate_color": "BLUE",
            "start_time": "2026-09-15T08:00:00+08:00", "end_time": "2026-09-15T10:05:00+08:00",
            "parking_name": "人民路", "charging_duration": 7500, "device_id": "ts-1",
        },
    })
}

async fn charge(shop: &Shop, number: &str, url: &str) -> Answer {
    let came = enter(shop, &format!("in-{number}")).await;
    let parking_id = came.body["id"].as_str().unwrap();
    shop.post("/v3/vehicle/transactions/parking", &fee(shop, number, parking_id, url)).await
}

async fn query(shop: &Shop, number: &str) -> Value {
    shop.get(&format!("/v3/vehicle/transactions/out-trade-no/{number}")).await.body
}

#[tokio::test]
async fn a_plate_is_served_once_its_owner_wants_it() {
    let (_server, shop) = open_shop().await;
    let find = async |openid: &str| {
        let path = format!(
            "/v3/vehicle/parking/services/find?appid={}&plate_number=%E7%94%98D12345&plate_color=BLUE&openid={openid}",
            shop.merchant.app("appid")
        );
        shop.get(&path).await.body
    };
    assert_eq!(find(OPENID).await["service_state"], "OUT_SERVICE");
    let came = enter(&shop, "in-1").await.body;
    assert_eq!((&came["state"], &came["block_reason"]), (&json!("BLOCKED"), &json!("OUT_SERVICE")));
    serve(&shop, "NORMAL").await;
    let served = find(OPENID).await;
    assert_eq!(
        (&served["service_state"], &served["plate_number"]),
        (&json!("NORMAL"), &json!(PLATE))
    );
    assert!(served["service_open_time"].as_str().unwrap().ends_with("+08:00"));
    assert_eq!(find("oSomebodyElse").await["service_state"], "OUT_SERVICE", "not theirs to know");

    let came = enter(&shop, "in-2").await.body;
    assert_eq!(came["state"], "NORMAL");
    assert_eq!(enter(&shop, "in-2").await.body, came, "the same vehicle is the same entry");
    let mut other = entry("in-2");
    other["parking_name"] = json!("解放路");
    let refused = shop.post("/v3/vehicle/parking/parkings", &other).await;
    assert_eq!(refusal(&refused), (403, "OUT_TRADE_NO_USED"));
}

#[tokio::test]
async fn a_fee_is_accepted_at_once_and_debited_later() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    serve(&shop, "NORMAL").await;
    let accepted = charge(&shop, "fee-1", &receiver.url).await;
    assert_eq!((accepted.status, &accepted.body["trade_state"]), (200, &json!("ACCEPTED")));
    let received = receiver.next().await;
    assert_eq!(parse(&received.body)["event_type"], "TRANSACTION.SUCCESS");
    let told = shop.merchant.open(&received);
    assert_eq!(told["trade_state"], "SUCCESS");
    assert_eq!(told["sp_mchid"], shop.merchant.app("mchid"));
    assert_eq!(told["amount"]["payer_total"], 900);
    assert_eq!(told["payer"], json!({"openid": OPENID}));
    assert_eq!(told["parking_info"]["charging_duration"], 7500);
    assert_eq!(query(&shop, "fee-1").await, told);
    assert_eq!(shop.charges().await.len(), 1);
    let as_an_order = shop.query("fee-1").await;
    assert_eq!(refusal(&as_an_order), (404, "ORDERNOTEXIST"), "it is asked for at its own route");

    let refund = json!({
        "transaction_id": told["transaction_id"], "out_refund_no": "refund-1",
        "amount": {"refund": 100, "total": 900, "currency": "CNY"},
    });
    assert_eq!(shop.post("/v3/refund/domestic/refunds", &refund).await.status, 200);
    assert_eq!(query(&shop, "fee-1").await["trade_state"], "REFUND");
}

#[tokio::test]
async fn a_fee_may_fail_be_advanced_or_hang() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    serve(&shop, "NORMAL").await;
    shop.trouble(json!({"parking": "pay_fail"})).await;
    charge(&shop, "fee-1", &receiver.url).await;
    let received = receiver.next().await;
    assert_eq!(parse(&received.body)["event_type"], "TRANSACTION.PAY_FAIL");
    assert_eq!(shop.merchant.open(&received)["trade_state"], "PAY_FAIL");
    assert_eq!(query(&shop, "fee-1").await["trade_state"], "PAY_FAIL");
    assert_eq!(shop.charges().await.len(), 0);

    shop.trouble(json!({"parking": "advanced"})).await;
    charge(&shop, "fee-2", &receiver.url).await;
    let told = shop.merchant.open(&receiver.next().await);
    assert_eq!((&told["bank_type"], &told["user_repaid"]), (&json!("BPA"), &json!("N")));

    shop.trouble(json!({"parking": "stuck"})).await;
    charge(&shop, "fee-3", &receiver.url).await;
    assert_eq!(query(&shop, "fee-3").await["trade_state"], "ACCEPTED");
}

#[tokio::test]
async fn a_fee_is_of_an_entry_and_once_by_its_number() {
    let (_server, shop) = open_shop().await;
    serve(&shop, "NORMAL").await;
    let came = enter(&shop, "in-1").await;
    let id = came.body["id"].as_str().unwrap();
    let path = "/v3/vehicle/transactions/parking";
    let good = fee(&shop, "fee-1", id, NOWHERE);
    let first = shop.post(path, &good).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(shop.post(path, &good).await.status, 200, "the same again is the same");
    let mut other = good.clone();
    other["amount"]["total"] = json!(901);
    assert_eq!(refusal(&shop.post(path, &other).await), (403, "OUT_TRADE_NO_USED"));
    for (pointer, value) in [
        ("/parking_info/parking_id", json!("NOSUCH")),
        ("/parking_info/plate_number", json!("甘D54321")),
        ("/parking_info/plate_color", json!("PINK")),
        ("/parking_info/end_time", json!("2026-09-15T07:00:00+08:00")),
        ("/parking_info/device_id", json!("")),
        ("/trade_scene", json!("ROAD")),
        ("/amount/total", json!(0)),
        ("/out_trade_no", json!("fee/2")),
    ] {
        let mut wrong = fee(&shop, "fee-2", id, NOWHERE);
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert_eq!(refusal(&shop.post(path, &wrong).await), (400, "PARAM_ERROR"), "{pointer}");
    }
    serve(&shop, "PAUSE").await;
    let blocked = shop.post(path, &fee(&shop, "fee-3", id, NOWHERE)).await;
    assert_eq!(refusal(&blocked), (400, "INVALID_REQUEST"));
    assert_eq!(shop.post(path, &good).await.status, 200, "what was accepted stays so");
}
