//! `gateway forecast`: the forecast on trial, with counts of real car parks.

mod counts;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use output::{out, outln};
use serde_json::{Value, json};
use wayfinding::forecast::{HorizonScore, Measure, Row, Trial};

use counts::{CarParks, read_rows};

/// What is judged, in minutes ahead.
const HORIZONS: [u16; 8] = [5, 10, 15, 20, 30, 40, 50, 60];

/// Try the forecast on counts of car parks, against 'it stays as it is' and 'as at this hour of the week'.
#[derive(Debug, Args)]
pub(super) struct Forecast {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Learn from some weeks, be judged on others.
    Backtest(Backtest),
    /// Judge each week of a folder after learning from all the others.
    Weeks(Weeks),
}

/// Learn from some weeks, be judged on others.
///
/// Counts are CSV files: a column `timestamp` (RFC 3339), then one column for each car park with its free places;
/// an empty field means as before. Car parks without a capacity in the meta file are passed over. Nothing of the
/// test is used before its time; learning goes on during the test with what has passed.
#[derive(Debug, Args)]
struct Backtest {
    /// Folder with the CSV files to learn from; may be given again.
    #[arg(long, value_name = "DIR", required = true)]
    history: Vec<PathBuf>,
    /// Folder with those to be judged on; may be given again.
    #[arg(long, value_name = "DIR", required = true)]
    test: Vec<PathBuf>,
    /// CSV file with the columns `place_id` and `num_all`: the capacity of each car park.
    #[arg(long, value_name = "FILE")]
    meta: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    must: Must,
}

#[derive(Debug, Args)]
struct Must {
    /// Exit with 1 unless the model is better than both baselines at 15, 30 and 60 minutes.
    #[arg(long)]
    must_beat: bool,
}

/// Judge each week of a folder after learning from all the others.
#[derive(Debug, Args)]
struct Weeks {
    /// Folder with the CSV files of at least two weeks.
    #[arg(long, value_name = "DIR", required = true)]
    data: Vec<PathBuf>,
    /// CSV file with the columns `place_id` and `num_all`.
    #[arg(long, value_name = "FILE")]
    meta: PathBuf,
    /// Put the table into this document, between its two marks.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    must: Must,
}

impl Forecast {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Backtest(backtest) => backtest.run(),
            Command::Weeks(weeks) => weeks.run(),
        }
    }
}

impl Backtest {
    fn run(self) -> Result<ExitCode> {
        let parks = CarParks::read(&self.meta)?;
        let history = read_rows(&self.history, &parks).context("--history")?;
        let test = read_rows(&self.test, &parks).context("--test")?;
        let scores = judge(&parks, &history, &test);
        ensure!(
            scores.iter().any(|score| score.n > 0),
            "nothing could be judged: no car park of known capacity is both in --history and in --test"
        );
        if self.json {
            outln!("{}", json!({"horizons": scores.iter().map(as_json).collect::<Vec<_>>()}));
        } else {
            out!("{}", table::of_one(&scores));
        }
        Ok(self.must.exit(scores.iter()))
    }
}

impl Weeks {
    fn run(self) -> Result<ExitCode> {
        let parks = CarParks::read(&self.meta)?;
        let rows = read_rows(&self.data, &parks).context("--data")?;
        let Some(first) = rows.first().map(|row| row.slot) else { bail!("--data: no rows") };
        let monday = first.plus(-i64::try_from(first.of_week())?);
        let week = |row: &Row| row.slot.since(monday) / (7 * 24 * 12);
        let weeks = rows.last().map_or(0, week) + 1;
        ensure!(weeks > 1, "--data: one week alone leaves nothing to learn from");
        let mut judged = Vec::new();
        for number in 0..weeks {
            let (test, history): (Vec<Row>, Vec<Row>) =
                rows.iter().cloned().partition(|row| week(row) == number);
            eprintln!("week {} of {weeks}", number + 1);
            if !test.is_empty() {
                judged.push((number, judge(&parks, &history, &test)));
            }
        }
        let table = table::of_weeks(&judged);
        match &self.write {
            Some(document) => table::put_into(document, &table)?,
            None => out!("{table}"),
        }
        Ok(self.must.exit(judged.iter().flat_map(|(_, scores)| scores)))
    }
}

impl Must {
    fn exit<'a>(&self, mut scores: impl Iterator<Item = &'a HorizonScore>) -> ExitCode {
        let good = |score: &HorizonScore| !matches!(score.minutes, 15 | 30 | 60) || better(score);
        if !self.must_beat || scores.all(good) { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

fn judge(parks: &CarParks, history: &[Row], test: &[Row]) -> Vec<HorizonScore> {
    let mut trial = Trial::new(parks.spaces(), &HORIZONS);
    history.iter().for_each(|row| trial.learn(row));
    test.iter().for_each(|row| trial.test(row));
    trial.scores()
}

/// Whether the model is better than both baselines.
fn better(score: &HorizonScore) -> bool {
    let beats = |measure: Measure| measure.model < measure.last.min(measure.how);
    beats(score.mae) && score.brier.is_none_or(beats)
}

fn as_json(score: &HorizonScore) -> Value {
    let HorizonScore { minutes, n, car_parks, scarce, mae, brier } = score;
    let measure =
        |Measure { model, last, how }: &Measure| json!({"model": model, "last": last, "how": how});
    json!({
        "minutes": minutes, "n": n, "car_parks": car_parks, "scarce": scarce,
        "mae": measure(mae), "brier": brier.as_ref().map(measure),
    })
}
