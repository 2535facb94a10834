//! Our payments and refunds as a bill is compared with them, and the cases that come of it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk_fetch;
use crate::tx::both;
use crate::{Result, Tx};

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
    /// By which a refund was given back by hand in the end; none of a transfer that the channel overtook.
    pub hand_reference: Option<String>,
}

macro_rules! own_payments {
    ($from:literal) => {
        concat!(
            "select p.out_trade_no as number, p.out_trade_no, p.transaction_id, p.amount_fen, p.state, \
             coalesce(p.succeeded_at, p.created_at) as at, p.payment_id as id, p.order_id, o.payee_id, \
             cast(null as text) as hand_reference from ",
            $from,
            " join parking_order o on o.order_id = p.order_id "
        )
    };
}

/// One payment over several orders is one line, as it is on the bill.
macro_rules! own_joints {
    ($from:literal) => {
        concat!(
            "select j.out_trade_no as number, j.out_trade_no, j.transaction_id, j.amount_fen, j.state, \
             coalesce(j.succeeded_at, j.created_at) as at, j.joint_id as id, \
             (select p.order_id from payment p where p.joint_id = j.joint_id order by p.order_id limit 1) as order_id, \
             j.payee_id, cast(null as text) as hand_reference from ",
            $from
        )
    };
}

macro_rules! own_refunds {
    ($from:literal) => {
        concat!(
            "select r.out_refund_no as number, coalesce(j.out_trade_no, p.out_trade_no) as out_trade_no, \
             coalesce(j.transaction_id, p.transaction_id) as transaction_id, r.amount_fen, r.state, \
             r.created_at as at, r.refund_id as id, p.order_id, o.payee_id, \
             case when r.hand_reference is not null and exists (select 1 from entry e \
             join posting s on s.entry_id = e.entry_id and substr(s.account, 1, 17) = 'channel_clearing:' \
             where e.entry_key = 'refund:' || r.out_refund_no || ':ended') then null else r.hand_reference end \
             as hand_reference from ",
            $from,
            " join payment p on p.payment_id = r.payment_id join parking_order o on o.order_id = p.order_id \
             left join joint_payment j on j.joint_id = p.joint_id "
        )
    };
}

impl Tx {
    /// A channel's payments that succeeded from `from_at` on and before `to_at` (city time). Money that came to its
    /// order out of suspense was on the bill of another day, as a line that nobody knew.
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_payments(
        &mut self,
        channel: &str,
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<OwnRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            own_payments!("payment p"),
            "where p.channel = $1 and p.method <> 'suspense' and p.joint_id is null and p.succeeded_at >= $2 \
             and p.succeeded_at < $3 union all ",
            own_joints!("joint_payment j "),
            "where j.channel = $1 and j.succeeded_at >= $2 and j.succeeded_at < $3"
        ))
        .bind(channel)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?)
        })
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
        let mut rows: Vec<OwnRow> = bulk_fetch!(
            self,
            numbers,
            "k, channel",
            |number| ["text": *number, "text": channel],
            concat!(
                own_payments!("v cross join payment p"),
                "where p.out_trade_no = v.k and p.channel = v.channel and p.joint_id is null"
            )
        );
        let joint: Vec<OwnRow> = bulk_fetch!(
            self,
            numbers,
            "k, channel",
            |number| ["text": *number, "text": channel],
            concat!(
                own_joints!("v cross join joint_payment j "),
                "where j.out_trade_no = v.k and j.channel = v.channel"
            )
        );
        rows.extend(joint);
        Ok(rows)
    }

    /// Refunds that the channel makes (those by hand are on no bill), started from `from_at` on and before `to_at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn own_refunds(
        &mut self,
        channel: &str,
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<OwnRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            own_refunds!("refund r"),
            "where p.channel = $1 and r.way = 'channel' and r.created_at >= $2 and r.created_at < $3"
        ))
        .bind(channel)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?)
        })
    }

    /// Refunds that the channel makes, by the numbers that we gave them.
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
                "where r.out_refund_no = v.k and r.way = 'channel' and p.channel = v.channel"
            )
        );
        Ok(rows)
    }

    /// Gives a case its owner, if it has none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn assign_case(&mut self, case_key: &str, owner: &str) -> Result<()> {
        both!(self, |c| {
            sqlx::query("update case_file set owner = coalesce(owner, $2) where case_key = $1")
                .bind(case_key)
                .bind(owner)
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
