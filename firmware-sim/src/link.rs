//! One connection to the broker, kept up for as long as there is something to send.
//!
//! Each connection is a fresh client without a session: packet numbers and queues of rumqttc do
//! not outlive it (its own resending can livelock after a lost session, bytebeamio/rumqtt#1014),
//! and all that is unacknowledged goes again from the outbox. Subscribes to nothing.
//!
//! Native devices are served by `concentrator` instead.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::PubAckReason;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::broker::Broker;
use crate::conversation::{Conversation, News, WINDOW};
use crate::counters::Counters;
use crate::outbox::Outbox;

const CAPACITY: usize = 200_000;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Before a message that nobody took is sent again.
const UNHEARD_PAUSE: Duration = Duration::from_secs(1);

/// A topic and what to publish there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parcel<K> {
    pub(crate) key: K,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// When a link stops trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Never; and a message that no subscriber took is sent again.
    Endless,
    /// After this many connections in a row that got nothing acknowledged; the broker's
    /// acknowledgement is enough.
    Connections(u32),
}

/// Why a link stopped before all was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkLost {
    /// No connection got anything acknowledged; the last one ended so.
    #[error("{0}")]
    NoProgress(String),
    /// The broker answered a message with a refusal.
    #[error("the broker refuses a message: {0}")]
    Refused(String),
}

/// Why a conversation with the broker ended.
enum End {
    AllSent,
    Lost(String),
    Refused(String),
}

pub(crate) struct Link<K> {
    broker: Broker,
    client_id: String,
    parcels: mpsc::Receiver<Parcel<K>>,
    outbox: Outbox<K, Parcel<K>>,
    counters: Arc<Counters>,
    patience: Patience,
    /// Whether more parcels may come.
    open: Inflow,
    silent_until: Instant,
    /// How many parcels the broker has taken from this link.
    taken: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inflow {
    Open,
    Ended,
}

impl<K: Copy + Eq + Hash + Send + 'static> Link<K> {
    pub(crate) fn new(
        broker: Broker,
        client_id: String,
        parcels: mpsc::Receiver<Parcel<K>>,
        counters: Arc<Counters>,
        patience: Patience,
    ) -> Self {
        let outbox = Outbox::new(WINDOW, CAPACITY);
        let silent_until = Instant::now();
        let (open, taken) = (Inflow::Open, 0);
        Link { broker, client_id, parcels, outbox, counters, patience, open, silent_until, taken }
    }

    /// Sends every parcel until the senders are gone and all is acknowledged.
    pub(crate) async fn carry(mut self) -> Result<(), LinkLost> {
        let (mut pause, mut fruitless) = (FIRST_PAUSE, 0);
        loop {
            let held = self.outbox.len();
            let taken = self.taken;
            let cause = match self.converse().await {
                End::AllSent => return Ok(()),
                End::Refused(reason) => return Err(LinkLost::Refused(reason)),
                End::Lost(cause) => cause,
            };
            self.outbox.connection_lost();
            let progress = self.taken > taken;
            (pause, fruitless) =
                if progress { (FIRST_PAUSE, 0) } else { (pause * 2, fruitless + 1) };
            pause = pause.min(LONGEST_PAUSE);
            tracing::debug!(client = self.client_id, cause, held, "connection to the broker lost");
            if matches!(self.patience, Patience::Connections(most) if fruitless >= most) {
                return Err(LinkLost::NoProgress(cause));
            }
            self.rest(pause).await;
        }
    }

    /// One connection, from dialling to its end.
    async fn converse(&mut self) -> End {
        let mut talk = Conversation::open(&self.broker, &self.client_id);
        let mut connected = false;
        loop {
            let may_send = connected && Instant::now() >= self.silent_until;
            if may_send && let Err(cause) = self.hand_out(&talk.client) {
                return End::Lost(cause);
            }
            if self.open == Inflow::Ended && self.outbox.is_empty() {
                if connected {
                    talk.goodbye().await;
                }
                return End::AllSent;
            }
            let accepts = self.open == Inflow::Open && self.outbox.has_room();
            tokio::select! {
                heard = talk.news.recv() => {
                    connected |= matches!(heard, Some(News::Connected));
                    if let Some(end) = self.hear(heard) {
                        return end;
                    }
                }
                parcel = self.parcels.recv(), if accepts => self.accept(parcel),
                () = sleep_until(self.silent_until), if connected && !may_send => {}
            }
        }
    }

    /// Hands the client as much as the window allows. The client's queue is as long as the
    /// window, so it is never full.
    fn hand_out(&mut self, client: &AsyncClient) -> Result<(), String> {
        while let Some(parcel) = self.outbox.hand_out() {
            let (topic, payload) = (parcel.topic.clone(), parcel.payload.clone());
            client
                .try_publish(topic, QoS::AtLeastOnce, false, payload)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn hear(&mut self, news: Option<News>) -> Option<End> {
        match news {
            Some(News::Connected) => self.counters.count(|c| &c.connections),
            Some(News::Sent(packet)) => {
                self.outbox.sent_as(packet);
                self.counters.count(|c| &c.published);
            }
            Some(News::Answered(packet, reason)) => return self.answered(packet, reason),
            Some(News::Said { .. }) => {}
            Some(News::Lost(cause)) => return Some(End::Lost(cause)),
            None => return Some(End::Lost("the client stopped".into())),
        }
        None
    }

    fn answered(&mut self, packet: u16, reason: PubAckReason) -> Option<End> {
        match (reason, self.patience) {
            (PubAckReason::NoMatchingSubscribers, Patience::Endless) => {
                self.outbox.not_taken(packet);
                self.silent_until = Instant::now() + UNHEARD_PAUSE;
                self.counters.count(|c| &c.unheard);
                None
            }
            (PubAckReason::NoMatchingSubscribers, Patience::Connections(_)) => {
                self.counters.count(|c| &c.unheard);
                self.acknowledged(packet);
                None
            }
            (PubAckReason::Success, _) => {
                self.acknowledged(packet);
                None
            }
            // A full or misconfigured broker may recover: a new connection, with its pause.
            (refusal, Patience::Endless) => Some(End::Lost(format!("{refusal:?}"))),
            (refusal, Patience::Connections(_)) => Some(End::Refused(format!("{refusal:?}"))),
        }
    }

    fn acknowledged(&mut self, packet: u16) {
        if self.outbox.acknowledged(packet).is_some() {
            self.taken += 1;
            self.counters.count(|c| &c.pubacked);
        }
    }

    fn accept(&mut self, parcel: Option<Parcel<K>>) {
        match parcel {
            Some(parcel) => self.outbox.keep(parcel.key, parcel),
            None => self.open = Inflow::Ended,
        }
    }

    /// Waits before the next attempt; devices go on filling the outbox meanwhile.
    async fn rest(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            let accepts = self.open == Inflow::Open && self.outbox.has_room();
            tokio::select! {
                () = sleep_until(until) => return,
                parcel = self.parcels.recv(), if accepts => self.accept(parcel),
            }
        }
    }
}
