//! A pass for a zone: from the application to its end, what of it is earned in which month, and what
//! goes back when it ends early.
//!
//! A pass promises no bay. What it covers is the tariff's to say (`passes:` with its windows).
//! Invariants: never more passes run or are offered than the quota; who waits longest is offered
//! first; the earned parts of all months sum to the price; what goes back plus what was used is the
//! price, a day begun is used, and the fraction is the driver's.

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Interval, Timestamp};

use crate::calendar::date;
use crate::policy::Policy;

/// Where a pass stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassState {
    /// Asked for; a person looks at the evidence.
    Applied,
    /// Entitled, but the quota is used up.
    Waiting,
    /// To be paid within a time.
    Offered,
    /// Paid.
    Active,
    /// Its time is over.
    Ended,
    /// Given back before its end.
    Cancelled,
    /// Not entitled.
    Refused,
    /// The offer was not paid in time, or the applicant withdrew.
    Lapsed,
}

/// What happens to a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassEvent {
    /// The evidence is good; `room` if the quota is not used up.
    Approved {
        /// Whether another pass fits.
        room: bool,
    },
    /// The evidence is not.
    Refused,
    /// A place has become free.
    RoomFound,
    /// The order of the pass is paid.
    Paid,
    /// The time to pay is over.
    OfferOver,
    /// The applicant takes it back before paying.
    Withdrawn,
    /// The holder gives it back.
    Cancelled,
    /// Its time is over.
    TimeOver,
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassReject {
    /// It was decided before.
    #[error("the application was decided")]
    AlreadyDecided,
    /// It is not offered.
    #[error("the pass is not offered")]
    NotOffered,
    /// It does not wait.
    #[error("the pass does not wait for a place")]
    NotWaiting,
    /// It does not run.
    #[error("the pass does not run")]
    NotActive,
    /// It is paid: it is given back, not withdrawn.
    #[error("the pass is paid: give it back instead")]
    AlreadyPaid,
    /// It is over.
    #[error("the pass is over")]
    IsOver,
}

/// What of a pass is earned in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earned {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// How much.
    pub amount: Fen,
}

/// The next state.
///
/// # Errors
/// A `PassReject`; the pass stays as it is.
pub fn advance(state: PassState, event: PassEvent) -> Result<PassState, PassReject> {
    use PassState::{Active, Applied, Cancelled, Ended, Lapsed, Offered, Refused, Waiting};
    match (state, event) {
        (Applied, PassEvent::Approved { room: true }) | (Waiting, PassEvent::RoomFound) => {
            Ok(Offered)
        }
        (Applied, PassEvent::Approved { room: false }) => Ok(Waiting),
        (Applied, PassEvent::Refused) => Ok(Refused),
        (Offered, PassEvent::Paid) => Ok(Active),
        (Offered, PassEvent::OfferOver) => Ok(Lapsed),
        (Applied | Waiting | Offered, PassEvent::Withdrawn) => Ok(Lapsed),
        (Active, PassEvent::Cancelled) => Ok(Cancelled),
        (Active, PassEvent::TimeOver) => Ok(Ended),
        (Active, PassEvent::Withdrawn) => Err(PassReject::AlreadyPaid),
        (Ended | Cancelled | Refused | Lapsed, _) => Err(PassReject::IsOver),
        (_, PassEvent::Approved { .. } | PassEvent::Refused) => Err(PassReject::AlreadyDecided),
        (_, PassEvent::RoomFound) => Err(PassReject::NotWaiting),
        (_, PassEvent::Paid | PassEvent::OfferOver) => Err(PassReject::NotOffered),
        (_, PassEvent::Cancelled | PassEvent::TimeOver) => Err(PassReject::NotActive),
    }
}

/// Whether another pass fits into a quota; without one there is always room.
#[must_use]
pub fn has_room(quota: Option<u32>, taken: u32) -> bool {
    quota.is_none_or(|quota| taken < quota)
}

/// The validity of a pass of whole months that begins with a local day: it ends with the day before
/// the same day of a later month, where there is none with the month before's last.
#[must_use]
pub fn validity(policy: &Policy, from: Timestamp, months: u32) -> Option<Interval> {
    let (day, _) = policy.local(from);
    let last = date(day).checked_add_months(chrono::Months::new(months))?;
    let until = policy.day_begins(crate::calendar::days_since_1970(last));
    Interval::new(policy.day_begins(day), until)
}

/// What of the price is earned in each month, by the days of the pass in it.
///
/// # Errors
/// `FenReject` when it does not fit.
pub fn earned_by_month(
    policy: &Policy,
    price: Fen,
    valid: Interval,
) -> Result<Vec<Earned>, vocabulary::FenReject> {
    let (first, last) = days(policy, valid);
    let total = last.saturating_sub(first).max(1);
    let mut months: Vec<Earned> = Vec::new();
    let mut before = Fen::ZERO;
    for day in first..last.max(first.saturating_add(1)) {
        let passed = day.saturating_sub(first).saturating_add(1);
        let so_far = share(price, passed, total)?;
        let amount = so_far.minus(before)?;
        before = so_far;
        let on = date(day);
        match months.last_mut() {
            Some(month) if (month.year, month.month) == (on.year(), on.month()) => {
                month.amount = month.amount.plus(amount)?;
            }
            _ => months.push(Earned { year: on.year(), month: on.month(), amount }),
        }
    }
    Ok(months)
}

/// What goes back when a pass is given back: the price of the days not begun.
///
/// # Errors
/// `FenReject` when it does not fit.
pub fn given_back(
    policy: &Policy,
    price: Fen,
    valid: Interval,
    at: Timestamp,
) -> Result<Fen, vocabulary::FenReject> {
    let (first, last) = days(policy, valid);
    let total = last.saturating_sub(first).max(1);
    let used = if at < valid.start_at() {
        0
    } else {
        policy.local(at).0.saturating_sub(first).saturating_add(1).clamp(0, total)
    };
    price.minus(share(price, used, total)?)
}

/// First local day, and the first after the last one.
fn days(policy: &Policy, valid: Interval) -> (i64, i64) {
    (policy.local(valid.start_at()).0, policy.local(valid.end_at()).0)
}

/// `part / whole` of a price, the fraction cut off.
fn share(price: Fen, part: i64, whole: i64) -> Result<Fen, vocabulary::FenReject> {
    let times = price.times(part)?;
    Ok(Fen(times.0.checked_div(whole).unwrap_or(times.0)))
}

impl PassState {
    /// Every state.
    pub const ALL: [PassState; 8] = [
        PassState::Applied,
        PassState::Waiting,
        PassState::Offered,
        PassState::Active,
        PassState::Ended,
        PassState::Cancelled,
        PassState::Refused,
        PassState::Lapsed,
    ];

    /// Whether it takes a place of the quota.
    #[must_use]
    pub fn takes_a_place(self) -> bool {
        matches!(self, PassState::Offered | PassState::Active)
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PassState::Applied => "applied",
            PassState::Waiting => "waiting",
            PassState::Offered => "offered",
            PassState::Active => "active",
            PassState::Ended => "ended",
            PassState::Cancelled => "cancelled",
            PassState::Refused => "refused",
            PassState::Lapsed => "lapsed",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        PassState::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl PassReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PassReject::AlreadyDecided => "pass_already_decided",
            PassReject::NotOffered => "pass_not_offered",
            PassReject::NotWaiting => "pass_not_waiting",
            PassReject::NotActive => "pass_not_active",
            PassReject::AlreadyPaid => "pass_already_paid",
            PassReject::IsOver => "pass_over",
        }
    }
}

#[cfg(test)]
mod tests;
