//! What the channel keeps, and what it pays out.

use chrono::NaiveDate;
use vocabulary::Fen;

use super::{About, Account, Channel, Entry, EntryReject, Fact, Tax, moved, transfer};

/// The channel paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement<'a> {
    /// Who paid.
    pub channel: Channel,
    /// Its number; the key is `settle:<channel>:<number>`.
    pub number: &'a str,
    /// What arrived.
    pub amount: Fen,
    /// Reference on the bank's or the treasury's receipt.
    pub receipt: &'a str,
}

/// What the channel keeps for a day of its bill (below 0: fees given back with refunds). Under VAT
/// it is kept from what is settled; of non-tax charges the gross is settled, and the fee is owed.
/// Key `channel_fee:<channel>:<day>:<payee>`.
///
/// # Errors
/// `BadAmount` for nothing.
pub fn channel_fee(
    about: &About,
    channel: Channel,
    bill_day: NaiveDate,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let key = format!("channel_fee:{}:{bill_day}:{}", channel.name(), about.payee);
    let credit = match about.tax {
        Tax::Vat { .. } => Account::ChannelClearing(channel),
        Tax::NonTax => Account::ChannelFeePayable(channel),
    };
    transfer(key, Fact::ChannelFee, about, (Account::ChannelFee(channel), credit), amount)
}

/// Fees that were owed to a channel are paid from the bank. Key `channel_fee_paid:<channel>:<reference>`.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn channel_fee_paid(
    about: &About,
    channel: Channel,
    reference: &str,
    amount: Fen,
) -> Result<Entry, EntryReject> {
    let key = format!("channel_fee_paid:{}:{reference}", channel.name());
    let accounts = (Account::ChannelFeePayable(channel), Account::Bank);
    moved(key, Fact::ChannelFeePaid, about, accounts, amount)
}

/// The channel paid out to the payee's bank account.
///
/// # Errors
/// `BadAmount` unless the amount is above 0; `NoKey`.
pub fn settled(about: &About, settlement: &Settlement<'_>) -> Result<Entry, EntryReject> {
    let Settlement { channel, number, amount, receipt } = *settlement;
    let key = format!("settle:{}:{number}", channel.name());
    let accounts = (Account::Bank, Account::ChannelClearing(channel));
    moved(key, Fact::Settlement, about, accounts, amount)?.with("receipt", receipt)
}
