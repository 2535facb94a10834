//! `billing explain`: a bill as a table and as a picture of its days.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::explain::{Picture, picture, strip, svg, table};
use billing::tariff::Tariff;
use billing::{Bill, Case, price};
use output::{out, outln};
use serde_json::json;
use vocabulary::{Interval, Timestamp};

use crate::Language;
use crate::input::{Wrong, bill_json, calendars, read, tariff};
use crate::local_time::instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The tariff file
    #[arg(long, value_name = "FILE")]
    tariff: PathBuf,
    /// A vehicle class that the tariff names
    #[arg(long, value_name = "CLASS", required_unless_present = "case")]
    vehicle: Option<String>,
    /// A class of street, where the tariff distinguishes any
    #[arg(long, value_name = "CLASS")]
    street: Option<String>,
    /// Arrival on the wall clock of the tariff's zone: 2026-09-15T08:00
    #[arg(long, value_name = "LOCAL", required_unless_present = "case")]
    from: Option<String>,
    /// Departure
    #[arg(long, value_name = "LOCAL", required_unless_present = "case")]
    to: Option<String>,
    /// A case in place of the four: the JSON that is stored with every bill
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vehicle", "street", "from", "to"])]
    case: Option<PathBuf>,
    /// Most days drawn and listed; what follows is summed up
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Write the picture to a file, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Folder of calendars that replace the program's own
    #[arg(long, value_name = "DIR")]
    calendars: Option<PathBuf>,
    /// Language of the words
    #[arg(long, visible_alias = "lang", value_enum, default_value_t)]
    language: Language,
    /// For programs: the bill, and the picture as what it is drawn from
    #[arg(long)]
    json: bool,
}

pub(crate) fn explain(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let tariff = tariff(&arguments.tariff)?;
    let calendars = calendars(arguments.calendars.as_deref())?;
    let case = case(arguments, &tariff)?;
    let bill = price(&tariff, &calendars, &case).map_err(|reject| reject.to_string())?;
    let drawn = picture(&bill, &tariff, &calendars, &case, arguments.days.into());
    let language = arguments.language.into();
    if let Some(path) = &arguments.svg {
        let text = svg(&drawn, tariff.time_zone, language);
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if arguments.json {
        let mut shown = bill_json(&bill, &tariff);
        shown["picture"] = json!(drawn);
        outln!("{shown}");
        return Ok(ExitCode::SUCCESS);
    }
    out!("{}", head(&tariff, &bill, &case));
    outln!("{}", table(&bill, &tariff, language, drawn_until(&drawn)));
    out!("{}", strip(&drawn, language));
    Ok(ExitCode::SUCCESS)
}

fn case(arguments: &Arguments, tariff: &Tariff) -> Result<Case, Wrong> {
    if let Some(path) = &arguments.case {
        return stored_case(path);
    }
    let time =
        |text: &Option<String>| instant(text.as_deref().unwrap_or_default(), tariff.time_zone);
    let (from, to) = (time(&arguments.from)?, time(&arguments.to)?);
    let stay = Interval::new(from, to).ok_or("the departure lies before the arrival")?;
    let vehicle = arguments.vehicle.clone().unwrap_or_default();
    let mut case = Case::new(vehicle, vec![stay], Vec::new());
    case.street.clone_from(&arguments.street);
    Ok(case)
}

fn stored_case(path: &Path) -> Result<Case, Wrong> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| format!("{} is not a stored case: {error}", path.display()))
}

/// Where the days end that are drawn, if there are more.
fn drawn_until(picture: &Picture) -> Option<Timestamp> {
    let last = picture.days.last().filter(|_| picture.days_left_out > 0)?;
    Some(last.span.end_at())
}

/// Which tariff it is, and who stays.
fn head(tariff: &Tariff, bill: &Bill, case: &Case) -> String {
    let document = tariff.version(bill.tariff_version).map_or("", |version| &version.document);
    let street = case.street.as_deref().map_or(String::new(), |street| format!(" {street}"));
    format!(
        "{} ({} v{}, {document})\n{}{street}\n\n",
        tariff.title, bill.tariff, bill.tariff_version, case.vehicle
    )
}
