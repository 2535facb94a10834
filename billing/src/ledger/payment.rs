//! Money that arrives: for an order, or for none yet.

use vocabulary::{Fen, OrderId};

use super::{About, Account, Entry, EntryReject, Fact, Means, moved};

/// A confirmed payment of an order. Key `pay:<transaction>`: the provider's transaction id, the
/// number of a cash receipt, the bank's reference, or the id of a use of the prepaid balance.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoOrder`; `NoKey`.
pub fn payment_received(
    about: &About,
    transaction: &str,
    means: Means,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    if about.order.is_none() {
        return Err(EntryReject::NoOrder);
    }
    arrived(about, transaction, (means, Account::Receivable), Fact::Payment, amount)
}

/// A payment that no order can take (late, second, of another amount, unknown). The same key as
/// `payment_received`, so that one transaction is booked one way only.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn suspense_received(
    about: &About,
    transaction: &str,
    means: Means,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    arrived(about, transaction, (means, Account::Suspense), Fact::Suspense, amount)
}

/// Money that went back by a refund which is not in the books: a debit of the suspense account, until
/// somebody decides. Key `refund:<out_refund_no>:unknown`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn suspense_paid_out(
    about: &About,
    out_refund_no: &str,
    means: Means,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let key = format!("refund:{out_refund_no}:unknown");
    moved(key, Fact::Suspense, about, (Account::Suspense, means.account()), amount)
}

/// Money in suspense is given to an order. Key `suspense:<transaction>`: resolved once.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`; `NoReason`.
pub fn suspense_to_order(
    about: &About,
    transaction: &str,
    order: OrderId,
    amount: Fen,
    reason: &str,
) -> Result<Entry, EntryReject> {
    let about = About { order: Some(order), ..*about };
    resolved(&about, transaction, Account::Receivable, amount, reason)
}

/// Money in suspense goes back to its payer; `refund_ended` follows. Key `suspense:<transaction>`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`; `NoReason`.
pub fn suspense_to_refund(
    about: &About,
    transaction: &str,
    amount: Fen,
    reason: &str,
) -> Result<Entry, EntryReject> {
    resolved(about, transaction, Account::RefundsPayable, amount, reason)
}

fn arrived(
    about: &About,
    transaction: &str,
    (means, credit): (Means, Account),
    fact: Fact,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    moved(format!("pay:{transaction}"), fact, about, (means.account(), credit), amount)
}

fn resolved(
    about: &About,
    transaction: &str,
    credit: Account,
    amount: Fen,
    reason: &str,
) -> Result<Entry, EntryReject> {
    if reason.is_empty() {
        return Err(EntryReject::NoReason);
    }
    let key = format!("suspense:{transaction}");
    moved(key, Fact::SuspenseResolved, about, (Account::Suspense, credit), amount)?
        .with("reason", reason)
}
