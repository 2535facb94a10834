//! A town in which money moves while its gateway is killed, and what its clients need for that.

use std::time::Duration;

use gateway::flow::sign_in::{Role, add_staff};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use store::Store;
use uuid::Uuid;

use super::siege::setting;
use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::radio::Radio;
use crate::harness::served::{Served, Source};
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const USUAL_KILLS: u32 = 6;
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How long the gateway lives between two kills.
const LIVES_MS: std::ops::Range<u64> = 20..1_200;

/// The town, its broker, its sensors' radio, and the dice that say when the gateway dies.
pub(super) struct Trade {
    pub(super) served: Served,
    pub(super) store: Store,
    pub(super) radio: Radio,
    dice: ChaCha8Rng,
    kills: u32,
    _mosquitto: Mosquitto,
}

impl Trade {
    pub(super) async fn open(name: &str, kind: Kind, salt: u64) -> Trade {
        let seed = setting("BOWEI_SEED", 20_261_130_u64);
        let kills = setting("BOWEI_KILLS", USUAL_KILLS);
        println!("{name} on {kind:?}: BOWEI_SEED={seed} BOWEI_KILLS={kills}");
        let mosquitto = Mosquitto::start();
        let source = Source::External(mosquitto.url());
        let town = town::file().to_string();
        let served = Served::start(kind, &source, TownClock::at_noon(), &town).await;
        let store = served.database.open().await;
        let radio = Radio::to(&mosquitto.url());
        let dice = ChaCha8Rng::seed_from_u64(seed ^ salt);
        Trade { served, store, radio, dice, kills, _mosquitto: mosquitto }
    }

    /// Kills the gateway after random times, and starts it again.
    pub(super) async fn kill_and_start(&mut self) {
        for _ in 0..self.kills {
            tokio::time::sleep(Duration::from_millis(self.dice.random_range(LIVES_MS))).await;
            self.served.gateways[0].kill();
            self.served.gateways[0].start();
            self.served.gateways[0].until_listening().await;
        }
    }

    /// Waits until of each order so much is paid and so much of that refunded, and no work is left.
    pub(super) async fn until_settled(&self, orders: &[(Uuid, (i64, i64))]) {
        wait::until("everything to have come to its end", PATIENCE, async || {
            let mut tx = self.store.read().await.unwrap();
            for (order_id, expected) in orders {
                let row = tx.order(*order_id).await.unwrap().unwrap();
                if (row.paid_fen, row.refunded_fen) != *expected {
                    return None;
                }
            }
            let (waiting, given_up) = tx.count_jobs().await.unwrap();
            assert_eq!(given_up, 0, "a job was given up");
            (waiting == 0).then_some(())
        })
        .await;
    }

    /// The books prove right.
    pub(super) async fn close(mut self) {
        self.served.stop_gateways();
        self.store.close().await;
        let verified =
            self.served.gateway_says(&["verify", "--config"], &self.served.config_file());
        assert!(verified.contains("clean"), "{verified}");
    }
}

/// The token of a collector who has numbers and an open shift.
pub(super) async fn staff(served: &Served, store: &store::Store) -> String {
    let api = served.api();
    let mut tokens = Vec::new();
    for (login, role) in [("inspector", Role::Inspector), ("cashier", Role::Finance)] {
        add_staff(store, login, "correct horse", role, 0).await.unwrap();
        let body = json!({"login": login, "password": "correct horse"});
        let session =
            api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201).json();
        tokens.push(session["token"].as_str().unwrap().to_owned());
    }
    let range = json!({"collector": "inspector", "series": "BY", "first": 1, "last": 100});
    let (collector, cashier) = (tokens.remove(0), tokens.remove(0));
    api.post("/api/v1/staff/cash/ranges", Some(&cashier), Some("r"), &range).await.expect(201);
    let shift = json!({});
    api.post("/api/v1/staff/cash/shifts", Some(&collector), Some("s"), &shift).await.expect(201);
    collector
}

/// Asks the same again until somebody answers that it is done.
pub(super) async fn until_answered(
    http: &reqwest::Client,
    url: &str,
    caller: Option<(&str, &str)>,
    body: Option<&Value>,
) -> Value {
    let began = std::time::Instant::now();
    loop {
        let mut request = match body {
            Some(body) => http.post(url).json(body),
            None => http.get(url),
        };
        if let Some((token, key)) = caller {
            request = request.bearer_auth(token).header("Idempotency-Key", key);
        }
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            assert!(status.is_success() || status.is_server_error(), "{url}: {status} {text}");
            if let (true, Ok(answer)) = (status.is_success(), serde_json::from_str(&text)) {
                return answer;
            }
        }
        assert!(began.elapsed() < PATIENCE, "nobody answers {url}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
