//! What happens to a driver on the way, step by step.

use super::*;
use uuid::Uuid;

fn goal(number: u32) -> Goal {
    Goal {
        id: BayId(Uuid::from_u128(number.into())),
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
        lang: Lang::Zh,
    })
}

/// Bays 1, 2, … in these states; the next best is the first free one that is not refused.
fn look(session: &mut Session, states: &[State]) -> bool {
    let seen = |bay: BayId| {
        let number = usize::try_from(bay.0.as_u128()).unwrap();
        states.get(number - 1).copied()
    };
    session.look(seen, |session| {
        let free = (1..=9)
            .map(goal)
            .find(|bay| seen(bay.id) == Some(State::Free) && !session.refuses(bay.id));
        free.map(|bay| Next { bay, more_s: Some(30.0) })
    })
}

fn said(session: &Session) -> (&'static str, &'static str, i64, Option<&str>) {
    let offered = session.offer.as_ref().map(|offer| offer.bay.code.as_str());
    (session.phase.name(), session.why.name(), session.seq, offered)
}

use State::{Free, Occupied, Unknown};

#[test]
fn a_bay_that_is_lost_is_replaced_by_the_next_best_and_comes_back_when_it_is_free_again() {
    let mut session = session();
    assert!(!look(&mut session, &[Free, Free]));
    for (lost, why) in [(Occupied, "taken"), (Unknown, "unknown")] {
        let before = session.seq;
        assert!(look(&mut session, &[lost, Free]));
        assert_eq!(said(&session), ("offered", why, before + 1, Some("BY0002")));
        assert!(!look(&mut session, &[lost, Free]), "told once");
        assert!(look(&mut session, &[Free, Free]));
        assert_eq!(said(&session), ("driving", "free_again", before + 2, None));
    }
    // Out of the register: closed for good.
    assert!(look(&mut session, &[]));
    assert_eq!(said(&session), ("lost", "closed", 6, None));
}

#[test]
fn an_offer_stands_only_while_its_bay_is_free() {
    let mut session = session();
    look(&mut session, &[Occupied, Free, Free]);
    assert!(look(&mut session, &[Occupied, Occupied, Free]));
    assert_eq!(said(&session), ("offered", "offer_gone", 3, Some("BY0003")));
    assert!(look(&mut session, &[Occupied, Occupied, Unknown]));
    assert_eq!(said(&session), ("lost", "offer_gone", 4, None));
    assert!(!look(&mut session, &[Occupied, Occupied, Unknown]));
    // One is free again: offered for the reason that was.
    assert!(look(&mut session, &[Occupied, Free, Unknown]));
    assert_eq!(said(&session), ("offered", "taken", 5, Some("BY0002")));
    // Offer 1 does not stand any more, offer 3 does.
    assert!(!session.accept(1));
    assert!(session.accept(3));
    assert_eq!(said(&session), ("driving", "accepted", 6, None));
    assert_eq!(session.wish.bay, goal(2));
    assert!(!session.accept(3));
}

#[test]
fn who_declines_is_left_alone_until_the_bay_is_free_or_another_one_is_chosen() {
    let mut session = session();
    look(&mut session, &[Occupied, Free, Free]);
    assert!(session.decline(1));
    assert_eq!(said(&session), ("lost", "declined", 3, None));
    assert!(!look(&mut session, &[Occupied, Free, Free]));
    assert!(look(&mut session, &[Free, Free, Free]));
    // Taken once more: what was declined is not offered again.
    look(&mut session, &[Occupied, Free, Free]);
    assert_eq!(said(&session), ("offered", "taken", 5, Some("BY0003")));
    assert!(session.choose(goal(2)));
    assert!(!look(&mut session, &[Occupied, Free, Free]));
    assert_eq!(said(&session), ("driving", "changed", 6, None));
}

#[test]
fn a_bay_that_cannot_be_used_is_lost_though_it_looks_free() {
    let mut session = session();
    session.report();
    assert!(look(&mut session, &[Free, Free]));
    assert_eq!(said(&session), ("offered", "reported", 2, Some("BY0002")));
    assert!(session.choose(goal(1)), "the driver looked again");
    assert!(!look(&mut session, &[Free, Free]));
}

#[test]
fn who_is_at_the_bay_when_it_is_taken_has_arrived_and_it_is_over() {
    let mut session = session();
    // 33 m before it.
    session.move_to(Point::new(104.17, 36.5507).unwrap());
    assert!(look(&mut session, &[Occupied, Free]));
    assert_eq!(said(&session), ("ended", "arrived", 2, None));
    assert!(!look(&mut session, &[Unknown, Free]));
    assert!(!session.end(Why::Silent) && session.bays().is_empty());
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
}

#[test]
fn a_log_shows_no_position() {
    let shown = format!("{:?}", session());
    assert!(!shown.contains("36.5") && shown.contains("Driving"), "{shown}");
}
