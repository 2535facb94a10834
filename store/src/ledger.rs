//! Booking: entries, append-only, in the chain of their payee, and the balances kept beside them.
//!
//! Whoever books locks the end of the payee's chain first (`ledger_chain`), so that its numbers have no
//! gap and two bookings of one fact meet there. Postings are written before their entry: the entry seals
//! them, and the database takes none that does not balance, does not follow the chain or lies in a
//! closed month. What is compared and hashed is decided in `billing::ledger`.

mod batch;

use std::collections::BTreeMap;

use billing::ledger::{Differs, Entry, genesis};
use chrono::NaiveDate;
use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{bulk, bulk_fetch};
use crate::tx::{Conn, both};
use crate::{Result, StoreError, Tx};
use batch::{Batch, reversed};
pub(crate) use batch::{chain_row, entry_of};

/// A stored entry.
#[derive(Clone, Debug, FromRow)]
pub struct EntryRow {
    pub entry_id: Uuid,
    pub entry_key: String,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub fact: String,
    pub zone_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub regime: String,
    pub rate_bp: Option<i64>,
    pub target_key: Option<String>,
    /// Day of the fact.
    pub fact_on: String,
    /// Day it is posted on: a later one if the month of the fact was closed.
    pub booked_on: String,
    pub particulars_json: String,
    pub made_at: i64,
    pub reverses: Option<Uuid>,
    pub chain_number: Option<i64>,
    pub previous_hash: Option<Vec<u8>>,
    pub chain_hash: Option<Vec<u8>>,
}

/// One line of an entry: debit positive, credit negative.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PostingRow {
    pub account: String,
    pub amount_fen: i64,
}

/// The end of a payee's chain.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ChainRow {
    pub payee_id: Uuid,
    pub last_number: i64,
    pub last_hash: Vec<u8>,
    pub closed_month: Option<String>,
}

/// An entry to book, and the id it gets.
#[derive(Clone, Debug)]
pub struct Booking {
    pub entry_id: Uuid,
    pub entry: Entry,
}

/// What came of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It is in the books now, posted on this day.
    New(NaiveDate),
    /// The fact was booked before.
    Known,
    /// The key is booked with other content.
    Differs(Differs),
    /// It reverses an entry that is not in the books.
    NoTarget,
}

/// Columns of an entry, as `e`.
macro_rules! entry_columns {
    () => {
        "e.entry_id, e.entry_key, e.operator_id, e.payee_id, e.fact, e.zone_id, e.order_id, e.regime, e.rate_bp, \
         e.target_key, e.fact_on, e.booked_on, e.particulars_json, e.made_at, e.reverses, e.chain_number, \
         e.previous_hash, e.chain_hash"
    };
}
pub(crate) use entry_columns;

#[derive(FromRow)]
struct KeyedPosting {
    entry_id: Uuid,
    account: String,
    amount_fen: i64,
}

impl Tx {
    /// Books an entry under a fresh id; see `book_all`.
    ///
    /// # Errors
    /// As `book_all`.
    pub async fn book(&mut self, entry: &Entry, entry_id: Uuid, made_at: i64) -> Result<Booked> {
        let bookings = [Booking { entry_id, entry: entry.clone() }];
        let mut booked = self.book_all(&bookings, made_at).await?;
        booked.pop().ok_or_else(|| StoreError::Schema("an entry was not booked".into()))
    }

    /// Books entries and moves the balances, in one round for all. A fact that is booked already
    /// changes nothing; of two bookings with one key the first counts. Locks the chains of their payees
    /// until the transaction ends, in the order of their ids.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn book_all(&mut self, bookings: &[Booking], made_at: i64) -> Result<Vec<Booked>> {
        let mut payees: Vec<Uuid> = bookings.iter().map(|b| b.entry.about().payee.0).collect();
        payees.sort_unstable();
        payees.dedup();
        let mut chains = BTreeMap::new();
        for payee_id in payees {
            chains.insert(payee_id, self.lock_chain(payee_id).await?);
        }
        let keys: Vec<&str> = bookings.iter().map(|b| b.entry.key()).collect();
        let known = self.entries_by_key(&keys).await?;
        let targets: Vec<&str> = bookings.iter().filter_map(|b| reversed(&b.entry)).collect();
        let targets = self.ids_by_key(&targets).await?;
        let mut batch = Batch { made_at, chains, known, targets, rows: Vec::new() };
        let booked = bookings.iter().map(|b| batch.take(b)).collect::<Result<Vec<_>>>()?;
        self.append(&batch.rows).await?;
        Ok(booked)
    }

    /// The end of a payee's chain, locked until the transaction ends; begun if there is none.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_chain(&mut self, payee_id: Uuid) -> Result<ChainRow> {
        if let Some(chain) = self.locked_chain(payee_id).await? {
            return Ok(chain);
        }
        let first = genesis(&payee_id.to_string());
        both!(self, |c| sqlx::query(
            "insert into ledger_chain (payee_id, last_number, last_hash) values ($1, 0, $2) \
             on conflict (payee_id) do nothing"
        )
        .bind(payee_id)
        .bind(first.0.as_slice())
        .execute(c)
        .await
        .map(|_| ()))?;
        let chain = self.locked_chain(payee_id).await?;
        chain.ok_or_else(|| StoreError::Schema("a chain that was begun is gone".into()))
    }

    async fn locked_chain(&mut self, payee_id: Uuid) -> Result<Option<ChainRow>> {
        match self.conn() {
            Conn::Sqlite(c) => Ok(sqlx::query_as(
                "select payee_id, last_number, last_hash, closed_month from ledger_chain where payee_id = $1",
            )
            .bind(payee_id)
            .fetch_optional(c)
            .await?),
            Conn::Postgres(c) => Ok(sqlx::query_as(
                "select payee_id, last_number, last_hash, closed_month from ledger_chain where payee_id = $1 for update",
            )
            .bind(payee_id)
            .fetch_optional(c)
            .await?),
        }
    }

    /// The stored entries of some keys.
    ///
    /// # Errors
    /// `Database`; `Schema` for a row that is no entry.
    pub async fn entries_by_key(&mut self, keys: &[&str]) -> Result<BTreeMap<String, Entry>> {
        // Each once: a batch may tell a fact twice.
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let rows: Vec<EntryRow> = bulk_fetch!(
            self,
            &keys,
            "k",
            |key| ["text": *key],
            concat!("select ", entry_columns!(), " from v cross join entry e where e.entry_key = v.k")
        );
        let ids: Vec<Uuid> = rows.iter().map(|row| row.entry_id).collect();
        let mut postings = self.postings_of_entries(&ids).await?;
        let mut entries = BTreeMap::new();
        for row in rows {
            let lines = postings.remove(&row.entry_id).unwrap_or_default();
            entries.insert(row.entry_key.clone(), entry_of(&row, &lines)?);
        }
        Ok(entries)
    }

    async fn ids_by_key(&mut self, keys: &[&str]) -> Result<BTreeMap<String, Uuid>> {
        let rows: Vec<(String, Uuid)> = bulk_fetch!(
            self,
            keys,
            "k",
            |key| ["text": *key],
            "select e.entry_key, e.entry_id from v cross join entry e where e.entry_key = v.k"
        );
        Ok(rows.into_iter().collect())
    }

    /// The postings of some entries, by entry, in the order of their lines.
    ///
    /// # Errors
    /// `Database`.
    pub async fn postings_of_entries(
        &mut self,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<PostingRow>>> {
        let rows: Vec<KeyedPosting> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select p.entry_id, p.account, p.amount_fen from v cross join posting p where p.entry_id = v.id \
             order by p.entry_id, p.line"
        );
        let mut postings: BTreeMap<Uuid, Vec<PostingRow>> = BTreeMap::new();
        for KeyedPosting { entry_id, account, amount_fen } in rows {
            postings.entry(entry_id).or_default().push(PostingRow { account, amount_fen });
        }
        Ok(postings)
    }

    async fn append(&mut self, rows: &[(EntryRow, Vec<PostingRow>)]) -> Result<()> {
        let lines: Vec<(Uuid, i64, &PostingRow)> = rows
            .iter()
            .flat_map(|(e, lines)| (0..).zip(lines).map(|(line, p)| (e.entry_id, line, p)))
            .collect();
        bulk!(
            self,
            &lines,
            "entry_id, line, account, amount_fen",
            |l| ["uuid": l.0, "bigint": l.1, "text": l.2.account.as_str(), "bigint": l.2.amount_fen],
            "insert into posting (entry_id, line, account, amount_fen) select * from v"
        );
        self.insert_entries(rows).await?;
        self.move_balances(rows).await
    }

    async fn insert_entries(&mut self, rows: &[(EntryRow, Vec<PostingRow>)]) -> Result<()> {
        bulk!(
            self,
            rows,
            "entry_id, entry_key, operator_id, payee_id, fact, zone_id, order_id, regime, rate_bp, target_key, fact_on, \
             booked_on, particulars_json, made_at, reverses, chain_number, previous_hash, chain_hash",
            |r| [
                "uuid": r.0.entry_id,
                "text": r.0.entry_key.as_str(),
                "uuid": r.0.operator_id,
                "uuid": r.0.payee_id,
                "text": r.0.fact.as_str(),
                "uuid": r.0.zone_id,
                "uuid": r.0.order_id,
                "text": r.0.regime.as_str(),
                "bigint": r.0.rate_bp,
                "text": r.0.target_key.as_deref(),
                "text": r.0.fact_on.as_str(),
                "text": r.0.booked_on.as_str(),
                "text": r.0.particulars_json.as_str(),
                "bigint": r.0.made_at,
                "uuid": r.0.reverses,
                "bigint": r.0.chain_number,
                "bytea": r.0.previous_hash.as_deref(),
                "bytea": r.0.chain_hash.as_deref(),
            ],
            "insert into entry (entry_id, entry_key, operator_id, payee_id, fact, zone_id, order_id, regime, rate_bp, \
             target_key, fact_on, booked_on, particulars_json, made_at, reverses, chain_number, previous_hash, \
             chain_hash) select * from v"
        );
        Ok(())
    }

    async fn move_balances(&mut self, rows: &[(EntryRow, Vec<PostingRow>)]) -> Result<()> {
        let mut sums: BTreeMap<(Uuid, &str, &str), (i64, i64)> = BTreeMap::new();
        for (entry, lines) in rows {
            for line in lines {
                let key = (entry.payee_id, line.account.as_str(), entry.booked_on.as_str());
                let (debit, credit) = sums.entry(key).or_default();
                *debit += line.amount_fen.max(0);
                *credit -= line.amount_fen.min(0);
            }
        }
        let sums: Vec<_> = sums.into_iter().collect();
        bulk!(
            self,
            &sums,
            "payee_id, account, booked_on, debit_fen, credit_fen",
            |s| [
                "uuid": s.0.0,
                "text": s.0.1,
                "text": s.0.2,
                "bigint": s.1.0,
                "bigint": s.1.1,
            ],
            "insert into balance (payee_id, account, booked_on, debit_fen, credit_fen) select * from v where true \
             on conflict (payee_id, account, booked_on) do update \
             set debit_fen = balance.debit_fen + excluded.debit_fen, \
             credit_fen = balance.credit_fen + excluded.credit_fen"
        );
        Ok(())
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
