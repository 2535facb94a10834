//! `gateway import bays` and `gateway import devices`

use std::future::Future;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use output::{out, outln};
use serde_json::json;
use store::Store;

use super::database::Database;
use crate::flow::actor::Actor;
use crate::flow::import_sheet::{self, Column, Sheet, Wrong};
use crate::flow::{Outcome, Refusal, import_bays, import_devices};

/// Progress is told after so many rows, to those who wait for many.
const TELL_EVERY: usize = 1_000;

/// How an import goes about it.
#[derive(Debug, Args)]
struct How {
    /// Say what would be done, and store nothing.
    #[arg(long)]
    dry_run: bool,
    /// Store the right lines although others are wrong.
    #[arg(long)]
    skip_bad: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Import bays.
#[derive(Debug, Args)]
pub(super) struct Bays {
    /// The file: .csv, or .geojson with the same names as properties.
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Print an empty CSV with one example, and end.
    #[arg(long, exclusive = true)]
    template: bool,
    /// Name of the operator, where several have zones of the same code.
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    database: Database,
}

/// Import devices.
#[derive(Debug, Args)]
pub(super) struct Devices {
    /// The file: .csv, or .geojson with the same names as properties.
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Print an empty CSV with one example, and end.
    #[arg(long, exclusive = true)]
    template: bool,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    database: Database,
}

/// What an import found and did, in words and in figures.
struct Summary {
    added: usize,
    changed: usize,
    same: usize,
    noun: &'static str,
}

impl Bays {
    pub(super) async fn run(self) -> Result<ExitCode> {
        if self.template {
            out!("{}", import_sheet::template(&import_bays::COLUMNS));
            return Ok(ExitCode::SUCCESS);
        }
        let (store, sheet) =
            open(&self.database, self.file.as_deref(), &import_bays::COLUMNS, &self.how).await?;
        let Some(sheet) = sheet else { return Ok(ExitCode::from(1)) };
        let now = Database::city_now(&store).await?;
        let operator = match &self.operator {
            Some(name) => Some(operator_id(&store, name).await?),
            None => None,
        };
        let plan = import_bays::plan_bays(&mut store.read().await?, sheet, operator, now).await;
        let plan = plan.map_err(said)?;
        let counts = plan.counts();
        let summary =
            Summary { added: counts.added, changed: counts.changed, same: plan.same, noun: "bays" };
        let total = plan.steps.len();
        let (actor, wrong) = (Actor::command_line(), &plan.wrong);
        let stored = async {
            let tell = |done| progress(done, total);
            import_bays::store_bays(&store, &actor, &plan, now, tell).await.map(|_| ())
        };
        self.how.finish(&summary, wrong, stored).await
    }
}

impl Devices {
    pub(super) async fn run(self) -> Result<ExitCode> {
        if self.template {
            out!("{}", import_sheet::template(&import_devices::COLUMNS));
            return Ok(ExitCode::SUCCESS);
        }
        let (store, sheet) =
            open(&self.database, self.file.as_deref(), &import_devices::COLUMNS, &self.how).await?;
        let Some(sheet) = sheet else { return Ok(ExitCode::from(1)) };
        let now = Database::city_now(&store).await?;
        let plan = import_devices::plan_devices(&mut store.read().await?, sheet, now).await;
        let plan = plan.map_err(said)?;
        let counts = plan.counts();
        let summary = Summary {
            added: counts.added,
            changed: counts.changed,
            same: plan.same,
            noun: "devices",
        };
        let total = plan.steps.len();
        let (actor, wrong) = (Actor::command_line(), &plan.wrong);
        let stored = async {
            let tell = |done| progress(done, total);
            import_devices::store_devices(&store, &actor, &plan, now, tell).await.map(|_| ())
        };
        self.how.finish(&summary, wrong, stored).await
    }
}

impl How {
    /// Stores what may be stored, and says what was found. Exit code 1 if a line is wrong.
    async fn finish(
        &self,
        summary: &Summary,
        wrong: &[Wrong],
        store: impl Future<Output = Outcome<()>>,
    ) -> Result<ExitCode> {
        let stores = !self.dry_run && (wrong.is_empty() || self.skip_bad);
        if stores {
            store.await.map_err(said)?;
        }
        self.print(summary, wrong, if stores { "stored" } else { "nothing stored" });
        Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn print(&self, summary: &Summary, wrong: &[Wrong], outcome: &str) {
        let Summary { added, changed, same, noun } = summary;
        if self.json {
            let answer = json!({"new": added, "changed": changed, "unchanged": same,
                "wrong": wrong, "stored": outcome == "stored"});
            outln!("{answer}");
            return;
        }
        for line in wrong {
            eprintln!("{line}");
        }
        let dry = if self.dry_run { " (dry run)" } else { "" };
        outln!(
            "{noun}: {added} new, {changed} changed, {same} unchanged, {} wrong: {outcome}{dry}",
            wrong.len()
        );
    }
}

/// Opens database and file; no sheet if the file as a whole is wrong, which is said already.
async fn open(
    database: &Database,
    file: Option<&Path>,
    columns: &[Column],
    how: &How,
) -> Result<(Store, Option<Sheet>)> {
    let file = file.context("name a file")?;
    let size =
        std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?;
    anyhow::ensure!(
        size.len() <= import_sheet::FILE_LIMIT,
        "{} is larger than 64 MiB: split it",
        file.display()
    );
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (_, store) = database.open().await?;
    let sheet = match import_sheet::read(file, &bytes, columns) {
        Ok(sheet) => Some(sheet),
        Err(wrong) => {
            let nothing = Summary { added: 0, changed: 0, same: 0, noun: "rows" };
            how.print(&nothing, &[wrong], "nothing stored");
            None
        }
    };
    Ok((store, sheet))
}

async fn operator_id(store: &Store, name: &str) -> Result<uuid::Uuid> {
    let operators = store.read().await?.operators().await?;
    let found = operators.iter().find(|(_, known)| known == name).map(|(id, _)| *id);
    found.with_context(|| {
        let names: Vec<&str> = operators.iter().map(|(_, name)| name.as_str()).collect();
        format!("no operator is named {name}; there are: {}", names.join(", "))
    })
}

fn progress(done: usize, total: usize) {
    let due = done == total || done.is_multiple_of(TELL_EVERY);
    if total > TELL_EVERY && due {
        let end = if std::io::stderr().is_terminal() && done < total { "\r" } else { "\n" };
        eprint!("{done} of {total}{end}");
    }
}

/// A refusal as an error of the command line.
pub(super) fn said(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Failed(error) | Refusal::Dependency { cause: error, .. } => error,
        Refusal::TooOften { code, .. } => anyhow::anyhow!("{code}"),
        Refusal::Malformed { code, detail }
        | Refusal::Unknown { code, detail }
        | Refusal::Forbidden { code, detail }
        | Refusal::Missing { code, detail }
        | Refusal::Conflict { code, detail }
        | Refusal::Refused { code, detail } => anyhow::anyhow!("{code}: {detail}"),
    }
}
