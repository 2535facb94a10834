//! The sensors' side of the broker: publishes at QoS 1 and waits for the broker's word.

use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(20);
const DIAL_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A connection that publishes one message after the other.
#[derive(Debug)]
pub(crate) struct Radio {
    client: AsyncClient,
    acknowledged: mpsc::UnboundedReceiver<()>,
    polling: JoinHandle<()>,
}

impl Radio {
    pub(crate) fn to(broker_url: &str) -> Radio {
        let address = broker_url.strip_prefix("mqtt://").expect("the tests' brokers speak mqtt");
        let (host, port) = address.rsplit_once(':').expect("the tests' brokers have a port");
        let name = format!("radio-{}", uuid::Uuid::now_v7());
        let mut options = MqttOptions::new(name, host, port.parse().expect("a port is a number"));
        options.set_keep_alive(Duration::from_secs(30));
        let (client, mut events) = AsyncClient::new(options, 16);
        let (tell, acknowledged) = mpsc::unbounded_channel();
        let polling = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_))) => {
                        let _nobody_waits = tell.send(());
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(DIAL_AGAIN_AFTER).await,
                }
            }
        });
        Radio { client, acknowledged, polling }
    }

    /// Publishes; returns when the broker has taken it.
    pub(crate) async fn send(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        let sent = self.client.publish(topic, QoS::AtLeastOnce, false, payload.into()).await;
        sent.expect("the connection is polled for as long as the radio lives");
        let acknowledged =
            tokio::time::timeout(ACKNOWLEDGED_WITHIN, self.acknowledged.recv()).await;
        acknowledged.unwrap_or_else(|_| panic!("the broker did not acknowledge {topic}"));
    }

    /// Publishes readings of a native device.
    pub(crate) async fn say(&mut self, device: &str, readings: &Value) {
        self.send(&format!("bowei/v1/{device}/up"), readings.to_string()).await;
    }
}

impl Drop for Radio {
    fn drop(&mut self) {
        self.polling.abort();
    }
}
