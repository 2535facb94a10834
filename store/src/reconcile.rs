//! A channel's bills and payouts beside our payments and refunds, and the cases that come of them.

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

/// A payment or a refund of ours, with the payee of its order. `at` is success or start.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnRow {
    pub number: String,
    pub out_trade_no: String,
    pub transaction_id: Option<String>,
    pub amount_fen: i64,
    pub state: String,
    pub at: i64,
    pub id: Uuid,
    pub order_id: Uuid,
    pub payee_id: Uuid,
}

/// A payout that was booked.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SettlementRow {
    pub channel: String,
    pub settlement_no: String,
    pub payee_id: Uuid,
    pub paid_on: String,
    pub from_on: String,
    pub to_on: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
    pub received_in: String,
    pub receipt: String,
    pub outcome: String,
    pub loaded_at: i64,
}

macro_rules! own_payments {
    ($from:literal) => {
        concat!(
            "select p.out_trade_no as number, p.out_trade_no, p.transaction_id, p.amount_fen, p.state, \
             coalesce(p.succeeded_at, p.created_at) as at, p.payment_id as id, p.order_id, o.payee_id from ",
            $from,
            " join parking_order o on o.order_id = p.order_id "
        )
    };
}

macro_rules! own_refunds {
    ($from:literal) => {
        concat!(
            "select r.out_refund_no as number, p.out_trade_no, p.transaction_id, r.amount_fen, r.state, \
             r.created_at as at, r.refund_id as id, p.order_id, o.payee_id from ",
            $from,
            " join payment p on p.payment_id = r.payment_id join parking_order o on o.order_id = p.order_id "
        )
    };
}

macro_rules! settlement_columns {
    () => {
        "select channel, settlement_no, payee_id, paid_on, from_on, to_on, gross_fen, fee_fen, net_fen, received_in, \
         receipt, outcome, loaded_at from settlement "
    };
}

impl Tx {
    /// A channel's payments that succeeded from `from_at` on and before `to_at` (city time).
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_payments(
        &mut self,
        channel: &str,
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<OwnRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            own_payments!("payment p"),
            "where p.channel = $1 and p.succeeded_at >= $2 and p.succeeded_at < $3"
        ))
        .bind(channel)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?))
    }

    /// A channel's payments by the numbers that we gave them, whatever became of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_payments_named(
        &mut self,
        channel: &str,
        numbers: &[&str],
    ) -> Result<Vec<OwnRow>> {
        let rows: Vec<OwnRow> = bulk_fetch!(
            self,
            numbers,
            "k, channel",
            |number| ["text": *number, "text": channel],
            concat!(
                own_payments!("v cross join payment p"),
                "where p.out_trade_no = v.k and p.channel = v.channel"
            )
        );
        Ok(rows)
    }

    /// A channel's refunds that were started from `from_at` on and before `to_at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_refunds(
        &mut self,
        channel: &str,
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<OwnRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            own_refunds!("refund r"),
            "where p.channel = $1 and r.created_at >= $2 and r.created_at < $3"
        ))
        .bind(channel)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?))
    }

    /// A channel's refunds by the numbers that we gave them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_refunds_named(
        &mut self,
        channel: &str,
        numbers: &[&str],
    ) -> Result<Vec<OwnRow>> {
        let rows: Vec<OwnRow> = bulk_fetch!(
            self,
            numbers,
            "k, channel",
            |number| ["text": *number, "text": channel],
            concat!(
                own_refunds!("v cross join refund r"),
                "where r.out_refund_no = v.k and p.channel = v.channel"
            )
        );
        Ok(rows)
    }

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
             ours_fen = excluded.ours_fen, fee_millifen = excluded.fee_millifen, payee_id = excluded.payee_id"
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

    /// Payees and reconciled days before `before_on` that no payout pays for.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unsettled_days(
        &mut self,
        channel: &str,
        before_on: &str,
    ) -> Result<Vec<(Uuid, String, i64)>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select l.payee_id, l.bill_on, cast(sum(case when l.kind = 'refund' then -l.settled_fen else l.settled_fen end) \
             as bigint) from channel_bill_line l where l.channel = $1 and l.bill_on < $2 and l.settled_fen is not null \
             and l.payee_id is not null and not exists (select 1 from settlement s where s.channel = l.channel \
             and s.payee_id = l.payee_id and s.from_on <= l.bill_on and s.to_on >= l.bill_on) \
             group by l.payee_id, l.bill_on order by l.payee_id, l.bill_on"
        )
        .bind(channel)
        .bind(before_on)
        .fetch_all(c)
        .await?)
        })
    }

    /// A payout by its number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn settlement(
        &mut self,
        channel: &str,
        settlement_no: &str,
    ) -> Result<Option<SettlementRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            settlement_columns!(),
            "where channel = $1 and settlement_no = $2"
        ))
        .bind(channel)
        .bind(settlement_no)
        .fetch_optional(c)
        .await?))
    }

    /// Payouts whose bills were not all reconciled when they were loaded.
    ///
    /// # Errors
    /// `Database`.
    pub async fn expected_settlements(&mut self, channel: &str) -> Result<Vec<SettlementRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            settlement_columns!(),
            "where channel = $1 and outcome = 'expected' order by settlement_no"
        ))
        .bind(channel)
        .fetch_all(c)
        .await?))
    }

    /// Keeps a payout; its outcome may change, nothing else of it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_settlement(&mut self, s: &SettlementRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into settlement (channel, settlement_no, payee_id, paid_on, from_on, to_on, gross_fen, fee_fen, \
                 net_fen, received_in, receipt, outcome, loaded_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                 on conflict (channel, settlement_no) do update set outcome = excluded.outcome",
            )
            .bind(&s.channel)
            .bind(&s.settlement_no)
            .bind(s.payee_id)
            .bind(&s.paid_on)
            .bind(&s.from_on)
            .bind(&s.to_on)
            .bind(s.gross_fen)
            .bind(s.fee_fen)
            .bind(s.net_fen)
            .bind(&s.received_in)
            .bind(&s.receipt)
            .bind(&s.outcome)
            .bind(s.loaded_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Gives an open case its owner and the day by which it is to be settled, if it has none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn assign_case(&mut self, case_key: &str, owner: &str, due_at: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update case_file set owner = coalesce(owner, $2), due_at = coalesce(due_at, $3) where case_key = $1",
            )
            .bind(case_key)
            .bind(owner)
            .bind(due_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Closes an open case whose matter is gone; false if there is none. The case and its events stay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn resolve_case(&mut self, case_key: &str, detail: &str, at: i64) -> Result<bool> {
        both!(self, |c| {
            let closed = sqlx::query(
                "update case_file set state = 'closed', closer = 'system', closed_at = $2 \
                 where case_key = $1 and closed_at is null",
            )
            .bind(case_key)
            .bind(at)
            .execute(&mut *c)
            .await?
            .rows_affected()
                == 1;
            if closed {
                sqlx::query(
                    "insert into case_event (case_id, line, made_at, actor, kind, detail) \
                     select f.case_id, (select max(e.line) + 1 from case_event e where e.case_id = f.case_id), $2, \
                     'system', 'closed', $3 from case_file f where f.case_key = $1",
                )
                .bind(case_key)
                .bind(at)
                .bind(detail)
                .execute(c)
                .await?;
            }
            Ok(closed)
        })
    }

    /// Keys of the cases of a kind that are not closed and begin so.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_cases_of(&mut self, kind: &str, prefix: &str) -> Result<Vec<String>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select case_key from case_file where kind = $1 and closed_at is null \
             and substr(case_key, 1, length($2)) = $2 order by case_key"
        )
        .bind(kind)
        .bind(prefix)
        .fetch_all(c)
        .await?))
    }

    /// Cases of a kind that are not closed: key, when opened, owner, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_cases(
        &mut self,
        kind: &str,
        limit: i64,
    ) -> Result<Vec<(String, i64, Option<String>)>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select case_key, opened_at, owner from case_file where kind = $1 and closed_at is null \
             order by opened_at, case_key limit $2"
        )
        .bind(kind)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }
}
