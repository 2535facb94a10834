//! Programs whose reader leaves, as in `… | head`: they do their work, and say how it ended.

use std::process::{Output, Stdio};

use crate::harness::database::{Database, Kind};
use crate::harness::programs::{command, run, text};

/// Runs a program of ours with nobody who reads what it prints.
fn run_unread(name: &str, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = command(name, arguments);
    command.stdin(Stdio::null()).stdout(writer).output().expect("a program that exists starts")
}

#[tokio::test]
async fn a_reader_who_leaves_changes_neither_the_work_nor_the_exit_code() {
    let database = Database::fresh(Kind::Sqlite).await;
    let url = database.url.as_str();
    for arguments in [
        &["openapi"][..],
        &["--help"],
        &["decode", "--list"],
        &["ledger", "trial-balance", "--json", "--database", url],
        &["ledger", "verify", "--database", url],
        &["verify", "--database", url],
        &["migrate", "--database", url],
        // No payee there: refused with 2, whoever reads.
        &["ledger", "statement", "--month", "2026-09", "--database", url],
    ] {
        let (read, unread) = (run("gateway", arguments), run_unread("gateway", arguments));
        let told = text(&unread.stderr);
        assert_eq!(unread.status.code(), read.status.code(), "{arguments:?}: {told}");
        assert!(
            !told.contains("panicked") && !told.contains("roken pipe"),
            "{arguments:?}: {told}"
        );
    }
}

#[tokio::test]
async fn a_stream_ends_in_peace_when_its_reader_has_enough() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let pairs = tempfile::NamedTempFile::new().expect("a temporary file");
    // More than any buffer holds.
    std::fs::write(pairs.path(), "104.13,36.54\n".repeat(100_000)).expect("it is writable");
    let input = std::fs::File::open(pairs.path()).expect("it is there");
    let arguments = ["convert-datum", "--from", "wgs84", "--to", "gcj02"];
    let mut command = command("gateway", &arguments);
    let ended = command.stdin(input).stdout(writer).output().expect("a program that exists starts");
    assert_eq!((ended.status.code(), text(&ended.stderr)), (Some(0), String::new()));
}
