//! What the payee hands over: charges to the treasury in batches with their evidence, VAT to the tax
//! bureau, fees to a channel that settles gross. Never more than is due.

use std::collections::BTreeMap;

use billing::ledger::{
    About, Account, Channel, Entry, Month, Remittance, channel_fee_paid, remitted, vat_remitted,
};
use chrono::NaiveDate;
use store::{Booked, PayeeName, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp, ZoneId};

use super::reconcile_day::about_payee;
use super::{Outcome, Refusal};

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
/// `more_than_due`; `other_regime`, `bad_amount`, `decision_without_reason` (no evidence),
/// `entry_without_key`; `entry_exists_…` where the batch, month or reference is booked otherwise.
pub async fn pay_over(
    tx: &mut Tx,
    payee: &PayeeName,
    what: &PaidOver<'_>,
    on: NaiveDate,
    now: Timestamp,
) -> Outcome<Recorded> {
    let about = about_payee(payee, on)?;
    let entry = entry(&about, what)
        .map_err(|refused| Refusal::refused(refused.code(), refused.to_string()))?;
    // The chain's lock keeps two from handing over the same balance.
    tx.lock_chain(payee.payee_id).await?;
    let known = tx.entries_by_key(&[entry.key()]).await?;
    if known.is_empty() {
        check_due(tx, payee, &entry, now).await?;
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

fn entry(about: &About, what: &PaidOver<'_>) -> Result<Entry, billing::ledger::EntryReject> {
    match *what {
        PaidOver::Treasury { batch, parts, evidence } => {
            remitted(about, &Remittance { batch, by: None, parts, evidence })
        }
        PaidOver::Vat { month, amount, evidence } => vat_remitted(about, month, amount, evidence),
        PaidOver::ChannelFee { channel, reference, amount } => {
            channel_fee_paid(about, channel, reference, amount)
        }
    }
}

/// What an entry debits must stand in credit.
async fn check_due(tx: &mut Tx, payee: &PayeeName, entry: &Entry, now: Timestamp) -> Outcome<()> {
    let today = billing::ledger::city_day(now).to_string();
    let stands: BTreeMap<String, i64> = tx
        .trial(Some(payee.payee_id), "", &today)
        .await?
        .into_iter()
        .map(|row| (row.account, row.credit_fen - row.debit_fen))
        .collect();
    for posting in entry.postings().iter().filter(|p| p.amount > Fen::ZERO) {
        let account: Account = posting.account;
        let due = stands.get(&account.name()).copied().unwrap_or_default();
        if posting.amount.0 > due {
            let detail = format!("{account}: {} is due, not {}", Fen(due), posting.amount);
            return Err(Refusal::conflict("more_than_due", detail));
        }
    }
    Ok(())
}
