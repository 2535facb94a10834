//! Ingest without a broker: what one message costs, by processor time, of whatever the rest of the
//! machine does.
//!
//! The messages of the ingest measurement are written into a recording, and `gateway import messages`
//! takes it in: the same reading, the same batches, the same statements, no network. What it counts
//! besides is the reading of the recording's lines. For profilers: run it under `perf record`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;
use tokio::time::sleep;
use vocabulary::Timestamp;

use crate::child::{Child, command};
use crate::command::Common;
use crate::gateway::Setup;
use crate::machine::{cpu_s, family_cpu_s, now_ns, seconds};
use crate::message::message;
use crate::place::{Kind, Place};
use crate::report::{Report, progress};
use crate::traffic::Traffic;

const SPACING_MS: i64 = 90_000;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Processor time of a message through the gateway into the database, without a broker.
///
/// Every device is heard once first. Then the measured program starts, which knows no bay by heart: the
/// first lap of it reads each bay, the others do not.
#[derive(Debug, Args)]
pub(crate) struct Offline {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// Bays, each with one device.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    devices: u32,
    /// Laps of all devices in the measured recording.
    #[arg(long, default_value_t = 4, value_name = "N")]
    laps: u32,
}

/// What one run took.
struct Took {
    seconds: f64,
    gateway_s: f64,
    server_s: f64,
}

impl Offline {
    pub(crate) async fn run(self) -> Result<()> {
        let mut place = self.common.place()?;
        let traffic = self.traffic();
        let warm_up = record(&traffic, 0..1, &place.dir().join("warm-up.jsonl"))?;
        let measured = record(&traffic, 1..1 + self.laps, &place.dir().join("measured.jsonl"))?;
        let mut report = Report::new(
            "offline",
            &["database", "messages/s", "µs of processor time a message: gateway", "server"],
        );
        let (mut figures, count) = (Vec::new(), f64::from(self.laps * self.devices));
        for kind in &self.database {
            let setup = place.prepared(*kind, "offline", self.devices).await?;
            progress(&format!("warming up: {}", kind.name()));
            self.take(&place, *kind, &setup, &warm_up).await?;
            let took = self.take(&place, *kind, &setup, &measured).await?;
            let micros = |s: f64| s * 1e6 / count;
            report.rows.push(vec![
                kind.name().to_owned(),
                format!("{:.0}", count / took.seconds),
                format!("{:.1}", micros(took.gateway_s)),
                format!("{:.1}", micros(took.server_s)),
            ]);
            figures.push(json!({"database": kind.name(), "messages_per_s": count / took.seconds,
                "gateway_us": micros(took.gateway_s), "server_us": micros(took.server_s)}));
        }
        place.close().await?;
        report.figures = json!({"messages": count, "of": figures});
        self.common.sink().show(&report)
    }

    fn traffic(&self) -> Traffic {
        let now = Timestamp::from_ms(now_ns() / 1_000_000);
        let from = now.plus_ms(-i64::from(self.laps + 2) * SPACING_MS);
        Traffic { seed: self.common.seed, devices: self.devices, from, spacing_ms: SPACING_MS }
    }

    async fn take(
        &self,
        place: &Place,
        kind: Kind,
        setup: &Setup,
        recording: &Path,
    ) -> Result<Took> {
        let server = (kind == Kind::Postgres).then(|| place.postgres()).flatten();
        let of_server = || server.map_or(0.0, family_cpu_s);
        let mut command = command(&setup.program, &[]);
        command.args(["import", "messages"]).arg(recording);
        command.args(["--json", "--database", &setup.database]);
        let log = setup.dir.join("offline.log");
        let (began_ns, before) = (now_ns(), of_server());
        let mut child = Child::start("gateway import messages", command, &log)?;
        let mut gateway_s = 0.0;
        let status = loop {
            gateway_s = cpu_s(child.id()).max(gateway_s);
            match child.ended() {
                Some(status) => break status,
                None => sleep(LOOK_EVERY).await,
            }
        };
        let took = seconds(began_ns, now_ns());
        let said = std::fs::read_to_string(&log)?;
        ensure!(status.success(), "{status}: {said}");
        ensure!(said.contains("\"rejected\":0"), "messages were refused: {said}");
        Ok(Took { seconds: took, gateway_s, server_s: of_server() - before })
    }
}

/// Writes the messages of these laps in the order in which they were said.
fn record(traffic: &Traffic, laps: std::ops::Range<u32>, path: &Path) -> Result<PathBuf> {
    let mut said = traffic.laps(&laps);
    said.sort_by_key(|said| said.at);
    let mut text = String::new();
    for said in &said {
        let (topic, payload) = message(said);
        let at = said.at;
        writeln!(text, "{{\"at\":\"{at}\",\"topic\":\"{topic}\",\"payload\":{payload}}}")?;
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())?;
    Ok(path.to_owned())
}
