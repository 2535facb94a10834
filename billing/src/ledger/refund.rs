//! Refunds: decided, then ended or failed. What is pending at the provider is not posted.

use vocabulary::Fen;

use super::{About, Account, Entry, EntryReject, Fact, Means, moved};

/// A refund of an order was decided and is asked for: owed to the payer from now on.
/// Key `refund:<out_refund_no>:started`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoOrder`; `NoKey`.
pub fn refund_started(
    about: &About,
    out_refund_no: &str,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    if about.order.is_none() {
        return Err(EntryReject::NoOrder);
    }
    let key = format!("refund:{out_refund_no}:started");
    let accounts = (Account::Receivable, Account::RefundsPayable);
    moved(key, Fact::RefundStarted, about, accounts, amount)
}

/// The money is with the payer, by the provider's word or by the bank's.
/// Key `refund:<out_refund_no>:ended`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn refund_ended(
    about: &About,
    out_refund_no: &str,
    means: Means,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let key = format!("refund:{out_refund_no}:ended");
    let accounts = (Account::RefundsPayable, means.account());
    moved(key, Fact::RefundEnded, about, accounts, amount)
}

/// The refund will not happen under this number: the order has its credit back, to be refunded
/// another way. Key `refund:<out_refund_no>:failed`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoOrder`; `NoKey`.
pub fn refund_failed(
    about: &About,
    out_refund_no: &str,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    if about.order.is_none() {
        return Err(EntryReject::NoOrder);
    }
    let key = format!("refund:{out_refund_no}:failed");
    let accounts = (Account::RefundsPayable, Account::Receivable);
    let entry = moved(key, Fact::RefundFailed, about, accounts, amount)?;
    Ok(entry.correcting(&format!("refund:{out_refund_no}:started")))
}
