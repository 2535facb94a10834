//! Stays as the sensors tell them: each case by hand.
//!
//! Default policy: merge gap 60 s, minimum stay 60 s, silent after 3 × 20 min = 3600 s.

use sensing::{Doubt, Edge, Policy, Setup, Span, fold, sort};

use crate::world::{observations, second};

/// `10-100`, `10-` while it is there, `10~30-` where the edge is not known, `!` for a pass-by.
pub(crate) fn shown(spans: &[Span]) -> String {
    let seconds = |at: vocabulary::Timestamp| at.ms() / 1000;
    let edge = |e: Edge| match (seconds(e.earliest_at), seconds(e.latest_at)) {
        (earliest, latest) if earliest == latest => earliest.to_string(),
        (earliest, latest) => format!("{earliest}~{latest}"),
    };
    let doubt = |d: &Doubt| {
        let (from, to) = (seconds(d.interval.start_at()), seconds(d.interval.end_at()));
        format!(" {}({from}..{to})", d.reason.name())
    };
    let one = |s: &Span| {
        let left = s.left.map(edge).unwrap_or_default();
        let brief = if s.brief { "!" } else { "" };
        format!(
            "{}-{left}{brief}{}",
            edge(s.arrived),
            s.doubts.iter().map(doubt).collect::<String>()
        )
    };
    spans.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(crate) fn check(rows: &[(&str, &str, &str)]) {
    check_with(&Setup::default(), rows);
}

pub(crate) fn check_with(setup: &Setup, rows: &[(&str, &str, &str)]) {
    let mut wrong = String::new();
    for (title, told, expected) in rows {
        let (_, spans) = fold(&Policy::default(), setup, &observations(told));
        let got = shown(&spans);
        if got != *expected {
            wrong += &format!("\n{title}: {told}\n  expected {expected}\n  got      {got}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn stays_follow_from_what_the_sensor_says() {
    check(&[
        ("nothing", "", ""),
        ("a stay", "o 100, v 700", "100-700"),
        ("a stay going on", "o 100, h1 1300", "100-"),
        ("two stays", "o 100, v 700, o 900, v 1900", "100-700, 900-1900"),
        ("an empty bay", "h0 0, h0 1200, h0 2400", ""),
        ("repeat of a reading", "o 100#1, o 100#1, v 700#2, v 700#2", "100-700"),
        ("flapping", "o 100, v 700, o 759, v 1900", "100-1900"),
        ("as long as the merge gap", "o 100, v 700, o 760, v 1900", "100-700, 760-1900"),
        ("flapping twice", "o 0, v 90, o 100, v 190, o 200, v 900", "0-900"),
        ("flapping at the end", "o 0, v 600, o 630, v 640", "0-640"),
        ("pass-by", "o 100, v 159", "100-159!"),
        ("as long as the minimum", "o 100, v 160", "100-160"),
        ("pass-by before a stay", "o 0, v 20, o 100, v 500", "0-20!, 100-500"),
        ("pass-by that stayed", "o 0, v 20, o 30, v 500", "0-500"),
        ("departure lost", "o 0, h1 1200, h0 2400", "0-1200~2400 missing_edge(1200..2400)"),
        ("arrival lost", "h0 0, h1 1200, v 1500", "0~1200-1500 missing_edge(0..1200)"),
        (
            "both lost",
            "h0 0, h1 1200, h0 2400",
            "0~1200-1200~2400 missing_edge(0..1200) missing_edge(1200..2400)",
        ),
        ("occupied at first hearing", "h1 50, v 700", "50-700"),
        ("vacant event without arrival", "v 700", ""),
        (
            "departure and arrival lost between, as the counter shows",
            "o 0#1, o 1000#4, v 2000#5",
            "0-0~1000 missing_edge(0..1000), 1000-2000",
        ),
        ("said again, nothing lost", "o 0#1, o 1000#2, v 2000#3", "0-2000"),
        (
            "lost and found within the merge gap",
            "o 0#1, o 50#4, v 2000#5",
            "0-2000 missing_messages(0..50)",
        ),
        ("a reading lost on the way", "o 0#1, h1 1200#3, v 2000#4", "0-2000"),
        (
            "two lost on the way: a vehicle may have left and another arrived",
            "o 0#1, h1 1200#4, v 2000#5",
            "0-2000 missing_messages(0..1200) which_vehicle(0..2000)",
        ),
        (
            "two lost before a departure",
            "o 0#1, v 2000#4",
            "0-2000 missing_messages(0..2000) which_vehicle(0..2000)",
        ),
        (
            "lost around a word that is not about the bay",
            "o 0#1, i 600#3, h1 1200#5, v 1300#6",
            "0-1300 missing_messages(0..1200) which_vehicle(0..1300)",
        ),
    ]);
}

#[test]
fn silence_makes_a_stay_doubtful_and_ends_none() {
    check(&[
        ("three heartbeats", "o 0, h1 3600, v 4000", "0-4000"),
        (
            "silence within a stay",
            "o 0, h1 3601, v 4000",
            "0-4000 silence(0..3601) which_vehicle(0..4000)",
        ),
        (
            "two silences, each with a heartbeat lost",
            "o 0#1, h1 5000#3, h1 10000#5, v 10100#6",
            "0-10100 silence(0..5000) which_vehicle(0..10100) silence(5000..10000)",
        ),
        // 1200 + (5000 - 1200) / 4 = 2150 s; silent after 6450 s.
        (
            "a device that speaks seldom is learned",
            "o 0, h1 5000, h1 10000, v 10100",
            "0-10100 silence(0..5000) which_vehicle(0..10100)",
        ),
        ("left after silence", "o 0, v 9000", "0-9000 silence(0..9000) which_vehicle(0..9000)"),
        ("found vacant after silence", "o 0, h0 9000", "0-0~9000 missing_edge(0..9000)"),
        (
            "silence, then another vehicle",
            "o 0#1, o 5000#4, v 6000#5",
            "0-0~5000 missing_edge(0..5000), 5000-6000",
        ),
        ("silence in an empty bay", "h0 0, h0 9000, o 9100, v 9500", "9100-9500"),
        ("found occupied after silence", "h0 0, h1 9000", "0~9000- missing_edge(0..9000)"),
        ("battery only is a sign of life", "o 0, i 3000, h1 6000, v 6100", "0-6100"),
        (
            "battery after silence",
            "o 0, i 5000, h1 6000, v 6100",
            "0-6100 silence(0..6000) which_vehicle(0..6100)",
        ),
        (
            "battery between silences",
            "o 0, i 5000, h1 9000, v 9100",
            "0-9100 silence(0..9000) which_vehicle(0..9100)",
        ),
    ]);
}

#[test]
fn a_restart_is_no_departure() {
    check(&[
        (
            "without a word",
            "o 0/a, h1 1200/a, s 1300/b, h1 2500/b, v 3000/b",
            "0-3000 missing_messages(1200..2500) which_vehicle(1200..3000)",
        ),
        (
            "still occupied",
            "o 0/a, s1 1300/b, v 3000/b",
            "0-3000 missing_messages(0..1300) which_vehicle(0..3000)",
        ),
        (
            "arrival said anew",
            "o 0/a, s 1300/b, o 1301/b, v 3000/b",
            "0-3000 missing_messages(0..1301) which_vehicle(0..3000)",
        ),
        ("found vacant", "o 0/a, s0 1300/b", "0-0~1300 missing_edge(0..1300)"),
        ("found occupied", "h0 0/a, s1 1300/b", "0~1300- missing_edge(0..1300)"),
        (
            "counter starts again",
            "o 0/a#900, s1 10/b#1, v 700/b#2, o 900/b#3",
            "0-700 missing_messages(0..10), 900-",
        ),
        ("fault", "o 0, ! 500, v 700", "0-700 device_fault(0..700) which_vehicle(0..700)"),
    ]);
}

#[test]
fn two_devices_on_one_bay_agree() {
    check(&[
        ("at once", "A:o 0, B:o 0, A:v 900, B:v 900", "0-900"),
        ("one is slower", "A:o 0, B:o 5, A:v 900, B:v 905", "0-900"),
        ("one is much slower", "A:o 0, B:o 90, A:v 900, B:v 990", "0-900"),
        (
            "heartbeats between",
            "A:h0 0, B:h0 3, B:o 20, A:o 21, A:h1 1200, B:v 2000, A:v 2002",
            "20-2000",
        ),
        ("one is late to notice", "A:o 0, B:o 2, A:v 900, B:h1 901, B:v 903", "0-900"),
        ("one fell silent", "A:o 0, B:o 0, B:h1 3000, B:h1 6000, B:v 6100", "0-6100"),
        // Nobody who was there at 0 has been heard since.
        (
            "the one that noticed first fell silent",
            "A:o 0, B:o 9, B:h1 900, B:v 950",
            "0-950 silence(0..9)",
        ),
    ]);
}

#[test]
fn readings_take_their_place_whenever_they_come() {
    check(&[
        ("the middle came last", "o 0#1, o 1000#3, v 1500#4, v 400#2", "0-400, 1000-1500"),
        ("the first came last", "v 700#2, o 100#1", "100-700"),
        // The device counted the departure after the arrival: its clock went back in between.
        ("the clock went back", "o 500#1, v 100#2, o 900#3", "500-500!, 900-"),
        ("an older epoch came last", "o 2000/b#1, o 0/a#1, v 1000/a#2", "0-1000, 2000-"),
    ]);
}

#[test]
fn the_driver_has_the_benefit_of_an_edge_that_is_not_known() {
    let sorted = observations("h0 0, h1 1200, h1 2400, h0 3600, o 4000, v 4010, o 5000");
    let (_, spans) = fold(&Policy::default(), &Setup::default(), &sorted);
    let billable: Vec<_> = spans
        .iter()
        .map(|s| s.billable().map(|i| (i.start_at().ms() / 1000, i.end_at().ms() / 1000)))
        .collect();
    assert_eq!(billable, [Some((1200, 2400)), None, None]);
    assert_eq!(spans[0].arrived_at(), second(1200));
    assert_eq!(spans[0].left_at(), Some(second(2400)));
    assert_eq!(spans[2].left_at(), None);
}

#[test]
fn only_what_sorts_last_may_be_stepped() {
    let policy = Policy::default();
    for (told, next, follows) in [
        ("", "o 0", true),
        ("o 0#1", "v 10#2", true),
        ("o 0#1", "o 0#1", false),
        ("o 0#2", "v 10#1", false),
        ("o 10#1", "v 5#2", true),
        ("A:o 10", "B:o 9", false),
        ("A:o 10", "B:o 10", true),
        ("B:o 10", "A:o 10", false),
        ("o 10/a#5", "s 20/b#1", true),
        ("o 10/a#5", "s 5/b#1", false),
        ("o 10/a#5, s 20/b#1", "v 30/a#6", false),
        ("o 10/a#5, s 20/b#1", "v 9/b#0", false),
        ("o 10/a#5, s 20/b#1", "v 15/b#2", true),
    ] {
        let mut before = observations(told);
        sort(&Policy::default(), &mut before);
        let (state, _) = fold(&policy, &Setup::default(), &before);
        let next = observations(next).remove(0);
        assert_eq!(state.follows(&policy, &next), follows, "{told} then {next:?}");
    }
    // More restarts than are remembered: no longer sure, so fold from the start.
    let restarts: Vec<String> = (0..20).map(|n| format!("s {}/e{n:02}", n * 10)).collect();
    let (state, _) = fold(&policy, &Setup::default(), &observations(&restarts.join(", ")));
    assert!(state.follows(&policy, &observations("o 500/e19#2").remove(0)));
    assert!(!state.follows(&policy, &observations("s 500/new").remove(0)));
}
