//! States by table, months and refunds by hand, sums by property.

use proptest::prelude::*;
use vocabulary::{Fen, Interval, Timestamp};

use super::PassEvent::{Approved, Cancelled, OfferOver, Paid, RoomFound, TimeOver, Withdrawn};
use super::*;
use crate::policy::BUILT_IN_POLICY;

fn policy() -> Policy {
    Policy::parse(BUILT_IN_POLICY).unwrap()
}

/// Midnight of a day in Shanghai.
fn day(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}T00:00:00+08:00")).unwrap()
}

fn pass(from: &str, to: &str) -> Interval {
    Interval::new(day(from), day(to)).unwrap()
}

#[test]
fn every_event_in_every_state_has_a_defined_outcome() {
    use PassState::{Active, Applied, Lapsed, Offered, Waiting};
    for (from, event, expected) in [
        (Applied, Approved { room: true }, Ok(Offered)),
        (Applied, Approved { room: false }, Ok(Waiting)),
        (Applied, PassEvent::Refused, Ok(PassState::Refused)),
        (Applied, Withdrawn, Ok(Lapsed)),
        (Applied, Paid, Err(PassReject::NotOffered)),
        (Applied, Cancelled, Err(PassReject::NotActive)),
        (Applied, RoomFound, Err(PassReject::NotWaiting)),
        (Waiting, RoomFound, Ok(Offered)),
        (Waiting, Withdrawn, Ok(Lapsed)),
        (Waiting, Paid, Err(PassReject::NotOffered)),
        (Waiting, Approved { room: true }, Err(PassReject::AlreadyDecided)),
        (Offered, Paid, Ok(Active)),
        (Offered, OfferOver, Ok(Lapsed)),
        (Offered, Withdrawn, Ok(Lapsed)),
        (Offered, RoomFound, Err(PassReject::NotWaiting)),
        (Active, Cancelled, Ok(PassState::Cancelled)),
        (Active, TimeOver, Ok(PassState::Ended)),
        (Active, Withdrawn, Err(PassReject::AlreadyPaid)),
        (Active, Paid, Err(PassReject::NotOffered)),
        (PassState::Ended, Paid, Err(PassReject::IsOver)),
        (Lapsed, RoomFound, Err(PassReject::IsOver)),
    ] {
        assert_eq!(advance(from, event), expected, "{from:?} {event:?}");
    }
    assert!(has_room(None, 1_000) && has_room(Some(2), 1) && !has_room(Some(2), 2));
}

#[test]
fn a_pass_of_whole_months_ends_before_the_same_day() {
    for (from, months, first, after_last) in [
        ("2026-09-15", 1, "2026-09-15", "2026-10-15"),
        ("2026-01-31", 1, "2026-01-31", "2026-02-28"),
        ("2028-02-29", 12, "2028-02-29", "2029-02-28"),
    ] {
        let noon = day(from).plus_ms(12 * 3_600_000);
        assert_eq!(validity(&policy(), noon, months), Some(pass(first, after_last)), "{from}");
    }
}

#[test]
fn a_month_earns_the_share_of_its_days() {
    // 100.00 yuan for 15 September to 14 October, 30 days: 16 of them in September.
    // 10000 × 16 / 30 = 5333.33: cut off, the rest is October's.
    let earned = earned_by_month(&policy(), Fen(10_000), pass("2026-09-15", "2026-10-15")).unwrap();
    assert_eq!(
        earned,
        [
            Earned { year: 2026, month: 9, amount: Fen(5_333) },
            Earned { year: 2026, month: 10, amount: Fen(4_667) },
        ]
    );
}

#[test]
fn the_price_of_the_days_not_begun_goes_back() {
    let valid = pass("2026-09-15", "2026-10-15");
    for (at, expected) in [
        // Before it began all of it; in the first second of its first day, 29 days of 30.
        ("2026-09-14", 10_000),
        ("2026-09-15", 9_667),
        // 16 days used: 10000 - 5333.
        ("2026-09-30", 4_667),
        ("2026-10-14", 0),
        ("2026-12-01", 0),
    ] {
        assert_eq!(given_back(&policy(), Fen(10_000), valid, day(at)), Ok(Fen(expected)), "{at}");
    }
}

proptest! {
    #[test]
    fn what_is_earned_sums_to_the_price_and_what_goes_back_lies_within_it(
        price in 0..10_000_000_i64,
        from in 0..2_000_i64,
        days in 1..800_i64,
        at in -50..900_i64,
    ) {
        let policy = policy();
        let begins = policy.local(day("2024-01-01")).0 + from;
        let valid = Interval::new(policy.day_begins(begins), policy.day_begins(begins + days)).unwrap();
        let earned = earned_by_month(&policy, Fen(price), valid).unwrap();
        prop_assert_eq!(earned.iter().map(|e| e.amount.0).sum::<i64>(), price);
        prop_assert!(earned.iter().all(|e| e.amount.0 >= 0));
        let back = given_back(&policy, Fen(price), valid, policy.day_begins(begins + at)).unwrap();
        prop_assert!((0..=price).contains(&back.0));
        let later = given_back(&policy, Fen(price), valid, policy.day_begins(begins + at + 1)).unwrap();
        prop_assert!(later <= back);
    }
}
