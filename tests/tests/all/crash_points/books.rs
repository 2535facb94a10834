//! What is left of a journey in the database, without ids and days: the same whatever happened on the way.

use crate::harness::raw;

/// One text for each row; ids are masked.
const QUERIES: [&str; 12] = [
    "select 'entry ' || e.fact || ' ' || e.regime || ' ' || p.account || ' ' || p.amount_fen \
     from posting p join entry e on e.entry_id = p.entry_id",
    "select 'balance ' || account || ' ' || sum(debit_fen) || ' ' || sum(credit_fen) from balance group by account",
    "select 'chain ' || last_number from ledger_chain",
    "select 'order ' || state || ' ' || total_fen || ' ' || waived_fen || ' ' || paid_fen || ' ' || refunding_fen \
     || ' ' || refunded_fen || ' ' || invoiced_fen || ' ' || bill_revision from parking_order",
    "select 'event ' || line || ' ' || kind || ' ' || state || ' ' || amount_fen from order_event",
    "select 'bill ' || revision || ' ' || total_fen from bill",
    "select 'payment ' || method || ' ' || state || ' ' || amount_fen from payment",
    "select 'refund ' || way || ' ' || state || ' ' || amount_fen from refund",
    "select 'waiver ' || kind || ' ' || reduction_fen from waiver",
    "select 'case ' || kind || ' ' || state from case_file where kind not like 'device%'",
    "select 'reconciled ' || kind || ' ' || outcome || ' ' || coalesce(theirs_fen, -1) || ' ' || \
     coalesce(ours_fen, -1) from channel_bill_line",
    "select 'invoice ' || state from invoice",
];

pub(super) async fn read(url: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for query in QUERIES {
        rows.extend(raw::texts(url, query).await.iter().map(|row| raw::mask(row)));
    }
    rows.sort_unstable();
    rows
}
