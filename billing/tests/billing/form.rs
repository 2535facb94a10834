//! What a tariff's text must not leave open, each with the place where it is missing.

use billing::DEMO_TARIFF;
use billing::tariff::{Problem, parse};

/// The demo tariff with one thing changed.
fn check(change: (&str, &str), path: &str, message: &str) {
    assert!(DEMO_TARIFF.contains(change.0), "the demo tariff has no {}", change.0);
    let yaml = DEMO_TARIFF.replacen(change.0, change.1, 1);
    let problems = parse(&yaml).err().unwrap_or_else(|| panic!("accepted: {change:?}"));
    let fits = |p: &Problem| p.path.contains(path) && p.message.contains(message);
    assert!(problems.iter().any(fits), "{change:?}: expected {path}: {message}, got {problems:?}");
}

#[test]
fn windows_cover_the_day_once() {
    for (change, message) in [
        (("from: \"07:00\"", "from: \"08:00\""), "no window covers 07:00 to 08:00"),
        (("from: \"07:00\"", "from: \"06:30\""), "two windows cover 06:30"),
        (("to: \"21:00\"", "to: \"20:00\""), "no window covers 20:00 to 21:00"),
        (("to: \"21:00\"", "to: \"24:00\""), "two windows cover 21:00"),
        (("to: \"07:00\"", "to: \"00:00\""), "no window covers 00:00 to 07:00"),
        (
            ("from: \"21:00\"\n        to: \"07:00\"", "from: \"21:00\"\n        to: \"24:00\""),
            "no window covers 00:00 to 07:00",
        ),
    ] {
        check(change, "versions[0].windows", message);
    }
}

#[test]
fn what_makes_no_sense_is_named_with_its_place() {
    for (change, path, message) in [
        (("id: demo-baiyin-road-1", "id: \"\""), "id", "empty"),
        (("Asia/Shanghai", "Asia/Baiyin"), "time_zone", "IANA"),
        (("authority: 无（", "authority: \"\" # （"), "versions[0].authority", "empty"),
        (("\"2026-01-01\"", "\"2026-02-30\""), "versions[0].valid_from", "YYYY-MM-DD"),
        (("\"2026-01-01\"", "\"1999-12-31\""), "versions[0].valid_from", "2000"),
        (
            ("\"2026-01-01\"", "\"2026-01-01\"\n    valid_to: \"2026-01-01\""),
            "versions[0].valid_to",
            "later than valid_from",
        ),
        (("to: \"21:00\"", "to: \"07:00\""), "windows[0].to", "the same"),
        (("to: \"21:00\"", "to: \"24:01\""), "windows[0].to", "not a time"),
        (("to: \"21:00\"", "to: \"9pm\""), "windows[0].to", "not a time"),
        (("from: \"07:00\"", "from: \"24:00\""), "windows[0].from", "not a time"),
        (("large: large", "large: lorry"), "windows[0].rates.lorry", "missing"),
        (
            ("      large: large\n      new_energy_large: large\n", ""),
            "windows[0].rates.large",
            "no vehicle class",
        ),
        (("cap_fen: 500", "cap_fen: -1"), "windows[0].rates.small.cap_fen", "fen"),
        (
            ("unit_price_fen: 200", "unit_price_fen: 1000001"),
            "windows[0].rates.small.tiers[0].unit_price_fen",
            "fen",
        ),
        (
            ("lasts_minutes: 120, unit_minutes: 120", "lasts_minutes: 120, unit_minutes: 50"),
            "rates.small.tiers[0].lasts_minutes",
            "whole number of units",
        ),
        (("unit_minutes: 60", "unit_minutes: 0"), "tiers[1].unit_minutes", "1 to"),
        (
            ("unit_minutes: 60", "lasts_minutes: 60, unit_minutes: 60"),
            "tiers[1].lasts_minutes",
            "last tier",
        ),
        (("lasts_minutes: 120, ", ""), "tiers[0].lasts_minutes", "only the last"),
        (("minutes: 30 ", "minutes: 0 "), "free_minutes.minutes", "1 to"),
        (
            ("counted_in: paid_windows   # the clock", "counted_in: all_windows # the clock"),
            "versions[0].elapsed.counted_in",
            "restarts with each window",
        ),
        (("charge: free", "charge: free\n        rates: {}"), "windows[1].rates", "has no rates"),
        (("charge: free", "charge: priced"), "windows[1].rates", "needs rates"),
        (
            ("    windows:", "    day_cap_fen: { lorry: 5 }\n    windows:"),
            "day_cap_fen.lorry",
            "no vehicle class",
        ),
    ] {
        check(change, path, message);
    }
    let per_window = DEMO_TARIFF.replacen("counted_per: stay", "counted_per: window", 1).replacen(
        "paid_windows   # free night",
        "all_windows # free night",
        1,
    );
    let problems = parse(&per_window).expect_err("free minutes per window count paid time");
    assert_eq!(problems[0].path, "versions[0].free_minutes.counted_in");
}

#[test]
fn nothing_is_guessed_and_nothing_is_ignored() {
    for (change, message) in [
        (("when_exceeded: lost", ""), "when_exceeded"),
        (("counted_per: stay ", "#"), "counted_per"),
        (("restarts: each_window", ""), "restarts"),
        (("version_change: arrival_version_holds", ""), "version_change"),
        (("rounding: up", "rounding: near"), "near"),
        (("    sign_version: demo-1\n", ""), "sign_version"),
        (("    sign_version:", "    holidays: none\n    sign_version:"), "holidays"),
        (("      small: small\n", "      small: small\n      bicycle: small\n"), "bicycle"),
        (("      small: small\n", "      small: small\n      small: large\n"), "small"),
        (("cap_fen: 500", "cap_fen: 5.5"), ""),
        (("bowei-tariff/1", "bowei-tariff/9"), "bowei-tariff/9"),
    ] {
        check(change, "line ", message);
    }
    assert!(parse("").is_err());
    assert!(parse("versions: [").is_err());
    assert!(parse(&format!("{DEMO_TARIFF}{}", " ".repeat(256 * 1024))).is_err());
}

#[test]
fn every_problem_is_told_at_once() {
    let yaml = DEMO_TARIFF
        .replacen("cap_fen: 500", "cap_fen: -1", 1)
        .replacen("to: \"21:00\"", "to: \"20:00\"", 1)
        .replacen("Asia/Shanghai", "Mars/Olympus", 1);
    let problems = parse(&yaml).expect_err("three things are wrong");
    let told: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(
        told,
        ["time_zone", "versions[0].windows[0].rates.small.cap_fen", "versions[0].windows"]
    );
}

#[test]
fn versions_follow_one_another() {
    let (head, body) = DEMO_TARIFF.split_once("versions:\n").expect("the demo has versions");
    let two = |number: &str, validity: &str| {
        let second = body.replacen("version: 1", number, 1).replacen(
            "valid_from: \"2026-01-01\"",
            validity,
            1,
        );
        let first = body.replacen(
            "valid_from: \"2026-01-01\"",
            "valid_from: \"2026-01-01\"\n    valid_to: \"2027-01-01\"",
            1,
        );
        parse(&format!("{head}versions:\n{first}{second}"))
    };
    for (number, validity, path) in [
        ("version: 2", "valid_from: \"2027-01-01\"", None),
        ("version: 2", "valid_from: \"2027-03-01\"", None),
        ("version: 2", "valid_from: \"2026-12-31\"", Some("versions[1].valid_from")),
        ("version: 1", "valid_from: \"2027-01-01\"", Some("versions[1].version")),
    ] {
        let path_found = two(number, validity).err().map(|p| p[0].path.clone());
        assert_eq!(path_found.as_deref(), path, "{number} {validity}");
    }
}
