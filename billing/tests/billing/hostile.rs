//! Texts that are no tariffs: refused with a place, quickly, without a panic.

use std::fmt::Write;

use billing::DEMO_TARIFF;
use billing::tariff::{Problem, parse};

const ALL_KEYS: &str = include_str!("all_keys.yaml");

fn refused(yaml: &str) -> Vec<Problem> {
    parse(yaml).expect_err("it is no tariff")
}

/// Every problem says where, but that of a text which is not there or too long.
fn refused_with_place(yaml: &str) -> Vec<Problem> {
    let problems = refused(yaml);
    assert!(!problems.is_empty());
    for problem in &problems {
        assert!(problem.place.is_some(), "{problem:?}\n{yaml}");
    }
    problems
}

#[test]
fn every_beginning_of_a_tariff_is_read_or_refused_with_a_place() {
    for (end, _) in ALL_KEYS.char_indices().skip(1) {
        let beginning = &ALL_KEYS[..end];
        // A beginning that ends after a key may be a tariff.
        if let Err(problems) = parse(beginning) {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|p| p.place.is_some()), "{problems:?}\n{beginning}");
        }
    }
}

#[test]
fn a_tariff_with_a_sign_changed_never_panics() {
    let signs =
        ['\0', '\t', '\n', ':', '-', '[', '}', '&', '*', '!', '|', '%', '@', '9', '\u{feff}'];
    for (at, old) in ALL_KEYS.char_indices().step_by(3) {
        let sign = signs[at / 3 % signs.len()];
        let changed = format!("{}{sign}{}", &ALL_KEYS[..at], &ALL_KEYS[at + old.len_utf8()..]);
        if let Err(problems) = parse(&changed) {
            assert!(problems.iter().all(|p| !p.message.is_empty()), "{problems:?}");
        }
    }
}

#[test]
fn nesting_and_aliases_are_bounded() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let deep = format!("versions: {}{}", open.repeat(50_000), close.repeat(50_000));
        refused_with_place(&deep);
        refused_with_place(&format!("versions: {}", open.repeat(50_000)));
    }
    refused_with_place(&"- ".repeat(50_000));
    refused_with_place(&"? ".repeat(50_000));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let ten = format!("*a{}, ", i - 1).repeat(10);
        writeln!(bomb, "a{i}: &a{i} [{ten}]").expect("writing to a string");
    }
    refused_with_place(&format!("{bomb}{DEMO_TARIFF}"));
    let sources = format!("sources: *a11\n{DEMO_TARIFF}");
    refused_with_place(&format!("{bomb}{sources}"));
    refused_with_place(&DEMO_TARIFF.replacen("id: demo-baiyin-road-1", "id: *nowhere", 1));
    refused_with_place(&DEMO_TARIFF.replacen("id: demo-baiyin-road-1", "id: &a [*a]", 1));
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    for number in [
        "99999999999999999999",
        "1e400",
        "-1",
        ".inf",
        "-.inf",
        ".nan",
        "0.00000000001",
        "1.0000001",
        "''",
        "~",
        "true",
        "1,50",
        "99999999999999999999999999999999999999999999999999.5",
    ] {
        for key in ["price: 2.00", "small: 5.00"] {
            let name = key.split(' ').next().expect("a key");
            refused_with_place(&DEMO_TARIFF.replacen(key, &format!("{name} {number}"), 1));
        }
    }
    for number in ["4294967296", "-1", "1.5", "x", "9e99", "[]"] {
        let changed =
            DEMO_TARIFF.replacen("unit_minutes: 60", &format!("unit_minutes: {number}"), 1);
        refused_with_place(&changed);
        let changed = DEMO_TARIFF.replacen("version: 1", &format!("version: {number}"), 1);
        refused_with_place(&changed);
    }
    // What is large and fits is told by its key.
    for (change, key) in [
        (("unit_minutes: 60", "unit_minutes: 4294967295"), "unit_minutes"),
        (("- minutes: 30 ", "- minutes: 4294967295 "), "minutes"),
        (("lasts_minutes: 120", "lasts_minutes: 4294967280"), "lasts_minutes"),
    ] {
        let problems = refused_with_place(&DEMO_TARIFF.replacen(change.0, change.1, 1));
        assert!(problems.iter().any(|p| p.path.ends_with(key)), "{problems:?}");
    }
}

#[test]
fn a_text_of_a_megabyte_is_refused_at_once() {
    let long = format!("{DEMO_TARIFF}{}", "# a comment\n".repeat(100_000));
    assert!(long.len() > 1_000_000);
    let problems = refused(&long);
    assert!(problems[0].message.contains("at most"), "{problems:?}");
    // Within the limit: many windows, many names, many problems.
    let mut windows = String::new();
    for i in 0..2_000 {
        writeln!(windows, "      - {{ name: w{i}, from: \"07:00\", to: \"07:00\", charge: free }}")
            .expect("writing to a string");
    }
    let many = DEMO_TARIFF.replacen("    windows:\n", &format!("    windows:\n{windows}"), 1);
    refused_with_place(&many);
}

#[test]
fn a_proof_that_windows_leave_no_gap_is_bounded() {
    let mut windows = String::new();
    for i in 0..60 {
        let (month, day) = (i % 12 + 1, i % 28 + 1);
        writeln!(
            windows,
            "      - {{ name: w{i}, from: \"12:00\", to: \"11:00\", days: [\"before:holiday:h{i}\"], \
             season: {{ first: {month:02}-{day:02}, last: {month:02}-28 }}, charge: free }}"
        )
        .expect("writing to a string");
    }
    let rest = "      - { name: rest, from: \"00:00\", to: \"24:00\", charge: free }\n";
    let (head, body) = DEMO_TARIFF.split_once("    windows:\n").expect("it has windows");
    let (_, caps) = body.split_once("    caps:\n").expect("it has caps");
    assert!(caps.contains("日间"));
    let head = head.replace("time_zone:", "calendar: china\ntime_zone:");
    let yaml = format!("{head}    windows:\n{windows}{rest}");
    assert!(parse(&yaml).is_ok(), "{:?}", parse(&yaml).err());
}
