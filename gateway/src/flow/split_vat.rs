//! Splits VAT out of fees that were booked gross, since no tax item held on their day (`fee_income`): all that
//! stands there, at the rate of the tax item of a day that a person names.

use anyhow::Context;
use billing::ledger::{About, Account, Tax, city_day, vat_split};
use chrono::NaiveDate;
use serde::Serialize;
use store::{PayeeName, Tx};
use vocabulary::{Fen, Timestamp};

use super::books::{book, vat_rate};
use super::reconcile_day::about_payee;
use super::{Outcome, Refusal};

/// What was split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Split {
    pub payee: String,
    /// Hundredths of a percent.
    pub rate_bp: u32,
    pub gross_fen: i64,
    pub net_fen: i64,
    pub tax_fen: i64,
}

/// Splits what stands on `fee_income` of a payee. Once a day: the entry is named by the day it is made on.
///
/// # Errors
/// `other_regime` for non-tax charges, `no_tax_item`, `nothing_to_split`.
pub async fn split_vat(
    tx: &mut Tx,
    payee: &PayeeName,
    rate_of: NaiveDate,
    now: Timestamp,
) -> Outcome<Split> {
    if payee.regime != "vat" {
        let detail = "charges that belong to the treasury bear no VAT";
        return Err(Refusal::refused("other_regime", detail));
    }
    let Some(rate_bp) = vat_rate(tx, payee.payee_id, rate_of).await? else {
        let detail = format!("no tax item of {} holds on {rate_of}", payee.name);
        return Err(Refusal::refused("no_tax_item", detail));
    };
    // The chain's lock keeps two from splitting the same.
    tx.lock_chain(payee.payee_id).await?;
    let today = city_day(now);
    let tomorrow = today.succ_opt().context("a day after today")?.to_string();
    let income = Account::FeeIncome.name();
    let gross = Fen(-tx.balance_before(payee.payee_id, &income, &tomorrow).await?);
    if gross <= Fen::ZERO {
        let detail = "no fee stands there that was booked gross";
        return Err(Refusal::conflict("nothing_to_split", detail));
    }
    let about = About { tax: Tax::Vat { rate_bp: Some(rate_bp) }, ..about_payee(payee, today)? };
    let name = format!("{}:{today}", payee.payee_id);
    let entry = vat_split(&about, &name, gross).map_err(anyhow::Error::from)?;
    let on = |wanted: Account| {
        let found = entry.postings().iter().find(|posting| posting.account == wanted);
        found.map_or(0, |posting| -posting.amount.0)
    };
    let (net_fen, tax_fen) = (on(Account::Revenue(None)), on(Account::VatPayable));
    book(tx, &entry, now).await?;
    Ok(Split { payee: payee.name.clone(), rate_bp, gross_fen: gross.0, net_fen, tax_fen })
}
