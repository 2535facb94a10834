//! Ledger entries: balanced by construction, named by the business fact they book.
//!
//! No balances, no storage, no entry ids: the caller stores entries append-only under a unique
//! key, so the same fact is booked once. A mistake is corrected by a reversal, whose key names
//! its target; the unique key allows one reversal of an entry.
//!
//! What is booked, gross: a fee when its bill is settled (debit receivable, credit fee income), a
//! payment when the provider's word is in (debit channel clearing, credit receivable), money that
//! no order can take (debit channel clearing, credit suspense).
//!
//! **VAT** is not split out of the fee entry. VAT falls due with the service, whether or not an
//! invoice is asked for, so booking it with the invoice would be wrong; and the rate belongs to a
//! dated tax item and the filing period, not to a stay. The split of fee income is an entry of
//! its own for a period. Under the non-tax regime there is none.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject, VisitId};

/// Where money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Fees billed and not yet paid.
    Receivable,
    /// Paid to the payment provider, not yet settled to the bank.
    ChannelClearing,
    /// Fees earned, VAT included.
    FeeIncome,
    /// Money that arrived and that no order can take, until somebody decides.
    Suspense,
}

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
    postings: Vec<Posting>,
}

#[derive(Deserialize)]
struct Parts {
    key: String,
    postings: Vec<Posting>,
}

/// Why there is no such entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryReject {
    /// The entry has no key.
    #[error("an entry names the fact it books")]
    NoKey,
    /// Fewer than two postings.
    #[error("an entry has at least two postings")]
    TooFewPostings,
    /// A posting of nothing, or a payment below 0.
    #[error("an amount of nothing, or with the wrong sign")]
    BadAmount,
    /// Debits and credits differ.
    #[error("debits and credits differ by {0}")]
    Unbalanced(Fen),
    /// A reversal is not reversed; the fact is booked anew.
    #[error("a reversal is not reversed")]
    ReversalOfReversal,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

const REVERSAL: &str = "reversal:";

impl Entry {
    /// An entry under the key of its fact.
    ///
    /// # Errors
    /// An `EntryReject` if it has no key, is empty, has a zero posting or does not balance.
    pub fn new(key: impl Into<String>, postings: Vec<Posting>) -> Result<Self, EntryReject> {
        let key = key.into();
        if key.is_empty() {
            return Err(EntryReject::NoKey);
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
        Ok(Entry { key, postings })
    }

    /// Unique name of the booked fact.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its postings; they sum to 0.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The entry that takes this one back.
    ///
    /// # Errors
    /// `ReversalOfReversal`, or `Overflow` where an amount has no opposite.
    pub fn reversal(&self) -> Result<Entry, EntryReject> {
        if self.key.starts_with(REVERSAL) {
            return Err(EntryReject::ReversalOfReversal);
        }
        let opposite =
            |p: &Posting| Ok(Posting { account: p.account, amount: Fen::ZERO.minus(p.amount)? });
        let postings: Result<Vec<_>, EntryReject> = self.postings.iter().map(opposite).collect();
        Entry::new(format!("{REVERSAL}{}", self.key), postings?)
    }
}

/// A visit's fee, or the difference that a revised bill makes (below 0: less is owed).
/// Key `fee:<visit>:<bill revision>`.
///
/// # Errors
/// `BadAmount` if the difference is 0: then there is nothing to book.
pub fn fee_entry(visit: VisitId, revision: u32, difference: Fen) -> Result<Entry, EntryReject> {
    let key = format!("fee:{visit}:{revision}");
    transfer(key, Account::Receivable, Account::FeeIncome, difference)
}

/// A confirmed payment of an order. Key `pay:<transaction id>`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0.
pub fn payment_entry(transaction_id: &str, amount: Fen) -> Result<Entry, EntryReject> {
    arrived(transaction_id, Account::Receivable, amount)
}

/// A payment that no order can take (late, second, of another amount). The same key as
/// `payment_entry`, so that one transaction is booked one way only.
///
/// # Errors
/// `BadAmount` unless the amount is above 0.
pub fn suspense_entry(transaction_id: &str, amount: Fen) -> Result<Entry, EntryReject> {
    arrived(transaction_id, Account::Suspense, amount)
}

fn arrived(transaction_id: &str, credit: Account, amount: Fen) -> Result<Entry, EntryReject> {
    if transaction_id.is_empty() {
        return Err(EntryReject::NoKey);
    }
    if amount <= Fen::ZERO {
        return Err(EntryReject::BadAmount);
    }
    transfer(format!("pay:{transaction_id}"), Account::ChannelClearing, credit, amount)
}

fn transfer(
    key: String,
    debit: Account,
    credit: Account,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let opposite = Fen::ZERO.minus(amount)?;
    let postings =
        vec![Posting { account: debit, amount }, Posting { account: credit, amount: opposite }];
    Entry::new(key, postings)
}

impl Account {
    /// Every account.
    pub const ALL: [Account; 4] =
        [Account::Receivable, Account::ChannelClearing, Account::FeeIncome, Account::Suspense];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Account::Receivable => "receivable",
            Account::ChannelClearing => "channel_clearing",
            Account::FeeIncome => "fee_income",
            Account::Suspense => "suspense",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Account::ALL.into_iter().find(|a| a.name() == name)
    }
}

impl EntryReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            EntryReject::NoKey => "entry_without_key",
            EntryReject::TooFewPostings => "too_few_postings",
            EntryReject::BadAmount => "bad_amount",
            EntryReject::Unbalanced(_) => "unbalanced",
            EntryReject::ReversalOfReversal => "reversal_of_reversal",
            EntryReject::Overflow => "overflow",
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
        Entry::new(parts.key, parts.postings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(account: Account, fen: i64) -> Posting {
        Posting { account, amount: Fen(fen) }
    }

    #[test]
    fn what_does_not_balance_is_no_entry() {
        use Account::{FeeIncome, Receivable, Suspense};
        for (key, postings, expected) in [
            ("k", vec![(Receivable, 300), (FeeIncome, -300)], Ok(())),
            ("k", vec![(Receivable, 300), (FeeIncome, -200), (Suspense, -100)], Ok(())),
            ("k", vec![(Receivable, 300), (FeeIncome, -299)], Err(EntryReject::Unbalanced(Fen(1)))),
            ("k", vec![], Err(EntryReject::TooFewPostings)),
            ("k", vec![(Receivable, 300)], Err(EntryReject::TooFewPostings)),
            ("k", vec![(Receivable, 0), (FeeIncome, 0)], Err(EntryReject::BadAmount)),
            ("", vec![(Receivable, 300), (FeeIncome, -300)], Err(EntryReject::NoKey)),
            ("k", vec![(Receivable, i64::MAX), (FeeIncome, 1)], Err(EntryReject::Overflow)),
        ] {
            let postings: Vec<_> = postings.into_iter().map(|(a, fen)| posting(a, fen)).collect();
            assert_eq!(Entry::new(key, postings.clone()).map(|_| ()), expected, "{postings:?}");
        }
        let forged = r#"{"key":"k","postings":[{"account":"receivable","amount":1},
            {"account":"fee_income","amount":1}]}"#;
        assert!(serde_json::from_str::<Entry>(forged).is_err());
    }

    #[test]
    fn facts_are_booked_under_their_own_names() {
        use Account::{ChannelClearing, FeeIncome, Receivable, Suspense};
        let visit: VisitId = "0190a0b0-0000-7000-8000-000000000001".parse().unwrap();
        let fee_key = "fee:0190a0b0-0000-7000-8000-000000000001:2";
        for (entry, key, debit, credit, fen) in [
            (fee_entry(visit, 2, Fen(300)), fee_key, Receivable, FeeIncome, 300),
            (fee_entry(visit, 2, Fen(-100)), fee_key, Receivable, FeeIncome, -100),
            (payment_entry("4200", Fen(300)), "pay:4200", ChannelClearing, Receivable, 300),
            (suspense_entry("4200", Fen(300)), "pay:4200", ChannelClearing, Suspense, 300),
        ] {
            let entry = entry.unwrap();
            assert_eq!(entry.key(), key);
            assert_eq!(entry.postings(), [posting(debit, fen), posting(credit, -fen)]);
            let back = entry.reversal().unwrap();
            assert_eq!(back.key(), format!("reversal:{key}"));
            assert_eq!(back.postings(), [posting(debit, -fen), posting(credit, fen)]);
            assert_eq!(back.reversal(), Err(EntryReject::ReversalOfReversal));
        }
        assert_eq!(fee_entry(visit, 1, Fen::ZERO), Err(EntryReject::BadAmount));
        assert_eq!(payment_entry("4200", Fen(-1)), Err(EntryReject::BadAmount));
        assert_eq!(payment_entry("", Fen(1)), Err(EntryReject::NoKey));
        for account in Account::ALL {
            assert_eq!(Account::from_name(account.name()), Some(account));
        }
    }
}
