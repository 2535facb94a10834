//! How long the gateway takes from the start of its process to its first answer, and how much memory
//! it holds then and under load: with all bays, beside a town of a hundred in the same run.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use tokio::time::sleep;
use vocabulary::Timestamp;

use crate::child::{free_port, until};
use crate::command::Common;
use crate::database::Database;
use crate::figures::Spread;
use crate::gateway::{Gateway, Setup, Source};
use crate::machine::{now_ns, resident_mib, seconds};
use crate::mosquitto::Mosquitto;
use crate::place::Kind;
use crate::prefill::Prefill;
use crate::publish::Publisher;
use crate::report::{Report, progress};
use crate::subject::until_stored;
use crate::town;
use crate::traffic::Traffic;

const SPACING_MS: i64 = 90_000;
const CONNECTIONS: usize = 50;
const SMALL_TOWN: u32 = 100;
const ANSWERS_WITHIN: Duration = Duration::from_secs(300);
/// Long enough for what it does once after its start.
const SETTLES_FOR: Duration = Duration::from_secs(5);
/// Laps that make stays: every device heard, and some changes.
const LAPS: u32 = 3;
/// Figures to hold (design §7).
const START_TO_HOLD_S: f64 = 5.0;
const MEMORY_TO_HOLD_MIB: f64 = 150.0;

/// Process start → first answer, and resident memory, of `gateway serve` with an external broker.
///
/// The file cache is as it is after writing the database (warm); the first answer is the nearest
/// free or occupied bays of the town's middle, not only a sign of life.
#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// Bays, each with one device that has been heard.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    devices: u32,
    /// Stays stored beforehand.
    #[arg(long, default_value_t = 0, value_name = "N")]
    stays: u64,
    #[arg(long, default_value_t = 5, value_name = "R")]
    rounds: u32,
}

/// One start.
#[derive(Clone, Copy, Debug)]
struct Started {
    seconds: f64,
    /// Just after the first answer, and after it has settled.
    first_mib: f64,
    settled_mib: f64,
}

impl Start {
    pub(crate) fn usual(common: &Common) -> Start {
        Start {
            common: common.clone(),
            database: Kind::Sqlite,
            devices: 100_000,
            stays: 10_000_000,
            rounds: 3,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut place = self.common.place()?;
        let port = free_port()?;
        let mosquitto = Mosquitto::start(place.dir(), port).await?;
        let mut rows = Vec::new();
        for devices in [SMALL_TOWN, self.devices] {
            let setup = place.prepared(self.database, &format!("start_{devices}"), devices).await?;
            let traffic = self.traffic(devices);
            let loaded_mib = hear_all(&traffic, port, &setup).await?;
            if devices == self.devices && self.stays > 0 {
                let mut prefill = Prefill::open(&setup.database).await?;
                prefill.stays(self.stays, traffic.from.ms()).await?;
                prefill.close().await?;
            }
            let mut starts = Vec::new();
            for _ in 0..self.rounds {
                starts.push(start(&setup, port, devices).await?);
            }
            progress(&format!(
                "{devices} bays: {starts:.1?}, {loaded_mib:.0} MiB at most under load"
            ));
            rows.push((devices, starts, loaded_mib));
        }
        mosquitto.stop().await?;
        place.close().await?;
        self.report(&rows)
    }

    fn traffic(&self, devices: u32) -> Traffic {
        let now = Timestamp::from_ms(now_ns() / 1_000_000);
        let from = now.plus_ms(-i64::from(LAPS) * SPACING_MS);
        Traffic { seed: self.common.seed, devices, from, spacing_ms: SPACING_MS }
    }

    fn report(&self, rows: &[(u32, Vec<Started>, f64)]) -> Result<()> {
        let mut report = Report::new(
            "start",
            &[
                "database",
                "bays",
                "stays stored",
                "start → answer, s",
                "÷ 5 s",
                "resident, MiB: settled",
                "÷ 150 MiB",
                "at most, while all devices spoke",
            ],
        );
        let mut figures = Vec::new();
        for (devices, starts, loaded_mib) in rows {
            let took = Spread::of(starts.iter().map(|s| s.seconds));
            let first = Spread::of(starts.iter().map(|s| s.first_mib));
            let settled = Spread::of(starts.iter().map(|s| s.settled_mib));
            let stays = if *devices == self.devices { self.stays } else { 0 };
            report.rows.push(vec![
                self.database.name().to_owned(),
                devices.to_string(),
                stays.to_string(),
                took.text(2),
                format!("{:.2}", took.median / START_TO_HOLD_S),
                settled.text(0),
                format!("{:.2}", settled.median / MEMORY_TO_HOLD_MIB),
                format!("{loaded_mib:.0}"),
            ]);
            figures
                .push(json!({"bays": devices, "stays": stays, "start_s": took, "first_mib": first,
                "settled_mib": settled, "loaded_mib": loaded_mib}));
        }
        report.figures = Value::Array(figures);
        self.common.sink().show(&report)
    }
}

/// Every device is heard; gives the most memory that the gateway held meanwhile.
async fn hear_all(traffic: &Traffic, port: u16, setup: &Setup) -> Result<f64> {
    let gateway = setup.start(Source::External(port)).await?;
    let mut database = Database::open(&setup.database).await?;
    let mark = database.mark().await?;
    let mut publisher = Publisher::start(traffic, CONNECTIONS)?;
    let built = publisher.build(&(0..LAPS)).await?;
    publisher.publish(port).await?;
    let began_ns = publisher.began().await?;
    until_stored(&mut database, &mark, built.messages, began_ns).await?;
    publisher.published().await?;
    let (_, most) = resident_mib(gateway.process().id());
    gateway.stop().await?;
    database.close().await?;
    Ok(most)
}

async fn start(setup: &Setup, port: u16, devices: u32) -> Result<Started> {
    let began_ns = now_ns();
    let gateway = setup.spawn(Source::External(port))?;
    until("the first answer", ANSWERS_WITHIN, async || Ok(answers(&gateway, devices).await))
        .await?;
    let took = seconds(began_ns, now_ns());
    let (first_mib, _) = resident_mib(gateway.process().id());
    sleep(SETTLES_FOR).await;
    let (settled_mib, _) = resident_mib(gateway.process().id());
    gateway.stop().await.context("it is stopped as a service manager does")?;
    Ok(Started { seconds: took, first_mib, settled_mib })
}

/// Whether it finds bays in the middle of the town.
async fn answers(gateway: &Gateway, devices: u32) -> Option<()> {
    let [west, south, east, north] = town::rectangle(devices);
    let (lon, lat) = (f64::midpoint(west, east), f64::midpoint(south, north));
    let url = format!("{}/api/v1/bays?lon={lon}&lat={lat}&radius_m=2000", gateway.http);
    let answer = reqwest::get(url).await.ok()?.text().await.ok()?;
    answer.contains("\"bay_code\"").then_some(())
}
