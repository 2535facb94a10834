//! A collector's shift: one state machine.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

/// Where a shift stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftState {
    /// The collector takes money.
    Open,
    /// The collector counted what is in the bag.
    Counted,
    /// The cashier has it.
    HandedIn,
}

/// A shift's money; loaded and stored by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Where it stands.
    pub state: ShiftState,
    /// Change that was given along.
    pub float: Fen,
    /// Taken on receipts.
    pub taken: Fen,
    /// Given back to drivers.
    pub paid_out: Fen,
    /// What was counted; 0 until then.
    pub counted: Fen,
}

/// What happens to a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftEvent {
    /// A receipt was uploaded: during the shift or later.
    Taken {
        /// What was taken.
        amount: Fen,
    },
    /// Cash was given back to a driver.
    PaidOut {
        /// How much.
        amount: Fen,
    },
    /// The bag was counted.
    Counted {
        /// What was in it.
        amount: Fen,
    },
    /// The cashier took the bag over.
    HandedIn {
        /// What the cashier counted.
        amount: Fen,
    },
}

/// A shift that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftMoved {
    /// As it is to be stored.
    pub shift: Shift,
    /// What is to be booked as over (above 0) or short (below 0) now.
    pub difference: Fen,
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShiftReject {
    /// An amount below 0, or of nothing where something must be.
    #[error("an amount with the wrong sign")]
    BadAmount,
    /// More is given back than is in the bag.
    #[error("there is less in the bag: {left}")]
    NotInTheBag {
        /// What is expected to be there.
        left: Fen,
    },
    /// It was counted already.
    #[error("the shift was counted")]
    AlreadyCounted,
    /// It was not counted yet.
    #[error("the shift was not counted yet")]
    NotCounted,
    /// It was handed in already.
    #[error("the shift was handed in")]
    AlreadyHandedIn,
    /// The cashier counts something else: collector and cashier count again together.
    #[error("the collector counted {counted}, the cashier {received}")]
    CountsDiffer {
        /// What the collector counted.
        counted: Fen,
        /// What the cashier did.
        received: Fen,
    },
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

/// The next shift.
///
/// # Errors
/// A `ShiftReject`; the shift stays as it is.
pub fn advance(shift: &Shift, event: ShiftEvent) -> Result<ShiftMoved, ShiftReject> {
    match event {
        ShiftEvent::Taken { amount } => taken(shift, amount),
        ShiftEvent::PaidOut { amount } => paid_out(shift, amount),
        ShiftEvent::Counted { amount } => counted(shift, amount),
        ShiftEvent::HandedIn { amount } => handed_in(shift, amount),
    }
}

/// After the count the bag is what it is: a late receipt was either over then or is short now.
fn taken(shift: &Shift, amount: Fen) -> Result<ShiftMoved, ShiftReject> {
    if amount < Fen::ZERO {
        return Err(ShiftReject::BadAmount);
    }
    let next = Shift { taken: shift.taken.plus(amount)?, ..*shift };
    let difference = match shift.state {
        ShiftState::Open => Fen::ZERO,
        ShiftState::Counted | ShiftState::HandedIn => Fen::ZERO.minus(amount)?,
    };
    Ok(ShiftMoved { shift: next, difference })
}

fn paid_out(shift: &Shift, amount: Fen) -> Result<ShiftMoved, ShiftReject> {
    if amount <= Fen::ZERO {
        return Err(ShiftReject::BadAmount);
    }
    if shift.state != ShiftState::Open {
        return Err(ShiftReject::AlreadyCounted);
    }
    let left = shift.expected()?;
    if amount > left {
        return Err(ShiftReject::NotInTheBag { left });
    }
    let next = Shift { paid_out: shift.paid_out.plus(amount)?, ..*shift };
    Ok(ShiftMoved { shift: next, difference: Fen::ZERO })
}

fn counted(shift: &Shift, amount: Fen) -> Result<ShiftMoved, ShiftReject> {
    if amount < Fen::ZERO {
        return Err(ShiftReject::BadAmount);
    }
    if shift.state != ShiftState::Open {
        return Err(ShiftReject::AlreadyCounted);
    }
    let next = Shift { state: ShiftState::Counted, counted: amount, ..*shift };
    Ok(ShiftMoved { shift: next, difference: amount.minus(shift.expected()?)? })
}

fn handed_in(shift: &Shift, amount: Fen) -> Result<ShiftMoved, ShiftReject> {
    match shift.state {
        ShiftState::Open => Err(ShiftReject::NotCounted),
        ShiftState::HandedIn => Err(ShiftReject::AlreadyHandedIn),
        ShiftState::Counted if amount != shift.counted => {
            Err(ShiftReject::CountsDiffer { counted: shift.counted, received: amount })
        }
        ShiftState::Counted => {
            let next = Shift { state: ShiftState::HandedIn, ..*shift };
            Ok(ShiftMoved { shift: next, difference: Fen::ZERO })
        }
    }
}

impl Shift {
    /// A shift that begins with so much change.
    #[must_use]
    pub fn open(float: Fen) -> Shift {
        Shift {
            state: ShiftState::Open,
            float,
            taken: Fen::ZERO,
            paid_out: Fen::ZERO,
            counted: Fen::ZERO,
        }
    }

    /// What should be in the bag.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn expected(&self) -> Result<Fen, FenReject> {
        self.float.plus(self.taken)?.minus(self.paid_out)
    }

    /// What was counted above (or below 0: under) what should be there; 0 until then.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn over_short(&self) -> Result<Fen, FenReject> {
        match self.state {
            ShiftState::Open => Ok(Fen::ZERO),
            ShiftState::Counted | ShiftState::HandedIn => self.counted.minus(self.expected()?),
        }
    }
}

impl ShiftState {
    /// Every state.
    pub const ALL: [ShiftState; 3] = [ShiftState::Open, ShiftState::Counted, ShiftState::HandedIn];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ShiftState::Open => "open",
            ShiftState::Counted => "counted",
            ShiftState::HandedIn => "handed_in",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ShiftState::ALL.into_iter().find(|s| s.name() == name)
    }
}

impl ShiftReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ShiftReject::BadAmount => "bad_amount",
            ShiftReject::NotInTheBag { .. } => "not_in_the_bag",
            ShiftReject::AlreadyCounted => "shift_already_counted",
            ShiftReject::NotCounted => "shift_not_counted",
            ShiftReject::AlreadyHandedIn => "shift_already_handed_in",
            ShiftReject::CountsDiffer { .. } => "counts_differ",
            ShiftReject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for ShiftReject {
    fn from(_: FenReject) -> Self {
        ShiftReject::Overflow
    }
}
