//! `billing simulate`: what another tariff would change, over stays that have been.

mod chunks;
mod columns;
mod database;
mod generate;
mod history;
mod local;
mod pricing;
mod progress;
mod report;
mod run;
mod stay;

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::compare::LooksBack;
use clap::ValueEnum;
use output::{out, outln};

use crate::Language;
use crate::input::{Wrong, calendars, tariff};
use chunks::{Chunks, Form};
use columns::Columns;
use database::Visits;
use generate::Generated;
use pricing::{Job, looks_back_of};
use report::Report;
use stay::Defaults;

/// Prices stored stays under two tariffs and says what the second would change.
///
/// STAYS is a table (CSV with a header: start, end, and vehicle or plate_colour; more in
/// docs/TARIFFS.md), or JSON lines as `gateway export stays` and `gateway export visits` write them; - is
/// the standard input. A database (sqlite:PATH, postgres://…) gives its billed visits.
/// Exit code 0: as asked; 1: some rows could not be priced and were left out; 2: the input is wrong.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The tariff that holds
    #[arg(long, value_name = "FILE")]
    tariff: PathBuf,
    /// The tariff that it is compared with
    #[arg(long, value_name = "FILE")]
    against: PathBuf,
    /// The stays: a file, - for the standard input, or a database
    #[arg(required_unless_present = "generate", conflicts_with = "generate")]
    stays: Option<PathBuf>,
    /// Class of the vehicles of which the input says none
    #[arg(long, value_name = "CLASS")]
    vehicle: Option<String>,
    /// Class of the streets of which the input says none
    #[arg(long, value_name = "CLASS")]
    street: Option<String>,
    /// What to do with a row that cannot be priced
    #[arg(long, value_enum, default_value_t)]
    bad_rows: BadRows,
    /// Write the fees of each stay to a table, in the order of the input
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    /// Make so many stays up, instead of reading them
    #[arg(long, value_name = "NUMBER")]
    generate: Option<u64>,
    /// Which stays are made up
    #[arg(long, default_value_t = 1, requires = "generate")]
    seed: u64,
    /// Threads that price; by default one for each core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Folder of calendars that replace the program's own
    #[arg(long, value_name = "DIR")]
    calendars: Option<PathBuf>,
    /// Language of the words
    #[arg(long, visible_alias = "lang", value_enum, default_value_t)]
    language: Language,
    /// For programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum BadRows {
    /// Leave it out, tell, and exit with 1
    #[default]
    Report,
    /// Leave it out, tell, and exit with 0
    LeaveOut,
    /// Stop at the first and exit with 2
    Stop,
}

pub(crate) fn simulate(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let (one, other) = (tariff(&arguments.tariff)?, tariff(&arguments.against)?);
    if one.currency != other.currency {
        return Err(format!("one tariff is in {}, the other in {}", one.currency, other.currency));
    }
    let calendars = calendars(arguments.calendars.as_deref())?;
    let (input, total) = input(arguments, (&one, &other))?;
    let name = name(arguments.stays.as_deref().unwrap_or(Path::new("-")));
    let wrong = |error: std::io::Error| format!("{name}: {error}");
    let mut chunks = Chunks::new(input);
    let (form, header) = chunks.begin().map_err(wrong)?;
    let columns = match form {
        Form::Csv => Columns::read(&header, arguments.vehicle.is_some())
            .map_err(|wrong| format!("{name}: {wrong}"))?,
        Form::JsonLines => Columns::default(),
    };
    let defaults =
        Defaults { vehicle: arguments.vehicle.clone(), street: arguments.street.clone() };
    let job = Job {
        tariff: &one,
        against: &other,
        calendars: &calendars,
        form,
        columns,
        defaults,
        writes: arguments.out.is_some(),
    };
    let mut out = out(arguments.out.as_deref())?;
    let how = run::How {
        threads: threads(arguments, &job),
        stops: arguments.bad_rows == BadRows::Stop,
        total,
    };
    let done = run::run(&job, chunks, &how, out.as_mut()).map_err(wrong)?;
    if let Some(out) = &mut out {
        out.flush().map_err(wrong)?;
    }
    finish(arguments, &Report { job: &job, outcome: &done.outcome, elapsed: done.elapsed })
}

fn finish(arguments: &Arguments, report: &Report<'_>) -> Result<ExitCode, Wrong> {
    let outcome = report.outcome;
    if let (BadRows::Stop, Some((line, bad))) = (arguments.bad_rows, outcome.first_bad()) {
        return Err(format!("line {line}: {}", bad.says));
    }
    match arguments.json {
        true => outln!("{}", report.json()),
        false => out!("{}", report.text(arguments.language)),
    }
    eprintln!("{}", report.rate());
    let priced = outcome.comparison.all.stays;
    Ok(match (priced, outcome.bad(), arguments.bad_rows) {
        (0, _, _) => {
            eprintln!("no stay could be priced");
            ExitCode::from(2)
        }
        (_, 1.., BadRows::Report) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// What messages call the input: the address of a database may hold a password.
fn name(stays: &Path) -> String {
    match database::address(stays) {
        Some(_) => "the database".to_owned(),
        None => stays.display().to_string(),
    }
}

type Input = Box<dyn Read + Send>;

/// What is read, and how many bytes it has, where that is known.
fn input(
    arguments: &Arguments,
    tariffs: (&billing::tariff::Tariff, &billing::tariff::Tariff),
) -> Result<(Input, Option<u64>), Wrong> {
    if let Some(count) = arguments.generate {
        return Ok((Box::new(Generated::new(tariffs, count, arguments.seed)?), None));
    }
    let path = arguments.stays.as_deref().unwrap_or(Path::new("-"));
    if path == Path::new("-") {
        return Ok((Box::new(std::io::stdin()), None));
    }
    if let Some(address) = database::address(path) {
        return Ok((Box::new(Visits::of(address)?), None));
    }
    let wrong = |error| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(wrong)?;
    let metadata = file.metadata().map_err(wrong)?;
    if metadata.is_dir() {
        return Err(format!("{} is a folder", path.display()));
    }
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

fn out(path: Option<&Path>) -> Result<Option<BufWriter<File>>, Wrong> {
    let Some(path) = path else { return Ok(None) };
    let wrong = |error| format!("{}: {error}", path.display());
    let mut out = BufWriter::new(File::create(path).map_err(wrong)?);
    out.write_all(pricing::WRITTEN.as_bytes()).map_err(wrong)?;
    Ok(Some(out))
}

/// Earlier visits are known to the thread that saw them, so there is but one where they count.
fn threads(arguments: &Arguments, job: &Job<'_>) -> usize {
    let says_vehicle =
        job.form == Form::JsonLines || job.columns.place(columns::What::VehicleId).is_some();
    if says_vehicle && looks_back_of(job) > LooksBack::Never {
        return 1;
    }
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.threads.map_or_else(cores, usize::from)
}
