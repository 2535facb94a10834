//! The connection of many native devices: keeps their readings until the gateway has stored them.
//!
//! The broker's acknowledgement only paces the sending: it is lost with the broker. A reading is
//! forgotten when the gateway says on its device's `down` topic that it is stored, and is sent again
//! after a reconnect or when nothing was heard for a while (`memory`). Like `link`, each connection is
//! a fresh client without a session.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, PubAckReason};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::broker::Broker;
use crate::conversation::{Conversation, News, WINDOW};
use crate::counters::Counters;
use crate::envelope::native;
use crate::flash::Reading;
use crate::instruction::Told;
use crate::memory::{Heeded, Memories};
use crate::outbox::Outbox;

/// Filters in one SUBSCRIBE.
const FILTERS: usize = 200;
/// Messages to be published that are held; devices that send again wait while there are more.
const CAPACITY: usize = 10_000;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Before a message that nobody took is sent again.
const UNHEARD_PAUSE: Duration = Duration::from_secs(1);

/// Something that a native device says.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) device: String,
    /// What it keeps; a bare repeat has none.
    pub(crate) keeps: Option<Reading>,
    /// What the radio carries now, if it carries anything.
    pub(crate) sends: Option<Vec<u8>>,
}

/// When native devices send again, and for how long a run waits for the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// A device that hears nothing for so long (machine time) sends again what it keeps.
    pub resend_after: Duration,
    /// After the end of a run (machine time), until every reading is stored; what is not is told.
    pub wait_at_end: Duration,
}

impl Default for Persistence {
    fn default() -> Self {
        Persistence { resend_after: Duration::from_secs(120), wait_at_end: Duration::ZERO }
    }
}

pub(crate) struct Concentrator {
    broker: Broker,
    client_id: String,
    sayings: mpsc::Receiver<Saying>,
    memories: Memories,
    outbox: Outbox<u64, (String, Vec<u8>)>,
    next_key: u64,
    counters: Arc<Counters>,
    /// Who makes devices do what they are told, if anybody.
    told: Option<mpsc::Sender<Told>>,
    wait_at_end: Duration,
    wire: Wire,
    /// Since when nobody says anything any more.
    ended_at: Option<Instant>,
    silent_until: Instant,
}

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Up,
    Down,
}

enum End {
    /// All is sent, and stored, or was waited for.
    Done,
    Lost(String),
}

impl Concentrator {
    pub(crate) fn new(
        broker: Broker,
        client_id: String,
        sayings: mpsc::Receiver<Saying>,
        memories: Memories,
        counters: Arc<Counters>,
        wait_at_end: Duration,
    ) -> Self {
        Concentrator {
            broker,
            client_id,
            sayings,
            memories,
            outbox: Outbox::new(WINDOW, CAPACITY),
            next_key: 0,
            counters,
            told: None,
            wait_at_end,
            wire: Wire::Down,
            ended_at: None,
            silent_until: Instant::now(),
        }
    }

    /// Hands on what devices are told to do.
    pub(crate) fn telling(self, told: mpsc::Sender<Told>) -> Self {
        Concentrator { told: Some(told), ..self }
    }

    /// Serves its devices until they fall silent and everything is stored.
    pub(crate) async fn serve(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let before = Instant::now();
            let cause = match self.converse().await {
                End::Done => break,
                End::Lost(cause) => cause,
            };
            tracing::debug!(client = self.client_id, cause, "connection to the broker lost");
            // Whatever was on its way is still in a memory, and goes again from there.
            self.wire = Wire::Down;
            self.outbox = Outbox::new(WINDOW, CAPACITY);
            let lasted = before.elapsed() > LONGEST_PAUSE;
            pause = if lasted { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            self.rest(pause).await;
        }
        self.counters.add(|c| &c.unstored, self.memories.kept());
    }

    async fn converse(&mut self) -> End {
        let mut talk = Conversation::open(&self.broker, &self.client_id);
        self.wire = Wire::Down;
        loop {
            let now = Instant::now();
            if self.wire == Wire::Up {
                self.send_again(now);
                if now >= self.silent_until
                    && let Err(cause) = self.hand_out(&talk.client)
                {
                    return End::Lost(cause);
                }
            }
            if self.is_done(now) {
                talk.goodbye().await;
                return End::Done;
            }
            let wake_at = self.wake_at(now);
            tokio::select! {
                heard = talk.news.recv() => match heard {
                    Some(News::Connected) => if let Err(cause) = self.greet(&talk.client) {
                        return End::Lost(cause);
                    },
                    Some(News::Lost(cause)) => return End::Lost(cause),
                    Some(news) => if let Some(end) = self.hear(news) { return end },
                    None => return End::Lost("the client stopped".into()),
                },
                saying = self.sayings.recv(), if self.accepts() => self.take(saying),
                () = sleep_until(wake_at) => {}
            }
        }
    }

    fn accepts(&self) -> bool {
        self.ended_at.is_none() && self.outbox.has_room()
    }

    /// A new connection: every device listens to its own `down` topic, and says again what it
    /// keeps.
    fn greet(&mut self, client: &AsyncClient) -> Result<(), String> {
        self.wire = Wire::Up;
        self.counters.count(|c| &c.connections);
        self.memories.all_due(Instant::now());
        let topics: Vec<String> = self.memories.devices().map(native::down_topic).collect();
        for some in topics.chunks(FILTERS) {
            let filters = some.iter().map(|topic| Filter::new(topic, QoS::AtMostOnce));
            client.try_subscribe_many(filters).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Devices that heard nothing for too long.
    fn send_again(&mut self, now: Instant) {
        while self.outbox.len() < CAPACITY / 2
            && let Some((device, batches)) = self.memories.overdue(now)
        {
            for batch in batches {
                self.counters.count(|c| &c.resent);
                self.post(native::topic(&device), batch.into_bytes());
            }
        }
    }

    fn post(&mut self, topic: String, payload: Vec<u8>) {
        self.next_key += 1;
        self.outbox.keep(self.next_key, (topic, payload));
    }

    fn hand_out(&mut self, client: &AsyncClient) -> Result<(), String> {
        while let Some((topic, payload)) = self.outbox.hand_out().cloned() {
            client
                .try_publish(topic, QoS::AtLeastOnce, false, payload)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn hear(&mut self, news: News) -> Option<End> {
        match news {
            News::Sent(packet) => {
                self.outbox.sent_as(packet);
                self.counters.count(|c| &c.published);
            }
            News::Answered(packet, PubAckReason::Success) => {
                if self.outbox.acknowledged(packet).is_some() {
                    self.counters.count(|c| &c.pubacked);
                }
            }
            News::Answered(packet, PubAckReason::NoMatchingSubscribers) => {
                self.outbox.not_taken(packet);
                self.silent_until = Instant::now() + UNHEARD_PAUSE;
                self.counters.count(|c| &c.unheard);
            }
            // A full or misconfigured broker may recover: a new connection, with its pause.
            News::Answered(_, refusal) => return Some(End::Lost(format!("{refusal:?}"))),
            News::Said { topic, payload } => {
                if let Some(device) = device_of(&topic) {
                    self.heed(device, &payload);
                }
            }
            News::Connected | News::Lost(_) => {}
        }
        None
    }

    fn heed(&mut self, device: &str, payload: &[u8]) {
        match self.memories.hear(device, payload, Instant::now()) {
            Heeded::Stored(readings) => self.counters.add(|c| &c.stored, readings),
            Heeded::Told(instruction) => {
                let told = Told { device: device.to_owned(), instruction };
                // A town that is busy or over does not hear it, as a device would not that is.
                if let Some(town) = &self.told
                    && town.try_send(told).is_ok()
                {
                    self.counters.count(|c| &c.told);
                }
            }
            Heeded::Other => {}
        }
    }

    fn take(&mut self, saying: Option<Saying>) {
        let Some(Saying { device, keeps, sends }) = saying else {
            self.ended_at = Some(Instant::now());
            return;
        };
        let lost = keeps.and_then(|kept| self.memories.keep(&device, kept, Instant::now()));
        if lost.is_some() {
            self.counters.count(|c| &c.dropped);
        }
        // Without a connection it goes when there is one, with all that is kept.
        if let Some(payload) = sends.filter(|_| self.wire == Wire::Up) {
            self.post(native::topic(&device), payload);
        }
    }

    /// Nobody says anything any more, and what they said has been sent, and stored or waited for.
    fn is_done(&self, now: Instant) -> bool {
        let Some(ended_at) = self.ended_at else { return false };
        let sent = self.wire == Wire::Up && self.memories.next_due().is_none_or(|due| due > now);
        let waited = sent && now >= ended_at + self.wait_at_end;
        self.outbox.is_empty() && (waited || self.memories.is_empty())
    }

    /// When something is to be done even if nothing is heard.
    fn wake_at(&self, now: Instant) -> Instant {
        let mut at = now + Duration::from_secs(60);
        if !self.outbox.is_empty() {
            at = at.min(self.silent_until.max(now + Duration::from_millis(50)));
        }
        if let Some(due) = self.memories.next_due() {
            at = at.min(due.max(now + Duration::from_millis(5)));
        }
        match self.ended_at {
            Some(ended_at) => at.min((ended_at + self.wait_at_end).max(now + UNHEARD_PAUSE / 20)),
            None => at,
        }
    }

    /// Waits before the next attempt; devices go on filling their memories meanwhile.
    async fn rest(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                saying = self.sayings.recv(), if self.ended_at.is_none() => self.take(saying),
            }
        }
    }
}

/// `bowei/v1/{device_id}/down` → the device id.
fn device_of(topic: &[u8]) -> Option<&str> {
    let topic = std::str::from_utf8(topic).ok()?;
    topic.strip_prefix("bowei/v1/")?.strip_suffix("/down")
}

#[cfg(test)]
mod tests;
