//! The tests that `docs/SENSING.md` names exist.

const DOCS: &str = include_str!("../../../docs/SENSING.md");
const TESTS: [(&str, &str); 9] = [
    ("cases", include_str!("cases.rs")),
    ("clock_cases", include_str!("clock_cases.rs")),
    ("going_on", include_str!("going_on.rs")),
    ("health", include_str!("health.rs")),
    ("numbering", include_str!("numbering.rs")),
    ("reconciling", include_str!("reconciling.rs")),
    ("reconciling_rule", include_str!("reconciling_rule.rs")),
    ("showing", include_str!("showing.rs")),
    ("state_size", include_str!("state_size.rs")),
];

/// `file::test` in backquotes.
fn named() -> Vec<(&'static str, &'static str)> {
    let quoted = DOCS.split('`').skip(1).step_by(2);
    let paths = quoted.filter_map(|text| text.split_once("::"));
    paths.filter(|(file, _)| TESTS.iter().any(|(known, _)| known == file)).collect()
}

#[test]
fn every_test_that_the_docs_name_exists() {
    assert!(named().len() > 30, "{}", named().len());
    for (file, test) in named() {
        let source = TESTS.iter().find(|(known, _)| *known == file).map_or("", |(_, text)| text);
        assert!(source.contains(&format!("fn {test}(")), "{file}::{test}");
    }
}

#[test]
fn the_docs_name_every_case() {
    for (file, source) in TESTS.iter().filter(|(file, _)| file.ends_with("cases")) {
        let tests = source.split("#[test]\nfn ").skip(1).filter_map(|text| text.split('(').next());
        for test in tests {
            assert!(DOCS.contains(&format!("`{file}::{test}`")), "{file}::{test}");
        }
    }
}
