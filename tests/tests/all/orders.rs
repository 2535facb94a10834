//! The money of a stay end to end: part payments, bills that change, visits of several bays, claims that
//! named the wrong bay, captures made offline, and several at once. Fees are reckoned by hand, by the
//! demo's tariff for small vehicles by day: half an hour free, else 2 yuan for the first two hours and
//! 1 yuan for each hour begun, at most 5 yuan.

mod bays;
mod captures;
mod colours;
mod earlier;
mod fixes;
mod in_common;
mod part_payments;
mod peak;
mod plate_twice;
mod revised;
mod together;
mod why;

use serde_json::{Value, json};
use store::OrderRow;
use uuid::Uuid;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town::{self, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const PLATE: &str = "甘D12345";
const MINUTE: i64 = 60_000;

fn ago(now: Timestamp, minutes: i64) -> Timestamp {
    now.plus_ms(-minutes * MINUTE)
}

/// A town whose tariff, unlike the demo's, asks a price for each bay that a vehicle occupies.
async fn town_of_bays_that_each_pay(kind: Kind) -> TestApp {
    let mut file = town::file();
    let tariff = billing::DEMO_TARIFF
        .replace("    free_minutes:\n", "    bays: each_pays\n    free_minutes:\n");
    assert_ne!(tariff, billing::DEMO_TARIFF);
    file["tariffs"] = json!([tariff]);
    let (file, clock) = (file.to_string(), TownClock::at_noon());
    TestApp::start_town(kind, BrokerKind::Embedded, &file, clock, |_| {}).await
}

/// How a device tells of one vehicle, without a gap in its numbers: a gap would be a doubt.
struct Story {
    now: Timestamp,
    /// Minutes before now.
    arrived: i64,
    /// The last heartbeat comes before this many minutes before now.
    until: i64,
}

impl Story {
    /// Still there.
    fn parked(now: Timestamp, arrived: i64) -> Story {
        Story { now, arrived, until: 0 }
    }

    /// The bay was free and is taken; heard of every 20 minutes.
    fn arrives(&self) -> Value {
        let mut said = vec![
            reading(1, "vacant", false, ago(self.now, self.arrived + 15)),
            reading(2, "occupied", true, ago(self.now, self.arrived)),
        ];
        said.extend(
            (3..).zip(self.beats()).map(|(n, m)| reading(n, "heartbeat", true, ago(self.now, m))),
        );
        said.into()
    }

    /// It leaves.
    fn leaves(&self, at: Timestamp) -> Value {
        reading(self.next(), "vacant", false, at)
    }

    /// The number of the next reading.
    fn next(&self) -> u64 {
        3 + u64::try_from(self.beats().count()).unwrap()
    }

    fn beats(&self) -> impl Iterator<Item = i64> + use<> {
        let (arrived, until) = (self.arrived, self.until);
        (1..).map(move |n| arrived - n * 20).take_while(move |minutes| *minutes > until)
    }
}

async fn stored(town: &TestApp, order_id: &str) -> OrderRow {
    let id: Uuid = order_id.parse().unwrap();
    town.app.store.read().await.unwrap().order(id).await.unwrap().unwrap()
}

/// The order once it is so.
async fn until_order(
    town: &TestApp,
    order_id: &str,
    what: &str,
    is_so: impl Fn(&OrderRow) -> bool,
) -> OrderRow {
    wait::until(what, PATIENCE, async || {
        let order = stored(town, order_id).await;
        is_so(&order).then_some(order)
    })
    .await
}

async fn open_cases(town: &TestApp, kind: &str) -> i64 {
    town.app.store.read().await.unwrap().count_open_cases(kind).await.unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn reasoned(body: Value) -> Value {
    let mut body = body;
    body["reason"] = json!("seen on the spot");
    body
}
