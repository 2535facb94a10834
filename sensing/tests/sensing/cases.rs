//! Every case that `docs/SENSING.md` names, by hand; those of clocks stand in `clock_cases`. One test
//! a case; instants in seconds.
//!
//! Default policy: heartbeat 20 min, silent after 3600 s, merge gap and minimum stay 60 s, devices
//! agree within 120 s, stuck after 72 h.

use std::fmt::Write;

use sensing::{Frame, Kind, Policy, Setup, Watch, codec, fold};
use vocabulary::{Interval, Timestamp};

use crate::folding::{check, check_with, shown};
use crate::world::{device, observations, second};

/// `, h1 1200, h1 2400, …`: from `from` to `to` with so many seconds between.
pub(crate) fn every(seconds: usize, kind: &str, from: i64, to: i64, after: &str) -> String {
    let mut told = String::new();
    for at in (from..=to).step_by(seconds) {
        write!(told, ", {kind} {at}{after}").expect("a text grows");
    }
    told
}

fn watch(n: u128, from: i64, to: Option<i64>) -> Watch {
    Watch { device: device(n), from: second(from), to: to.map(second) }
}

fn closed(from: i64, to: i64) -> Setup {
    let closures = Interval::new(second(from), second(to)).into_iter().collect();
    Setup { closures, ..Setup::default() }
}

#[test]
fn a_repeat_counts_once() {
    check(&[
        ("each twice", "o 100#1, o 100#1, v 700#2, v 700#2", "100-700"),
        ("a whole stay again", "o 100#1, v 700#2, o 100#1, v 700#2", "100-700"),
        (
            "a departure again after the next arrival",
            "o 0#1, v 600#2, o 900#3, v 600#2",
            "0-600, 900-",
        ),
    ]);
}

#[test]
fn a_reordered_message_takes_its_place() {
    check(&[
        ("departure first", "v 700#2, o 100#1", "100-700"),
        ("the middle last", "o 0#1, o 1000#3, v 1500#4, v 400#2", "0-400, 1000-1500"),
        ("backwards", "v 1500#4, o 1000#3, v 400#2, o 0#1", "0-400, 1000-1500"),
        ("by the network's date", "N:v 700#2, N:o 100#1", "100-700"),
    ]);
}

#[test]
fn a_gap_in_the_counters_is_doubted_where_a_pair_of_changes_may_hide() {
    check(&[
        ("one lost: it was a heartbeat", "o 0#1, h1 2400#3, v 3000#4", "0-3000"),
        ("one lost each time", "o 0#1, h1 2400#3, h1 4800#5, v 5000#6", "0-5000"),
        (
            "two lost: out and in again may hide",
            "o 0#1, h1 1500#4, v 3000#5",
            "0-3000 missing_messages(0..1500) which_vehicle(0..3000)",
        ),
        (
            "two lost before a departure",
            "o 0#1, v 900#4",
            "0-900 missing_messages(0..900) which_vehicle(0..900)",
        ),
        (
            "an arrival after one: a departure was lost",
            "o 0#1, o 900#3, v 2000#4",
            "0-0~900 missing_edge(0..900), 900-2000",
        ),
        ("in an empty bay nothing is at stake", "h0 0#1, o 900#9, v 2000#10", "900-2000"),
    ]);
}

#[test]
fn a_counter_that_starts_again_is_no_departure_but_what_lies_between_is_doubted() {
    check(&[
        (
            "native, a new boot id",
            "o 0/a#900, s1 600/b#0, v 1500/b#1",
            "0-1500 missing_messages(0..600) which_vehicle(0..1500)",
        ),
        (
            "the arrival is said anew",
            "o 0/a#900, s 600/b#0, o 601/b#1, v 1500/b#2",
            "0-1500 missing_messages(0..601) which_vehicle(0..1500)",
        ),
        (
            "joined anew",
            "N:o 0/01a#900, N:h1 600/01b#0, N:v 1500/01b#1",
            "0-1500 missing_messages(0..600) which_vehicle(0..1500)",
        ),
        (
            "set back without a join",
            "N:o 0/01a#900, N:h1 600/01a@600000#0, N:v 1500/01a@600000#1",
            "0-1500 missing_messages(0..600) which_vehicle(0..1500)",
        ),
        ("while the bay is empty", "h0 0/a, s 600/b, o 700/b, v 1500/b", "700-1500"),
    ]);
}

#[test]
fn a_missing_departure_lies_between_the_last_occupied_and_the_first_vacant() {
    check(&[
        ("seen by a heartbeat", "o 0, h1 1200, h0 2400", "0-1200~2400 missing_edge(1200..2400)"),
        ("seen by a start", "o 0/a, s0 600/b", "0-0~600 missing_edge(0..600)"),
        ("seen after a silence", "o 0, h1 1200, h0 9000", "0-1200~9000 missing_edge(1200..9000)"),
    ]);
}

#[test]
fn a_missing_arrival_lies_between_the_last_vacant_and_the_first_occupied() {
    check(&[
        ("seen by a heartbeat", "h0 0, h1 1200, v 1500", "0~1200-1500 missing_edge(0..1200)"),
        ("only the departure came", "h0 0#1, v 1500#3", ""),
        (
            "not before the last one left",
            "A:o 0, B:h0 5, A:v 600, A:h0 1800, B:h1 1805",
            "0-600 disagreement(5..600), 600~1805- missing_edge(600..1805)",
        ),
    ]);
}

#[test]
fn what_may_be_another_vehicle_or_the_same_again_is_not_charged_twice() {
    check(&[
        (
            "charged is up to where another one may have come",
            "o 0#1, h1 1200#2, h1 2400#5, v 3000#6",
            "0-3000 missing_messages(1200..2400) which_vehicle(1200..3000)",
        ),
        (
            "a device that dies with a vehicle on it and starts again with another one",
            "o 0/a, h1 1200/a, s1 90000/b, h1 91200/b, v 92000/b",
            "0-92000 silence(1200..90000) which_vehicle(1200..92000)",
        ),
        (
            "a device that started again at once saw nobody leave",
            "o 0/a, h1 1200/a, s1 1230/b, v 2000/b",
            "0-2000 missing_messages(1200..1230)",
        ),
        (
            "a silence in which nothing was said hides nobody",
            "o 0#1, h1 9000#2, v 9600#3",
            "0-9600 silence(0..9000) which_vehicle(0..9600)",
        ),
        (
            "left and come back unnoticed, or another one",
            "o 0#1, h1 1200#2, o 1500#4, v 2700#5",
            "0-1200~1500 missing_edge(1200..1500), 1500-2700 which_vehicle(1500..2700)",
        ),
        (
            "the arrival was lost within a heartbeat of a departure",
            "o 0#1, v 600#2, h1 1200#4, v 2000#5",
            "0-600, 600~1200-2000 missing_edge(600..1200) which_vehicle(600..2000)",
        ),
        (
            "the bay was seen to be empty in between",
            "o 0#1, v 600#2, h0 700#3, h1 1900#5, v 2000#6",
            "0-600, 700~1900-2000 missing_edge(700..1900)",
        ),
        (
            "an arrival in between was lost",
            "o 0#1, h1 1200#2, v 1300#3, v 1500#5, o 1520#6, v 2700#7",
            "0-1300, 1520-2700 which_vehicle(1520..2700)",
        ),
        (
            "so it was, and before that the bay was seen to be empty",
            "o 0#1, v 600#2, h0 700#3, v 900#5, o 920#6, v 2000#7",
            "0-600, 920-2000",
        ),
        (
            "if nothing is charged of the first, the second is",
            "o 0#1, o 900#3, v 2000#4",
            "0-0~900 missing_edge(0..900), 900-2000",
        ),
        (
            "of three that may be one, the first is charged",
            "o 0#1, h1 1200#2, o 1500#4, o 2100#6, v 2700#7",
            "0-1200~1500 missing_edge(1200..1500), \
             1500-1500~2100 missing_edge(1500..2100) which_vehicle(1500..2100), \
             2100-2700 which_vehicle(2100..2700)",
        ),
        (
            "another device vouches",
            "A:o 0#1, B:o 0#1, A:h1 1200#2, B:h1 1300#2, A:h1 2400#5, B:h1 2500#3, A:v 3000#6, B:v 3001#4",
            "0-3000",
        ),
    ]);
}

#[test]
fn flapping_is_one_stay() {
    check(&[
        ("59 s", "o 0, v 600, o 659, v 1900", "0-1900"),
        ("60 s are two", "o 0, v 600, o 660, v 1900", "0-600, 660-1900"),
        ("again and again", "o 0, v 90, o 100, v 190, o 200, v 900", "0-900"),
        (
            "a sensor that flaps loses sight of a vehicle for longer, too",
            "o 0, v 90, o 100, v 190, o 200, v 900, o 1000, v 1900",
            "0-900, 1000-1900 which_vehicle(1000..1900)",
        ),
        (
            "but not for two minutes",
            "o 0, v 90, o 100, v 190, o 200, v 900, o 1020, v 1900",
            "0-900, 1020-1900",
        ),
    ]);
}

#[test]
fn a_pass_by_is_no_stay() {
    check(&[
        ("59 s", "o 100, v 159", "100-159!"),
        ("60 s", "o 100, v 160", "100-160"),
        ("it may have been longer", "h0 0, h1 1200, v 1230", "0~1200-1230 missing_edge(0..1200)"),
        ("it stayed after all", "o 0, v 20, o 30, v 500", "0-500"),
    ]);
}

#[test]
fn a_presence_of_days_is_doubted_as_a_whole() {
    let hours = |h: i64| format!("o 0{}", every(3600, "h1", 3600, h * 3600, ""));
    check(&[
        ("72 h", &format!("{}, v 259200", hours(71)), "0-259200"),
        ("going on for 73 h", &hours(73), "0- stuck(0..262800)"),
        ("left after 80 h", &format!("{}, v 288000", hours(79)), "0-288000 stuck(0..288000)"),
    ]);
}

#[test]
fn a_silence_is_doubted_and_ends_nothing() {
    check(&[
        (
            "within a stay",
            "o 0#1, h1 1200#2, h1 9000#4, v 9600#5",
            "0-9600 silence(1200..9000) which_vehicle(1200..9600)",
        ),
        (
            "until the departure",
            "o 0#1, v 9000#3",
            "0-9000 silence(0..9000) which_vehicle(0..9000)",
        ),
        (
            "with more lost than can be vouched for",
            "o 0#1, h1 9000#8, v 9600#9",
            "0-9600 silence(0..9000) which_vehicle(0..9600)",
        ),
        ("of a device that never comes back", "o 0#1, h1 1200#2", "0-"),
    ]);
}

#[test]
fn two_sensors_that_disagree_leave_a_doubt() {
    check(&[
        (
            "one is stuck at occupied: no stay changes",
            "A:o 0, B:o 0, B:v 900, A:h1 1200, B:o 1500, A:h1 2400, B:v 2700, A:h1 3600, B:h0 3900",
            "0-900, 1500-2700",
        ),
        (
            "one is stuck at vacant: the stay is doubted",
            "A:h0 0, B:h0 0, B:o 100, A:h0 1200, B:h1 1300, B:v 1900, A:h0 2400",
            "100-1900 disagreement(100..1900)",
        ),
        ("one is slower", "A:o 0, B:o 110, A:v 900, B:v 1010", "0-900"),
        (
            "one falls silent: then the other is right",
            "A:h0 0, B:h0 0, B:o 100, A:h0 1200, B:h1 1300, B:h1 2500, B:h1 3700, B:h1 4900, B:v 6000",
            "100-6000 disagreement(100..4800)",
        ),
        (
            "a sensor stuck at occupied makes no stay when the good one dies",
            "A:o 0, B:o 0, B:v 900, A:h1 1200, A:h1 2400, A:h1 3600, A:h1 4800, A:h1 6000",
            "0-900",
        ),
        (
            "the good one ends a stay when the one that opened it dies",
            "A:h0 0, B:h0 0, A:o 100, B:h0 1200, B:h0 2400, B:h0 3600, B:h0 4800",
            "100-100~4800 disagreement(100..3700) missing_edge(100..4800)",
        ),
    ]);
}

#[test]
fn a_replaced_sensor_says_nothing_and_the_stay_goes_on() {
    let setup =
        Setup { watches: vec![watch(1, 0, Some(5000)), watch(2, 5100, None)], ..Setup::default() };
    check_with(
        &setup,
        &[
            (
                "the stay goes on",
                "A:o 1300, A:h1 2500, A:h1 3700, A:h1 4900, B:h1 5200, B:v 6000",
                "1300-6000 silence(4900..5200) which_vehicle(4900..6000)",
            ),
            (
                "the old one speaks on",
                "A:o 1300, A:h1 2500, A:h1 3700, A:h1 4900, A:v 5150, B:h1 5200, A:h0 5600, B:v 6000",
                "1300-6000 silence(4900..5200) which_vehicle(4900..6000)",
            ),
            (
                "the vehicle left meanwhile",
                "A:o 1300, A:h1 2500, A:h1 3700, A:h1 4900, B:h0 5200",
                "1300-4900~5200 missing_edge(4900..5200)",
            ),
            (
                "the test of the new one is no stay",
                "A:h0 1200, B:o 4000, B:v 4100, B:h0 5200, B:o 6000, B:v 7000",
                "6000-7000",
            ),
            (
                "the old one was stuck at vacant",
                "A:h0 1200, A:h0 2400, A:h0 3600, A:h0 4800, B:h1 5200, B:v 6000",
                "4800~5200-6000 missing_edge(4800..5200)",
            ),
        ],
    );
    let overlap =
        Setup { watches: vec![watch(1, 0, Some(5000)), watch(2, 4000, None)], ..Setup::default() };
    check_with(
        &overlap,
        &[(
            "both for a while, the old one stuck at vacant",
            "A:h0 2400, A:h0 3600, B:h1 4200, A:h0 4800, B:h1 5400, B:v 6000",
            "4800~5400-6000 missing_edge(4800..5400)",
        )],
    );
}

#[test]
fn a_bay_out_of_service_is_not_charged() {
    check_with(
        &closed(1000, 2000),
        &[
            (
                "in the middle of a stay",
                "o 100, h1 1300, h1 2500, v 3000",
                "100-3000 out_of_service(1000..2000)",
            ),
            ("before the stay", "o 2100, v 3000", "2100-3000"),
            ("flapping", "o 900, v 1500, o 1530, v 1900", "900-1900 out_of_service(1000..1900)"),
        ],
    );
}

#[test]
fn readings_before_the_bay_existed_say_nothing() {
    let setup = Setup { exists_from: Some(second(1000)), ..Setup::default() };
    check_with(
        &setup,
        &[
            ("a stay before", "o 100, v 700", ""),
            ("a vehicle that was there already", "o 100, h1 900, h1 1300, v 2000", "1300-2000"),
            ("it only left", "o 100, v 1500", ""),
        ],
    );
}

#[test]
fn a_faulty_device_does_not_vouch_until_it_speaks_again() {
    check(&[
        (
            "fault within a stay",
            "o 0, h1 1200, ! 1300, h1 2400, v 3000",
            "0-3000 device_fault(1200..2400) which_vehicle(1200..3000)",
        ),
        (
            "fault before the departure",
            "o 0, ! 500, v 700",
            "0-700 device_fault(0..700) which_vehicle(0..700)",
        ),
        ("fault in an empty bay", "h0 0, ! 500, h0 1200, o 1300, v 1900", "1300-1900"),
        (
            "another device vouches",
            "A:o 0, B:o 0, A:! 500, B:h1 1200, A:h1 1700, A:v 2000, B:v 2001",
            "0-2000",
        ),
    ]);
}

#[test]
fn what_is_not_vouched_for_is_not_charged() {
    let (_, spans) = fold(
        &Policy::default(),
        &Setup::default(),
        &observations("o 0#1, h1 1200#2, h1 2700#5, v 3000#6"),
    );
    assert_eq!(shown(&spans), "0-3000 missing_messages(1200..2700) which_vehicle(1200..3000)");
    let doubts: Vec<Interval> = spans[0].doubts.iter().map(|d| d.interval).collect();
    let charged = spans[0].billable().expect("it left").without(&doubts);
    let seconds = |at: Timestamp| at.ms() / 1000;
    let charged: Vec<(i64, i64)> =
        charged.iter().map(|i| (seconds(i.start_at()), seconds(i.end_at()))).collect();
    assert_eq!(charged, [(0, 1200)]);
}

/// TEKZIPARK: bit 7 occupied, bit 5 good battery, bit 4 obstructed, bit 0 keep-alive.
#[test]
fn a_device_that_says_it_is_covered_vouches_for_nothing() {
    for (state, word) in [
        ("a1", (Kind::Heartbeat, Some(true))),
        ("b1", (Kind::Fault, None)),
        ("90", (Kind::Fault, None)),
    ] {
        let bytes = hex::decode(format!("{state}0001")).expect("the test's own text");
        let codec = codec("tekzitel-tekzipark").expect("it is on the list");
        let decoded =
            (codec.decode_up)(&Frame { fport: 1, bytes: &bytes, firmware: None }).expect("a state");
        assert_eq!(decoded.readings[0].word(), word, "{state}");
        assert_eq!(decoded.readings[0].occupied, Some(true), "what it said is kept");
    }
}
