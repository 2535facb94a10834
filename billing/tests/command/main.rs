//! The command line from outside: exit codes and what it prints.
#![allow(clippy::disallowed_methods, reason = "the tests of a program read and write files")]

mod explain;
mod files;
mod invoice_sample;
mod library;
mod quote;
mod render;
mod sign_and_lint;
mod simulate;
mod table;

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

/// The same with nobody who reads what it prints.
fn run_unread(arguments: &[&str]) -> Done {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_billing"))
        .args(arguments)
        .stdout(writer)
        .output()
        .expect("the program was built with the tests");
    Done {
        code: output.status.code().expect("it was not killed"),
        out: String::new(),
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
fn tariffs_in_the_manner_of_many_cities_agree_with_what_was_reckoned_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tariffs");
    let cases = folder.join("cases.csv");
    let done = run(&["check", "--tariffs", text(&folder), text(&cases)]);
    assert_eq!(done.out, "59 rows, 0 differ, 0 cannot be priced\n", "{}", done.err);
}

#[test]
fn a_reader_who_leaves_changes_neither_the_work_nor_the_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let (table, tariff) = (folder.path().join("cases.csv"), library().join("hefei-2017.yaml"));
    let row = "hefei-2017,small,2017-09-15T08:00,2017-09-15T08:30,7.00\n";
    std::fs::write(&table, format!("{HEADER}{row}")).expect("the folder is writable");
    let (library, made) = (library(), folder.path().join("made"));
    let stay = ["--from", "2017-09-15T08:00", "--to", "2017-09-15T08:30", "--vehicle", "small"];
    let check = ["check", "--tariffs", text(&library), text(&table)];
    let quote = [&["quote", "--tariff", text(&tariff)][..], &stay].concat();
    let explain = [&["explain", "--tariff", text(&tariff)][..], &stay].concat();
    let sample = ["invoice", "sample", "--count", "3", "--seed", "7", "--out", text(&made)];
    for arguments in [&check[..], &quote, &explain, &["lint", text(&tariff)], &sample, &["--help"]]
    {
        let read = run(arguments);
        let unread = run_unread(arguments);
        assert!(!read.out.is_empty(), "{arguments:?} prints: {}", read.err);
        assert_eq!((unread.code, &unread.err), (read.code, &read.err), "{arguments:?}");
    }
    assert_eq!(run_unread(&check).code, 1, "the fee differs");
}

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

#[test]
fn the_commands_of_the_documents_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (document, least) in [("docs/TARIFFS.md", 2), ("docs/INVOICES.md", 1)] {
        let document = std::fs::read_to_string(root.join(document)).expect("it is there");
        // Where FILE stands for a file of the reader's, the program is told what no test knows.
        let commands: Vec<&str> = document
            .lines()
            .filter_map(|line| line.strip_prefix("billing "))
            .filter(|command| !command.contains("FILE"))
            .collect();
        assert!(commands.len() >= least);
        for command in commands {
            let mut program = Command::new(env!("CARGO_BIN_EXE_billing"));
            let output = program.current_dir(&root).args(command.split(' ')).output();
            assert!(output.expect("it starts").status.success(), "billing {command}");
        }
    }
}
