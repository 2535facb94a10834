//! Closing a month of a payee's books, by two persons.
//!
//! The first proposes: the month is over, those before it are closed, the books are proved. The second
//! closes what is still the same; if something was booked into the month meanwhile, it is proposed
//! anew. Afterwards no entry is posted in it: what is late is posted on the first day that is open, with
//! the day of its fact and the key of what it corrects. A closed month is never opened.

use billing::ledger::{Month, city_day};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{ChainRow, MonthRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::prove_books::{From, prove_payee};
use super::{Outcome, Refusal};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// A second person has to close it.
    Proposed,
    /// Something was booked since it was proposed; a second person has to close it.
    ProposedAgain,
    /// It is closed.
    Closed,
}

/// Proposes a month, or closes what another person proposed. `by` names the person.
///
/// # Errors
/// `month_not_over`, `month_closed`, `earlier_month_open`, `nothing_booked`, `books_do_not_add_up`,
/// `second_person_needed`.
pub async fn close_month(
    tx: &mut Tx,
    payee_id: Uuid,
    month: Month,
    by: &str,
    now: Timestamp,
) -> Outcome<Closing> {
    let chain = tx.lock_chain(payee_id).await?;
    may_close(tx, &chain, month, now).await?;
    let proved = prove_payee(tx, &chain, From::LastProof).await?;
    if let Some(first) = proved.differences.first() {
        let detail = format!("{first}; run gateway ledger verify");
        return Err(Refusal::conflict("books_do_not_add_up", detail));
    }
    let digest = digest(tx, payee_id, month).await?;
    let name = month.to_string();
    let before = tx.months(payee_id).await?.into_iter().find(|m| m.month == name);
    let Some(before) = before else {
        propose(tx, &chain, name, digest, by, now).await?;
        return Ok(Closing::Proposed);
    };
    if before.digest != digest {
        propose(tx, &chain, name, digest, by, now).await?;
        return Ok(Closing::ProposedAgain);
    }
    if before.proposed_by == by {
        let detail = format!("{by} proposed it: another person has to close it");
        return Err(Refusal::Forbidden { code: "second_person_needed", detail });
    }
    tx.close_month(payee_id, &name, by, now.ms()).await?;
    Ok(Closing::Closed)
}

async fn may_close(tx: &mut Tx, chain: &ChainRow, month: Month, now: Timestamp) -> Outcome<()> {
    if city_day(now) <= month.last_day() {
        let detail = format!("{month} is not over");
        return Err(Refusal::conflict("month_not_over", detail));
    }
    let closed: Option<Month> =
        chain.closed_month.as_deref().map(str::parse).transpose().map_err(anyhow::Error::from)?;
    if closed.is_some_and(|closed| month <= closed) {
        return Err(Refusal::conflict("month_closed", format!("{month} is closed already")));
    }
    let Some(first) = tx.first_booked_on(chain.payee_id).await? else {
        return Err(Refusal::conflict("nothing_booked", "there is no entry in these books"));
    };
    let first: chrono::NaiveDate = first.parse().map_err(anyhow::Error::from)?;
    let next = closed.map_or(Month::of(first), Month::next);
    if month != next {
        let detail = format!("{next} is the month to be closed next");
        return Err(Refusal::conflict("earlier_month_open", detail));
    }
    Ok(())
}

async fn propose(
    tx: &mut Tx,
    chain: &ChainRow,
    month: String,
    digest: Vec<u8>,
    by: &str,
    now: Timestamp,
) -> Outcome<()> {
    tx.propose_month(&MonthRow {
        payee_id: chain.payee_id,
        month,
        state: "proposed".into(),
        digest,
        last_number: chain.last_number,
        last_hash: chain.last_hash.clone(),
        proposed_by: by.to_owned(),
        proposed_at: now.ms(),
        closed_by: None,
        closed_at: None,
    })
    .await?;
    Ok(())
}

/// What the second person closes: the trial balance at the end of the month, and what moved in it.
async fn digest(tx: &mut Tx, payee_id: Uuid, month: Month) -> Outcome<Vec<u8>> {
    let (first, last) = (month.first_day().to_string(), month.last_day().to_string());
    let mut sum = Sha256::new();
    for from in ["", first.as_str()] {
        for row in tx.trial(Some(payee_id), from, &last).await? {
            let line = format!("{from} {} {} {}\n", row.account, row.debit_fen, row.credit_fen);
            sum.update(line.as_bytes());
        }
    }
    Ok(sum.finalize().to_vec())
}
