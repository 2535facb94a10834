//! Hears what native devices are told is stored, and looks at once whether it is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::Value;
use store::Store;
use tokio::task::JoinHandle;

use super::ledger::readings;

const DIAL_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    told: usize,
    wrong: Vec<String>,
}

/// Listens to the `down` topics of all devices.
#[derive(Debug)]
pub(super) struct Ear {
    heard: Arc<Mutex<Heard>>,
    listening: JoinHandle<()>,
}

impl Ear {
    pub(super) fn at(broker_url: &str, store: Store) -> Ear {
        let address = broker_url.strip_prefix("mqtt://").expect("the tests' brokers speak mqtt");
        let (host, port) = address.rsplit_once(':').expect("the tests' brokers have a port");
        let options = MqttOptions::new("ear", host, port.parse().expect("a port is a number"));
        let (client, events) = AsyncClient::new(options, 16);
        let heard = Arc::new(Mutex::new(Heard::default()));
        let listening = tokio::spawn(listen(client, events, store, Arc::clone(&heard)));
        Ear { heard, listening }
    }

    /// Every receipt was true when it was heard.
    pub(super) fn check(self) {
        self.listening.abort();
        let heard = self.heard.lock().unwrap();
        assert!(heard.wrong.is_empty(), "{:#?}", heard.wrong);
        assert!(heard.told > 10, "devices were told {} times only", heard.told);
    }
}

async fn listen(
    client: AsyncClient,
    mut events: EventLoop,
    store: Store,
    heard: Arc<Mutex<Heard>>,
) {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                client.try_subscribe("bowei/v1/+/down", QoS::AtMostOnce).expect("room for one");
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let wrong = look(&store, &publish.topic, &publish.payload).await;
                let mut heard = heard.lock().unwrap();
                heard.told += 1;
                heard.wrong.extend(wrong);
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(DIAL_AGAIN_AFTER).await,
        }
    }
}

/// What is wrong with a receipt: every reading of that start of that device up to its number must be stored.
async fn look(store: &Store, topic: &[u8], payload: &[u8]) -> Option<String> {
    let key = std::str::from_utf8(topic).unwrap().split('/').nth(2).unwrap();
    let said: Value = serde_json::from_slice(payload).unwrap();
    let boot_id = said["stored"]["boot_id"].as_str()?;
    let up_to = said["stored"]["up_to"].as_i64().unwrap();
    let mut tx = store.read().await.unwrap();
    let device = tx.device_by_key("native", key).await.unwrap().expect("a known device");
    let bay = tx.bay_by_code(&device.bay_code.unwrap()).await.unwrap().unwrap();
    let stored: BTreeSet<i64> = readings(&mut tx, &bay)
        .await
        .into_iter()
        .filter(|r| r.device_id == device.device_id && r.epoch == boot_id && r.number <= up_to)
        .map(|r| r.number)
        .collect();
    let missing: Vec<i64> = (0..=up_to).filter(|number| !stored.contains(number)).collect();
    (!missing.is_empty()).then(|| format!("{key} {boot_id} up to {up_to}, without {missing:?}"))
}
