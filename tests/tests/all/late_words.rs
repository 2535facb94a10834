//! What is heard late, through the real broker: hours of it after an outage, and a word that makes one
//! stay of two that were claimed. Bills are reckoned by hand, by the demo's tariff for small vehicles by
//! day: half an hour free, else 2 yuan for the first two hours and 1 yuan for each hour begun.

use serde_json::{Value, json};
use store::StayRow;
use uuid::Uuid;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town::{self, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;
use gateway::flow::sign_in::Role;

const MINUTE: i64 = 60_000;

/// A town at some time of its day, and an inspector in it.
struct Street {
    town: TestApp,
    inspector: String,
    now: Timestamp,
}

impl Street {
    /// So slow that hardly a minute passes between what is said.
    async fn start(kind: Kind) -> Street {
        let clock = TownClock { speed: 10, ..TownClock::at_noon() };
        let file = town::file().to_string();
        let town = TestApp::start_town(kind, BrokerKind::Mosquitto, &file, clock, |_| {}).await;
        let inspector = town.staff(Role::Inspector).await;
        let now = town.api.now().await;
        Street { town, inspector, now }
    }

    /// What a device said so many minutes ago.
    fn said(&self, seq: u64, kind: &str, minutes_ago: i64) -> Value {
        reading(seq, kind, kind == "occupied", self.at(minutes_ago))
    }

    /// A heartbeat of an occupied bay.
    fn beat(&self, seq: u64, minutes_ago: i64) -> Value {
        reading(seq, "heartbeat", true, self.at(minutes_ago))
    }

    /// A heartbeat of a free bay.
    fn free(&self, seq: u64, minutes_ago: i64) -> Value {
        reading(seq, "heartbeat", false, self.at(minutes_ago))
    }

    fn at(&self, minutes_ago: i64) -> Timestamp {
        self.now.plus_ms(-minutes_ago * MINUTE)
    }

    /// The plate of a vehicle that the inspector saw on TS01, noted offline. Gives stay and order.
    async fn capture(&self, plate: &str, minutes_ago: i64) -> (Uuid, Uuid) {
        let body = json!({
            "bay_code": "TS01", "plate": plate, "plate_colour": "blue", "captured_at": self.at(minutes_ago)
        });
        let (path, key) = ("/api/v1/staff/captures", format!("seen-{minutes_ago}"));
        let answer = self.town.api.post(path, Some(&self.inspector), Some(&key), &body).await;
        let bound = answer.expect(201).json();
        let id =
            |name: &str| bound[name].as_str().unwrap_or_else(|| panic!("{bound}")).parse().unwrap();
        (id("stay_id"), id("order_id"))
    }

    async fn until_order(&self, order_id: Uuid, state: &str, total_fen: i64) {
        wait::until(&format!("an order {state} of {total_fen} fen"), PATIENCE, async || {
            let mut tx = self.town.app.store.read().await.unwrap();
            let order = tx.order(order_id).await.unwrap().unwrap();
            (order.state == state && order.total_fen == total_fen).then_some(())
        })
        .await;
    }

    async fn stay(&self, stay_id: Uuid) -> StayRow {
        self.town.app.store.read().await.unwrap().stay(stay_id).await.unwrap().unwrap()
    }

    async fn cases(&self, kind: &str) -> i64 {
        self.town.app.store.read().await.unwrap().count_open_cases(kind).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_that_come_late_and_in_disorder_after_an_outage_make_the_bills_they_would_have_made()
{
    let mut street = Street::start(Kind::Postgres).await;
    let s = &street;
    let before = json!([s.said(0, "vacant", 300), s.said(1, "occupied", 290), s.beat(2, 270)]);
    // 110 minutes; half an hour later another vehicle, 121 minutes.
    let first = json!([
        s.beat(3, 250),
        s.beat(4, 230),
        s.beat(5, 210),
        s.beat(6, 190),
        s.said(7, "vacant", 180),
        s.free(8, 165),
        s.said(9, "occupied", 151),
        s.beat(10, 131),
        s.beat(11, 111),
    ]);
    let second = json!([
        s.beat(12, 91),
        s.beat(13, 71),
        s.beat(14, 51),
        s.said(15, "vacant", 30),
        s.free(16, 10),
    ]);
    street.town.hear("ts-1", &before).await;
    // The broker dies with what it held; the device sends again, what is newest first.
    street.town.kill_broker().await;
    street.town.hear("ts-1", &second).await;
    street.town.hear("ts-1", &first).await;
    street.town.radio.say("ts-1", &first).await;
    // Nothing of it was prompt; that the device's clock is right shows with the next word that is.
    let prompt = reading(17, "heartbeat", false, street.town.api.now().await);
    street.town.hear("ts-1", &prompt).await;

    let (_, morning) = street.capture("甘D11111", 200).await;
    let (_, noon) = street.capture("甘D22222", 100).await;
    street.until_order(morning, "due", 200).await;
    street.until_order(noon, "due", 300).await;
    street.town.until_readings(18).await;
    street.town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_claimed_stays_that_turn_out_to_be_one_are_billed_once_and_a_person_decides() {
    let mut street = Street::start(Kind::Sqlite).await;
    hear_of_two_stays(&mut street).await;
    let (older, kept) = street.capture("甘D11111", 100).await;
    let (younger, other) = street.capture("甘D22222", 50).await;
    assert_ne!((older, kept), (younger, other));
    hear_that_it_was_one(&mut street, older, younger).await;
    // 121 minutes, for the vehicle that was claimed first.
    street.until_order(kept, "due", 300).await;
    street.until_order(other, "void", 0).await;
    assert_eq!(street.cases("stays_merged").await, 1);
    street.town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_on_the_second_of_two_stays_that_turn_out_to_be_one_holds_for_the_whole() {
    let mut street = Street::start(Kind::Postgres).await;
    hear_of_two_stays(&mut street).await;
    let (younger, order) = street.capture("甘D22222", 50).await;
    let older = {
        let mut tx = street.town.app.store.read().await.unwrap();
        let bay = tx.bay_by_code("TS01").await.unwrap().unwrap();
        tx.stays_of_bay(bay.bay_id, i64::MIN).await.unwrap()[0].stay_id
    };
    hear_that_it_was_one(&mut street, older, younger).await;
    street.until_order(order, "due", 300).await;
    assert_eq!(street.cases("stays_merged").await, 0);
    street.town.finish().await;
}

/// A vehicle for 55 minutes, and ten minutes later one that is still there. Number 5 is missing.
async fn hear_of_two_stays(street: &mut Street) {
    let s = &*street;
    let said = json!([
        s.said(0, "vacant", 140),
        s.said(1, "occupied", 125),
        s.beat(2, 105),
        s.beat(3, 85),
        s.said(4, "vacant", 70),
        s.beat(6, 60),
        s.beat(7, 40),
        s.beat(8, 20),
    ]);
    street.town.hear("ts-1", &said).await;
}

/// The missing word: it was back after half a minute. Then it leaves for good.
async fn hear_that_it_was_one(street: &mut Street, older: Uuid, younger: Uuid) {
    let back = reading(5, "occupied", true, street.at(70).plus_ms(MINUTE / 2));
    street.town.hear("ts-1", &back).await;
    let (one, gone) = (street.stay(older).await, street.stay(younger).await);
    assert_eq!((one.state.as_str(), one.left_at), ("present", None));
    assert_eq!((gone.state.as_str(), gone.superseded_by), ("superseded", Some(older)));
    let leaves = street.said(9, "vacant", 4);
    street.town.hear("ts-1", &leaves).await;
}
