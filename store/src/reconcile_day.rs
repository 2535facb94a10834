//! Days whose bill is reconciled by itself, and what was kept of them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{BillLineRow, Result, Tx};

/// A day of a merchant account; instants are city time.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ReconcileDayRow {
    pub channel: String,
    pub merchant: String,
    pub bill_on: String,
    /// `waiting` or `done`.
    pub state: String,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Why, the last time.
    pub failure: Option<String>,
    pub asked_at: Option<i64>,
    pub done_at: Option<i64>,
}

/// How many lines of a day ended in some way, and what they say.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DayOutcome {
    pub channel: String,
    pub merchant: String,
    pub bill_on: String,
    pub outcome: String,
    pub lines: i64,
    pub theirs_fen: i64,
    pub ours_fen: i64,
}

/// Which lines of bills are asked for; all of what is left out.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    pub from_on: String,
    pub to_on: String,
    pub outcome: Option<String>,
    pub kind: Option<String>,
    pub operator: Option<Uuid>,
    /// Day and key of the last line of the page before.
    pub after: (String, String),
}

impl Tx {
    /// Makes a day wait; whether nobody knew of it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn await_reconcile_day(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "insert into reconcile_day (channel, merchant, bill_on, state, tries) values ($1, $2, $3, 'waiting', 0) \
             on conflict do nothing",
            channel,
            merchant,
            bill_on
        ) == 1)
    }

    /// A day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reconcile_day(
        &mut self,
        channel: &str,
        merchant: &str,
        bill_on: &str,
    ) -> Result<Option<ReconcileDayRow>> {
        Ok(row!(
            self,
            "select channel, merchant, bill_on, state, tries, failure, asked_at, done_at from reconcile_day \
             where channel = $1 and merchant = $2 and bill_on = $3",
            channel,
            merchant,
            bill_on
        ))
    }

    /// Stores how far a day is. False if it was done meanwhile: that stays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_reconcile_day(&mut self, d: &ReconcileDayRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into reconcile_day (channel, merchant, bill_on, state, tries, failure, asked_at, done_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (channel, merchant, bill_on) do update set \
             state = excluded.state, tries = excluded.tries, failure = excluded.failure, asked_at = excluded.asked_at, \
             done_at = excluded.done_at where reconcile_day.state <> 'done' or excluded.state = 'done'",
            &d.channel,
            &d.merchant,
            &d.bill_on,
            &d.state,
            d.tries,
            &d.failure,
            d.asked_at,
            d.done_at
        ) == 1)
    }

    /// Days that wait, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn waiting_reconcile_days(&mut self, limit: i64) -> Result<Vec<ReconcileDayRow>> {
        Ok(rows!(
            self,
            "select channel, merchant, bill_on, state, tries, failure, asked_at, done_at from reconcile_day \
             where state = 'waiting' order by bill_on, channel, merchant limit $1",
            limit
        ))
    }

    /// Days from `from_on` to `to_on`, the newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reconcile_days(
        &mut self,
        (from_on, to_on): (&str, &str),
        state: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ReconcileDayRow>> {
        Ok(rows!(
            self,
            "select channel, merchant, bill_on, state, tries, failure, asked_at, done_at from reconcile_day \
             where bill_on >= $1 and bill_on <= $2 and ($3 is null or state = $3) \
             order by bill_on desc, channel, merchant limit $4",
            from_on,
            to_on,
            state,
            limit
        ))
    }

    /// When a channel's first payment succeeded (city time).
    ///
    /// # Errors
    /// `Database`.
    pub async fn first_payment_at(&mut self, channel: &str) -> Result<Option<i64>> {
        let found: Option<(i64,)> = row!(
            self,
            "select succeeded_at from payment where succeeded_at is not null and channel = $1 and method <> 'suspense' \
             order by succeeded_at limit 1",
            channel
        );
        Ok(found.map(|(at,)| at))
    }

    /// How the lines of days ended, by day; of one operator's payees or of all.
    ///
    /// # Errors
    /// `Database`.
    pub async fn day_outcomes(
        &mut self,
        (from_on, to_on): (&str, &str),
        operator: Option<Uuid>,
    ) -> Result<Vec<DayOutcome>> {
        Ok(rows!(
            self,
            "select l.channel, l.merchant, l.bill_on, l.outcome, count(*) as lines, \
             cast(sum(case when l.kind = 'refund' then -coalesce(l.theirs_fen, 0) else coalesce(l.theirs_fen, 0) end) \
             as bigint) as theirs_fen, \
             cast(sum(case when l.kind = 'refund' then -coalesce(l.ours_fen, 0) else coalesce(l.ours_fen, 0) end) \
             as bigint) as ours_fen from channel_bill_line l where l.bill_on >= $1 and l.bill_on <= $2 \
             and ($3 is null or l.payee_id in (select p.payee_id from payee p where p.operator_id = $3)) \
             group by l.channel, l.merchant, l.bill_on, l.outcome order by l.bill_on, l.channel, l.merchant, l.outcome",
            from_on,
            to_on,
            operator
        ))
    }

    /// Lines of bills, and of ours that are on none, in the order of day and key.
    ///
    /// # Errors
    /// `Database`.
    pub async fn lines_of_days(&mut self, f: &LineFilter, limit: i64) -> Result<Vec<BillLineRow>> {
        Ok(rows!(
            self,
            "select channel, merchant, bill_on, line_key, kind, outcome, transaction_id, out_trade_no, out_refund_no, \
             theirs_fen, settled_fen, ours_fen, fee_millifen, at, payee_id from channel_bill_line \
             where bill_on >= $1 and bill_on <= $2 and ($3 is null or outcome = $3) and ($4 is null or kind = $4) \
             and ($5 is null or payee_id in (select p.payee_id from payee p where p.operator_id = $5)) \
             and (bill_on > $6 or (bill_on = $6 and line_key > $7)) order by bill_on, line_key limit $8",
            &f.from_on,
            &f.to_on,
            &f.outcome,
            &f.kind,
            f.operator,
            &f.after.0,
            &f.after.1,
            limit
        ))
    }
}
