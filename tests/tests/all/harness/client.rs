//! An MQTT client that signs in, and says what the broker answered to each thing it tried.

use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnectReturnCode, LastWill, Packet, PubAckReason, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};

const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// A connection that is polled only while something is awaited.
pub(crate) struct Client {
    client: AsyncClient,
    events: EventLoop,
}

/// How somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct Login<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    /// What the client calls itself.
    pub(crate) client_id: &'a str,
    /// Topic of the last will, if it leaves one.
    pub(crate) will: Option<&'a str>,
}

impl<'a> Login<'a> {
    pub(crate) fn new(name: &'a str, password: &'a str) -> Login<'a> {
        Login { name, password, client_id: name, will: None }
    }

    /// Signs in; the broker's reason if it says no.
    pub(crate) async fn to(&self, broker_url: &str) -> Result<Client, String> {
        let address = broker_url.strip_prefix("mqtt://").expect("the tests' brokers speak mqtt");
        let (host, port) = address.rsplit_once(':').expect("the tests' brokers have a port");
        let port = port.parse().expect("a port is a number");
        let mut options = MqttOptions::new(self.client_id, host, port);
        options.set_keep_alive(Duration::from_secs(30)).set_clean_start(false);
        if !self.name.is_empty() {
            options.set_credentials(self.name, self.password);
        }
        if let Some(topic) = self.will {
            let will = LastWill::new(topic, "{}", QoS::AtLeastOnce, false, None);
            options.set_last_will(will);
        }
        let (client, mut events) = AsyncClient::new(options, 16);
        match tokio::time::timeout(ANSWERED_WITHIN, events.poll()).await {
            Ok(Ok(Event::Incoming(Packet::ConnAck(ack)))) => match ack.code {
                ConnectReturnCode::Success => Ok(Client { client, events }),
                other => Err(format!("{other:?}")),
            },
            Ok(Ok(other)) => Err(format!("{other:?}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the broker did not answer".to_owned()),
        }
    }
}

impl Client {
    /// Publishes at QoS 1; whether the broker took it.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) -> Result<(), String> {
        let asked = self.client.try_publish(topic, QoS::AtLeastOnce, false, payload.to_owned());
        asked.map_err(|e| e.to_string())?;
        loop {
            if let Packet::PubAck(ack) = self.next().await? {
                return match ack.reason {
                    PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok(()),
                    other => Err(format!("{other:?}")),
                };
            }
        }
    }

    /// Subscribes; whether the broker allowed it.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> Result<(), String> {
        self.client.try_subscribe(filter, QoS::AtLeastOnce).map_err(|e| e.to_string())?;
        loop {
            if let Packet::SubAck(ack) = self.next().await? {
                return match ack.return_codes.as_slice() {
                    [SubscribeReasonCode::Success(_)] => Ok(()),
                    other => Err(format!("{other:?}")),
                };
            }
        }
    }

    /// The topic of the next message.
    pub(crate) async fn hears(&mut self) -> Result<String, String> {
        Ok(self.hears_message().await?.0)
    }

    /// The next message: its topic, and what it says.
    pub(crate) async fn hears_message(&mut self) -> Result<(String, Vec<u8>), String> {
        loop {
            if let Packet::Publish(publish) = self.next().await? {
                let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                return Ok((topic, publish.payload.to_vec()));
            }
        }
    }

    /// Breaks the connection off without a word, so that a last will is published.
    pub(crate) fn breaks_off(self) {
        drop(self.events);
    }

    async fn next(&mut self) -> Result<Packet, String> {
        loop {
            match tokio::time::timeout(ANSWERED_WITHIN, self.events.poll()).await {
                Ok(Ok(Event::Incoming(packet))) => return Ok(packet),
                Ok(Ok(Event::Outgoing(_))) => {}
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) => return Err("the broker did not answer".to_owned()),
            }
        }
    }
}
