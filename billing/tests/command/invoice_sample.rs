//! `billing invoice sample`: the same for the same seed, of every kind, and read by the library.

use std::collections::BTreeMap;
use std::path::Path;

use billing::invoice::read_document;

use super::{run, text};

/// Names and texts of a folder's files.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("the folder was made");
    entries
        .map(|entry| {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            (name, std::fs::read_to_string(entry.path()).expect("text in UTF-8"))
        })
        .collect()
}

fn sample(seed: &str, more: &[&str]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("made/here");
    let arguments = ["invoice", "sample", "--seed", seed, "--out", text(&out)];
    let done = run(&[&arguments[..], more].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    files(&out)
}

#[test]
fn a_seed_always_makes_the_same_documents_and_the_library_reads_them() {
    let made = sample("7", &["--count", "70", "--ubl", "--xml"]);
    assert_eq!(made, sample("7", &["--count", "70", "--ubl", "--xml"]));
    assert_ne!(made, sample("8", &["--count", "70", "--ubl", "--xml"]));
    let (mut kinds, mut most_lines) = (BTreeMap::new(), 0);
    for (name, json) in made.iter().filter(|(name, _)| name.ends_with(".json")) {
        let document = read_document(json).unwrap_or_else(|p| panic!("{name}: {p:?}\n{json}"));
        assert!(name.contains(document.kind().name()), "{name}");
        *kinds.entry(document.kind().name()).or_insert(0) += 1;
        most_lines = most_lines.max(json.matches("\"order\"").count());
    }
    assert!(kinds.len() == 7 && kinds.values().all(|count| *count == 10), "{kinds:?}");
    assert!(most_lines > 20, "the longest has {most_lines}");
    // Of seven kinds, four have UBL and two have XML.
    let count = |end: &str| made.keys().filter(|name| name.ends_with(end)).count();
    assert_eq!((count(".ubl.xml"), count("fapiao.xml")), (40, 20));
}

#[test]
fn kinds_are_picked_and_unknown_ones_refused() {
    let made = sample("1", &["--count", "4", "--kinds", "receipt,red_fapiao"]);
    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "00001-receipt.json",
            "00002-red_fapiao.json",
            "00003-receipt.json",
            "00004-red_fapiao.json"
        ]
    );
    let done = run(&["invoice", "sample", "--kinds", "fapiao", "--out", "/nowhere"]);
    assert!(done.code == 2 && done.err.contains("blue_fapiao"), "{}", done.err);
}
