use super::IssueEvent as E;
use super::IssueState as S;
use super::*;

const BLUE: (Colour, bool) = (Colour::Blue, true);
const RED: (Colour, bool) = (Colour::Red, true);
/// A reversal of a non-tax bill.
const RED_BILL: (Colour, bool) = (Colour::Red, false);

fn check(
    (colour, needs_form): (Colour, bool),
    state: S,
    event: E,
    expected: Result<Option<(S, Effect)>, IssueReject>,
) {
    let document = Document { colour, needs_form, state };
    let outcome = advance(document, event).map(|outcome| match outcome {
        IssueOutcome::Moved { state, effect } => Some((state, effect)),
        IssueOutcome::Unchanged => None,
    });
    assert_eq!(outcome, expected, "{colour:?} {state:?} {event:?}");
}

#[test]
fn an_invoice_is_handed_in_and_issued_or_refused() {
    let none = Effect::Nothing;
    for (state, event, expected) in [
        (S::Requested, E::HandedIn, Ok(Some((S::Submitted, none)))),
        (S::Requested, E::Refused, Ok(Some((S::Rejected, Effect::GivesBack)))),
        (S::Requested, E::FormConfirmed, Err(IssueReject::NoForm)),
        (S::Requested, E::Issued, Err(IssueReject::NotHandedIn)),
        (S::Submitted, E::HandedIn, Ok(None)),
        (S::Submitted, E::Forgotten, Ok(Some((S::Requested, none)))),
        (S::Submitted, E::Issued, Ok(Some((S::Issued, none)))),
        (S::Submitted, E::SignFailed, Ok(Some((S::Unsigned, none)))),
        (S::Submitted, E::Refused, Ok(Some((S::Rejected, Effect::GivesBack)))),
        (S::Submitted, E::MadeVoid, Ok(Some((S::Void, Effect::GivesBack)))),
        (S::Submitted, E::Withdrawn, Err(IssueReject::HandedIn)),
        (S::Unsigned, E::Issued, Ok(Some((S::Issued, none)))),
        (S::Unsigned, E::SignFailed, Ok(None)),
        (S::Unsigned, E::MadeVoid, Ok(Some((S::Void, Effect::GivesBack)))),
        (S::Unsigned, E::Refused, Ok(Some((S::Void, Effect::GivesBack)))),
        (S::Unsigned, E::Withdrawn, Err(IssueReject::Ended)),
        (S::Void, E::MadeVoid, Ok(None)),
        (S::Issued, E::Issued, Ok(None)),
        (S::Issued, E::Refused, Err(IssueReject::Ended)),
        (S::Issued, E::MadeVoid, Err(IssueReject::Ended)),
        (S::Rejected, E::Issued, Err(IssueReject::Ended)),
        (S::Rejected, E::Refused, Ok(None)),
    ] {
        check(BLUE, state, event, expected);
    }
}

#[test]
fn a_red_fapiao_is_confirmed_before_it_is_handed_in_and_takes_back_when_it_is_issued() {
    let none = Effect::Nothing;
    for (state, event, expected) in [
        (S::Proposed, E::HandedIn, Err(IssueReject::NotApproved)),
        (S::Proposed, E::Approved, Ok(Some((S::Requested, none)))),
        (S::Proposed, E::Withdrawn, Ok(Some((S::Withdrawn, none)))),
        (S::Requested, E::HandedIn, Err(IssueReject::NotConfirmed)),
        (S::Requested, E::FormTaken, Ok(Some((S::Applied, none)))),
        (S::Requested, E::FormConfirmed, Ok(Some((S::Confirmed, none)))),
        (S::Applied, E::FormTaken, Ok(None)),
        (S::Applied, E::FormConfirmed, Ok(Some((S::Confirmed, none)))),
        (S::Applied, E::FormRefused, Ok(Some((S::Rejected, none)))),
        (S::Applied, E::Withdrawn, Ok(Some((S::Withdrawn, none)))),
        (S::Confirmed, E::HandedIn, Ok(Some((S::Submitted, none)))),
        (S::Submitted, E::Forgotten, Ok(Some((S::Confirmed, none)))),
        (S::Submitted, E::Issued, Ok(Some((S::Issued, Effect::TakesBack)))),
        (S::Submitted, E::SignFailed, Ok(Some((S::Unsigned, Effect::TakesBack)))),
        (S::Submitted, E::Refused, Ok(Some((S::Rejected, none)))),
        // It took back when it got its number; being signed adds nothing.
        (S::Unsigned, E::Issued, Ok(Some((S::Issued, none)))),
        // The money went back by it: a person looks.
        (S::Unsigned, E::MadeVoid, Err(IssueReject::Ended)),
        (S::Unsigned, E::Refused, Err(IssueReject::Ended)),
    ] {
        check(RED, state, event, expected);
    }
}

#[test]
fn a_reversal_of_a_non_tax_bill_needs_no_form() {
    let (moved, none) = (S::Submitted, Effect::Nothing);
    check(RED_BILL, S::Requested, E::HandedIn, Ok(Some((moved, none))));
    check(RED_BILL, S::Requested, E::FormTaken, Err(IssueReject::NoForm));
    check(RED_BILL, S::Submitted, E::Forgotten, Ok(Some((S::Requested, none))));
    check(RED_BILL, S::Submitted, E::Issued, Ok(Some((S::Issued, Effect::TakesBack))));
}

/// Walks every event from every state to the end: whatever the order of words, a document changes what
/// counts at most once, and nothing leaves `issued`.
#[test]
fn what_counts_changes_at_most_once_and_what_is_issued_stays() {
    let events = [
        E::Approved,
        E::FormTaken,
        E::FormConfirmed,
        E::FormRefused,
        E::HandedIn,
        E::Forgotten,
        E::Issued,
        E::SignFailed,
        E::Refused,
        E::MadeVoid,
        E::Withdrawn,
    ];
    for (colour, needs_form) in [BLUE, RED, RED_BILL] {
        let mut open = vec![(Document { colour, needs_form, state: S::Requested }, 0_u32)];
        let mut seen = Vec::new();
        while let Some((document, changes)) = open.pop() {
            for event in events {
                let Ok(IssueOutcome::Moved { state, effect }) = advance(document, event) else {
                    continue;
                };
                assert_ne!(document.state, S::Issued, "{event:?} changed what is issued");
                let changes = changes + u32::from(effect != Effect::Nothing);
                assert!(changes <= 1, "{document:?} {event:?}");
                let next = (Document { state, ..document }, changes);
                if !seen.contains(&next) {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        assert!(seen.len() >= 5, "{colour:?}: {seen:?}");
    }
}

#[test]
fn names_are_read_back() {
    for state in S::ALL {
        assert_eq!(S::from_name(state.name()), Some(state));
    }
    assert_eq!(S::from_name("gone"), None);
    for colour in [Colour::Blue, Colour::Red] {
        assert_eq!(Colour::from_name(colour.name()), Some(colour));
    }
}
