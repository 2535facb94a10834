//! Appeals of drivers against bills.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// An appeal. `said` is the driver's own words; `policy` the version that its rules are of.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AppealRow {
    pub appeal_id: Uuid,
    pub case_id: Uuid,
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub account_id: Option<Uuid>,
    pub ground: String,
    pub said: String,
    pub state: String,
    /// What the order asked for when the appeal was filed.
    pub asked_fen: i64,
    pub proposed_fen: i64,
    pub given_fen: i64,
    pub reviewer: Option<Uuid>,
    pub reason: Option<String>,
    pub confirmed_by: Option<Uuid>,
    pub filed_at: i64,
    pub decided_at: Option<i64>,
    pub policy: String,
}

macro_rules! appeal_columns {
    ($rest:literal) => {
        concat!(
            "select appeal_id, case_id, order_id, operator_id, account_id, ground, said, state, asked_fen, proposed_fen, \
             given_fen, reviewer, reason, confirmed_by, filed_at, decided_at, policy from appeal ",
            $rest
        )
    };
}

impl Tx {
    /// Files an appeal; false if the order has an open one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_appeal(&mut self, appeal: &AppealRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into appeal (appeal_id, case_id, order_id, operator_id, account_id, ground, said, state, asked_fen, \
             proposed_fen, given_fen, filed_at, policy) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             on conflict do nothing",
            appeal.appeal_id,
            appeal.case_id,
            appeal.order_id,
            appeal.operator_id,
            appeal.account_id,
            &appeal.ground,
            &appeal.said,
            &appeal.state,
            appeal.asked_fen,
            appeal.proposed_fen,
            appeal.given_fen,
            appeal.filed_at,
            &appeal.policy
        ) == 1)
    }

    /// An appeal.
    ///
    /// # Errors
    /// `Database`.
    pub async fn appeal(&mut self, appeal_id: Uuid) -> Result<Option<AppealRow>> {
        Ok(row!(self, appeal_columns!("where appeal_id = $1"), appeal_id))
    }

    /// The appeal of a case.
    ///
    /// # Errors
    /// `Database`.
    pub async fn appeal_of_case(&mut self, case_id: Uuid) -> Result<Option<AppealRow>> {
        Ok(row!(self, appeal_columns!("where case_id = $1"), case_id))
    }

    /// An appeal, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_appeal(&mut self, appeal_id: Uuid) -> Result<Option<AppealRow>> {
        Ok(lock_row!(self, appeal_columns!("where appeal_id = $1"), appeal_id))
    }

    /// The appeals of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn appeals_of_order(&mut self, order_id: Uuid) -> Result<Vec<AppealRow>> {
        Ok(rows!(
            self,
            appeal_columns!("where order_id = $1 order by filed_at, appeal_id"),
            order_id
        ))
    }

    /// The appeals of an account, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn appeals_of_account(
        &mut self,
        account_id: Uuid,
        limit: i64,
    ) -> Result<Vec<AppealRow>> {
        Ok(rows!(
            self,
            appeal_columns!(
                "where account_id = $1 order by filed_at desc, appeal_id desc limit $2"
            ),
            account_id,
            limit
        ))
    }

    /// Stores what an event changed in an appeal that this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_appeal(&mut self, appeal: &AppealRow) -> Result<()> {
        run!(
            self,
            "update appeal set state = $2, proposed_fen = $3, given_fen = $4, reviewer = $5, reason = $6, \
             confirmed_by = $7, decided_at = $8 where appeal_id = $1",
            appeal.appeal_id,
            &appeal.state,
            appeal.proposed_fen,
            appeal.given_fen,
            appeal.reviewer,
            &appeal.reason,
            appeal.confirmed_by,
            appeal.decided_at
        );
        Ok(())
    }

    /// Whether an order has an appeal that is not over.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_open_appeal(&mut self, order_id: Uuid) -> Result<bool> {
        let open: i64 = both!(self, |c| {
            sqlx::query_scalar(
            "select count(*) from appeal where order_id = $1 and state in ('filed', 'in_review', 'proposed')"
        )
        .bind(order_id)
        .fetch_one(c)
        .await?
        });
        Ok(open > 0)
    }

    /// Staff whose own work stands behind an order: who captured its plate, who bound, corrected or
    /// waived. As the ids that claims, links and the order's history carry.
    ///
    /// # Errors
    /// `Database`.
    pub async fn staff_behind_order(&mut self, order_id: Uuid) -> Result<Vec<String>> {
        let captured: Vec<(Uuid,)> = rows!(
            self,
            "select distinct c.staff_id from parking_order o join stay_link l on l.visit_id = o.subject_id \
             join claim c on c.claim_id = l.claim_id where o.order_id = $1 and c.staff_id is not null",
            order_id
        );
        let acted: Vec<(String,)> = rows!(
            self,
            "select distinct actor from order_event where order_id = $1 union \
             select l.actor from parking_order o join stay_link l on l.visit_id = o.subject_id where o.order_id = $1",
            order_id
        );
        let mut behind: Vec<String> = captured.into_iter().map(|(id,)| id.to_string()).collect();
        behind.extend(acted.into_iter().map(|(actor,)| actor));
        Ok(behind)
    }
}
