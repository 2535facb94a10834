//! The command line from outside: exit codes and what it prints.
#![allow(clippy::disallowed_methods, reason = "the tests of a program read and write files")]

mod library;

mod sign_and_lint;

use std::path::{Path, PathBuf};
use std::process::Command;

struct Done {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_billing"))
        .args(arguments)
        .env("TZ", "America/Los_Angeles") // the machine's zone must not matter
        .output()
        .expect("the program was built with the tests");
    Done {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("it prints UTF-8"),
        err: String::from_utf8(output.stderr).expect("it prints UTF-8"),
    }
}

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tariffs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Checks rows against the library; the folder is removed with the returned value.
fn check(rows: &str, more: &[&str]) -> Done {
    let folder = tempfile::tempdir().expect("a folder for the table");
    let table = folder.path().join("cases.csv");
    std::fs::write(&table, rows).expect("the folder is writable");
    let library = library();
    let arguments = ["check", "--tariffs", text(&library), text(&table)];
    run(&[&arguments[..], more].concat())
}

const HEADER: &str = "tariff,vehicle,start,end,expected\n";

#[test]
fn a_table_that_agrees_is_0_one_that_differs_1_and_one_that_is_wrong_2() {
    let right = "hefei-2017,small,2017-09-15T08:00,2017-09-15T08:30,6.00\n";
    let other = "hefei-2017,small,2017-09-15T08:00,2017-09-15T08:30,7.00\n";
    for (rows, code, told) in [
        (format!("{HEADER}{right}"), 0, "1 rows, 0 differ"),
        (
            "\u{feff}end,start,remark,expected,vehicle,tariff\n\
             2017-09-15T08:30,2017-09-15T08:00,x,6.00,small,hefei-2017\n"
                .to_owned(),
            0,
            "1 rows, 0 differ",
        ),
        (
            format!("{HEADER}{right}{other}"),
            1,
            "line 3: hefei-2017 small 2017-09-15T08:00 to 2017-09-15T08:30: expected 7.00, found 6.00",
        ),
        (format!("{HEADER}{other}"), 1, "首半小时"),
        (
            format!("{HEADER}{other}nowhere,small,2017-09-15T08:00,2017-09-15T08:30,6.00\n"),
            2,
            "no tariff nowhere.yaml",
        ),
        (
            format!("{HEADER}hefei-2017,tank,2017-09-15T08:00,2017-09-15T08:30,6.00\n"),
            2,
            "class of vehicle",
        ),
        (
            format!("{HEADER}hefei-2017,small,2017-09-15T09:00,2017-09-15T08:30,6.00\n"),
            2,
            "before the start",
        ),
        (
            format!("{HEADER}hefei-2017,small,2016-09-15T08:00,2016-09-15T08:30,6.00\n"),
            2,
            "in force",
        ),
        (format!("{HEADER}hefei-2017,small,2017-09-15,2017-09-15T08:30,6.00\n"), 2, "not a time"),
        (
            format!("{HEADER}hefei-2017,small,2017-09-15T08:00,2017-09-15T08:30,six\n"),
            2,
            "not an amount",
        ),
        (format!("{HEADER}hefei-2017,small\n"), 2, "line 2"),
        (
            format!("{HEADER}melbourne-example,small,2026-10-04T02:10,2026-10-04T03:30,0.00\n"),
            2,
            "does not exist",
        ),
        ("tariff,vehicle,start,end\n".to_owned(), 2, "no column expected"),
        (format!("{HEADER}../tariffs,small,2017-09-15T08:00,2017-09-15T08:30,6.00\n"), 2, "line 2"),
    ] {
        let done = check(&rows, &[]);
        let told_where = if told == "首半小时" { "计时收费第1档" } else { told };
        assert_eq!(done.code, code, "{rows}\n{}{}", done.out, done.err);
        assert!(
            format!("{}{}", done.out, done.err).contains(told_where),
            "{rows}\n{}{}",
            done.out,
            done.err
        );
    }
}

#[test]
fn a_program_reads_what_differs() {
    let rows = format!(
        "{HEADER}hefei-2017,small,2017-09-15T08:00,2017-09-15T10:00,1.00\nhefei-2017,tank,2017-09-15T08:00,2017-09-15T10:00,1.00\n"
    );
    let done = check(&rows, &["--json"]);
    assert_eq!(done.code, 2);
    let report: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!(report["rows"], 2);
    assert_eq!(report["differ"][0]["found"], "18.00");
    assert_eq!(report["differ"][0]["bill"]["lines"][1]["path"], "windows[1].charge[1]");
    assert_eq!(report["errors"][0]["line"], 3);
}

/// A folder with these files, by their names.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the files");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }
    folder
}

/// One price for an hour, in a zone; streets `a` and `b` cost the same on Mondays only.
fn hourly(zone: &str, terms: &str) -> String {
    format!(
        "format: bowei-tariff/1\nid: t\ntitle: t\ntime_zone: {zone}\nversions:\n  - version: 1\n    \
         valid_from: 2024-01-01\n    authority: a\n    document: d\n    superior_rule: s\n    \
         sign_version: s\n    vehicle_classes: {{ small: small }}\n    exempt: [police]\n{terms}"
    )
}

const HOUR: &str = "    windows: []\n    otherwise: [{ unit_minutes: 60, price: 2.00 }]\n";
const STREETS: &str = "    streets: [a, b]\n    windows:\n      \
    - { name: m, from: \"00:00\", to: \"24:00\", days: [mon], charge: [{ unit_minutes: 60, price: 3.00 }] }\n    \
    otherwise: [{ unit_minutes: 60, price: { a: 1.00, b: 2.00 } }]\n";

#[test]
fn a_table_is_read_however_a_spreadsheet_writes_it() {
    let tariff = hourly("Asia/Shanghai", HOUR);
    let stay = "2026-09-15T08:00,2026-09-15T09:30";
    for (table, code, told) in [
        (format!("{HEADER}h,small,{stay},4\n"), 0, "1 rows"),
        (format!("{HEADER}h,small,{stay},4.0\n"), 0, "1 rows"),
        (format!("{HEADER}h,small,{stay},4.00"), 0, "1 rows"),
        (format!("{HEADER}h,police,{stay},0.00\n"), 0, "1 rows"),
        (format!("{HEADER}\r\n\r\nh,small,{stay},4.00\r\n\r\n,,,,\r\n"), 0, "1 rows"),
        (
            "\u{feff}\"expected\",\"note\",\"start\",\"end\",\"vehicle\",\"tariff\"\r\n\
             \"4.00\",\"two, with a comma\",\"2026-09-15T08:00:00\",\"2026-09-15T09:30:00\",\"small\",\"h\"\r\n"
                .to_owned(),
            0,
            "1 rows",
        ),
        (
            "Tariff , Vehicle,START,end,Expected\n h , small , 2026-09-15T08:00, 2026-09-15T09:30 , 4.00 \n".to_owned(),
            0,
            "1 rows",
        ),
        (format!("{HEADER}h,small,2026-09-15T00:00Z,2026-09-15T09:30+08:00,4.00\n"), 0, "1 rows"),
        (format!("{HEADER}h,small,2026-09-15T23:00,2026-09-15T24:00,2.00\n"), 0, "1 rows"),
        (format!("{HEADER}h,small,{stay},4.00,and,more,cells\n"), 0, "1 rows"),
        (format!("{HEADER}\n\nh,small,{stay},5.00\n"), 1, "line 4: h small"),
        (format!("{HEADER}h,small,{stay},4.001\n"), 2, "amount_malformed"),
        (format!("{HEADER}h,small,{stay},\n"), 2, "the row has no expected"),
        (format!("{HEADER}h,small,2026-02-30T08:00,2026-09-15T09:30,4.00\n"), 2, "time_malformed"),
        (format!("{HEADER}h,small,{stay},\"4.00\nh,small,{stay},4.00\n"), 2, "quotation mark"),
        (format!("tariff,vehicle,start,end,expected,end\nh,small,{stay},4.00,x\n"), 2, "column end twice"),
        (String::new(), 2, "no column tariff"),
    ] {
        let folder = folder(&[("h.yaml", &tariff), ("cases.csv", &table)]);
        let cases = folder.path().join("cases.csv");
        let done = run(&["check", "--tariffs", text(folder.path()), text(&cases)]);
        let shown = format!("{}{}", done.out, done.err);
        assert_eq!(done.code, code, "{table}\n{shown}");
        assert!(shown.contains(told), "{table}\n{shown}");
    }
}

#[test]
fn a_row_that_is_not_text_spoils_no_other() {
    let mut table = format!("{HEADER}h,small,2026-09-15T08:00,2026-09-15T09:30,").into_bytes();
    table.extend(b"\xff4.00\nh,small,2026-09-15T08:00,2026-09-15T09:30,9.00\n");
    let folder = folder(&[("h.yaml", &hourly("Asia/Shanghai", HOUR))]);
    let cases = folder.path().join("cases.csv");
    std::fs::write(&cases, table).expect("writable");
    let done = run(&["check", "--tariffs", text(folder.path()), text(&cases)]);
    assert_eq!(done.code, 2);
    assert!(done.out.contains("line 2: ") && done.out.contains("UTF-8"), "{}", done.out);
    assert!(done.out.contains("line 3: ") && done.out.contains("found 4.00"), "{}", done.out);
}

#[test]
fn the_folder_may_have_sub_folders_and_files_that_are_broken() {
    let hour = hourly("Asia/Shanghai", HOUR);
    let dear = hourly("Asia/Shanghai", &HOUR.replace("2.00", "9.00"));
    let files = [
        ("h.yaml", hour.as_str()),
        ("broken.yaml", "format: bowei-tariff/1\nid: ["),
        ("v1.2.yml", hour.as_str()),
        ("gansu/h.yaml", dear.as_str()),
        ("gansu/lanzhou.yaml", dear.as_str()),
        ("gansu/old/twice.yaml", hour.as_str()),
        ("hubei/twice.yaml", hour.as_str()),
        ("street.yaml", &hourly("Asia/Shanghai", STREETS)),
        ("calendars/china.yaml", "years: []"),
        ("notes.txt", "nothing"),
    ];
    let folder = folder(&files);
    let stay = "small,2026-09-15T08:00,2026-09-15T08:30"; // a Tuesday
    let monday = "small,2026-09-14T08:00,2026-09-14T08:30";
    let row = |name: &str, fee: &str| format!("{name},{stay},{fee}\n");
    for (rows, told) in [
        (row("h", "2.00"), None),
        (row("v1.2", "2.00"), None),
        (row("gansu/h", "9.00"), None),
        (row("lanzhou", "9.00"), None),
        (row("gansu/lanzhou", "9.00"), None),
        (row("hubei/twice", "2.00"), None),
        (row("twice", "2.00"), Some("tariff_ambiguous")),
        (row("broken", "2.00"), Some("tariff_broken")),
        (row("notes", "2.00"), Some("no tariff notes.yaml; it has broken, ")),
        (row("../h", "2.00"), Some("tariff_not_found")),
        (row("street/a", "1.00"), None),
        (row("street/b", "2.00"), None),
        (row("street/c", "2.00"), Some("c is none of a, b")),
        (row("street", "2.00"), Some("say which (a: 1.00, b: 2.00)")),
        (format!("street,{monday},3.00\n"), None),
    ] {
        let cases = folder.path().join("cases.csv");
        // A row that is wrong does not keep the others from their answer.
        std::fs::write(&cases, format!("{HEADER}{rows}{}", row("h", "3.00"))).expect("writable");
        let done = run(&["check", "--tariffs", text(folder.path()), text(&cases)]);
        assert_eq!(done.code, if told.is_some() { 2 } else { 1 }, "{rows}\n{}", done.out);
        assert!(done.out.contains(told.unwrap_or("")), "{rows}\n{}", done.out);
        assert!(done.out.contains("line 3: h small"), "{rows}\n{}", done.out);
    }
    let done = run(&["check", "--tariffs", "no-such-folder", "cases.csv"]);
    assert_eq!((done.code, done.err.contains("no-such-folder")), (2, true));
}

#[test]
fn local_times_around_a_change_of_the_clocks_are_what_they_say() {
    // Berlin 2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00.
    let tariff = hourly("Europe/Berlin", HOUR);
    let rows = [
        "h,small,2026-03-29T01:30,2026-03-29T03:30,2.00\n", // an hour
        "h,small,2026-10-25T01:30,2026-10-25T02:30,2.00\n", // the first half past two
        "h,small,2026-10-25T01:30,2026-10-25T02:30+01:00,4.00\n", // the second
        "h,small,2026-10-25T02:30,2026-10-25T03:30,4.00\n",
        "h,small,2026-03-29T02:30,2026-03-29T03:30,2.00\n",
    ];
    let table = format!("{HEADER}{}", rows.concat());
    let folder = folder(&[("h.yaml", &tariff), ("cases.csv", &table)]);
    let cases = folder.path().join("cases.csv");
    let done = run(&["check", "--tariffs", text(folder.path()), text(&cases), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!(done.code, 2, "{report}");
    assert_eq!((&report["rows"], &report["agree"]), (&5.into(), &4.into()), "{report}");
    assert_eq!(report["errors"][0]["code"], "time_does_not_exist");
    assert_eq!(report["errors"][0]["line"], 6);
}

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

#[test]
fn the_commands_of_the_document_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = std::fs::read_to_string(root.join("docs/TARIFFS.md")).expect("it is there");
    let commands: Vec<&str> =
        document.lines().filter_map(|line| line.strip_prefix("billing ")).collect();
    assert!(commands.len() >= 2);
    for command in commands {
        let mut program = Command::new(env!("CARGO_BIN_EXE_billing"));
        let output = program.current_dir(&root).args(command.split(' ')).output();
        assert!(output.expect("it starts").status.success(), "billing {command}");
    }
}
