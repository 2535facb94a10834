//! What the sensors say, and what it means.
//!
//! Values in, values out: a message becomes readings or a refusal, a bay's observations become
//! spans of presence, spans and published stays become revisions. There is no clock, no database,
//! no network and no randomness here; `received_at`, `now` and new ids are arguments.
//!
//! Whatever bytes come, nothing here panics and nothing is guessed: what the layout does not say is
//! refused by name.
#![forbid(unsafe_code)]

mod acceptance;
mod codec;
mod envelope;
mod fold;
mod observation;
mod policy;
mod read;
mod reading;
mod reconcile;
mod reject;
mod span;

pub use acceptance::{Acceptance, Missing};
pub use codec::{Codec, Decoded, Downlink, Frame, Refusal, codec, device_types, firmware_in};
pub use fold::{BayState, FOLD_VERSION, Fold, Live, fold};
pub use observation::{Observation, sort};
pub use policy::Policy;
pub use read::{BATCH_LIMIT, PAYLOAD_LIMIT, read_message};
pub use reading::{
    DeviceProfile, Kind, Network, Occupancy, RESET_CAUSES, Reading, ReadingId, Report, TimeSource,
};
pub use reconcile::{Change, PublishedStay, Revision, StayState, reconcile};
pub use reject::{Reject, Rejected};
pub use span::{Doubt, DoubtReason, Edge, Span};
