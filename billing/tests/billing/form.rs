//! What a tariff's text must not leave open, each with the place where it is missing.

use billing::DEMO_TARIFF;
use billing::tariff::{Problem, parse};

/// The demo tariff with one thing changed.
fn check(change: (&str, &str), path: &str, message: &str) {
    assert!(DEMO_TARIFF.contains(change.0), "the demo tariff has no {}", change.0);
    let yaml = DEMO_TARIFF.replacen(change.0, change.1, 1);
    let problems = parse(&yaml).err().unwrap_or_else(|| panic!("accepted: {change:?}"));
    let fits = |p: &Problem| {
        let shown = p.to_string();
        p.path.contains(path) && shown.contains(message) && shown.starts_with("line ")
    };
    assert!(problems.iter().any(fits), "{change:?}: expected {path}: {message}, got {problems:?}");
}

#[test]
fn windows_cover_the_day_once() {
    for (change, message) in [
        (("from: \"07:00\"", "from: \"08:00\""), "no window covers 07:00 to 08:00"),
        (("from: \"07:00\"", "from: \"06:30\""), "two windows cover 06:30"),
        (("to: \"21:00\"", "to: \"20:59:30\""), "no window covers 20:59:30 to 21:00"),
        (("to: \"21:00\"", "to: \"24:00\""), "two windows cover 21:00"),
        (("to: \"07:00\"", "to: \"00:00\""), "no window covers 00:00 to 07:00"),
        (("to: \"21:00\"", "to: \"21:00\"\n        days: [workday]"), "on a "),
    ] {
        check(change, "versions[0].windows", message);
    }
}

#[test]
fn what_makes_no_sense_is_named_with_its_place() {
    for (change, path, message) in [
        (("id: demo-baiyin-road-1", "id: \"\""), "id", "empty"),
        (("Asia/Shanghai", "Asia/Baiyin"), "time_zone", "IANA"),
        (("Asia/Shanghai", "Asia/Shanghai\ncurrency: yuan"), "currency", "CNY"),
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
        (("from: \"07:00\"", "from: \"24:00\""), "windows[0].from", "24:00 is not a time"),
        (("from: \"07:00\"", "from: \"7:0\""), "windows[0].from", "7:0 is not a time"),
        (("from: \"07:00\"", "from: \"007:00\""), "windows[0].from", "not a time"),
        (("to: \"21:00\"", "to: \"21:00\"\n        days: [monday]"), "windows[0].days[0]", "mon"),
        (
            ("to: \"21:00\"", "to: \"21:00\"\n        season: { first: 02-30, last: 03-01 }"),
            "windows[0].season.first",
            "MM-DD",
        ),
        (("price: 2.00", "price: { small: 2.00 }"), "charge[0].price", "large is missing"),
        (("price: 2.00", "price: { lorry: 2.00 }"), "charge[0].price", "lorry"),
        (("price: 2.00", "price: 10000.01"), "charge[0].price", "at most"),
        (("small: 5.00", "lorry: 5.00"), "caps[0].amount", "lorry"),
        (("small: 5.00", "small: 5.001"), "caps[0].amount", "whole fen"),
        (("windows: [日间]", "windows: [白天]"), "caps[0].windows[0]", "白天"),
        (("per: window", "per: stay, visits: all"), "caps[0].visits", "over all visits"),
        (
            ("lasts_minutes: 120, unit_minutes: 120", "lasts_minutes: 120, unit_minutes: 50"),
            "charge[0].lasts_minutes",
            "whole number of units",
        ),
        (("unit_minutes: 60", "unit_minutes: 0"), "charge[1].unit_minutes", "1 to"),
        (("unit_minutes: 60", "unit_minutes: 60, per: visit"), "charge[1]", "either"),
        (
            ("unit_minutes: 60", "lasts_minutes: 60, unit_minutes: 60"),
            "charge[1].lasts_minutes",
            "last tier",
        ),
        (("lasts_minutes: 120, ", ""), "charge[0].lasts_minutes", "only the last"),
        (
            ("unit_minutes: 60", "unit_minutes: 60, tolerance_minutes: 60"),
            "charge[1].tolerance_minutes",
            "shorter than the unit",
        ),
        (
            (
                "unit_minutes: 60, price: 1.00, rounding: up",
                "unit_minutes: 7, price: 1.00, rounding: per_minute",
            ),
            "charge[1].unit_minutes",
            "divides",
        ),
        (
            ("counted_in: paid_windows     # the clock", "counted_in: all_windows # the clock"),
            "versions[0].elapsed.counted_in",
            "restarts with each window",
        ),
        (
            ("when_exceeded: lost", "when_exceeded: lost\n        earlier_visits: once"),
            "free_minutes[0].earlier_visits",
            "counted_per",
        ),
        (("      large: large\n", "      large: large\n      vip: small\n"), "exempt", "vip"),
    ] {
        let exempt = ("    free_minutes:", "    exempt: [vip]\n    free_minutes:");
        if path == "exempt" {
            let yaml = DEMO_TARIFF.replacen(change.0, change.1, 1).replacen(exempt.0, exempt.1, 1);
            let problems = parse(&yaml).expect_err("exempt and priced");
            assert!(problems.iter().any(|p| p.message.contains(message)), "{problems:?}");
            continue;
        }
        check(change, path, message);
    }
}

#[test]
fn an_hour_may_be_written_with_one_digit_and_without_quotation_marks() {
    let plain = DEMO_TARIFF.replace("\"07:00\"", "7:00").replace("\"21:00\"", "21:00");
    assert!(parse(&plain).is_ok(), "{:?}", parse(&plain).err());
}

#[test]
fn nothing_is_ignored() {
    for (change, message) in [
        (("rounding: up", "rounding: near"), "near"),
        (("restarts: each_window", "restarts: sometimes"), "sometimes"),
        (("    sign_version: demo-1\n", ""), "sign_version"),
        (("    sign_version:", "    holidays: none\n    sign_version:"), "holidays"),
        (("minutes: 30 ", "minuts: 30 "), "minuts"),
        (("price: 2.00", "price: 2.00, prize: 3"), "prize"),
        (("      small: small\n", "      small: small\n      small: large\n"), "small"),
        (("small: 5.00", "small: -5.00"), "-5"),
        (("small: 5.00", "small: 5.0000001"), "six decimals"),
        (("charge: free", "charge: gratis"), "gratis"),
        (("bowei-tariff/1", "bowei-tariff/9"), "bowei-tariff/9"),
    ] {
        check(change, "", message);
    }
    assert!(parse("").is_err());
    assert!(parse("versions: [").is_err());
    assert!(parse(&format!("{DEMO_TARIFF}{}", " ".repeat(256 * 1024))).is_err());
}

#[test]
fn every_problem_is_told_at_once_with_line_and_column() {
    let yaml = DEMO_TARIFF
        .replacen("small: 5.00", "small: 5.005", 1)
        .replacen("to: \"21:00\"", "to: \"20:00\"", 1)
        .replacen("Asia/Shanghai", "Mars/Olympus", 1);
    let line_of = |text: &str| {
        let at = yaml.lines().position(|line| line.contains(text)).expect("it is there");
        u64::try_from(at).expect("few lines") + 1
    };
    let problems = parse(&yaml).expect_err("three things are wrong");
    let told: Vec<_> =
        problems.iter().map(|p| (p.path.as_str(), p.place.map(|place| place.line))).collect();
    assert_eq!(
        told,
        [
            ("time_zone", Some(line_of("Mars"))),
            ("versions[0].windows", Some(line_of("name: 日间"))),
            ("versions[0].caps[0].amount", Some(line_of("5.005"))),
        ]
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
