//! A pass: asked for, decided on evidence that is then gone, offered while there is a place, paid, covering
//! stays, given back.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::staff::{JPEG, Staff, parked};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const BAY: (&str, &str) = ("TS01", "ts-1");

/// The hand-made town with a tariff that sells a pass for every hour. Who does not pay owes at once.
async fn town_with_a_pass(kind: Kind) -> TestApp {
    let mut file = town::file();
    let passes = "    passes: [{ name: resident, windows: [] }]\n    caps:";
    let yaml = billing::DEMO_TARIFF.replace("    caps:", passes);
    assert_ne!(yaml, billing::DEMO_TARIFF);
    file["tariffs"][0] = Value::String(yaml);
    let clock = TownClock::at_noon();
    let no_grace = |config: &mut gateway::config::Config| config.orders.grace_h = 0;
    TestApp::start_town(kind, BrokerKind::Embedded, &file.to_string(), clock, no_grace).await
}

/// What the books hold of the price of an order: rate, VAT.
async fn vat_of(town: &TestApp, order_id: &str) -> Vec<(Option<i64>, i64)> {
    let order_id = order_id.parse().unwrap();
    let posted = town.app.store.read().await.unwrap().order_vat(order_id).await.unwrap();
    posted.into_iter().map(|vat| (vat.rate_bp, vat.tax_fen)).collect()
}

async fn pass_when(driver: &Driver, state: &str) -> Value {
    wait::until(&format!("the pass to be {state}"), PATIENCE, async || {
        let passes = driver.get("/api/v1/passes").await.expect(200).json();
        let pass = passes["passes"][0].clone();
        (pass["state"] == state).then_some(pass)
    })
    .await
}

async fn bought(kind: Kind) {
    let mut town = town_with_a_pass(kind).await;
    let (manager, reviewer) =
        (Staff::of(&town, Role::Manager).await, Staff::of(&town, Role::Reviewer).await);
    let zones = manager.get("/api/v1/zones").await.expect(200).json();
    let zone = &zones["zones"][0]["zone_id"];
    let product = |name: &str, in_tariff: &str| {
        json!({"zone_id": zone, "name": name, "tariff_pass": in_tariff, "price_fen": 10_900, "months": 1,
            "quota": 1, "evidence_needed": true, "eligibility": "本路段居民"})
    };
    let products = "/api/v1/staff/passes/products";
    manager.post(products, &product("x", "vip")).await.expect_problem(422, "pass_not_in_tariff");
    let sold = manager.post(products, &product("居民月票", "resident")).await.expect(201).json();
    manager
        .post(products, &product("居民月票", "resident"))
        .await
        .expect_problem(409, "product_exists");
    let shown = town.api.get("/api/v1/passes/products", None).await.expect(200).json();
    assert!(shown["promise"].as_str().unwrap().contains("不保证"), "{shown}");

    let (lin, wang) = (town.driver("lin").await, town.driver("wang").await);
    let ask = |plate: &str| json!({"product_id": sold["product_id"], "plate": plate});
    let pass = lin.post("/api/v1/passes", &ask("甘D12345")).await.expect(201).json();
    assert_eq!(pass["state"], "applied");
    let id = pass["pass_id"].as_str().unwrap().to_owned();
    let evidence = format!("/api/v1/passes/{id}/evidence");
    town.api.put(&evidence, Some(&lin.token), JPEG).await.expect(204);
    let listed = reviewer.get("/api/v1/staff/passes").await.expect(200).json();
    let application = &listed["applications"][0];
    assert_eq!(application["plate"], "甘D·1***5");
    let file = application["evidence"][0]["evidence_id"].as_str().unwrap();
    let file = format!("/api/v1/staff/passes/{id}/evidence/{file}");
    reviewer.get(&file).await.expect(200);
    let decision = format!("/api/v1/staff/passes/{id}/decision");
    reviewer
        .post(&decision, &json!({"approve": false}))
        .await
        .expect_problem(422, "reason_missing");
    let offered = reviewer.post(&decision, &json!({"approve": true})).await.expect(200).json();
    assert_eq!(offered["state"], "offered");
    // The evidence is gone with the decision.
    reviewer.get(&file).await.expect_problem(404, "attachment_missing");

    // The quota is one: who comes later waits.
    let other = wang.post("/api/v1/passes", &ask("甘D54321")).await.expect(201).json();
    let other = format!("/api/v1/staff/passes/{}/decision", other["pass_id"].as_str().unwrap());
    assert_eq!(reviewer.post(&other, &json!({"approve": true})).await.json()["state"], "waiting");

    // An offer is not sold: asked for, not owed, and in no book, however long it stands.
    let pass_order = offered["order_id"].as_str().unwrap();
    gateway::flow::end_grace::end_grace(&town.app).await.unwrap();
    let asked = lin.order(pass_order).await;
    let money = ["total_fen", "due_fen", "paid_fen"].map(|name| asked[name].as_i64().unwrap());
    assert_eq!((&asked["state"], money), (&json!("open"), [0, 0, 0]), "{asked}");
    assert_eq!(asked["running"]["payable_fen"], 10_900, "{asked}");
    assert_eq!(lin.get("/api/v1/arrears").await.json()["count"], 0);
    assert!(vat_of(&town, pass_order).await.is_empty());
    lin.pay(pass_order).await;
    // Sold when it is paid: 109.00 at 9 % are 100.00 and 9.00.
    assert_eq!(vat_of(&town, pass_order).await, [(Some(900), 900)]);
    let active = pass_when(&lin, "active").await;
    // Paid at noon on 15 September: from midnight in Shanghai, for a month.
    assert_eq!(active["valid_from"], "2026-09-14T16:00:00.000Z");
    assert_eq!(active["valid_to"], "2026-10-14T16:00:00.000Z");
    let order_id = parked(&mut town, &lin, BAY, "甘D12345").await;
    let order = lin.order_when(&order_id, "pass").await;
    assert_eq!(order["total_fen"], 0);
    assert!(
        order["bill"]["lines"].as_array().unwrap().iter().any(|l| l["rule"] == "pass"),
        "{order}"
    );

    // 109.00 yuan for 15 September to 14 October: 16 days of 30 are 58.13 in September, the rest in October.
    let pass_id: uuid::Uuid = id.parse().unwrap();
    let months = town.app.store.read().await.unwrap().pass_months(pass_id).await.unwrap();
    let plan: Vec<(&str, i64)> = months.iter().map(|m| (m.month.as_str(), m.amount_fen)).collect();
    assert_eq!(plan, [("2026-09", 5_813), ("2026-10", 5_087)]);

    // A new plate is covered from now on.
    let plate = format!("/api/v1/passes/{id}/plate");
    lin.post(&plate, &json!({"plate": "甘D99999"})).await.expect(200);
    wang.post(&plate, &json!({"plate": "甘D99999"})).await.expect_problem(404, "pass_unknown");
    lin.post(&plate, &json!({"plate": "甘D99998"})).await.expect(200);
    let third = lin.post(&plate, &json!({"plate": "甘D99997"})).await;
    third.expect_problem(409, "plate_changes_used_up");
    // Staff change it for the holder, who says why.
    let by_staff = format!("/api/v1/staff/passes/{id}/plate");
    let changed = json!({"plate": "甘D·99997", "reason": "the car was in an accident"});
    let unfounded = json!({"plate": "甘D99997", "reason": ""});
    reviewer.post(&by_staff, &unfounded).await.expect_problem(422, "reason_missing");
    let seen = reviewer.post(&by_staff, &changed).await.expect(200).json();
    assert_eq!(seen["plate"], "甘D·9***7");
    assert_eq!(pass_when(&lin, "active").await["plate"], "甘D99997");
    let audited = town.app.store.read().await.unwrap().count_audit("change_pass_plate").await;
    assert_eq!(audited.unwrap(), 1);

    // Given back on its first day: 109.00 / 30 = 3.63 are used, 105.37 go back by themselves.
    let back = lin.post(&format!("/api/v1/passes/{id}/give-back"), &json!({})).await.expect(200);
    assert_eq!(
        (&back.json()["state"], &back.json()["given_back_fen"]),
        (&json!("cancelled"), &json!(10_537))
    );
    wait::until("the price of the days not begun to be refunded", PATIENCE, async || {
        (lin.order(pass_order).await["refunded_fen"] == 10_537).then_some(())
    })
    .await;
    let months = town.app.store.read().await.unwrap().pass_months(pass_id).await.unwrap();
    let kept: Vec<(&str, i64)> = months.iter().map(|m| (m.month.as_str(), m.amount_fen)).collect();
    assert_eq!(kept, [("2026-09", 363)]);
    // Its place is free for who waited, and who does not want it any more leaves no trace in the books.
    let second = pass_when(&wang, "offered").await;
    let withdrawn = format!("/api/v1/passes/{}/give-back", second["pass_id"].as_str().unwrap());
    assert_eq!(wang.post(&withdrawn, &json!({})).await.expect(200).json()["state"], "lapsed");
    let second = second["order_id"].as_str().unwrap();
    assert_eq!(wang.order(second).await["state"], "void");
    assert!(vat_of(&town, second).await.is_empty());

    // Off sale: who asked and has no offer gets none, and nobody asks any more.
    wang.post("/api/v1/passes", &ask("甘D54321")).await.expect(201);
    let end = format!("{products}/{}/end", sold["product_id"].as_str().unwrap());
    reviewer.post(&end, &json!({})).await.expect_problem(403, "role_insufficient");
    manager.post(&end, &json!({})).await.expect(200);
    manager.post(&end, &json!({})).await.expect_problem(409, "product_ended");
    let told = pass_when(&wang, "lapsed").await;
    assert!(told["reason"].as_str().is_some_and(|why| why.contains("停止销售")), "{told}");
    let last = wang.post("/api/v1/passes", &ask("甘D54321")).await;
    last.expect_problem(404, "product_unknown");
    let shown = town.api.get("/api/v1/passes/products", None).await.expect(200).json();
    assert_eq!(shown["products"], json!([]));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_is_decided_offered_paid_and_covers_a_stay_on_sqlite() {
    bought(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_is_decided_offered_paid_and_covers_a_stay_on_postgres() {
    bought(Kind::Postgres).await;
}
