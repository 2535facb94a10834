//! What is left of a journey in the database, without ids and days: the same whatever happened on the way.

use crate::harness::raw;

/// One text for each row; ids are masked.
const QUERIES: [&str; 15] = [
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
    "select 'invoice ' || i.colour || ' ' || i.state || ' ' || o.gross_fen || ' ' || \
     case when i.confirmation_no is null then 'no form' else 'a form' end \
     from invoice i join invoice_order o on o.invoice_id = i.invoice_id",
    "select 'file ' || i.colour || ' ' || d.format from invoice_document d join invoice i on i.invoice_id = d.invoice_id",
    "select 'books ' || (sum(debit_fen) - sum(credit_fen)) from balance",
    "select 'room ' || (paid_fen - refunded_fen - invoiced_fen) from parking_order",
];

/// What has to be there at the end, reckoned by hand. 3 yuan were paid, the appeal gave 1 back, and 2 were invoiced. Then
/// half a yuan goes back with a red invoice of its own; a second one takes the 1.50 left off, and a new blue one bears them.
const EXPECTED: [&str; 8] = [
    "books 0",
    "invoice blue issued 150 no form",
    "invoice blue issued 200 no form",
    "invoice red issued -150 a form",
    "invoice red issued -50 a form",
    "order paid 300 150 300 0 150 150 1",
    "room 0",
    "refund channel succeeded 50",
];

pub(super) async fn read(url: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for query in QUERIES {
        rows.extend(raw::texts(url, query).await.iter().map(|row| raw::mask(row)));
    }
    rows.sort_unstable();
    rows
}

/// The books of a journey on which nothing happened.
pub(super) fn check(rows: &[String]) {
    for expected in EXPECTED {
        let found = rows.iter().filter(|row| *row == expected).count();
        assert_eq!(found, 1, "{expected} in {rows:#?}");
    }
    let documents = rows.iter().filter(|row| row.starts_with("invoice ")).count();
    assert_eq!(documents, 4, "{rows:#?}");
}
