//! Money of the treasury: a non-tax bill from its own office, reversed as a whole, and another one over what is left.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{Clerk, at_the_platform, documents, make_paid, order, until_order, until_red, waive};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town_clock::TownClock;
use crate::harness::{town, wait};

/// A street whose money is the treasury's.
async fn treasury(kind: Kind) -> TestApp {
    let mut file = town::file();
    file["payee"]["regime"] = json!("non_tax");
    let (clock, file) = (TownClock::at_noon(), file.to_string());
    TestApp::start_town(kind, BrokerKind::Embedded, &file, clock, |_| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_handed_in_is_withdrawn_by_nobody_while_its_answer_is_lost() {
    let mut town = treasury(Kind::Postgres).await;
    let (driver, order_id) = make_paid(&mut town).await;
    driver.ask_for_invoice(&[&order_id]).await;
    wait::until("the bill", PATIENCE, async || {
        documents(&town, &order_id).await.pop().filter(|bill| bill.documents_at.is_some())
    })
    .await;
    // The office does what it is asked and says nothing.
    town.sandbox.trouble(&json!({"http": "answer_lost", "http_on": "tax"})).await;
    waive(&town, &order_id, 300, ["anna", "bert"]).await;
    let red = until_red(&town, &order_id, "submitted").await;
    wait::until("the office to have it", PATIENCE, async || {
        (at_the_platform(&town).len() == 2).then_some(())
    })
    .await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    clerk.work(red.invoice_id, "withdraw").await.expect_problem(409, "document_handed_in");
    town.sandbox.trouble(&json!({"http": "normal"})).await;
    until_red(&town, &order_id, "issued").await;
    let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 300).await;
    assert_eq!((back.invoiced_fen, at_the_platform(&town).len()), (0, 2));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_street_of_the_treasury_gives_bills_and_reverses_them_as_a_whole() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = treasury(kind).await;
        let (driver, order_id) = make_paid(&mut town).await;
        let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
        let path = format!("/api/v1/invoices/{invoice_id}");
        let bill = wait::until("the bill", PATIENCE, async || {
            let bill = driver.get(&path).await.expect(200).json();
            (bill["state"] == "issued").then_some(bill)
        })
        .await;
        let number = bill["invoice_number"].as_str().unwrap();
        assert!(number.len() == 18 && number.starts_with("990101"), "{number}");
        assert_eq!(bill["check_code"].as_str().unwrap().len(), 6);
        assert_eq!((&bill["regime"], &bill["tax_fen"]), (&json!("non_tax"), &json!(0)));

        waive(&town, &order_id, 100, ["anna", "bert"]).await;
        let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
        assert_eq!(back.paid_fen, 300);
        let all = wait::until("the bill that follows", PATIENCE, async || {
            let all = documents(&town, &order_id).await;
            (all.len() == 3 && all[2].documents_at.is_some()).then_some(all)
        })
        .await;
        let seen: Vec<_> = all.iter().map(|row| (row.colour.as_str(), row.gross_fen)).collect();
        assert_eq!(seen, [("blue", 300), ("red", -300), ("blue", 200)]);
        assert!(all.iter().all(|row| row.form_no.is_none()), "bills need no form");
        assert_eq!(order(&town, &order_id).await.invoiced_fen, 200);
        assert!(at_the_platform(&town).iter().all(|line| line["office"] == "finance"));
        town.finish().await;
    }
}
