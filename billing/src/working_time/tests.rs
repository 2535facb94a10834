//! Hand-counted over the State Council's days of 2026: 20 September (a Sunday) and 10 October (a Saturday)
//! are worked, 25 to 27 September and 1 to 7 October are off.

use vocabulary::Timestamp;

use super::Allowance;
use crate::Calendars;
use crate::policy::{BUILT_IN_POLICY, Policy};

fn at(text: &str) -> Timestamp {
    let rfc3339 = format!("{}:00+08:00", text.replace(' ', "T"));
    Timestamp::parse(&rfc3339).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn check(from: &str, allowance: &str, expected: &str, guessed: bool) {
    let policy = Policy::parse(BUILT_IN_POLICY).unwrap();
    let time = policy.working_time(&policy.versions[0], Calendars::built_in());
    let found = time.deadline(at(from), Allowance::parse(allowance).unwrap());
    assert_eq!((found.at, found.guessed), (at(expected), guessed), "{from} + {allowance}");
}

#[test]
fn a_deadline_is_counted_in_working_time() {
    // The office is open 08:30-12:00 and 14:30-18:00.
    for (from, allowance, expected) in [
        ("2026-09-15 10:00", "5 working days", "2026-09-21 18:00"),
        ("2026-09-30 17:00", "1 working days", "2026-10-08 18:00"),
        ("2026-09-28 09:00", "10 working days", "2026-10-16 18:00"),
        ("2026-09-26 09:00", "1 working days", "2026-09-28 18:00"),
        ("2026-09-15 10:00", "0 working days", "2026-09-15 18:00"),
        ("2026-09-15 10:00", "4 working hours", "2026-09-15 16:30"),
        ("2026-09-15 06:00", "1 working hours", "2026-09-15 09:30"),
        ("2026-09-15 13:00", "30 working minutes", "2026-09-15 15:00"),
        ("2026-09-30 17:30", "4 working hours", "2026-10-08 12:00"),
        ("2026-09-26 09:00", "1 working hours", "2026-09-28 09:30"),
        ("2026-09-19 09:00", "1 working hours", "2026-09-20 09:30"),
        ("2026-09-25 09:00", "24 hours", "2026-09-26 09:00"),
        ("2026-09-25 09:00", "7 days", "2026-10-02 09:00"),
    ] {
        check(from, allowance, expected, false);
    }
}

#[test]
fn a_year_that_is_not_announced_follows_the_week_and_says_so() {
    // 31 December is a Thursday; of 2027 nothing is known: Friday the 1st counts, then Monday the 4th.
    check("2026-12-30 09:00", "3 working days", "2027-01-04 18:00", true);
    check("2026-12-30 09:00", "1 working days", "2026-12-31 18:00", false);
}

#[test]
fn time_worked_is_that_of_the_office() {
    let policy = Policy::parse(BUILT_IN_POLICY).unwrap();
    let time = policy.working_time(&policy.versions[0], Calendars::built_in());
    for (from, to, minutes) in [
        ("2026-09-24 17:00", "2026-09-28 09:30", 120),
        ("2026-09-15 08:30", "2026-09-15 18:00", 420),
        ("2026-09-15 12:00", "2026-09-15 14:30", 0),
        ("2026-09-25 08:00", "2026-09-27 20:00", 0),
        ("2026-09-15 10:00", "2026-09-15 09:00", 0),
    ] {
        assert_eq!(time.worked_ms(at(from), at(to)), minutes * 60_000, "{from} to {to}");
    }
}

#[test]
fn what_is_no_time_is_not_read() {
    for text in ["", "5", "working days", "-1 days", "5 weeks", "x hours", "99999999999 days"] {
        assert_eq!(Allowance::parse(text), None, "{text}");
    }
    assert_eq!(Allowance::parse(" 2 working hours"), Some(Allowance::WorkingMinutes(120)));
}
