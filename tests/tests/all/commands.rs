//! Staff tells devices to do something; what networks and devices say of it moves the command on.

mod lorawan;
mod native;
mod withdrawn;

use std::time::Duration;

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use crate::harness::api::Answer;
use crate::harness::app::TestApp;
use crate::harness::client::{Client, Login};
use crate::harness::wait;

const WITHIN: Duration = Duration::from_secs(20);

/// A member of staff who gives commands to one device.
struct Hand {
    token: String,
    path: String,
    keys: u32,
}

impl Hand {
    async fn on(town: &TestApp, key: &str) -> Hand {
        let token = town.staff(Role::Installer).await;
        Hand { token, path: String::new(), keys: 0 }.moved_to(town, key).await
    }

    /// The same staff with another device.
    async fn moved_to(mut self, town: &TestApp, key: &str) -> Hand {
        let devices = town.api.get("/api/v1/devices", Some(&self.token)).await.expect(200).json();
        let device = devices["devices"].as_array().unwrap().iter().find(|d| d["key"] == key);
        let id = device.expect("a device of the town")["device_id"].as_str().unwrap();
        self.path = format!("/api/v1/devices/{id}/commands");
        self
    }

    async fn tells(&mut self, town: &TestApp, body: &Value) -> Answer {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        town.api.post(&self.path, Some(&self.token), Some(&key), body).await
    }

    /// Gives a command that is accepted; its id.
    async fn commands(&mut self, town: &TestApp, body: &Value) -> String {
        let made = self.tells(town, body).await.expect(201).json();
        assert_eq!(made["state"], "waiting", "{made}");
        made["command_id"].as_str().unwrap().to_owned()
    }

    async fn list(&self, town: &TestApp) -> Value {
        town.api.get(&self.path, Some(&self.token)).await.expect(200).json()
    }

    /// The command, once it is in this state.
    async fn until(&self, town: &TestApp, id: &str, state: &str) -> Value {
        let mut last = Value::Null;
        wait::until(&format!("the command to be {state}"), WITHIN, async || {
            let list = self.list(town).await;
            let all = list["commands"].as_array().unwrap();
            last = all.iter().find(|c| c["command_id"] == id).expect("it is listed").clone();
            (last["state"] == state).then_some(())
        })
        .await;
        last
    }
}

/// Somebody else at the broker, who listens.
async fn listener(town: &TestApp, filter: &str) -> Client {
    let login = Login { name: "", password: "", client_id: "listener", will: None };
    let mut client = login.to(&town.broker_url()).await.unwrap();
    client.subscribe(filter).await.unwrap();
    client
}

/// What it hears next, as JSON.
async fn heard(client: &mut Client) -> (String, Value) {
    let (topic, payload) = client.hears_message().await.unwrap();
    (topic, serde_json::from_slice(&payload).unwrap())
}

fn restart() -> Value {
    json!({"command": {"restart": {}}})
}
