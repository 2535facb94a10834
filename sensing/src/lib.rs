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
mod command;
mod downlink;
mod envelope;
mod fold;
mod health;
mod json;
mod notice;
mod observation;
mod policy;
mod read;
mod reading;
mod reconcile;
mod reject;
mod setup;
mod span;
mod usage;

pub use acceptance::{Acceptance, Missing};
pub use codec::{
    Codec, Decoded, Downlink, Frame, Refusal, codec, codecs, device_types, firmware_in,
    measures_distance,
};
pub use command::{CommandEvent, CommandState, Proof, proves_restart};
pub use downlink::{
    CommandReject, CommandRejectKind, DeviceCommand, FrameCommand, Letter, Sending, command_named,
    encode_command, network_id, route_of,
};
pub use fold::{
    Admission, BayState, FOLD_VERSION, Fold, Identity, Late, Live, StateReason, fold,
    may_be_counted_anew, sort,
};
pub use health::{Battery, Condition, ConditionKind, Health};
pub use notice::{Heard, Notice, NoticeKind};
pub use observation::Observation;
pub use policy::Policy;
pub use read::{BATCH_LIMIT, OLDEST_MS, PAYLOAD_LIMIT, read_message};
pub use reading::{
    DeviceProfile, Kind, Network, Occupancy, RESET_CAUSES, Reading, ReadingId, Report, TimeSource,
};
pub use reconcile::{Change, PublishedStay, Revision, StayState, reconcile};
pub use reject::{Reject, Rejected};
pub use setup::{Setup, Watch};
pub use span::{Doubt, DoubtReason, Edge, Span};
pub use usage::{Use, use_by_hour};
