//! `billing check`: a table of stays with the fees that they should cost.
//!
//! Every row gets an answer: it agrees, it differs, or it says what is wrong with it. Nothing that is
//! wrong with one row keeps another from its answer.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case};
use output::{out, outln};
use serde_json::{Value, json};
use vocabulary::{Fen, Interval};

use self::table::{Row, Table};
use crate::Language;
use crate::any_street::bill;
use crate::input::{Wrong, bill_json, bill_text, calendars};
use crate::library::Library;
use crate::local_time::instant;
use crate::told::Told;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of tariff files; the column `tariff` names one without its ending
    #[arg(long)]
    tariffs: PathBuf,
    /// CSV with a header: tariff, vehicle, start, end, expected, in any order; further columns are
    /// ignored
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

/// What became of a row that does not agree.
enum Answer {
    Differs { row: Row, expected: Fen, found: Fen, text: String, json: Value },
    Wrong(Told),
}

pub(crate) fn check(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let mut library = Library::open(&arguments.tariffs)?;
    let calendars = calendars(arguments.calendars.as_deref())?;
    let (mut rows, mut answers) = (0_u64, Vec::new());
    for (line, row) in Table::open(&arguments.cases)?.rows() {
        rows += 1;
        let answer = match row {
            Ok(row) => compare(&mut library, &calendars, row, arguments.language),
            Err(told) => Some(Answer::Wrong(told)),
        };
        answers.extend(answer.map(|answer| (line, answer)));
    }
    if arguments.json {
        outln!("{}", report_json(rows, &answers));
    } else {
        out!("{}", report(rows, &answers));
    }
    let wrong = answers.iter().any(|(_, answer)| matches!(answer, Answer::Wrong(_)));
    Ok(match (answers.is_empty(), wrong) {
        (true, _) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(2),
    })
}

/// `None` where the row agrees.
fn compare(
    library: &mut Library,
    calendars: &Calendars,
    row: Row,
    language: Language,
) -> Option<Answer> {
    let (tariff, street) = match library.tariff(&row.tariff) {
        Ok(found) => found,
        Err(told) => return Some(Answer::Wrong(told)),
    };
    match priced(tariff, calendars, &row, street) {
        Ok((expected, bill)) if bill.total == expected => None,
        Ok((expected, bill)) => Some(Answer::Differs {
            expected,
            found: bill.total,
            text: bill_text(&bill, tariff, language.into()),
            json: bill_json(&bill, tariff),
            row,
        }),
        Err(told) => Some(Answer::Wrong(told)),
    }
}

fn priced(
    tariff: &Tariff,
    calendars: &Calendars,
    row: &Row,
    street: Option<String>,
) -> Result<(Fen, Bill), Told> {
    let start = instant(&row.start, tariff.time_zone)?;
    let end = instant(&row.end, tariff.time_zone)?;
    let stay = Interval::new(start, end)
        .ok_or_else(|| Told::new("end_before_start", "the end lies before the start"))?;
    let expected = Fen::parse_yuan(&row.expected).map_err(|_| {
        let message = format!(
            "{:?} is not an amount in {} with at most two decimals",
            row.expected, tariff.currency
        );
        Told::new("amount_malformed", message)
    })?;
    let case = Case { street, ..Case::new(row.vehicle.clone(), vec![stay], Vec::new()) };
    Ok((expected, bill(tariff, calendars, &case)?))
}

fn counts(answers: &[(u64, Answer)]) -> (usize, usize) {
    let wrong = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Wrong(_))).count();
    (answers.len() - wrong, wrong)
}

fn report(rows: u64, answers: &[(u64, Answer)]) -> String {
    let mut text = String::new();
    for (line, answer) in answers {
        text.push_str(&match answer {
            Answer::Differs { row, expected, found, text, .. } => format!(
                "line {line}: {} {} {} to {}: expected {}, found {}\n{text}",
                row.tariff,
                row.vehicle,
                row.start,
                row.end,
                expected.yuan(),
                found.yuan(),
            ),
            Answer::Wrong(told) => format!("line {line}: {}\n", Wrong::from(told.clone())),
        });
    }
    let (differ, wrong) = counts(answers);
    text.push_str(&format!("{rows} rows, {differ} differ, {wrong} cannot be priced\n"));
    text
}

fn report_json(rows: u64, answers: &[(u64, Answer)]) -> Value {
    let (mut differ, mut errors) = (Vec::new(), Vec::new());
    for (line, answer) in answers {
        match answer {
            Answer::Differs { row, expected, found, json, .. } => differ.push(json!({
                "line": line,
                "tariff": row.tariff,
                "vehicle": row.vehicle,
                "start": row.start,
                "end": row.end,
                "expected": expected.yuan(),
                "found": found.yuan(),
                "bill": json,
            })),
            Answer::Wrong(told) => {
                errors.push(json!({ "line": line, "code": told.code, "error": told.message }));
            }
        }
    }
    let agree = rows.saturating_sub(u64::try_from(answers.len()).unwrap_or(u64::MAX));
    json!({ "rows": rows, "agree": agree, "differ": differ, "errors": errors })
}
