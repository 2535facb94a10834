//! What a driver paid, in one call: payments with their refunds, orders and documents.

use serde_json::{Value, json};

use super::{PLATE, make_paid, park_and_pay, until_order, waive};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;

const PAYMENTS: &str = "/api/v1/me/payments";
/// `甘D54321`, as an address has it.
const SECOND: &str = "%E7%94%98d%C2%B754321";

async fn payments(driver: &Driver, query: &str) -> Value {
    driver.get(&format!("{PAYMENTS}{query}")).await.expect(200).json()
}

fn orders(page: &Value) -> Vec<&str> {
    let payments = page["payments"].as_array().unwrap().iter();
    payments.map(|payment| payment["order"]["order_id"].as_str().unwrap()).collect()
}

async fn a_history(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (driver, first) = make_paid(&mut town).await;
    let fresh = payments(&driver, "").await;
    let only = &fresh["payments"][0];
    assert_eq!((&only["invoice_state"], &only["invoices"]), (&json!("none"), &json!([])));
    let blue = driver.invoice(&first).await;
    waive(&town, &first, 100, ["anna", "bert"]).await;
    until_order(&town, &first, "the refund", |o| o.refunded_fen == 100).await;
    let second = park_and_pay(&mut town, &driver, ("TS02", "ts-2", "甘D54321")).await;

    let page = payments(&driver, "").await;
    assert_eq!((orders(&page), &page["next"]), (vec![&*second, &*first], &Value::Null));
    let older = &page["payments"][1];
    assert_eq!((&older["amount_fen"], &older["method"]), (&json!(300), &json!("jsapi")));
    assert_eq!((&older["refunded_fen"], &older["refunding_fen"]), (&json!(100), &json!(0)));
    let refund = &older["refunds"][0];
    assert_eq!((&refund["amount_fen"], &refund["state"]), (&json!(100), &json!("succeeded")));
    assert_eq!(older["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&older["order"]["plate"], &older["payee"]),
        (&json!(PLATE), &older["order"]["payee"])
    );
    assert_eq!(older["order"]["bay_codes"], json!(["TS01"]));
    // 3.00 paid, 1.00 back, and 2.00 is left of the invoice.
    assert_eq!(older["invoice_state"], "issued");
    let documents: Vec<(&Value, &Value, &Value)> = older["invoices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["colour"], &one["state"], &one["order_fen"]))
        .collect();
    let (blue_word, red_word, issued) = (json!("blue"), json!("red"), json!("issued"));
    assert_eq!(documents, [(&blue_word, &issued, &json!(300)), (&red_word, &issued, &json!(-100))]);
    assert_eq!(older["invoices"][0]["invoice_number"], blue["invoice_number"]);
    assert_eq!(page["payments"][1]["payment_id"], only["payment_id"]);

    // By vehicle, by month, both, and page by page.
    assert_eq!(orders(&payments(&driver, &format!("?plate={SECOND}")).await), [&*second]);
    assert_eq!(orders(&payments(&driver, "?month=2026-09").await).len(), 2);
    assert!(orders(&payments(&driver, "?month=2026-08").await).is_empty());
    let both = format!("?month=2026-09&plate={SECOND}&limit=1");
    assert_eq!(orders(&payments(&driver, &both).await), [&*second]);
    let one = payments(&driver, "?limit=1").await;
    assert_eq!(orders(&one), [&*second]);
    let next = format!("?limit=1&cursor={}", one["next"].as_str().unwrap());
    let two = payments(&driver, &next).await;
    assert_eq!((orders(&two), &two["next"]), (vec![&*first], &Value::Null));

    // Nobody else sees any of it, whatever they ask for.
    let stranger = town.driver("wang").await;
    for query in ["", "?month=2026-09", &format!("?plate={SECOND}")] {
        assert_eq!(payments(&stranger, query).await["payments"], json!([]), "{query}");
    }
    town.api.get(PAYMENTS, None).await.expect_problem(401, "token_missing");
    for (query, status, code) in [
        ("?month=9", 400, "malformed_query"),
        ("?limit=0", 400, "malformed_query"),
        ("?limit=101", 400, "malformed_query"),
        ("?cursor=x", 400, "cursor_malformed"),
        ("?plate=%3F", 422, "plate_invalid"),
    ] {
        driver.get(&format!("{PAYMENTS}{query}")).await.expect_problem(status, code);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_sees_payments_with_refunds_and_documents_on_sqlite() {
    a_history(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_sees_payments_with_refunds_and_documents_on_postgresql() {
    a_history(Kind::Postgres).await;
}
