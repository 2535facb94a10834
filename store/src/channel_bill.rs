//! A channel's daily bills as they were read, and how each of their lines and of ours ended.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{bulk, bulk_fetch};
use crate::tx::both;
use crate::{Result, Tx};

/// A bill that was reconciled.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ChannelBillRow {
    pub channel: String,
    pub merchant: String,
    pub bill_on: String,
    pub content_hash: Vec<u8>,
    pub lines: i64,
    pub paid_fen: i64,
    pub refunded_fen: i64,
    pub fee_millifen: i64,
    pub reconciled_at: i64,
    pub reconciled_by: String,
}

/// A line of a bill, or one of ours that is on none, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BillLineRow {
    pub channel: String,
    pub merchant: String,
    pub bill_on: String,
    pub line_key: String,
    pub kind: String,
    pub outcome: String,
    pub transaction_id: Option<String>,
    pub out_trade_no: String,
    pub out_refund_no: Option<String>,
    pub theirs_fen: Option<i64>,
    pub settled_fen: Option<i64>,
    pub ours_fen: Option<i64>,
    pub fee_millifen: i64,
    pub at: i64,
    pub payee_id: Option<Uuid>,
}

impl Tx {
    /// The reconciled bill of a day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn channel_bill(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
    ) -> Result<Option<ChannelBillRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select channel, merchant, bill_on, content_hash, lines, paid_fen, refunded_fen, fee_millifen, \
             reconciled_at, reconciled_by from channel_bill where channel = $1 and merchant = $2 and bill_on = $3"
        )
        .bind(channel)
        .bind(merchant)
        .bind(bill_on)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Keeps a bill; the newest reading of a day counts.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_channel_bill(&mut self, b: &ChannelBillRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into channel_bill (channel, merchant, bill_on, content_hash, lines, paid_fen, refunded_fen, \
                 fee_millifen, reconciled_at, reconciled_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 on conflict (channel, merchant, bill_on) do update set content_hash = excluded.content_hash, \
                 lines = excluded.lines, paid_fen = excluded.paid_fen, refunded_fen = excluded.refunded_fen, \
                 fee_millifen = excluded.fee_millifen, reconciled_at = excluded.reconciled_at, \
                 reconciled_by = excluded.reconciled_by",
            )
            .bind(&b.channel)
            .bind(&b.merchant)
            .bind(&b.bill_on)
            .bind(b.content_hash.as_slice())
            .bind(b.lines)
            .bind(b.paid_fen)
            .bind(b.refunded_fen)
            .bind(b.fee_millifen)
            .bind(b.reconciled_at)
            .bind(&b.reconciled_by)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Keeps how lines ended; a line that ends otherwise than before changes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_bill_lines(&mut self, rows: &[BillLineRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "channel, merchant, bill_on, line_key, kind, outcome, transaction_id, out_trade_no, out_refund_no, \
             theirs_fen, settled_fen, ours_fen, fee_millifen, at, payee_id",
            |r| [
                "text": r.channel.as_str(),
                "text": r.merchant.as_str(),
                "text": r.bill_on.as_str(),
                "text": r.line_key.as_str(),
                "text": r.kind.as_str(),
                "text": r.outcome.as_str(),
                "text": r.transaction_id.as_deref(),
                "text": r.out_trade_no.as_str(),
                "text": r.out_refund_no.as_deref(),
                "bigint": r.theirs_fen,
                "bigint": r.settled_fen,
                "bigint": r.ours_fen,
                "bigint": r.fee_millifen,
                "bigint": r.at,
                "uuid": r.payee_id,
            ],
            "insert into channel_bill_line (channel, merchant, bill_on, line_key, kind, outcome, transaction_id, \
             out_trade_no, out_refund_no, theirs_fen, settled_fen, ours_fen, fee_millifen, at, payee_id) \
             select * from v where true on conflict (channel, merchant, bill_on, line_key) do update \
             set outcome = excluded.outcome, theirs_fen = excluded.theirs_fen, settled_fen = excluded.settled_fen, \
             ours_fen = excluded.ours_fen, fee_millifen = excluded.fee_millifen, payee_id = excluded.payee_id \
             where channel_bill_line.outcome <> excluded.outcome \
             or channel_bill_line.theirs_fen is distinct from excluded.theirs_fen \
             or channel_bill_line.settled_fen is distinct from excluded.settled_fen \
             or channel_bill_line.ours_fen is distinct from excluded.ours_fen \
             or channel_bill_line.fee_millifen <> excluded.fee_millifen \
             or channel_bill_line.payee_id is distinct from excluded.payee_id"
        );
        Ok(())
    }

    /// Lines of a day that ended in some way.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bill_lines(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
        outcome: &str,
    ) -> Result<Vec<BillLineRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select channel, merchant, bill_on, line_key, kind, outcome, transaction_id, out_trade_no, out_refund_no, \
             theirs_fen, settled_fen, ours_fen, fee_millifen, at, payee_id from channel_bill_line \
             where channel = $1 and merchant = $2 and bill_on = $3 and outcome = $4 order by line_key"
        )
        .bind(channel)
        .bind(merchant)
        .bind(bill_on)
        .bind(outcome)
        .fetch_all(c)
        .await?)
        })
    }

    /// Which of some lines stand on the bill of a day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn billed_on(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
        line_keys: &[&str],
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = bulk_fetch!(
            self,
            line_keys,
            "k, channel, merchant, bill_on",
            |key| ["text": *key, "text": channel, "text": merchant, "text": bill_on],
            "select l.line_key from v cross join channel_bill_line l where l.channel = v.channel \
             and l.merchant = v.merchant and l.bill_on = v.bill_on and l.line_key = v.k and l.theirs_fen is not null"
        );
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Which of some lines stand on any bill after a day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn billed_later(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
        line_keys: &[&str],
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = bulk_fetch!(
            self,
            line_keys,
            "k, channel, merchant, bill_on",
            |key| ["text": *key, "text": channel, "text": merchant, "text": bill_on],
            "select distinct l.line_key from v cross join channel_bill_line l where l.line_key = v.k and l.bill_on > v.bill_on \
             and l.channel = v.channel and l.merchant = v.merchant and l.theirs_fen is not null"
        );
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// What the bills of some days say for a payee: payments less refunds, as settled.
    ///
    /// # Errors
    /// `Database`.
    pub async fn billed_gross(
        &mut self,
        channel: &str,
        payee_id: Uuid,
        from_on: &str,
        to_on: &str,
    ) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(case when kind = 'refund' then -settled_fen else settled_fen end), 0) as bigint) \
             from channel_bill_line where channel = $1 and payee_id = $2 and bill_on >= $3 and bill_on <= $4 \
             and settled_fen is not null"
        )
        .bind(channel)
        .bind(payee_id)
        .bind(from_on)
        .bind(to_on)
        .fetch_one(c)
        .await?)
        })
    }

    /// Days from `from_on` to `to_on` whose bill is reconciled.
    ///
    /// # Errors
    /// `Database`.
    pub async fn billed_days(
        &mut self,
        channel: &str,
        from_on: &str,
        to_on: &str,
    ) -> Result<Vec<String>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select distinct bill_on from channel_bill where channel = $1 and bill_on >= $2 and bill_on <= $3 \
             order by bill_on"
        )
        .bind(channel)
        .bind(from_on)
        .bind(to_on)
        .fetch_all(c)
        .await?)
        })
    }

    /// Refunds that were on no bill so far, on days from `since_on` on.
    ///
    /// # Errors
    /// `Database`.
    pub async fn waiting_refunds(
        &mut self,
        channel: &str,
        merchant: &str,
        since_on: &str,
    ) -> Result<Vec<BillLineRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select channel, merchant, bill_on, line_key, kind, outcome, transaction_id, out_trade_no, out_refund_no, \
             theirs_fen, settled_fen, ours_fen, fee_millifen, at, payee_id from channel_bill_line \
             where outcome in ('expected', 'missing_there') and outcome <> 'matched' and channel = $1 and merchant = $2 \
             and bill_on >= $3 and kind = 'refund' order by bill_on, line_key"
        )
        .bind(channel)
        .bind(merchant)
        .bind(since_on)
        .fetch_all(c)
        .await?)
        })
    }

    /// The merchant of a channel's newest bill: for one without lines, which names none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_merchant(&mut self, channel: &str) -> Result<Option<String>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select merchant from channel_bill where channel = $1 and merchant <> '' order by bill_on desc limit 1"
        )
        .bind(channel)
        .fetch_optional(c)
        .await?)
        })
    }
}
