//! Names of states and refusals: stable, for interfaces and stored rows.

use vocabulary::{Fen, FenReject};

use super::{Basis, OrderState, Undecided};
use crate::text::Language;

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderReject {
    /// The order has no final bill yet.
    #[error("the vehicle is still parked; the fee is final when it has left")]
    NotPriced,
    /// The order is in a state in which nothing is left to do.
    #[error("nothing is owed: the order is {}", .0.name())]
    Settled(OrderState),
    /// It is paid up to now.
    #[error("nothing is due now")]
    NothingDue,
    /// An amount of 0 or below.
    #[error("an amount is above 0")]
    BadAmount,
    /// A bill below 0.
    #[error("the total is below 0")]
    NegativeTotal,
    /// A bill of something whose basis says that nothing is charged.
    #[error("a bill of {0} cannot be covered whole")]
    BasisWithFee(Fen),
    /// More than is left to be waived.
    #[error("at most {most} can be waived")]
    WaiverTooLarge {
        /// What is left.
        most: Fen,
    },
    /// More than the credit.
    #[error("at most {most} can be refunded")]
    RefundTooLarge {
        /// The credit.
        most: Fen,
    },
    /// More than is on its way back.
    #[error("{refunding} is on its way back, not more")]
    RefundUnknown {
        /// What is on its way.
        refunding: Fen,
    },
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

impl OrderState {
    /// Every state.
    pub const ALL: [OrderState; 10] = [
        OrderState::Open,
        OrderState::Due,
        OrderState::Owing,
        OrderState::Paid,
        OrderState::Free,
        OrderState::Pass,
        OrderState::Exempt,
        OrderState::FaultFree,
        OrderState::WrittenOff,
        OrderState::Void,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OrderState::Open => "open",
            OrderState::Due => "due",
            OrderState::Owing => "owing",
            OrderState::Paid => "paid",
            OrderState::Free => "free",
            OrderState::Pass => "pass",
            OrderState::Exempt => "exempt",
            OrderState::FaultFree => "fault_free",
            OrderState::WrittenOff => "written_off",
            OrderState::Void => "void",
        }
    }

    /// What it means to the driver.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (chinese, english) = match self {
            OrderState::Open => (
                "车辆仍在停放，费用以离场时为准；已付部分会抵扣",
                "the vehicle is parked; the fee is final when it leaves, and what was paid counts",
            ),
            OrderState::Due => ("待支付", "to be paid"),
            OrderState::Owing => ("逾期未付", "not paid in time"),
            OrderState::Paid => ("已结清", "settled"),
            OrderState::Free => ("按收费标准免费", "free by the tariff"),
            OrderState::Pass => ("由停车证（包期）覆盖", "covered by a pass"),
            OrderState::Exempt => ("依法免收", "exempt by law"),
            OrderState::FaultFree => ("检测设备故障，免收", "free, since the sensor was at fault"),
            OrderState::WrittenOff => ("已核销，不再收取", "written off, no longer asked for"),
            OrderState::Void => ("核实后没有停车", "there was no stay"),
        };
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        OrderState::ALL.into_iter().find(|s| s.name() == name)
    }
}

impl Basis {
    /// The state of an order whose bill is 0 on this basis.
    #[must_use]
    pub fn end(self) -> OrderState {
        match self {
            Basis::Charged => OrderState::Free,
            Basis::Pass => OrderState::Pass,
            Basis::Exempt => OrderState::Exempt,
            Basis::FaultFree => OrderState::FaultFree,
            Basis::NoStay => OrderState::Void,
        }
    }
}

impl Undecided {
    /// Reads the code back.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Undecided::NoAuthority, Undecided::AboveLimit].into_iter().find(|u| u.code() == code)
    }

    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Undecided::NoAuthority => "no_waiver_authority",
            Undecided::AboveLimit => "above_waiver_limit",
        }
    }
}

impl OrderReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            OrderReject::NotPriced => "order_not_priced",
            OrderReject::Settled(state) => settled_code(state),
            OrderReject::NothingDue => "nothing_due",
            OrderReject::BadAmount => "bad_amount",
            OrderReject::NegativeTotal => "negative_total",
            OrderReject::BasisWithFee(_) => "basis_with_fee",
            OrderReject::WaiverTooLarge { .. } => "waiver_too_large",
            OrderReject::RefundTooLarge { .. } => "refund_too_large",
            OrderReject::RefundUnknown { .. } => "refund_unknown",
            OrderReject::Overflow => "overflow",
        }
    }
}

fn settled_code(state: OrderState) -> &'static str {
    match state {
        OrderState::Open => "order_open",
        OrderState::Due => "order_due",
        OrderState::Owing => "order_owing",
        OrderState::Paid => "order_paid",
        OrderState::Free => "order_free",
        OrderState::Pass => "order_pass",
        OrderState::Exempt => "order_exempt",
        OrderState::FaultFree => "order_fault_free",
        OrderState::WrittenOff => "order_written_off",
        OrderState::Void => "order_void",
    }
}

impl From<FenReject> for OrderReject {
    fn from(_: FenReject) -> Self {
        OrderReject::Overflow
    }
}
