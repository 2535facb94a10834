//! What it costs to settle an evening's departures: price, bill, order, entries and the end of the job of
//! each visit, against the same rows copied by the database itself.
//!
//! The visits wait in the database and the gateway runs when their jobs are released, so nothing but
//! settling is measured. The plain rate is that of one `insert … select` a table, in one transaction,
//! into tables with the same keys but without triggers and foreign keys: no program could be faster.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::child::{free_port, until};
use crate::command::Common;
use crate::figures::Spread;
use crate::gateway::Source;
use crate::machine::{now_ns, seconds};
use crate::mosquitto::Mosquitto;
use crate::place::{Kind, Place};
use crate::prefill::Prefill;
use crate::report::{Report, progress};

const BAYS: u32 = 1_000;
const WITHIN: Duration = Duration::from_secs(1_800);

/// Departures settled ÷ the same rows inserted plainly.
#[derive(Debug, Args)]
pub(crate) struct Settle {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// Departures that wait.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    departures: u64,
    #[arg(long, default_value_t = 3, value_name = "R")]
    rounds: u32,
}

/// One round, in visits a second.
struct Round {
    settled: f64,
    plain: f64,
    rows: i64,
}

impl Settle {
    pub(crate) fn usual(common: &Common) -> Settle {
        Settle {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            departures: 10_000,
            rounds: 3,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(
            "settle",
            &[
                "database",
                "departures",
                "settled/s",
                "rows each",
                "plain inserts of the same/s",
                "÷ plain",
            ],
        );
        let mut figures = Vec::new();
        for kind in &self.database {
            let mut place = self.common.place()?;
            let mut rounds = Vec::new();
            for number in 0..self.rounds {
                let round = self.round(&mut place, *kind, number).await?;
                progress(&format!(
                    "{}: {:.0} settled/s, {:.0} plain/s",
                    kind.name(),
                    round.settled,
                    round.plain
                ));
                rounds.push(round);
            }
            place.close().await?;
            let settled = Spread::of(rounds.iter().map(|r| r.settled));
            let plain = Spread::of(rounds.iter().map(|r| r.plain));
            let ratio = Spread::of(rounds.iter().map(|r| r.settled / r.plain));
            let rows = rounds[0].rows as f64 / self.departures as f64;
            report.rows.push(vec![
                kind.name().to_owned(),
                self.departures.to_string(),
                settled.text(0),
                format!("{rows:.1}"),
                plain.text(0),
                ratio.text(3),
            ]);
            figures.push(json!({"database": kind.name(), "departures": self.departures,
                "settled_per_s": settled, "plain_per_s": plain, "ratio": ratio, "rows_each": rows}));
        }
        report.figures = Value::Array(figures);
        self.common.sink().show(&report)
    }

    async fn round(&self, place: &mut Place, kind: Kind, number: u32) -> Result<Round> {
        let setup = place.prepared(kind, &format!("settle_{number}"), BAYS).await?;
        let port = free_port()?;
        let mosquitto = Mosquitto::start(place.dir(), port).await?;
        let mut prefill = Prefill::open(&setup.database).await?;
        prefill.departures(self.departures, now_ns() / 1_000_000).await?;
        let gateway = setup.start(Source::External(port)).await?;
        let began_ns = now_ns();
        prefill.release().await?;
        until("the departures to be settled", WITHIN, async || {
            Ok((prefill.waiting().await? == 0).then_some(()))
        })
        .await?;
        let settled_s = seconds(began_ns, now_ns());
        gateway.stop().await?;
        mosquitto.stop().await?;
        // Stays of the night cost nothing: their orders are free, not due.
        let open = prefill.open_orders().await?;
        ensure!(open == 0, "{open} orders are still open");
        prefill.plain_tables().await?;
        let began_ns = now_ns();
        let rows = prefill.copy_plainly().await?;
        let plain_s = seconds(began_ns, now_ns());
        prefill.close().await?;
        let departures = self.departures as f64;
        Ok(Round { settled: departures / settled_s, plain: departures / plain_s, rows })
    }
}
