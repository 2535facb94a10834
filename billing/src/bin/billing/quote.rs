//! `billing quote`: one stay by one tariff.

use std::path::PathBuf;
use std::process::ExitCode;

use billing::tariff::{Displayed, Tariff};
use billing::{Bill, Calendars, Case, EarlierVisit, HeldPass, prepaid_until};
use output::{out, outln};
use serde_json::{Value, json};
use vocabulary::{Interval, Timestamp};

use crate::Language;
use crate::any_street::bill;
use crate::input::{Wrong, bill_json, bill_text, calendars, tariff};
use crate::local_time::instant;
use crate::told::Told;

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
    /// Arrival on the wall clock of the tariff's zone, or with an offset: 2026-09-15T08:00
    #[arg(long)]
    from: String,
    /// Departure
    #[arg(long)]
    to: String,
    #[command(flatten)]
    more: More,
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

/// What else a tariff may ask about a stay.
#[derive(clap::Args)]
struct More {
    /// What the sensors cannot vouch for, START/END; may be repeated
    #[arg(long, value_name = "START/END")]
    doubt: Vec<String>,
    /// An earlier visit of the same vehicle, START/END; may be repeated, in order of time
    #[arg(long, value_name = "START/END")]
    earlier: Vec<String>,
    /// Bays that the vehicle occupies
    #[arg(long, default_value_t = 1)]
    bays: u16,
    /// A pass of the tariff that the vehicle holds; may be repeated
    #[arg(long, value_name = "NAME")]
    pass: Vec<String>,
    /// When it was paid, for the time to leave
    #[arg(long, value_name = "TIME")]
    paid_at: Option<String>,
    /// Minutes bought at the arrival
    #[arg(long, value_name = "MINUTES")]
    bought_minutes: Option<u32>,
    /// Steps of the demand-responsive price displayed at the arrival
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true)]
    level: Option<i32>,
}

pub(crate) fn quote(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    match priced(arguments) {
        Ok((tariff, case, bill)) if arguments.json => {
            outln!("{}", quote_json(&case, &bill, &tariff));
        }
        Ok((tariff, _, bill)) => {
            out!("{}", bill_text(&bill, &tariff, arguments.language.into()));
        }
        Err(told) if arguments.json => {
            outln!("{}", json!({ "error": told.json() }));
            return Ok(ExitCode::from(2));
        }
        Err(told) => return Err(told.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn priced(arguments: &Arguments) -> Result<(Tariff, Case, Bill), Told> {
    let code = if arguments.tariff.is_file() { "tariff_broken" } else { "tariff_not_found" };
    let tariff = tariff(&arguments.tariff).map_err(|wrong| Told::new(code, wrong))?;
    let calendars = calendars(arguments.calendars.as_deref())
        .map_err(|wrong| Told::new("calendar_broken", wrong))?;
    let case = case(arguments, &tariff, &calendars)?;
    let bill = bill(&tariff, &calendars, &case)?;
    Ok((tariff, case, bill))
}

fn case(arguments: &Arguments, tariff: &Tariff, calendars: &Calendars) -> Result<Case, Told> {
    let at = |text: &str| instant(text, tariff.time_zone);
    let from = at(&arguments.from)?;
    let stay = interval(from, at(&arguments.to)?)?;
    let span = |text: &String| match text.split_once('/') {
        Some((from, to)) => interval(at(from)?, at(to)?),
        None => {
            let message = format!("{text} is not START/END, two times with a stroke between");
            Err(Told::new("time_malformed", message))
        }
    };
    let more = &arguments.more;
    let doubts = more.doubt.iter().map(span).collect::<Result<_, _>>()?;
    let mut case = Case::new(arguments.vehicle.clone(), vec![stay], doubts);
    case.street.clone_from(&arguments.street);
    case.bays = more.bays;
    for earlier in &more.earlier {
        case.earlier.push(EarlierVisit { intervals: vec![span(earlier)?], doubts: Vec::new() });
    }
    case.passes =
        more.pass.iter().map(|name| HeldPass { name: name.clone(), valid: stay }).collect();
    case.paid_at = more.paid_at.as_deref().map(at).transpose()?;
    case.displayed =
        more.level.iter().map(|l| Displayed { displayed_at: from, level: *l }).collect();
    if let Some(minutes) = more.bought_minutes {
        let until = prepaid_until(tariff, calendars, &case, minutes);
        case.bought_until =
            Some(until.map_err(|reject| Told::of(reject, tariff, calendars, &case))?);
    }
    Ok(case)
}

fn interval(from: Timestamp, to: Timestamp) -> Result<Interval, Told> {
    Interval::new(from, to)
        .ok_or_else(|| Told::new("end_before_start", "the departure lies before the arrival"))
}

/// The bill, and what it is the bill of.
fn quote_json(case: &Case, bill: &Bill, tariff: &Tariff) -> Value {
    let mut quote = bill_json(bill, tariff);
    let ends = (case.intervals.first(), case.intervals.last());
    if let (Some(fields), (Some(first), Some(last))) = (quote.as_object_mut(), ends) {
        fields.insert("vehicle".into(), json!(case.vehicle));
        fields.insert("street".into(), json!(case.street));
        fields.insert("from".into(), json!(first.start_at()));
        fields.insert("to".into(), json!(last.end_at()));
        fields.insert("time_zone".into(), json!(tariff.time_zone.name()));
    }
    quote
}
