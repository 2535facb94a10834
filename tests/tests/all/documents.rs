//! What the documents show is true: commands are known to the programs, examples are accepted or
//! refused as they say, links lead somewhere.

use std::path::{Path, PathBuf};

use sensing::{DeviceProfile, read_message};
use serde_json::Value;
use uuid::Uuid;
use vocabulary::{DeviceId, Timestamp};

use crate::harness::programs::{repository, run, succeed, text};

/// A fenced block: its label and what stands in it.
struct Block {
    file: PathBuf,
    label: String,
    content: String,
}

fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md"].map(|name| repository().join(name)).to_vec();
    let mut folders = vec![repository().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "md") {
                found.push(entry);
            }
        }
    }
    found
}

fn blocks(file: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(file).unwrap();
    let fenced = text.split("\n```").skip(1).step_by(2);
    fenced
        .filter_map(|part| part.split_once('\n'))
        .map(|(label, content)| Block {
            file: file.to_owned(),
            label: label.trim().to_owned(),
            content: content.to_owned(),
        })
        .collect()
}

/// The words of a command line, without what a shell does to it.
fn words(line: &str) -> Vec<&str> {
    let command = line.split(" #").next().unwrap_or_default();
    let command = command.split(['|', '>', '<']).next().unwrap_or_default();
    let mut quote = None;
    let between = |c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        quote.is_none() && c.is_whitespace()
    };
    let words = command.split(between).filter(|word| !word.is_empty());
    words.map(|word| word.trim_matches(['"', '\''])).collect()
}

fn check_command(block: &Block, line: &str) -> bool {
    let words = words(line);
    let place = || format!("{}: {line}", block.file.display());
    match words.as_slice() {
        [program @ ("gateway" | "firmware-sim" | "sandbox"), arguments @ ..] => {
            // `--help` makes the program read the line, and do nothing.
            let asked = [arguments, &["--help"]].concat();
            let output = run(program, &asked);
            assert!(output.status.success(), "{}\n{}", place(), text(&output.stderr));
            true
        }
        ["make", target, ..] => {
            let mut make = std::process::Command::new("make");
            succeed(make.args(["--dry-run", target]).current_dir(repository()));
            true
        }
        _ => false,
    }
}

#[test]
fn every_command_in_the_documents_is_known_to_its_program() {
    let all: Vec<Block> = documents().iter().flat_map(|file| blocks(file)).collect();
    let shell = all.iter().filter(|block| block.label == "sh");
    let checked = shell
        .flat_map(|block| block.content.lines().map(move |line| (block, line.trim())))
        .filter(|(block, line)| check_command(block, line))
        .count();
    assert!(checked >= 15, "only {checked} commands were found in the documents");
}

#[test]
fn every_frame_decoded_in_the_documents_is_decoded_as_shown() {
    let protocol = blocks(&repository().join("docs/PROTOCOL.md"));
    let pairs: Vec<_> =
        protocol.windows(2).filter(|pair| pair[1].label == "json decoded").collect();
    assert!(!pairs.is_empty());
    for pair in pairs {
        let line = pair[0].content.lines().last().unwrap();
        let output = run("gateway", &words(line)[1..]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown: Value = serde_json::from_str(&pair[1].content).unwrap();
        assert_eq!(said, shown, "{line}");
    }
}

#[test]
fn every_native_example_is_accepted_or_refused_as_the_protocol_says() {
    let known = |_, key: &str| {
        (key == "street-1").then(|| DeviceProfile {
            device: DeviceId(Uuid::from_u128(1)),
            device_type: "native".into(),
            firmware: None,
            occupied_below_mm: None,
            mac_key: None,
        })
    };
    let now = Timestamp::parse("2026-09-15T00:10:00Z").unwrap();
    let schema: Value = serde_json::from_str(
        &std::fs::read_to_string(repository().join("docs/schema/native-reading.schema.json"))
            .unwrap(),
    )
    .unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for block in blocks(&repository().join("docs/PROTOCOL.md")) {
        let read = || read_message("bowei/v1/street-1/up", block.content.as_bytes(), now, &known);
        let example = || serde_json::from_str::<Value>(&block.content).unwrap();
        if block.label == "json" {
            let heard = read().unwrap_or_else(|e| panic!("{}\n{e}", block.content));
            assert!(!heard.readings().is_empty());
            assert!(schema.is_valid(&example()), "the schema refuses\n{}", block.content);
            accepted += 1;
        } else if let Some(code) = block.label.strip_prefix("json refused=") {
            let why = read().expect_err(&block.content);
            assert_eq!(why.reason.code(), code, "{}", block.content);
            assert!(!schema.is_valid(&example()), "the schema accepts\n{}", block.content);
            refused += 1;
        }
    }
    assert!(accepted >= 4 && refused >= 5, "{accepted} accepted, {refused} refused");
}

#[test]
fn every_word_to_a_device_is_one_that_the_schema_knows() {
    let schema = repository().join("docs/schema/native-down.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut shown = 0;
    for block in blocks(&repository().join("docs/PROTOCOL.md")) {
        if block.label == "json down" {
            let word: Value = serde_json::from_str(&block.content).unwrap();
            assert!(schema.is_valid(&word), "{}", block.content);
            shown += 1;
        }
    }
    assert!(shown >= 4, "{shown} words to devices are shown");
    for wrong in [
        r#"{"stored": {"boot_id": "a"}}"#,
        r#"{"stored": {"up_to": 3}}"#,
        r#"{"stored": {"boot_id": "a", "ranges": []}}"#,
        r#"{"stored": {"boot_id": "a", "ranges": [[3]]}}"#,
        r#"{"stored": {"boot_id": "a", "up_to": -1}}"#,
        "{}",
    ] {
        assert!(!schema.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
    }
}

#[test]
fn every_link_in_the_documents_leads_to_a_file() {
    let mut checked = 0;
    for file in documents() {
        let text = std::fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let folder = file.parent().unwrap();
            assert!(folder.join(path).exists(), "{}: {target}", file.display());
            checked += 1;
        }
    }
    assert!(checked >= 10, "only {checked} links were found");
}
