//! A device's health by what it sent: battery, losses, interval, flapping.

use sensing::{Health, Kind, NoticeKind, Policy, Reading, Report};
use vocabulary::Timestamp;

use crate::world::{device, observations, second};

const DAY: i64 = 86_400;

fn reading(told: &str) -> Reading {
    let o = observations(told).remove(0);
    Reading {
        id: o.id,
        payload_hash: [0; 32],
        observed_at: o.observed_at,
        earliest_at: None,
        time_source: o.time_source,
        device_at: o.device_at,
        network_at: o.network_at,
        received_at: o.received_at,
        rssi_dbm: None,
        snr_db: None,
        report: Report { occupied: o.occupied, ..Report::new(o.kind) },
    }
}

fn heard(told: &str) -> Health {
    let mut health = Health::new();
    for one in told.split(", ") {
        health.hear(&Policy::default(), &reading(one));
    }
    health
}

fn conditions(health: &Health, now: i64) -> Vec<(&'static str, i64, String)> {
    let found = health.conditions(&Policy::default(), device(1), second(now));
    found.into_iter().map(|c| (c.kind.name(), c.since.ms() / 1000, c.detail)).collect()
}

#[test]
fn lost_messages_are_counted_and_found_again() {
    for (told, heard_and_lost, restarts) in [
        ("h0 0#1", (1, 0), 0),
        ("h0 0#1, h0 1200#2", (2, 0), 0),
        ("h0 0#1, h0 4800#5", (2, 3), 0),
        ("h0 0#1, h0 4800#5, h0 2400@4801#3", (3, 2), 0),
        ("h0 0/a#7, s 100/b#0, h0 1300/b#2", (3, 1), 1),
        // A late one of the boot before.
        ("h0 0/a#7, s 100/b#0, h0 50@200/a#8, h0 1300/b#1", (4, 0), 1),
        // Nobody loses a million messages: the counter was set.
        ("h0 0#1, h0 1200#1000000", (2, 0), 0),
    ] {
        let health = heard(told);
        assert_eq!((health.heard, health.lost), heard_and_lost, "{told}");
        assert_eq!(health.restarts, restarts, "{told}");
    }
    assert!((heard("h0 0#1, h0 4800#5").lost_share() - 0.6).abs() < 1e-9);
}

#[test]
fn the_interval_is_learned_from_messages_in_a_row() {
    for (told, seconds) in [
        ("h0 0#1", None),
        ("h0 0#1, h0 1200#2", Some(1200)),
        ("h0 0#1, h0 2400#3", None),
        // Rises by a quarter of the difference, falls by a sixteenth.
        ("h0 0#1, h0 1200#2, h0 2800#3", Some(1300)),
        ("h0 0#1, h0 1600#2, h0 1616#3", Some(1501)),
        // A change comes whenever it does.
        ("h0 0#1, h0 1200#2, o 1300#3", Some(1200)),
    ] {
        assert_eq!(heard(told).interval_ms, seconds.map(|s| s * 1000), "{told}");
    }
}

#[test]
fn a_battery_that_goes_down_has_a_day_on_which_it_is_empty() {
    let measured = |levels: &[(i64, u8)]| {
        let mut health = Health::new();
        for (n, (day, pct)) in levels.iter().enumerate() {
            let mut one = reading(&format!("h0 {}#{n}", day * DAY));
            one.report.battery_pct = Some(*pct);
            health.hear(&Policy::default(), &one);
        }
        health.battery
    };
    let empty_on = |battery: &sensing::Battery| {
        let at = battery.empty_at(&Policy::default())?;
        Some((at.ms() + DAY * 500).div_euclid(DAY * 1000))
    };
    // 1 % a day from 100 on: 90 on day 10, empty on day 100.
    let falling: Vec<(i64, u8)> =
        (0..=10).map(|day| (day, 100 - u8::try_from(day).unwrap_or(0))).collect();
    let battery = measured(&falling);
    assert_eq!(battery.level_pct, Some(90));
    assert!((battery.pct_per_day().expect("ten days") + 1.0).abs() < 1e-6);
    assert_eq!(empty_on(&battery), Some(100));
    // The same over 90 days, in bounded size.
    let falling: Vec<(i64, u8)> =
        (0..=90).map(|day| (day, 100 - u8::try_from(day).unwrap_or(0))).collect();
    let battery = measured(&falling);
    assert_eq!(empty_on(&battery), Some(100));
    assert!(postcard::to_stdvec(&battery).expect("plain values").len() < 200);
    for (title, levels) in [
        ("too short to tell", vec![(0, 90), (6, 80)]),
        ("steady", vec![(0, 90), (10, 90), (20, 90)]),
        ("renewed yesterday", vec![(0, 60), (10, 50), (20, 40), (21, 100)]),
    ] {
        assert_eq!(empty_on(&measured(&levels)), None, "{title}");
    }
}

#[test]
fn a_low_battery_is_a_condition() {
    let mut health = heard("h0 0#1");
    assert_eq!(conditions(&health, 10), []);
    let status = |pct, external_power| NoticeKind::Status {
        battery_pct: Some(pct),
        external_power,
        margin_db: Some(7),
    };
    health.note(&status(16, false), second(20));
    assert_eq!(conditions(&health, 30), []);
    health.note(&status(0, true), second(40));
    assert_eq!(conditions(&health, 50), []);
    health.note(&status(15, false), second(60));
    assert_eq!(conditions(&health, 70), [("low_battery", 60, "15 %".to_owned())]);
    assert_eq!((health.heard_at, health.margin_db), (Some(second(60)), Some(7)));
    let mut says_so = reading("h0 0#1");
    says_so.report.flags = vec!["low_battery".to_owned()];
    let mut health = Health::new();
    health.hear(&Policy::default(), &says_so);
    assert_eq!(conditions(&health, 10)[0].0, "low_battery");
    // An older word does not count against a newer one.
    health.note(&status(80, false), second(100));
    health.note(&status(3, false), second(90));
    assert_eq!(health.battery.level_pct, Some(80));
}

#[test]
fn more_than_twelve_changes_in_an_hour_are_flapping() {
    let changes = |n: i64| {
        let told: Vec<String> = (0..n)
            .map(|i| format!("{} {}#{i}", if i % 2 == 0 { "o" } else { "v" }, i * 120))
            .collect();
        heard(&told.join(", "))
    };
    assert_eq!(conditions(&changes(12), 3000), []);
    let expected = [("flapping", 0, "13 changes within an hour".to_owned())];
    assert_eq!(conditions(&changes(13), 3000), expected);
    assert_eq!(conditions(&changes(13), 7199), expected);
    assert_eq!(conditions(&changes(13), 7200), []);
}

#[test]
fn health_is_small_and_is_read_back_as_it_was() {
    let mut health = Health::new();
    for n in 0..5000 {
        let mut one = reading(&format!("h0 {}/boot{}#{n}", n * 1200, n / 100));
        one.report.battery_pct = Some(90);
        one.report.battery_mv = Some(3600);
        one.report.flags = vec!["low_battery".to_owned()];
        one.rssi_dbm = Some(-97);
        one.report.kind = Kind::Heartbeat;
        health.hear(&Policy::default(), &one);
    }
    assert_eq!(health.rssi_dbm, Some(-97.0));
    assert_eq!(health.clock_behind_ms, Some(0));
    assert_eq!(health.heard_at, Some(Timestamp::from_ms(4999 * 1_200_000)));
    let bytes = postcard::to_stdvec(&health).expect("plain values");
    assert!(bytes.len() < 300, "{} bytes", bytes.len());
    assert_eq!(postcard::from_bytes::<Health>(&bytes).expect("just written"), health);
}
