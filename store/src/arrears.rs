//! Dunning of orders that are owing.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{Result, Tx};

/// Dunning of one order.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ArrearsRow {
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub account_id: Option<Uuid>,
    pub state: String,
    pub since_at: i64,
    pub limitation_at: i64,
    pub steps_taken: i64,
    pub step_taken_at: Option<i64>,
    pub next_at: Option<i64>,
    pub policy: String,
    pub changed_at: i64,
}

/// What is owed for one order, with what a person has to know of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwedRow {
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub account_id: Option<Uuid>,
    pub state: String,
    pub since_at: i64,
    pub limitation_at: i64,
    pub steps_taken: i64,
    pub plate: String,
    pub opened_at: i64,
    pub ended_at: Option<i64>,
    pub owed_fen: i64,
    pub order_state: String,
}

macro_rules! arrears_columns {
    ($rest:literal) => {
        concat!(
            "select order_id, operator_id, account_id, state, since_at, limitation_at, steps_taken, step_taken_at, \
             next_at, policy, changed_at from arrears ",
            $rest
        )
    };
}

/// What is due is what the order machine says (docs/MONEY.md).
macro_rules! owed_columns {
    ($rest:literal) => {
        concat!(
            "select o.order_id, o.operator_id, o.account_id, coalesce(a.state, 'running') as state, \
             coalesce(a.since_at, o.owing_at, o.opened_at) as since_at, coalesce(a.limitation_at, 0) as limitation_at, \
             coalesce(a.steps_taken, 0) as steps_taken, v.plate, o.opened_at, o.ended_at, o.total_fen - o.waived_fen - o.written_off_fen \
             - (o.paid_fen - o.refunding_fen - o.refunded_fen) as owed_fen, o.state as order_state \
             from parking_order o join visit v on v.visit_id = o.subject_id and o.subject_kind = 'visit' \
             left join arrears a on a.order_id = o.order_id ",
            $rest
        )
    };
}

impl Tx {
    /// Begins the dunning of an order; false if it has begun before.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_arrears(&mut self, arrears: &ArrearsRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into arrears (order_id, operator_id, account_id, state, since_at, limitation_at, steps_taken, \
             step_taken_at, next_at, policy, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             on conflict (order_id) do nothing",
            arrears.order_id,
            arrears.operator_id,
            arrears.account_id,
            &arrears.state,
            arrears.since_at,
            arrears.limitation_at,
            arrears.steps_taken,
            arrears.step_taken_at,
            arrears.next_at,
            &arrears.policy,
            arrears.changed_at
        ) == 1)
    }

    /// The dunning of an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn arrears(&mut self, order_id: Uuid) -> Result<Option<ArrearsRow>> {
        Ok(row!(self, arrears_columns!("where order_id = $1"), order_id))
    }

    /// The dunning of an order, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_arrears(&mut self, order_id: Uuid) -> Result<Option<ArrearsRow>> {
        Ok(lock_row!(self, arrears_columns!("where order_id = $1"), order_id))
    }

    /// Stores what changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_arrears(&mut self, arrears: &ArrearsRow) -> Result<()> {
        run!(
            self,
            "update arrears set account_id = $2, state = $3, steps_taken = $4, step_taken_at = $5, next_at = $6, \
             policy = $7, changed_at = $8 where order_id = $1",
            arrears.order_id,
            arrears.account_id,
            &arrears.state,
            arrears.steps_taken,
            arrears.step_taken_at,
            arrears.next_at,
            &arrears.policy,
            arrears.changed_at
        );
        Ok(())
    }

    /// Orders that are owing and have no dunning yet, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn owing_without_arrears(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select o.order_id from parking_order o where o.state = 'owing' and o.subject_kind = 'visit' and not exists \
             (select 1 from arrears a where a.order_id = o.order_id) order by o.owing_at, o.order_id limit $1",
            limit
        ))
    }

    /// Dunning that is to be looked at by `now`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn arrears_due(&mut self, now: i64, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select order_id from arrears where state = 'running' and next_at <= $1 order by next_at, order_id limit $2",
            now,
            limit
        ))
    }

    /// Dunning that goes on or is paused though its order is not owing any more.
    ///
    /// # Errors
    /// `Database`.
    pub async fn arrears_without_debt(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select a.order_id from arrears a join parking_order o on o.order_id = a.order_id \
             where a.state in ('running', 'paused', 'listed', 'lapsed') and o.state <> 'owing' order by a.order_id limit $1",
            limit
        ))
    }

    /// Dunning that was settled or given up though its order is owing (again).
    ///
    /// # Errors
    /// `Database`.
    pub async fn debt_without_arrears(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select a.order_id from arrears a join parking_order o on o.order_id = a.order_id \
             where a.state in ('settled', 'written_off') and o.state = 'owing' order by a.order_id limit $1",
            limit
        ))
    }

    /// What an account owes, oldest first. What was detached is not theirs.
    ///
    /// # Errors
    /// `Database`.
    pub async fn owed_by_account(&mut self, account_id: Uuid, limit: i64) -> Result<Vec<OwedRow>> {
        Ok(rows!(
            self,
            owed_columns!(
                "where o.account_id = $1 and o.state = 'owing' order by o.owing_at, o.order_id limit $2"
            ),
            account_id,
            limit
        ))
    }

    /// What is owed for a plate at an operator, oldest first. What was detached is not the plate's.
    ///
    /// # Errors
    /// `Database`.
    pub async fn owed_by_plate(
        &mut self,
        plate: &str,
        operator: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<OwedRow>> {
        Ok(rows!(
            self,
            owed_columns!(
                "where v.plate = $1 and ($2 is null or o.operator_id = $2) and o.state = 'owing' \
                 and (a.state is null or a.state <> 'detached') order by o.owing_at, o.order_id limit $3"
            ),
            plate,
            operator,
            limit
        ))
    }

    /// Dunning in a state, oldest first, `limit` after `after`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn owed_in_state(
        &mut self,
        state: &str,
        operator: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<OwedRow>> {
        Ok(rows!(
            self,
            owed_columns!(
                "where a.state = $1 and ($2 is null or a.operator_id = $2) and a.order_id > $3 \
                 order by a.order_id limit $4"
            ),
            state,
            operator,
            after.unwrap_or(Uuid::nil()),
            limit
        ))
    }

    /// A visit and its order are nobody's any more.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unlink_visit(&mut self, visit_id: Uuid) -> Result<()> {
        run!(self, "update visit set account_id = null where visit_id = $1", visit_id);
        run!(
            self,
            "update parking_order set account_id = null where subject_kind = 'visit' and subject_id = $1",
            visit_id
        );
        Ok(())
    }

    /// The name of an operator.
    ///
    /// # Errors
    /// `Database`.
    pub async fn operator_name(&mut self, operator_id: Uuid) -> Result<Option<String>> {
        let found: Option<(String,)> =
            row!(self, "select name from operator where operator_id = $1", operator_id);
        Ok(found.map(|(name,)| name))
    }

    /// Dunning by state: how many, and how much is owed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_arrears(&mut self) -> Result<Vec<(String, i64, i64)>> {
        Ok(rows!(
            self,
            "select a.state, count(*), cast(sum(o.total_fen - o.waived_fen - o.written_off_fen \
             - (o.paid_fen - o.refunding_fen - o.refunded_fen)) as bigint) from arrears a \
             join parking_order o on o.order_id = a.order_id where o.state = 'owing' group by a.state order by a.state"
        ))
    }
}
