//! Who parks where and when on a day, and what everybody means to do about it: made by chance beforehand.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use vocabulary::Timestamp;

pub(super) const MINUTE: i64 = 60_000;

/// What is going to happen, in the order of its time.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A sensor says it.
    Reading {
        bay: usize,
        reading: Value,
    },
    /// A driver claims a bay; sometimes it is another bay than the vehicle is in.
    Claim {
        driver: usize,
        bay: usize,
    },
    /// An inspector without a network captures the plate.
    Capture {
        bay: usize,
        plate: String,
    },
    /// A driver pays what there is to pay, by one of the doors.
    Pay {
        driver: usize,
        door: &'static str,
    },
    /// A driver pays twice: at the channel and to the collector.
    PayTwice {
        driver: usize,
    },
    /// A driver pays the collector.
    Cash {
        driver: usize,
    },
    Coupon {
        driver: usize,
    },
    Appeal {
        driver: usize,
    },
    /// A driver pays all old debts at once.
    PayDebts {
        driver: usize,
    },
}

/// What of the people a plan has to know.
pub(super) struct People<'a> {
    pub(super) bays: usize,
    pub(super) plates: &'a [String],
    /// The next number of each bay's device.
    pub(super) numbers: &'a mut [u64],
    /// Whether the device has spoken at all.
    pub(super) spoken: &'a mut [bool],
}

/// The events of a day that begins at `midnight`, and how many stays there are.
pub(super) fn of_day(
    chance: &mut ChaCha8Rng,
    people: &mut People<'_>,
    midnight: i64,
) -> (Vec<(i64, Event)>, usize) {
    let mut events = Vec::new();
    let mut busy = vec![0_i64; people.plates.len()];
    let mut stays = 0;
    for bay in 0..people.bays {
        let mut at = midnight + (7 * 60 + chance.random_range(5..60)) * MINUTE;
        if !people.spoken[bay] {
            people.spoken[bay] = true;
            say(people, &mut events, bay, (at - MINUTE, 0), ("vacant", false));
        }
        while at < midnight + 19 * 60 * MINUTE {
            let left = at + chance.random_range(6..190) * MINUTE;
            let mut tried = (0..6).map(|_| chance.random_range(0..busy.len()));
            let driver = tried.find(|driver| busy[*driver] < at);
            if let Some(driver) = driver {
                busy[driver] = left + MINUTE;
            }
            // Some departures are heard of an hour late: bills are made again.
            let late = if chance.random_ratio(1, 12) { 55 * MINUTE } else { 0 };
            say(people, &mut events, bay, (at, 0), ("occupied", true));
            for beat in (1..).map(|n| at + n * 20 * MINUTE).take_while(|beat| *beat < left) {
                say(people, &mut events, bay, (beat, 0), ("heartbeat", true));
            }
            say(people, &mut events, bay, (left, late), ("vacant", false));
            stays += 1;
            mean(chance, people, &mut events, (bay, driver), (at, left + late));
            at = left + late + chance.random_range(4..45) * MINUTE;
        }
    }
    for driver in 0..people.plates.len() {
        if chance.random_ratio(1, 8) {
            let at = midnight + (8 * 60 + chance.random_range(0..600)) * MINUTE;
            events.push((at, Event::PayDebts { driver }));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    (events, stays)
}

fn say(
    people: &mut People<'_>,
    events: &mut Vec<(i64, Event)>,
    bay: usize,
    (at, late): (i64, i64),
    (kind, occupied): (&str, bool),
) {
    people.numbers[bay] += 1;
    let reading = json!({"boot_id": "sim", "seq": people.numbers[bay], "kind": kind,
        "occupied": occupied, "at": Timestamp::from_ms(at)});
    events.push((at + late, Event::Reading { bay, reading }));
}

/// What is going to be done about one stay.
fn mean(
    chance: &mut ChaCha8Rng,
    people: &People<'_>,
    events: &mut Vec<(i64, Event)>,
    (bay, driver): (usize, Option<usize>),
    (at, left): (i64, i64),
) {
    let Some(driver) = driver else {
        // A vehicle from elsewhere: only the inspector's round finds it.
        if chance.random_ratio(1, 2) {
            let plate = format!("甘A{:05}", chance.random_range(0..99_999));
            events.push((at + 3 * MINUTE, Event::Capture { bay, plate }));
        }
        return;
    };
    let minutes = (left - at) / MINUTE;
    let half = at + minutes / 2 * MINUTE;
    match chance.random_range(0..100) {
        0..70 => {
            events.push((at + chance.random_range(1..6) * MINUTE, Event::Claim { driver, bay }));
        }
        70..75 => events.push((at - 4 * MINUTE, Event::Claim { driver, bay })),
        75..77 => {
            let bay = (bay + 1) % people.bays;
            events.push((at + 2 * MINUTE, Event::Claim { driver, bay }));
        }
        77..92 => {
            let plate = people.plates[driver].clone();
            events.push((half, Event::Capture { bay, plate }));
        }
        _ => return,
    }
    if chance.random_ratio(1, 10) {
        events.push((half, Event::Pay { driver, door: "jsapi" }));
    }
    if chance.random_ratio(1, 20) {
        events.push((left + 3 * MINUTE, Event::Coupon { driver }));
    }
    let after = left + chance.random_range(3..50) * MINUTE;
    match chance.random_range(0..100) {
        0..50 => events.push((after, Event::Pay { driver, door: "jsapi" })),
        50..60 => events.push((after, Event::Pay { driver, door: "native" })),
        60..65 => events.push((after, Event::Pay { driver, door: "h5" })),
        65..75 => events.push((after, Event::Cash { driver })),
        75..78 => events.push((after, Event::PayTwice { driver })),
        _ => {}
    }
    if chance.random_ratio(1, 16) {
        events.push((after + 15 * MINUTE, Event::Appeal { driver }));
    }
}
