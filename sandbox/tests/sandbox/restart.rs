//! `kill -9` at any moment loses nothing that was answered, and charges nobody twice.

use std::io::Write;

use serde_json::json;

use crate::merchant::{Merchant, parse};
use crate::receiver::Receiver;
use crate::server::{Program, folder_with_keys};
use crate::shop::{Shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";

async fn start(data: &std::path::Path) -> (Program, Shop) {
    let program = Program::start(data).await;
    let shop = Shop { base: program.base.clone(), merchant: Merchant::read(data) };
    (program, shop)
}

#[tokio::test]
async fn orders_charges_and_refunds_survive_a_kill() {
    let folder = folder_with_keys();
    let (program, shop) = start(folder.path()).await;
    let transaction_id = shop.sell("bowei-0001", NOWHERE).await;
    let prepay_id = shop.prepay(&shop.order("bowei-0002", NOWHERE)).await;
    shop.prepay(&shop.order("bowei-0003", NOWHERE)).await;
    assert_eq!(shop.close("bowei-0003").await.status, 204);
    let refund = json!({
        "transaction_id": transaction_id, "out_refund_no": "refund-1",
        "amount": {"refund": 300, "total": 900, "currency": "CNY"},
    });
    let refunds = "/v3/refund/domestic/refunds";
    let refunded = shop.post(refunds, &refund).await;
    assert_eq!(refunded.status, 200, "{refunded:?}");
    let before = shop.query("bowei-0001").await.body;
    program.kill();

    let (program, shop) = start(folder.path()).await;
    assert_eq!(shop.query("bowei-0001").await.body, before);
    assert_eq!(shop.query("bowei-0003").await.body["trade_state"], "CLOSED");
    let again = shop.post(refunds, &refund).await;
    assert_eq!(again.body["refund_id"], refunded.body["refund_id"]);
    let mut too_much = refund;
    too_much["out_refund_no"] = json!("refund-2");
    too_much["amount"]["refund"] = json!(601);
    assert_eq!(refusal(&shop.post(refunds, &too_much).await), (400, "INVALID_REQUEST"));
    let (status, _) = shop.pay(&shop.pay_call(&prepay_id)).await;
    assert_eq!(status, 200, "a prepay id handed out before the kill is good");
    let (_, paid_again) = shop.pay(&shop.pay_call(&prepay_id)).await;
    let charges = shop.charges().await;
    let ids: Vec<_> = charges.iter().map(|charge| charge["transaction_id"].clone()).collect();
    assert_eq!(ids, [json!(transaction_id), paid_again["transaction_id"].clone()]);
    program.kill();
    let file = std::fs::read_to_string(folder.path().join("charges.jsonl")).unwrap();
    assert_eq!(file.lines().map(parse).collect::<Vec<_>>(), charges);
}

#[tokio::test]
async fn a_notification_not_yet_taken_is_sent_after_a_kill_and_a_taken_one_is_not() {
    let folder = folder_with_keys();
    let (program, shop) = start(folder.path()).await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.sell("bowei-0001", &receiver.url).await;
    receiver.next().await;
    // The receiver is told before the sandbox has written down that it was.
    let taken = || std::fs::read_to_string(folder.path().join("notices.jsonl")).unwrap();
    while !taken().ends_with('\n') {
        tokio::task::yield_now().await;
    }
    shop.trouble(json!({"notify": "off"})).await;
    shop.sell("bowei-0002", &receiver.url).await;
    program.kill();
    assert!(receiver.is_empty());

    let (_program, shop) = start(folder.path()).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["out_trade_no"], "bowei-0002");
    shop.sell("bowei-0003", &receiver.url).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["out_trade_no"], "bowei-0003");
}

#[tokio::test]
async fn a_line_torn_by_a_crash_is_cut_off_and_the_order_can_be_placed() {
    let folder = folder_with_keys();
    let (program, shop) = start(folder.path()).await;
    shop.sell("bowei-0001", NOWHERE).await;
    program.kill();
    for name in
        ["orders.jsonl", "charges.jsonl", "refunds.jsonl", "notices.jsonl", "invoices.jsonl"]
    {
        let path = folder.path().join(name);
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"{\"out_trade_no\":\"bowei-0002\",\"tra").unwrap();
    }
    let (_program, shop) = start(folder.path()).await;
    assert_eq!(shop.charges().await.len(), 1);
    shop.sell("bowei-0002", NOWHERE).await;
    assert_eq!(shop.charges().await.len(), 2);
}

#[tokio::test]
async fn killed_while_phones_pay_every_answered_charge_is_there_once() {
    let folder = folder_with_keys();
    let (program, shop) = start(folder.path()).await;
    let mut calls = Vec::new();
    for n in 0..40 {
        let order = shop.order(&format!("bowei-{n:04}"), NOWHERE);
        calls.push(shop.pay_call(&shop.prepay(&order).await));
    }
    let phones = calls.iter().cloned().map(|call| {
        let request = shop.merchant.http.post(format!("{}/cashier/pay", shop.base));
        tokio::spawn(async move { request.json(&call).send().await?.text().await })
    });
    let mut phones: Vec<_> = phones.collect();
    let mut answered = vec![phones.remove(0).await.unwrap()];
    program.kill();
    for phone in phones {
        answered.push(phone.await.unwrap());
    }
    let answered: Vec<_> = answered.into_iter().flatten().map(|text| parse(&text)).collect();
    assert!(!answered.is_empty());

    let (_program, shop) = start(folder.path()).await;
    let survived = shop.charges().await;
    for paid in &answered {
        let id = &paid["transaction_id"];
        let count = survived.iter().filter(|charge| charge["transaction_id"] == *id).count();
        assert_eq!(count, 1, "{paid}");
    }
    for call in &calls {
        assert_eq!(shop.pay(call).await.0, 200);
    }
    assert_eq!(shop.charges().await.len(), 40);
}

#[tokio::test]
async fn a_refund_under_way_at_a_kill_settles_and_is_notified() {
    let folder = folder_with_keys();
    let (program, shop) = start(folder.path()).await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.sell("bowei-0001", NOWHERE).await;
    shop.trouble(json!({"notify": "off"})).await;
    let refund = json!({
        "out_trade_no": "bowei-0001", "out_refund_no": "refund-1", "notify_url": receiver.url,
        "amount": {"refund": 900, "total": 900, "currency": "CNY"},
    });
    assert_eq!(shop.post("/v3/refund/domestic/refunds", &refund).await.status, 200);
    program.kill();

    let (_program, shop) = start(folder.path()).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["out_refund_no"], "refund-1");
}
