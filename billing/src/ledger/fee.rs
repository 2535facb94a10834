//! What is earned, and what of it is given up: fees, waivers, write-offs.

use vocabulary::{Fen, OrderId};

use super::{About, Account, Entry, EntryReject, Fact, Posting, Tax, transfer};
use crate::invoice::{Totals, split_gross};

/// A reduction by authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiver<'a> {
    /// Names the decision; the key is `waiver:<decision>`.
    pub decision: &'a str,
    /// What the order costs before this waiver: its total less what was waived before.
    pub gross: Fen,
    /// What of it is waived.
    pub reduction: Fen,
    /// Why.
    pub reason: &'a str,
    /// Who may: the policy or the person, and its document.
    pub authority: &'a str,
}

/// A price that changes, all of it gross and **less what is waived**, so that the tax stays that of what
/// the order costs.
#[derive(Clone, Copy, Debug)]
pub struct Repriced<'a> {
    /// What the order cost, as it is booked.
    pub before: Fen,
    /// What of its waivers was reversed since, since the new price needs less of them. A reversal gives
    /// back the tax that its waiver took at the price of that day; what that is off is put right with
    /// the price.
    pub reversed: &'a [Entry],
    /// What it costs with the waivers that are left.
    pub after: Fen,
}

/// An order's fee at a revision of its bill: only the difference from what is booked. `before` and
/// `after` are gross totals **less what was waived so far**, so that the tax stays that of what the
/// order costs. Key `fee:<order>:<bill revision>`.
///
/// # Errors
/// `BadAmount` if nothing changes (then there is nothing to book), or if less is charged than was
/// waived: the waiver is reversed first (`fee_repriced`).
pub fn fee_earned(
    about: &About,
    order: OrderId,
    revision: u32,
    before: Fen,
    after: Fen,
) -> Result<Entry, EntryReject> {
    fee_repriced(about, order, revision, &Repriced { before, reversed: &[], after })
}

/// The same where waivers were reversed for it. The same key.
///
/// # Errors
/// As `fee_earned`.
pub fn fee_repriced(
    about: &About,
    order: OrderId,
    revision: u32,
    price: &Repriced<'_>,
) -> Result<Entry, EntryReject> {
    let about = About { order: Some(order), ..*about };
    let income = about.income();
    earned(&about, format!("fee:{order}:{revision}"), Fact::Fee, income, price)
}

/// Debits the receivable, credits income and VAT with the difference of two prices.
pub(super) fn earned(
    about: &About,
    key: String,
    fact: Fact,
    income: Account,
    price: &Repriced<'_>,
) -> Result<Entry, EntryReject> {
    let booked = price.booked(about.tax)?;
    if price.before < Fen::ZERO || price.after < Fen::ZERO || booked.gross == price.after {
        return Err(EntryReject::BadAmount);
    }
    let change = less(&split(about.tax, price.after)?, &booked)?;
    let lines = [
        (Account::Receivable, change.gross),
        (income, Fen::ZERO.minus(change.net)?),
        (Account::VatPayable, Fen::ZERO.minus(change.tax)?),
    ];
    Entry::new(key, fact, *about, postings(lines))
}

impl Repriced<'_> {
    /// What the books hold of the price: its split, and what the reversals gave back.
    fn booked(&self, tax: Tax) -> Result<Totals, EntryReject> {
        let mut booked = split(tax, self.before)?;
        for entry in self.reversed {
            let on = |wanted: Account| {
                let of = entry.postings().iter().filter(move |line| line.account == wanted);
                Fen::sum(of.map(|line| line.amount))
            };
            let (gross, tax) = (on(Account::Receivable)?, on(Account::VatPayable)?);
            booked.gross = booked.gross.plus(gross)?;
            booked.tax = booked.tax.minus(tax)?;
            booked.net = booked.gross.minus(booked.tax)?;
        }
        Ok(booked)
    }
}

/// The split of `after` less the split of `before`.
fn difference(tax: Tax, before: Fen, after: Fen) -> Result<Totals, EntryReject> {
    less(&split(tax, after)?, &split(tax, before)?)
}

fn less(new: &Totals, old: &Totals) -> Result<Totals, EntryReject> {
    Ok(Totals {
        net: new.net.minus(old.net)?,
        tax: new.tax.minus(old.tax)?,
        gross: new.gross.minus(old.gross)?,
    })
}

fn split(tax: Tax, gross: Fen) -> Result<Totals, EntryReject> {
    match tax.rate_bp() {
        Some(rate_bp) => Ok(split_gross(gross, rate_bp)?),
        None => Ok(Totals { net: gross, tax: Fen::ZERO, gross }),
    }
}

/// Lines that are not nothing.
fn postings<const N: usize>(lines: [(Account, Fen); N]) -> Vec<Posting> {
    let some = lines.into_iter().filter(|(_, amount)| *amount != Fen::ZERO);
    some.map(|(account, amount)| Posting { account, amount }).collect()
}

/// Splits VAT out of fees that were booked gross (`FeeIncome`), at the rate of `about`.
/// Key `vat_split:<name>`, where the name says what was split (an order's entry, a month).
///
/// # Errors
/// `OtherRegime` without a rate, `BadAmount` for nothing.
pub fn vat_split(about: &About, name: &str, gross: Fen) -> Result<Entry, EntryReject> {
    let Tax::Vat { rate_bp: Some(rate_bp) } = about.tax else {
        return Err(EntryReject::OtherRegime);
    };
    let parts = split_gross(gross, rate_bp)?;
    let lines = [
        (Account::FeeIncome, gross),
        (Account::Revenue(about.zone), Fen::ZERO.minus(parts.net)?),
        (Account::VatPayable, Fen::ZERO.minus(parts.tax)?),
    ];
    if name.is_empty() {
        return Err(EntryReject::NoKey);
    }
    Entry::new(format!("vat_split:{name}"), Fact::VatSplit, *about, postings(lines))
}

/// A waiver: gross, reduction, reason and authority are kept. Price and tax are lowered. What is due
/// to the treasury is lowered, as far as the waiver goes.
///
/// # Errors
/// `BadAmount` unless 0 < reduction <= gross; `NoReason`; `NoOrder`.
pub fn waived(about: &About, waiver: &Waiver<'_>) -> Result<Entry, EntryReject> {
    let Waiver { decision, gross, reduction, reason, authority } = *waiver;
    if about.order.is_none() {
        return Err(EntryReject::NoOrder);
    }
    if reason.is_empty() || authority.is_empty() {
        return Err(EntryReject::NoReason);
    }
    if reduction <= Fen::ZERO || reduction > gross {
        return Err(EntryReject::BadAmount);
    }
    let change = difference(about.tax, gross, gross.minus(reduction)?)?;
    let lowered = match about.tax {
        Tax::Vat { .. } => Account::Waivers(about.zone),
        Tax::NonTax => Account::DueToTreasury(about.zone),
    };
    let lines = [
        (lowered, Fen::ZERO.minus(change.net)?),
        (Account::VatPayable, Fen::ZERO.minus(change.tax)?),
        (Account::Receivable, change.gross),
    ];
    Entry::new(format!("waiver:{decision}"), Fact::Waiver, *about, postings(lines))?
        .with("gross_fen", gross.0.to_string())?
        .with("reduction_fen", reduction.0.to_string())?
        .with("reason", reason)?
        .with("authority", authority)
}

/// A receivable is given up. VAT stays due; what is due to the treasury is lowered.
/// Key `write_off:<decision>`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoReason`; `NoOrder`.
pub fn written_off(
    about: &About,
    decision: &str,
    amount: Fen,
    reason: &str,
    authority: &str,
) -> Result<Entry, EntryReject> {
    if about.order.is_none() {
        return Err(EntryReject::NoOrder);
    }
    if reason.is_empty() || authority.is_empty() {
        return Err(EntryReject::NoReason);
    }
    if amount <= Fen::ZERO {
        return Err(EntryReject::BadAmount);
    }
    let lowered = match about.tax {
        Tax::Vat { .. } => Account::WriteOff,
        Tax::NonTax => Account::DueToTreasury(about.zone),
    };
    let key = format!("write_off:{decision}");
    transfer(key, Fact::WriteOff, about, (lowered, Account::Receivable), amount)?
        .with("reason", reason)?
        .with("authority", authority)
}
