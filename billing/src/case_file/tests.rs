//! Every event in every state.

use vocabulary::StaffId;

use super::CaseEvent::{Cleared, Closed, Done, GivenBack, Listed, Reopened, SentBack, Taken};
use super::CaseReject as Reject;
use super::*;

fn staff(number: u32) -> StaffId {
    format!("00000000-0000-7000-8000-{number:012}").parse().unwrap()
}

fn case(state: CaseState, handler: Option<StaffId>) -> CaseFile {
    CaseFile { state, handler, closer: None, reopened: 0 }
}

fn check(from: CaseFile, event: CaseEvent<'_>, expected: Result<CaseFile, Reject>) {
    assert_eq!(advance(&from, event), expected, "{from:?} {event:?}");
}

#[test]
fn every_event_in_every_state_has_a_defined_outcome() {
    let (anna, bo) = (staff(1), staff(2));
    let open = CaseFile::open();
    let handling = case(CaseState::Handling, Some(anna));
    let handled = case(CaseState::Handled, Some(anna));
    let listed = case(CaseState::Listed, Some(anna));
    let closed = CaseFile { closer: Some(bo), ..case(CaseState::Closed, Some(anna)) };
    let by_bo = CaseFile { closer: Some(bo), state: CaseState::Closed, ..handled };
    let (done, why) = ("the sensor was replaced", "it is dark there");
    let cannot_tell = |by| Closed { by, subject: Subject::CannotTell };
    for (from, event, expected) in [
        (open, Taken { by: anna }, Ok(handling)),
        (open, Done { by: anna, what: done }, Err(Reject::NotTaken)),
        (open, GivenBack { by: anna }, Err(Reject::NotTaken)),
        (open, Listed { by: anna, why }, Err(Reject::NotTaken)),
        (open, cannot_tell(bo), Err(Reject::NotTaken)),
        (open, SentBack { by: bo, why }, Err(Reject::NotHandled)),
        (open, Reopened { why }, Err(Reject::NotClosed)),
        (handling, Taken { by: bo }, Ok(case(CaseState::Handling, Some(bo)))),
        (handling, Taken { by: anna }, Err(Reject::IsTheHandler)),
        (handling, GivenBack { by: anna }, Ok(open)),
        (handling, GivenBack { by: bo }, Err(Reject::NotTheHandler)),
        (handling, Done { by: anna, what: done }, Ok(handled)),
        (handling, Done { by: anna, what: " " }, Err(Reject::NothingSaid)),
        (handling, Done { by: bo, what: done }, Err(Reject::NotTheHandler)),
        (handling, Listed { by: anna, why }, Ok(listed)),
        (handling, cannot_tell(bo), Err(Reject::NotHandled)),
        (handled, cannot_tell(anna), Err(Reject::HandlerMayNotClose)),
        (handled, cannot_tell(bo), Ok(by_bo)),
        (handled, Closed { by: bo, subject: Subject::Mended }, Ok(by_bo)),
        (handled, Closed { by: bo, subject: Subject::StillFaulty }, Err(Reject::StillFaulty)),
        (handled, SentBack { by: bo, why }, Ok(handling)),
        (handled, SentBack { by: anna, why }, Err(Reject::HandlerMayNotClose)),
        (handled, SentBack { by: bo, why: "" }, Err(Reject::NothingSaid)),
        (listed, Taken { by: bo }, Ok(case(CaseState::Handling, Some(bo)))),
        (
            listed,
            cannot_tell(bo),
            Ok(CaseFile { state: CaseState::Closed, closer: Some(bo), ..listed }),
        ),
        (closed, Taken { by: anna }, Err(Reject::IsClosed)),
        (closed, cannot_tell(anna), Err(Reject::IsClosed)),
        (closed, Reopened { why }, Ok(CaseFile { reopened: 1, ..open })),
        (closed, Reopened { why: "" }, Err(Reject::NothingSaid)),
    ] {
        check(from, event, expected);
    }
}

#[test]
fn a_case_closes_by_itself_only_when_its_subject_shows_that_it_is_mended() {
    let anna = staff(1);
    for from in [CaseFile::open(), case(CaseState::Handling, Some(anna))] {
        let over = CaseFile { state: CaseState::Closed, ..from };
        check(from, Cleared { subject: Subject::Mended }, Ok(over));
        for subject in [Subject::StillFaulty, Subject::CannotTell] {
            check(from, Cleared { subject }, Err(Reject::StillFaulty));
        }
    }
}

#[test]
fn names_of_states_are_read_back() {
    for state in CaseState::ALL {
        assert_eq!(CaseState::from_name(state.name()), Some(state));
    }
    assert_eq!(CaseState::from_name("fixed"), None);
}
