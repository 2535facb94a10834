//! What is wrong, doubtful or surprising about a tariff, told to the one who wrote it.
//!
//! `lint` reads a tariff's text and finds everything at once: what the parser refuses, what is
//! missing around the price (authority, document, days), rules that never apply, and prices that a
//! driver would not believe, searched for with the engine itself on a fixed, bounded set of stays,
//! so that the same text, calendars and day give the same findings. A finding is a true statement
//! about the text; that none was found is no proof.

mod code;
mod demand;
mod examples;
mod head;
mod names;
mod pairs;
mod parsed;
mod prices;
mod probe;
mod reach;
mod stays;
mod vehicles;

use chrono::NaiveDate;

use crate::calendar::Calendars;
use crate::plain_words::Both;
use crate::tariff::{self, Place, Problem, Tariff};

pub use code::{Code, Severity};

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// Where in the text.
    pub place: Option<Place>,
    /// Where in the tariff: `versions[0].caps[1]`.
    pub path: String,
    /// What was found.
    pub text: Both,
    /// What to do about it.
    pub advice: Both,
}

/// Everything found, in the order of the text. `today` decides what has expired.
#[must_use]
pub fn lint(yaml: &str, calendars: &Calendars, today: NaiveDate) -> Vec<Finding> {
    let mut findings = match tariff::parse(yaml) {
        Ok(tariff) => of_tariff(yaml, &tariff, calendars, today),
        Err(problems) => problems.into_iter().map(parsed::finding).collect(),
    };
    fill_in_places(yaml, &mut findings);
    findings.sort_by_key(|f| {
        let place = f.place.map_or((u64::MAX, 0), |place| (place.line, place.column));
        (place, f.severity, f.code)
    });
    findings
}

fn of_tariff(yaml: &str, tariff: &Tariff, calendars: &Calendars, today: NaiveDate) -> Vec<Finding> {
    let mut findings = head::findings(tariff, calendars, today);
    let written = tariff::written_free(yaml);
    let budget = probe::BUDGET.div_euclid(tariff.versions.len().max(1));
    for (number, version) in tariff.versions.iter().enumerate() {
        let at = At { tariff, version, calendars, today, path: format!("versions[{number}]") };
        let free = written.get(number).map(Vec::as_slice).unwrap_or_default();
        findings.extend(vehicles::findings(&at));
        findings.extend(demand::findings(&at));
        let probed = probe::probe(&at, budget);
        findings.extend(reach::findings(&at, &probed, free));
        findings.extend(prices::findings(&at, &probed, free));
    }
    findings
}

/// The version that is looked at.
struct At<'t> {
    tariff: &'t Tariff,
    version: &'t tariff::Version,
    calendars: &'t Calendars,
    today: NaiveDate,
    path: String,
}

impl At<'_> {
    fn finding(&self, code: Code, path: &str, text: Both, advice: Both) -> Finding {
        let path = format!("{}.{path}", self.path);
        Finding { code, severity: code.severity(), place: None, path, text, advice }
    }
}

fn fill_in_places(yaml: &str, findings: &mut [Finding]) {
    let mut problems: Vec<Problem> = findings
        .iter()
        .map(|f| Problem { place: f.place, ..Problem::new(f.path.clone(), "") })
        .collect();
    tariff::fill_in_places(yaml, &mut problems);
    for (finding, problem) in findings.iter_mut().zip(problems) {
        finding.place = problem.place;
    }
}
