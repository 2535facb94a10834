//! What is measured in a round: the subscriber that only acknowledges, or a gateway with a database.
//! Both are given the same messages over a fresh broker.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use tokio::time::sleep;

use crate::acknowledge::{Subscriber, left_over};
use crate::bare_broker::BareBroker;
use crate::child::{Child, free_port};
use crate::database::{Database, Mark};
use crate::gateway::{CLIENT_ID, Gateway, Setup, Source};
use crate::machine::{cpu_s, family_cpu_s, now_ns, seconds};
use crate::mosquitto::Mosquitto;
use crate::place::{Kind, Place};
use crate::publish::Publisher;

/// Longest wait for a round's messages to be stored.
const ENDS_WITHIN_S: f64 = 900.0;
/// A count is repeated at least this long after the last one.
const COUNT_AGAIN: Duration = Duration::from_millis(10);
/// How long the broker may take to deliver again what was not acknowledged.
const PATIENCE: Duration = Duration::from_millis(500);

/// Which broker stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Broker {
    /// Mosquitto with the deployed limits.
    Mosquitto,
    /// The gateway's own.
    Embedded,
}

/// How messages and consumer meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Publishers and consumer run at once, as in a town: the headline.
    Live,
    /// The consumer is held until all messages wait at the broker: no publisher in the picture.
    Drain,
}

/// One of those measured.
#[derive(Debug)]
pub(crate) enum Subject {
    Bare,
    Gateway { kind: Kind, stored: u64, setup: Setup },
}

/// How it went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) seconds: f64,
    /// Processor time of the consumer (with its database), of the broker, of the publishers.
    pub(crate) consumer_cpu_s: f64,
    pub(crate) broker_cpu_s: f64,
    pub(crate) publisher_cpu_s: f64,
}

/// The conditions of a round.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    pub(crate) place: &'a Place,
    pub(crate) broker: Broker,
    pub(crate) mode: Mode,
    pub(crate) receive_maximum: u16,
    pub(crate) messages: u64,
}

impl Subject {
    pub(crate) fn name(&self) -> String {
        match self {
            Subject::Bare => "acknowledging only".to_owned(),
            Subject::Gateway { kind, stored: 0, .. } => kind.name().to_owned(),
            Subject::Gateway { kind, stored, .. } => {
                format!("{}, {:.1} M stored", kind.name(), *stored as f64 / 1e6)
            }
        }
    }

    /// Sends what the publisher has built and waits until the last message is done with.
    pub(crate) async fn take(
        &self,
        round: &Round<'_>,
        publisher: &mut Publisher,
    ) -> Result<Outcome> {
        match self {
            Subject::Bare => round.bare(publisher).await,
            Subject::Gateway { setup, .. } => round.gateway(setup, publisher).await,
        }
    }
}

/// What has used how much processor time so far.
struct Meter {
    consumer: u32,
    server: Option<u32>,
    broker: Option<u32>,
    publisher: u32,
    before: [f64; 3],
}

impl Meter {
    fn read(&self) -> [f64; 3] {
        let server = self.server.map_or(0.0, family_cpu_s);
        [cpu_s(self.consumer) + server, self.broker.map_or(0.0, cpu_s), cpu_s(self.publisher)]
    }

    fn start(mut self) -> Meter {
        self.before = self.read();
        self
    }

    fn outcome(&self, seconds: f64) -> Outcome {
        let now = self.read();
        let [consumer_cpu_s, broker_cpu_s, publisher_cpu_s] =
            [0, 1, 2].map(|part| now[part] - self.before[part]);
        Outcome { seconds, consumer_cpu_s, broker_cpu_s, publisher_cpu_s }
    }
}

impl Round<'_> {
    async fn bare(&self, publisher: &mut Publisher) -> Result<Outcome> {
        let port = free_port()?;
        let (mosquitto, library) = match self.broker {
            Broker::Mosquitto => (Some(Mosquitto::start(self.place.dir(), port).await?), None),
            Broker::Embedded => (None, Some(BareBroker::start(port).await?)),
        };
        let broker = mosquitto.as_ref().map(Mosquitto::process);
        let broker = broker.or(library.as_ref().map(|l| l.child.id()));
        let name = "bench-acknowledging";
        let mut subscriber =
            Subscriber::start(port, name, self.receive_maximum, self.messages).await?;
        let meter = Meter {
            consumer: subscriber.process().id(),
            server: None,
            broker,
            publisher: publisher.process(),
            before: [0.0; 3],
        }
        .start();
        let began_ns = self.begin(publisher, port, subscriber.process()).await?;
        let within = Duration::from_secs_f64(ENDS_WITHIN_S);
        let done = subscriber.acknowledged(within).await?;
        let outcome = meter.outcome(seconds(began_ns, done.last_ns));
        self.settle(publisher).await?;
        if let Some(mosquitto) = mosquitto {
            mosquitto.stop().await?;
        }
        Ok(outcome)
    }

    async fn gateway(&self, setup: &Setup, publisher: &mut Publisher) -> Result<Outcome> {
        let port = free_port()?;
        let (mosquitto, source) = match self.broker {
            Broker::Mosquitto => {
                (Some(Mosquitto::start(self.place.dir(), port).await?), Source::External(port))
            }
            Broker::Embedded => (None, Source::Embedded(port)),
        };
        let gateway = setup.start(source).await?;
        let mut database = Database::open(&setup.database).await?;
        let (mark, refused) = (database.mark().await?, database.rejected().await?.0);
        let postgres = setup.database.starts_with("postgres").then(|| self.place.postgres());
        let meter = Meter {
            consumer: gateway.process().id(),
            server: postgres.flatten(),
            broker: mosquitto.as_ref().map(Mosquitto::process),
            publisher: publisher.process(),
            before: [0.0; 3],
        }
        .start();
        let began_ns = self.begin(publisher, port, gateway.process()).await?;
        let done_ns = until_stored(&mut database, &mark, self.messages, began_ns).await?;
        let outcome = meter.outcome(seconds(began_ns, done_ns));
        self.settle(publisher).await?;
        self.check(gateway, &mut database, &mark, refused, mosquitto, port).await?;
        database.close().await?;
        Ok(outcome)
    }

    /// Publishes; gives the moment from which the consumer is measured.
    async fn begin(&self, publisher: &mut Publisher, port: u16, consumer: &Child) -> Result<i64> {
        if self.mode == Mode::Live {
            publisher.publish(port).await?;
            // The publishers connect first; what they say afterwards has the exact moment.
            return publisher.began().await;
        }
        consumer.signal("STOP").await?;
        publisher.publish(port).await?;
        publisher.began().await?;
        publisher.published().await?;
        let began_ns = now_ns();
        consumer.signal("CONT").await?;
        Ok(began_ns)
    }

    async fn settle(&self, publisher: &mut Publisher) -> Result<()> {
        if self.mode == Mode::Live {
            publisher.published().await?;
        }
        Ok(())
    }

    /// Every message was stored once, none was refused, and the broker has nothing left.
    async fn check(
        &self,
        gateway: Gateway,
        database: &mut Database,
        mark: &Mark,
        refused_before: i64,
        mosquitto: Option<Mosquitto>,
        port: u16,
    ) -> Result<()> {
        gateway.stop().await?;
        let stored = database.readings_since(mark).await?;
        ensure!(stored == self.messages, "{stored} readings stored of {}", self.messages);
        let (refused, why) = database.rejected().await?;
        ensure!(refused == refused_before, "{} messages refused: {why}", refused - refused_before);
        if let Some(mosquitto) = mosquitto {
            mosquitto.until_gone(CLIENT_ID).await?;
            let left = left_over(port, CLIENT_ID, PATIENCE).await?;
            ensure!(!left, "the broker still had messages that were not acknowledged");
            mosquitto.stop().await?;
        }
        Ok(())
    }
}

/// Counts until all are committed, seldom at first and often towards the end; gives the moment.
pub(crate) async fn until_stored(
    database: &mut Database,
    mark: &Mark,
    readings: u64,
    began_ns: i64,
) -> Result<i64> {
    loop {
        let stored = database.readings_since(mark).await?;
        let (now_ns, elapsed_s) = (now_ns(), seconds(began_ns, now_ns()));
        if stored >= readings {
            return Ok(now_ns);
        }
        ensure!(elapsed_s < ENDS_WITHIN_S, "{stored} of {readings} after {elapsed_s:.0} s");
        let left_s = elapsed_s * (readings - stored) as f64 / (stored.max(1)) as f64;
        sleep(Duration::from_secs_f64((left_s / 3.0).min(1.0)).max(COUNT_AGAIN)).await;
    }
}
