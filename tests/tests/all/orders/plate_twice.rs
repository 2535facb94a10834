//! One plate in several bays at once: a case, one however many bays they are.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::revised::had_only_moved;
use super::{PLATE, Story, ago, open_cases, reasoned, text, town_of_bays_that_each_pay};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

const DEVICES: [&str; 3] = ["ts-1", "ts-2", "ts-3"];

/// What is told of the matter, once it is told: its case's first word and what was noted since.
async fn told_of(town: &TestApp, manager: &str, bays: &str) -> Value {
    wait::until(bays, PATIENCE, async || {
        let path = "/api/v1/staff/cases?kind=plate_twice";
        let cases = town.api.get(path, Some(manager)).await.expect(200).json();
        for case in cases["cases"].as_array().unwrap() {
            let path = format!("/api/v1/staff/cases/{}", text(&case["case_id"]));
            let whole = town.api.get(&path, Some(manager)).await.expect(200).json();
            if whole.to_string().contains(bays) {
                return Some(case.clone());
            }
        }
        None
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_claimed_captured_and_read_by_a_camera_in_three_bays_at_once_is_one_case() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let now = town.api.now().await;
        for device in DEVICES {
            town.hear(device, &Story::parked(now, 65).arrives()).await;
        }
        let driver = town.driver("copied").await;
        let inspector = town.staff(Role::Inspector).await;
        let manager = town.staff(Role::Manager).await;
        let capture = json!({"bay_code": "TS02", "plate": PLATE});
        let reading =
            json!({"bay_code": "TS03", "plate": PLATE, "confidence_pct": 97, "source": "pole-1"});
        // All at the same moment: none of them sees another.
        let (claimed, captured, read) = tokio::join!(
            driver.claim("TS01", PLATE),
            town.api.post("/api/v1/staff/captures", Some(&inspector), Some("c"), &capture),
            town.api.post("/api/v1/staff/plate-readings", Some(&inspector), Some("r"), &reading),
        );
        for answer in [claimed, captured, read] {
            assert_eq!(answer.expect(201).json()["state"], "bound");
        }
        told_of(&town, &manager, "one plate was in 3 bays at once: TS01, TS02, TS03").await;
        assert_eq!(open_cases(&town, "plate_twice").await, 1);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_set_right_leaves_a_case_of_the_bays_where_it_still_is_and_then_none() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    for device in DEVICES {
        town.hear(device, &Story::parked(now, 65).arrives()).await;
    }
    let driver = town.driver("slip").await;
    let (manager, reviewer) = (town.staff(Role::Manager).await, town.staff(Role::Reviewer).await);
    let mut visits = Vec::new();
    for (bay, bays) in [
        ("TS01", ""),
        ("TS02", "one plate was in 2 bays at once: TS01, TS02"),
        ("TS03", "one plate was in 3 bays at once: TS01, TS02, TS03"),
    ] {
        visits
            .push(text(&driver.claim(bay, PLATE).await.expect(201).json()["visit_id"]).to_owned());
        if !bays.is_empty() {
            told_of(&town, &manager, bays).await;
        }
    }
    assert_eq!(open_cases(&town, "plate_twice").await, 1);
    let correct = async |visit: &str, plate: &str| {
        let path = format!("/api/v1/staff/visits/{visit}/vehicle");
        let body = reasoned(json!({"plate": plate, "plate_colour": "blue"}));
        town.api.post(&path, Some(&reviewer), Some(visit), &body).await.expect(200);
    };
    correct(&visits[0], "甘D11111").await;
    let case = told_of(&town, &manager, "one plate was in 2 bays at once: TS02, TS03").await;
    assert_eq!(case["subject_id"], visits[1].as_str());
    correct(&visits[1], "甘D22222").await;
    wait::until("the cases to close by themselves", PATIENCE * 4, async || {
        (open_cases(&town, "plate_twice").await == 0).then_some(())
    })
    .await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stay_that_turns_out_to_be_longer_is_looked_at_again() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let now = town.api.now().await;
        let driver = town.driver("moved-on").await;
        let manager = town.staff(Role::Manager).await;
        let first = Story { now, arrived: 125, until: 10 };
        town.hear("ts-1", &first.arrives()).await;
        driver.claim("TS01", PLATE).await.expect(201);
        town.hear("ts-1", &first.leaves(ago(now, 10))).await;
        town.hear("ts-2", &Story::parked(now, 9).arrives()).await;
        driver.claim("TS02", PLATE).await.expect(201);
        no_case(&town).await;
        // Gone a minute ago, not ten.
        town.hear("ts-1", &had_only_moved(now)).await;
        told_of(&town, &manager, "one plate was in 2 bays at once: TS01, TS02").await;
        assert_eq!(open_cases(&town, "plate_twice").await, 1);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truck_on_two_bays_is_no_case_by_one_visit_or_by_two() {
    let mut town = town_of_bays_that_each_pay(Kind::Postgres).await;
    let now = town.api.now().await;
    for device in DEVICES {
        town.hear(device, &Story::parked(now, 65).arrives()).await;
    }
    let inspector = town.staff(Role::Inspector).await;
    let capture = async |bay: &str, plate: &str| {
        let body = json!({"bay_code": bay, "plate": plate});
        let path = "/api/v1/staff/captures";
        town.api.post(path, Some(&inspector), Some(bay), &body).await.expect(201).json()
    };
    // Noted in one bay, the other added by staff: one visit.
    let truck = capture("TS01", PLATE).await;
    let path = format!("/api/v1/staff/visits/{}/bays", text(&truck["visit_id"]));
    let body = reasoned(json!({"bay_code": "TS02", "role": "occupies"}));
    town.api.post(&path, Some(&inspector), Some("add"), &body).await.expect(200);
    // Somebody else's.
    capture("TS03", "甘D99999").await;
    no_case(&town).await;
    town.finish().await;

    // Noted in both of its bays, which lie 9 m apart.
    let mut town = town_of_bays_that_each_pay(Kind::Sqlite).await;
    let now = town.api.now().await;
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &Story::parked(now, 65).arrives()).await;
    }
    let inspector = town.staff(Role::Inspector).await;
    for bay in ["TS01", "TS02"] {
        let body = json!({"bay_code": bay, "plate": PLATE, "plate_colour": "yellow"});
        let path = "/api/v1/staff/captures";
        town.api.post(path, Some(&inspector), Some(bay), &body).await.expect(201);
    }
    no_case(&town).await;
    town.finish().await;
}

/// Once every job has ended.
async fn no_case(town: &TestApp) {
    wait::until("the jobs to end", PATIENCE, async || {
        let (waiting, _) = town.app.store.read().await.unwrap().count_jobs().await.unwrap();
        (waiting == 0).then_some(())
    })
    .await;
    assert_eq!(open_cases(town, "plate_twice").await, 0);
}
