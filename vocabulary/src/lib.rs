//! The words of roadside parking as types: parse or refuse, and nothing else.
//!
//! Every other crate speaks in these words; this one depends on none of ours.
//! It does no I/O, reads no clock and makes no random number.
#![forbid(unsafe_code)]

mod fen;
mod id;
mod interval;
mod plate;
mod point;
mod timestamp;
mod vehicle;
mod weekly_hours;

pub use fen::{Fen, FenReject};
pub use id::{
    AccountId, BayId, BlockId, CaseId, ClaimId, CommandId, DeviceId, EntryId, InvoiceId,
    OperatorId, OrderId, PayeeId, PaymentId, StaffId, StayId, VisitId, ZoneId,
};
pub use id::{BayCode, BayCodeReject};
pub use interval::Interval;
pub use plate::{Plate, PlateForm, PlateReject};
pub use point::{Point, PointReject};
pub use timestamp::{Timestamp, TimestampReject};
pub use vehicle::{PlateColour, VehicleClass};
pub use weekly_hours::{WeeklyHours, WeeklyHoursReject};
