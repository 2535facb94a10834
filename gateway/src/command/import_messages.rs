//! `gateway import messages`

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use output::outln;
use serde_json::json;
use vocabulary::Timestamp;

use super::database::Database;
use crate::app::App;
use crate::clock::Clock;
use crate::flow::import_messages::{Imported, Recording, import_messages, newest_at};
use crate::flow::import_sheet::Wrong;

const TELL_EVERY: Duration = Duration::from_secs(10);

/// Import messages.
#[derive(Debug, Args)]
pub(super) struct Messages {
    /// The recording (.jsonl), oldest first; `-` for standard input.
    file: PathBuf,
    /// Take messages that are still to come by this machine's clock: of `firmware-sim generate`.
    #[arg(long)]
    simulated: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl Messages {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let not_after = (!self.simulated).then(|| Clock::real().city_now());
        let recording = match Recording::open(reader(&self.file)?, not_after) {
            Ok(recording) => recording,
            Err(wrong) => return Ok(self.print(&Imported::default(), Some(&wrong))),
        };
        let Some(begins_at) = recording.begins_at() else {
            return Ok(self.print(&Imported::default(), None));
        };
        let (config, store) = self.database.open().await?;
        let from = newest_at(&store).await?.map_or(begins_at, |newest| newest.max(begins_at));
        let app = App::build(config, store, Clock::fixed(from)).await?;
        let begun = Instant::now();
        let mut told = begun;
        let (imported, wrong) = import_messages(&app, recording, |so_far| {
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                eprintln!("{}", figures(so_far, begun));
            }
        })
        .await?;
        app.store.clone().close().await;
        eprintln!("{}", figures(&imported, begun));
        Ok(self.print(&imported, wrong.as_ref()))
    }

    /// Exit code 1 if a line makes no sense.
    fn print(&self, imported: &Imported, wrong: Option<&Wrong>) -> ExitCode {
        let Imported { messages, readings, repeats, rejected, until } = imported;
        if self.json {
            let answer = json!({"messages": messages, "readings": readings, "repeats": repeats,
                "rejected": rejected, "until": until, "wrong": wrong});
            outln!("{answer}");
        } else {
            outln!(
                "{messages} messages: {readings} new readings, {repeats} repeats, {rejected} rejected"
            );
            if let Some(wrong) = wrong {
                eprintln!("{wrong}");
                eprintln!("nothing is stored from that line on; what was before it is");
            }
        }
        if wrong.is_none() { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

fn reader(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

fn figures(imported: &Imported, begun: Instant) -> String {
    let seconds = begun.elapsed().as_secs_f64().max(1e-3);
    let messages = u32::try_from(imported.messages).unwrap_or(u32::MAX);
    let until = imported.until.map(|at: Timestamp| at.to_string()).unwrap_or_default();
    format!("{until} · {messages} messages · {:.0} a second", f64::from(messages) / seconds)
}
