//! What is priced, and why it may have no bill.

use serde::{Deserialize, Serialize};
use vocabulary::{FenReject, Interval, Timestamp};

use super::{INTERVALS_LIMIT, STAY_LIMIT_MS};
use crate::coupon::Coupon;
use crate::tariff::Displayed;

/// A stay to be priced; stored with its bill, so that anyone can price it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// A vehicle class that the tariff names.
    pub vehicle: String,
    /// Presence: in order, disjoint (they may touch).
    pub intervals: Vec<Interval>,
    /// What the sensors cannot vouch for, in any order: not charged.
    pub doubts: Vec<Interval>,
    /// Class of street, where the tariff distinguishes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Bays that the vehicle occupies, 1 or more.
    #[serde(default = "one_bay", skip_serializing_if = "is_one_bay")]
    pub bays: u16,
    /// Visits of the same vehicle that the tariff's limits may count, in order of time, all over
    /// before this one began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierVisit>,
    /// Passes that the vehicle has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<HeldPass>,
    /// When it was paid, for the grace to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// End of the time bought in advance; what of it was not used is billed all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bought_until: Option<Timestamp>,
    /// Levels of the demand-responsive prices, in order of display.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub displayed: Vec<Displayed>,
    /// What of it is exempt by law or decree: not charged, and the time does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<ExemptPart>,
    /// Coupons, in the order in which they are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Coupon>,
}

/// A stretch that is exempt, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemptPart {
    /// What exempts it: the name of the exemption, as the operator's list has it.
    pub basis: String,
    /// When.
    pub valid: Interval,
}

/// An earlier visit of the same vehicle under the same tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierVisit {
    /// Presence.
    pub intervals: Vec<Interval>,
    /// What of it is doubtful.
    pub doubts: Vec<Interval>,
}

/// A pass that a vehicle has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPass {
    /// Its name in the tariff.
    pub name: String,
    /// When it holds.
    pub valid: Interval,
}

/// Why a case has no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The case has no interval.
    #[error("there is no stay to price")]
    NoIntervals,
    /// An interval begins before the one before it ends.
    #[error("the intervals of the stay are not in order")]
    IntervalsDisordered,
    /// More than `INTERVALS_LIMIT` intervals, doubts, visits, passes or exempt parts.
    #[error("the stay is cut into too many intervals")]
    TooManyIntervals,
    /// Longer than `STAY_LIMIT_MS`.
    #[error("the stay is too long to be priced")]
    StayTooLong,
    /// An earlier visit does not end before this one begins, or they are not in order.
    #[error("the earlier visits are not in order")]
    EarlierDisordered,
    /// No version of the tariff held when the stay began: nothing is charged.
    #[error("no version of the tariff was in force at the arrival")]
    NoTariffInForce,
    /// The tariff does not speak of this class of vehicle.
    #[error("the tariff has no rate for this class of vehicle")]
    ClassNotInTariff,
    /// The tariff does not speak of this class of street, or needs one.
    #[error("the tariff has no rate for this class of street")]
    StreetNotInTariff,
    /// The tariff sells no pass of this name.
    #[error("the tariff has no pass of this name")]
    PassNotInTariff,
    /// More than `COUPONS_LIMIT` coupons.
    #[error("too many coupons for one bill")]
    TooManyCoupons,
    /// A coupon that gives nothing.
    #[error("a coupon gives more than nothing")]
    CouponOfNothing,
    /// A vehicle occupies at least one bay.
    #[error("a vehicle occupies at least one bay")]
    NoBay,
    /// The tariff's calendar is not there.
    #[error("the calendar of the tariff is missing")]
    NoCalendar,
    /// The calendar does not know a year that the stay touches.
    #[error("the calendar does not know the year of the stay")]
    YearUnknown,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

impl Case {
    /// A stay of one vehicle on one bay, and nothing more to it.
    #[must_use]
    pub fn new(
        vehicle: impl Into<String>,
        intervals: Vec<Interval>,
        doubts: Vec<Interval>,
    ) -> Self {
        Case {
            vehicle: vehicle.into(),
            intervals,
            doubts,
            street: None,
            bays: 1,
            earlier: Vec::new(),
            passes: Vec::new(),
            paid_at: None,
            bought_until: None,
            displayed: Vec::new(),
            exempt: Vec::new(),
            coupons: Vec::new(),
        }
    }

    /// From first arrival to last departure.
    pub(super) fn span(&self) -> Result<Interval, Reject> {
        let many = [self.doubts.len(), self.earlier.len(), self.passes.len(), self.exempt.len()];
        if many.iter().any(|count| *count > INTERVALS_LIMIT) {
            return Err(Reject::TooManyIntervals);
        }
        if self.bays == 0 {
            return Err(Reject::NoBay);
        }
        let span = span_of(&self.intervals)?;
        let mut ended_at = None;
        let mut began_at = span.start_at();
        for visit in &self.earlier {
            if visit.doubts.len() > INTERVALS_LIMIT {
                return Err(Reject::TooManyIntervals);
            }
            let earlier = span_of(&visit.intervals)?;
            if ended_at.is_some_and(|at| earlier.start_at() < at) {
                return Err(Reject::EarlierDisordered);
            }
            ended_at = Some(earlier.end_at());
            began_at = began_at.min(earlier.start_at());
        }
        if span.end_at().since_ms(began_at) > STAY_LIMIT_MS {
            return Err(Reject::StayTooLong);
        }
        match ended_at {
            Some(at) if at > span.start_at() => Err(Reject::EarlierDisordered),
            _ => Ok(span),
        }
    }
}

fn span_of(intervals: &[Interval]) -> Result<Interval, Reject> {
    let [first, ..] = intervals else { return Err(Reject::NoIntervals) };
    if intervals.len() > INTERVALS_LIMIT {
        return Err(Reject::TooManyIntervals);
    }
    let mut left_at = first.start_at();
    for interval in intervals {
        if interval.start_at() < left_at {
            return Err(Reject::IntervalsDisordered);
        }
        left_at = interval.end_at();
    }
    Interval::new(first.start_at(), left_at).ok_or(Reject::IntervalsDisordered)
}

fn one_bay() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_one_bay(bays: &u16) -> bool {
    *bays == 1
}

impl Reject {
    /// Every reason.
    pub const ALL: [Reject; 15] = [
        Reject::NoIntervals,
        Reject::IntervalsDisordered,
        Reject::TooManyIntervals,
        Reject::StayTooLong,
        Reject::EarlierDisordered,
        Reject::NoTariffInForce,
        Reject::ClassNotInTariff,
        Reject::StreetNotInTariff,
        Reject::PassNotInTariff,
        Reject::TooManyCoupons,
        Reject::CouponOfNothing,
        Reject::NoBay,
        Reject::NoCalendar,
        Reject::YearUnknown,
        Reject::Overflow,
    ];

    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reject::NoIntervals => "no_intervals",
            Reject::IntervalsDisordered => "intervals_disordered",
            Reject::TooManyIntervals => "too_many_intervals",
            Reject::StayTooLong => "stay_too_long",
            Reject::EarlierDisordered => "earlier_disordered",
            Reject::NoTariffInForce => "no_tariff_in_force",
            Reject::ClassNotInTariff => "class_not_in_tariff",
            Reject::StreetNotInTariff => "street_not_in_tariff",
            Reject::PassNotInTariff => "pass_not_in_tariff",
            Reject::TooManyCoupons => "too_many_coupons",
            Reject::CouponOfNothing => "coupon_of_nothing",
            Reject::NoBay => "no_bay",
            Reject::NoCalendar => "no_calendar",
            Reject::YearUnknown => "year_unknown",
            Reject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for Reject {
    fn from(_: FenReject) -> Self {
        Reject::Overflow
    }
}
