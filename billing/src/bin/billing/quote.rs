//! `billing quote`: one stay by one tariff.

use std::path::PathBuf;
use std::process::ExitCode;

use billing::{Case, price};
use vocabulary::Interval;

use crate::Language;
use crate::input::{Wrong, bill_json, bill_text, calendars, tariff};
use crate::local_time::instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The tariff file
    #[arg(long)]
    tariff: PathBuf,
    /// A vehicle class that the tariff names
    #[arg(long)]
    vehicle: String,
    /// A class of street, where the tariff distinguishes any
    #[arg(long)]
    street: Option<String>,
    /// Arrival on the wall clock of the tariff's zone: 2026-09-15T08:00
    #[arg(long)]
    from: String,
    /// Departure
    #[arg(long)]
    to: String,
    /// Folder of calendars that replace the program's own
    #[arg(long)]
    calendars: Option<PathBuf>,
    /// Language of the lines
    #[arg(long, value_enum, default_value_t)]
    language: Language,
    /// For programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn quote(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let tariff = tariff(&arguments.tariff)?;
    let calendars = calendars(arguments.calendars.as_deref())?;
    let from = instant(&arguments.from, tariff.time_zone)?;
    let to = instant(&arguments.to, tariff.time_zone)?;
    let stay = Interval::new(from, to).ok_or("the departure lies before the arrival")?;
    let mut case = Case::new(arguments.vehicle.clone(), vec![stay], Vec::new());
    case.street.clone_from(&arguments.street);
    let bill = price(&tariff, &calendars, &case).map_err(|reject| reject.to_string())?;
    if arguments.json {
        println!("{}", bill_json(&bill, &tariff));
    } else {
        print!("{}", bill_text(&bill, &tariff, arguments.language.into()));
    }
    Ok(ExitCode::SUCCESS)
}
