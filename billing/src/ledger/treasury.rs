//! What is handed over: charges to the treasury, VAT to the tax bureau.

use vocabulary::{Fen, ZoneId};

use super::{About, Account, Channel, Entry, EntryReject, Fact, Month, Posting, Tax, moved};

/// A batch of charges handed to the treasury.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remittance<'a> {
    /// Names the batch; the key is `remit:<batch>`.
    pub batch: &'a str,
    /// The channel, if it paid straight into the treasury's account; else the bank.
    pub by: Option<Channel>,
    /// What each zone's part is.
    pub parts: &'a [(Option<ZoneId>, Fen)],
    /// The number of the payment form (缴款书) or receipt that proves it.
    pub evidence: &'a str,
}

/// Charges were handed to the treasury, gross.
///
/// # Errors
/// `OtherRegime` for a payee under VAT; `BadAmount` unless each part is above 0; `NoReason` without
/// evidence; `NoKey`.
pub fn remitted(about: &About, remittance: &Remittance<'_>) -> Result<Entry, EntryReject> {
    let Remittance { batch, by, parts, evidence } = *remittance;
    if about.tax != Tax::NonTax {
        return Err(EntryReject::OtherRegime);
    }
    if evidence.is_empty() {
        return Err(EntryReject::NoReason);
    }
    if parts.iter().any(|(_, amount)| *amount <= Fen::ZERO) {
        return Err(EntryReject::BadAmount);
    }
    let total = Fen::sum(parts.iter().map(|(_, amount)| *amount))?;
    let from = by.map_or(Account::Bank, Account::ChannelClearing);
    let debit = |(zone, amount): &(Option<ZoneId>, Fen)| Posting {
        account: Account::DueToTreasury(*zone),
        amount: *amount,
    };
    let mut postings: Vec<Posting> = parts.iter().map(debit).collect();
    postings.push(Posting { account: from, amount: Fen::ZERO.minus(total)? });
    let key = format!("remit:{batch}");
    Entry::new(key, Fact::Remittance, *about, postings)?.with("evidence", evidence)
}

/// VAT of a month was paid. Key `vat_remitted:<payee>:<month>`.
///
/// # Errors
/// `OtherRegime` for a non-tax payee; `BadAmount` unless the amount is above 0; `NoReason` without
/// evidence.
pub fn vat_remitted(
    about: &About,
    month: Month,
    amount: Fen,
    evidence: &str,
) -> Result<Entry, EntryReject> {
    vat_paid(vat_key(about, month), about, amount, evidence)
}

/// What was left of the VAT of a month was paid, by another receipt than the first.
/// Key `vat_remitted:<payee>:<month>:<evidence>`.
///
/// # Errors
/// As `vat_remitted`.
pub fn vat_rest_remitted(
    about: &About,
    month: Month,
    amount: Fen,
    evidence: &str,
) -> Result<Entry, EntryReject> {
    vat_paid(format!("{}:{evidence}", vat_key(about, month)), about, amount, evidence)
}

/// How the keys of all that was paid of the VAT of a month begin.
#[must_use]
pub fn vat_key(about: &About, month: Month) -> String {
    format!("vat_remitted:{}:{month}", about.payee)
}

fn vat_paid(key: String, about: &About, amount: Fen, evidence: &str) -> Result<Entry, EntryReject> {
    if about.tax == Tax::NonTax {
        return Err(EntryReject::OtherRegime);
    }
    if evidence.is_empty() {
        return Err(EntryReject::NoReason);
    }
    let accounts = (Account::VatPayable, Account::Bank);
    moved(key, Fact::VatRemitted, about, accounts, amount)?.with("evidence", evidence)
}
