//! Ledger entries: balanced by construction, named by the business fact they book.
//!
//! No balances, no storage, no entry ids: the caller stores entries append-only under a unique
//! key, so the same fact is booked once; the same key with other content is a named refusal
//! (`same_fact`). A mistake is corrected by a reversal, whose key names its target; the unique key
//! allows one reversal of an entry. Nothing is netted: gross, fee and refund have entries of their own.
//!
//! **One constructor for each fact**, in the files below; docs/MONEY.md has the table of facts
//! and postings. Debit is above 0, credit below.
//!
//! **VAT** is split out of each fee when the fee is booked: it falls due with the service, whether or
//! not an invoice is asked for, and an account of what is payable must be right on any day. The rate is
//! that of the dated tax item on the day on which the order became final (`Tax::Vat`), frozen for the
//! order: a revision is split at the same rate. What is posted is the split of the new total less the
//! split of the old one (waivers taken off both), so that the tax posted of an order is always the split
//! of what it costs, half a fen up, as on its invoice. If no tax item holds on that day, the fee goes gross to `fee_income`
//! and is split by an entry of its own (`vat_split`) once the rate is known; so are fees that were
//! booked before the ledger split them. A waiver lowers price and tax; a write-off does not lower the
//! tax (bad debts relieve no VAT). Advance payment for passes is taxed when the pass is sold.
//!
//! **Non-tax** charges belong to the treasury as soon as they are receivable (应缴财政款): no
//! revenue, no VAT; what is waived or written off lowers what is due to it. It gets the gross: channel
//! fees are owed and paid apart.

mod about;
mod account;
mod cash;
mod chain;
mod fact;
mod fee;
mod pass;
mod payment;
mod period;
mod refund;
mod settlement;
#[cfg(test)]
mod tests;
mod treasury;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

pub use about::{About, Tax};
pub use account::{Account, Channel, Means};
pub use cash::{cash_counted, cash_deposited, cash_handed_over};
pub use chain::{Hash, Link, genesis, link_hash};
pub use fact::Fact;
pub use fee::{Repriced, Waiver, fee_earned, fee_repriced, vat_split, waived, written_off};
pub use pass::{pass_released, pass_sold, top_up};
pub use payment::{
    payment_received, suspense_paid_out, suspense_received, suspense_to_order, suspense_to_refund,
};
pub use period::{Month, booked_on, city_day, day_begins};
pub use refund::{refund_ended, refund_failed, refund_started};
pub use settlement::{Settlement, channel_fee, channel_fee_paid, settled};
pub use treasury::{Remittance, remitted, vat_key, vat_remitted, vat_rest_remitted};

/// Longest key, in bytes. Our own limit.
pub const KEY_LIMIT: usize = 160;
/// Longest particular, in bytes. Our own limit.
pub const PARTICULAR_LIMIT: usize = 500;

/// One side of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// Debit above 0, credit below; never 0.
    pub amount: Fen,
}

/// A balanced entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Entry {
    key: String,
    fact: Fact,
    about: About,
    postings: Vec<Posting>,
    target: Option<String>,
    particulars: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Parts {
    key: String,
    fact: Fact,
    about: About,
    postings: Vec<Posting>,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    particulars: BTreeMap<String, String>,
}

/// Why there is no such entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryReject {
    /// The entry has no key, or a part of the key is empty.
    #[error("an entry names the fact it books")]
    NoKey,
    /// A key or a particular is longer than the limit.
    #[error("a key or a particular is too long")]
    TooLong,
    /// Fewer than two postings.
    #[error("an entry has at least two postings")]
    TooFewPostings,
    /// A posting of nothing, or an amount with the wrong sign.
    #[error("an amount of nothing, or with the wrong sign")]
    BadAmount,
    /// Debits and credits differ.
    #[error("debits and credits differ by {0}")]
    Unbalanced(Fen),
    /// A reversal is not reversed; the fact is booked anew.
    #[error("a reversal is not reversed")]
    ReversalOfReversal,
    /// The fact does not exist under the payee's regime (VAT of a non-tax charge, …).
    #[error("there is no such fact under this regime")]
    OtherRegime,
    /// A decision without a reason or without the one who took it.
    #[error("a decision names its reason and who took it")]
    NoReason,
    /// The fact needs the order that it is about.
    #[error("the fact names no order")]
    NoOrder,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

/// What differs between a booked entry and another under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fact is booked already with another {}", self.name())]
pub enum Differs {
    /// Another kind of fact.
    Fact,
    /// Another operator, payee, zone, order or regime.
    About,
    /// Other accounts or amounts.
    Postings,
    /// It reverses or corrects another entry.
    Target,
    /// Another reason, evidence, …
    Particulars,
}

const REVERSAL: &str = "reversal:";

impl Entry {
    /// An entry under the key of its fact. The constructors of the facts are the usual way.
    ///
    /// # Errors
    /// An `EntryReject` if it has no key, is empty, has a zero posting or does not balance.
    pub fn new(
        key: impl Into<String>,
        fact: Fact,
        about: About,
        postings: Vec<Posting>,
    ) -> Result<Self, EntryReject> {
        let key = key.into();
        if key.is_empty() || key.split(':').any(str::is_empty) {
            return Err(EntryReject::NoKey);
        }
        if key.len() > KEY_LIMIT {
            return Err(EntryReject::TooLong);
        }
        if postings.len() < 2 {
            return Err(EntryReject::TooFewPostings);
        }
        if postings.iter().any(|p| p.amount == Fen::ZERO) {
            return Err(EntryReject::BadAmount);
        }
        let sum = Fen::sum(postings.iter().map(|p| p.amount))?;
        if sum != Fen::ZERO {
            return Err(EntryReject::Unbalanced(sum));
        }
        Ok(Entry { key, fact, about, postings, target: None, particulars: BTreeMap::new() })
    }

    /// Unique name of the booked fact.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What kind of fact it books.
    #[must_use]
    pub fn fact(&self) -> Fact {
        self.fact
    }

    /// Whose books it is in, and what it is about.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its postings; they sum to 0.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Key of the entry that it reverses or corrects.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// What else must be kept: reason, authority, gross, evidence. No personal data.
    #[must_use]
    pub fn particulars(&self) -> &BTreeMap<String, String> {
        &self.particulars
    }

    /// Adds a particular. An empty one is left out.
    ///
    /// # Errors
    /// `TooLong`.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Result<Self, EntryReject> {
        let value = value.into();
        if name.len() > PARTICULAR_LIMIT || value.len() > PARTICULAR_LIMIT {
            return Err(EntryReject::TooLong);
        }
        if !value.is_empty() {
            self.particulars.insert(name.to_owned(), value);
        }
        Ok(self)
    }

    /// Names the entry that this one corrects, where it is no full reversal.
    #[must_use]
    pub fn correcting(mut self, key: &str) -> Self {
        self.target = Some(key.to_owned());
        self
    }

    /// The entry that takes this one back, on another day.
    ///
    /// # Errors
    /// `ReversalOfReversal`, or `Overflow` where an amount has no opposite.
    pub fn reversal(&self, day: chrono::NaiveDate) -> Result<Entry, EntryReject> {
        if self.key.starts_with(REVERSAL) {
            return Err(EntryReject::ReversalOfReversal);
        }
        let opposite =
            |p: &Posting| Ok(Posting { account: p.account, amount: Fen::ZERO.minus(p.amount)? });
        let postings: Result<Vec<_>, EntryReject> = self.postings.iter().map(opposite).collect();
        let key = format!("{REVERSAL}{}", self.key);
        let about = About { day, ..self.about };
        Ok(Entry::new(key, Fact::Reversal, about, postings?)?.correcting(&self.key))
    }
}

/// Whether an entry is the one that is booked under its key. Its day may differ: a fact that is
/// told again later is the same fact.
///
/// # Errors
/// What differs.
pub fn same_fact(booked: &Entry, again: &Entry) -> Result<(), Differs> {
    if booked.fact != again.fact {
        return Err(Differs::Fact);
    }
    if (About { day: again.about.day, ..booked.about }) != again.about {
        return Err(Differs::About);
    }
    if booked.postings != again.postings {
        return Err(Differs::Postings);
    }
    if booked.target != again.target {
        return Err(Differs::Target);
    }
    match booked.particulars == again.particulars {
        true => Ok(()),
        false => Err(Differs::Particulars),
    }
}

/// Two postings: `amount` is debited to the first account and credited to the second (the other way
/// round below 0).
fn transfer(
    key: String,
    fact: Fact,
    about: &About,
    (debit, credit): (Account, Account),
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let opposite = Fen::ZERO.minus(amount)?;
    let postings =
        vec![Posting { account: debit, amount }, Posting { account: credit, amount: opposite }];
    Entry::new(key, fact, *about, postings)
}

/// As `transfer`, for an amount that must be above 0.
fn moved(
    key: String,
    fact: Fact,
    about: &About,
    accounts: (Account, Account),
    amount: Fen,
) -> Result<Entry, EntryReject> {
    if amount <= Fen::ZERO {
        return Err(EntryReject::BadAmount);
    }
    transfer(key, fact, about, accounts, amount)
}

impl EntryReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            EntryReject::NoKey => "entry_without_key",
            EntryReject::TooLong => "entry_too_long",
            EntryReject::TooFewPostings => "too_few_postings",
            EntryReject::BadAmount => "bad_amount",
            EntryReject::Unbalanced(_) => "unbalanced",
            EntryReject::ReversalOfReversal => "reversal_of_reversal",
            EntryReject::OtherRegime => "other_regime",
            EntryReject::NoReason => "decision_without_reason",
            EntryReject::NoOrder => "entry_without_order",
            EntryReject::Overflow => "overflow",
        }
    }
}

impl Differs {
    /// The word for what differs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Differs::Fact => "kind of fact",
            Differs::About => "payee, zone, order or regime",
            Differs::Postings => "account or amount",
            Differs::Target => "entry that it corrects",
            Differs::Particulars => "reason or evidence",
        }
    }

    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Differs::Fact => "entry_exists_with_other_fact",
            Differs::About => "entry_exists_about_other",
            Differs::Postings => "entry_exists_with_other_postings",
            Differs::Target => "entry_exists_with_other_target",
            Differs::Particulars => "entry_exists_with_other_particulars",
        }
    }
}

impl From<FenReject> for EntryReject {
    fn from(_: FenReject) -> Self {
        EntryReject::Overflow
    }
}

impl TryFrom<Parts> for Entry {
    type Error = EntryReject;
    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let mut entry = Entry::new(parts.key, parts.fact, parts.about, parts.postings)?;
        for (name, value) in parts.particulars {
            entry = entry.with(&name, value)?;
        }
        entry.target = parts.target;
        Ok(entry)
    }
}
