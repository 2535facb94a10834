//! Paid orders of a month, without visits behind them: what a channel's bills are compared with.

use anyhow::Result;

use super::{Column, Prefill};
use crate::report::progress;

/// A payee's orders, all paid. `n` counts them from 0.
const ORDER: &[Column] = &[
    Column("order_id", SQLITE_ID, POSTGRES_ID),
    Column("operator_id", OPERATOR, OPERATOR),
    Column("payee_id", PAYEE, PAYEE),
    Column("regime", "'vat'", "'vat'"),
    Column("subject_kind", "'visit'", "'visit'"),
    Column("subject_id", SQLITE_ID, POSTGRES_ID),
    Column("tariff_id", "'bench'", "'bench'"),
    Column("state", "'paid'", "'paid'"),
    Column("total_fen", FEN, FEN),
    Column("paid_fen", FEN, FEN),
    Column("refunded_fen", "0", "0"),
    Column("invoiced_fen", "0", "0"),
    Column("bill_revision", "1", "1"),
    Column("opened_at", "AT", "AT"),
    Column("paid_at", "AT", "AT"),
];
const PAYMENT: &[Column] = &[
    Column("payment_id", SQLITE_ID, POSTGRES_ID),
    Column("order_id", SQLITE_ID, POSTGRES_ID),
    Column("channel", "'wechat'", "'wechat'"),
    Column("state", "'succeeded'", "'succeeded'"),
    Column("amount_fen", FEN, FEN),
    Column("out_trade_no", "'b' || (1000000000 + n)", "'b' || (1000000000 + n)"),
    Column("transaction_id", "'42' || (1000000000 + n)", "'42' || (1000000000 + n)"),
    Column("created_at", "AT", "AT"),
    Column("expires_at", "AT + 900000", "AT + 900000"),
    Column("succeeded_at", "AT", "AT"),
];
const SQLITE_ID: &str = "unhex(printf('%032x', n + 1))";
const POSTGRES_ID: &str = "lpad(to_hex(n + 1), 32, '0')::uuid";
const OPERATOR: &str = "(select operator_id from payee limit 1)";
const PAYEE: &str = "(select payee_id from payee limit 1)";
const FEN: &str = "200 + n % 7 * 100";

/// What payment number `n` is, in fen; as `FEN` has it.
pub(crate) fn amount_fen(n: u64) -> u64 {
    200 + n % 7 * 100
}

/// Its numbers here and at the channel.
pub(crate) fn numbers(n: u64) -> (String, String) {
    (format!("b{}", 1_000_000_000 + n), format!("42{}", 1_000_000_000 + n))
}

impl Prefill {
    /// Payments spread evenly over `span_ms` from `from_ms` on, one an order.
    pub(crate) async fn payments(&mut self, count: u64, from_ms: i64, span_ms: i64) -> Result<()> {
        progress(&format!("storing {count} paid orders beforehand"));
        let bays = self.list_devices().await?;
        let at = format!("({from_ms} + n * {span_ms} / {count})");
        for (table, columns) in [("parking_order", ORDER), ("payment", PAYMENT)] {
            let indexes = self.drop_indexes(table).await?;
            self.fill(table, columns, count, bays, &at, "").await?;
            for index in indexes {
                self.run(&index).await?;
            }
        }
        self.tidy().await
    }
}
