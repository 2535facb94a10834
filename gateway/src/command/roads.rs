//! `gateway roads`

mod print;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;
use serde_json::json;
use store::{Lane, Store};
use uuid::Uuid;
use vocabulary::{Point, Timestamp};
use wayfinding::{Roads, Stretch, Ways};

use super::bay::instant;
use super::database::Database;
use super::route::place;
use crate::flow::Refusal;
use crate::flow::actor::Actor;
use crate::flow::close_road::{Closed, RoadClosure, close_road, reopen_road};
use crate::roads::in_force;
use print::{closure_json, print_closure};
use table::read_table;

/// Closures that are shown.
const SHOWN: i64 = 2_000;

/// Close streets or say how slow they are, for a time. Running gateways follow within two seconds. A refusal exits
/// with 1.
#[derive(Debug, Args)]
#[command(
    after_help = "Times are RFC 3339, for example 2026-10-01T00:00:00+08:00. Refusals: docs/ROADS.md#closures-and-traffic"
)]
pub(super) struct RoadsCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Close a street, the piece at a place, or the stretch between two places.
    Close(Close),
    /// Say how slow (or fast) traffic is there, in percent of the usual pace.
    Slow {
        /// 1 to 400.
        #[arg(long, value_name = "PERCENT")]
        pace: i64,
        #[command(flatten)]
        close: Close,
    },
    /// Take many from a table at once: all of them or, if one is wrong, none.
    ///
    /// CSV with a header and the columns street, lon, lat, to_lon, to_lat, direction, pace_pct, from, until, reason. Each line names a
    /// street, or a place by lon and lat, or two places. What may be left out above may be empty here; pace_pct 0 is closed.
    Weights {
        /// The table; `-` for standard input.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Show what is or will be closed or slow.
    List {
        /// What is over, too.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// End a closure now, or take it back if it has not begun.
    Reopen {
        /// Its id, as `gateway roads list` shows it.
        closure: Uuid,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Args)]
struct Close {
    #[command(flatten)]
    stretch: StretchArgs,
    /// Only as one drives from --at to --to, not the other way.
    #[arg(long, requires = "to")]
    forward: bool,
    /// From when on; now if left out.
    #[arg(long, value_parser = instant)]
    from: Option<Timestamp>,
    /// Until when; until `gateway roads reopen` if left out.
    #[arg(long, value_parser = instant)]
    until: Option<Timestamp>,
    /// Why, in 1 to 200 characters.
    #[arg(long)]
    reason: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
#[group(required = true)]
struct StretchArgs {
    /// Every piece of the streets of this name, Chinese or English.
    #[arg(long, conflicts_with_all = ["at", "to"])]
    street: Option<String>,
    /// The piece between two junctions that is nearest to this place: longitude,latitude.
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    at: Option<Point>,
    /// With --at: all pieces of the shortest way between the two places.
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true, requires = "at")]
    to: Option<Point>,
}

impl RoadsCommand {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Close(close) => close.run(0).await,
            What::Slow { pace, close } => close.run(pace).await,
            What::Weights { file, json, database } => weights(&file, json, &database).await,
            What::List { all, json, database } => list(all, json, &database).await,
            What::Reopen { closure, database } => reopen(closure, &database).await,
        }
    }
}

impl Close {
    async fn run(self, pace_pct: i64) -> Result<ExitCode> {
        let StretchArgs { street, at, to } = self.stretch;
        let stretch = match (street, at, to) {
            (Some(street), _, _) => Stretch::Street(street.trim().to_owned()),
            (None, Some(at), None) => Stretch::Piece(at),
            (None, Some(at), Some(to)) => Stretch::Between(at, to),
            (None, None, _) => anyhow::bail!("name --street or --at"),
        };
        let ways = if self.forward { Ways::Forward } else { Ways::Both };
        let (from, until, reason) = (self.from, self.until, self.reason);
        let closure = RoadClosure { stretch, ways, pace_pct, from, until, reason };
        let (_, store) = self.database.open().await?;
        let now = Database::city_now(&store).await?;
        let roads = in_force(&store, now).await?;
        match write_down(&store, roads.as_ref(), &[(0, closure)], now).await {
            Ok(closed) => {
                let closed = &closed[0];
                if self.json {
                    outln!("{}", closure_json(&closed.row, Some(closed.pieces)));
                } else {
                    print_closure(&closed.row, Some(closed.pieces));
                }
                Ok(ExitCode::SUCCESS)
            }
            Err((_, refusal)) => refused(refusal, self.json, None),
        }
    }
}

async fn weights(file: &Path, json: bool, database: &Database) -> Result<ExitCode> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("reading the table")?
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let closures = match read_table(&text) {
        Ok(closures) => closures,
        Err((line, detail)) => {
            return refused(Refusal::refused("malformed_line", detail), json, Some(line));
        }
    };
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let roads = in_force(&store, now).await?;
    match write_down(&store, roads.as_ref(), &closures, now).await {
        Ok(closed) => {
            let pieces: usize = closed.iter().map(|closed| closed.pieces).sum();
            if json {
                outln!("{}", json!({"closures": closed.len(), "pieces": pieces}));
            } else {
                outln!("{} lines, {pieces} pieces of street", closed.len());
            }
            Ok(ExitCode::SUCCESS)
        }
        Err((line, refusal)) => refused(refusal, json, Some(line)),
    }
}

/// Writes closures down in one transaction; the line of the first that is refused, and why.
async fn write_down(
    store: &Store,
    roads: Option<&Arc<Roads>>,
    closures: &[(u64, RoadClosure)],
    now: Timestamp,
) -> Result<Vec<Closed>, (u64, Refusal)> {
    let failed = |error: store::StoreError| (0, Refusal::from(error));
    let mut tx = store.begin(Lane::Command).await.map_err(failed)?;
    let actor = Actor::command_line();
    let mut closed = Vec::with_capacity(closures.len());
    for (line, closure) in closures {
        let done = close_road(&mut tx, &actor, roads.map(|roads| &**roads), closure, now).await;
        closed.push(done.map_err(|refusal| (*line, refusal))?);
    }
    tx.commit().await.map_err(failed)?;
    Ok(closed)
}

async fn list(all: bool, json: bool, database: &Database) -> Result<ExitCode> {
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let since = if all { i64::MIN } else { now.ms() };
    let rows = store.read().await?.road_closures(since, SHOWN).await?;
    for row in &rows {
        if json {
            outln!("{}", closure_json(row, None));
        } else {
            print_closure(row, None);
        }
    }
    if rows.is_empty() && !json {
        outln!("no street is closed or slow");
    }
    Ok(ExitCode::SUCCESS)
}

async fn reopen(closure: Uuid, database: &Database) -> Result<ExitCode> {
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let mut tx = store.begin(Lane::Command).await?;
    match reopen_road(&mut tx, &Actor::command_line(), closure, now).await {
        Ok(_) => {
            tx.commit().await?;
            outln!("{closure} has ended");
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => refused(refusal, false, None),
    }
}

/// Says why something is refused; what is ours to mend is an error.
fn refused(refusal: Refusal, json: bool, line: Option<u64>) -> Result<ExitCode> {
    let (code, detail) = match refusal {
        Refusal::Failed(cause) => return Err(cause),
        Refusal::Malformed { code, detail }
        | Refusal::Missing { code, detail }
        | Refusal::Conflict { code, detail }
        | Refusal::Refused { code, detail } => (code, detail),
        other => (other.code(), String::new()),
    };
    if json {
        outln!("{}", json!({"error": {"code": code, "detail": detail, "line": line}}));
    } else if let Some(line) = line {
        eprintln!("refused: line {line}: {code}: {detail}");
    } else {
        eprintln!("refused: {code}: {detail}");
    }
    Ok(ExitCode::from(1))
}
