//! Durable ingest ÷ acknowledging only, message for message, in one run.
//!
//! In each round the same ready-made messages go to a subscriber that only acknowledges and to each
//! gateway in turn, each over a fresh broker, in an order that rotates. Measured is the time from the
//! first publish until the last message is acknowledged, for a gateway until it is committed; every
//! message must then be stored once and none be left at the broker. The ratio is taken per round.

use std::ops::Range;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use vocabulary::Timestamp;

use crate::command::Common;
use crate::figures::Spread;
use crate::machine::now_ns;
use crate::place::{Kind, Place};
use crate::prefill::Prefill;
use crate::publish::Publisher;
use crate::report::{Report, progress};
use crate::subject::{Broker, Mode, Outcome, Round, Subject};
use crate::traffic::Traffic;

/// From one message of a device to its next: longer than a merge gap, short enough for nobody to
/// count as silent before the run ends.
const SPACING_MS: i64 = 90_000;
/// Stays stored for each reading stored: a stay is two changes of nine readings.
const READINGS_PER_STAY: u64 = 9;

/// Messages through the gateway into the database ÷ messages only acknowledged.
///
/// `--mode live` (the headline: publishers, broker, gateway and database share the machine, as in a
/// town) or `--mode drain` (all messages wait at the broker before the consumer may go on, so that no
/// publisher is in the picture). Without --database both databases are measured in the same rounds.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    common: Common,
    /// Databases to measure; give it twice for both.
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// The broker between publishers and gateway.
    #[arg(long, value_enum, default_value_t = Broker::Mosquitto)]
    broker: Broker,
    /// How messages and consumer meet.
    #[arg(long, value_enum, default_value_t = Mode::Live)]
    mode: Mode,
    /// Measure also with so many readings stored before (and a ninth as many stays).
    #[arg(long, default_value_t = 0, value_name = "N")]
    stored: u64,
    /// Messages in a round; rounded up to whole laps of all devices.
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    messages: u32,
    #[arg(long, default_value_t = 5, value_name = "R")]
    rounds: u32,
    /// Bays, each with one device.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    devices: u32,
    /// Connections that the messages come through, as through network servers and concentrators.
    #[arg(long, default_value_t = 50, value_name = "N")]
    connections: usize,
    /// Receive maximum of the acknowledging subscriber: what the gateway asks for.
    #[arg(long, default_value_t = 48_000, value_name = "N")]
    receive_maximum: u16,
}

impl Ingest {
    /// Both databases over Mosquitto, empty and with ten million readings; the embedded broker.
    pub(crate) fn usual(common: &Common) -> Vec<Ingest> {
        let mosquitto = Ingest {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            broker: Broker::Mosquitto,
            mode: Mode::Live,
            stored: 10_000_000,
            messages: 200_000,
            rounds: 3,
            devices: 100_000,
            connections: 50,
            receive_maximum: 48_000,
        };
        let embedded = Ingest {
            common: common.clone(),
            broker: Broker::Embedded,
            database: vec![Kind::Sqlite],
            stored: 0,
            ..mosquitto
        };
        vec![
            Ingest {
                common: common.clone(),
                database: vec![Kind::Sqlite, Kind::Postgres],
                ..mosquitto
            },
            embedded,
        ]
    }

    pub(crate) async fn run(self) -> Result<()> {
        anyhow::ensure!(
            (self.broker, self.mode) != (Broker::Embedded, Mode::Drain),
            "--mode drain: the embedded broker is in the process that would be held"
        );
        let mut place = self.common.place()?;
        let laps = self.messages.div_ceil(self.devices);
        let traffic = self.traffic(laps);
        let mut publisher = Publisher::start(&traffic, self.connections)?;
        let subjects = self.subjects(&mut place, &traffic, &mut publisher).await?;
        let mut outcomes: Vec<Vec<Outcome>> = subjects.iter().map(|_| Vec::new()).collect();
        for number in 0..self.rounds {
            let first = 1 + number * laps;
            let built = publisher.build(&(first..first + laps)).await?;
            let round = self.round(&place, built.messages);
            for turn in 0..subjects.len() {
                let at = (turn + number as usize) % subjects.len();
                let outcome = subjects[at].take(&round, &mut publisher).await?;
                progress(&format!(
                    "round {} of {}: {:<28} {:>8.0} messages/s in {:.2} s",
                    number + 1,
                    self.rounds,
                    subjects[at].name(),
                    built.messages as f64 / outcome.seconds,
                    outcome.seconds,
                ));
                outcomes[at].push(outcome);
            }
        }
        place.close().await?;
        self.report(&subjects, &outcomes, u64::from(laps * self.devices))
    }

    /// The last message of the run is observed about now.
    fn traffic(&self, laps: u32) -> Traffic {
        let all = i64::from(1 + self.rounds * laps);
        let now = Timestamp::from_ms(now_ns() / 1_000_000);
        Traffic {
            seed: self.common.seed,
            devices: self.devices,
            from: now.plus_ms(-all * SPACING_MS),
            spacing_ms: SPACING_MS,
        }
    }

    fn round<'a>(&self, place: &'a Place, messages: u64) -> Round<'a> {
        let (broker, mode, receive_maximum) = (self.broker, self.mode, self.receive_maximum);
        Round { place, broker, mode, receive_maximum, messages }
    }

    /// Whoever is measured, each gateway having heard every device once.
    async fn subjects(
        &self,
        place: &mut Place,
        traffic: &Traffic,
        publisher: &mut Publisher,
    ) -> Result<Vec<Subject>> {
        let mut subjects = vec![Subject::Bare];
        let warm_up: Range<u32> = 0..1;
        let built = publisher.build(&warm_up).await?;
        for kind in &self.database {
            let mut sizes = vec![0, self.stored];
            sizes.dedup();
            for stored in sizes {
                let name = format!("{}_{stored}", kind.name().to_lowercase());
                let setup = place.prepared(*kind, &name, self.devices).await?;
                if stored > 0 {
                    let mut prefill = Prefill::open(&setup.database).await?;
                    prefill.readings(stored, traffic.from.ms()).await?;
                    prefill.close().await?;
                }
                let subject = Subject::Gateway { kind: *kind, stored, setup };
                progress(&format!("warming up: {}", subject.name()));
                let round = Round { mode: Mode::Live, ..self.round(place, built.messages) };
                subject.take(&round, publisher).await?;
                if let (Subject::Gateway { setup, .. }, 1..) = (&subject, stored) {
                    let mut prefill = Prefill::open(&setup.database).await?;
                    prefill.stays(stored / READINGS_PER_STAY, traffic.from.ms()).await?;
                    prefill.close().await?;
                }
                subjects.push(subject);
            }
        }
        Ok(subjects)
    }

    fn report(&self, subjects: &[Subject], outcomes: &[Vec<Outcome>], messages: u64) -> Result<()> {
        let name = match (self.broker, self.mode) {
            (Broker::Embedded, _) => "ingest-embedded",
            (Broker::Mosquitto, Mode::Live) => "ingest",
            (Broker::Mosquitto, Mode::Drain) => "ingest-drain",
        };
        let mut report = Report::new(
            name,
            &[
                "consumer",
                "messages/s",
                "÷ acknowledging only",
                "processor time a message, µs: consumer with database",
                "broker",
                "publishers",
            ],
        );
        let count = messages as f64;
        let mut figures = Vec::new();
        for (subject, own) in subjects.iter().zip(outcomes) {
            let rate = Spread::of(own.iter().map(|o| count / o.seconds));
            let ratio =
                Spread::of(own.iter().zip(&outcomes[0]).map(|(o, bare)| bare.seconds / o.seconds));
            let micros = |of: fn(&Outcome) -> f64| {
                format!("{:.1}", Spread::of(own.iter().map(|o| of(o) * 1e6 / count)).median)
            };
            report.rows.push(vec![
                subject.name(),
                rate.thousands(),
                ratio.text(2),
                micros(|o| o.consumer_cpu_s),
                micros(|o| o.broker_cpu_s),
                micros(|o| o.publisher_cpu_s),
            ]);
            figures
                .push(json!({"consumer": subject.name(), "messages_per_s": rate, "ratio": ratio}));
        }
        report.figures = json!({"messages": messages, "rounds": self.rounds, "of": figures});
        self.common.sink().show(&report)
    }
}
