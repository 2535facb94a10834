//! Entries on their way into the chains, and stored ones on their way back.

use std::collections::BTreeMap;
use std::str::FromStr;

use billing::invoice::Regime;
use billing::ledger::{
    About, Account, Entry, Fact, Hash, Month, Posting, Tax, booked_on, city_day, same_fact,
};
use chrono::NaiveDate;
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, OrderId, PayeeId, Timestamp, ZoneId};

use super::{Booked, Booking, ChainRow, EntryRow, PostingRow};
use crate::chain::row_hash;
use crate::{Result, StoreError};

/// The key of the entry that this one takes back.
pub(super) fn reversed(entry: &Entry) -> Option<&str> {
    entry.target().filter(|_| entry.fact() == Fact::Reversal)
}

/// Entries on their way into the chains.
pub(super) struct Batch {
    pub(super) made_at: i64,
    pub(super) chains: BTreeMap<Uuid, ChainRow>,
    pub(super) known: BTreeMap<String, Entry>,
    pub(super) targets: BTreeMap<String, Uuid>,
    pub(super) rows: Vec<(EntryRow, Vec<PostingRow>)>,
}

impl Batch {
    /// Puts an entry at the end of its chain, unless its fact is known.
    pub(super) fn take(&mut self, booking: &Booking) -> Result<Booked> {
        let entry = &booking.entry;
        if let Some(before) = self.known.get(entry.key()) {
            return Ok(same_fact(before, entry).map_or_else(Booked::Differs, |()| Booked::Known));
        }
        let reverses = match reversed(entry) {
            Some(key) => match self.targets.get(key) {
                Some(id) => Some(*id),
                None => return Ok(Booked::NoTarget),
            },
            None => None,
        };
        let payee_id = entry.about().payee.0;
        let chain = self.chains.get_mut(&payee_id);
        let chain = chain.ok_or_else(|| StoreError::Schema("a chain was not locked".into()))?;
        let closed = chain.closed_month.as_deref().map(read::<Month>).transpose()?;
        let today = city_day(Timestamp::from_ms(self.made_at));
        let day = booked_on(entry.about().day, today, closed);
        let lines: Vec<PostingRow> = entry.postings().iter().map(posting_row).collect();
        let mut row = entry_row(booking, self.made_at, day)?;
        row.reverses = reverses;
        chain_row(&mut row, &lines, chain);
        self.known.insert(entry.key().to_owned(), entry.clone());
        self.rows.push((row, lines));
        Ok(Booked::New(day))
    }
}

/// Gives a row the next place in a chain.
pub(crate) fn chain_row(row: &mut EntryRow, lines: &[PostingRow], chain: &mut ChainRow) {
    row.chain_number = Some(chain.last_number + 1);
    row.previous_hash = Some(chain.last_hash.clone());
    let Hash(hash) = row_hash(row, lines);
    row.chain_hash = Some(hash.to_vec());
    chain.last_number += 1;
    chain.last_hash = hash.to_vec();
}

fn posting_row(posting: &Posting) -> PostingRow {
    PostingRow { account: posting.account.name(), amount_fen: posting.amount.0 }
}

fn entry_row(booking: &Booking, made_at: i64, day: NaiveDate) -> Result<EntryRow> {
    let (entry, about) = (&booking.entry, booking.entry.about());
    let particulars_json = serde_json::to_string(entry.particulars())
        .map_err(|e| StoreError::Schema(format!("particulars that are no JSON: {e}")))?;
    Ok(EntryRow {
        entry_id: booking.entry_id,
        entry_key: entry.key().to_owned(),
        operator_id: about.operator.0,
        payee_id: about.payee.0,
        fact: entry.fact().name().to_owned(),
        zone_id: about.zone.map(|zone| zone.0),
        order_id: about.order.map(|order| order.0),
        regime: about.tax.regime().name().to_owned(),
        rate_bp: about.tax.rate_bp().map(i64::from),
        target_key: entry.target().map(str::to_owned),
        fact_on: about.day.to_string(),
        booked_on: day.to_string(),
        particulars_json,
        made_at,
        reverses: None,
        chain_number: None,
        previous_hash: None,
        chain_hash: None,
    })
}

/// A stored entry as `billing` knows it.
pub(crate) fn entry_of(row: &EntryRow, lines: &[PostingRow]) -> Result<Entry> {
    let unknown = |what: &str| StoreError::Schema(format!("{}: unknown {what}", row.entry_key));
    let regime = Regime::from_name(&row.regime).ok_or_else(|| unknown("regime"))?;
    let rate_bp = row.rate_bp.map(u32::try_from).transpose().map_err(|_| unknown("rate"))?;
    let about = About {
        operator: OperatorId(row.operator_id),
        payee: PayeeId(row.payee_id),
        zone: row.zone_id.map(ZoneId),
        order: row.order_id.map(OrderId),
        tax: Tax::of(regime, rate_bp),
        day: read(&row.fact_on)?,
    };
    let mut postings = Vec::with_capacity(lines.len());
    for line in lines {
        let account = Account::from_name(&line.account).ok_or_else(|| unknown("account"))?;
        postings.push(Posting { account, amount: Fen(line.amount_fen) });
    }
    let fact = Fact::from_name(&row.fact).ok_or_else(|| unknown("fact"))?;
    let refused = |e: billing::ledger::EntryReject| unknown(e.code());
    let mut entry = Entry::new(row.entry_key.as_str(), fact, about, postings).map_err(refused)?;
    let particulars: BTreeMap<String, String> =
        serde_json::from_str(&row.particulars_json).map_err(|_| unknown("particulars"))?;
    for (name, value) in particulars {
        entry = entry.with(&name, value).map_err(refused)?;
    }
    Ok(match &row.target_key {
        Some(key) => entry.correcting(key),
        None => entry,
    })
}

/// Reads a stored day or month.
pub(crate) fn read<T: FromStr>(text: &str) -> Result<T> {
    text.parse()
        .map_err(|_| StoreError::Schema(format!("{text:?} is no day or month of the books")))
}
