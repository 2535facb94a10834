//! The tariff library: every file is read, says where it was found and what is uncertain, is listed
//! in the library's README, and costs what its table says.

use std::path::PathBuf;

use billing::tariff::{Tariff, parse};
use serde_json::Value;

use super::{library, run, text};

/// Files that show something and are no published tariff.
const EXAMPLES: [&str; 3] = ["demo-baiyin-road-1", "melbourne-example", "shenzhen-hours"];

/// Stem, path, text.
fn files() -> Vec<(String, PathBuf, String)> {
    let entries = std::fs::read_dir(library()).expect("the library is there");
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let stem = path.file_stem().and_then(|s| s.to_str()).expect("a name in UTF-8");
            let yaml = std::fs::read_to_string(&path).expect("the file is readable");
            files.push((stem.to_owned(), path.clone(), yaml));
        }
    }
    files
}

fn published() -> impl Iterator<Item = (String, PathBuf, String)> {
    files().into_iter().filter(|(stem, ..)| !EXAMPLES.contains(&stem.as_str()))
}

fn tariff(stem: &str, yaml: &str) -> Tariff {
    parse(yaml).unwrap_or_else(|problems| panic!("{stem}: {problems:?}"))
}

#[test]
fn every_tariff_of_the_library_agrees_with_its_table() {
    let library = library();
    for (stem, path, _) in files() {
        let cases = path.with_extension("cases.csv");
        if stem == "demo-baiyin-road-1" {
            assert!(!cases.exists(), "the demo tariff has tests of its own");
            continue;
        }
        let done = run(&["check", "--tariffs", text(&library), text(&cases)]);
        assert_eq!(done.code, 0, "{}:\n{}{}", cases.display(), done.out, done.err);
        let rows = done.out.strip_suffix(" rows, 0 differ, 0 cannot be priced\n");
        let rows: u32 = rows.and_then(|rows| rows.parse().ok()).expect("it says how many rows");
        assert!(rows >= 7, "{stem}: {rows} rows");
    }
}

#[test]
fn every_published_tariff_says_where_it_was_found_and_what_is_uncertain() {
    let list = std::fs::read_to_string(library().join("README.md")).expect("there is a list");
    let mut tariffs = 0;
    for (stem, _, yaml) in published() {
        let tariff = tariff(&stem, &yaml);
        assert_eq!(tariff.id, stem, "a file is named after its tariff");
        assert!(!tariff.sources.is_empty(), "{stem} has no source");
        assert!(!tariff.uncertain.is_empty(), "{stem} is certain of everything");
        assert!(list.contains(&format!("[{stem}]({stem}.yaml)")), "{stem} is not in the list");
        tariffs += 1;
    }
    assert!(tariffs >= 40, "the library has {tariffs} published tariffs");
}

#[test]
fn every_class_and_street_of_a_published_tariff_has_a_row() {
    for (stem, path, yaml) in published() {
        let cases = std::fs::read_to_string(path.with_extension("cases.csv")).expect("a table");
        let tariff = tariff(&stem, &yaml);
        let newest = tariff.versions.last().expect("a tariff has a version");
        for street in &newest.streets {
            assert!(cases.contains(&format!("{stem}/{street},")), "{stem}: no row for {street}");
        }
        let paying = newest.vehicle_classes.iter().filter(|class| !newest.exempt.contains(class));
        for class in paying {
            assert!(cases.contains(&format!(",{class},")), "{stem}: no row for {class}");
        }
    }
}

#[test]
fn the_schema_takes_every_tariff_of_the_library() {
    let schema = include_str!("../../../docs/schema/tariff.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    for (stem, _, yaml) in files() {
        let value: Value = serde_saphyr::from_str(&yaml).expect("YAML");
        let why: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(why.is_empty(), "{stem}: {why:?}");
    }
}
