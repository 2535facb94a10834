//! The cases of `docs/SENSING.md` that are about clocks, by hand. One test a case; instants in seconds.

use crate::cases::every;
use crate::folding::check;
use crate::world::instant;

#[test]
fn a_clock_wrong_by_hours_is_put_right_to_a_heartbeat() {
    let stay = |off: i64| {
        let told = [("h0", 0), ("h0", 1200), ("o", 1800), ("h1", 3000), ("h1", 4200), ("v", 4800)];
        let told = told.map(|(kind, at)| format!("{kind} {}@{at}", at + off));
        told.join(", ")
    };
    // Charged: from the latest arrival, 1800, to the earliest departure, 3600.
    let expected = "600~1800-3600~4800 clock(600..1800) clock(3600..4800)";
    check(&[
        ("three hours late", &stay(-10_800), expected),
        ("five hours ahead", &stay(18_000), expected),
        ("ten minutes ahead", &stay(600), expected),
        ("ten minutes late", &stay(-600), expected),
        ("four minutes ahead is not wrong", &stay(240), "1800-4800"),
        ("four minutes late is not wrong", &stay(-240), "1560-4560"),
    ]);
}

#[test]
fn a_clock_wrong_by_years_is_put_right_to_a_heartbeat() {
    let years = 50 * 365 * 86_400;
    for off in [-years, years] {
        let told = [("h0", 0), ("h0", 1200), ("o", 1800), ("h1", 3000), ("h1", 4200), ("v", 4800)];
        let told = told.map(|(kind, at)| format!("{kind} {}@{at}", at + off)).join(", ");
        let expected = "600~1800-3600~4800 clock(600..1800) clock(3600..4800)";
        check(&[("by years", &told, expected)]);
    }
}

#[test]
fn without_a_clock_the_arrival_counts_unless_it_is_overdue() {
    check(&[
        (
            "a departure was not before the word before it",
            "h0 -@0, o -@600, h1 -@1800, v -@2400",
            "600-1800~2400 clock(1800..2400)",
        ),
        (
            "after a silence it may have been any time since",
            "o -@600, v -@20000",
            "600-600~20000 silence(600..20000) clock(600..20000) which_vehicle(600..20000)",
        ),
        (
            "what came in one go with it too",
            "o -@600, h1 -@20000, v -@20003, o -@30000",
            "600-600~20003 silence(600..20000) clock(600..20003) which_vehicle(600..20003), \
             20003~30000- clock(20003..30000)",
        ),
    ]);
}

#[test]
fn what_was_said_before_the_clock_was_set_was_before_what_was_said_after() {
    let rest = every(1200, "h0", 4200, 90_000, "@90000");
    let told = format!("s -@90000, o 1200@90000, h1 2400@90000, v 3000@90000{rest}");
    check(&[("a start in an outage", &told, "1200-3000")]);
}

#[test]
fn a_clock_that_jumps_back_is_judged_anew() {
    check(&[
        (
            "by two hours and a half",
            "o 0, h1 1200, v -7200@1800, h0 -6000@3000, h0 -4800@4200",
            "0-1200~1800 clock(1200..1800)",
        ),
        ("by a second", "o 100, h1 1300, v 1299@1302", "100-1300"),
    ]);
}

#[test]
fn a_clock_that_jumps_forward_is_judged_anew() {
    check(&[
        (
            "it was three hours late and was set",
            "h0 -10800@0, h0 -9600@1200, o -9000@1800, v 3000, h0 4200",
            "600~1800-3000 clock(600..1800)",
        ),
        (
            "it counted from 1970 and was set",
            "s 0@60d, h0 1200@5185200, o 1800@5185800, h1 5187000, v 5187600",
            "5184600~5185800-5187600 clock(5184600..5185800)",
        ),
    ]);
}

#[test]
fn a_backlog_of_days_keeps_its_times() {
    for days in [1, 8, 30] {
        let end = days * 86_400;
        let came = format!("@{end}");
        let told = format!(
            "h0 0, o 600@{end}, h1 1800@{end}, v 2400@{end}{}",
            every(1200, "h0", 3600, end, &came)
        );
        check(&[("outage", &told, "600-2400")]);
        let restarted = told.replace('@', "/b@").replace("/b@", &format!("@{end}/b@"));
        let restarted = restarted.replace(&format!("/b@{end}"), "/b");
        check(&[("outage and restart", &restarted, "600-2400")]);
    }
}

#[test]
fn network_clocks_that_disagree_bound_an_edge() {
    check(&[(
        "both edges",
        "N:h0 0, N:o 600..900, N:h1 2100, N:v 2700..3000",
        "600~900-2700~3000 gateway_clock(600..900) gateway_clock(2700..3000)",
    )]);
}

#[test]
fn a_change_of_daylight_saving_time_changes_nothing() {
    // Europe/Berlin, 2026: to summer time on 29 March, back on 25 October, both at 01:00 UTC.
    for change in ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] {
        let start = instant(change).ms() / 1000 - 1800;
        let told =
            format!("o {start}, h1 {}, h1 {}, v {}", start + 1200, start + 2400, start + 3600);
        check(&[("an hour", &told, &format!("{start}-{}", start + 3600))]);
    }
}
