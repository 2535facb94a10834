//! `billing check`: a table of stays with the fees that they should cost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case, price};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::{Fen, Interval};

use crate::Language;
use crate::input::{Wrong, bill_json, bill_text, calendars, tariff};
use crate::local_time::instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of tariff files; the column `tariff` names one without its ending
    #[arg(long)]
    tariffs: PathBuf,
    /// CSV with a header: tariff, vehicle, start, end, expected; further columns are ignored
    cases: PathBuf,
    /// Folder of calendars that replace the program's own
    #[arg(long)]
    calendars: Option<PathBuf>,
    /// Language of the explanations
    #[arg(long, value_enum, default_value_t)]
    language: Language,
    /// For programs
    #[arg(long)]
    json: bool,
}

/// A row as written. A class of street follows the tariff after a slash: `jingtai/class-1`.
#[derive(Deserialize)]
struct Row {
    tariff: String,
    vehicle: String,
    start: String,
    end: String,
    expected: String,
}

/// A row that was priced.
struct Priced {
    expected: Fen,
    bill: Bill,
}

struct Tariffs<'a> {
    folder: &'a Path,
    calendars: Calendars,
    read: HashMap<String, Result<Tariff, Wrong>>,
}

pub(crate) fn check(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let mut tariffs = Tariffs {
        folder: &arguments.tariffs,
        calendars: calendars(arguments.calendars.as_deref())?,
        read: HashMap::new(),
    };
    let shown = |error: csv::Error| format!("{}: {error}", arguments.cases.display());
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_path(&arguments.cases)
        .map_err(shown)?;
    let header = header(reader.headers().map_err(shown)?)?;
    let (mut rows, mut differ, mut wrong) = (0, Vec::new(), Vec::new());
    for record in reader.records() {
        rows += 1;
        let line = reader_line(&record, rows);
        let row = record.and_then(|record| record.deserialize(Some(&header)));
        let priced = row
            .map_err(|error| error.to_string())
            .and_then(|row: Row| tariffs.price(&row).map(|priced| (row, priced)));
        match priced {
            Ok((_, priced)) if priced.bill.total == priced.expected => {}
            Ok((row, priced)) => differ.push((line, row, priced)),
            Err(error) => wrong.push((line, error)),
        }
    }
    if arguments.json {
        println!("{}", report_json(&tariffs, rows, &differ, &wrong));
    } else {
        print!("{}", report(&tariffs, rows, &differ, &wrong, arguments.language));
    }
    Ok(match (differ.is_empty(), wrong.is_empty()) {
        (true, true) => ExitCode::SUCCESS,
        (false, true) => ExitCode::FAILURE,
        (_, false) => ExitCode::from(2),
    })
}

/// The header, its names without the mark that some programs write before the first.
fn header(read: &csv::StringRecord) -> Result<csv::StringRecord, Wrong> {
    let header: csv::StringRecord =
        read.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
    for name in ["tariff", "vehicle", "start", "end", "expected"] {
        if !header.iter().any(|column| column == name) {
            return Err(format!("the table has no column {name}"));
        }
    }
    Ok(header)
}

fn reader_line(record: &Result<csv::StringRecord, csv::Error>, row: u64) -> u64 {
    let at = record.as_ref().ok().and_then(|record| record.position());
    at.map_or(row + 1, csv::Position::line)
}

impl Tariffs<'_> {
    fn price(&mut self, row: &Row) -> Result<Priced, Wrong> {
        let (stem, street) = match row.tariff.split_once('/') {
            Some((stem, street)) => (stem, Some(street.to_owned())),
            None => (row.tariff.as_str(), None),
        };
        if stem.is_empty() || stem.contains(['\\', '.']) {
            return Err(format!("{stem:?} is not the name of a tariff file"));
        }
        let folder = self.folder;
        let read = self.read.entry(stem.to_owned()).or_insert_with(|| read(folder, stem));
        let tariff = read.as_ref().map_err(Clone::clone)?;
        let start = instant(&row.start, tariff.time_zone)?;
        let end = instant(&row.end, tariff.time_zone)?;
        let stay = Interval::new(start, end).ok_or("the end lies before the start")?;
        let expected = Fen::parse_yuan(&row.expected)
            .map_err(|_| format!("{} is not an amount with two decimals", row.expected))?;
        let mut case = Case::new(row.vehicle.clone(), vec![stay], Vec::new());
        case.street = street;
        let bill = price(tariff, &self.calendars, &case).map_err(|reject| reject.to_string())?;
        Ok(Priced { expected, bill })
    }

    fn of(&self, row: &Row) -> &Tariff {
        let stem = row.tariff.split('/').next().unwrap_or_default();
        let read = self.read.get(stem).and_then(|read| read.as_ref().ok());
        read.expect("a row that was priced has a tariff")
    }
}

fn read(folder: &Path, stem: &str) -> Result<Tariff, Wrong> {
    let paths = ["yaml", "yml"].map(|ending| folder.join(format!("{stem}.{ending}")));
    let path = paths.iter().find(|path| path.is_file());
    tariff(path.ok_or_else(|| format!("{} has no tariff {stem}.yaml", folder.display()))?)
}

type Differ = (u64, Row, Priced);

fn report(
    tariffs: &Tariffs<'_>,
    rows: u64,
    differ: &[Differ],
    wrong: &[(u64, Wrong)],
    language: Language,
) -> String {
    let mut text = String::new();
    for (line, row, priced) in differ {
        let tariff = tariffs.of(row);
        text.push_str(&format!(
            "line {line}: {} {} {} to {}: expected {}, found {}\n{}",
            row.tariff,
            row.vehicle,
            row.start,
            row.end,
            priced.expected.yuan(),
            priced.bill.total.yuan(),
            bill_text(&priced.bill, tariff, language.into())
        ));
    }
    for (line, error) in wrong {
        text.push_str(&format!("line {line}: {error}\n"));
    }
    let (differ, wrong) = (differ.len(), wrong.len());
    text.push_str(&format!("{rows} rows, {differ} differ, {wrong} cannot be priced\n"));
    text
}

fn report_json(
    tariffs: &Tariffs<'_>,
    rows: u64,
    differ: &[Differ],
    wrong: &[(u64, Wrong)],
) -> Value {
    let differ: Vec<Value> = differ
        .iter()
        .map(|(line, row, priced)| {
            json!({
                "line": line,
                "tariff": row.tariff,
                "vehicle": row.vehicle,
                "start": row.start,
                "end": row.end,
                "expected": priced.expected.yuan(),
                "found": priced.bill.total.yuan(),
                "bill": bill_json(&priced.bill, tariffs.of(row)),
            })
        })
        .collect();
    let wrong: Vec<Value> =
        wrong.iter().map(|(line, error)| json!({ "line": line, "error": error })).collect();
    json!({ "rows": rows, "differ": differ, "errors": wrong })
}
