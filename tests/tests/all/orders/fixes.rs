//! Claims that named the wrong bay, two claims, and plates of no Chinese form.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{PLATE, Story, ago, open_cases, reasoned, text, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_neighbour_bay_is_offered_as_a_fix_and_taken_with_one_tap() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("slip").await;
    let now = town.api.now().await;
    // It stands on TS02 since two minutes; the driver types TS01, where nobody is.
    town.hear("ts-2", &Story::parked(now, 2).arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "waiting");
    let path = format!("/api/v1/claims/{}", text(&claim["claim_id"]));
    let seen = driver.get(&path).await.expect(200).json();
    let offer = &seen["fixes"][0];
    assert_eq!((&offer["kind"], &offer["bay_code"]), (&"move".into(), &"TS02".into()));
    let stranger = town.driver("stranger").await;
    stranger.get(&path).await.expect_problem(404, "claim_unknown");
    let fix = json!({"stay_id": offer["stay_id"]});
    let nowhere = json!({"stay_id": "0190a0b0-0000-7000-8000-000000000001"});
    let fix_path = format!("{path}/fix");
    driver.post(&fix_path, &nowhere).await.expect_problem(404, "stay_unknown");
    let bound = driver.post_as("tap", &fix_path, &fix).await.expect(200).json();
    // The second tap of the same key is the first.
    assert_eq!(driver.post_as("tap", &fix_path, &fix).await.expect(200).json(), bound);
    let fixed = driver.get(&path).await.expect(200).json();
    assert_eq!((&fixed["state"], &fixed["stay_id"]), (&"bound".into(), &offer["stay_id"]));
    let order = driver.order(text(&bound["order_id"])).await;
    assert_eq!(order["stays"][0]["bay_code"], "TS02");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_neighbours_that_claimed_crosswise_are_swapped_by_staff_and_keep_their_orders() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &Story::parked(now, 40).arrives()).await;
    town.hear("ts-2", &Story::parked(now, 30).arrives()).await;
    let inspector = town.staff(Role::Inspector).await;
    // Who came to TS01 was noted on TS02 a minute later; who came to TS02 ten minutes after, on TS01.
    let note = async |key: &str, bay: &str, plate: &str, minutes: i64| {
        let body = json!({"bay_code": bay, "plate": plate, "captured_at": ago(now, minutes)});
        let path = "/api/v1/staff/captures";
        town.api.post(path, Some(&inspector), Some(key), &body).await.expect(201).json()
    };
    let first = note("a", "TS02", "甘D11111", 39).await;
    let second = note("b", "TS01", "甘D22222", 29).await;
    assert_eq!((&first["state"], &second["state"]), (&"bound".into(), &"bound".into()));
    let path = format!("/api/v1/staff/claims/{}", text(&first["claim_id"]));
    let seen = town.api.get(&path, Some(&inspector)).await.expect(200).json();
    let offer = &seen["fixes"][0];
    assert_eq!((&offer["kind"], &offer["bay_code"]), (&"swap".into(), &"TS01".into()), "{seen}");
    assert_eq!(offer["stay_id"], second["stay_id"]);
    // Only a manager reads the whole plate, and that is on record.
    assert_eq!(seen["plate"], "甘D·1***1");
    let reviewer = town.staff(Role::Reviewer).await;
    let masked = town.api.get(&path, Some(&reviewer)).await.expect(200).json();
    assert_eq!(masked["plate"], "甘D·1***1");
    let manager = town.staff(Role::Manager).await;
    let whole = town.api.get(&path, Some(&manager)).await.expect(200).json();
    assert_eq!(whole["plate"], "甘D11111");
    let on_record = town.app.store.read().await.unwrap().count_audit("read_plates").await.unwrap();
    assert_eq!(on_record, 1);
    let body = reasoned(json!({"stay_id": offer["stay_id"]}));
    let fix = format!("{path}/fix");
    let swapped = town.api.post(&fix, Some(&inspector), Some("s"), &body).await.expect(200).json();
    assert_eq!(
        (&swapped["order_id"], &swapped["stay_id"]),
        (&first["order_id"], &second["stay_id"])
    );
    let mut tx = town.app.store.read().await.unwrap();
    for (claim, stay) in [(&first, &second), (&second, &first)] {
        let link = tx.current_link(text(&stay["stay_id"]).parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(link.visit_id.to_string(), text(&claim["visit_id"]));
        assert_eq!((link.version, link.reason.as_str()), (2, "swapped"));
    }
    drop(tx);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_surer_word_takes_the_stay_unless_money_hangs_on_it() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("wrong").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 45);
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let driver_order = text(&claim["order_id"]).to_owned();
    let inspector = town.staff(Role::Inspector).await;
    let read = async |key: &str, plate: &str, confidence: u8| {
        let body = json!({"bay_code": "TS01", "plate": plate, "confidence_pct": confidence, "source": "pole-1"});
        let path = "/api/v1/staff/plate-readings";
        town.api.post(path, Some(&inspector), Some(key), &body).await
    };
    // A camera in doubt is a hint; one that is sure takes the stay from the driver's word.
    assert_eq!(read("a", "甘D54321", 60).await.expect(201).json()["state"], "hint");
    let sure = read("b", "甘D54321", 97).await.expect(201).json();
    assert_eq!(sure["state"], "bound");
    until_order(&town, &driver_order, "the visit without its stay", |o| o.state == "void").await;
    read("c", "甘D54321", 101).await.expect_problem(422, "confidence_range");
    // The driver of the plate that was seen pays; then another word is for a person to decide.
    let owner = town.driver("owner").await;
    let joined = owner.claim("TS01", "甘D54321").await.expect(201).json();
    assert_eq!(joined["order_id"], sure["order_id"]);
    let pay = owner.pay_params(text(&joined["order_id"])).await;
    assert_eq!(owner.confirm(&pay).await["trade_state"], "SUCCESS");
    until_order(&town, text(&joined["order_id"]), "the part payment", |o| o.paid_fen == 200).await;
    let body = json!({"bay_code": "TS01", "plate": "甘D99999"});
    let path = "/api/v1/staff/captures";
    let seen = town.api.post(path, Some(&inspector), Some("d"), &body).await.expect(201).json();
    assert_eq!(seen["state"], "disputed");
    assert_eq!(open_cases(&town, "claims_differ").await, 1);
    driver.claim("TS01", PLATE).await.expect_problem(409, "stay_claimed");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_of_no_chinese_form_never_loses_the_stay() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("guest").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 45);
    town.hear("ts-1", &story.arrives()).await;
    driver.claim("TS01", "M-AB 12345").await.expect_problem(422, "plate_invalid");
    let body = json!({"bay_code": "TS01", "plate": "M-AB 12345", "plate_form": "other"});
    let claim = driver.post("/api/v1/claims", &body).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    let due = driver.order_when(order_id, "due").await;
    assert_eq!((&due["plate"], &due["total_fen"]), (&"MAB12345".into(), &200.into()));
    let unknown = json!({"bay_code": "TS01", "plate": PLATE, "plate_form": "round"});
    driver.post("/api/v1/claims", &unknown).await.expect_problem(422, "plate_form_unknown");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_entered_at_the_bay_to_pay_there_gives_way_to_every_other_word() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    for (bay, status, code) in [("TS01", 409, "bay_not_occupied"), ("TS99", 404, "bay_unknown")] {
        let (path, entry) = (format!("/api/v1/bays/{bay}/plate"), json!({"plate": PLATE}));
        town.api.post(&path, None, Some("a"), &entry).await.expect_problem(status, code);
    }
    let story = Story::parked(now, 45);
    town.hear("ts-1", &story.arrives()).await;
    let due = async || town.api.get("/api/v1/bays/TS01/pay", None).await.expect(200).json();
    assert_eq!(due().await["amount_fen"], json!(null));
    let path = "/api/v1/bays/TS01/plate";
    // Typing a plate of the armed police makes nobody's stay exempt: it is charged as any other.
    let entry = json!({"plate": "WJ甘12345"});
    let entered = town.api.post(path, None, Some("c"), &entry).await.expect(201).json();
    // Whose vehicle it is is not said.
    assert_eq!(entered, json!({"bay_code": "TS01"}));
    assert_eq!(due().await["amount_fen"], 200);
    // The driver knows better than whoever stood there.
    let driver = town.driver("owner").await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "bound");
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    driver.order_when(text(&claim["order_id"]), "due").await;
    let voided = town.app.store.read().await.unwrap().count_orders("void").await.unwrap();
    assert_eq!(voided, (1, 0));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_words_that_agree_the_surest_holds_the_stay() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let now = town.api.now().await;
        for device in ["ts-1", "ts-2"] {
            town.hear(device, &Story::parked(now, 45).arrives()).await;
        }
        let entered = async |bay: &str| {
            let path = format!("/api/v1/bays/{bay}/plate");
            town.api.post(&path, None, Some(bay), &json!({"plate": PLATE})).await.expect(201);
        };
        let inspector = town.staff(Role::Inspector).await;
        let seen = async |bay: &str| {
            let (path, body) = ("/api/v1/staff/captures", json!({"bay_code": bay, "plate": PLATE}));
            town.api.post(path, Some(&inspector), Some(bay), &body).await.expect(201).json()
        };
        let other = town.driver("other").await;
        // Typed at the bay, then seen by an inspector: no driver takes it with another plate.
        entered("TS01").await;
        let capture = seen("TS01").await;
        assert_eq!(capture["state"], "bound");
        other.claim("TS01", "甘D54321").await.expect_problem(409, "stay_claimed");
        // Typed at the bay, then claimed by its driver: the same.
        entered("TS02").await;
        let owner = town.driver("owner").await;
        let joined = owner.claim("TS02", PLATE).await.expect(201).json();
        other.claim("TS02", "甘D54321").await.expect_problem(409, "stay_claimed");
        // An inspector who sees the driver's vehicle takes nothing away from the driver's claim.
        assert_eq!(seen("TS02").await["order_id"], joined["order_id"]);
        other.claim("TS02", "甘D54321").await.expect_problem(409, "stay_claimed");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_an_inspector_confirms_still_says_its_stay() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("seen").await;
    let now = town.api.now().await;
    town.hear("ts-1", &Story::parked(now, 45).arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let inspector = town.staff(Role::Inspector).await;
    let body = json!({"bay_code": "TS01", "plate": PLATE});
    town.api.post("/api/v1/staff/captures", Some(&inspector), Some("a"), &body).await.expect(201);
    let path = format!("/api/v1/claims/{}", text(&claim["claim_id"]));
    let shown = driver.get(&path).await.expect(200).json();
    assert_eq!((&shown["state"], &shown["stay_id"]), (&json!("bound"), &claim["stay_id"]));
    assert_eq!(shown["visit_id"], claim["visit_id"]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_in_doubt_binds_nothing_before_the_vehicle_is_there_either() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    let inspector = town.staff(Role::Inspector).await;
    let read = async |key: &str, plate: &str, confidence: u8| {
        let body = json!({"bay_code": "TS01", "plate": plate, "confidence_pct": confidence, "source": "pole-1"});
        let path = "/api/v1/staff/plate-readings";
        town.api.post(path, Some(&inspector), Some(key), &body).await.expect(201).json()
    };
    assert_eq!(read("a", "甘D54321", 10).await["state"], "hint");
    assert_eq!(read("b", PLATE, 95).await["state"], "waiting");
    town.hear("ts-1", &Story::parked(now, 2).arrives()).await;
    let plate = wait::until("the sure reading to be bound", PATIENCE, async || {
        let mut tx = town.app.store.read().await.unwrap();
        let bay = tx.bay_by_code("TS01").await.unwrap().unwrap();
        let stay = tx.stays_of_bay(bay.bay_id, 0).await.unwrap().pop()?;
        let link = tx.current_link(stay.stay_id).await.unwrap()?;
        Some(tx.visit(link.visit_id).await.unwrap().unwrap().plate)
    })
    .await;
    assert_eq!(plate, PLATE);
    town.finish().await;
}
