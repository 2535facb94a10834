//! What it costs to prove large books: the whole walk (`gateway ledger verify`), the first daily proof of a
//! gateway, and one that goes on from the proof before it.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::child::{Child, command, free_port, until};
use crate::command::Common;
use crate::gateway::{Setup, Source};
use crate::machine::{now_ns, resident_mib, seconds};
use crate::mosquitto::Mosquitto;
use crate::place::{Kind, Place};
use crate::prefill::Prefill;
use crate::report::{Report, progress};

const LOOK_EVERY: Duration = Duration::from_millis(50);
const WITHIN: Duration = Duration::from_secs(1_800);
const DAY_MS: i64 = 86_400_000;
/// Over so many days the entries lie.
const DAYS: i64 = 90;

/// Books of many entries proved: time and memory.
#[derive(Debug, Args)]
pub(crate) struct Books {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// Entries of one payee, of two postings each.
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    entries: u64,
}

/// Seconds, and memory at most in MiB.
#[derive(Clone, Copy, Debug)]
struct Took {
    seconds: f64,
    mib: f64,
}

impl Took {
    fn text(self) -> String {
        format!("{:.1} s, {:.0} MiB", self.seconds, self.mib)
    }
}

impl Books {
    pub(crate) fn usual(common: &Common) -> Books {
        Books {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            entries: 1_000_000,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(
            "books",
            &[
                "database",
                "entries",
                "`gateway ledger verify`",
                "entries/s",
                "first daily proof",
                "daily proof after one",
            ],
        );
        let mut figures = Vec::new();
        for kind in &self.database {
            let [whole, first, next] = self.measure(*kind).await?;
            report.rows.push(vec![
                kind.name().to_owned(),
                self.entries.to_string(),
                whole.text(),
                format!("{:.0}", self.entries as f64 / whole.seconds),
                first.text(),
                next.text(),
            ]);
            let shown = |took: Took| json!({"seconds": took.seconds, "mib": took.mib});
            figures.push(json!({"database": kind.name(), "entries": self.entries,
                "verify": shown(whole), "first": shown(first), "next": shown(next)}));
        }
        report.figures = json!(figures);
        self.common.sink().show(&report)
    }

    async fn measure(&self, kind: Kind) -> Result<[Took; 3]> {
        let mut place = self.common.place()?;
        let setup = place.prepared(kind, "books", 20).await?;
        let mut prefill = Prefill::open(&setup.database).await?;
        let until_ms = now_ns() / 1_000_000;
        prefill.entries(self.entries, until_ms - DAYS * DAY_MS, DAYS * DAY_MS).await?;
        let whole = self.verify(&setup).await?;
        progress(&format!("{}: verify {}", kind.name(), whole.text()));
        let first = daily(&mut place, &setup, &mut prefill).await?;
        prefill.forget_today().await?;
        let next = daily(&mut place, &setup, &mut prefill).await?;
        progress(&format!("{}: first {}, next {}", kind.name(), first.text(), next.text()));
        prefill.close().await?;
        place.close().await?;
        Ok([whole, first, next])
    }

    async fn verify(&self, setup: &Setup) -> Result<Took> {
        let log = setup.dir.join("verify.log");
        let mut command = command(&setup.program, &[]);
        command.args(["ledger", "verify", "--json", "--database", &setup.database]);
        let began_ns = now_ns();
        let mut child = Child::start("gateway ledger verify", command, &log)?;
        let mut mib = 0.0_f64;
        let status = loop {
            mib = mib.max(resident_mib(child.id()).1);
            if let Some(status) = child.ended() {
                break status;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let took = Took { seconds: seconds(began_ns, now_ns()), mib };
        let said = std::fs::read_to_string(&log)?;
        ensure!(status.success(), "{status}: {said}");
        let answer: Value = serde_json::from_str(&said)?;
        ensure!(answer["entries"] == self.entries, "{said}");
        Ok(took)
    }
}

/// From the first answer of a gateway until its daily proof is stored.
async fn daily(place: &mut Place, setup: &Setup, prefill: &mut Prefill) -> Result<Took> {
    let port = free_port()?;
    let mosquitto = Mosquitto::start(place.dir(), port).await?;
    let proofs = prefill.proofs().await?;
    let began_ns = now_ns();
    let gateway = setup.start(Source::External(port)).await?;
    let mut mib = 0.0_f64;
    until("the books to be proved", WITHIN, async || {
        mib = mib.max(resident_mib(gateway.process().id()).1);
        Ok((prefill.proofs().await? > proofs).then_some(()))
    })
    .await?;
    let took = Took { seconds: seconds(began_ns, now_ns()), mib };
    gateway.stop().await?;
    mosquitto.stop().await?;
    Ok(took)
}
