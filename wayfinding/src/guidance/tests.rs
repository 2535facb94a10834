//! What happens to a driver on the way, step by step.

use vocabulary::{BayCode, BayId, Point, VehicleClass};

use super::Seen::{Forbidden, Free, Occupied, Unknown};
use super::*;

fn goal(number: u32) -> Goal {
    Goal {
        id: BayId(format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()),
        code: BayCode::parse(&format!("BY{number:04}")).unwrap(),
        street: "人民路".into(),
        // 0.001° of latitude apart: 111 m.
        at: Point::new(104.17, 36.55 + f64::from(number) * 0.001).unwrap(),
    }
}

/// On the way to bay 1, half a kilometre away.
fn session() -> Session {
    Session::open(Wish {
        at: Point::new(104.17, 36.546).unwrap(),
        bay: goal(1),
        vehicle: VehicleClass::Small,
        stay_minutes: 60,
        dest: None,
    })
}

/// Bays 1, 2, … as they are seen; the next best is the first free one that is not refused.
fn look(session: &mut Session, bays: &[Seen]) -> bool {
    let seen = |bay: BayId| {
        let known = (1..).zip(bays).find(|(number, _)| goal(*number).id == bay);
        known.map(|(_, seen)| *seen)
    };
    session.look(seen, |session| {
        let free =
            (1..=9).map(goal).find(|bay| seen(bay.id) == Some(Free) && !session.refuses(bay.id));
        free.map(|bay| Next { bay, more_s: Some(30.0) })
    })
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Look(&'static [Seen]),
    /// The driver is so many metres south of bay 1.
    Away(f64),
    Accept(u32),
    Decline(u32),
    Choose(u32),
    Report,
    Claimed(u32),
    Reroute,
    End(Why),
}

/// What is told then: phase, why, and the bay on offer; nothing, if nothing is told.
type Told = Option<(&'static str, &'static str, Option<&'static str>)>;

fn take(session: &mut Session, step: Step) -> bool {
    match step {
        Step::Look(bays) => look(session, bays),
        Step::Away(metres) => {
            let at = Point::new(104.17, 36.551 - metres / 111_195.0).unwrap();
            assert!(!session.move_to(at), "no way was told that one could leave");
            false
        }
        Step::Accept(offer) => session.accept(offer),
        Step::Decline(offer) => session.decline(offer),
        Step::Choose(bay) => session.choose(goal(bay)),
        Step::Report => {
            session.report();
            false
        }
        Step::Claimed(bay) => session.claimed(goal(bay).id),
        Step::Reroute => session.reroute(),
        Step::End(why) => session.end(why),
    }
}

/// Takes step after step: what is told is what is expected, once, under the next number.
fn check(what: &str, steps: &[(Step, Told)]) {
    let mut session = session();
    for (number, (step, expected)) in steps.iter().enumerate() {
        let seq = session.seq;
        let told = take(&mut session, *step);
        assert_eq!(told, expected.is_some(), "{what}: step {number}, {step:?}");
        assert_eq!(session.seq, seq + i64::from(told), "{what}: step {number}, {step:?}");
        if let Some(expected) = expected {
            let offered = session.offer.as_ref().map(|offer| offer.bay.code.as_str());
            let said = (session.phase.name(), session.why.name(), offered);
            assert_eq!(said, *expected, "{what}: step {number}, {step:?}");
        }
        let is_offered = session.phase == Phase::Offered;
        assert_eq!(session.offer.is_some(), is_offered, "{what}: step {number}, {step:?}");
    }
}

const SECOND: Option<&str> = Some("BY0002");
const THIRD: Option<&str> = Some("BY0003");

#[test]
fn a_bay_that_is_lost_is_replaced_by_the_next_best_and_told_once() {
    use Step::Look;
    for (seen, why) in [(Occupied, "taken"), (Unknown, "unknown"), (Forbidden, "not_permitted")] {
        let (lost, alone): (&'static [Seen], &'static [Seen]) = match seen {
            Occupied => (&[Occupied, Free], &[Occupied]),
            Unknown => (&[Unknown, Free], &[Unknown]),
            _ => (&[Forbidden, Free], &[Forbidden]),
        };
        check(
            why,
            &[
                (Look(&[Free, Free]), None),
                (Look(lost), Some(("offered", why, SECOND))),
                (Look(lost), None),
                (Look(&[Free, Free]), Some(("driving", "free_again", None))),
                (Look(&[Free, Free]), None),
                // Once more, and no other one is left.
                (Look(alone), Some(("lost", why, None))),
                (Look(alone), None),
                (Look(&[Free]), Some(("driving", "free_again", None))),
            ],
        );
    }
    check(
        "out of the register",
        &[
            (Look(&[]), Some(("lost", "closed", None))),
            (Look(&[]), None),
            (Look(&[Free]), Some(("driving", "free_again", None))),
        ],
    );
    check(
        "why it was lost is said again when one turns up",
        &[
            (Look(&[Forbidden, Occupied]), Some(("lost", "not_permitted", None))),
            // It is taken, too: no news, it was lost already.
            (Look(&[Occupied, Occupied]), None),
            (Look(&[Occupied, Free]), Some(("offered", "not_permitted", SECOND))),
        ],
    );
}

#[test]
fn an_offer_stands_only_while_its_bay_is_free_and_may_be_used() {
    use Step::{Accept, Look};
    check(
        "taken, and none left",
        &[
            (Look(&[Occupied, Free, Free]), Some(("offered", "taken", SECOND))),
            (Look(&[Occupied, Occupied, Free]), Some(("offered", "offer_gone", THIRD))),
            (Look(&[Occupied, Occupied, Unknown]), Some(("lost", "offer_gone", None))),
            (Look(&[Occupied, Occupied, Unknown]), None),
            // One is free again: offered for the reason that was. It is the third offer.
            (Look(&[Occupied, Free, Unknown]), Some(("offered", "taken", SECOND))),
            (Accept(1), None),
            (Accept(3), Some(("driving", "accepted", None))),
            (Accept(3), None),
            // Now it is about bay 2.
            (Look(&[Occupied, Free, Unknown]), None),
            (Look(&[Free, Occupied, Unknown]), Some(("offered", "taken", Some("BY0001")))),
        ],
    );
    check(
        "permission for the offered bay ends",
        &[
            (Look(&[Occupied, Free, Free]), Some(("offered", "taken", SECOND))),
            (Look(&[Occupied, Forbidden, Free]), Some(("offered", "offer_gone", THIRD))),
        ],
    );
}

#[test]
fn who_declines_is_left_alone_until_the_bay_is_free_or_another_one_is_chosen() {
    use Step::{Accept, Choose, Decline, Look};
    check(
        "declined",
        &[
            (Decline(1), None),
            (Look(&[Occupied, Free, Free]), Some(("offered", "taken", SECOND))),
            (Decline(2), None),
            (Decline(1), Some(("lost", "declined", None))),
            (Decline(1), None),
            (Accept(1), None),
            (Look(&[Occupied, Free, Free]), None),
            (Look(&[Free, Free, Free]), Some(("driving", "free_again", None))),
            // Taken once more: what was declined is not offered again.
            (Look(&[Occupied, Free, Free]), Some(("offered", "taken", THIRD))),
            (Choose(2), Some(("driving", "changed", None))),
            (Look(&[Occupied, Free, Free]), None),
        ],
    );
}

#[test]
fn a_bay_that_cannot_be_used_is_lost_though_it_looks_free() {
    use Step::{Choose, Look, Report};
    check(
        "reported",
        &[
            (Report, None),
            (Report, None),
            (Look(&[Free, Free]), Some(("offered", "reported", SECOND))),
            (Look(&[Free, Free]), None),
            // The driver looked again.
            (Choose(1), Some(("driving", "changed", None))),
            (Look(&[Free, Free]), None),
        ],
    );
}

#[test]
fn it_is_over_once_and_stays_over() {
    use Step::{Accept, Away, Choose, Claimed, Decline, End, Look, Reroute};
    let nothing_more = [
        (Look(&[Unknown, Free]), None),
        (Look(&[Free]), None),
        (Reroute, None),
        (Choose(2), None),
        (Accept(1), None),
        (Decline(1), None),
        (Claimed(1), None),
        (End(Why::Silent), None),
    ];
    let check = |what, steps: &[(Step, Told)]| check(what, &[steps, &nothing_more[..]].concat());
    // Who is within 40 m when a vehicle comes into the bay is the one who came.
    check(
        "arrived",
        &[(Away(39.0), None), (Look(&[Occupied, Free]), Some(("ended", "arrived", None)))],
    );
    check(
        "somebody else came",
        &[
            (Away(41.0), None),
            (Look(&[Occupied, Free]), Some(("offered", "taken", SECOND))),
            (End(Why::Left), Some(("ended", "left", None))),
        ],
    );
    // At the bay whose sensor falls silent, or where parking is not permitted any more, nobody has arrived.
    check(
        "there, and it is not permitted",
        &[
            (Away(10.0), None),
            (Look(&[Forbidden, Free]), Some(("offered", "not_permitted", SECOND))),
            (End(Why::Expired), Some(("ended", "expired", None))),
        ],
    );
    check(
        "claimed",
        &[
            (Away(61.0), None),
            (Claimed(1), None),
            (Away(59.0), None),
            (Claimed(2), None),
            (Claimed(1), Some(("ended", "claimed", None))),
        ],
    );
    let mut session = session();
    session.end(Why::Left);
    assert!(session.bays().is_empty());
}

#[test]
fn who_leaves_the_way_is_told_another_one() {
    let mut session = session();
    let at = |lon: f64, lat: f64| Point::new(lon, lat).unwrap();
    let line = [at(104.17, 36.546), at(104.17, 36.551)];
    assert!(session.follow(&line), "the first way is news");
    assert!(!session.move_to(at(104.1701, 36.548)));
    // The rest of it is the same way.
    assert!(!session.follow(&[at(104.17, 36.548), at(104.17, 36.551)]));
    // 0.001° of longitude at 36.55° are 89 m.
    assert!(session.move_to(at(104.171, 36.5485)));
    assert!(session.follow(&[at(104.171, 36.5485), at(104.171, 36.551), at(104.17, 36.551)]));
    assert!(session.reroute());
    assert_eq!((session.why.name(), session.why.event(), session.seq), ("rerouted", "route", 2));
}

#[test]
fn every_reason_has_a_name_of_its_own_and_the_event_that_tells_it() {
    let all = [
        (Why::Opened, "state"),
        (Why::Rerouted, "route"),
        (Why::Taken, "offer"),
        (Why::Unknown, "offer"),
        (Why::Closed, "offer"),
        (Why::NotPermitted, "offer"),
        (Why::Reported, "offer"),
        (Why::OfferGone, "offer"),
        (Why::FreeAgain, "bay"),
        (Why::Accepted, "bay"),
        (Why::Declined, "bay"),
        (Why::Changed, "bay"),
        (Why::Arrived, "ended"),
        (Why::Claimed, "ended"),
        (Why::Left, "ended"),
        (Why::Silent, "ended"),
        (Why::Expired, "ended"),
    ];
    let names: std::collections::HashSet<&str> = all.iter().map(|(why, _)| why.name()).collect();
    assert_eq!(names.len(), all.len());
    for (why, event) in all {
        assert_eq!(why.event(), event, "{why:?}");
    }
}

#[test]
fn a_log_shows_no_position() {
    let shown = format!("{:?} {:?}", session(), session().wish);
    assert!(!shown.contains("36.5") && shown.contains("Driving"), "{shown}");
}
