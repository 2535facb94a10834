//! Every event in every state.

use vocabulary::StaffId;

use super::CaseEvent::{Cleared, Closed, Done, GivenBack, Listed, Reopened, SentBack, Taken};
use super::CaseReject as Reject;
use super::*;

const ANNA: StaffId = StaffId(uuid(1));
const BO: StaffId = StaffId(uuid(2));

const fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

fn case(state: CaseState, handler: Option<StaffId>) -> CaseFile {
    CaseFile { state, handler, closer: None, reopened: 0 }
}

fn check(from: CaseFile, event: CaseEvent<'_>, expected: Result<CaseFile, Reject>) {
    assert_eq!(advance(&from, event), expected, "{from:?} {event:?}");
}

#[test]
fn every_event_in_every_state_has_a_defined_outcome() {
    let open = CaseFile::open();
    let handling = case(CaseState::Handling, Some(ANNA));
    let handled = case(CaseState::Handled, Some(ANNA));
    let listed = case(CaseState::Listed, Some(ANNA));
    let closed = CaseFile { closer: Some(BO), ..case(CaseState::Closed, Some(ANNA)) };
    let by_bo = CaseFile { closer: Some(BO), state: CaseState::Closed, ..handled };
    let (done, why) = ("the sensor was replaced", "it is dark there");
    let cannot_tell = |by| Closed { by, subject: Subject::CannotTell };
    for (from, event, expected) in [
        (open, Taken { by: ANNA }, Ok(handling)),
        (open, Done { by: ANNA, what: done }, Err(Reject::NotTaken)),
        (open, GivenBack { by: ANNA }, Err(Reject::NotTaken)),
        (open, Listed { by: ANNA, why }, Err(Reject::NotTaken)),
        (open, cannot_tell(BO), Err(Reject::NotTaken)),
        (open, SentBack { by: BO, why }, Err(Reject::NotHandled)),
        (open, Reopened { why }, Err(Reject::NotClosed)),
        (handling, Taken { by: BO }, Ok(case(CaseState::Handling, Some(BO)))),
        (handling, Taken { by: ANNA }, Err(Reject::IsTheHandler)),
        (handling, GivenBack { by: ANNA }, Ok(open)),
        (handling, GivenBack { by: BO }, Err(Reject::NotTheHandler)),
        (handling, Done { by: ANNA, what: done }, Ok(handled)),
        (handling, Done { by: ANNA, what: " " }, Err(Reject::NothingSaid)),
        (handling, Done { by: BO, what: done }, Err(Reject::NotTheHandler)),
        (handling, Listed { by: ANNA, why }, Ok(listed)),
        (handling, cannot_tell(BO), Err(Reject::NotHandled)),
        (handled, cannot_tell(ANNA), Err(Reject::HandlerMayNotClose)),
        (handled, cannot_tell(BO), Ok(by_bo)),
        (handled, Closed { by: BO, subject: Subject::Mended }, Ok(by_bo)),
        (handled, Closed { by: BO, subject: Subject::StillFaulty }, Err(Reject::StillFaulty)),
        (handled, SentBack { by: BO, why }, Ok(handling)),
        (handled, SentBack { by: ANNA, why }, Err(Reject::HandlerMayNotClose)),
        (handled, SentBack { by: BO, why: "" }, Err(Reject::NothingSaid)),
        (listed, Taken { by: BO }, Ok(case(CaseState::Handling, Some(BO)))),
        (listed, cannot_tell(BO), Ok(CaseFile { state: CaseState::Closed, closer: Some(BO), ..listed })),
        (closed, Taken { by: ANNA }, Err(Reject::IsClosed)),
        (closed, cannot_tell(ANNA), Err(Reject::IsClosed)),
        (closed, Reopened { why }, Ok(CaseFile { reopened: 1, ..open })),
        (closed, Reopened { why: "" }, Err(Reject::NothingSaid)),
    ] {
        check(from, event, expected);
    }
}

#[test]
fn a_case_closes_by_itself_only_when_its_subject_shows_that_it_is_mended() {
    for from in [CaseFile::open(), case(CaseState::Handling, Some(ANNA))] {
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
