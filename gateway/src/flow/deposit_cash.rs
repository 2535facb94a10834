//! A cashier brings cash to the bank.

use anyhow::Context;
use billing::ledger::{self, city_day, day_begins};
use chrono::NaiveDate;
use serde_json::json;
use store::{CashDepositRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::actor::Actor;
use super::books::book;
use super::cash_shift::{about, operator_of, payee_of};
use super::{Outcome, Refusal};

/// Longest number of a bank's slip, in characters.
const SLIP_CHARS: usize = 64;

/// What was brought to the bank.
#[derive(Clone, Debug)]
pub struct Deposit {
    pub cashier: StaffId,
    pub amount: Fen,
    /// The number on the bank's slip.
    pub bank_slip: String,
    pub deposited_on: NaiveDate,
    /// Name of the payee; may be left out where the operator has one only.
    pub payee: Option<String>,
}

/// Books a deposit. The same slip again is the same deposit.
///
/// # Errors
/// `amount_out_of_range`, `slip_malformed`, `deposited_in_future`, `more_than_held`, `deposited_before_handed_in`,
/// `slip_reused`, `payee_unknown`.
pub async fn deposit_cash(
    tx: &mut Tx,
    actor: &Actor,
    deposit: &Deposit,
    now: Timestamp,
) -> Outcome<CashDepositRow> {
    let slip = deposit.bank_slip.trim();
    let plain = !slip.contains(':') && !slip.chars().any(char::is_control);
    if !plain || !(1..=SLIP_CHARS).contains(&slip.chars().count()) {
        let detail = "the number of a bank's slip has 1 to 64 characters and no colon";
        return Err(Refusal::refused("slip_malformed", detail));
    }
    if deposit.amount <= Fen::ZERO {
        return Err(Refusal::refused("amount_out_of_range", "a deposit is above 0"));
    }
    let (on, today) = (deposit.deposited_on, city_day(now));
    if on > today {
        let detail = format!("{on} is to come: today is {today}");
        return Err(Refusal::refused("deposited_in_future", detail));
    }
    let operator_id = operator_of(tx, actor).await?;
    let payee_id = payee_of(tx, operator_id, deposit.payee.as_deref(), now).await?;
    tx.lock_cash_series(operator_id, &format!("deposit:{}", deposit.cashier)).await?;
    let row = CashDepositRow {
        deposit_id: Uuid::now_v7(),
        operator_id,
        payee_id,
        cashier_id: deposit.cashier.0,
        amount_fen: deposit.amount.0,
        bank_slip: slip.to_owned(),
        deposited_on: deposit.deposited_on.to_string(),
        made_at: now.ms(),
        made_by: actor.name(),
    };
    if let Some(known) = tx.cash_deposit(operator_id, slip).await? {
        return same(&known, &row);
    }
    check_held(tx, &row, on).await?;
    tx.insert_cash_deposit(&row).await?;
    let mut about = about(tx, (operator_id, payee_id), now).await?;
    about.day = deposit.deposited_on;
    // The slip is the bank's; two operators may bank at two banks with the same number.
    let key = format!("{operator_id}-{slip}");
    let entry = ledger::cash_deposited(&about, &key, deposit.cashier, deposit.amount);
    book(tx, &entry.context("booking a deposit")?, now).await?;
    let detail = json!({"amount_fen": deposit.amount.0});
    actor.audit(tx, now, "cash_deposited", ("cash_deposit", slip), &detail).await?;
    Ok(row)
}

/// Cash is brought to the bank that the cashier took over before, and has not brought there yet.
async fn check_held(tx: &mut Tx, row: &CashDepositRow, on: NaiveDate) -> Outcome<()> {
    let whose = (row.payee_id, row.cashier_id);
    let held = tx.cash_at_cashier(whose.0, whose.1).await?;
    if row.amount_fen > held {
        let detail = format!("this cashier holds {held} fen that were handed in");
        return Err(Refusal::conflict("more_than_held", detail));
    }
    let ends = day_begins(on.succ_opt().unwrap_or(on)).ms();
    let held = tx.cash_at_cashier_by(whose, &row.deposited_on, ends).await?;
    if row.amount_fen > held {
        let detail = format!("at the end of {on} this cashier held {held} fen that were handed in");
        return Err(Refusal::conflict("deposited_before_handed_in", detail));
    }
    Ok(())
}

fn same(known: &CashDepositRow, row: &CashDepositRow) -> Outcome<CashDepositRow> {
    let of = |d: &CashDepositRow| (d.payee_id, d.cashier_id, d.amount_fen, d.deposited_on.clone());
    if of(known) == of(row) {
        return Ok(known.clone());
    }
    Err(Refusal::conflict("slip_reused", "this slip was entered with other content"))
}
