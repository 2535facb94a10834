//! Decisions about money, or about whose arrears they are, by two persons.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{Result, Tx};

/// A decision; `kind` is `waiver`, `write_off` or `detach`, `state` `proposed`, `approved` or `refused`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DecisionRow {
    pub decision_id: Uuid,
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub case_id: Uuid,
    pub kind: String,
    pub amount_fen: i64,
    /// What was due for the order when it was proposed; not known of older ones.
    pub due_fen: Option<i64>,
    pub reason: String,
    pub authority: String,
    pub document_number: String,
    pub state: String,
    pub proposed_by: Uuid,
    pub proposed_at: i64,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
}

macro_rules! decision_columns {
    ($rest:literal) => {
        concat!(
            "select decision_id, order_id, operator_id, case_id, kind, amount_fen, due_fen, reason, authority, \
             document_number, state, proposed_by, proposed_at, decided_by, decided_at from money_decision ",
            $rest
        )
    };
}

impl Tx {
    /// Stores a proposal; false if one of this kind waits for the order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_decision(&mut self, decision: &DecisionRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into money_decision (decision_id, order_id, operator_id, case_id, kind, amount_fen, reason, authority, \
             document_number, state, proposed_by, proposed_at, due_fen) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             on conflict do nothing",
            decision.decision_id,
            decision.order_id,
            decision.operator_id,
            decision.case_id,
            &decision.kind,
            decision.amount_fen,
            &decision.reason,
            &decision.authority,
            &decision.document_number,
            &decision.state,
            decision.proposed_by,
            decision.proposed_at,
            decision.due_fen
        ) == 1)
    }

    /// A decision.
    ///
    /// # Errors
    /// `Database`.
    pub async fn decision(&mut self, decision_id: Uuid) -> Result<Option<DecisionRow>> {
        Ok(row!(self, decision_columns!("where decision_id = $1"), decision_id))
    }

    /// A decision, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_decision(&mut self, decision_id: Uuid) -> Result<Option<DecisionRow>> {
        Ok(lock_row!(self, decision_columns!("where decision_id = $1"), decision_id))
    }

    /// Stores that it was decided.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_decision(&mut self, decision: &DecisionRow) -> Result<()> {
        run!(
            self,
            "update money_decision set state = $2, decided_by = $3, decided_at = $4 where decision_id = $1",
            decision.decision_id,
            &decision.state,
            decision.decided_by,
            decision.decided_at
        );
        Ok(())
    }

    /// The decisions of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn decisions(&mut self, order_id: Uuid) -> Result<Vec<DecisionRow>> {
        Ok(rows!(
            self,
            decision_columns!("where order_id = $1 order by proposed_at, decision_id"),
            order_id
        ))
    }

    /// Proposals that wait, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn proposals(
        &mut self,
        operator: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<DecisionRow>> {
        Ok(rows!(
            self,
            decision_columns!(
                "where state = 'proposed' and ($1 is null or operator_id = $1) order by proposed_at, decision_id limit $2"
            ),
            operator,
            limit
        ))
    }

    /// Whether a proposal of one of these kinds waits for an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_proposal(&mut self, order_id: Uuid, kinds: &[&str; 2]) -> Result<bool> {
        let found: Option<(i64,)> = row!(
            self,
            "select count(*) from money_decision where order_id = $1 and state = 'proposed' and kind in ($2, $3)",
            order_id,
            kinds[0],
            kinds[1]
        );
        Ok(found.is_some_and(|(count,)| count > 0))
    }
}
