//! `billing simulate` from outside: sums reckoned by hand.

use std::path::PathBuf;

use serde_json::Value;

use super::{Done, run, text};

const HEAD: &str = "format: bowei-tariff/1\nid: ID\ntitle: ID\ntime_zone: Asia/Shanghai\nversions:\n  \
    - version: 1\n    valid_from: 2026-01-01\n    authority: a\n    document: d\n    \
    superior_rule: s\n    sign_version: s\n";

/// 1.00 for each hour begun.
const PLAIN: &str = "    vehicle_classes: { small: small, large: large }\n    windows: []\n    \
    otherwise: [{ unit_minutes: 60, price: 1.00 }]\n";
/// 2.00 for the first hour begun, then 0.50.
const DEAR_START: &str = "    vehicle_classes: { small: small, large: large }\n    windows: []\n    \
    otherwise: [{ lasts_minutes: 60, unit_minutes: 60, price: 2.00 }, { unit_minutes: 60, price: 0.50 }]\n";
/// 1.00 for each hour begun, 4.00 at most over all visits within 24 hours.
const CAPPED: &str = "    vehicle_classes: { small: small, large: large }\n    windows: []\n    \
    otherwise: [{ unit_minutes: 60, price: 1.00 }]\n    \
    caps: [{ per: 24h, amount: 4.00, visits: all }]\n";

/// A folder with the tariffs `plain`, `dear` and `capped` and a table of stays.
struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    fn new(stays: &str) -> Self {
        let trial = Trial { folder: tempfile::tempdir().expect("a folder") };
        for (id, terms) in [("plain", PLAIN), ("dear", DEAR_START), ("capped", CAPPED)] {
            let yaml = format!("{}{terms}", HEAD.replace("ID", id));
            std::fs::write(trial.path(&format!("{id}.yaml")), yaml).expect("writable");
        }
        std::fs::write(trial.path("stays"), stays).expect("writable");
        trial
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, against: &str, more: &[&str]) -> Done {
        let (tariff, against) = (self.path("plain.yaml"), self.path(against));
        let what = ["simulate", "--tariff", text(&tariff), "--against", text(&against)];
        run(&[&what, more].concat())
    }

    fn json(&self, against: &str, more: &[&str]) -> (i32, Value) {
        let stays = self.path("stays");
        let done = self.run(against, &[&[text(&stays), "--json"], more].concat());
        (done.code, serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{}", done.err)))
    }
}

const THREE: &str = "\
id,vehicle,start,end,road,remark
a,small,2026-09-15T08:00,2026-09-15T09:00,North,\"x\ny\"
b,small,2026-09-15T08:30,2026-09-15T11:30,South,
c,large,2026-09-15T21:00:00,2026-09-16T03:00:00,North,
";

#[test]
fn sums_are_those_reckoned_by_hand() {
    let (code, report) = Trial::new(THREE).json("dear.yaml", &[]);
    assert_eq!(code, 0);
    // One hour: 1.00 and 2.00; three: 3.00 and 3.00; six: 6.00 and 4.50.
    let all = &report["all"];
    assert_eq!((&all["tariff"], &all["against"]), (&"10.00".into(), &"9.50".into()));
    assert_eq!((&all["difference"], &all["stays"]), (&"-0.50".into(), &3.into()));
    assert_eq!([&all["more"], &all["less"], &all["same"]], [1, 1, 1]);
    assert_eq!((&all["more_by"], &all["less_by"]), (&"1.00".into(), &"1.50".into()));
    let north = &report["by_street"][0];
    assert_eq!((&north["name"], &north["difference"]), (&"North".into(), &"-0.50".into()));
    assert_eq!(report["by_hour"][8]["stays"], 2);
    assert_eq!(report["by_hour"][21]["less"], 1);
    assert_eq!(report["by_vehicle"][0]["name"], "large");
    let percentiles = &report["difference"]["percentiles"];
    assert_eq!(
        (&percentiles[0]["percent"], &percentiles[0]["difference"]),
        (&0.into(), &"-1.50".into())
    );
    assert_eq!(
        (&percentiles[5]["percent"], &percentiles[5]["difference"]),
        (&50.into(), &"0.00".into())
    );
    assert_eq!(percentiles[10]["difference"], "1.00");
}

#[test]
fn people_read_tables_in_two_languages_and_the_rate() {
    let trial = Trial::new(THREE);
    let stays = trial.path("stays");
    for (language, told) in [("en", "pay more"), ("zh", "多付")] {
        let done = trial.run("dear.yaml", &[text(&stays), "--lang", language]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains(told) && done.out.contains("-0.50  -5.0 %"), "{}", done.out);
        assert!(
            done.err.starts_with("3 stays in ") && done.err.contains(" stays/s"),
            "{}",
            done.err
        );
    }
}

const SOME_BAD: &str = "\
vehicle,start,end
small,2026-09-15T08:00,2026-09-15T09:00
tank,2026-09-15T08:00,2026-09-15T09:00
small,2026-09-15T08:00,2026-09-15T07:00
small,2026-09-15T08:00
small,2025-09-15T08:00,2025-09-15T09:00
small,2026-09-15T08:00,
tank,2026-09-15T08:00,2026-09-15T09:00
";

#[test]
fn rows_that_cannot_be_priced_are_counted_by_reason_with_their_lines() {
    let trial = Trial::new(SOME_BAD);
    let (code, report) = trial.json("dear.yaml", &[]);
    assert_eq!((code, &report["rows"], &report["all"]["stays"]), (1, &7.into(), &1.into()));
    let found: Vec<(&str, &Value)> = report["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reason| (reason["code"].as_str().expect("a code"), &reason["first_lines"]))
        .collect();
    let expected = [
        ("class_not_in_tariff", vec![3, 8]),
        ("end_before_start", vec![4]),
        ("no_tariff_in_force", vec![6]),
        ("row_malformed", vec![5]),
        ("still_parked", vec![7]),
    ];
    let expected: Vec<(&str, Value)> =
        expected.into_iter().map(|(code, lines)| (code, lines.into())).collect();
    assert_eq!(found, expected.iter().map(|(code, lines)| (*code, lines)).collect::<Vec<_>>());
    assert_eq!(trial.json("dear.yaml", &["--bad-rows", "leave-out"]).0, 0);
    let stays = trial.path("stays");
    let done = trial.run("dear.yaml", &[text(&stays), "--bad-rows", "stop"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("line 3: ") && done.err.contains("class of vehicle"), "{}", done.err);
}

#[test]
fn an_input_that_is_no_use_is_2() {
    for (stays, told) in [
        ("", "no column start"),
        ("vehicle,start\nsmall,2026-09-15T08:00\n", "no column end"),
        ("start,end\n2026-09-15T08:00,2026-09-15T09:00\n", "--vehicle"),
        ("vehicle,start,end,start\n", "twice"),
        ("vehicle,start,end\n", "no stay could be priced"),
        ("vehicle,start,end\ntank,2026-09-15T08:00,2026-09-15T09:00\n", "no stay could be priced"),
    ] {
        let trial = Trial::new(stays);
        let path = trial.path("stays");
        let done = trial.run("dear.yaml", &[text(&path), "--bad-rows", "leave-out"]);
        assert_eq!(done.code, 2, "{stays}");
        assert!(done.err.contains(told), "{stays}\n{}", done.err);
    }
    let trial = Trial::new(THREE);
    for (stays, told) in [
        ("sqlite:no-such-folder/bowei.db", "gateway export visits"),
        ("no-such-file.csv", "no-such-file.csv"),
    ] {
        let done = trial.run("dear.yaml", &[stays]);
        assert_eq!(done.code, 2, "{stays}");
        assert!(done.err.contains(told), "{}", done.err);
    }
}

#[test]
fn stays_as_the_gateway_exports_them_are_read() {
    let stays = r#"{"bay_code":"N-1","stay_id":"1","state":"left","arrived_at":"2026-09-15T00:00:00.000Z","left_at":"2026-09-15T06:00:00.000Z","doubts":[{"from":"2026-09-15T01:00:00.000Z","to":"2026-09-15T05:00:00.000Z","reason":"silent"}]}
{"bay_code":"N-1","stay_id":"2","state":"void","arrived_at":"2026-09-15T00:00:00.000Z","left_at":"2026-09-15T06:00:00.000Z","doubts":[]}
{"bay_code":"N-2","stay_id":"3","state":"present","arrived_at":"2026-09-15T00:00:00.000Z","left_at":null,"doubts":[]}
{"id":"4","road":"East \"A\"","case":{"vehicle":"large","doubts":[],"intervals":[{"start_at":"2026-09-15T00:00:00Z","end_at":"2026-09-15T03:00:00Z"}]}}
"#;
    let (code, report) = Trial::new(stays).json("dear.yaml", &["--vehicle", "small"]);
    // Six hours less four in doubt: 2.00 and 2.50; three hours: 3.00 and 3.00.
    assert_eq!(
        (&report["all"]["tariff"], &report["all"]["against"]),
        (&"5.00".into(), &"5.50".into())
    );
    assert_eq!(code, 1, "one stay has no end");
    assert_eq!(report["by_street"][0]["name"], "East \"A\"");
    assert_eq!(report["by_street"][1]["name"], "N-1");
    let codes: Vec<&Value> = report["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reason| &reason["code"])
        .collect();
    assert_eq!(codes, ["not_a_stay", "still_parked"]);
}

#[test]
fn limits_over_several_visits_hold_where_the_vehicle_is_named() {
    let rows = "2026-09-15T08:00,2026-09-15T11:00\n2026-09-15T12:00,2026-09-15T15:00\n\
                2026-09-17T12:00,2026-09-17T15:00\n";
    let with = |before: &str, header: &str| {
        let rows: String = rows.lines().map(|row| format!("{before}{row}\n")).collect();
        Trial::new(&format!("{header}\n{rows}")).json("capped.yaml", &[]).1
    };
    let named = with("A,small,", "vehicle_id,vehicle,start,end");
    // 3.00, then 1.00 up to the cap of 4.00, then, a day later, 3.00 again.
    assert_eq!(
        (&named["all"]["tariff"], &named["all"]["against"]),
        (&"9.00".into(), &"7.00".into())
    );
    assert_eq!(named["priced_alone"], 0);
    let unnamed = with("small,", "vehicle,start,end");
    assert_eq!(unnamed["all"]["against"], "9.00");
    assert_eq!(unnamed["priced_alone"], 3);
}

#[test]
fn a_class_follows_from_the_plate_by_each_tariff() {
    let stays = "plate_colour,start,end\nyellow,2026-09-15T08:00,2026-09-15T09:00\n\
                 pink,2026-09-15T08:00,2026-09-15T09:00\n";
    let (_, report) = Trial::new(stays).json("dear.yaml", &[]);
    assert_eq!(report["by_vehicle"][0]["name"], "large");
    assert_eq!(report["left_out"][0]["code"], "plate_colour_unknown");
}

#[test]
fn made_up_stays_are_the_same_for_the_same_seed_and_any_number_of_threads() {
    let trial = Trial::new("");
    let report = |more: &[&str]| {
        let done = trial.run("dear.yaml", &[&["--json", "--generate", "20000"], more].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        let mut report: Value = serde_json::from_str(&done.out).expect("it is JSON");
        report["elapsed_ms"] = Value::Null;
        report
    };
    let (one, two) = (report(&["--threads", "1"]), report(&["--threads", "2"]));
    assert_eq!(one, two);
    assert_ne!(one, report(&["--seed", "2"]));
    assert_eq!(one["all"]["stays"], 20_000);
    // What is written is in order, and is itself a table of stays.
    let out = trial.path("out.csv");
    assert_eq!(report(&["--out", text(&out)]), one);
    let table = std::fs::read_to_string(&out).expect("it was written");
    let lines: Vec<u64> = table
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().and_then(|line| line.parse().ok()).expect("a number"))
        .collect();
    assert!(lines.len() == 20_000 && lines.is_sorted());
    let again = trial.run("dear.yaml", &[text(&out), "--json"]);
    let again: Value = serde_json::from_str(&again.out).expect("it is JSON");
    assert_eq!(again["all"], one["all"]);
    assert_eq!(again["by_hour"], one["by_hour"]);
}
