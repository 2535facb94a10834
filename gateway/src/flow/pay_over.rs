//! What the payee hands over: charges to the treasury in batches with their evidence, VAT to the tax
//! bureau, fees to a channel that settles gross. Never more than is due, neither on the day it was paid nor
//! of all that is booked; of VAT never more than that of the month.

use std::collections::BTreeMap;

use billing::ledger::{
    About, Account, Channel, Entry, EntryReject, Fact, Month, Remittance, channel_fee_paid,
    city_day, remitted, vat_key, vat_remitted, vat_rest_remitted,
};
use chrono::NaiveDate;
use store::{Booked, PayeeName, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp, ZoneId};

use super::reconcile_day::about_payee;
use super::{Outcome, Refusal};

/// After every day of the books.
const LAST_DAY: &str = "9999-12-31";

/// What is handed over.
#[derive(Clone, Debug)]
pub enum PaidOver<'a> {
    /// A batch of non-tax charges, by zone.
    Treasury { batch: &'a str, parts: &'a [(Option<ZoneId>, Fen)], evidence: &'a str },
    /// The VAT of a month.
    Vat { month: Month, amount: Fen, evidence: &'a str },
    /// Fees that a channel is owed.
    ChannelFee { channel: Channel, reference: &'a str, amount: Fen },
}

/// Whether it was booked now or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    Now,
    Before,
}

/// Records that it was paid on a day.
///
/// # Errors
/// `paid_in_future`, `month_not_over`, `more_than_due`; `other_regime`, `bad_amount`,
/// `decision_without_reason` (no evidence), `entry_without_key`; `entry_exists_…` where the batch, the receipt
/// of the month or the reference is booked otherwise.
pub async fn pay_over(
    tx: &mut Tx,
    payee: &PayeeName,
    what: &PaidOver<'_>,
    on: NaiveDate,
    now: Timestamp,
) -> Outcome<Recorded> {
    check_day(what, on, now)?;
    let about = about_payee(payee, on)?;
    // The chain's lock keeps two from handing over the same balance.
    tx.lock_chain(payee.payee_id).await?;
    let entry = entry(tx, &about, what).await?;
    let known = tx.entries_by_key(&[entry.key()]).await?;
    if known.is_empty() {
        if let PaidOver::Vat { month, amount, .. } = *what {
            check_month(tx, &about, month, amount).await?;
        }
        for until in [on.to_string(), LAST_DAY.to_owned()] {
            check_due(tx, payee, &entry, &until).await?;
        }
    }
    match tx.book(&entry, Uuid::now_v7(), now.ms()).await? {
        Booked::New(_) => Ok(Recorded::Now),
        Booked::Known => Ok(Recorded::Before),
        Booked::Differs(what) => {
            Err(Refusal::conflict(what.code(), format!("{}: {what}", entry.key())))
        }
        Booked::NoTarget => Err(anyhow::anyhow!("nothing is reversed here").into()),
    }
}

/// Nothing was paid tomorrow, and no VAT of a month before the month was over.
fn check_day(what: &PaidOver<'_>, on: NaiveDate, now: Timestamp) -> Outcome<()> {
    let today = city_day(now);
    if on > today {
        let detail = format!("{on} is to come: today is {today}");
        return Err(Refusal::refused("paid_in_future", detail));
    }
    match what {
        PaidOver::Vat { month, .. } if Month::of(on) <= *month => {
            let detail = format!("{month} was not over on {on}: its VAT is not known before");
            Err(Refusal::conflict("month_not_over", detail))
        }
        _ => Ok(()),
    }
}

async fn entry(tx: &mut Tx, about: &About, what: &PaidOver<'_>) -> Outcome<Entry> {
    let entry = match *what {
        PaidOver::Treasury { batch, parts, evidence } => {
            remitted(about, &Remittance { batch, by: None, parts, evidence })
        }
        PaidOver::Vat { month, amount, evidence } => {
            return vat_entry(tx, about, (month, amount, evidence)).await;
        }
        PaidOver::ChannelFee { channel, reference, amount } => {
            channel_fee_paid(about, channel, reference, amount)
        }
    };
    entry.map_err(refused)
}

fn refused(reject: EntryReject) -> Refusal {
    Refusal::refused(reject.code(), reject.to_string())
}

/// The first receipt of a month has the month's key, each other one a key of its own.
async fn vat_entry(
    tx: &mut Tx,
    about: &About,
    (month, amount, evidence): (Month, Fen, &str),
) -> Outcome<Entry> {
    let first = tx.entries_by_key(&[&vat_key(about, month)]).await?;
    let by_other = |entry: &Entry| {
        entry.particulars().get("evidence").is_some_and(|before| before != evidence)
    };
    let entry = if first.values().any(by_other) {
        vat_rest_remitted(about, month, amount, evidence)
    } else {
        vat_remitted(about, month, amount, evidence)
    };
    entry.map_err(refused)
}

/// Of a month's VAT no more is paid than the books say, less what was paid of it before.
async fn check_month(tx: &mut Tx, about: &About, month: Month, amount: Fen) -> Outcome<()> {
    let days = (month.first_day().to_string(), month.last_day().to_string());
    let (payee, vat) = (about.payee.0, Account::VatPayable.name());
    let sums = tx.fact_sums(payee, &days.0, &days.1).await?;
    let of_month =
        |row: &&store::FactSumRow| row.account == vat && row.fact != Fact::VatRemitted.name();
    // What is owed stands in credit, below 0.
    let owed = -sums.iter().filter(of_month).map(|row| row.amount_fen).sum::<i64>();
    let paid = tx.posted_under((payee, &vat), &vat_key(about, month)).await?;
    let due = owed - paid;
    if amount.0 > due {
        let detail = format!("VAT of {month}: {} is due, not {amount}", Fen(due.max(0)));
        return Err(Refusal::conflict("more_than_due", detail));
    }
    Ok(())
}

/// What an entry debits must stand in credit at the end of a day.
async fn check_due(tx: &mut Tx, payee: &PayeeName, entry: &Entry, until: &str) -> Outcome<()> {
    let stands: BTreeMap<String, i64> = tx
        .trial(Some(payee.payee_id), "", until)
        .await?
        .into_iter()
        .map(|row| (row.account, row.credit_fen - row.debit_fen))
        .collect();
    for posting in entry.postings().iter().filter(|p| p.amount > Fen::ZERO) {
        let account: Account = posting.account;
        let due = stands.get(&account.name()).copied().unwrap_or_default();
        if posting.amount.0 > due {
            let on = if until == LAST_DAY { String::new() } else { format!(" on {until}") };
            let due = Fen(due.max(0));
            let detail = format!("{account}: {due} is due{on}, not {}", posting.amount);
            return Err(Refusal::conflict("more_than_due", detail));
        }
    }
    Ok(())
}
