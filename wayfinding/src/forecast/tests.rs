//! The forecaster on made-up blocks whose truth is known.

use vocabulary::Timestamp;

use super::*;

/// Steps from a Monday's midnight on.
fn slot(steps: i64) -> Slot {
    let monday = Timestamp::parse("2024-05-06T00:00:00Z").unwrap();
    Slot::nearest(monday, 0).plus(steps)
}

const DAY: i64 = 288;
const WEEK: i64 = 7 * DAY;

/// A block that fills from 8 to 10 and empties from 17 to 19 on working days; free share.
fn office(step: i64) -> f32 {
    let (day, of_day) = (step.div_euclid(DAY) % 7, step.rem_euclid(DAY));
    if day >= 5 {
        return 1.0;
    }
    let part = |from: i64| ((of_day - from) as f32 / 24.0).clamp(0.0, 1.0);
    1.0 - 0.9 * (part(96) - part(204))
}

fn after(weeks: i64) -> Forecaster {
    let mut forecaster = Forecaster::new();
    forecaster.add_block(50);
    for step in 0..weeks * WEEK {
        forecaster.step(slot(step), &[Some(office(step))]);
    }
    forecaster
}

#[test]
fn what_happens_every_week_is_expected() {
    let mut forecaster = after(3);
    // A quarter hour after it began: one block alone that never strays teaches to wait for the first change.
    let begun = 3 * WEEK + 99;
    for step in 3 * WEEK..=begun {
        forecaster.step(slot(step), &[Some(office(step))]);
    }
    let outlook = forecaster.outlook(0, 60.0).unwrap();
    let truth = f64::from(office(begun + 12));
    assert!((outlook.expected - truth).abs() < 0.1, "{outlook:?} but {truth}");
    assert_eq!((outlook.trend(), outlook.basis), (Trend::Filling, Basis::Learned));
    assert!(outlook.one_free() > 0.9);
}

#[test]
fn on_the_first_day_a_forecast_is_the_present_and_wide() {
    let mut forecaster = Forecaster::new();
    forecaster.add_block(10);
    assert_eq!(forecaster.outlook(0, 15.0), None);
    forecaster.step(slot(0), &[Some(0.1)]);
    let [soon, late] = [5.0, 60.0].map(|minutes| forecaster.outlook(0, minutes).unwrap());
    assert_eq!((soon.expected, late.basis), (f64::from(0.1_f32), Basis::LastSeen));
    assert!(soon.spread < late.spread, "{soon:?} {late:?}");
    // Turned over: 1 − e^(−10/3) = 0.96433, seven tenths of it from free to taken (0.67503), three from taken to free (0.28930).
    // sqrt((0.1 · 0.67503 · 0.32497 + 0.9 · 0.28930 · 0.71070) / 10) = 0.14387, and 0.001.
    assert!((late.spread - 0.14487).abs() < 1e-4, "{late:?}");
    // One bay of ten is free: 1 − 0.67503 · 0.71070⁹ = 0.96877.
    assert!((late.one_free() - 0.96877).abs() < 1e-4, "{late:?}");
    assert!((late.stays_free() - 0.32497).abs() < 1e-4, "{late:?}");
    // The same bay is likelier to be gone; but more of the nine others have left.
    assert!(soon.stays_free() > late.stays_free() && soon.one_free() < late.one_free());
}

#[test]
fn what_was_not_heard_for_long_is_as_usual() {
    let mut forecaster = after(2);
    for step in 2 * WEEK..2 * WEEK + 144 {
        forecaster.step(slot(step), &[None]);
    }
    let outlook = forecaster.outlook(0, 10.0).unwrap();
    // Monday 12:05: a tenth is free, as on the Mondays before.
    assert_eq!(outlook.basis, Basis::Usual);
    assert!((outlook.expected - 0.1).abs() < 0.01, "{outlook:?}");
}

#[test]
fn far_ahead_the_usual_counts_more_than_the_present() {
    let mut forecaster = after(3);
    // A Monday like no other: everything is taken at night.
    for step in 3 * WEEK..3 * WEEK + 60 {
        forecaster.step(slot(step), &[Some(0.0)]);
    }
    let [near, far] = [30.0, 19.0 * 60.0].map(|minutes| forecaster.outlook(0, minutes).unwrap());
    assert!(near.expected < 0.3, "{near:?}");
    assert!(far.expected > 0.8, "{far:?}");
}

#[test]
fn the_same_story_gives_the_same_forecasts() {
    let (a, b) = (after(2), after(2));
    for minutes in [1.0, 5.0, 17.0, 60.0, 600.0] {
        assert_eq!(a.outlook(0, minutes), b.outlook(0, minutes));
    }
}

#[test]
fn a_forecast_does_not_know_what_comes() {
    // Two stories that part after a moment: until then all forecasts are the same.
    let (mut a, mut b) = (after(2), after(2));
    for step in 2 * WEEK..2 * WEEK + 100 {
        assert_eq!(a.outlook(0, 60.0), b.outlook(0, 60.0), "{step}");
        a.step(slot(step), &[Some(office(step))]);
        b.step(slot(step), &[Some(office(step))]);
    }
    a.step(slot(2 * WEEK + 100), &[Some(1.0)]);
    b.step(slot(2 * WEEK + 100), &[Some(0.0)]);
    assert_ne!(a.outlook(0, 60.0), b.outlook(0, 60.0));
}

#[test]
fn nonsense_does_no_harm() {
    let mut forecaster = Forecaster::new();
    forecaster.add_block(0);
    let shares = [f32::NAN, f32::INFINITY, -1.0, 2.0, 0.5];
    for (step, share) in (0..).zip(shares.into_iter().cycle().take(500)) {
        forecaster.step(slot(step), &[Some(share), Some(0.1)]);
        if let Some(outlook) = forecaster.outlook(0, 30.0) {
            assert!((0.0..=1.0).contains(&outlook.expected), "{outlook:?}");
            assert!((0.0..=1.0).contains(&outlook.one_free()) && outlook.spread.is_finite());
        }
    }
    forecaster.step(slot(10), &[]);
    forecaster.step(slot(-5_000_000), &[None]);
    assert_eq!(forecaster.outlook(7, 5.0), None);
}

#[test]
fn what_was_learned_outlives_a_restart() {
    let mut forecaster = after(2);
    forecaster.settle();
    let mut restarted = Forecaster::new();
    restarted.add_block(50);
    restarted.restore_rules(&forecaster.save_rules()).unwrap();
    restarted.restore_block(0, &forecaster.save_block(0).unwrap()).unwrap();
    for forecaster in [&mut forecaster, &mut restarted] {
        forecaster.step(slot(2 * WEEK + 96), &[Some(1.0)]);
    }
    for minutes in [5.0, 60.0, 900.0] {
        assert_eq!(restarted.outlook(0, minutes), forecaster.outlook(0, minutes));
    }
    let bytes = forecaster.save_block(0).unwrap();
    assert!(Forecaster::can_restore(&bytes) && Forecaster::can_restore(&forecaster.save_rules()));
    assert!(!Forecaster::can_restore(&[1, 2, 3]) && !Forecaster::can_restore(&[]));
    assert_eq!(restarted.restore_block(0, &bytes[..bytes.len() - 1]), Err(SavedReject));
    assert_eq!(restarted.restore_block(1, &bytes), Err(SavedReject));
    assert_eq!(restarted.restore_rules(&[9]), Err(SavedReject));
}

#[test]
fn a_block_takes_less_than_five_kilobytes() {
    let bytes = Forecaster::BLOCK_BYTES;
    assert!(bytes < 5000, "{bytes}");
}

#[test]
fn a_trial_judges_the_model_against_both_baselines() {
    let mut trial = Trial::new(&[50.0], &[15, 60]);
    let row = |step: i64| Row { slot: slot(step), free: vec![Some(office(step) * 50.0)] };
    (0..3 * WEEK).for_each(|step| trial.learn(&row(step)));
    (3 * WEEK..4 * WEEK).for_each(|step| trial.test(&row(step)));
    let [quarter, hour] = trial.scores()[..] else { panic!("two horizons") };
    // A week's steps but those whose hour is not over yet.
    assert_eq!((quarter.n, hour.n), (2016 - 3, 2016 - 12));
    // The week is the same each time, so the last value is off by what it changes within an hour.
    let ramp: f64 = (0..2016).map(|s| f64::from((office(s + 12) - office(s)).abs())).sum();
    assert!((hour.mae.last - ramp / 2004.0).abs() < 0.001, "{hour:?}");
    assert!(hour.mae.model < hour.mae.last / 2.0, "{hour:?}");
    assert!(hour.mae.model < hour.mae.how, "{hour:?}");
    assert_eq!(hour.car_parks, 1);
}

#[test]
fn a_day_that_does_not_go_as_usual_is_noticed() {
    let mut forecaster = Forecaster::new();
    (0..20).for_each(|_| assert!(forecaster.add_block(50) < 20));
    let day = |forecaster: &mut Forecaster, from: i64, steps: i64, share: fn(i64) -> f32| {
        for step in from..from + steps {
            forecaster.step(slot(step), &[Some(share(step)); 20]);
        }
    };
    // Three weeks, one of them with a free Wednesday; then a free Thursday, until nine.
    day(&mut forecaster, 0, 9 * DAY, office);
    day(&mut forecaster, 9 * DAY, DAY, |_| 1.0);
    day(&mut forecaster, 10 * DAY, 14 * DAY, office);
    day(&mut forecaster, 24 * DAY, 108, |_| 1.0);
    let free = forecaster.outlook(0, 60.0).unwrap();
    // Usual is that half of 0.9 comes from eight to nine, and the rest until ten.
    assert!(free.expected > 0.9, "{free:?}");
    assert!((office(24 * DAY + 108) - 0.55).abs() < 0.01);
}
