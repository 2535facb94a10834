//! `billing lint`: what is wrong, doubtful or surprising in tariff files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::Calendars;
use billing::lint::{Finding, Severity, lint as lint_text};
use billing::plain_words::Both;
use chrono::NaiveDate;
use clap::ValueEnum;
use output::{out, outln};
use serde_json::{Value, json};

use crate::input::{Wrong, calendars, read, today};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tariff files, and folders whose *.yaml files are tariffs
    #[arg(required = true, value_name = "FILE|DIR")]
    tariffs: Vec<PathBuf>,
    /// The day that decides what has expired, YYYY-MM-DD; without it, today in Beijing
    #[arg(long)]
    today: Option<NaiveDate>,
    /// Folder of calendars that replace the program's own
    #[arg(long)]
    calendars: Option<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
    /// Do not show notes
    #[arg(long)]
    no_notes: bool,
    /// Languages of the findings
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// For programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// Chinese, then English
    #[default]
    Both,
    /// Chinese
    Zh,
    /// English
    En,
}

/// Exit code 0: no error; 1: errors (or warnings, if denied); 2: a file cannot be read.
pub(crate) fn lint(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let calendars = calendars(arguments.calendars.as_deref())?;
    let today = arguments.today.unwrap_or_else(|| today(chrono_tz::Asia::Shanghai));
    let files = files(&arguments.tariffs)?;
    let mut all = Vec::new();
    for file in &files {
        all.extend(of_file(arguments, file, &calendars, today)?);
    }
    if arguments.json {
        outln!("{:#}", json!({ "today": today, "files": files.len(), "findings": all_json(&all) }));
    } else {
        all.iter()
            .for_each(|(file, finding)| out!("{}", finding_text(arguments.lang, file, finding)));
        outln!("{}", summary(&files, &all));
    }
    let grave = |f: &Finding| {
        f.severity == Severity::Error || arguments.deny_warnings && f.severity == Severity::Warning
    };
    Ok(ExitCode::from(u8::from(all.iter().any(|(_, finding)| grave(finding)))))
}

/// The files named, and the tariffs of the folders named, in order of name.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Wrong> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let wrong = |error| format!("{}: {error}", path.display());
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(wrong)? {
            let file = entry.map_err(wrong)?.path();
            if file.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            return Err(format!("{}: no *.yaml files", path.display()));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

type Found = (PathBuf, Finding);

fn of_file(
    arguments: &Arguments,
    file: &Path,
    calendars: &Calendars,
    today: NaiveDate,
) -> Result<Vec<Found>, Wrong> {
    let mut findings = lint_text(&read(file)?, calendars, today);
    findings.retain(|f| !(arguments.no_notes && f.severity == Severity::Note));
    Ok(findings.into_iter().map(|finding| (file.to_owned(), finding)).collect())
}

/// `file:12:9: error code: what was found`, and below what to do.
fn finding_text(lang: Lang, file: &Path, finding: &Finding) -> String {
    let place = finding.place.map_or(String::new(), |p| format!("{}:{}:", p.line, p.column));
    let code = finding.code.name();
    let severity = match (lang, finding.severity) {
        (Lang::En, severity) => severity.name(),
        (_, Severity::Error) => "错误",
        (_, Severity::Warning) => "警告",
        (_, Severity::Note) => "提示",
    };
    let mut text = format!("{}:{place} {severity} {code}\n", file.display());
    let mut say = |of: fn(&Both) -> &str| {
        for both in [&finding.text, &finding.advice] {
            text.push_str(&format!("    {}\n", of(both)));
        }
    };
    if lang != Lang::En {
        say(|both| &both.chinese);
    }
    if lang != Lang::Zh {
        say(|both| &both.english);
    }
    text
}

fn summary(files: &[PathBuf], all: &[Found]) -> String {
    let count = |severity| all.iter().filter(|(_, f)| f.severity == severity).count();
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    format!("{} files: {errors} errors, {warnings} warnings, {notes} notes", files.len())
}

fn all_json(all: &[Found]) -> Vec<Value> {
    let both = |both: &Both| json!({ "zh": both.chinese, "en": both.english });
    let json = |(file, finding): &Found| {
        json!({
            "file": file.display().to_string(),
            "line": finding.place.map(|place| place.line),
            "column": finding.place.map(|place| place.column),
            "path": finding.path,
            "code": finding.code.name(),
            "severity": finding.severity.name(),
            "text": both(&finding.text),
            "advice": both(&finding.advice),
        })
    };
    all.iter().map(json).collect()
}
