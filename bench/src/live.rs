//! From the publishing of a reading to the server-sent event in an HTTP client's hands.
//!
//! One machine, one clock. A client watches all bays; messages are published at a steady rate; for
//! each change it is measured how long its event takes. Heartbeats load everything alike, but are no
//! changes and are not measured.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use vocabulary::Timestamp;

use crate::child::{free_port, until};
use crate::command::Common;
use crate::database::Database;
use crate::figures::percentile;
use crate::gateway::Source;
use crate::machine::now_ns;
use crate::message::{Said, Why};
use crate::mosquitto::Mosquitto;
use crate::paced::Paced;
use crate::place::Kind;
use crate::publish::Publisher;
use crate::report::{Report, progress};
use crate::stream::{self, Seen};
use crate::subject::until_stored;
use crate::town;
use crate::traffic::Traffic;

const SPACING_MS: i64 = 90_000;
const CONNECTIONS: usize = 50;
const FIRST_STATES_WITHIN: Duration = Duration::from_secs(60);
/// What has not come by then counts as missing.
const PATIENCE: Duration = Duration::from_secs(15);
/// The figure to hold (design §7).
const TO_HOLD_MS: f64 = 300.0;

/// Reading published → event received: p50 and p99 at some rates.
#[derive(Debug, Args)]
pub(crate) struct Live {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// Readings a second; give it more than once for several rates.
    #[arg(long, default_values_t = [1_000, 10_000], value_name = "N")]
    rate: Vec<u32>,
    /// How long at each rate.
    #[arg(long, default_value_t = 30, value_name = "S")]
    seconds: u32,
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    devices: u32,
}

/// Changes under way: bay and moment observed → when it was published.
type Under = Arc<Mutex<HashMap<(String, i64), i64>>>;

/// What the watcher has seen.
#[derive(Debug, Default)]
struct Watched {
    states: usize,
    resyncs: usize,
    delays_ms: Vec<f64>,
}

impl Live {
    pub(crate) fn usual(common: &Common) -> Live {
        Live {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            rate: vec![1_000, 10_000],
            seconds: 30,
            devices: 100_000,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(
            "live",
            &[
                "database",
                "readings/s (reached)",
                "changes",
                "p50 ms",
                "p99 ms",
                "most ms",
                "p99 ÷ 300 ms",
                "missing",
                "resyncs",
            ],
        );
        let mut figures = Vec::new();
        for kind in &self.database {
            self.measure(*kind, &mut report, &mut figures).await?;
        }
        report.figures = Value::Array(figures);
        self.common.sink().show(&report)
    }

    async fn measure(
        &self,
        kind: Kind,
        report: &mut Report,
        figures: &mut Vec<Value>,
    ) -> Result<()> {
        let mut place = self.common.place()?;
        let setup = place.prepared(kind, "live", self.devices).await?;
        let port = free_port()?;
        let mosquitto = Mosquitto::start(place.dir(), port).await?;
        let gateway = setup.start(Source::External(port)).await?;
        let traffic = self.traffic();
        self.warm_up(&traffic, port, &setup.database).await?;
        let (under, watched) = (Under::default(), Arc::new(Mutex::new(Watched::default())));
        let watching = tokio::spawn(watch(
            gateway.http.clone(),
            town::rectangle(self.devices),
            Arc::clone(&under),
            Arc::clone(&watched),
        ));
        until("the states of all bays", FIRST_STATES_WITHIN, async || {
            Ok((with(&watched, |w| w.states) >= self.devices as usize).then_some(()))
        })
        .await?;
        let mut paced = Paced::connect(port, CONNECTIONS).await?;
        let mut from = self.devices;
        for rate in &self.rate {
            let messages = self.messages(&traffic, &mut from, *rate);
            let row = self.one_rate(&mut paced, &messages, *rate, &under, &watched).await?;
            progress(&format!("{}: {row}", kind.name()));
            report.rows.push(cells(kind, &row));
            figures.push(row);
        }
        watching.abort();
        gateway.stop().await?;
        mosquitto.stop().await?;
        place.close().await
    }

    fn traffic(&self) -> Traffic {
        let readings: u32 = self.rate.iter().map(|rate| rate * self.seconds + self.devices).sum();
        let laps = i64::from(readings / self.devices + 2);
        let now = Timestamp::from_ms(now_ns() / 1_000_000);
        Traffic {
            seed: self.common.seed,
            devices: self.devices,
            from: now.plus_ms(-laps * SPACING_MS),
            spacing_ms: SPACING_MS,
        }
    }

    /// Every device is heard once.
    async fn warm_up(&self, traffic: &Traffic, port: u16, database: &str) -> Result<()> {
        progress("warming up");
        let mut database = Database::open(database).await?;
        let mark = database.mark().await?;
        let mut publisher = Publisher::start(traffic, CONNECTIONS)?;
        let built = publisher.build(&(0..1)).await?;
        publisher.publish(port).await?;
        let began_ns = publisher.began().await?;
        until_stored(&mut database, &mark, built.messages, began_ns).await?;
        publisher.published().await?;
        database.close().await
    }

    /// The next messages, none left out: a change is one only after what the device said before.
    fn messages(&self, traffic: &Traffic, from: &mut u32, rate: u32) -> Vec<Said> {
        let until = *from + rate * self.seconds;
        let (first, end) = (*from / self.devices, until.div_ceil(self.devices));
        let skipped = *from - first * self.devices;
        let messages = traffic.laps(&(first..end)).into_iter();
        let messages = messages.skip(skipped as usize).take((until - *from) as usize).collect();
        *from = until;
        messages
    }

    async fn one_rate(
        &self,
        paced: &mut Paced,
        messages: &[Said],
        rate: u32,
        under: &Under,
        watched: &Arc<Mutex<Watched>>,
    ) -> Result<Value> {
        with(watched, |w| *w = Watched::default());
        let mut changes = 0_usize;
        let reached = paced
            .send(messages, f64::from(rate), |said, at_ns| {
                if said.why == Why::Change {
                    changes += 1;
                    let key = (town::bay_code(said.device), said.at.ms());
                    with(under, |u| u.insert(key, at_ns));
                }
            })
            .await?;
        let end = Instant::now() + PATIENCE;
        while with(watched, |w| w.delays_ms.len()) < changes && Instant::now() < end {
            sleep(Duration::from_millis(20)).await;
        }
        with(under, HashMap::clear);
        let (mut delays, resyncs) =
            with(watched, |w| (std::mem::take(&mut w.delays_ms), w.resyncs));
        delays.sort_by(f64::total_cmp);
        Ok(json!({
            "rate": rate, "reached": reached, "changes": changes, "missing": changes - delays.len(),
            "resyncs": resyncs, "p50_ms": percentile(&delays, 50.0), "p99_ms": percentile(&delays, 99.0),
            "most_ms": delays.last(),
        }))
    }
}

fn cells(kind: Kind, row: &Value) -> Vec<String> {
    let number = |name: &str| row[name].as_f64().unwrap_or_default();
    let whole = |name: &str| format!("{:.0}", number(name));
    vec![
        kind.name().to_owned(),
        format!("{} ({})", whole("rate"), whole("reached")),
        whole("changes"),
        format!("{:.1}", number("p50_ms")),
        format!("{:.1}", number("p99_ms")),
        format!("{:.1}", number("most_ms")),
        format!("{:.2}", number("p99_ms") / TO_HOLD_MS),
        whole("missing"),
        whole("resyncs"),
    ]
}

async fn watch(
    http: String,
    rectangle: [f64; 4],
    under: Under,
    watched: Arc<Mutex<Watched>>,
) -> Result<()> {
    stream::read(&http, rectangle, |seen| {
        with(&watched, |watched| match seen {
            Seen::Resync => watched.resyncs += 1,
            Seen::Bay { code, observed_at, at_ns } => {
                watched.states += 1;
                let key = (code, observed_at.map_or(0, Timestamp::ms));
                if let Some(sent_ns) = with(&under, |u| u.remove(&key)) {
                    watched.delays_ms.push((at_ns - sent_ns) as f64 / 1e6);
                }
            }
        });
        true
    })
    .await
}

fn with<T, R>(shared: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> R {
    act(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}
