//! Red invoices: before money that stands on an invoice goes back, by hand, and when the buyer has a say.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use store::InvoiceRow;

use super::{
    Clerk, at_the_platform, documents, order, paid, park_and_pay, until_case, until_order,
    until_red, waive,
};
use crate::harness::app::TestApp;
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_on_an_invoice_goes_back_with_the_red_one_that_takes_it_off() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, driver, order_id) = paid(kind).await;
        let blue = driver.invoice(&order_id).await;
        waive(&town, &order_id, 100, ["anna", "bert"]).await;
        let red = until_red(&town, &order_id, "issued").await;
        let proposer = town.app.store.read().await.unwrap().staff_by_login("anna").await.unwrap();
        assert_eq!(
            (red.gross_fen, red.asked_by.clone()),
            (-100, proposer.unwrap().staff_id.to_string())
        );
        assert_eq!(red.reason, "service_stopped");
        let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
        assert_eq!((back.invoiced_fen, back.paid_fen), (200, 300));
        let document = driver
            .get(&format!("/api/v1/invoices/{}/document.xml", red.invoice_id))
            .await
            .expect(200)
            .text;
        // 1.00 yuan with 9 % inside: the split of 3.00 (2.75 + 0.25) less that of 2.00 (1.83 + 0.17).
        for part in [
            "<LabelCode>N</LabelCode>",
            "<TotalTax-includedAmount>-1.00<",
            "<TotalAmWithoutTax>-0.92<",
            "<TotalTaxAm>-0.08<",
            "（负数）壹圆整",
            &format!("<OriginalInvoiceCode>{}<", blue["invoice_number"].as_str().unwrap()),
            &format!("<CreditNoteNumber>{}<", red.confirmation_no.as_deref().unwrap()),
        ] {
            assert!(document.contains(part), "{part} is not in\n{document}");
        }
        let listed = driver.get("/api/v1/me/invoices").await.expect(200).json();
        assert_eq!(listed["invoices"][0]["original_id"], blue["invoice_id"]);
        assert_eq!(listed["invoices"][1]["red_ids"], json!([red.invoice_id]));
        assert_eq!(at_the_platform(&town).len(), 2);
        let auditor = Clerk::new(&town, "audra", Role::Auditor).await;
        let month = auditor.get("/api/v1/ledger/statement?month=2026-09").await.expect(200).json();
        let told = ["received_fen", "refunded_fen", "invoiced_fen", "red_fen", "uninvoiced_fen"]
            .map(|figure| month["total"][figure].as_i64().unwrap());
        assert_eq!(told, [300, 100, 300, -100, 0], "{month}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_red_one_waits_for_an_invoice_that_is_not_issued_yet() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax_login": "lost"})).await;
    driver.ask_for_invoice(&[&order_id]).await;
    until_case(&town, "office_login_lost", 1).await;
    waive(&town, &order_id, 300, ["anna", "bert"]).await;
    let waiting = until_red(&town, &order_id, "requested").await;
    assert_eq!(waiting.draft_json, "", "nothing is taken back of what is not there");
    assert_eq!(order(&town, &order_id).await.refunding_fen, 0);
    town.sandbox.trouble(&json!({"tax_login": "ok"})).await;
    until_red(&town, &order_id, "issued").await;
    let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 300).await;
    assert_eq!(back.invoiced_fen, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_goes_by_itself_when_the_invoice_comes_to_nothing() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"tax": "reject", "tax_login": "lost"})).await;
    driver.ask_for_invoice(&[&order_id]).await;
    waive(&town, &order_id, 100, ["anna", "bert"]).await;
    until_red(&town, &order_id, "requested").await;
    town.sandbox.trouble(&json!({"tax_login": "ok"})).await;
    until_red(&town, &order_id, "withdrawn").await;
    let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
    assert_eq!(back.invoiced_fen, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_buyer_has_used_waits_for_the_buyer_and_a_clerk_is_told() {
    let (town, driver, order_id) = paid(Kind::Postgres).await;
    let blue = driver.invoice(&order_id).await;
    used(&town, &blue).await;
    waive(&town, &order_id, 100, ["anna", "bert"]).await;
    let red = until_red(&town, &order_id, "applied").await;
    until_case(&town, "red_waits_for_buyer", 1).await;
    assert_eq!(order(&town, &order_id).await.refunding_fen, 0, "no money before the red one");
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    let held = clerk.get("/api/v1/staff/invoices?held=true").await.expect(200).json();
    assert_eq!(held["invoices"][0]["waits_for"], "buyer");
    assert_eq!(held["invoices"][0]["case_ids"].as_array().unwrap().len(), 1);
    assert_eq!(held["invoices"][0]["title"], "张三");
    let auditor = Clerk::new(&town, "otto", Role::Auditor).await;
    let masked = auditor.get("/api/v1/staff/invoices?colour=red").await.expect(200).json();
    assert_eq!(masked["invoices"][0]["title"], "***");
    auditor.work(red.invoice_id, "retry").await.expect_problem(403, "role_insufficient");
    let path = format!("/api/v1/staff/orders/{order_id}/refunds");
    clerk.post(&path, &json!({})).await.expect_problem(409, "red_under_way");

    // The buyer confirms, and the clerk does not want to wait for the next question.
    buyer_confirms(&town, &red).await;
    clerk.work(red.invoice_id, "retry").await.expect(200);
    until_red(&town, &order_id, "issued").await;
    until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
    until_case(&town, "red_waits_for_buyer", 0).await;
    town.finish().await;
}

/// The buyer takes the invoice into its books: a red one waits for its word.
async fn used(town: &TestApp, blue: &Value) {
    let path = format!("/sandbox/tax/invoices/{}/use", blue["invoice_number"].as_str().unwrap());
    town.sandbox.api.post(&path, None, None, &json!({})).await.expect(200);
}

async fn buyer_confirms(town: &TestApp, red: &InvoiceRow) {
    let form = format!("/sandbox/tax/red-forms/{}", red.form_no.as_deref().unwrap());
    town.sandbox.api.post(&form, None, None, &json!({"confirms": true})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_whose_red_one_was_withdrawn_waits_for_a_person_and_is_started_again() {
    let (town, driver, order_id) = paid(Kind::Postgres).await;
    let blue = driver.invoice(&order_id).await;
    used(&town, &blue).await;
    waive(&town, &order_id, 100, ["anna", "bert"]).await;
    let first = until_red(&town, &order_id, "applied").await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    clerk.work(first.invoice_id, "withdraw").await.expect(200);
    until_case(&town, "refund_needs_red_invoice", 1).await;
    let end = driver.post("/api/v1/me/deletion", &json!({})).await;
    end.expect_problem(409, "matters_open");

    let path = format!("/api/v1/staff/orders/{order_id}/refunds");
    let started = clerk.post(&path, &json!({})).await.expect(202).json();
    assert_eq!(started["refunds"], json!([]), "a red one comes first");
    until_case(&town, "refund_needs_red_invoice", 0).await;
    clerk.post(&path, &json!({})).await.expect_problem(409, "red_under_way");
    let second = until_red(&town, &order_id, "applied").await;
    assert_eq!((second.gross_fen, second.invoice_id == first.invoice_id), (-100, false));
    buyer_confirms(&town, &second).await;
    clerk.work(second.invoice_id, "retry").await.expect(200);
    let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
    assert_eq!(back.invoiced_fen, 200);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_counted_on_a_red_one_that_is_withdrawn_asks_for_its_own() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    let blue = driver.invoice(&order_id).await;
    used(&town, &blue).await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    let path = format!("/api/v1/staff/invoices/{}/red", blue["invoice_id"].as_str().unwrap());
    let part = json!({"reason": "sales_allowance",
        "parts": [{"order_id": order_id, "gross_fen": 200}]});
    clerk.post(&path, &part).await.expect(201);
    let by_hand = until_red(&town, &order_id, "applied").await;
    waive(&town, &order_id, 100, ["anna", "bert"]).await;
    assert_eq!(documents(&town, &order_id).await.len(), 2, "200 fen are on their way already");
    clerk.work(by_hand.invoice_id, "withdraw").await.expect(200);
    let own = until_red(&town, &order_id, "applied").await;
    assert_eq!((own.gross_fen, own.asked_by.as_str()), (-100, "system"));
    buyer_confirms(&town, &own).await;
    clerk.work(own.invoice_id, "retry").await.expect(200);
    let back = until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
    assert_eq!(back.invoiced_fen, 200);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_buyer_refuses_is_tried_again_by_a_clerk_as_a_new_red_one() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    driver.invoice(&order_id).await;
    town.sandbox.trouble(&json!({"red": "refused"})).await;
    waive(&town, &order_id, 100, ["anna", "bert"]).await;
    let refused = until_red(&town, &order_id, "rejected").await;
    assert_eq!(refused.reject_reason.as_deref(), Some("购买方不同意开具红字发票"));
    until_case(&town, "red_refused", 1).await;
    let after = order(&town, &order_id).await;
    assert_eq!((after.invoiced_fen, after.refunding_fen), (300, 0));
    town.sandbox.trouble(&json!({"red": "normal"})).await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    let again = clerk.work(refused.invoice_id, "retry").await.expect(200).json();
    assert_ne!(again["invoice_id"], refused.invoice_id.to_string());
    until_red(&town, &order_id, "issued").await;
    until_order(&town, &order_id, "the refund", |o| o.refunded_fen == 100).await;
    clerk.work(refused.invoice_id, "retry").await.expect_problem(409, "nothing_to_retry");
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 200, "taken back once");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_red_one_is_tried_again_although_as_much_of_another_order_was_taken_back() {
    let (mut town, driver, first) = paid(Kind::Sqlite).await;
    let second = park_and_pay(&mut town, &driver, ("TS02", "ts-2", "甘D54321")).await;
    let invoice_id = driver.ask_for_invoice(&[&first, &second]).await;
    driver.invoice_when(&invoice_id, "issued").await;
    town.sandbox.trouble(&json!({"red": "refused"})).await;
    waive(&town, &first, 100, ["anna", "bert"]).await;
    let refused = until_red(&town, &first, "rejected").await;
    town.sandbox.trouble(&json!({"red": "normal"})).await;
    waive(&town, &second, 100, ["dora", "emil"]).await;
    until_red(&town, &second, "issued").await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    clerk.work(refused.invoice_id, "retry").await.expect(200);
    until_red(&town, &first, "issued").await;
    for order_id in [&first, &second] {
        let back = until_order(&town, order_id, "the refund", |o| o.refunded_fen == 100).await;
        assert_eq!(back.invoiced_fen, 200);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_title_is_taken_back_by_a_clerk_and_another_invoice_follows() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    let blue = driver.invoice(&order_id).await;
    let clerk = Clerk::new(&town, "cleo", Role::Finance).await;
    let path = format!("/api/v1/staff/invoices/{}/red", blue["invoice_id"].as_str().unwrap());
    let company = |tax_id: &str| {
        let title = json!({"kind": "company", "name": "白银某某商贸有限公司", "tax_id": tax_id});
        json!({"reason": "issued_in_error", "title": title})
    };
    clerk
        .post(&path, &company("91350100M000100Y44"))
        .await
        .expect_problem(422, "tax_id_check_digit");
    for (title, code) in [
        (json!({"kind": "company", "name": "白银某某商贸有限公司"}), "missing_text"),
        (json!({"kind": "person", "name": " "}), "missing_text"),
        (json!({"kind": "person", "name": "长".repeat(201)}), "text_too_long"),
        (json!({"kind": "person", "name": "张\u{202e}三"}), "illegal_character"),
    ] {
        let wanted = json!({"reason": "issued_in_error", "title": title});
        clerk.post(&path, &wanted).await.expect_problem(422, code);
    }
    let bad = json!({"reason": "because"});
    clerk.post(&path, &bad).await.expect_problem(422, "reason_unknown");
    let much =
        json!({"reason": "issued_in_error", "parts": [{"order_id": order_id, "gross_fen": 301}]});
    clerk.post(&path, &much).await.expect_problem(422, "reverses_too_much");
    let other = json!({"reason": "issued_in_error",
        "parts": [{"order_id": uuid::Uuid::nil(), "gross_fen": 1}]});
    clerk.post(&path, &other).await.expect_problem(422, "order_not_covered");
    clerk.post(&path, &company("91350100M000100Y43")).await.expect(201);
    clerk
        .post(&path, &company("91350100M000100Y43"))
        .await
        .expect_problem(409, "nothing_to_reverse");
    let all = wait::until("the invoice that follows", PATIENCE, async || {
        let all = documents(&town, &order_id).await;
        (all.len() == 3 && all[2].documents_at.is_some()).then_some(all)
    })
    .await;
    let seen: Vec<_> = all.iter().map(|row| (row.colour.as_str(), row.gross_fen)).collect();
    assert_eq!(seen, [("blue", 300), ("red", -300), ("blue", 300)]);
    assert!(all[2].draft_json.contains("91350100M000100Y43"));
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 300);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limit_a_manager_other_than_who_asked_approves_a_red_one() {
    let policy = billing::policy::BUILT_IN_POLICY;
    let limit = policy.lines().find(|line| line.contains("manager_above_fen")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let (head, _) = limit.split_once(':').unwrap();
    std::fs::write(file.path(), policy.replace(limit, &format!("{head}: 200"))).unwrap();
    let path = file.path().to_owned();
    let broker = crate::harness::app::BrokerKind::Embedded;
    let change = |config: &mut gateway::config::Config| config.after.policy_file = Some(path);
    let mut town = crate::harness::app::TestApp::start_with(Kind::Sqlite, broker, change).await;
    let (driver, order_id) = super::make_paid(&mut town).await;
    let blue = driver.invoice(&order_id).await;
    let (anna, bert, cleo) = (
        Clerk::new(&town, "anna", Role::Manager).await,
        Clerk::new(&town, "bert", Role::Manager).await,
        Clerk::new(&town, "cleo", Role::Finance).await,
    );
    let path = format!("/api/v1/staff/invoices/{}/red", blue["invoice_id"].as_str().unwrap());
    let whole = json!({"reason": "sales_allowance"});
    let red = anna.post(&path, &whole).await.expect(201).json();
    assert_eq!(red["state"], "proposed");
    let red_id = red["invoice_id"].as_str().unwrap().parse().unwrap();
    anna.work(red_id, "approve").await.expect_problem(403, "second_person_needed");
    cleo.work(red_id, "approve").await.expect_problem(403, "manager_needed");
    cleo.work(red_id, "retry").await.expect_problem(409, "document_not_approved");
    cleo.work(red_id, "withdraw").await.expect(200);
    bert.work(red_id, "approve").await.expect_problem(409, "document_ended");
    let red = anna.post(&path, &whole).await.expect(201).json();
    let red_id = red["invoice_id"].as_str().unwrap().parse().unwrap();
    bert.work(red_id, "approve").await.expect(200);
    let issued = until_red(&town, &order_id, "issued").await;
    assert_eq!(issued.invoice_id, red_id);
    assert_eq!(order(&town, &order_id).await.invoiced_fen, 0);
    town.finish().await;
}
