//! How many bills one core prices in a second, by the demo's tariff (windows, tiers, a cap), beside
//! the figure to hold of 1,000,000. Stays of 1 minute to 48 hours, a tenth of them with a doubt; then
//! how long a stay of a year takes, beside the millisecond it may take. Parsing, storing and texts
//! are not measured.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use billing::{Calendars, Case, DEMO_TARIFF, price, tariff};
use vocabulary::{Interval, Timestamp};

/// 2026-09-15T00:00:00Z.
const MORNING_MS: i64 = 1_789_430_400_000;
const MINUTE_MS: i64 = 60_000;
const TO_HOLD: f64 = 1_000_000.0;
const RUN_FOR: Duration = Duration::from_secs(3);

fn main() {
    let tariff = tariff::parse(DEMO_TARIFF).expect("the demo's tariff is right");
    let calendars = Calendars::built_in();
    for (what, longest_min) in [("stays of up to 4 h", 240), ("stays of up to 48 h", 2_880)] {
        let cases = cases(longest_min);
        let (mut bills, began) = (0_u32, Instant::now());
        while began.elapsed() < RUN_FOR {
            for case in &cases {
                let bill = price(&tariff, calendars, black_box(case));
                black_box(bill.expect("every case can be priced"));
            }
            bills += u32::try_from(cases.len()).expect("a few thousand");
        }
        let per_second = f64::from(bills) / began.elapsed().as_secs_f64();
        println!(
            "{what}: {per_second:.0} bills/s, {:.2} of the figure to hold",
            per_second / TO_HOLD
        );
    }
    let year = Interval::new(
        Timestamp::from_ms(MORNING_MS),
        Timestamp::from_ms(MORNING_MS + 365 * 1_440 * MINUTE_MS),
    );
    let case = Case::new("small", vec![year.expect("forwards")], Vec::new());
    let (mut bills, began) = (0_u32, Instant::now());
    while began.elapsed() < RUN_FOR {
        black_box(price(&tariff, calendars, black_box(&case)).expect("a year can be priced"));
        bills += 1;
    }
    let each_us = began.elapsed().as_secs_f64() * 1e6 / f64::from(bills);
    println!("a stay of a year: {each_us:.0} µs, of 1,000 allowed");
}

/// Spread evenly by a fixed stride, so that every run prices the same.
fn cases(longest_min: i64) -> Vec<Case> {
    (0..5_000_i64)
        .map(|n| {
            let from = Timestamp::from_ms(MORNING_MS + n * 37 % 1_440 * MINUTE_MS);
            let length_ms = (1 + n * 61 % longest_min) * MINUTE_MS;
            let stay = |a, b| Interval::new(from.plus_ms(a), from.plus_ms(b)).expect("forwards");
            let doubts =
                if n % 10 == 0 { vec![stay(length_ms / 3, length_ms / 2)] } else { vec![] };
            let vehicle = if n % 5 == 0 { "large" } else { "small" };
            Case::new(vehicle, vec![stay(0, length_ms)], doubts)
        })
        .collect()
}
