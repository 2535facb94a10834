//! Every row of the tables that settling writes, as text, without what chance or the machine's clock gave.
//! Ids of the street are small numbers, and stay.

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
            *row = raw::mask(row);
        }
        rows.sort_unstable();
        tables.insert(table, rows);
    }
    tables
}
