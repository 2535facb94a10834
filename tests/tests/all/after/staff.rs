//! A member of staff at the API, and the ways in which these tests bring a driver into debt.

use std::cell::Cell;

use gateway::flow::sign_in::{Role, add_staff};
use serde_json::{Value, json};

use crate::harness::api::{Answer, Api};
use crate::harness::app::TestApp;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town;
use crate::harness::wait;

/// Somebody of the operator's.
pub(super) struct Staff {
    api: Api,
    token: String,
    keys: Cell<u32>,
    name: &'static str,
}

impl Staff {
    pub(super) async fn of(town: &TestApp, role: Role) -> Staff {
        let token = town.staff(role).await;
        Staff { api: town.api.clone(), token, keys: Cell::new(0), name: role.name() }
    }

    /// Another one of that role.
    pub(super) async fn named(town: &TestApp, role: Role, login: &'static str) -> Staff {
        let now = town.app.clock.city_now().ms();
        let added = add_staff(&town.app.store, login, "correct horse", role, now).await;
        assert!(added.expect("staff can be added"));
        let body = json!({"login": login, "password": "correct horse"});
        let session = town.api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201);
        let token = session.json()["token"].as_str().unwrap().to_owned();
        Staff { api: town.api.clone(), token, keys: Cell::new(0), name: login }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.api.get(path, Some(&self.token)).await
    }

    /// Posts under a key of its own.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.keys.set(self.keys.get() + 1);
        let key = format!("{}-{}", self.name, self.keys.get());
        self.api.post(path, Some(&self.token), Some(&key), body).await
    }

    pub(super) async fn put(&self, path: &str, content: &[u8]) -> Answer {
        self.api.put(path, Some(&self.token), content).await
    }

    /// Does something with a case.
    pub(super) async fn work(&self, case_id: &Value, what: &str, text: &str) -> Answer {
        let path = format!("/api/v1/staff/cases/{}/work", case_id.as_str().unwrap());
        self.post(&path, &json!({"do": what, "text": text})).await
    }

    /// Does something with an appeal.
    pub(super) async fn review(&self, appeal_id: &Value, body: &Value) -> Answer {
        let path = format!("/api/v1/staff/appeals/{}/review", appeal_id.as_str().unwrap());
        self.post(&path, body).await
    }
}

/// A small file that is a whole JPEG by its segments: one pixel, a scan, the end.
pub(super) const JPEG: &[u8] =
    b"\xff\xd8\xff\xc0\x00\x08\x08\x00\x01\x00\x01\x00\xff\xda\x00\x04\x01\x02\x11\xff\xd9";

/// A vehicle stood for 2 h 05 min, was claimed, and has left: 3 yuan are due. Gives the order.
pub(super) async fn parked(
    town: &mut TestApp,
    driver: &Driver,
    (bay, device): (&str, &str),
    plate: &str,
) -> String {
    let now = town.api.now().await;
    town.hear(device, &town::parked_for_two_hours_and_five_minutes(now)).await;
    wait_for_state(town, bay, "occupied").await;
    let claim = driver.claim(bay, plate).await.expect(201).json();
    assert_eq!(claim["state"], "bound", "{claim}");
    town.hear(device, &town::leaves(town.api.now().await)).await;
    claim["order_id"].as_str().unwrap().to_owned()
}

/// The same, once the order is due.
pub(super) async fn due(
    town: &mut TestApp,
    driver: &Driver,
    place: (&str, &str),
    plate: &str,
) -> String {
    let order_id = parked(town, driver, place, plate).await;
    let order = driver.order_when(&order_id, "due").await;
    assert_eq!(order["total_fen"], town::ITS_FEE_FEN);
    order_id
}

async fn wait_for_state(town: &TestApp, bay: &str, state: &str) {
    wait::until(&format!("{bay} to be {state}"), PATIENCE, async || {
        let answer = town.api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
        (answer["state"] == state).then_some(())
    })
    .await;
}
