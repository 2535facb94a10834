//! What every picture promises, over the library's tariffs and many stays.

use billing::explain::{State, picture, rows, svg};
use billing::text::Language;
use billing::{Bill, Calendars, Case, DEMO_TARIFF, price};
use vocabulary::{Fen, Interval, Timestamp};

use crate::cases::{at, interval, tariff};

const TARIFFS: [&str; 4] = [
    DEMO_TARIFF,
    include_str!("../../tariffs/hefei-2017.yaml"),
    include_str!("../../tariffs/melbourne-example.yaml"),
    include_str!("../../tariffs/lanzhou-2022.yaml"),
];

/// Stays of up to four days, to the second, a third of them with a doubt.
fn stays(class: &str) -> impl Iterator<Item = Case> {
    let from = at("2026-03-25 00:00:00");
    (0..150_i64).map(move |number| {
        let from = from.plus_ms(number * 7_919_000 % 40_000_000);
        let length_ms = (1 + number * 104_729 % 345_600) * 1_000;
        let part = |a, b| Interval::new(from.plus_ms(a), from.plus_ms(b)).expect("forwards");
        let doubts =
            if number % 3 == 0 { vec![part(length_ms / 4, length_ms / 3)] } else { vec![] };
        Case::new(class, vec![part(0, length_ms)], doubts)
    })
}

fn check(bill: &Bill, picture: &billing::explain::Picture) {
    let mut drawn_ms = 0;
    for day in &picture.days {
        let mut end_at = day.span.start_at();
        for window in &day.windows {
            assert_eq!(window.interval.start_at(), end_at, "windows leave no gap");
            end_at = window.interval.end_at();
        }
        assert!(day.windows.is_empty() || end_at == day.span.end_at());
        let mut left_at = day.span.start_at();
        for stretch in &day.stay {
            assert!(stretch.interval.start_at() >= left_at, "stretches are in order");
            left_at = stretch.interval.end_at();
            drawn_ms += stretch.interval.length_ms();
            let inside = |at: &Timestamp| {
                *at > stretch.interval.start_at() && *at < stretch.interval.end_at()
            };
            assert!(stretch.cuts.iter().all(inside) && stretch.cuts.is_sorted());
        }
        assert!(left_at <= day.span.end_at());
    }
    let times = bill.lines.iter().filter(|line| line.rule.is_time());
    let billed_ms: i64 = times.map(|line| line.interval.length_ms()).sum();
    assert_eq!(drawn_ms, billed_ms, "every line of time is drawn, once");
    let capped = picture.days.iter().flat_map(|day| &day.stay).any(|s| s.state == State::Capped);
    let reduced = bill.lines.iter().any(|line| line.rule.name().ends_with("_cap"));
    assert!(reduced || !capped, "nothing is capped without a cap");
}

#[test]
fn pictures_cover_what_was_billed_and_their_svg_is_well_formed() {
    let mut pictures = 0;
    for yaml in TARIFFS {
        let tariff = tariff(yaml);
        for case in stays("small") {
            let Ok(bill) = price(&tariff, Calendars::built_in(), &case) else { continue };
            let drawn = picture(&bill, &tariff, Calendars::built_in(), &case, 10);
            check(&bill, &drawn);
            let text = svg(&drawn, tariff.time_zone, Language::Chinese);
            let mut reader = quick_xml::Reader::from_str(&text);
            while reader.read_event().unwrap_or_else(|error| panic!("{error}\n{text}"))
                != quick_xml::events::Event::Eof
            {}
            let shown = rows(&bill, &tariff, Language::English, None);
            let sum = Fen::sum(shown.iter().map(|row| Fen::parse_yuan(&row.amount).unwrap()));
            assert_eq!(sum, Ok(bill.total));
            pictures += 1;
        }
    }
    assert!(pictures >= 400, "{pictures} pictures were drawn");
}

/// 07:00–21:00: 2.00 for the first two hours, then 1.00 an hour, 5.00 at most.
fn begin_of_cap(intervals: &[(&str, &str)]) -> Option<Timestamp> {
    let tariff = tariff(DEMO_TARIFF);
    let intervals = intervals.iter().copied().map(interval).collect();
    let case = Case::new("small", intervals, Vec::new());
    let bill = price(&tariff, Calendars::built_in(), &case).expect("it can be priced");
    let drawn = picture(&bill, &tariff, Calendars::built_in(), &case, 10);
    let mut stretches = drawn.days.iter().flat_map(|day| &day.stay);
    stretches.find(|s| s.state == State::Capped).map(|s| s.interval.start_at())
}

#[test]
fn the_cap_begins_where_the_first_unit_begins_that_is_not_paid() {
    // 2.00 to 09:00, 1.00 to 10:00, 11:00 and 12:00.
    assert_eq!(
        begin_of_cap(&[("2026-09-15 07:00:00", "2026-09-15 18:00:00")]),
        Some(at("2026-09-15 12:00:00"))
    );
    // The clock stands still for the hour in which the vehicle was away.
    assert_eq!(
        begin_of_cap(&[
            ("2026-09-15 07:00:00", "2026-09-15 10:30:00"),
            ("2026-09-15 11:30:00", "2026-09-15 18:00:00")
        ]),
        Some(at("2026-09-15 13:00:00"))
    );
    // Exactly the cap is not above it.
    assert_eq!(begin_of_cap(&[("2026-09-15 07:00:00", "2026-09-15 12:00:00")]), None);
}

#[test]
fn a_day_on_which_the_clocks_change_has_23_or_25_hours() {
    let tariff = tariff(include_str!("../../tariffs/melbourne-example.yaml"));
    // Victoria 2026: the clocks go back on 5 April, forward on 4 October.
    for (day, hours) in [("2026-04-05", 25), ("2026-10-04", 23), ("2026-10-05", 24)] {
        let noon = Timestamp::parse(&format!("{day}T12:00:00+10:00")).unwrap();
        let stay = Interval::new(noon, noon.plus_ms(600_000)).unwrap();
        let case = Case::new("small", vec![stay], Vec::new());
        let bill = price(&tariff, Calendars::built_in(), &case).unwrap();
        let drawn = picture(&bill, &tariff, Calendars::built_in(), &case, 10);
        assert_eq!(drawn.days[0].span.length_ms(), hours * 3_600_000, "{day}");
        let shown: Vec<u32> = drawn.days[0].ticks.iter().map(|tick| tick.hour).collect();
        let expected: &[u32] = &[0, 3, 6, 9, 12, 15, 18, 21, 24];
        assert_eq!(shown, expected, "{day}");
    }
}

#[test]
fn hours_in_which_nobody_may_park_are_not_drawn_as_free() {
    let rules = "windows:\n- { name: 早高峰, from: \"07:00\", to: \"09:00\", charge: not_permitted }\n\
        otherwise: [{ unit_minutes: 60, price: 1.00 }]\n\
        time_limit: { minutes: 120, beyond: not_charged }";
    let tariff = tariff(&crate::terms::yaml(rules));
    let case =
        Case::new("small", vec![interval(("2026-09-15 06:00:00", "2026-09-15 12:00:00"))], vec![]);
    let bill = price(&tariff, Calendars::built_in(), &case).expect("in force");
    let drawn = picture(&bill, &tariff, Calendars::built_in(), &case, 7);
    let states: Vec<State> = drawn.days[0].stay.iter().map(|s| s.state).collect();
    assert!(states.contains(&State::NotPermitted), "{states:?}");
    assert!(states.contains(&State::NotSold), "{states:?}");
    assert!(!states.contains(&State::FreeHours), "{states:?}");
    let strip = billing::explain::strip(&drawn, Language::English);
    assert!(
        strip.contains("! parking not permitted") && !strip.contains(". free hours"),
        "{strip}"
    );
}
