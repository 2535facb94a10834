//! Notices about arrears: the outbox, and the record of what reached whom. No address stands here.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{Result, Tx};

/// A notice; `state` is `queued`, `handed`, `delivered`, `failed` or `cancelled`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ArrearsNoticeRow {
    pub notice_id: Uuid,
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub account_id: Option<Uuid>,
    pub step: i64,
    pub step_name: String,
    pub channel: String,
    pub text_zh: String,
    pub text_en: String,
    pub state: String,
    pub made_at: i64,
    pub handed_at: Option<i64>,
    pub handed_to: Option<String>,
    pub delivered_at: Option<i64>,
    pub proof: Option<String>,
    pub recorded_by: Option<String>,
}

macro_rules! notice_columns {
    ($rest:literal) => {
        concat!(
            "select notice_id, order_id, operator_id, account_id, step, step_name, channel, text_zh, text_en, state, \
             made_at, handed_at, handed_to, delivered_at, proof, recorded_by from arrears_notice ",
            $rest
        )
    };
}

impl Tx {
    /// Puts a notice into the outbox; false if its step has one that has not failed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_arrears_notice(&mut self, notice: &ArrearsNoticeRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into arrears_notice (notice_id, order_id, operator_id, account_id, step, step_name, channel, text_zh, \
             text_en, state, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
            notice.notice_id,
            notice.order_id,
            notice.operator_id,
            notice.account_id,
            notice.step,
            &notice.step_name,
            &notice.channel,
            &notice.text_zh,
            &notice.text_en,
            &notice.state,
            notice.made_at
        ) == 1)
    }

    /// A notice.
    ///
    /// # Errors
    /// `Database`.
    pub async fn arrears_notice(&mut self, notice_id: Uuid) -> Result<Option<ArrearsNoticeRow>> {
        Ok(row!(self, notice_columns!("where notice_id = $1"), notice_id))
    }

    /// A notice, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_arrears_notice(
        &mut self,
        notice_id: Uuid,
    ) -> Result<Option<ArrearsNoticeRow>> {
        Ok(lock_row!(self, notice_columns!("where notice_id = $1"), notice_id))
    }

    /// Stores what became of a notice.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_arrears_notice(&mut self, notice: &ArrearsNoticeRow) -> Result<()> {
        run!(
            self,
            "update arrears_notice set state = $2, handed_at = $3, handed_to = $4, delivered_at = $5, proof = $6, \
             recorded_by = $7 where notice_id = $1",
            notice.notice_id,
            &notice.state,
            notice.handed_at,
            &notice.handed_to,
            notice.delivered_at,
            &notice.proof,
            &notice.recorded_by
        );
        Ok(())
    }

    /// The notices of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn arrears_notices(&mut self, order_id: Uuid) -> Result<Vec<ArrearsNoticeRow>> {
        Ok(rows!(
            self,
            notice_columns!("where order_id = $1 order by made_at, notice_id"),
            order_id
        ))
    }

    /// The notices to an account, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn notices_of_account(&mut self, account_id: Uuid) -> Result<Vec<ArrearsNoticeRow>> {
        Ok(rows!(
            self,
            notice_columns!("where account_id = $1 order by made_at, notice_id"),
            account_id
        ))
    }

    /// The outbox: notices in a state by a channel, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn outbox(
        &mut self,
        state: &str,
        channel: Option<&str>,
        operator: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ArrearsNoticeRow>> {
        Ok(rows!(
            self,
            notice_columns!(
                "where state = $1 and ($2 is null or channel = $2) and ($3 is null or operator_id = $3) \
                 order by made_at, notice_id limit $4"
            ),
            state,
            channel,
            operator,
            limit
        ))
    }

    /// When an account was contacted (or is about to be) since an instant, for whatever order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn contacts_of_account(
        &mut self,
        account_id: Uuid,
        since: i64,
    ) -> Result<Vec<(i64,)>> {
        Ok(rows!(
            self,
            "select coalesce(delivered_at, handed_at, made_at) from arrears_notice where account_id = $1 \
             and coalesce(delivered_at, handed_at, made_at) >= $2 and channel <> 'slip' \
             and state in ('queued', 'handed', 'delivered')",
            account_id,
            since
        ))
    }

    /// When an account was really contacted since an instant, for whatever order, beside one notice: by notices that were
    /// delivered, or handed to who delivers them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn contacts_beside(
        &mut self,
        account_id: Uuid,
        notice_id: Uuid,
        since: i64,
    ) -> Result<Vec<(i64,)>> {
        Ok(rows!(
            self,
            "select coalesce(delivered_at, handed_at) from arrears_notice where account_id = $1 and notice_id <> $2 \
             and coalesce(delivered_at, handed_at) >= $3 and channel <> 'slip' and state in ('handed', 'delivered')",
            account_id,
            notice_id,
            since
        ))
    }

    /// Cancels what has not gone out of the notices of an order; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cancel_arrears_notices(&mut self, order_id: Uuid) -> Result<u64> {
        Ok(run!(
            self,
            "update arrears_notice set state = 'cancelled' where order_id = $1 and state = 'queued'",
            order_id
        ))
    }
}
