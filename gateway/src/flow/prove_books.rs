//! The proof of the books: every payee's chain is whole, every entry balances, and the balances are
//! what the entries make.
//!
//! Changes nothing. A full proof starts at the first entry; the daily one goes on from the last clean
//! proof and rebuilds the balances of the months that are still open. What was proved or closed before
//! is an anchor: a chain that was cut, or written anew from some entry on, does not lead through it.

use std::collections::BTreeMap;

use anyhow::Result;
use billing::ledger::{Hash, Month, genesis};
use store::{ChainRow, EntryRow, PostingRow, Tx, row_hash};
use uuid::Uuid;
use vocabulary::Fen;

use crate::verify::Difference;

/// Entries read in one go.
const PAGE: i64 = 2_000;
/// Differences told of one payee; more are counted.
const TOLD: usize = 50;

/// Where a proof starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the first entry.
    Start,
    /// After the last entry of the last clean proof.
    LastProof,
}

/// What a proof of one payee's books found.
#[derive(Clone, Debug)]
pub struct Proved {
    pub payee_id: Uuid,
    /// Entries looked at.
    pub entries: usize,
    /// Balances of accounts and days rebuilt.
    pub balances: usize,
    /// The end of the chain as it was found.
    pub last_number: i64,
    pub last_hash: Vec<u8>,
    /// What was debited altogether in the days rebuilt.
    pub debit_fen: i64,
    pub differences: Vec<Difference>,
}

/// The walk along a chain.
struct Walk {
    number: i64,
    hash: Vec<u8>,
    anchors: BTreeMap<i64, (Vec<u8>, String)>,
    told: Told,
    entries: usize,
}

#[derive(Default)]
struct Told {
    differences: Vec<Difference>,
    more: usize,
}

/// Proves every payee's books from the start.
///
/// # Errors
/// When the database fails.
pub async fn prove_books(tx: &mut Tx) -> Result<Vec<Proved>> {
    let mut all = Vec::new();
    for chain in tx.chains().await? {
        all.push(prove_payee(tx, &chain, From::Start).await?);
    }
    let (entries, postings) = tx.loose_ends().await?;
    if let Some(first) = all.first_mut().filter(|_| entries > 0) {
        let detail = format!("{entries} entries stand in no chain");
        first.differences.push(Difference::new("chain", "all", detail));
    }
    if let Some(first) = all.first_mut().filter(|_| postings > 0) {
        let detail = format!("{postings} postings belong to no entry");
        first.differences.push(Difference::new("entry", "all", detail));
    }
    Ok(all)
}

/// Proves one payee's books.
///
/// # Errors
/// When the database fails.
pub async fn prove_payee(tx: &mut Tx, chain: &ChainRow, from: From) -> Result<Proved> {
    let mut walk = begin(tx, chain.payee_id, from).await?;
    loop {
        let page = tx.chain_after(chain.payee_id, walk.number, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for (row, lines) in &page {
            walk.step(row, lines);
        }
    }
    walk.end(chain);
    let open_from = match (&chain.closed_month, from) {
        (Some(month), From::LastProof) => month.parse::<Month>()?.next().first_day().to_string(),
        _ => String::new(),
    };
    let (balances, debit_fen) =
        prove_balances(tx, chain.payee_id, &open_from, &mut walk.told).await?;
    Ok(Proved {
        payee_id: chain.payee_id,
        entries: walk.entries,
        balances,
        last_number: walk.number,
        last_hash: walk.hash,
        debit_fen,
        differences: walk.told.all(chain.payee_id),
    })
}

async fn begin(tx: &mut Tx, payee_id: Uuid, from: From) -> Result<Walk> {
    let first = genesis(&payee_id.to_string()).0.to_vec();
    let mut walk = Walk {
        number: 0,
        hash: first,
        anchors: BTreeMap::new(),
        told: Told::default(),
        entries: 0,
    };
    let proofs = tx.proofs(payee_id).await?;
    if let Some(last) = proofs.iter().rfind(|p| p.differences == 0 && from == From::LastProof) {
        (walk.number, walk.hash) = (last.last_number, last.last_hash.clone());
    }
    for proof in proofs.into_iter().filter(|p| p.differences == 0) {
        let what = format!("the proof of {}", proof.proved_on);
        walk.anchors.insert(proof.last_number, (proof.last_hash, what));
    }
    for month in tx.months(payee_id).await?.into_iter().filter(|m| m.state == "closed") {
        let what = format!("the closing of {}", month.month);
        walk.anchors.insert(month.last_number, (month.last_hash, what));
    }
    Ok(walk)
}

impl Walk {
    fn step(&mut self, row: &EntryRow, lines: &[PostingRow]) {
        self.entries += 1;
        let number = row.chain_number.unwrap_or_default();
        let key = &row.entry_key;
        if number != self.number + 1 {
            let detail = format!("number {} is followed by {number} ({key})", self.number);
            self.told.add("chain", row.payee_id, detail);
        } else if row.previous_hash.as_deref() != Some(self.hash.as_slice()) {
            let detail = format!("{key} (number {number}) does not follow the entry before it");
            self.told.add("chain", row.payee_id, detail);
        }
        let Hash(hash) = row_hash(row, lines);
        if row.chain_hash.as_deref() != Some(hash.as_slice()) {
            let detail = format!("number {number}: what is stored is not what was booked");
            self.told.add("chain", key, detail);
        }
        let sum: i64 = lines.iter().map(|p| p.amount_fen).sum();
        if lines.len() < 2 || sum != 0 {
            let detail = format!("its {} postings make {}", lines.len(), Fen(sum));
            self.told.add("entry", key, detail);
        }
        self.number = number;
        self.hash = row.chain_hash.clone().unwrap_or_default();
        self.check_anchor(row.payee_id);
    }

    fn check_anchor(&mut self, payee_id: Uuid) {
        if let Some((hash, what)) = self.anchors.remove(&self.number)
            && hash != self.hash
        {
            let detail = format!("number {} is not what {what} saw", self.number);
            self.told.add("chain", payee_id, detail);
        }
    }

    /// The end must be where the head says, and no anchor may lie behind it.
    fn end(&mut self, chain: &ChainRow) {
        self.check_anchor(chain.payee_id);
        if (chain.last_number, &chain.last_hash) != (self.number, &self.hash) {
            let detail = format!("it ends at {}, not at {}", self.number, chain.last_number);
            self.told.add("chain", chain.payee_id, detail);
        }
        let anchors = std::mem::take(&mut self.anchors);
        for (number, (_, what)) in anchors.into_iter().filter(|(number, _)| *number > self.number) {
            let detail = format!("{what} saw {number} entries, there are {}", self.number);
            self.told.add("chain", chain.payee_id, detail);
        }
    }
}

impl Told {
    fn add(&mut self, kind: &'static str, subject: impl std::fmt::Display, detail: String) {
        if self.differences.len() < TOLD {
            self.differences.push(Difference::new(kind, subject, detail));
        } else {
            self.more += 1;
        }
    }

    fn all(mut self, payee_id: Uuid) -> Vec<Difference> {
        if self.more > 0 {
            let detail = format!("{} more differences", self.more);
            self.differences.push(Difference::new("chain", payee_id, detail));
        }
        self.differences
    }
}

/// Balances rebuilt, and what was debited; debits and credits must be equal.
async fn prove_balances(
    tx: &mut Tx,
    payee_id: Uuid,
    from_on: &str,
    told: &mut Told,
) -> Result<(usize, i64)> {
    let rows = tx.balances(payee_id, from_on).await?;
    let (mut debit, mut credit) = (0_i64, 0_i64);
    for row in &rows {
        debit += row.stored_debit_fen;
        credit += row.stored_credit_fen;
        let stored = (row.stored_debit_fen, row.stored_credit_fen);
        let posted = (row.posted_debit_fen, row.posted_credit_fen);
        if stored != posted {
            let shown = |(debit, credit)| format!("{} / {}", Fen(debit), Fen(credit));
            let detail = format!("stored {}, posted {}", shown(stored), shown(posted));
            told.add("balance", format!("{} on {}", row.account, row.booked_on), detail);
        }
    }
    if debit != credit {
        let detail = format!("debits {} and credits {} differ", Fen(debit), Fen(credit));
        told.add("balance", payee_id, detail);
    }
    Ok((rows.len(), debit))
}
