//! The nearest free bays over HTTP, beside a static answer of the same size from the same HTTP library.
//!
//! Rounds take turns, so that what else the machine does moves both alike.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use crate::chance::chance;
use crate::child::{free_port, until};
use crate::command::Common;
use crate::database::Database;
use crate::figures::{Spread, percentile};
use crate::gateway::{Gateway, Source};
use crate::keep_alive::{Asked, KeepAlive};
use crate::machine::now_ns;
use crate::mosquitto::Mosquitto;
use crate::place::Kind;
use crate::publish::Publisher;
use crate::report::{Report, progress};
use crate::static_answer::StaticAnswer;
use crate::subject::until_stored;
use crate::town;
use crate::traffic::Traffic;

const SPACING_MS: i64 = 90_000;
const CONNECTIONS: usize = 50;
/// Places asked for in turn.
const PLACES: u32 = 997;
const HITS: usize = 20;
const WARM_UP: Duration = Duration::from_secs(2);
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
/// The figure to hold (design §7).
const TO_HOLD: f64 = 0.6;

/// GET /api/v1/bays, 20 free hits, beside a static answer of the same size.
#[derive(Debug, Args)]
pub(crate) struct Http {
    #[command(flatten)]
    common: Common,
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    devices: u32,
    /// Connections that ask at once.
    #[arg(long, default_value_t = 16, value_name = "N")]
    clients: usize,
    #[arg(long, default_value_t = 5, value_name = "R")]
    rounds: u32,
    /// How long each of the two is asked in a round.
    #[arg(long, default_value_t = 5, value_name = "S")]
    seconds: u64,
}

/// The rounds of one of the two.
#[derive(Default)]
struct Row {
    rates: Vec<f64>,
    ratios: Vec<f64>,
    took_ms: Vec<f64>,
}

impl Http {
    pub(crate) fn usual(common: &Common) -> Http {
        let common = common.clone();
        Http { common, devices: 100_000, clients: 16, rounds: 5, seconds: 5 }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut place = self.common.place()?;
        let setup = place.prepared(Kind::Sqlite, "http", self.devices).await?;
        let port = free_port()?;
        let mosquitto = Mosquitto::start(place.dir(), port).await?;
        let gateway = setup.start(Source::External(port)).await?;
        self.hear_all(port, &setup.database).await?;
        let bays = self.paths("/api/v1/bays?state=free&limit=20&radius_m=2000");
        let bytes =
            until("twenty free bays", SHOWN_WITHIN, async || length_of(&gateway, &bays[0]).await)
                .await?;
        progress(&format!("{} places, answers of {bytes} bytes", bays.len()));
        let (mut process, static_port) = StaticAnswer::start(bytes).await?;
        let rows = self.measure(&gateway, static_port, &bays).await?;
        process.child.signal("TERM").await?;
        let _ended = process.child.ended();
        gateway.stop().await?;
        mosquitto.stop().await?;
        place.close().await?;
        self.report(bytes, &rows)
    }

    async fn measure(
        &self,
        gateway: &Gateway,
        static_port: u16,
        bays: &[String],
    ) -> Result<[Row; 2]> {
        let gateway_port = port_of(&gateway.http)?;
        let clients = |port| KeepAlive { port, connections: self.clients };
        let (plain, ours) = (clients(static_port), clients(gateway_port));
        let root = ["/".to_owned()];
        plain.ask(&root, WARM_UP).await?;
        ours.ask(bays, WARM_UP).await?;
        let during = Duration::from_secs(self.seconds);
        let mut rows = [Row::default(), Row::default()];
        for round in 0..self.rounds {
            let still = plain.ask(&root, during).await?;
            let live = ours.ask(bays, during).await?;
            progress(&format!(
                "round {round}: static {:.0}/s, bays {:.0}/s",
                still.per_second, live.per_second
            ));
            rows[1].add(&live, &still);
            rows[0].add(&still, &still);
        }
        Ok(rows)
    }

    /// Every device is heard once.
    async fn hear_all(&self, port: u16, database: &str) -> Result<()> {
        let now = Timestamp::from_ms(now_ns() / 1_000_000);
        let traffic = Traffic {
            seed: self.common.seed,
            devices: self.devices,
            from: now.plus_ms(-SPACING_MS),
            spacing_ms: SPACING_MS,
        };
        let mut database = Database::open(database).await?;
        let mark = database.mark().await?;
        let mut publisher = Publisher::start(&traffic, CONNECTIONS)?;
        let built = publisher.build(&(0..1)).await?;
        publisher.publish(port).await?;
        let began_ns = publisher.began().await?;
        until_stored(&mut database, &mark, built.messages, began_ns).await?;
        publisher.published().await?;
        database.close().await
    }

    /// The same question at places of the town.
    fn paths(&self, question: &str) -> Vec<String> {
        let [west, south, east, north] = town::rectangle(self.devices);
        let part = |place: u32, way: u64| {
            f64::from(
                u32::try_from(chance(self.common.seed, u64::from(place), way) >> 33).unwrap_or(0),
            ) / f64::from(1_u32 << 31)
        };
        (0..PLACES)
            .map(|place| {
                let (lon, lat) = (part(place, 1), part(place, 2));
                let (lon, lat) = (west + lon * (east - west), south + lat * (north - south));
                format!("{question}&lon={lon:.6}&lat={lat:.6}")
            })
            .collect()
    }

    fn report(&self, bytes: usize, rows: &[Row; 2]) -> Result<()> {
        let columns = ["answer", "bytes", "answers/s", "÷ static", "÷ 0.6", "p50 ms", "p99 ms"];
        let mut report = Report::new("http", &columns);
        let mut figures = Vec::new();
        for (name, row) in ["static", "GET /api/v1/bays, 20 free"].iter().zip(rows) {
            let rates = Spread::of(row.rates.iter().copied());
            let ratios = Spread::of(row.ratios.iter().copied());
            let mut took_ms = row.took_ms.clone();
            took_ms.sort_by(f64::total_cmp);
            let (p50, p99) = (percentile(&took_ms, 50.0), percentile(&took_ms, 99.0));
            report.rows.push(vec![
                (*name).to_owned(),
                bytes.to_string(),
                rates.thousands(),
                ratios.text(2),
                format!("{:.2}", ratios.median / TO_HOLD),
                format!("{p50:.2}"),
                format!("{p99:.2}"),
            ]);
            figures.push(json!({"answer": name, "bytes": bytes, "rate": rates, "ratio": ratios,
                "p50_ms": p50, "p99_ms": p99}));
        }
        report.figures = Value::Array(figures);
        self.common.sink().show(&report)
    }
}

impl Row {
    fn add(&mut self, asked: &Asked, beside: &Asked) {
        self.rates.push(asked.per_second);
        self.ratios.push(asked.per_second / beside.per_second);
        self.took_ms.extend_from_slice(&asked.took_ms);
    }
}

fn port_of(http: &str) -> Result<u16> {
    let port = http.rsplit(':').next().context("an address with a port")?;
    port.parse().context("a port is a number")
}

/// Length of the answer, once it has as many bays as were asked for.
async fn length_of(gateway: &Gateway, path: &str) -> Result<Option<usize>> {
    let answer = reqwest::get(format!("{}{path}", gateway.http)).await?;
    ensure!(answer.status().is_success(), "{path}: {}", answer.status());
    let text = answer.text().await?;
    Ok((text.matches("\"bay_code\"").count() == HITS).then_some(text.len()))
}
