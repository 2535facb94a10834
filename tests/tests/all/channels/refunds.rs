//! Money that goes back: by itself, once, and to the end, whatever the provider does.

use billing::refund::RefundStatus;
use gateway::flow::confirm_refund::{Told, confirm_refund};
use gateway::flow::sign_in::Role;
use gateway::outbound::RefundWord;
use serde_json::{Value, json};
use vocabulary::Fen;

use super::{Clerk, balance, due, open_cases, paid_twice, refunds, stored, until_order};
use crate::harness::app::TestApp;
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::wait;

/// 3 yuan too much were paid; `trouble` is what the sandbox does with refunds.
async fn overpaid(kind: Kind, trouble: &Value) -> (TestApp, Driver, String) {
    let (town, driver, order_id) = due(kind).await;
    town.sandbox.trouble(trouble).await;
    paid_twice(&town, &driver, &order_id).await;
    (town, driver, order_id)
}

async fn until_refund(town: &TestApp, order_id: &str, state: &str) -> store::RefundRow {
    wait::until(&format!("the refund to be {state}"), PATIENCE, async || {
        refunds(town, order_id).await.pop().filter(|refund| refund.state == state)
    })
    .await
}

/// Every refund that the sandbox has written down.
fn given_back(town: &TestApp) -> Vec<(String, i64)> {
    let folder = town.sandbox.merchant_dir();
    let file = folder.parent().unwrap().join("refunds.jsonl");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        (line["out_refund_no"].as_str().unwrap().to_owned(), line["refund_fen"].as_i64().unwrap())
    };
    text.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_too_much_goes_back_by_itself_to_the_newest_payment() {
    let (town, driver, order_id) = overpaid(Kind::Postgres, &json!({"refund": "normal"})).await;
    let order = until_order(&town, &order_id, "the refund to end", |o| o.refunded_fen == 300).await;
    assert_eq!((order.state.as_str(), order.paid_fen, order.refunding_fen), ("paid", 600, 0));
    let known = refunds(&town, &order_id).await;
    assert_eq!(known.len(), 1);
    let refund = &known[0];
    assert_eq!(
        (refund.state.as_str(), refund.way.as_str(), refund.amount_fen),
        ("succeeded", "channel", 300)
    );
    assert_eq!(given_back(&town), [(refund.out_refund_no.clone(), 300)]);
    assert_eq!(balance(&town, "refunds_payable").await, 0);
    assert_eq!(balance(&town, "receivable").await, 0);
    assert_eq!(balance(&town, "channel_clearing").await, 0, "3 yuan came and went");
    assert_eq!(balance(&town, "cash").await, 300);
    let shown = driver.get(&format!("/api/v1/orders/{order_id}/refunds")).await.expect(200).json();
    assert_eq!(shown["refunds"][0]["state"], "succeeded");
    let stranger = town.driver("stranger").await;
    let path = format!("/api/v1/orders/{order_id}/refunds");
    stranger.get(&path).await.expect_problem(404, "order_unknown");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_whose_answer_is_lost_is_asked_for_again_and_made_once() {
    for trouble in ["answer_lost", "broken_off", "error500", "frequency_limited", "wrong_signature"]
    {
        let troubled = json!({"http": trouble, "http_on": "refunds", "http_left": 2});
        let (town, _, order_id) = overpaid(Kind::Sqlite, &troubled).await;
        let order = until_order(&town, &order_id, trouble, |o| o.refunded_fen == 300).await;
        assert_eq!((order.paid_fen, order.refunding_fen), (600, 0), "{trouble}");
        assert_eq!(given_back(&town).len(), 1, "{trouble}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_nobody_reports_is_asked_for() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"http": "error500", "http_on": "refunds"})).await;
    paid_twice(&town, &driver, &order_id).await;
    town.sandbox.trouble(&json!({"notify": "lost", "http": "normal"})).await;
    until_order(&town, &order_id, "the refund to end", |o| o.refunded_fen == 300).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abnormal_refund_is_transferred_by_one_person_and_confirmed_by_another() {
    let (town, driver, order_id) = overpaid(Kind::Sqlite, &json!({"refund": "abnormal"})).await;
    let refund = until_refund(&town, &order_id, "abnormal").await;
    wait::until("the case", PATIENCE, async || {
        (open_cases(&town, "refund_abnormal").await == 1).then_some(())
    })
    .await;
    let (anna, bert) = (
        Clerk::new(&town, "anna", Role::Finance).await,
        Clerk::new(&town, "bert", Role::Manager).await,
    );
    let listed = anna.get("/api/v1/staff/refunds").await.expect(200).json();
    assert_eq!(listed["refunds"][0]["refund_id"], refund.refund_id.to_string());
    let path = |what: &str| format!("/api/v1/staff/refunds/{}/{what}", refund.refund_id);
    let none = json!({});
    bert.post(&path("confirm"), &none).await.expect_problem(409, "transfer_not_entered");
    let empty = json!({"reference": "  "});
    anna.post(&path("transfer"), &empty).await.expect_problem(422, "reference_malformed");
    // The collector has the money in the bag, but who paid by WeChat is not paid by one person.
    let inspector = Clerk::signed_in(&town, "inspector").await;
    inspector.post(&path("cash"), &none).await.expect_problem(409, "refund_not_by_hand");
    let transfer = json!({"reference": "2026113000123456"});
    anna.post(&path("transfer"), &transfer).await.expect(200);
    let other = json!({"reference": "another"});
    bert.post(&path("transfer"), &other).await.expect_problem(409, "transfer_entered");
    anna.post(&path("confirm"), &none).await.expect_problem(403, "second_person_needed");
    assert_eq!(stored(&town, &order_id).await.refunded_fen, 0);
    let done = bert.post(&path("confirm"), &none).await.expect(200).json();
    assert_eq!(done["state"], "succeeded");
    bert.post(&path("confirm"), &none).await.expect_problem(409, "refund_ended");
    driver.get(&path("")).await.expect_problem(404, "route_unknown");
    assert_eq!(stored(&town, &order_id).await.refunded_fen, 300);
    assert_eq!(open_cases(&town, "refund_abnormal").await, 0, "what ended it closed the case");
    // The money stays with WeChat until it is settled; the bank has paid.
    assert_eq!(
        (balance(&town, "channel_clearing").await, balance(&town, "bank").await),
        (300, -300)
    );
    town.finish().await;
}

/// What the channel says about a refund.
async fn told(town: &TestApp, refund: &store::RefundRow, status: RefundStatus) -> Told {
    let word = RefundWord {
        out_refund_no: refund.out_refund_no.clone(),
        refund_id: None,
        status,
        amount: Fen(refund.amount_fen),
        success_at: None,
    };
    confirm_refund(&town.app, &word).await.unwrap()
}

/// An abnormal refund for which one person has entered a transfer, and who may confirm it.
async fn transfer_entered(kind: Kind) -> (TestApp, String, store::RefundRow) {
    let (town, _, order_id) = overpaid(kind, &json!({"refund": "abnormal"})).await;
    let refund = until_refund(&town, &order_id, "abnormal").await;
    let anna = Clerk::new(&town, "anna", Role::Finance).await;
    let path = format!("/api/v1/staff/refunds/{}/transfer", refund.refund_id);
    anna.post(&path, &json!({"reference": "2026113000123456"})).await.expect(200);
    (town, order_id, refund)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_channel_pays_is_booked_from_the_channel_though_a_transfer_was_entered() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, order_id, refund) = transfer_entered(kind).await;
        assert_eq!(told(&town, &refund, RefundStatus::Success).await, Told::Moved);
        assert_eq!(told(&town, &refund, RefundStatus::Success).await, Told::Known);
        assert_eq!(stored(&town, &order_id).await.refunded_fen, 300);
        assert_eq!(
            (balance(&town, "channel_clearing").await, balance(&town, "bank").await),
            (0, 0)
        );
        assert_eq!(open_cases(&town, "refund_differs").await, 1, "the bank may have sent it, too");
        assert_eq!(open_cases(&town, "refund_abnormal").await, 0);
        let mut tx = town.app.store.read().await.unwrap();
        let own = tx.own_refunds("wechat", 0, i64::MAX).await.unwrap();
        assert_eq!((own.len(), &own[0].hand_reference), (1, &None), "it is on the channel's bill");
        drop(tx);
        let bert = Clerk::new(&town, "bert", Role::Manager).await;
        let path = format!("/api/v1/staff/refunds/{}/confirm", refund.refund_id);
        bert.post(&path, &json!({})).await.expect_problem(409, "refund_ended");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_paid_and_the_channel_paid_too_is_a_case_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, order_id, refund) = transfer_entered(kind).await;
        let bert = Clerk::new(&town, "bert", Role::Manager).await;
        let path = format!("/api/v1/staff/refunds/{}/confirm", refund.refund_id);
        bert.post(&path, &json!({})).await.expect(200);
        assert_eq!(told(&town, &refund, RefundStatus::Abnormal).await, Told::Known);
        assert_eq!(open_cases(&town, "refund_differs").await, 0);
        for _ in 0..2 {
            assert_eq!(told(&town, &refund, RefundStatus::Success).await, Told::Case);
        }
        assert_eq!(open_cases(&town, "refund_differs").await, 1);
        assert_eq!(stored(&town, &order_id).await.refunded_fen, 300);
        assert_eq!(
            (balance(&town, "channel_clearing").await, balance(&town, "bank").await),
            (300, -300)
        );
        let mut tx = town.app.store.read().await.unwrap();
        let own = tx.own_refunds("wechat", 0, i64::MAX).await.unwrap();
        drop(tx);
        assert_eq!(own[0].hand_reference.as_deref(), Some("2026113000123456"));
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_to_an_account_that_is_gone_is_refused_for_good_and_made_by_hand() {
    let trouble = json!({"refund": "account_abnormal"});
    let (town, _, order_id) = overpaid(Kind::Sqlite, &trouble).await;
    let refund = until_refund(&town, &order_id, "closed").await;
    assert_eq!(refund.failure.as_deref(), Some("USER_ACCOUNT_ABNORMAL"));
    let (waits, failed) =
        (open_cases(&town, "refund_waits").await, open_cases(&town, "refund_failed").await);
    assert_eq!((waits, failed), (0, 1));
    let anna = Clerk::new(&town, "anna", Role::Finance).await;
    let bert = Clerk::new(&town, "bert", Role::Manager).await;
    let again = format!("/api/v1/staff/orders/{order_id}/refunds");
    let started = anna.post(&again, &json!({"by_hand": true})).await.expect(201).json();
    assert_eq!(started["refunds"][0]["amount_fen"], 300);
    let refund_id = started["refunds"][0]["refund_id"].as_str().unwrap();
    let path = |what: &str| format!("/api/v1/staff/refunds/{refund_id}/{what}");
    anna.post(&path("transfer"), &json!({"reference": "17"})).await.expect(200);
    bert.post(&path("confirm"), &json!({})).await.expect(200);
    let order = stored(&town, &order_id).await;
    assert_eq!((order.refunded_fen, order.refunding_fen), (300, 0));
    assert_eq!(open_cases(&town, "refund_failed").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bag_pays_refunds_of_its_own_payee_only() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    driver.pay(&order_id).await;
    let (inspector, finance) = (
        Clerk::new(&town, "inspector", Role::Inspector).await,
        Clerk::new(&town, "cashier", Role::Finance).await,
    );
    let shift_id = finance.ready_for_cash(&inspector).await;
    let receipt = json!({"receipt_no": "BY-0000001", "order_id": order_id, "amount_fen": 300,
        "taken_at": town.app.clock.city_now()});
    inspector.upload(&json!([receipt])).await;
    until_order(&town, &order_id, "it to wait for a hand", |o| o.refunding_fen == 300).await;
    let refund = refunds(&town, &order_id).await.remove(0);
    let shift = |what: &str| format!("/api/v1/staff/cash/shifts/{shift_id}/{what}");
    inspector.post(&shift("count"), &json!({"counted_fen": 300})).await.expect(200);
    finance.post(&shift("hand-in"), &json!({"received_fen": 300})).await.expect(200);

    let order = stored(&town, &order_id).await;
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    let known = tx.payee(order.payee_id).await.unwrap().unwrap();
    let other =
        store::PayeeRow { payee_id: uuid::Uuid::now_v7(), name: "另一收款方".into(), ..known };
    tx.put_payee(&other).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/api/v1/staff/refunds/{}/cash", refund.refund_id);
    let begin = json!({"payee": "另一收款方", "float_fen": 1_000, "cashier": "cashier"});
    inspector.post("/api/v1/staff/cash/shifts", &begin).await.expect(201);
    inspector.post(&path, &json!({})).await.expect_problem(409, "bag_of_another_payee");
    assert_eq!(stored(&town, &order_id).await.refunding_fen, 300);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_refund_gives_the_order_its_credit_back_and_a_person_is_told() {
    let (town, _, order_id) = overpaid(Kind::Postgres, &json!({"refund": "closed"})).await;
    until_refund(&town, &order_id, "closed").await;
    let order = until_order(&town, &order_id, "the credit", |o| o.refunding_fen == 0).await;
    assert_eq!((order.paid_fen, order.refunded_fen), (600, 0));
    assert_eq!(open_cases(&town, "refund_failed").await, 1);
    assert_eq!(balance(&town, "refunds_payable").await, 0);
    assert_eq!(balance(&town, "receivable").await, -300, "the driver has 3 yuan to get");

    let finance = Clerk::new(&town, "cashier", Role::Finance).await;
    let reviewer = Clerk::new(&town, "reviewer", Role::Reviewer).await;
    let path = format!("/api/v1/staff/orders/{order_id}/refunds");
    reviewer.post(&path, &json!({})).await.expect_problem(403, "role_insufficient");
    town.sandbox.trouble(&json!({"refund": "normal"})).await;
    let started = finance.post(&path, &json!({})).await.expect(201).json();
    assert_eq!(started["refunds"][0]["amount_fen"], 300);
    assert_eq!(open_cases(&town, "refund_failed").await, 0, "it was made up for");
    finance.post(&path, &json!({})).await.expect_problem(409, "nothing_to_refund");
    until_order(&town, &order_id, "the second refund to end", |o| o.refunded_fen == 300).await;
    assert_eq!(refunds(&town, &order_id).await.len(), 2);
    assert_eq!(given_back(&town).len(), 2, "one of them was closed");
    assert_eq!(balance(&town, "receivable").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_the_balance_does_not_cover_waits_and_a_person_is_told() {
    let (town, _, order_id) = overpaid(Kind::Sqlite, &json!({"refund": "not_enough"})).await;
    wait::until("the case", PATIENCE, async || {
        (open_cases(&town, "refund_waits").await == 1).then_some(())
    })
    .await;
    let refund = until_refund(&town, &order_id, "requested").await;
    assert_eq!(refund.failure, None, "it is asked again in ten minutes");
    assert_eq!(stored(&town, &order_id).await.refunding_fen, 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_in_cash_goes_back_in_cash_or_by_transfer() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    driver.pay(&order_id).await;
    let (inspector, finance) = (
        Clerk::new(&town, "inspector", Role::Inspector).await,
        Clerk::new(&town, "cashier", Role::Finance).await,
    );
    finance.ready_for_cash(&inspector).await;
    let receipt = |n: u32| {
        json!({"receipt_no": format!("BY-{n:07}"), "order_id": order_id, "amount_fen": 300,
            "taken_at": town.app.clock.city_now()})
    };
    let taken = inspector.upload(&json!([receipt(1), receipt(2)])).await;
    assert_eq!((&taken[0]["outcome"], &taken[1]["outcome"]), (&json!("paid"), &json!("paid")));
    let order =
        until_order(&town, &order_id, "both to be on their way back", |o| o.refunding_fen == 600)
            .await;
    assert_eq!(order.paid_fen, 900);
    let on_their_way = refunds(&town, &order_id).await;
    assert!(
        on_their_way.iter().all(|r| r.way == "hand" && r.amount_fen == 300),
        "{on_their_way:?}"
    );
    wait::until("the cases", PATIENCE, async || {
        (open_cases(&town, "refund_by_hand").await == 2).then_some(())
    })
    .await;

    let path = |n: usize, what: &str| {
        format!("/api/v1/staff/refunds/{}/{what}", on_their_way[n].refund_id)
    };
    let none = json!({});
    finance.post(&path(0, "cash"), &none).await.expect_problem(403, "role_insufficient");
    let paid = inspector.post(&path(0, "cash"), &none).await.expect(200).json();
    assert_eq!(paid["state"], "succeeded");
    inspector.post(&path(0, "cash"), &none).await.expect_problem(409, "refund_ended");
    let anna = Clerk::new(&town, "anna", Role::Manager).await;
    finance.post(&path(1, "transfer"), &json!({"reference": "17"})).await.expect(200);
    inspector.post(&path(1, "cash"), &none).await.expect_problem(409, "transfer_entered");
    anna.post(&path(1, "confirm"), &none).await.expect(200);

    let order = stored(&town, &order_id).await;
    assert_eq!((order.refunded_fen, order.refunding_fen), (600, 0));
    assert_eq!(open_cases(&town, "refund_by_hand").await, 0);
    // 6 yuan were taken, 3 paid out of the bag, 3 by the bank.
    assert_eq!((balance(&town, "cash").await, balance(&town, "bank").await), (300, -300));
    let shifts = inspector.get("/api/v1/staff/cash/shifts").await.expect(200).json();
    assert_eq!(
        (&shifts["shifts"][0]["paid_out_fen"], &shifts["shifts"][0]["expected_fen"]),
        (&json!(300), &json!(300))
    );
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_the_bank_is_entered_for_one_refund_whoever_enters_it_and_how_many_at_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, driver, order_id) = due(kind).await;
        driver.pay(&order_id).await;
        let (inspector, finance, manager) = (
            Clerk::new(&town, "inspector", Role::Inspector).await,
            Clerk::new(&town, "cashier", Role::Finance).await,
            Clerk::new(&town, "anna", Role::Manager).await,
        );
        finance.ready_for_cash(&inspector).await;
        let receipt = |n: u32| {
            json!({"receipt_no": format!("BY-{n:07}"), "order_id": order_id, "amount_fen": 300,
                "taken_at": town.app.clock.city_now()})
        };
        inspector.upload(&json!([receipt(1), receipt(2)])).await;
        until_order(&town, &order_id, "both to wait for a hand", |o| o.refunding_fen == 600).await;
        let both = refunds(&town, &order_id).await;
        let path = |n: usize| format!("/api/v1/staff/refunds/{}/transfer", both[n].refund_id);
        let (first, second) = (path(0), path(1));
        let number = json!({"reference": "2026113000123456"});
        let (one, other) =
            tokio::join!(finance.post(&first, &number), manager.post(&second, &number));
        let mut ended = [(one.status, first), (other.status, second)];
        ended.sort();
        assert_eq!(ended.each_ref().map(|(status, _)| *status), [200, 409]);
        let [(_, has), (_, lacks)] = ended;
        // The same again is no second one, blanks around it are no other number.
        finance.post(&has, &number).await.expect(200);
        let typed = json!({"reference": " 2026113000123456 "});
        finance.post(&lacks, &typed).await.expect_problem(409, "transfer_reference_used");
        finance.post(&lacks, &json!({"reference": "2026113000123457"})).await.expect(200);
        town.finish().await;
    }
}
