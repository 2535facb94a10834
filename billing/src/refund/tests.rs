//! Refunds by table, and that no plan takes more of a payment than was paid.

use proptest::prelude::*;
use vocabulary::{Fen, Timestamp};

use super::RefundEvent::{PaidByHand, Refused};
use super::RefundState::{Abnormal, Closed, Processing, Requested, Succeeded};
use super::*;

/// 2026-11-30T00:00:00Z.
const NOW: i64 = 1_795_996_800_000;
const DAY: i64 = 86_400_000;

fn says(status: &str, fen: i64) -> RefundEvent {
    let status = RefundStatus::from_name(status).unwrap();
    RefundEvent::ChannelSays { status, amount: Fen(fen) }
}

fn check(from: RefundState, way: Way, event: RefundEvent, expected: &str) {
    let paid_by = Some(way).filter(|_| from == Succeeded);
    check_paid(Refund { state: from, amount: Fen(250), way, paid_by }, event, expected);
}

fn check_paid(before: Refund, event: RefundEvent, expected: &str) {
    let got = match advance(&before, event) {
        Ok(RefundOutcome::Moved(next)) => {
            assert_eq!((next.amount, next.way), (before.amount, before.way), "they stay");
            assert_eq!(next.paid_by.is_some(), next.state == Succeeded, "{before:?} {event:?}");
            next.state.name()
        }
        Ok(RefundOutcome::Unchanged) => "-",
        Err(reject) => reject.code(),
    };
    assert_eq!(got, expected, "{before:?} {event:?}");
}

#[test]
fn every_event_in_every_state_has_a_defined_outcome() {
    let (late, closed) = ("refund_already_succeeded", "refund_already_closed");
    for (event, expected) in [
        (says("PROCESSING", 250), ["processing", "-", "processing", "-", closed]),
        (says("SUCCESS", 250), ["succeeded", "succeeded", "succeeded", "-", closed]),
        (says("ABNORMAL", 250), ["abnormal", "abnormal", "-", late, closed]),
        (says("CLOSED", 250), ["closed", "closed", "closed", late, "-"]),
        (Refused, ["closed", "-", "-", "-", "-"]),
        (PaidByHand, ["refund_under_way", "refund_under_way", "succeeded", "-", closed]),
        (says("SUCCESS", 249), ["refund_amount_differs"; 5]),
    ] {
        for (from, expected) in
            [Requested, Processing, Abnormal, Succeeded, Closed].into_iter().zip(expected)
        {
            check(from, Way::Channel, event, expected);
        }
    }
    check(Requested, Way::Balance, says("SUCCESS", 250), "succeeded");
    check(Requested, Way::Balance, PaidByHand, "refund_under_way");
    check(Requested, Way::Hand, PaidByHand, "succeeded");
    check(Processing, Way::Hand, PaidByHand, "succeeded");
    check(Closed, Way::Hand, PaidByHand, closed);
}

#[test]
fn who_paid_follows_the_event() {
    for (from, way, event, paid_by) in [
        (Processing, Way::Channel, says("SUCCESS", 250), Way::Channel),
        // Whatever a person has prepared meanwhile.
        (Abnormal, Way::Channel, says("SUCCESS", 250), Way::Channel),
        (Abnormal, Way::Channel, PaidByHand, Way::Hand),
        (Requested, Way::Hand, PaidByHand, Way::Hand),
        (Requested, Way::Balance, says("SUCCESS", 250), Way::Balance),
    ] {
        let before = Refund { state: from, amount: Fen(250), way, paid_by: None };
        let after = Refund { state: Succeeded, paid_by: Some(paid_by), ..before };
        assert_eq!(advance(&before, event), Ok(RefundOutcome::Moved(after)));
    }
}

#[test]
fn what_a_person_paid_and_the_channel_paid_too_was_paid_twice() {
    for way in [Way::Channel, Way::Hand] {
        let paid = Refund { state: Succeeded, amount: Fen(250), way, paid_by: Some(Way::Hand) };
        for (event, expected) in [
            (says("SUCCESS", 250), "refund_paid_twice"),
            (says("SUCCESS", 249), "refund_amount_differs"),
            // That the channel could not pay it is why a person did.
            (says("ABNORMAL", 250), "-"),
            (says("CLOSED", 250), "-"),
            (says("PROCESSING", 250), "-"),
            (PaidByHand, "-"),
        ] {
            check_paid(paid, event, expected);
        }
    }
}

#[test]
fn names_are_read_back() {
    for state in RefundState::ALL {
        assert_eq!(RefundState::from_name(state.name()), Some(state));
    }
    for way in [Way::Channel, Way::Balance, Way::Hand] {
        assert_eq!(Way::from_name(way.name()), Some(way));
    }
    assert_eq!(RefundStatus::from_name("success"), None, "the channel writes capitals");
    assert!(Succeeded.is_end() && Closed.is_end() && !Abnormal.is_end());
}

fn payment(paid: i64, taken: i64, days_ago: i64) -> Refundable {
    Refundable {
        paid: Fen(paid),
        taken: Fen(taken),
        refunds: 0,
        paid_at: Timestamp::from_ms(NOW - days_ago * DAY),
        way: Way::Channel,
    }
}

fn planned(payments: &[Refundable], fen: i64) -> Result<Vec<(usize, i64, Way)>, PlanReject> {
    let parts = plan(payments, Fen(fen), Timestamp::from_ms(NOW))?;
    Ok(parts.into_iter().map(|part| (part.index, part.amount.0, part.way)).collect())
}

#[test]
fn a_refund_is_taken_from_the_newest_payment_first() {
    use Way::{Balance, Channel, Hand};
    let two = [payment(200, 0, 1), payment(300, 0, 2)];
    for (payments, fen, expected) in [
        (&two[..], 200, Ok(vec![(0, 200, Channel)])),
        (&two, 201, Ok(vec![(0, 200, Channel), (1, 1, Channel)])),
        (&two, 500, Ok(vec![(0, 200, Channel), (1, 300, Channel)])),
        (&two, 501, Err(PlanReject::MoreThanPaid { left: Fen(500) })),
        (&two, 0, Err(PlanReject::BadAmount)),
        (&two, -1, Err(PlanReject::BadAmount)),
        (&[], 1, Err(PlanReject::MoreThanPaid { left: Fen(0) })),
        (&[payment(200, 200, 1), payment(300, 100, 2)], 150, Ok(vec![(1, 150, Channel)])),
        // A year and a moment: the channel takes it back no more.
        (&[payment(200, 0, 365)], 200, Ok(vec![(0, 200, Channel)])),
        (&[payment(200, 0, 366)], 200, Ok(vec![(0, 200, Hand)])),
        (&[Refundable { refunds: 50, ..payment(200, 0, 1) }], 200, Ok(vec![(0, 200, Hand)])),
        (&[Refundable { refunds: 49, ..payment(200, 0, 1) }], 200, Ok(vec![(0, 200, Channel)])),
        (&[Refundable { way: Hand, ..payment(200, 0, 1) }], 50, Ok(vec![(0, 50, Hand)])),
        // A prepaid balance takes it back whenever it was used.
        (&[Refundable { way: Balance, ..payment(200, 0, 900) }], 50, Ok(vec![(0, 50, Balance)])),
    ] {
        assert_eq!(planned(payments, fen), expected, "{payments:?} {fen}");
    }
}

proptest! {
    #[test]
    fn a_plan_adds_up_and_takes_no_more_than_is_left(
        payments in prop::collection::vec((1_i64..10_000, 0_i64..10_000, 0_i64..800), 0..8),
        fen in 1_i64..40_000,
    ) {
        let payments: Vec<Refundable> =
            payments.into_iter().map(|(paid, taken, days)| payment(paid, taken, days)).collect();
        let left: i64 = payments.iter().map(|p| (p.paid.0 - p.taken.0).max(0)).sum();
        match planned(&payments, fen) {
            Ok(parts) => {
                prop_assert_eq!(parts.iter().map(|part| part.1).sum::<i64>(), fen);
                for (index, amount, _) in parts {
                    prop_assert!(amount > 0 && amount <= payments[index].paid.0 - payments[index].taken.0);
                }
            }
            Err(reject) => {
                prop_assert!(fen > left);
                prop_assert_eq!(reject, PlanReject::MoreThanPaid { left: Fen(left) });
            }
        }
    }
}
