//! `billing quote`: what it takes, what it shows, and what it refuses.

use crate::files::{folder, hourly};
use crate::{library, run, text};

#[test]
fn a_quote_takes_everything_that_a_tariff_asks() {
    let terms = "    windows:\n      \
        - { name: 日, from: \"08:00\", to: \"20:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n    \
        otherwise: free\n    streets: [a, b]\n    bays: each_pays\n    grace_to_leave_minutes: 15\n    \
        caps: [{ per: 24h, amount: 10.00, visits: all }]\n    passes: [{ name: 月票 }]\n    \
        demand: { windows: [日], step: 0.50, lowest: 1.00, highest: 4.00, bands: [{ steps: 1 }], least_days_between_changes: 1 }\n";
    let folder = folder(&[("t.yaml", &hourly("Asia/Shanghai", terms))]);
    let tariff = folder.path().join("t.yaml");
    let quote = |more: &[&str]| {
        let head = ["quote", "--json", "--tariff", text(&tariff), "--vehicle", "small"];
        let stay = ["--from", "2026-09-15T09:00", "--to", "2026-09-15T11:30"];
        let done = run(&[&head[..], &stay[..], more].concat());
        let answer: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
        (done.code, answer)
    };
    for (more, total) in [
        (&[][..], "6.00"),
        (&["--street", "b"], "6.00"),
        (&["--bays", "2"], "12.00"),
        (&["--doubt", "2026-09-15T09:00/2026-09-15T10:00"], "4.00"),
        (&["--earlier", "2026-09-14T12:00/2026-09-14T16:00"], "2.00"), // 8 of the 10 are used
        (&["--pass", "月票"], "0.00"),
        (&["--paid-at", "2026-09-15T11:20"], "6.00"),
        (&["--paid-at", "2026-09-15T11:00"], "6.00"), // half an hour ago
        (&["--bought-minutes", "240", "--street", "a"], "8.00"),
        (&["--level", "1"], "7.50"),
        (&["--level", "-1"], "4.50"),
    ] {
        let (code, answer) = quote(more);
        assert_eq!((code, &answer["total"]), (0, &total.into()), "{more:?} {answer}");
    }
    let (_, answer) = quote(&["--street", "a"]);
    assert_eq!(answer["street"], "a");
    assert_eq!(answer["from"], "2026-09-15T01:00:00.000Z");
    assert_eq!((&answer["currency"], &answer["charged_minutes"]), (&"CNY".into(), &150.into()));
    assert_eq!(answer["time_zone"], "Asia/Shanghai");
    for (more, code, message) in [
        (&["--street", "c"][..], "street_not_in_tariff", "c is none of a, b"),
        (&["--pass", "年票"], "pass_not_in_tariff", "月票"),
        (&["--doubt", "2026-09-15T09:00"], "time_malformed", "START/END"),
        (&["--bays", "0"], "no_bay", "at least one"),
        (&["--earlier", "2026-09-15T09:30/2026-09-15T10:00"], "earlier_disordered", "order"),
    ] {
        let (exit, answer) = quote(more);
        let error = &answer["error"];
        let told = error["message"].as_str().expect("a message");
        assert_eq!((exit, &error["code"]), (2, &code.into()), "{more:?} {answer}");
        assert!(told.contains(message), "{more:?} {answer}");
    }
}

#[test]
fn a_refusal_says_what_would_have_been_taken() {
    let tariff = library().join("shenzhen-hours.yaml");
    let quote = |vehicle: &str, from: &str, to: &str| {
        let head = ["quote", "--tariff", text(&tariff), "--vehicle", vehicle];
        let done = run(&[&head[..], &["--from", from, "--to", to]].concat());
        assert_eq!(done.code, 2);
        done.err
    };
    for (told, message) in [
        (
            quote("tank", "2026-09-15T08:00", "2026-09-15T09:00"),
            "tank is none of new_energy_small, small",
        ),
        (quote("small", "2020-09-15T08:00", "2020-09-15T09:00"), "version 1 from 2023-01-01"),
        (quote("small", "2031-09-15T08:00", "2031-09-15T09:00"), "not 2031; put a newer calendar"),
        (quote("small", "2026-09-15T09:00", "2026-09-15T08:00"), "end_before_start"),
        (quote("small", "2026-09-15", "2026-09-15T08:00"), "YYYY-MM-DDTHH:MM"),
    ] {
        assert!(told.contains(message), "{told}");
    }
}

#[test]
fn a_quote_shows_every_line() {
    let tariff = library().join("hefei-2017.yaml");
    let stay = ["--vehicle", "small", "--from", "2017-09-15T08:00", "--to", "2017-09-15T10:00"];
    let quote = [&["quote", "--tariff", text(&tariff)], &stay[..]].concat();
    let done = run(&[&quote[..], &["--language", "en"]].concat());
    assert_eq!(
        (done.code, done.out.as_str()),
        (
            0,
            "  2017-09-15 08:00–08:30 tier 1: 1 × 30 min at 6.00 yuan = 6.00 yuan\n  \
             2017-09-15 08:30–10:00 tier 2: 3 × 30 min at 4.00 yuan = 12.00 yuan\n  \
             total 18.00 CNY\n"
        )
    );
    let done = run(&[&quote[..], &["--json"]].concat());
    let bill: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!((done.code, &bill["total"]), (0, &"18.00".into()));
    let done = run(&[
        "quote",
        "--tariff",
        "no-such-file.yaml",
        "--vehicle",
        "a",
        "--from",
        "b",
        "--to",
        "c",
    ]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("no-such-file.yaml"));
}
