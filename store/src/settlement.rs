//! What channels paid out.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

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

macro_rules! settlement_columns {
    () => {
        "select channel, settlement_no, payee_id, paid_on, from_on, to_on, gross_fen, fee_fen, net_fen, received_in, \
         receipt, outcome, loaded_at from settlement "
    };
}

impl Tx {
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

    /// Payouts of a channel to a payee that pay for days from `from_on` to `to_on`, the first one first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn settlements_touching(
        &mut self,
        (channel, payee_id): (&str, Uuid),
        from_on: &str,
        to_on: &str,
    ) -> Result<Vec<SettlementRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            settlement_columns!(),
            "where channel = $1 and payee_id = $2 and from_on <= $4 and to_on >= $3 order by loaded_at, settlement_no"
        ))
        .bind(channel)
        .bind(payee_id)
        .bind(from_on)
        .bind(to_on)
        .fetch_all(c)
        .await?)
        })
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
}
