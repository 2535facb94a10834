//! What is paid ahead: passes and prepaid balances.

use vocabulary::{Fen, OrderId};

use super::fee::{Repriced, earned};
use super::{About, Account, Entry, EntryReject, Fact, Month, Tax, moved, transfer};

/// A pass was sold, or its price revised (a pro-rata refund lowers it): only the difference. The tax
/// falls due with the sale, the net is earned month by month (`pass_released`). A non-tax charge is
/// due to the treasury at once. Prices as for `fee_repriced`. Key `pass:<order>:<bill revision>`.
///
/// # Errors
/// `BadAmount` if nothing changes.
pub fn pass_sold(
    about: &About,
    order: OrderId,
    revision: u32,
    price: &Repriced<'_>,
) -> Result<Entry, EntryReject> {
    let about = About { order: Some(order), ..*about };
    let income = match about.tax {
        Tax::Vat { .. } => Account::DeferredRevenue,
        Tax::NonTax => about.income(),
    };
    earned(&about, format!("pass:{order}:{revision}"), Fact::Pass, income, price)
}

/// A month of a pass is earned: `net` without VAT. Key `pass_release:<pass>:<month>`.
///
/// # Errors
/// `OtherRegime` for a non-tax charge: nothing was deferred. `BadAmount` unless above 0.
pub fn pass_released(
    about: &About,
    pass: &str,
    month: Month,
    net: Fen,
) -> Result<Entry, EntryReject> {
    if about.tax == Tax::NonTax {
        return Err(EntryReject::OtherRegime);
    }
    let key = format!("pass_release:{pass}:{month}");
    let accounts = (Account::DeferredRevenue, Account::Revenue(about.zone));
    moved(key, Fact::PassRelease, about, accounts, net)
}

/// A top-up of a prepaid balance was paid, or a part of it is given back: only the difference of two
/// totals. What was paid is owed back as parking; no tax before it is used. It is used by
/// `payment_received` with `Means::Prepaid`. Key `top_up:<order>:<bill revision>`.
///
/// # Errors
/// `BadAmount` if nothing changes.
pub fn top_up(
    about: &About,
    order: OrderId,
    revision: u32,
    before: Fen,
    after: Fen,
) -> Result<Entry, EntryReject> {
    if before < Fen::ZERO || after < Fen::ZERO || before == after {
        return Err(EntryReject::BadAmount);
    }
    let about = About { order: Some(order), ..*about };
    let accounts = (Account::Receivable, Account::Prepaid);
    let key = format!("top_up:{order}:{revision}");
    transfer(key, Fact::TopUp, &about, accounts, after.minus(before)?)
}
