//! Which payments a refund is taken from: newest first, never more than each has left.

use vocabulary::{Fen, FenReject, Timestamp};

use super::Way;

/// A channel takes a payment back for so many days (WeChat Pay: 365).
pub const CHANNEL_DAYS: i64 = 365;
/// And in at most so many parts (WeChat Pay: 50).
pub const CHANNEL_REFUNDS: u32 = 50;
const DAY_MS: i64 = 86_400_000;

/// A payment that succeeded, as far as refunds go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refundable {
    /// What was paid.
    pub paid: Fen,
    /// What of it went back or is on its way back.
    pub taken: Fen,
    /// How many refunds the channel was asked for.
    pub refunds: u32,
    /// When it was paid, city time.
    pub paid_at: Timestamp,
    /// `Hand` if its channel gives nothing back by itself (cash).
    pub way: Way,
}

/// A part of a refund, taken from the payment at `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which payment.
    pub index: usize,
    /// How much.
    pub amount: Fen,
    /// How it goes back.
    pub way: Way,
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanReject {
    /// An amount of 0 or below.
    #[error("an amount is above 0")]
    BadAmount,
    /// More than the payments have left.
    #[error("at most {left} is left to be refunded")]
    MoreThanPaid {
        /// What is left.
        left: Fen,
    },
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

/// Spreads `amount` over payments, which come newest first. A part goes by hand if the channel takes
/// the payment back no more: it is too old, or was taken back in too many parts. A prepaid balance has
/// no such limits.
///
/// # Errors
/// `MoreThanPaid` if the payments have less left, `BadAmount`.
pub fn plan(payments: &[Refundable], amount: Fen, now: Timestamp) -> Result<Vec<Part>, PlanReject> {
    if amount <= Fen::ZERO {
        return Err(PlanReject::BadAmount);
    }
    let (mut parts, mut open) = (Vec::new(), amount);
    for (index, payment) in payments.iter().enumerate() {
        let left = payment.paid.minus(payment.taken)?.max(Fen::ZERO);
        let part = left.min(open);
        if part > Fen::ZERO {
            parts.push(Part { index, amount: part, way: way_of(payment, now) });
            open = open.minus(part)?;
        }
    }
    if open > Fen::ZERO {
        return Err(PlanReject::MoreThanPaid { left: amount.minus(open)? });
    }
    Ok(parts)
}

fn way_of(payment: &Refundable, now: Timestamp) -> Way {
    let days = CHANNEL_DAYS.saturating_mul(DAY_MS);
    let too_old = now.since_ms(payment.paid_at) > days;
    let no_more = too_old || payment.refunds >= CHANNEL_REFUNDS;
    if payment.way == Way::Channel && no_more { Way::Hand } else { payment.way }
}

impl PlanReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PlanReject::BadAmount => "bad_amount",
            PlanReject::MoreThanPaid { .. } => "more_than_paid",
            PlanReject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for PlanReject {
    fn from(_: FenReject) -> Self {
        PlanReject::Overflow
    }
}
