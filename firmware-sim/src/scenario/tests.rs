//! Scenario files: what is read, what is refused and where, and whom faults befall.

use std::collections::BTreeMap;

use vocabulary::Timestamp;

use super::*;
use crate::town::{Town, town};

const HEAD: &str = "format: bowei-scenario/1\ntitle: t\n";

fn faults(list: &str) -> Result<Vec<Fault>, Vec<Problem>> {
    Scenario::parse(&format!("{HEAD}faults:\n{list}")).map(|scenario| scenario.faults)
}

#[test]
fn the_committed_scenarios_are_well_written_and_hard_has_every_kind_but_swapped() {
    let calm = Scenario::parse(include_str!("../../scenarios/calm.yaml")).unwrap();
    assert_eq!((calm.title.as_str(), calm.faults.len()), ("calm", 0));
    let hard = Scenario::parse(include_str!("../../scenarios/hard.yaml")).unwrap();
    let kinds: BTreeMap<Kind, usize> = hard.faults.iter().map(|fault| (fault.kind, 1)).collect();
    // 20 kinds, less `ring_overflow`, which follows, and `swapped`, which no gateway can notice.
    assert_eq!(kinds.len(), 18);
}

#[test]
fn a_fault_is_read_with_its_usual_values() {
    let read = faults("  - { kind: loss, probability: 0.5 }\n").unwrap();
    assert_eq!(read, [Fault { probability: 0.5, ..Fault::everywhere(Kind::Loss) }]);
    let read = faults(
        "  - { kind: outage, bays: ['1'], from: 1h, to: 3h, lasting: 30m, times: 2, backlog: kept }\n",
    );
    let expected = Fault {
        whom: Whom::Bays(vec!["1".into()]),
        from_ms: 3_600_000,
        to_ms: Some(10_800_000),
        lasting_ms: Some(1_800_000),
        times: 2,
        backlog: Backlog::Kept,
        ..Fault::everywhere(Kind::Outage)
    };
    assert_eq!(read.unwrap(), [expected]);
    let read = faults("  - { kind: clock_jump, offset: -90m }\n").unwrap();
    assert_eq!(read[0].offset_ms, -5_400_000);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (list, line, word) in [
        ("  - { kind: loss }\n", 4, "needs `probability`"),
        ("  - { kind: silent }\n  - { kind: loss, probability: 2 }\n", 5, "between 0 and 1"),
        ("  - kind: silent\n    probability: 0.1\n", 5, "has no `probability`"),
        ("  - { kind: frozen, share: -0.1 }\n", 4, "between 0 and 1"),
        ("  - { kind: frozen, share: 0.1, bays: ['1'] }\n", 4, "not both"),
        ("  - { kind: frozen, lasting: soon }\n", 4, "no length"),
        ("  - { kind: frozen, from: 2h, to: 1h }\n", 4, "later than"),
        ("  - { kind: frozen, to: 1h, lasting: 2h }\n", 4, "does not fit"),
        ("  - { kind: frozen, from: -1h }\n", 4, "negative"),
        ("  - { kind: frozen, times: 3 }\n", 4, "needs `lasting`"),
        ("  - { kind: frozen, lasting: 1m, times: 0 }\n", 4, "between 1 and"),
        ("  - { kind: ring_overflow }\n", 4, "follows"),
        ("  - { kind: frizen }\n", 4, "frizen"),
        ("  - { kind: frozen, shore: 1 }\n", 4, "shore"),
        ("  - { kind: restart, lasting: 1h }\n", 4, "has no `lasting`"),
    ] {
        let problems = faults(list).unwrap_err();
        assert_eq!(problems.len(), 1, "{list}{problems:?}");
        assert_eq!(problems[0].line, line, "{list}{problems:?}");
        assert!(problems[0].to_string().contains(word), "{list}{problems:?}");
    }
    for (text, word) in [
        ("title: t\n", "format"),
        ("format: bowei-scenario/2\ntitle: t\n", "line 1: the format"),
        ("format: bowei-scenario/1\ntitle: t\nbusy: 0\n", "line 3: `busy`"),
        ("format: bowei-scenario/1\ntitle: [\n", "line"),
    ] {
        let problems = Scenario::parse(text).unwrap_err();
        assert!(problems[0].to_string().contains(word), "{text}{problems:?}");
    }
}

fn plan_hits(town: &Town, faults: Vec<Fault>, seed: u64) -> Vec<Hit> {
    let from = Timestamp::parse("2026-09-15T00:00:00Z").unwrap();
    let gateways: Vec<usize> = (0..town.devices.len()).map(|place| place / 20).collect();
    let to = from.plus_ms(86_400_000);
    let plan = Plan { town, gateways: &gateways, seed, from, to };
    plan.hits(&Scenario { faults, ..Scenario::calm() })
}

#[test]
fn a_share_of_those_it_can_befall_suffers() {
    let town = town(120, 1, "id: t").unwrap();
    for (kind, share, hits) in [
        (Kind::Frozen, 0.5, 60),       // of 120 devices
        (Kind::NoClock, 0.5, 42),      // of 84 native ones
        (Kind::CounterReset, 0.5, 18), // of 36 LoRaWAN ones
        (Kind::Outage, 0.5, 3),        // of 6 gateways
        (Kind::Replaced, 1.0, 0),      // of no bay with two
        (Kind::Frozen, 0.0, 0),
    ] {
        let fault = Fault { whom: Whom::Share(share), ..Fault::everywhere(kind) };
        assert_eq!(plan_hits(&town, vec![fault], 1).len(), hits, "{kind:?}");
    }
}

#[test]
fn spells_lie_within_their_time_and_follow_from_the_seed() {
    let town = town(120, 1, "id: t").unwrap();
    let (hour_ms, from) = (3_600_000, Timestamp::parse("2026-09-15T00:00:00Z").unwrap());
    let fault = Fault {
        from_ms: 2 * hour_ms,
        to_ms: Some(9 * hour_ms),
        lasting_ms: Some(hour_ms),
        times: 3,
        ..Fault::everywhere(Kind::Silent)
    };
    let hits = plan_hits(&town, vec![fault.clone()], 1);
    assert_eq!(hits.len(), 360);
    for hit in &hits {
        assert_eq!(hit.to.since_ms(hit.from), hour_ms);
        assert!(hit.from >= from.plus_ms(2 * hour_ms) && hit.to <= from.plus_ms(9 * hour_ms));
    }
    assert_eq!(hits, plan_hits(&town, vec![fault.clone()], 1));
    assert_ne!(hits, plan_hits(&town, vec![fault], 2));
}

#[test]
fn bays_are_meant_by_their_codes() {
    let town = town(40, 1, "id: t").unwrap();
    let whom = || Whom::Bays(vec!["620003".into(), "999999".into()]);
    let device =
        plan_hits(&town, vec![Fault { whom: whom(), ..Fault::everywhere(Kind::Frozen) }], 1);
    let [Hit { whom: Befallen::Device(place), .. }] = device[..] else { panic!("{device:?}") };
    assert_eq!(town.devices[place].bay_code, "620003");
    let swapped = Fault { whom: whom(), ..Fault::everywhere(Kind::Swapped) };
    let [Hit { whom: Befallen::Pair(one, other), .. }] = plan_hits(&town, vec![swapped], 1)[..]
    else {
        panic!("one pair")
    };
    assert!([one, other].contains(&place));
}
