//! Coupons: what a voucher takes off a bill, as lines of their own.
//!
//! Three kinds: an amount, minutes (what the stay costs less what it would cost had it ended that
//! much earlier), and free once. Coupons are taken in the order in which they are given, on the
//! total that stands, so they never take it below nothing; what a coupon is worth beyond the bill
//! is lost, not paid out. What was used is stored with the case, so anybody can price it again.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Interval, Timestamp};

use crate::Price;
use crate::bill::{Bill, Line, Rule};
use crate::calendar::Calendars;
use crate::price::{Case, Reject, without_coupons};
use crate::tariff::Tariff;

/// Most coupons on one bill.
pub const COUPONS_LIMIT: usize = 8;

/// What a coupon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Coupon {
    /// So much off.
    Amount {
        /// In the smallest unit; more than 0.
        amount: Fen,
    },
    /// So many minutes at the end of the stay cost nothing.
    Minutes {
        /// More than 0.
        minutes: u32,
    },
    /// The stay costs nothing.
    FreeOnce,
}

/// Takes the coupons of a case off its bill, one line each; a coupon that takes off nothing has none.
pub(crate) fn take_off(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    bill: &mut Bill,
) -> Result<(), Reject> {
    if case.coupons.len() > COUPONS_LIMIT {
        return Err(Reject::TooManyCoupons);
    }
    let mut minutes_used: u32 = 0;
    for (place, coupon) in case.coupons.iter().enumerate() {
        let worth = match coupon {
            Coupon::Amount { amount } if *amount > Fen::ZERO => *amount,
            Coupon::Amount { .. } => return Err(Reject::CouponOfNothing),
            Coupon::FreeOnce => bill.total,
            Coupon::Minutes { minutes: 0 } => return Err(Reject::CouponOfNothing),
            Coupon::Minutes { minutes } => {
                let before = without_minutes(tariff, calendars, case, minutes_used)?;
                minutes_used = minutes_used.saturating_add(*minutes);
                let after = without_minutes(tariff, calendars, case, minutes_used)?;
                before.minus(after)?.max(Fen::ZERO)
            }
        };
        let off = worth.min(bill.total);
        if off > Fen::ZERO {
            let less = Fen::ZERO.minus(off)?;
            let span = span(case);
            bill.lines.push(Line {
                units: 1,
                unit_price: Price::of_fen(less.0),
                amount: less,
                ..Line::of_nothing(span, Rule::Coupon { coupon: place })
            });
            bill.total = bill.total.minus(off)?;
        }
    }
    Ok(())
}

/// What the stay would cost without coupons if it had ended so many minutes earlier.
fn without_minutes(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    minutes: u32,
) -> Result<Fen, Reject> {
    let Some(left) = case.intervals.last().map(|i| i.end_at()) else { return Ok(Fen::ZERO) };
    let left = left.plus_ms(i64::from(minutes).saturating_mul(-60_000));
    let cut = |i: &Interval| Interval::new(i.start_at(), i.end_at().min(left));
    let intervals: Vec<Interval> =
        case.intervals.iter().filter_map(cut).filter(|i| !i.is_empty()).collect();
    if intervals.is_empty() {
        return Ok(Fen::ZERO);
    }
    let earlier = |at: Timestamp| at.plus_ms(i64::from(minutes).saturating_mul(-60_000));
    let shorter = Case { intervals, bought_until: case.bought_until.map(earlier), ..case.clone() };
    Ok(without_coupons(tariff, calendars, &shorter)?.total)
}

fn span(case: &Case) -> Interval {
    let ends = case.intervals.first().zip(case.intervals.last());
    let span = ends.and_then(|(first, last)| Interval::new(first.start_at(), last.end_at()));
    span.unwrap_or_else(|| crate::price::interval(0, 0))
}
