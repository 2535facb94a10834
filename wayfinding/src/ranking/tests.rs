//! The order that drives over the roads make of what a search offers.

use std::sync::Arc;

use vocabulary::{BayId, BlockId, Timestamp, VehicleClass, ZoneId};

use super::*;
use crate::State;
use crate::route::{Side, Which};
use crate::search::{Ask, BayFacts, BayGrid, Block, Known, Permit, Stay, Terms, Vehicle};

/// An hour in the car at 24 yuan; the figures of `Rates::default`.
const DRIVE_FEN_PER_S: f64 = 40.0 / 60.0;

/// A bay that costs so much by line, of which so much is not the drive.
fn candidate(code: &str, cost_fen: i64, rest_fen: f64) -> Candidate {
    let approach = Approach { by: DriveBy::Line, distance_m: 500.0, duration_s: 90.0 };
    let at = Point::new(104.17, 36.54).unwrap();
    let code = BayCode::parse(code).unwrap();
    Candidate { code, at, approach, cost_fen, no_way: None, rest_fen }
}

fn drive(duration_s: f64, to_road_m: f64) -> Result<Drive, RouteReject> {
    Ok(Drive { distance_m: duration_s * 10.0, duration_s, arrival_side: Side::Right, to_road_m })
}

const ISLAND: RouteReject = RouteReject::Island { which: Which::To };

/// Code and cost, in order.
fn ranked(
    candidates: &[Candidate],
    ways: &[Result<Drive, RouteReject>],
    limit: usize,
) -> Vec<(String, i64, &'static str)> {
    let with = candidates.iter().map(|candidate| (candidate.clone(), ()));
    let ranked = rank(with.collect(), ways, &Rates::default(), limit);
    let shown = ranked.into_iter().map(|(candidate, ())| {
        (candidate.code.to_string(), candidate.cost_fen, candidate.approach.by.name())
    });
    shown.collect()
}

#[test]
fn the_drive_over_the_roads_decides_and_what_no_road_leads_to_comes_last() {
    // By line 60 fen of drive each (90 s): BANK1 is the best.
    let near = candidate("BANK1", 160, 100.0);
    let dear = candidate("HERE1", 260, 200.0);
    let twin = candidate("HERE0", 260, 200.0);
    let gone = candidate("ISLE1", 150, 90.0);
    let all = [gone.clone(), near.clone(), twin.clone(), dear.clone()];
    let row = |code: &str, cost_fen: i64, by: &'static str| (code.to_owned(), cost_fen, by);
    let check = |ways: &[Result<Drive, RouteReject>],
                 limit,
                 expected: &[(&str, i64, &'static str)]| {
        let expected: Vec<_> = expected.iter().map(|(code, fen, by)| row(code, *fen, by)).collect();
        assert_eq!(ranked(&all, ways, limit), expected, "{ways:?}");
    };
    // Nobody asked: as the search has it.
    check(&[], 3, &[("ISLE1", 150, "line"), ("BANK1", 160, "line"), ("HERE0", 260, "line")]);
    // 600 s to BANK1 are 400 fen, 30 s to the others 20; the twins cost the same, so the code decides.
    check(
        &[Err(ISLAND), drive(600.0, 4.0), drive(30.0, 4.0), drive(30.0, 4.0)],
        4,
        &[
            ("HERE0", 220, "roads"),
            ("HERE1", 220, "roads"),
            ("BANK1", 500, "roads"),
            ("ISLE1", 150, "line"),
        ],
    );
    // A way that ends 61 m from the bay ends beside something else.
    check(
        &[Err(RouteReject::NoWay), drive(1.0, 61.0), drive(3.0, 60.0), drive(0.0, 0.0)],
        3,
        &[("HERE1", 200, "roads"), ("HERE0", 202, "roads"), ("ISLE1", 150, "line")],
    );
    // No way to any of them: the order is that of the search.
    let none = [Err(ISLAND), Err(RouteReject::NoWay), Err(ISLAND), Err(ISLAND)];
    check(&none, 2, &[("ISLE1", 150, "line"), ("BANK1", 160, "line")]);
    check(&none, 0, &[]);
}

#[test]
fn costs_are_rounded_to_whole_fen_and_why_no_way_leads_there_is_kept() {
    for (duration_s, rest_fen, expected_fen) in [
        (0.0, 0.4, 0),
        (0.0, 0.5, 1),
        // 0.74 s are 0.4933 fen.
        (0.74, 100.0, 100),
        (0.76, 100.0, 101),
        (1_000.0, 0.0, 667),
    ] {
        let driven =
            candidate("BAY01", 1, rest_fen).driven(&drive(duration_s, 0.0), &Rates::default());
        assert_eq!(driven.cost_fen, expected_fen, "{duration_s} s and {rest_fen}");
        assert!((rest_fen + duration_s * DRIVE_FEN_PER_S - expected_fen as f64).abs() <= 0.5);
        assert_eq!(driven.no_way, None);
    }
    let shut = candidate("BAY01", 7, 1.0).driven(&Err(RouteReject::NoWay), &Rates::default());
    assert_eq!((shut.cost_fen, shut.no_way), (7, Some(RouteReject::NoWay)));
    // Beside another street there is a way, only not to the bay.
    let aside = candidate("BAY01", 7, 1.0).driven(&drive(1.0, 200.0), &Rates::default());
    assert_eq!((aside.cost_fen, aside.no_way, aside.approach.by), (7, None, DriveBy::Line));
}

/// A zone that asks 250 fen, and a block of which three of four bays are free.
struct Town;

impl Terms for Town {
    fn stay(&self, _zone: ZoneId) -> Stay {
        Stay { fee_fen: Some(250), ..Stay::default() }
    }

    fn chance(&self, _block: &Block) -> Option<f64> {
        Some(0.75)
    }
}

/// The search and the ranking have one rule for what a bay costs: with the search's own drive the cost is the search's own.
#[test]
fn a_drive_as_long_as_the_line_changes_nothing() {
    let id = |number: u32| format!("00000000-0000-0000-0000-{number:012}");
    let permit = Arc::new(Permit {
        zone: ZoneId(id(9).parse().unwrap()),
        classes: vec![],
        max_height_mm: None,
        max_length_mm: None,
        charging: false,
        accessible: false,
        hours: None,
    });
    let block = Arc::new(Block {
        id: BlockId(id(8).parse().unwrap()),
        code: "rm-1".into(),
        street: "人民路".into(),
    });
    let bays = (1..=12_u32).map(|number| BayFacts {
        id: BayId(id(number).parse().unwrap()),
        code: BayCode::parse(&format!("BY{number:03}")).unwrap(),
        at: Point::new(104.17 + f64::from(number) * 0.000_7, 36.54).unwrap(),
        block: Arc::clone(&block),
        permit: Arc::clone(&permit),
        closures: vec![],
        known: Known { state: State::Free, observed_at: None, version: 1 },
    });
    let grid = BayGrid::build(bays);
    let ask = Ask {
        destination: Point::new(104.172, 36.541).unwrap(),
        from: Some(Point::new(104.19, 36.55).unwrap()),
        arrive_at: Timestamp::from_ms(1_800_000_000_000),
        stay_min: 60,
        vehicle: Vehicle {
            class: VehicleClass::Small,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: false,
        },
        max_fee_fen: None,
        max_first_hour_fen: None,
        max_walk_min: 30.0,
        limit: 12,
        unknown_limit: 0,
        ahead_of_utc_min: 480,
    };
    let rates = Rates::default();
    let found = grid.find(&ask, &rates, &Town).free;
    assert_eq!(found.len(), 12);
    for offer in &found {
        let candidate = Candidate::of(offer, &rates);
        let line = candidate.approach;
        let way = Ok(Drive {
            distance_m: line.distance_m,
            duration_s: line.duration_s,
            arrival_side: Side::Right,
            to_road_m: 0.0,
        });
        let driven = candidate.driven(&way, &rates);
        // Planes and great circles differ by less than a fen.
        assert!((driven.cost_fen - offer.cost_fen).abs() <= 1, "{driven:?} {offer:?}");
    }
}
