//! Ledger entries, append-only, and the balances kept beside them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A balanced entry; `entry_key` is the business fact that it books.
#[derive(Clone, Debug, FromRow)]
pub struct EntryRow {
    pub entry_id: Uuid,
    pub entry_key: String,
    pub operator_id: Uuid,
    pub order_id: Option<Uuid>,
    pub made_at: i64,
    pub reverses: Option<Uuid>,
}

/// One line of an entry: debit positive, credit negative.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PostingRow {
    pub account: String,
    pub amount_fen: i64,
}

impl Tx {
    /// Books an entry and moves the balances; false if this business fact is booked already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn book(&mut self, entry: &EntryRow, postings: &[PostingRow]) -> Result<bool> {
        let fresh = both!(self, |c| sqlx::query(
            "insert into entry (entry_id, entry_key, operator_id, order_id, made_at, reverses) \
             values ($1, $2, $3, $4, $5, $6) on conflict (entry_key) do nothing"
        )
        .bind(entry.entry_id)
        .bind(&entry.entry_key)
        .bind(entry.operator_id)
        .bind(entry.order_id)
        .bind(entry.made_at)
        .bind(entry.reverses)
        .execute(c)
        .await?
        .rows_affected()
            == 1);
        if !fresh {
            return Ok(false);
        }
        // Balances are locked in one order by all: a correction names them the other way round.
        let mut lines: Vec<(i64, &PostingRow)> = (0..).zip(postings).collect();
        lines.sort_by_key(|(_, posting)| &posting.account);
        for (line, posting) in lines {
            self.post(entry, line, posting).await?;
        }
        Ok(true)
    }

    async fn post(&mut self, entry: &EntryRow, line: i64, posting: &PostingRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into posting (entry_id, line, account, amount_fen) values ($1, $2, $3, $4)",
            )
            .bind(entry.entry_id)
            .bind(line)
            .bind(&posting.account)
            .bind(posting.amount_fen)
            .execute(&mut *c)
            .await?;
            sqlx::query(
                "insert into balance (operator_id, account, amount_fen) values ($1, $2, $3) \
                 on conflict (operator_id, account) do update \
                 set amount_fen = balance.amount_fen + excluded.amount_fen",
            )
            .bind(entry.operator_id)
            .bind(&posting.account)
            .bind(posting.amount_fen)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The lines of the entry that booked a business fact, if it is booked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn postings_of(&mut self, entry_key: &str) -> Result<Vec<PostingRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select p.account, p.amount_fen from posting p join entry e on e.entry_id = p.entry_id \
             where e.entry_key = $1 order by p.line"
        )
        .bind(entry_key)
        .fetch_all(c)
        .await?))
    }
}
