//! The town: a running gateway with its sandbox, bays, drivers with phones, people with accounts.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use gateway::flow::sign_in::{Role, add_staff};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::collector::Bag;
use super::driver::Driver;
use super::plan::MINUTE;
use super::tally::Tally;
use crate::harness::ahead::Ahead;
use crate::harness::api::{Answer, Api};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;

/// Bays for so many drivers: a bay is taken some six times a day.
const DRIVERS_A_BAY: usize = 24;
const FEWEST_BAYS: usize = 8;
const QUIET_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct City {
    pub(super) town: TestApp,
    pub(super) ahead: Ahead,
    pub(super) bays: Vec<String>,
    pub(super) drivers: Vec<Driver>,
    pub(super) plates: Vec<String>,
    pub(super) numbers: Vec<u64>,
    pub(super) spoken: Vec<bool>,
    /// Captures of the inspector and receipts of the collector that are not uploaded yet.
    pub(super) bag: Mutex<Bag>,
    /// Appeals that wait for the office.
    pub(super) appeals: Mutex<Vec<String>>,
    /// Codes of coupons that nobody has used.
    pub(super) coupons: Mutex<Vec<String>>,
    pub(super) tally: Tally,
    /// Fees that the channel's bills have told so far.
    pub(super) fees_fen: i64,
    pub(super) closed: BTreeSet<String>,
    keys: Mutex<u64>,
}

/// Somebody of the operator's, signed in for a day.
#[derive(Clone, Debug)]
pub(super) struct Clerk {
    api: Api,
    token: String,
    name: String,
}

impl City {
    /// Before the first morning.
    pub(super) async fn found(kind: Kind, drivers: usize, midnight: i64) -> City {
        let bays: Vec<String> =
            (0..FEWEST_BAYS.max(drivers / DRIVERS_A_BAY)).map(|n| format!("SM{n:04}")).collect();
        let ahead = Ahead::from(midnight + 6 * 60 * MINUTE);
        let policy = json!({"grace_h": 24, "waiver": [{"authority": "局", "document_number": "1",
            "valid_from": "2026-01-01", "limit_fen": 100}]});
        let orders = serde_json::from_value(policy).expect("a policy");
        let file = file(&bays).to_string();
        let start = TestApp::start_ahead(kind, BrokerKind::Embedded, &file, &ahead, |config| {
            config.orders = orders;
            // The simulation reconciles each day itself, and looks at what comes of it.
            config.reconcile.daily = false;
        });
        let town = start.await;
        for (login, role) in [
            ("reviewer", Role::Reviewer),
            ("deputy", Role::Manager),
            ("manager", Role::Manager),
            ("cashier", Role::Finance),
            ("inspector", Role::Inspector),
        ] {
            let now = town.app.clock.city_now().ms();
            assert!(add_staff(&town.app.store, login, "correct horse", role, now).await.unwrap());
        }
        let mut people = Vec::with_capacity(drivers);
        for number in 0..drivers {
            people.push(Driver::sign_in(&town, number).await);
        }
        let plates = people.iter().map(|driver| driver.plate.clone()).collect();
        let (numbers, spoken) = (vec![0; bays.len()], vec![false; bays.len()]);
        City {
            town,
            ahead,
            bays,
            drivers: people,
            plates,
            numbers,
            spoken,
            bag: Mutex::default(),
            appeals: Mutex::default(),
            coupons: Mutex::default(),
            tally: Tally::default(),
            fees_fen: 0,
            closed: BTreeSet::new(),
            keys: Mutex::default(),
        }
    }

    pub(super) fn device(bay: usize) -> String {
        format!("sm-{bay}")
    }

    /// A key that was never used.
    pub(super) fn key(&self) -> String {
        let mut keys = self.keys.lock().unwrap();
        *keys += 1;
        format!("sim-{keys}")
    }

    /// Signs somebody of the operator's in.
    pub(super) async fn clerk(&self, login: &str) -> Clerk {
        let body = json!({"login": login, "password": "correct horse"});
        let api = self.town.api.clone();
        let session = api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201);
        let token = session.json()["token"].as_str().expect("a token").to_owned();
        Clerk { api, token, name: login.to_owned() }
    }

    pub(super) async fn trouble(&self, switches: &Value) {
        self.town.sandbox.trouble(switches).await;
    }

    /// Waits until nothing that is due is left to do.
    pub(super) async fn quiet(&self) {
        let began = Instant::now();
        let mut calm = 0;
        while calm < 2 {
            let now = self.town.app.clock.machine_now_ms();
            let mut tx = self.town.app.store.read().await.unwrap();
            let due = tx.has_due_job(store::Kinds::Any, now).await.unwrap();
            let running = tx.jobs_under_way(now).await.unwrap();
            drop(tx);
            calm = if due || running > 0 { 0 } else { calm + 1 };
            if due {
                self.town.app.job_bell.notify_one();
            }
            assert!(began.elapsed() < QUIET_WITHIN, "{running} jobs run, due: {due}");
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    pub(super) async fn close(self) {
        self.town.finish().await;
    }
}

impl Clerk {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.api.get(path, Some(&self.token)).await
    }

    pub(super) async fn post(&self, city: &City, path: &str, body: &Value) -> Answer {
        let key = format!("{}-{}", self.name, city.key());
        self.api.post(path, Some(&self.token), Some(&key), body).await
    }
}

/// A town of these bays, whose tariff sells a pass.
fn file(bays: &[String]) -> Value {
    let mut file = town::file();
    let passes = "    passes: [{ name: resident, windows: [] }]\n    caps:";
    let tariff = billing::DEMO_TARIFF.replace("    caps:", passes);
    assert_ne!(tariff, billing::DEMO_TARIFF);
    file["tariffs"] = json!([tariff]);
    let place = |n: usize| 104.17 + f64::from(u32::try_from(n).expect("a town")) * 0.0001;
    file["bays"] = bays
        .iter()
        .enumerate()
        .map(|(n, code)| json!({"code": code, "block": "rm-n1", "lon": place(n), "lat": 36.54}))
        .collect();
    file["devices"] = bays
        .iter()
        .enumerate()
        .map(|(n, code)| {
            json!({"key": City::device(n), "network": "native", "device_type": "native", "bay_code": code})
        })
        .collect();
    file
}
