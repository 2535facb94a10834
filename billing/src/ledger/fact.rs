//! The kinds of facts that change money.

use serde::{Deserialize, Serialize};

/// What an entry books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A bill, or the difference that a revised bill makes.
    Fee,
    /// VAT split out of fees that were booked gross.
    VatSplit,
    /// A reduction by authority.
    Waiver,
    /// A receivable given up.
    WriteOff,
    /// A confirmed payment of an order.
    Payment,
    /// Money that no order can take.
    Suspense,
    /// Somebody decided about such money.
    SuspenseResolved,
    /// A refund was decided and asked for.
    RefundStarted,
    /// The money is back with the payer.
    RefundEnded,
    /// The refund will not happen this way.
    RefundFailed,
    /// What the channel keeps, by its daily bill.
    ChannelFee,
    /// Fees paid to a channel that settles gross.
    ChannelFeePaid,
    /// The channel paid out to the bank or the treasury.
    Settlement,
    /// A collector's cash was counted.
    CashCounted,
    /// Cash went from one collector to another.
    CashHandedOver,
    /// Cash was brought to the bank.
    CashDeposited,
    /// A prepaid balance was topped up.
    TopUp,
    /// A pass was sold, or its price revised.
    Pass,
    /// A month of a pass was earned.
    PassRelease,
    /// Charges were handed to the treasury.
    Remittance,
    /// VAT was paid.
    VatRemitted,
    /// Another entry is taken back.
    Reversal,
}

impl Fact {
    /// Every kind.
    pub const ALL: [Fact; 22] = [
        Fact::Fee,
        Fact::VatSplit,
        Fact::Waiver,
        Fact::WriteOff,
        Fact::Payment,
        Fact::Suspense,
        Fact::SuspenseResolved,
        Fact::RefundStarted,
        Fact::RefundEnded,
        Fact::RefundFailed,
        Fact::ChannelFee,
        Fact::ChannelFeePaid,
        Fact::Settlement,
        Fact::CashCounted,
        Fact::CashHandedOver,
        Fact::CashDeposited,
        Fact::TopUp,
        Fact::Pass,
        Fact::PassRelease,
        Fact::Remittance,
        Fact::VatRemitted,
        Fact::Reversal,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fact::Fee => "fee",
            Fact::VatSplit => "vat_split",
            Fact::Waiver => "waiver",
            Fact::WriteOff => "write_off",
            Fact::Payment => "payment",
            Fact::Suspense => "suspense",
            Fact::SuspenseResolved => "suspense_resolved",
            Fact::RefundStarted => "refund_started",
            Fact::RefundEnded => "refund_ended",
            Fact::RefundFailed => "refund_failed",
            Fact::ChannelFee => "channel_fee",
            Fact::ChannelFeePaid => "channel_fee_paid",
            Fact::Settlement => "settlement",
            Fact::CashCounted => "cash_counted",
            Fact::CashHandedOver => "cash_handed_over",
            Fact::CashDeposited => "cash_deposited",
            Fact::TopUp => "top_up",
            Fact::Pass => "pass",
            Fact::PassRelease => "pass_release",
            Fact::Remittance => "remittance",
            Fact::VatRemitted => "vat_remitted",
            Fact::Reversal => "reversal",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Fact::ALL.into_iter().find(|f| f.name() == name)
    }
}
