//! Owns the connection to the broker. Never awaits anything but `poll` while connected, so that
//! keep-alives are answered and acknowledgements flow.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnectProperties, Filter, Packet, Publish, PublishProperties, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{Outgoing, TlsConfiguration, Transport};
use sensing::Letter;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::posted::Posted;
use super::receipts::{Down, Receipts};
use super::{BUDGET_KIB, Done, Offered, RECEIVE_MAXIMUM, TOPICS, Tag};
use crate::app::App;
use crate::config::Mqtt;
use crate::downlinks::Ask;
use crate::flow::store_readings::Incoming;

const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// The broker keeps the session, and messages for it, this long while the gateway is away.
const SESSION_EXPIRY_S: u32 = 7 * 24 * 3600;
/// Larger messages are dropped by the broker; up to here a message that is too large is recorded.
const MAX_PACKET_BYTES: u32 = 2 << 20;
/// The largest message, in KiB of the budget.
const LARGEST_KIB: u32 = MAX_PACKET_BYTES / 1024 + 1;
const RECONNECT_AFTER: Duration = Duration::from_millis(500);
/// How often receipts that had to wait are looked for, and how many go out in one go.
const RECEIPTS_EVERY: Duration = Duration::from_millis(500);
const RECEIPTS_AT_ONCE: usize = 2_000;
/// How long to wait at shutdown for messages handed over to be stored and acknowledged.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Connection settings from a broker address.
pub(super) fn options(settings: &Mqtt, url: &str) -> Result<MqttOptions> {
    let (scheme, rest) = url.split_once("://").context("expected mqtt://host:port")?;
    let (login, host) = match rest.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, rest),
    };
    let (host, port) =
        host.trim_end_matches('/').rsplit_once(':').context("the port is missing")?;
    let mut options = MqttOptions::new(
        &settings.client_id,
        host,
        port.parse().context("the port is not a number")?,
    );
    match scheme {
        "mqtt" => {}
        "mqtts" => {
            options.set_transport(Transport::Tls(TlsConfiguration::Native));
        }
        other => bail!("unknown scheme {other}: expected mqtt or mqtts"),
    }
    if let Some((user, password)) = login.and_then(|l| l.split_once(':')) {
        options.set_credentials(user, password);
    }
    let mut properties = ConnectProperties::new();
    properties.receive_maximum = Some(RECEIVE_MAXIMUM);
    properties.session_expiry_interval = Some(SESSION_EXPIRY_S);
    properties.max_packet_size = Some(MAX_PACKET_BYTES);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(false)
        .set_manual_acks(true)
        .set_connect_properties(properties);
    Ok(options)
}

/// Listens until `shutdown`, then stops taking messages and waits for those handed over.
pub(super) async fn run(
    app: &App,
    options: MqttOptions,
    offer: mpsc::Sender<Offered>,
    mut done: mpsc::Receiver<Done>,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let mut asks = app.downlinks.inbox().context("another connection sends the commands")?;
    // Room for every acknowledgement that can be open, so that queuing one never blocks the poll.
    let (client, events) = AsyncClient::new(options, usize::from(RECEIVE_MAXIMUM) * 4);
    let budget = Arc::new(Semaphore::new(BUDGET_KIB));
    let mut connection = Connection {
        app,
        client,
        events,
        budget,
        receipts: Receipts::default(),
        posted: Posted::default(),
        number: 0,
        up: false,
        handed_over: 0,
    };
    let mut receipts_due = tokio::time::interval(RECEIPTS_EVERY);
    tokio::pin!(shutdown);
    let ended = loop {
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            stored = done.recv() => match stored {
                Some(stored) => connection.stored(stored),
                None => break Err(anyhow!("nothing stores messages any more")),
            },
            Some(ask) = asks.recv() => connection.post(ask),
            _ = receipts_due.tick() => connection.tell_due(),
            () = connection.step(Some(&offer)) => {}
        }
    };
    drop(offer);
    let drained = tokio::time::timeout(DRAIN_WITHIN, connection.drain(&mut done)).await;
    if drained.is_err() {
        tracing::warn!(
            connection.handed_over,
            "stopped before every message was acknowledged; they come again"
        );
    }
    app.metrics.set_connected(0);
    ended
}

struct Connection<'a> {
    app: &'a App,
    client: AsyncClient,
    events: EventLoop,
    /// What may be handed over and not yet stored, in KiB.
    budget: Arc<Semaphore>,
    receipts: Receipts,
    posted: Posted,
    /// Grows with every connection; acknowledgements of an older one are dropped.
    number: u64,
    up: bool,
    handed_over: usize,
}

impl Connection<'_> {
    /// One event of the connection. Safe to abandon between its awaits: the event loop keeps what
    /// it has read, and connecting starts anew.
    async fn step(&mut self, offer: Option<&mpsc::Sender<Offered>>) {
        if !self.up {
            self.connect(offer).await;
            return;
        }
        if let Some(offer) = offer {
            room(&self.budget, offer).await;
        }
        match self.events.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                if let Some(offer) = offer
                    && !self.hand_over(publish, offer)
                {
                    // Not acknowledged, so the broker keeps it; only a new connection gets it again.
                    self.events.clean();
                    self.lost("the hand-over queue is full").await;
                }
            }
            Ok(Event::Incoming(Packet::ConnAck(ack))) => self.connected(ack.session_present),
            Ok(Event::Incoming(Packet::SubAck(ack))) => self.subscribed(&ack.return_codes),
            Ok(Event::Outgoing(Outgoing::Publish(packet))) => self.posted.written(packet),
            Ok(Event::Incoming(Packet::PubAck(ack))) => self.posted.answered(ack.pkid, ack.reason),
            Ok(_) => {}
            Err(error) => self.lost(&error.to_string()).await,
        }
    }

    fn subscribed(&self, codes: &[SubscribeReasonCode]) {
        if codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))) {
            self.app.metrics.set_connected(1);
        } else {
            tracing::error!(
                ?codes,
                "the broker refused a subscription: check the account's rights"
            );
        }
    }

    /// Connects once there is room for all that the broker may send at once.
    async fn connect(&mut self, offer: Option<&mpsc::Sender<Offered>>) {
        let room = offer.is_none_or(|offer| offer.capacity() >= usize::from(RECEIVE_MAXIMUM));
        if !room || self.budget.available_permits() < BUDGET_KIB / 2 {
            tokio::time::sleep(RECONNECT_AFTER).await;
            return;
        }
        match self.events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(ack))) => self.connected(ack.session_present),
            Ok(_) => {}
            Err(error) => self.lost(&error.to_string()).await,
        }
    }

    /// Subscribes even if the broker kept the session: it may have been made before the
    /// subscription was, or before a topic was added or allowed. Subscribing again changes nothing.
    fn connected(&mut self, session_present: bool) {
        self.number += 1;
        self.up = true;
        if !session_present {
            self.posted.session_lost();
        }
        tracing::info!(connection = self.number, session_present, "connected to the broker");
        let group = self.app.config.mqtt.share_group.as_deref();
        let filters = TOPICS.map(|topic| {
            let path =
                group.map_or_else(|| topic.to_owned(), |name| format!("$share/{name}/{topic}"));
            Filter::new(path, QoS::AtLeastOnce)
        });
        if let Err(error) = self.client.try_subscribe_many(filters) {
            tracing::error!(error = error.to_string(), "could not subscribe");
        }
    }

    async fn lost(&mut self, why: &str) {
        if self.up {
            tracing::warn!(connection = self.number, why, "connection to the broker lost");
        }
        self.up = false;
        self.handed_over = 0;
        self.app.metrics.set_connected(0);
        tokio::time::sleep(RECONNECT_AFTER).await;
    }

    /// False if there is no room, which `room` has waited for.
    fn hand_over(&mut self, publish: Publish, offer: &mpsc::Sender<Offered>) -> bool {
        let kib = u32::try_from(publish.payload.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(budget) = Arc::clone(&self.budget).try_acquire_many_owned(kib) else { return false };
        let message = Incoming {
            topic: String::from_utf8_lossy(&publish.topic).into_owned(),
            payload: publish.payload.clone(),
            received_at: self.app.clock.city_now(),
        };
        let tag = Tag { connection: self.number, publish };
        let taken = offer.try_send(Offered { message, tag, budget }).is_ok();
        self.handed_over += usize::from(taken);
        taken
    }

    fn stored(&mut self, stored: Done) {
        self.acknowledge(stored.tags);
        let down = self.receipts.take(stored.receipts, Instant::now());
        self.tell(down);
    }

    fn tell_due(&mut self) {
        let down = self.receipts.due(Instant::now(), RECEIPTS_AT_ONCE);
        self.tell(down);
    }

    /// What finds no room, or no connection, is lost: the device asks again by sending again.
    fn tell(&mut self, down: Vec<Down>) {
        for Down { topic, payload } in down {
            if self.up && self.client.try_publish(topic, QoS::AtMostOnce, false, payload).is_err() {
                self.app.metrics.count_dropped_receipt();
            }
        }
    }

    /// Without a connection nobody is told of it, which says that it is lost.
    fn post(&mut self, ask: Ask) {
        let Ask { letter: Letter { topic, payload }, lifetime, teller } = ask;
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX).max(1);
        let properties =
            PublishProperties { message_expiry_interval: Some(seconds), ..Default::default() };
        let (client, qos) = (&self.client, QoS::AtLeastOnce);
        let handed = self.up
            && client.try_publish_with_properties(topic, qos, false, payload, properties).is_ok();
        if handed {
            self.posted.handed_over(teller);
        }
    }

    fn acknowledge(&mut self, tags: Vec<Tag>) {
        for tag in tags {
            if tag.connection != self.number || !self.up {
                self.app.metrics.count_dropped_ack();
                continue;
            }
            self.handed_over = self.handed_over.saturating_sub(1);
            if self.client.try_ack(&tag.publish).is_err() {
                self.app.metrics.count_dropped_ack();
            }
        }
    }

    /// Waits until everything handed over is stored, acknowledged and sent.
    async fn drain(&mut self, done: &mut mpsc::Receiver<Done>) {
        let mut batcher_runs = true;
        while batcher_runs {
            tokio::select! {
                stored = done.recv() => match stored {
                    Some(stored) => self.stored(stored),
                    None => batcher_runs = false,
                },
                () = self.step(None), if self.up => {}
            }
        }
        // Queued acknowledgements leave with the next polls; a disconnect goes out after them.
        if self.up && self.client.try_disconnect().is_ok() {
            while self.up && self.events.poll().await.is_ok_and(|e| !is_disconnect(&e)) {}
        }
    }
}

/// Waits until one more message can be handed over. Not reading on is what holds the broker back:
/// Mosquitto 2.0.11 keeps the receive maximum only until the first acknowledgement (measured:
/// 18,000 unacknowledged of a promised 4,000), and a connection dropped for a full queue would
/// get its whole backlog again, and again.
async fn room(budget: &Semaphore, offer: &mpsc::Sender<Offered>) {
    // Nobody else sends or takes of the budget, so what is free now stays free.
    let _queue = offer.reserve().await;
    let _budget = budget.acquire_many(LARGEST_KIB).await;
}

fn is_disconnect(event: &Event) -> bool {
    matches!(event, Event::Outgoing(Outgoing::Disconnect))
}
