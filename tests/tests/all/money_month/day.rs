//! A day: ten minutes after ten minutes, then the evening at the office. On the next morning the channel's bill.

use std::fmt;

use futures_util::StreamExt;
use gateway::flow::store_readings::{Incoming, store_messages};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use super::city::City;
use super::office::Office;
use super::plan::{Event, MINUTE, People, of_day};
use super::troubles::{Trouble, calm, of_payments, of_refunds};
use super::{books, collector};

const SLICE: i64 = 10 * MINUTE;
const HOUR: i64 = 60 * MINUTE;
/// People who do something at the same moment.
const AT_ONCE: usize = 8;
/// Sessions of drivers end after 30 days.
const SIGN_IN_EVERY: u64 = 25;

/// A day of the city.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) number: u64,
    pub(super) midnight: i64,
    /// As 2026-09-01.
    pub(super) name: String,
}

impl Day {
    pub(super) fn of(from: i64, number: u64) -> Day {
        let midnight = from + i64::try_from(number).expect("few days") * 24 * HOUR;
        let name = billing::ledger::city_day(Timestamp::from_ms(midnight)).to_string();
        Day { number, midnight, name }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Lives through a day, from seven in the morning to eleven at night.
pub(super) async fn live(city: &mut City, chance: &mut ChaCha8Rng, day: &Day) {
    city.ahead.reach(day.midnight + 7 * HOUR);
    let office = Office::open(city).await;
    if day.number == 0 {
        office.prepare(city).await;
    } else if day.number.is_multiple_of(SIGN_IN_EVERY) {
        for driver in &city.drivers {
            driver.sign_in_again().await;
        }
    }
    office.morning(city, chance, day).await;
    city.quiet().await;
    let mut people = People {
        bays: city.bays.len(),
        plates: &city.plates,
        numbers: &mut city.numbers,
        spoken: &mut city.spoken,
    };
    let (events, stays) = of_day(chance, &mut people, day.midnight);
    city.tally.add("stays", stays);
    let mut events = events.into_iter().peekable();
    let mut until = day.midnight + 7 * HOUR;
    while until < day.midnight + 20 * HOUR + 30 * MINUTE {
        until += SLICE;
        if until == day.midnight + 10 * HOUR + 30 * MINUTE && day.number > 0 {
            books::reconcile(city, &Day::of(day.midnight - 24 * HOUR, 0)).await;
        }
        if until == day.midnight + 13 * HOUR {
            collector::upload(city, &office.inspector, day).await;
        }
        let mut slice = Vec::new();
        while let Some((_, event)) = events.next_if(|(at, _)| *at < until) {
            slice.push(event);
        }
        city.ahead.reach(until);
        ten_minutes(city, chance, day, slice).await;
    }
    city.ahead.reach(day.midnight + 20 * HOUR + 45 * MINUTE);
    city.quiet().await;
    let trouble = chance.random_ratio(1, 2).then(|| of_refunds(chance));
    let before = city.town.sandbox.refund_lines();
    begin(city, trouble.as_ref()).await;
    // Sessions of staff end after twelve hours.
    let office = Office::open(city).await;
    office.evening(city, chance, day).await;
    end(city, trouble.as_ref(), before).await;
    // What was lost or waits is asked for until the night.
    for _ in 0..8 {
        city.ahead.pass(15 * MINUTE);
        city.quiet().await;
    }
}

async fn begin(city: &City, trouble: Option<&Trouble>) {
    if let Some(trouble) = trouble {
        city.trouble(&trouble.switches).await;
    }
}

/// Counts whom it met: of payments those who were at the cashier, of refunds those that were asked for.
async fn end(city: &City, trouble: Option<&Trouble>, refunds_before: usize) {
    let asked = city.town.sandbox.refund_lines().saturating_sub(refunds_before);
    city.tally.add("refunds", asked);
    if let Some(trouble) = trouble {
        city.tally.add(&format!("refunds in trouble: {}", trouble.name), asked);
    }
    city.trouble(&calm()).await;
}

async fn ten_minutes(city: &City, chance: &mut ChaCha8Rng, day: &Day, slice: Vec<Event>) {
    let mut readings = Vec::new();
    let mut deeds = Vec::new();
    for event in slice {
        match event {
            Event::Reading { bay, reading } => readings.push(Incoming {
                topic: format!("bowei/v1/{}/up", City::device(bay)),
                payload: reading.to_string().into(),
                received_at: Timestamp::from_ms(city.ahead.now()),
            }),
            Event::Capture { bay, plate } => {
                let at = city.ahead.now();
                city.bag.lock().unwrap().capture(day, (&city.bays[bay], &plate), at);
            }
            deed => deeds.push(deed),
        }
    }
    if !readings.is_empty() {
        let stored = store_messages(&city.town.app, &readings).await.unwrap();
        assert_eq!((stored.rejected, stored.repeats), (0, 0), "{stored:?}");
        city.tally.add("readings", stored.readings);
    }
    city.quiet().await;
    if deeds.is_empty() {
        return;
    }
    let trouble = chance.random_ratio(2, 5).then(|| of_payments(chance));
    let (cashier, refunds) = (city.tally.count("cashier"), city.town.sandbox.refund_lines());
    begin(city, trouble.as_ref().filter(|trouble| !trouble.after_the_handle)).await;
    let trouble = trouble.as_ref();
    futures_util::stream::iter(deeds)
        .for_each_concurrent(AT_ONCE, |deed| act(city, deed, trouble))
        .await;
    city.quiet().await;
    let met = usize::try_from(city.tally.count("cashier") - cashier).expect("few");
    end(city, None, refunds).await;
    if let Some(trouble) = trouble {
        city.tally.add(&format!("payments in trouble: {}", trouble.name), met);
    }
}

async fn act(city: &City, deed: Event, trouble: Option<&Trouble>) {
    match deed {
        Event::Claim { driver, bay } => city.drivers[driver].claim(city, bay).await,
        Event::Pay { driver, door } => {
            city.drivers[driver].pay(city, door, trouble).await;
        }
        Event::PayTwice { driver } => {
            collector::collect(city, driver).await;
            if city.drivers[driver].pay(city, "jsapi", trouble).await {
                city.tally.add("paid twice", 1);
            }
        }
        Event::Cash { driver } => collector::collect(city, driver).await,
        Event::Coupon { driver } => city.drivers[driver].use_coupon(city).await,
        Event::Appeal { driver } => city.drivers[driver].appeal(city).await,
        Event::PayDebts { driver } => city.drivers[driver].pay_debts(city).await,
        Event::Reading { .. } | Event::Capture { .. } => {}
    }
}

/// The bill of the last day is reconciled, and a month that is over is closed.
pub(super) async fn morning_after(city: &mut City, day: &Day) {
    city.ahead.reach(day.midnight + 10 * HOUR + 30 * MINUTE);
    city.quiet().await;
    books::reconcile(city, &Day::of(day.midnight - 24 * HOUR, 0)).await;
}
