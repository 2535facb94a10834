//! Tariff and calendar files, and how a bill is printed.

use std::path::Path;

use billing::tariff::{Tariff, parse};
use billing::text::{Language, line_text};
use billing::{Bill, Calendars};
use serde_json::{Value, json};

/// What is wrong with the input, for the one who gave it.
pub(crate) type Wrong = String;

pub(crate) fn read(path: &Path) -> Result<String, Wrong> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.rsplit(|byte| *byte == b'\n').next().map_or(1, |l| l.len() + 1);
        format!("{}: line {line} column {column}: this is not text in UTF-8", path.display())
    })
}

pub(crate) fn tariff(path: &Path) -> Result<Tariff, Wrong> {
    parse(&read(path)?).map_err(|problems| {
        let lines = problems.iter().map(|problem| format!("{}: {problem}", path.display()));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// The calendars that come with the program, and those of a folder, which replace them.
pub(crate) fn calendars(folder: Option<&Path>) -> Result<Calendars, Wrong> {
    let mut calendars = Calendars::built_in().clone();
    let Some(folder) = folder else { return Ok(calendars) };
    let wrong = |error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let put = calendars.put(&read(&path)?);
            put.map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(calendars)
}

/// The lines of a bill in words, and its total.
pub(crate) fn bill_text(bill: &Bill, tariff: &Tariff, language: Language) -> String {
    let mut text = String::new();
    for line in &bill.lines {
        text.push_str("  ");
        text.push_str(&line_text(line, tariff, bill.tariff_version, language));
        text.push('\n');
    }
    let total = match language {
        Language::Chinese => "合计",
        Language::English => "total",
    };
    text.push_str(&format!("  {total} {} {}\n", bill.total.yuan(), tariff.currency));
    text
}

/// The bill for programs: times in UTC, money in the tariff's currency with two decimals.
pub(crate) fn bill_json(bill: &Bill, tariff: &Tariff) -> Value {
    let text = |line, language| line_text(line, tariff, bill.tariff_version, language);
    let lines: Vec<Value> = bill
        .lines
        .iter()
        .map(|line| {
            json!({
                "from": line.interval.start_at(),
                "to": line.interval.end_at(),
                "rule": line.rule.name(),
                "path": line.rule.path(),
                "units": line.units,
                "parts": line.parts,
                "unit_price": line.unit_price.text(),
                "amount": line.amount.yuan(),
                "text": text(line, Language::Chinese),
                "text_en": text(line, Language::English),
            })
        })
        .collect();
    json!({
        "tariff": bill.tariff,
        "version": bill.tariff_version,
        "currency": tariff.currency,
        "total": bill.total.yuan(),
        "charged_minutes": bill.charged_ms / 60_000,
        "lines": lines,
    })
}

/// The day on the wall clock of a zone.
pub(crate) fn today(zone: chrono_tz::Tz) -> chrono::NaiveDate {
    let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    now.with_timezone(&zone).date_naive()
}
