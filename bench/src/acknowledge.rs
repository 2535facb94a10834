//! The measure of ingest: a subscriber that acknowledges every message at once and does nothing else.
//!
//! The same client library, settings, subscriptions and shape of process as `gateway serve`
//! (`gateway/src/ingest/`): MQTT 5, session kept, manual acknowledgements queued to the task that
//! polls. What is missing is the work.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, Filter, Packet};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde::{Deserialize, Serialize};

use crate::child::Talking;
use crate::machine::now_ns;

/// What the gateway listens to.
pub(crate) const TOPICS: [&str; 3] =
    ["bowei/v1/+/up", "application/+/device/+/event/+", "v3/+/devices/+/#"];
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const SESSION_EXPIRY_S: u32 = 7 * 24 * 3600;
const MAX_PACKET_BYTES: u32 = 2 << 20;
const SUBSCRIBES_WITHIN: Duration = Duration::from_secs(10);

/// Take messages and acknowledge them (started by the other commands).
#[derive(Debug, Args)]
pub(crate) struct Acknowledge {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    client_id: String,
    #[arg(long)]
    receive_maximum: u16,
    /// Ends after so many.
    #[arg(long)]
    expect: u64,
}

/// The process is ready to take messages.
#[derive(Debug, Serialize, Deserialize)]
struct Subscribed {
    subscribed: bool,
}

/// When messages came and were acknowledged.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Acknowledged {
    pub(crate) first_ns: i64,
    pub(crate) last_ns: i64,
    pub(crate) messages: u64,
}

/// The subscribing process, as the run sees it.
#[derive(Debug)]
pub(crate) struct Subscriber {
    process: Talking,
}

impl Subscriber {
    pub(crate) async fn start(
        port: u16,
        client_id: &str,
        receive_maximum: u16,
        expect: u64,
    ) -> Result<Subscriber> {
        let arguments = [
            "acknowledge".to_owned(),
            format!("--port={port}"),
            format!("--client-id={client_id}"),
            format!("--receive-maximum={receive_maximum}"),
            format!("--expect={expect}"),
        ];
        let mut process = Talking::start("the acknowledging subscriber", &arguments)?;
        let _subscribed: Subscribed = process.hear(SUBSCRIBES_WITHIN).await?;
        Ok(Subscriber { process })
    }

    pub(crate) fn process(&self) -> &crate::child::Child {
        &self.process.child
    }

    /// Waits until all it expects has come.
    pub(crate) async fn acknowledged(&mut self, within: Duration) -> Result<Acknowledged> {
        self.process.hear(within).await
    }
}

impl Acknowledge {
    pub(crate) async fn run(self) -> Result<()> {
        let expect = self.expect;
        // As in the gateway: the task that polls is one of the runtime's, not the main one.
        let took = tokio::spawn(take(self)).await.context("the subscriber failed")??;
        anyhow::ensure!(took.messages >= expect, "{} of {expect} messages", took.messages);
        println!("{}", serde_json::to_string(&took)?);
        Ok(())
    }
}

async fn take(settings: Acknowledge) -> Result<Acknowledged> {
    let room = usize::from(settings.receive_maximum) * 4;
    let (client, mut events) = AsyncClient::new(options(&settings), room);
    let (mut first_ns, mut messages) = (0, 0);
    subscribe(&client, &mut events).await?;
    println!("{}", serde_json::to_string(&Subscribed { subscribed: true })?);
    while messages < settings.expect {
        match events.poll().await? {
            Event::Incoming(Packet::Publish(publish)) => {
                if first_ns == 0 {
                    first_ns = now_ns();
                }
                client.try_ack(&publish)?;
            }
            Event::Outgoing(Outgoing::PubAck(_)) => messages += 1,
            _ => {}
        }
    }
    Ok(Acknowledged { first_ns, last_ns: now_ns(), messages })
}

async fn subscribe(client: &AsyncClient, events: &mut EventLoop) -> Result<()> {
    loop {
        match events.poll().await? {
            Event::Incoming(Packet::ConnAck(_)) => {
                let filters = TOPICS.map(|t| Filter::new(t.to_owned(), QoS::AtLeastOnce));
                client.try_subscribe_many(filters)?;
            }
            Event::Incoming(Packet::SubAck(_)) => return Ok(()),
            Event::Incoming(Packet::Publish(_)) => bail!("the session was not empty"),
            _ => {}
        }
    }
}

fn options(settings: &Acknowledge) -> MqttOptions {
    let mut options = MqttOptions::new(&settings.client_id, "127.0.0.1", settings.port);
    let mut properties = ConnectProperties::new();
    properties.receive_maximum = Some(settings.receive_maximum);
    properties.session_expiry_interval = Some(SESSION_EXPIRY_S);
    properties.max_packet_size = Some(MAX_PACKET_BYTES);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(false)
        .set_manual_acks(true)
        .set_connect_properties(properties);
    options
}

/// Whether the broker has anything left for this session. `patience` is how long it may take to say so.
pub(crate) async fn left_over(port: u16, client_id: &str, patience: Duration) -> Result<bool> {
    let settings =
        Acknowledge { port, client_id: client_id.to_owned(), receive_maximum: 100, expect: 0 };
    let (_client, mut events) = AsyncClient::new(options(&settings), 10);
    let came = async {
        loop {
            if let Event::Incoming(Packet::Publish(_)) = events.poll().await? {
                return Ok(true);
            }
        }
    };
    tokio::time::timeout(patience, came).await.unwrap_or(Ok(false))
}
