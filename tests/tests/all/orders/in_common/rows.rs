//! Every row of the tables that settling writes, as text, without what chance or the machine's clock gave.

use std::collections::BTreeMap;

use crate::harness::raw;

/// Tables, and columns left out: hashes and numbers that follow from the ids of entries, machine time.
const TABLES: [(&str, &[&str]); 11] = [
    ("parking_order", &[]),
    ("bill", &[]),
    ("order_event", &[]),
    ("waiver", &[]),
    ("refund", &[]),
    ("payment", &[]),
    ("entry", &["chain_number", "previous_hash", "chain_hash"]),
    ("posting", &[]),
    ("balance", &[]),
    ("case_file", &[]),
    ("job", &["job_seq", "run_at", "leased_until"]),
];

/// The rows of each table, sorted.
pub(super) async fn of(url: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for (table, without) in TABLES {
        let mut rows = raw::rows(url, table, without).await;
        for row in &mut rows {
            *row = mask(row);
        }
        rows.sort_unstable();
        tables.insert(table, rows);
    }
    tables
}

/// Ids that were made while the test ran are version 7: each is replaced by a star. Those of the street
/// are small numbers, and stay.
fn mask(row: &str) -> String {
    let mut masked = String::with_capacity(row.len());
    let mut rest = row;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        masked.push_str(&rest[..at]);
        let from = &rest[at..];
        let end = from.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(from.len());
        let word = &from[..end];
        let digits: String = word.chars().filter(|c| *c != '-').collect();
        let made_now = digits.len() == 32 && digits.starts_with('0') && &digits[12..13] == "7";
        masked.push_str(if made_now { "*" } else { word });
        rest = &from[end..];
    }
    masked.push_str(rest);
    masked
}

#[test]
fn only_ids_that_were_made_now_are_masked() {
    for (row, masked) in [
        ("019ad5f0-1c2a-7b3c-8d4e-5f6071829304|1", "*|1"),
        ("X'019AD5F01C2A7B3C8D4E5F6071829304'|x", "X'*'|x"),
        ("fee:00000000-0000-0000-0000-000000009c40:1", "fee:00000000-0000-0000-0000-000000009c40:1"),
        ("no id at all", "no id at all"),
    ] {
        assert_eq!(mask(row), masked);
    }
}
