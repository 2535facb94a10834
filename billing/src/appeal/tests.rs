//! Every event in every state, and the bounds of what a decision gives.

use std::sync::LazyLock;

use vocabulary::{Fen, StaffId};

use super::AppealEvent::{Confirmed, Decided, SentBack, Taken, Withdrawn};
use super::AppealReject as Reject;
use super::*;

static CAPTURER: LazyLock<StaffId> = LazyLock::new(|| staff(1));
static ANNA: LazyLock<StaffId> = LazyLock::new(|| staff(2));
static BO: LazyLock<StaffId> = LazyLock::new(|| staff(3));

fn staff(number: u32) -> StaffId {
    format!("00000000-0000-7000-8000-{number:012}").parse().unwrap()
}

/// 8.00 yuan are asked for; one person may give 5.00.
fn stake() -> Stake<'static> {
    let involved = std::slice::from_ref(&*CAPTURER);
    Stake { asked: Fen(800), involved, second_person_above: Fen(500) }
}

fn appeal(state: AppealState, reviewer: Option<StaffId>, proposed: i64) -> Appeal {
    Appeal { state, reviewer, proposed: Fen(proposed) }
}

fn decided(by: StaffId, decision: Decision) -> AppealEvent<'static> {
    Decided { by, decision, reason: "the photo shows another vehicle" }
}

fn check(from: Appeal, event: AppealEvent<'_>, expected: Result<Outcome, Reject>) {
    assert_eq!(advance(&from, stake(), event), expected, "{from:?} {event:?}");
}

#[test]
fn every_event_in_every_state_has_a_defined_outcome() {
    use AppealState::{InReview, PartlyGranted, Proposed, Refused};
    let review = appeal(InReview, Some(*ANNA), 0);
    let proposed = appeal(Proposed, Some(*ANNA), 800);
    let over = appeal(Refused, Some(*ANNA), 0);
    let part = |amount| {
        Ok(Outcome::Give { appeal: appeal(PartlyGranted, Some(*ANNA), 0), amount: Fen(amount) })
    };
    let moved = |appeal| Ok(Outcome::Moved(appeal));
    for (from, event, expected) in [
        (Appeal::filed(), Taken { by: *ANNA }, moved(review)),
        (Appeal::filed(), Taken { by: *CAPTURER }, Err(Reject::IsInvolved)),
        (Appeal::filed(), decided(*ANNA, Decision::Whole), Err(Reject::NotTaken)),
        (Appeal::filed(), Withdrawn, moved(appeal(AppealState::Withdrawn, None, 0))),
        (Appeal::filed(), Confirmed { by: *BO }, Err(Reject::NotProposed)),
        (review, Taken { by: *BO }, moved(appeal(InReview, Some(*BO), 0))),
        (review, decided(*BO, Decision::Refuse), Err(Reject::NotTheReviewer)),
        (review, decided(*CAPTURER, Decision::Refuse), Err(Reject::IsInvolved)),
        (review, decided(*ANNA, Decision::Refuse), moved(appeal(Refused, Some(*ANNA), 0))),
        (review, decided(*ANNA, Decision::Waive(Fen(500))), part(500)),
        (review, decided(*ANNA, Decision::NewTotal(Fen(600))), part(200)),
        (review, decided(*ANNA, Decision::Whole), moved(proposed)),
        (
            review,
            decided(*ANNA, Decision::Waive(Fen(501))),
            moved(appeal(Proposed, Some(*ANNA), 501)),
        ),
        (review, decided(*ANNA, Decision::Waive(Fen(0))), Err(Reject::AmountOutOfBounds)),
        (review, decided(*ANNA, Decision::Waive(Fen(801))), Err(Reject::AmountOutOfBounds)),
        (review, decided(*ANNA, Decision::NewTotal(Fen(-1))), Err(Reject::AmountOutOfBounds)),
        (review, decided(*ANNA, Decision::NewTotal(Fen(800))), Err(Reject::AmountOutOfBounds)),
        (review, decided(*ANNA, Decision::NewTotal(Fen(900))), Err(Reject::AmountOutOfBounds)),
        (
            review,
            Decided { by: *ANNA, decision: Decision::Refuse, reason: " " },
            Err(Reject::NoReason),
        ),
        (proposed, Taken { by: *BO }, Err(Reject::IsProposed)),
        (proposed, decided(*ANNA, Decision::Refuse), Err(Reject::IsProposed)),
        (proposed, Confirmed { by: *ANNA }, Err(Reject::SamePerson)),
        (proposed, Confirmed { by: *CAPTURER }, Err(Reject::IsInvolved)),
        (
            proposed,
            Confirmed { by: *BO },
            Ok(Outcome::Give {
                appeal: appeal(AppealState::Granted, Some(*ANNA), 0),
                amount: Fen(800),
            }),
        ),
        (proposed, SentBack { by: *BO }, moved(review)),
        (proposed, SentBack { by: *ANNA }, Err(Reject::SamePerson)),
        (proposed, Withdrawn, moved(appeal(AppealState::Withdrawn, Some(*ANNA), 0))),
        (over, Taken { by: *ANNA }, Err(Reject::IsOver)),
        (over, Withdrawn, Err(Reject::IsOver)),
    ] {
        check(from, event, expected);
    }
}

#[test]
fn a_proposal_over_more_than_is_asked_for_by_now_is_not_confirmed() {
    let proposed = appeal(AppealState::Proposed, Some(*ANNA), 800);
    let less = Stake { asked: Fen(700), ..stake() };
    assert_eq!(advance(&proposed, less, Confirmed { by: *BO }), Err(Reject::AmountOutOfBounds));
}

#[test]
fn what_a_decision_gives_lies_between_nothing_and_what_is_asked() {
    let review = appeal(AppealState::InReview, Some(*ANNA), 0);
    for asked in [0, 1, 499, 800, i64::MAX] {
        for amount in [i64::MIN, -1, 0, 1, 500, 800, i64::MAX] {
            for decision in
                [Decision::Waive(Fen(amount)), Decision::NewTotal(Fen(amount)), Decision::Whole]
            {
                let stake =
                    Stake { asked: Fen(asked), involved: &[], second_person_above: Fen(i64::MAX) };
                if let Ok(Outcome::Give { amount, appeal }) =
                    advance(&review, stake, decided(*ANNA, decision))
                {
                    assert!(amount > Fen::ZERO && amount.0 <= asked, "{decision:?} of {asked}");
                    assert_eq!(appeal.state == AppealState::Granted, amount.0 == asked);
                }
            }
        }
    }
}

#[test]
fn names_are_read_back() {
    for state in AppealState::ALL {
        assert_eq!(AppealState::from_name(state.name()), Some(state));
    }
    for ground in Ground::ALL {
        assert_eq!(Ground::from_name(ground.name()), Some(ground));
    }
}
