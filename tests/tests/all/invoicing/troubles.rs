//! Whatever goes wrong at the tax platform: an invoice is issued once, or refused with a reason, and goes on where it
//! stopped.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{Clerk, at_the_platform, documents, order, paid, until_case};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_whose_answers_are_lost_is_asked_for_again_and_issued_once() {
    for trouble in ["answer_lost", "broken_off", "error500", "frequency_limited"] {
        let (town, driver, order_id) = paid(Kind::Sqlite).await;
        let troubled = json!({"http": trouble, "http_on": "tax", "http_left": 3});
        town.sandbox.trouble(&troubled).await;
        let invoice = driver.invoice(&order_id).await;
        let known = at_the_platform(&town);
        assert_eq!(known.len(), 1, "{trouble}: {known:?}");
        assert_eq!(known[0]["outcome"]["invoice_number"], invoice["invoice_number"], "{trouble}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_that_are_lost_late_doubled_or_forged_change_nothing_but_the_time() {
    for trouble in
        ["lost", "off", "late", "twice", "out_of_order", "wrong_signature", "stale_signature"]
    {
        let (town, driver, order_id) = paid(Kind::Sqlite).await;
        town.sandbox.trouble(&json!({"tax_notify": trouble, "notify_late_ms": 700})).await;
        let invoice = driver.invoice(&order_id).await;
        assert_eq!(invoice["invoice_number"].as_str().unwrap().len(), 20, "{trouble}");
        assert_eq!(at_the_platform(&town).len(), 1, "{trouble}");
        town.sandbox.trouble(&json!({"tax_notify": "normal"})).await;
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_that_nobody_signed_is_refused() {
    let (town, _, _) = paid(Kind::Sqlite).await;
    for path in ["/api/v1/invoices/tax/notify", "/api/v1/invoices/finance/notify"] {
        let forged = json!({"request_no": "x", "status": "rejected"});
        let answer = town.api.post(path, None, None, &forged).await;
        assert_eq!((answer.status, answer.json()["code"].as_i64()), (401, Some(401)));
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_login_at_the_tax_office_is_lost_invoices_wait_and_go_on_by_themselves() {
    let (town, driver, order_id) = paid(Kind::Postgres).await;
    town.sandbox.trouble(&json!({"tax_login": "lost"})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    until_case(&town, "office_login_lost", 1).await;
    let waiting = driver.get(&format!("/api/v1/invoices/{invoice_id}")).await.expect(200).json();
    assert_eq!((&waiting["state"], &waiting["waits_for"]), (&json!("requested"), &json!("login")));
    assert!(town.api.metric("bowei_invoices_held", &["blue"]).await > 0.0);
    assert_eq!(at_the_platform(&town).len(), 0);
    town.sandbox.trouble(&json!({"tax_login": "ok"})).await;
    let issued = driver.invoice_when(&invoice_id, "issued").await;
    assert_eq!(issued["waits_for"], json!(null));
    assert_eq!(at_the_platform(&town).len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_invoice_gives_its_orders_back_with_the_reason() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax": "reject"})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    let refused = driver.invoice_when(&invoice_id, "rejected").await;
    assert_eq!(refused["reject_reason"], "购买方名称与税号不一致");
    until_case(&town, "invoice_rejected", 1).await;
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 0);
    town.sandbox.trouble(&json!({"tax": "normal"})).await;
    driver.invoice(&order_id).await;
    let states: Vec<String> =
        documents(&town, &order_id).await.into_iter().map(|row| row.state).collect();
    assert_eq!(states, ["rejected", "issued"]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_that_was_made_void_at_the_platform_can_be_asked_for_again() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax": "void"})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    let void = driver.invoice_when(&invoice_id, "void").await;
    assert_eq!(void["invoice_number"], json!(null), "it never was ours");
    until_case(&town, "invoice_void", 1).await;
    town.sandbox.trouble(&json!({"tax": "normal"})).await;
    driver.invoice(&order_id).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_that_could_not_be_signed_counts_as_issued_and_is_taken_back_by_a_clerk() {
    let (town, driver, order_id) = paid(Kind::Postgres).await;
    town.sandbox.trouble(&json!({"tax": "sign_failed"})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    let unsigned = driver.invoice_when(&invoice_id, "unsigned").await;
    assert_eq!(unsigned["invoice_number"].as_str().unwrap().len(), 20);
    until_case(&town, "invoice_unsigned", 1).await;
    let path = format!("/api/v1/invoices/{invoice_id}/document.xml");
    driver.get(&path).await.expect_problem(409, "invoice_not_issued");
    let again = json!({"order_ids": [order_id], "title": {"kind": "person", "name": "张三"}});
    driver.post("/api/v1/invoices", &again).await.expect_problem(422, "nothing_to_invoice");

    let clerk = Clerk::new(&town, "anna", Role::Finance).await;
    clerk.work(invoice_id.parse().unwrap(), "retry").await.expect(200);
    town.sandbox.trouble(&json!({"tax": "normal"})).await;
    let wanted = json!({"reason": "issued_in_error", "title": {"kind": "person", "name": "张三"}});
    let path = format!("/api/v1/staff/invoices/{invoice_id}/red");
    clerk.post(&path, &wanted).await.expect(201);
    let states = wait::until("a new invoice", PATIENCE, async || {
        let all = documents(&town, &order_id).await;
        let whole = all.len() == 3 && all.iter().skip(1).all(|row| row.documents_at.is_some());
        whole.then(|| all.into_iter().map(|row| (row.colour, row.state)).collect::<Vec<_>>())
    })
    .await;
    let expected = [("blue", "unsigned"), ("red", "issued"), ("blue", "issued")];
    assert_eq!(states, expected.map(|(colour, state)| (colour.to_owned(), state.to_owned())));
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 300);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsigned_invoice_that_is_made_void_gives_its_orders_back() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax": "sign_failed"})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    let unsigned = driver.invoice_when(&invoice_id, "unsigned").await;
    until_case(&town, "invoice_unsigned", 1).await;
    let number = unsigned["invoice_number"].as_str().unwrap();
    let gone = format!("/sandbox/tax/invoices/{number}/void");
    town.sandbox.api.post(&gone, None, None, &json!({})).await.expect(200);
    let clerk = Clerk::new(&town, "anna", Role::Finance).await;
    clerk.work(invoice_id.parse().unwrap(), "retry").await.expect(200);
    driver.invoice_when(&invoice_id, "void").await;
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 0);
    until_case(&town, "invoice_unsigned", 0).await;
    until_case(&town, "invoice_void", 1).await;
    town.sandbox.trouble(&json!({"tax": "normal"})).await;
    driver.invoice(&order_id).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issued_comes_before_the_document_which_may_be_late() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax": "document_late", "tax_late_ms": 3_000})).await;
    let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
    let path = format!("/api/v1/invoices/{invoice_id}");
    let early = wait::until("the number", PATIENCE, async || {
        let seen = driver.get(&path).await.expect(200).json();
        (seen["state"] == "issued").then_some(seen)
    })
    .await;
    assert_eq!(early["documents"], json!([]));
    let xml = format!("{path}/document.xml");
    driver.get(&xml).await.expect_problem(409, "document_not_ready");
    driver.invoice_when(&invoice_id, "issued").await;
    driver.get(&xml).await.expect(200);
    driver.get(&format!("{path}/documents/xml")).await.expect(200);
    driver.get(&format!("{path}/documents/doc")).await.expect_problem(404, "format_unknown");
    town.finish().await;
}
