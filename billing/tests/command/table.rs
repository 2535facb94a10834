//! `billing check`: tables as spreadsheets write them, folders as people keep them.

use std::path::Path;

use crate::files::{HOUR, STREETS, folder, hourly};
use crate::{HEADER, run, text};

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
        (row("h/a", "2.00"), Some("no classes of street")),
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
fn neither_the_order_of_rows_nor_the_zone_of_the_machine_changes_a_price() {
    let tariffs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tariffs");
    let table = std::fs::read_to_string(tariffs.join("cases.csv")).expect("it is there");
    let (header, rows) = table.split_once('\n').expect("it has rows");
    // Backwards, and each row twice in a row.
    let backwards: String = rows.lines().rev().map(|row| format!("{row}\n{row}\n")).collect();
    let folder = folder(&[("cases.csv", &format!("{header}\n{backwards}"))]);
    let cases = folder.path().join("cases.csv");
    for zone in ["UTC", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns"] {
        let check = ["check", "--tariffs", text(&tariffs), text(&cases)];
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_billing"))
            .args(check)
            .env("TZ", zone)
            .output()
            .expect("it was built with the tests");
        let out = String::from_utf8(output.stdout).expect("it prints UTF-8");
        assert_eq!(out, "118 rows, 0 differ, 0 cannot be priced\n", "{zone}");
    }
}
