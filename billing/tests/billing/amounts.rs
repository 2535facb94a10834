//! Words of the language by tables reckoned by hand. Units, prices, factors, currencies, demand.

use billing::{Case, Reject};

use crate::cases::{at, case, tariff};
use crate::terms::{HOURLY, check, fen, problems, yaml};

#[test]
fn the_tolerance_of_a_unit_is_free_with_its_end_or_without() {
    // “不足15分钟不计” leaves the fifteenth minute open.
    for (end, at_15, at_75) in [("included", 0, 600), ("excluded", 600, 1200)] {
        check(
            &format!(
                "windows: []\notherwise: [{{ unit_minutes: 60, price: 6.00, tolerance_minutes: 15, tolerance_at_the_end: {end} }}]"
            ),
            &[
                ("2026-09-15 08:00:00", "2026-09-15 08:14:59", 0),
                ("2026-09-15 08:00:00", "2026-09-15 08:15:00", at_15),
                ("2026-09-15 08:00:00", "2026-09-15 08:15:01", 600),
                ("2026-09-15 08:00:00", "2026-09-15 09:15:00", at_75),
            ],
        );
    }
}

#[test]
fn a_factor_may_be_rounded_by_itself() {
    // Half of 1.25 is 0.625: to 0.05, half up 0.65, down 0.60; two units.
    for (rounding, expected) in [("half_up", 130), ("down", 120), ("up", 130)] {
        check(
            &format!(
                "windows: []\notherwise: [{{ unit_minutes: 30, price: 1.25 }}]\n\
                 factors:\n- {{ name: 半价, times: 0.5, on: price, to: 0.05, rounding: {rounding} }}"
            ),
            &[("2026-09-15 08:00:00", "2026-09-15 09:00:00", expected)],
        );
    }
    // 3.00 × 0.85 = 2.55 → 2.50 (down to 0.10), × 0.5 = 1.25 → 1.30 (half up to 0.10); without the
    // first rounding 1.275 → 1.30, the other way round 1.50 × 0.85 = 1.275.
    let terms = |factors: &str| {
        format!(
            "windows: []\notherwise: [{{ unit_minutes: 60, price: 3.00 }}]\nfactors:\n{factors}"
        )
    };
    let stay = [("2026-09-15 08:00:00", "2026-09-15 09:00:00", 130)];
    let first = "- { name: a, times: 0.85, on: total, to: 0.10, rounding: down }\n";
    check(&terms(&format!("{first}- {{ name: b, times: 0.5, on: total, to: 0.10 }}")), &stay);
    let other = "- { name: b, times: 0.5, on: total, to: 0.10 }\n- { name: a, times: 0.85, on: total, to: 0.10, rounding: down }";
    check(&terms(other), &[(stay[0].0, stay[0].1, 120)]); // 1.50, 1.275 → 1.20
    let to_what = yaml(&terms("- { name: a, times: 0.85, on: total, rounding: down }"));
    assert!(problems(&to_what)[0].contains("add `to`"));
}

#[test]
fn a_currency_without_smaller_units_is_paid_in_whole_ones() {
    // 150 yen for 30 minutes by the minute: 7 minutes are 35 yen, 11 are 55; 100 × 0.75 … half up.
    let yaml =
        yaml("windows: []\notherwise: [{ unit_minutes: 40, price: 150, rounding: per_minute }]")
            .replace("time_zone: Asia/Shanghai", "time_zone: Asia/Tokyo\ncurrency: JPY");
    let tariff = tariff(&yaml);
    for (minutes, expected) in [(8, 3000), (10, 3800), (11, 4100)] {
        // 30, 37.50, 41.25 yen
        let to = format!("2026-09-15 08:{minutes:02}:00");
        let stay = case(&[("2026-09-15 08:00:00", to.as_str())], &[]);
        assert_eq!(fen(&tariff, &stay), Ok(expected), "{minutes}");
    }
    let sen = yaml.replace("windows: []", "total: { to: 0.10, rounding: down }\n    windows: []");
    assert!(problems(&sen)[0].contains("smallest amount"), "{:?}", problems(&sen));
}

#[test]
fn the_name_of_a_price_stands_for_its_classes() {
    let tariff = tariff(&yaml(&format!(
        "vehicle_classes: {{ small: car, large: small_lorry }}\nexempt: [police]\n{HOURLY}"
    )));
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    for (vehicle, expected) in [
        ("small", Ok(200)),
        ("car", Ok(200)),
        ("small_lorry", Ok(200)),
        ("police", Ok(0)),
        ("bus", Err(Reject::ClassNotInTariff)),
    ] {
        assert_eq!(fen(&tariff, &Case { vehicle: vehicle.into(), ..stay.clone() }), expected);
    }
}

#[test]
fn what_costs_nothing_goes_on_to_cost_nothing_at_any_demand() {
    let terms = "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: [{ lasts_minutes: 60, unit_minutes: 60, price: 0 }, { unit_minutes: 60, price: 2.00 }] }\n\
        demand:\n  windows: [w]\n  step: 0.50\n  lowest: 1.00\n  highest: 4.00\n  least_days_between_changes: 30\n  bands: [{ steps: 1 }]";
    let tariff = tariff(&yaml(terms));
    let shown = billing::tariff::Displayed { displayed_at: at("2026-09-01 00:00:00"), level: 1 };
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    assert_eq!(fen(&tariff, &Case { displayed: vec![shown], ..stay }), Ok(250));
}

#[test]
fn a_price_may_be_that_of_several_units() {
    // Westminster: 4.90 an hour, ten minutes at least, then by the minute: an hour is 4.90.
    check(
        "windows: []\notherwise:\n\
         - { lasts_minutes: 10, unit_minutes: 10, price: 4.90, price_for_minutes: 60 }\n\
         - { unit_minutes: 60, price: 4.90, rounding: per_minute }",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:01:00", 82), // 81.67 pence
            ("2026-09-15 08:00:00", "2026-09-15 08:10:00", 82),
            ("2026-09-15 08:00:00", "2026-09-15 08:11:00", 90), // 89.83
            ("2026-09-15 08:00:00", "2026-09-15 09:00:00", 490),
        ],
    );
    // 2.00 an hour in steps of a quarter.
    check(
        "windows: []\notherwise: [{ unit_minutes: 15, price: 2.00, price_for_minutes: 60 }]",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:16:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 09:00:00", 200),
        ],
    );
    for price_for in ["50", "0", "60, rounding: per_minute", "4294967295"] {
        let wrong = yaml(&format!(
            "windows: []\notherwise: [{{ unit_minutes: 15, price: 2.00, price_for_minutes: {price_for} }}]"
        ));
        assert!(problems(&wrong)[0].contains("price_for_minutes"), "{:?}", problems(&wrong));
    }
}

#[test]
fn a_short_stay_over_a_border_may_be_one_unit_and_a_long_one_not() {
    // Jinan: over a border, up to an hour at the price before it; longer, each period by itself.
    let terms = "elapsed: { across_prices: new_unit, short_stay: { minutes: 60, across_prices: price_at_start } }\n\
        windows:\n\
        - { name: 日, from: \"08:00\", to: \"20:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        - { name: 夜, from: \"20:00\", to: \"08:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        caps:\n- { per: window, windows: [夜], amount: 5.00 }";
    check(
        terms,
        &[
            ("2026-09-15 19:30:00", "2026-09-15 20:20:00", 200),
            ("2026-09-15 19:30:00", "2026-09-15 20:30:00", 200),
            ("2026-09-15 19:30:00", "2026-09-15 20:30:01", 400),
            ("2026-09-15 19:30:00", "2026-09-15 21:30:00", 600),
            ("2026-09-15 19:30:00", "2026-09-16 07:00:00", 700), // the night is capped at 5
        ],
    );
}

#[test]
fn prices_are_in_the_scale_of_their_currency() {
    let terms = "windows: []\notherwise: [{ unit_minutes: 60, price: 25000 }]\npasses: [{ name: p, price: 1500000 }]";
    let dong = yaml(terms)
        .replace("time_zone: Asia/Shanghai", "time_zone: Asia/Ho_Chi_Minh\ncurrency: VND");
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    assert_eq!(fen(&tariff(&dong), &stay), Ok(5_000_000));
    assert!(problems(&yaml(terms))[0].contains("at most 10000.00"));
}

#[test]
fn a_price_may_follow_the_occupancy_of_the_moment_by_a_share_of_itself() {
    // Madrid: 10 % a step, from 20 % less to 20 % more by the occupancy, whatever it was before;
    // times a factor by emissions.
    let terms = "vehicle_classes: { small: petrol, new_energy_small: electric }\n\
        windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: { petrol: 2.00, electric: 2.00 } }] }\n\
        factors: [{ name: emisiones, vehicles: [electric], times: 0.8, on: price }]\n\
        demand:\n  windows: [w]\n  step_percent: 10\n  bands_set: level\n  lowest: 0.50\n  highest: 2.30\n  least_days_between_changes: 0\n  \
        bands: [{ below_percent: 30, steps: -2 }, { below_percent: 60, steps: -1 }, { below_percent: 80, steps: 0 }, { below_percent: 90, steps: 1 }, { steps: 2 }]";
    let tariff = tariff(&yaml(terms));
    let demand = tariff.versions[0].demand.as_ref().expect("it has one");
    let now = at("2026-09-15 08:00:00");
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 09:00:00")], &[]);
    let mut last = None;
    for (percent, level, petrol, electric) in [
        (95, Ok(2), 230, 192),
        (10, Ok(-2), 160, 128),
        (70, Ok(0), 200, 160),
        (50, Ok(-1), 180, 144),
    ] {
        let next = demand.next_level(billing::Price::of_fen(200), last, percent, now);
        assert_eq!(next, level, "{percent}");
        last = next.ok().map(|level| billing::tariff::Displayed { displayed_at: now, level });
        let shown = Case { displayed: last.into_iter().collect(), ..stay.clone() };
        assert_eq!(fen(&tariff, &shown), Ok(petrol), "{percent}");
        let electric_shown = Case { vehicle: "new_energy_small".into(), ..shown };
        assert_eq!(fen(&tariff, &electric_shown), Ok(electric), "{percent}");
    }
    let both = yaml(&terms.replace("step_percent: 10", "step_percent: 10\n  step: 0.10"));
    assert!(problems(&both)[0].contains("either an amount"), "{:?}", problems(&both));
}
