//! What a bay shows and why, and what is said of its devices. Unknown is never shown as free.

use sensing::{BayState, Fold, Policy, Setup, Watch, fold};
use vocabulary::Interval;

use crate::world::{device, observations, second};

fn watch(n: u128, from: i64, to: Option<i64>) -> Watch {
    Watch { device: device(n), from: second(from), to: to.map(second) }
}

/// `state reason observed silent again`, instants in seconds, `-` for none.
fn shown(setup: &Setup, told: &str, now: i64) -> String {
    let policy = Policy::default();
    let (state, _) = fold(&policy, setup, &observations(told));
    let live = state.live(&policy, setup, second(now));
    let instant = |at: Option<vocabulary::Timestamp>| {
        at.map_or("-".to_owned(), |at| (at.ms() as f64 / 1000.0).to_string())
    };
    format!(
        "{} {} {} {} {}",
        live.state.name(),
        live.reason.name(),
        instant(live.observed_at),
        instant(live.silent_at),
        instant(live.again_at)
    )
}

#[test]
fn a_bay_shows_what_is_known_now() {
    let plain = Setup::default();
    for (told, now, expected) in [
        ("", 0, "unknown never_heard - - -"),
        ("o 100", 100, "occupied heard 100 3700 3700"),
        ("o 100", 3699, "occupied heard 100 3700 3700"),
        ("o 100", 3700, "unknown silent 100 - -"),
        ("o 100, v 200", 300, "free heard 200 3800 3800"),
        ("o 100, v 200", 3800, "unknown silent 200 - -"),
        ("h0 100, i 2000", 3700, "free heard 100 5600 5600"),
        ("i 100", 200, "unknown never_heard 100 - 3700"),
        // A sign of life after silence says nothing about the bay.
        ("h0 100, i 9000", 9000, "unknown silent 100 - 12600"),
        ("h0 100, i 9000, h0 9100", 9100, "free heard 9100 12700 12700"),
        ("s1 100", 100, "occupied heard 100 3700 3700"),
        ("h0 100, ! 200", 300, "unknown device_fault 100 - 3800"),
        ("h0 100, ! 200, h0 1300", 1300, "free heard 1300 4900 4900"),
        ("h0 100, ! 200", 9000, "unknown silent 100 - -"),
    ] {
        assert_eq!(shown(&plain, told, now), expected, "{told} at {now}");
    }
    let empty = Fold::new().live(&Policy::default(), &plain, second(0));
    assert_eq!(empty.state, BayState::Unknown);
}

#[test]
fn two_devices_that_disagree_make_a_bay_unknown_after_two_minutes() {
    for (told, now, expected) in [
        ("A:h0 0, B:h0 0", 10, "free heard 0 3600 3600"),
        ("A:h0 0, B:h0 0, B:o 100", 200, "occupied heard 100 3700 220.001"),
        ("A:h0 0, B:h0 0, B:o 100", 220, "occupied heard 100 3700 220.001"),
        ("A:h0 0, B:h0 0, B:o 100", 221, "unknown disagreement 100 - 3600"),
        ("A:h0 0, B:h0 0, B:o 100, A:o 110", 300, "occupied heard 110 3710 3700"),
        // The one that said vacant fell silent.
        ("A:h0 0, B:h0 0, B:o 100, B:h1 1300", 3650, "occupied heard 1300 4900 4900"),
        // The one that said occupied fell silent; the next word of the other ends the stay.
        (
            "A:h0 0, B:h0 0, B:o 100, A:h0 1200, A:h0 2400, A:h0 3600",
            3900,
            "unknown disagreement 3600 - 7200",
        ),
        (
            "A:h0 0, B:h0 0, B:o 100, A:h0 1200, A:h0 2400, A:h0 3600, A:h0 4800",
            4800,
            "free heard 4800 8400 8400",
        ),
        // A speaks every 1200 + (3400 - 1200) / 4 = 1750 s, it seems.
        // A standing word makes no stay, so it does not say occupied either.
        ("A:o 0, B:o 0, B:v 900, A:h1 1200, A:h1 4600", 4700, "unknown disagreement 4600 - 9850"),
    ] {
        assert_eq!(shown(&Setup::default(), told, now), expected, "{told} at {now}");
    }
}

#[test]
fn a_bay_that_is_closed_or_not_watched_is_unknown() {
    let closures = Interval::new(second(1000), second(2000)).into_iter().collect();
    let closed = Setup { closures, ..Setup::default() };
    let watched = Setup { watches: vec![watch(1, 500, Some(3000))], ..Setup::default() };
    let later = Setup { exists_from: Some(second(500)), ..Setup::default() };
    let unheard = Setup { watches: vec![watch(1, 500, None)], ..Setup::default() };
    for (setup, told, now, expected) in [
        (&closed, "h0 900", 999, "free heard 900 4500 1000"),
        (&closed, "h0 900", 1000, "unknown out_of_service 900 - 2000"),
        (&closed, "h0 900, h0 1500", 2000, "free heard 1500 5100 5100"),
        (&watched, "h0 100", 200, "unknown not_in_service - - 500"),
        (&watched, "h0 100", 600, "unknown never_heard - - 3000"),
        (&unheard, "", 600, "unknown never_heard - - 4100"),
        (&unheard, "", 4100, "unknown never_heard - - -"),
        (&watched, "h0 100, h0 700", 800, "free heard 700 4300 3000"),
        (&watched, "h0 700, h0 1900", 3000, "unknown not_in_service 1900 - -"),
        (&later, "h0 100", 200, "unknown not_in_service - - 500"),
        (&later, "h0 100", 600, "unknown never_heard - - -"),
    ] {
        assert_eq!(shown(setup, told, now), expected, "{told} at {now}");
    }
}

#[test]
fn conditions_say_what_is_wrong_and_since_when() {
    let two = Setup { watches: vec![watch(1, 0, None), watch(2, 50, None)], ..Setup::default() };
    let days: Vec<String> = (1..74).map(|h| format!("h1 {}", h * 3600)).collect();
    let stuck = format!("o 0, {}", days.join(", "));
    for (setup, told, now, expected) in [
        (&Setup::default(), "h0 0", 100, ""),
        (&Setup::default(), "h0 0", 3600, "1 silent 3600"),
        (&Setup::default(), "h0 0, ! 500", 600, "1 faulty 500"),
        (&Setup::default(), stuck.as_str(), 73 * 3600, "1 stuck 259200"),
        (&two, "h0 0", 3649, "1 silent 3600"),
        (&two, "h0 0", 3650, "1 silent 3600, 2 never_heard 50"),
        (&two, "A:h0 60, B:h0 60, B:o 100", 300, "1 disagreeing 100, 2 disagreeing 100"),
        (&two, "A:h0 60, B:h0 60, B:o 100", 200, ""),
        (&Setup::default(), "h0 -10800@0, h0 -9600@1200", 1300, "1 clock_wrong 0"),
        (&Setup::default(), "h0 0@10, h0 1200@1210", 1300, ""),
    ] {
        let policy = Policy::default();
        let (state, _) = fold(&policy, setup, &observations(told));
        let found: Vec<String> = state
            .conditions(&policy, setup, second(now))
            .iter()
            .map(|c| format!("{} {} {}", c.device.0.as_u128(), c.kind.name(), c.since.ms() / 1000))
            .collect();
        assert_eq!(found.join(", "), expected, "{told} at {now}");
    }
}
