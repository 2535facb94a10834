//! The linter finds what was seeded, where it was seeded, and nothing else.
//!
//! Each file of `lint/` has one fault, marked on its line by `# finds CODE`; what follows from it is
//! marked, too.
#![allow(clippy::disallowed_methods, reason = "a test reads the files that it is about")]

use std::collections::BTreeSet;

use billing::Calendars;
use billing::lint::{Code, Finding, Severity, lint};
use chrono::NaiveDate;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day")
}

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), text)
        })
        .collect();
    files.sort();
    files
}

fn lines(findings: &[Finding]) -> Vec<(u64, &'static str)> {
    findings.iter().map(|f| (f.place.map_or(0, |p| p.line), f.code.name())).collect()
}

#[test]
fn each_seeded_fault_is_found_at_its_line_and_nothing_else_is() {
    let mut seeded = BTreeSet::new();
    for (name, text) in files("tests/billing/lint") {
        let mut expected: Vec<(u64, &str)> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let Some((_, codes)) = line.split_once("# finds ") else { continue };
            expected.extend(codes.split(", ").map(|code| (number, code)));
        }
        let findings = lint(&text, Calendars::built_in(), today());
        assert_eq!(lines(&findings), expected, "{name}: {findings:#?}");
        seeded.extend(expected.into_iter().map(|(_, code)| code.to_owned()));
    }
    let all: BTreeSet<String> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    assert_eq!(seeded, all, "every code has a seeded fault");
}

#[test]
fn the_document_has_every_code() {
    let document = include_str!("../../../docs/TARIFFS.md");
    for code in Code::ALL {
        assert!(document.contains(&format!("`{}`", code.name())), "{}", code.name());
    }
}

#[test]
fn the_library_has_no_errors() {
    for (name, text) in files("tariffs") {
        let findings = lint(&text, Calendars::built_in(), today());
        let errors: Vec<&Finding> =
            findings.iter().filter(|f| f.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert!(findings.iter().all(|f| f.place.is_some()), "{name}: {findings:#?}");
    }
}

#[test]
fn the_same_text_gives_the_same_findings() {
    for (name, text) in files("tariffs").into_iter().take(3) {
        let findings = lint(&text, Calendars::built_in(), today());
        assert_eq!(findings, lint(&text, Calendars::built_in(), today()), "{name}");
    }
}
