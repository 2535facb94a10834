//! Cash: an account for each collector. Taking it is `payment_received` with `Means::Cash`.

use vocabulary::{Fen, StaffId};

use super::{About, Account, Entry, EntryReject, Fact, moved, transfer};

/// A collector's cash was counted at the end of a shift: the books follow the count, the difference
/// is over or short. Key `cash:<shift>:counted`.
///
/// # Errors
/// `BadAmount` if the count is what was expected (nothing to book) or below 0; `NoKey`.
pub fn cash_counted(
    about: &About,
    shift: &str,
    collector: StaffId,
    expected: Fen,
    counted: Fen,
) -> Result<Entry, EntryReject> {
    if counted < Fen::ZERO {
        return Err(EntryReject::BadAmount);
    }
    let key = format!("cash:{shift}:counted");
    let accounts = (Account::Cash(collector), Account::CashOverShort);
    transfer(key, Fact::CashCounted, about, accounts, counted.minus(expected)?)?
        .with("expected_fen", expected.0.to_string())?
        .with("counted_fen", counted.0.to_string())
}

/// Cash went from one collector to another (the cashier at the office, too).
/// Key `cash:<slip>:handed_over`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0 and the two differ; `NoKey`.
pub fn cash_handed_over(
    about: &About,
    slip: &str,
    from: StaffId,
    to: StaffId,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    if from == to {
        return Err(EntryReject::BadAmount);
    }
    let key = format!("cash:{slip}:handed_over");
    moved(key, Fact::CashHandedOver, about, (Account::Cash(to), Account::Cash(from)), amount)
}

/// A collector's cash was brought to the bank. Key `deposit:<slip>`: the bank's slip.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn cash_deposited(
    about: &About,
    slip: &str,
    collector: StaffId,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let key = format!("deposit:{slip}");
    moved(key, Fact::CashDeposited, about, (Account::Bank, Account::Cash(collector)), amount)
}
