//! The chart of accounts.
//!
//! An account may have a part: the channel, the zone, the collector. Its name is
//! `account` or `account:part`, as stored and shown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vocabulary::{StaffId, ZoneId};

/// Where money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Account {
    /// Billed and not yet paid (debit). Below 0 for one order: paid too much, to be refunded.
    Receivable,
    /// Paid to a channel, not yet settled to the bank (debit).
    ChannelClearing(Channel),
    /// What a channel keeps for its service (debit).
    ChannelFee(Channel),
    /// Fees owed to a channel that settles gross (credit): non-tax charges.
    ChannelFeePayable(Channel),
    /// Fees earned without VAT (credit), by zone.
    Revenue(Option<ZoneId>),
    /// Fees earned gross whose VAT is not split out yet (credit).
    FeeIncome,
    /// VAT within what was earned (credit).
    VatPayable,
    /// Charges that belong to the treasury (credit), by zone, gross.
    DueToTreasury(Option<ZoneId>),
    /// Drivers' prepaid balances (credit).
    Prepaid,
    /// Passes sold and not yet used, without VAT (credit).
    DeferredRevenue,
    /// Refunds decided and not yet with the payer (credit).
    RefundsPayable,
    /// Reductions by authority, without VAT (debit), by zone.
    Waivers(Option<ZoneId>),
    /// Receivables given up (debit).
    WriteOff,
    /// Money that arrived and that no order can take, until somebody decides (credit).
    Suspense,
    /// Cash in a collector's hands (debit).
    Cash(StaffId),
    /// Cash counted above or below what was taken (debit if short).
    CashOverShort,
    /// At the bank (debit).
    Bank,
}

/// Who collects for the payee and settles later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// WeChat Pay, by whatever of its interfaces: one merchant account, one bill.
    Wechat,
}

/// How money comes in or goes out: decides the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Through a channel.
    Channel(Channel),
    /// Cash, with its collector.
    Cash(StaffId),
    /// By transfer to or from the payee's bank account.
    Bank,
    /// From (or back to) the driver's prepaid balance.
    Prepaid,
}

/// The text names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no account {0}")]
pub struct UnknownAccount(pub String);

impl Account {
    /// The account without its part.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Account::Receivable => "receivable",
            Account::ChannelClearing(_) => "channel_clearing",
            Account::ChannelFee(_) => "channel_fee",
            Account::ChannelFeePayable(_) => "channel_fee_payable",
            Account::Revenue(_) => "revenue",
            Account::FeeIncome => "fee_income",
            Account::VatPayable => "vat_payable",
            Account::DueToTreasury(_) => "due_to_treasury",
            Account::Prepaid => "prepaid",
            Account::DeferredRevenue => "deferred_revenue",
            Account::RefundsPayable => "refunds_payable",
            Account::Waivers(_) => "waivers",
            Account::WriteOff => "write_off",
            Account::Suspense => "suspense",
            Account::Cash(_) => "cash",
            Account::CashOverShort => "cash_over_short",
            Account::Bank => "bank",
        }
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> String {
        let part = match self {
            Account::ChannelClearing(c)
            | Account::ChannelFee(c)
            | Account::ChannelFeePayable(c) => Some(c.name().to_owned()),
            Account::Revenue(zone) | Account::DueToTreasury(zone) | Account::Waivers(zone) => {
                zone.map(|zone| zone.to_string())
            }
            Account::Cash(collector) => Some(collector.to_string()),
            _ => None,
        };
        match part {
            Some(part) => format!("{}:{part}", self.group()),
            None => self.group().to_owned(),
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (group, part) = match name.split_once(':') {
            Some((group, part)) => (group, Some(part)),
            None => (name, None),
        };
        match (group, part) {
            ("channel_clearing", Some(c)) => Channel::from_name(c).map(Account::ChannelClearing),
            ("channel_fee", Some(c)) => Channel::from_name(c).map(Account::ChannelFee),
            ("channel_fee_payable", Some(c)) => {
                Channel::from_name(c).map(Account::ChannelFeePayable)
            }
            ("revenue", part) => zone(part).map(Account::Revenue),
            ("due_to_treasury", part) => zone(part).map(Account::DueToTreasury),
            ("waivers", part) => zone(part).map(Account::Waivers),
            ("cash", Some(collector)) => collector.parse().ok().map(Account::Cash),
            (group, None) => PLAIN.into_iter().find(|account| account.group() == group),
            _ => None,
        }
    }

    /// Whether it usually stands in debit.
    #[must_use]
    pub fn is_debit(self) -> bool {
        matches!(
            self,
            Account::Receivable
                | Account::ChannelClearing(_)
                | Account::ChannelFee(_)
                | Account::Waivers(_)
                | Account::WriteOff
                | Account::Cash(_)
                | Account::CashOverShort
                | Account::Bank
        )
    }
}

/// Accounts without parts.
const PLAIN: [Account; 10] = [
    Account::Receivable,
    Account::FeeIncome,
    Account::VatPayable,
    Account::Prepaid,
    Account::DeferredRevenue,
    Account::RefundsPayable,
    Account::WriteOff,
    Account::Suspense,
    Account::CashOverShort,
    Account::Bank,
];

#[expect(clippy::option_option, reason = "no part is a zone that is not known; a bad part is none")]
fn zone(part: Option<&str>) -> Option<Option<ZoneId>> {
    match part {
        None => Some(None),
        Some(text) => text.parse().ok().map(Some),
    }
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 1] = [Channel::Wechat];

    /// The name used in interfaces and stored rows; that of the payments made through it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Channel::Wechat => "wechat",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Channel::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl Means {
    /// Where the money stands when it came this way.
    #[must_use]
    pub fn account(self) -> Account {
        match self {
            Means::Channel(channel) => Account::ChannelClearing(channel),
            Means::Cash(collector) => Account::Cash(collector),
            Means::Bank => Account::Bank,
            Means::Prepaid => Account::Prepaid,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Account::from_name(name).ok_or_else(|| UnknownAccount(name.to_owned()))
    }
}

impl From<Account> for String {
    fn from(account: Account) -> String {
        account.name()
    }
}

impl TryFrom<String> for Account {
    type Error = UnknownAccount;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}
