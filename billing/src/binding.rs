//! Whose stay it is: which stay a claim speaks of, and whose word counts when two differ.
//!
//! Stays come from sensors, claims from people and cameras; neither knows the other. These are the
//! rules between them, pure. The caller looks up stays and links, and stores what is decided.
//!
//! **Which stay** (`aim`), for a claim made at `t` on a bay; the first that there is:
//!
//! | place | stay | for whom |
//! | --- | --- | --- |
//! | 1 | it held the bay at `t` (a departure at `t` counts as after it) | every claim |
//! | 2 | it began within `before_arrival` after `t`: people may be quicker than a sensor | every claim |
//! | – | the claim waits until `before_arrival` is over | |
//! | 3 | nobody claimed it and it ended within `after_departure` before `t`: the claim was late | a claim whose wait is over |
//! | – | the claim has expired, and is offered as a slip of the pen (`fix`) | |
//!
//! A waiting claim passes over stays that somebody holds; one made on the spot meets their holder.
//!
//! **Whose word** (`verdict`), by rank:
//!
//! | rank | method | why |
//! | --- | --- | --- |
//! | 5 | `correction` by staff, with a reason | knows the others' words and decides |
//! | 4 | `inspector` | stood before it; a photo may prove it |
//! | 3 | `video`, sure | sees plate and bay, no account |
//! | 2 | `driver` | knows the plate, types the bay |
//! | 1 | `payment` | a plate entered where somebody pays; the bay is hearsay |
//! | 0 | `video`, unsure | never binds: kept as a hint |
//!
//! | the stay is | the claim | verdict |
//! | --- | --- | --- |
//! | nobody's | unsure video | `Hint` |
//! | nobody's | any other | `Bind` |
//! | held | same plate, no second account | `Join`: an account adopts what nobody held, and the surest of the words that agree holds it from then on (`surest`) |
//! | held | same plate, another account | `Refuse` |
//! | held | other plate, higher rank, nothing paid | `Replace` |
//! | held | other plate, higher rank, something paid | `Dispute`: a person decides |
//! | held | other plate, same rank, both seen by staff or camera | `Dispute` |
//! | held | other plate, otherwise | `Refuse`; `Hint` for unsure video |
//!
//! **Of what colour** (`names_colour`), and so of which class: a word of the same plate that names a colour holds
//! against a weaker one, and against one as sure that named none, if somebody saw the vehicle. A correction stands.

mod aim;
mod capture;
mod elsewhere;
mod fix;
mod verdict;

use vocabulary::{AccountId, Plate, StayId, Timestamp};

pub use aim::{Aim, Window, after_waiting, aim, while_waiting};
pub use capture::{CaptureOutcome, Clocks, TimeReject, TimeSource, capture_outcome, captured_at};
pub use elsewhere::{Elsewhere, Standing, elsewhere};
pub use fix::{Fix, NEAR_MS, Neighbour, Typed, codes_alike, fixes, slips};
pub use verdict::{Verdict, names_colour, surest, verdict};

/// How somebody came to say which vehicle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// By the bay's code, in the app.
    Driver,
    /// On the spot.
    Inspector,
    /// Read by a camera.
    Video,
    /// Entered where somebody pays.
    Payment,
    /// Staff set right what others said.
    Correction,
}

/// A stay as far as binding needs it: neither void nor superseded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Which stay.
    pub stay: StayId,
    /// When it began.
    pub arrived_at: Timestamp,
    /// When it ended, if it has.
    pub left_at: Option<Timestamp>,
    /// Whether somebody holds it.
    pub held: bool,
}

/// Somebody's word about a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// How it came.
    pub method: Method,
    /// The plate.
    pub plate: Plate,
    /// The account, if a driver's.
    pub account: Option<AccountId>,
    /// How sure a camera is, of 100; people are.
    pub confidence_pct: Option<u8>,
}

/// Whoever holds a stay, and whether money hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The word that binds it now.
    pub word: Word,
    /// Whether anything of its order was paid.
    pub paid: bool,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 5] =
        [Method::Driver, Method::Inspector, Method::Video, Method::Payment, Method::Correction];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Driver => "driver",
            Method::Inspector => "inspector",
            Method::Video => "video",
            Method::Payment => "payment",
            Method::Correction => "correction",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Method::ALL.into_iter().find(|m| m.name() == name)
    }
}
