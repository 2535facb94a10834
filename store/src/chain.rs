//! The chain of a payee's entries: walking through it, and taking old entries into it.

use billing::ledger::{Hash, Link, link_hash};
use uuid::Uuid;

use crate::ledger::{ChainRow, EntryRow, PostingRow, chain_row, entry_columns};
use crate::tx::both;
use crate::{Lane, Result, Store, Tx};

/// Old entries taken into the chain in one transaction.
const AT_ONCE: i64 = 2_000;

/// The hash that an entry must have in its place, computed from what is stored.
#[must_use]
pub fn row_hash(row: &EntryRow, lines: &[PostingRow]) -> Hash {
    let optional = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    let (payee, entry_id) = (row.payee_id.to_string(), row.entry_id.to_string());
    let (operator, made_at) = (row.operator_id.to_string(), row.made_at.to_string());
    let (zone, order) = (optional(row.zone_id), optional(row.order_id));
    let rate = row.rate_bp.map_or_else(String::new, |rate| rate.to_string());
    let fields = [
        row.entry_key.as_str(),
        &row.fact,
        &entry_id,
        &operator,
        &zone,
        &order,
        &row.regime,
        &rate,
        row.target_key.as_deref().unwrap_or_default(),
        &row.fact_on,
        &row.booked_on,
        &made_at,
        &row.particulars_json,
    ];
    let postings: Vec<(&str, i64)> =
        lines.iter().map(|p| (p.account.as_str(), p.amount_fen)).collect();
    let previous = row.previous_hash.as_deref().and_then(|h| h.try_into().ok()).unwrap_or([0; 32]);
    link_hash(&Link {
        payee: &payee,
        number: row.chain_number.unwrap_or_default(),
        previous: Hash(previous),
        fields: &fields,
        postings: &postings,
    })
}

impl Tx {
    /// The ends of all chains.
    ///
    /// # Errors
    /// `Database`.
    pub async fn chains(&mut self) -> Result<Vec<ChainRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select payee_id, last_number, last_hash, closed_month from ledger_chain order by payee_id"
        )
        .fetch_all(c)
        .await?)
        })
    }

    /// A payee's entries in the order of their chain, `limit` after number `after`, with their postings.
    ///
    /// # Errors
    /// `Database`.
    pub async fn chain_after(
        &mut self,
        payee_id: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(EntryRow, Vec<PostingRow>)>> {
        let rows: Vec<EntryRow> = both!(self, |c| {
            sqlx::query_as(concat!(
            "select ",
            entry_columns!(),
            " from entry e where e.payee_id = $1 and e.chain_number > $2 order by e.chain_number limit $3"
        ))
        .bind(payee_id)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await?
        });
        self.with_postings(rows).await
    }

    /// How many entries stand in no chain, and how many postings in no entry.
    ///
    /// # Errors
    /// `Database`.
    pub async fn loose_ends(&mut self) -> Result<(i64, i64)> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select (select count(*) from entry e where e.chain_hash is null or not exists \
             (select 1 from ledger_chain l where l.payee_id = e.payee_id)), \
             (select count(*) from posting p where not exists (select 1 from entry e where e.entry_id = p.entry_id))"
        )
        .fetch_one(c)
        .await?)
        })
    }

    async fn with_postings(
        &mut self,
        rows: Vec<EntryRow>,
    ) -> Result<Vec<(EntryRow, Vec<PostingRow>)>> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.entry_id).collect();
        let mut postings = self.postings_of_entries(&ids).await?;
        let paired = rows.into_iter().map(|row| {
            let lines = postings.remove(&row.entry_id).unwrap_or_default();
            (row, lines)
        });
        Ok(paired.collect())
    }

    /// Entries from before there was a chain, the oldest first.
    async fn unchained(&mut self) -> Result<Vec<(EntryRow, Vec<PostingRow>)>> {
        let rows: Vec<EntryRow> = both!(self, |c| {
            sqlx::query_as(concat!(
            "select ",
            entry_columns!(),
            " from entry e where e.chain_hash is null order by e.payee_id, e.made_at, e.entry_id limit $1"
        ))
        .bind(AT_ONCE)
        .fetch_all(c)
        .await?
        });
        self.with_postings(rows).await
    }

    async fn store_place(&mut self, row: &EntryRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update entry set chain_number = $2, previous_hash = $3, chain_hash = $4 where entry_id = $1",
            )
            .bind(row.entry_id)
            .bind(row.chain_number)
            .bind(row.previous_hash.as_deref())
            .bind(row.chain_hash.as_deref())
            .execute(c)
            .await?;
            Ok(())
        })
    }

    async fn store_end(&mut self, chain: &ChainRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update ledger_chain set last_number = $2, last_hash = $3 where payee_id = $1",
            )
            .bind(chain.payee_id)
            .bind(chain.last_number)
            .bind(chain.last_hash.as_slice())
            .execute(c)
            .await?;
            Ok(())
        })
    }
}

impl Store {
    /// Takes entries from before there was a chain into it, a part of them in each transaction: part of
    /// migrating, and safe to run again.
    ///
    /// # Errors
    /// `Database`.
    pub(crate) async fn chain_old_entries(&self) -> Result<()> {
        loop {
            let mut tx = self.begin(Lane::Command).await?;
            let rows = tx.unchained().await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut end: Option<ChainRow> = None;
            for (mut row, lines) in rows {
                if end.as_ref().is_none_or(|chain| chain.payee_id != row.payee_id) {
                    if let Some(done) = end.take() {
                        tx.store_end(&done).await?;
                    }
                    end = Some(tx.lock_chain(row.payee_id).await?);
                }
                let Some(chain) = &mut end else { continue };
                chain_row(&mut row, &lines, chain);
                tx.store_place(&row).await?;
            }
            if let Some(done) = end {
                tx.store_end(&done).await?;
            }
            tx.commit().await?;
        }
    }

    /// Whether every entry stands in its chain.
    pub(crate) async fn is_chained(&self) -> Result<bool> {
        let mut tx = self.read().await?;
        both!(tx, |c| {
            let loose: i64 = sqlx::query_scalar(
                "select count(*) from (select 1 from entry where chain_hash is null limit 1) t",
            )
            .fetch_one(c)
            .await?;
            Ok(loose == 0)
        })
    }
}
