//! One day on the street: vehicles come and go, are claimed, and are paid for, or not.

use gateway::flow::claim_bay::{Claim, Claimant, claim_bay};
use gateway::flow::confirm_payment::confirm_payment;
use gateway::flow::settle_visit::settle_visit;
use gateway::flow::start_payment::{Attempt, Means, start_payment};
use gateway::flow::store_readings::{Incoming, store_messages};
use gateway::outbound::{ProviderWord, Said};
use serde_json::{Value, json};
use store::Lane;
use uuid::Uuid;
use vocabulary::{BayCode, Fen, Plate, Timestamp};

use super::chance::Chance;
use super::world::World;
use crate::harness::seed::MORNING;
use crate::harness::town::NATIVE;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What happens, in the order of its time.
#[derive(Debug)]
enum Event {
    Reading { device: &'static str, reading: Value },
    Claim { bay: &'static str, driver: usize },
    Pay { driver: usize },
}

/// Lives through a day from 08:00 to the evening.
pub(super) async fn live(world: &mut World, chance: &mut Chance, day: u64) {
    let begins = MORNING + i64::try_from(day).unwrap() * DAY;
    let mut events: Vec<(i64, Event)> = Vec::new();
    for (bay, device) in NATIVE {
        street(world, chance, (bay, device), begins, &mut events);
    }
    events.sort_by_key(|(at, _)| *at);
    for (at, event) in events {
        world.at(at);
        match event {
            Event::Reading { device, reading } => hear(world, device, &reading, at).await,
            Event::Claim { bay, driver } => claim(world, bay, driver).await,
            Event::Pay { driver } => pay(world, chance, driver).await,
        }
    }
    // The evening: every visit is settled, and words that were on their way arrive.
    world.at(begins + 14 * 60 * MINUTE);
    for visit in world.visits.clone() {
        settle_visit(&world.app, visit).await.unwrap();
    }
    for word in std::mem::take(&mut world.later) {
        told(world, &word).await;
    }
}

fn street(
    world: &mut World,
    chance: &mut Chance,
    (bay, device): (&'static str, &'static str),
    begins: i64,
    events: &mut Vec<(i64, Event)>,
) {
    let mut at = begins + chance.between(1, 60) * MINUTE;
    let number = world.numbers.entry(device.to_owned()).or_default();
    let mut say = |at: i64, late: i64, kind: &str, occupied: bool| {
        *number += 1;
        let reading = json!({"boot_id": "sim", "seq": *number, "kind": kind, "occupied": occupied,
            "at": Timestamp::from_ms(at)});
        events.push((at + late, Event::Reading { device, reading }));
    };
    let mut people: Vec<(i64, Event)> = Vec::new();
    say(at - MINUTE, 0, "vacant", false);
    while at < begins + 10 * 60 * MINUTE {
        let stays = chance.between(8, 190);
        let left = at + stays * MINUTE;
        say(at, 0, "occupied", true);
        for beat in (20..stays).step_by(20) {
            say(at + beat * MINUTE, 0, "heartbeat", true);
        }
        // Some departures are heard of an hour late: the bill is computed again.
        let late = if chance.of_100(12) { 50 * MINUTE } else { 0 };
        say(left, late, "vacant", false);
        if chance.of_100(85) {
            let driver = usize::try_from(chance.between(0, 12)).unwrap();
            people.push((at + chance.between(1, 6) * MINUTE, Event::Claim { bay, driver }));
            if chance.of_100(15) {
                people.push((at + stays * MINUTE / 2, Event::Pay { driver }));
            }
            if chance.of_100(70) {
                people.push((left + chance.between(2, 55) * MINUTE, Event::Pay { driver }));
            }
        }
        at = left + late + chance.between(5, 50) * MINUTE;
    }
    events.extend(people);
}

async fn hear(world: &World, device: &str, reading: &Value, at: i64) {
    let message = Incoming {
        topic: format!("bowei/v1/{device}/up"),
        payload: reading.to_string().into(),
        received_at: Timestamp::from_ms(at),
    };
    let stored = store_messages(&world.app, &[message]).await.unwrap();
    assert_eq!(stored.rejected, 0, "{reading}");
}

async fn claim(world: &mut World, bay: &str, driver: usize) {
    let person = &world.drivers[driver];
    let claim = Claim {
        bay_code: BayCode::parse(bay).unwrap(),
        plate: Plate::parse(&person.plate).unwrap(),
        colour: None,
        by: Claimant::Driver(person.account),
        made_at: world.app.clock.city_now(),
    };
    let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
    // Two drivers may want one stay: the second is refused, and that is that.
    let Ok(claimed) = claim_bay(&world.app, &mut tx, &claim).await else { return };
    tx.commit().await.unwrap();
    if let Some(bound) = claimed.bound {
        world.visits.push(bound.visit_id);
        world.visits.dedup();
    }
}

/// The driver pays the newest order that takes a payment, and the provider does what it does.
async fn pay(world: &mut World, chance: &mut Chance, driver: usize) {
    for visit in world.visits.clone() {
        settle_visit(&world.app, visit).await.unwrap();
    }
    let account = world.drivers[driver].account;
    let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
    let orders = tx.orders_of_account(account.0, None, 50).await.unwrap();
    let unpaid = orders.iter().find(|o| matches!(o.state.as_str(), "open" | "due" | "owing"));
    let Some(order_id) = unpaid.map(|order| order.order_id) else { return };
    let attempt = start_payment(&world.app, &mut tx, order_id, account, &Means::Jsapi).await;
    let Ok(Attempt::Payment(payment)) = attempt else { return };
    tx.commit().await.unwrap();
    let (number, amount) = (payment.out_trade_no.clone(), payment.amount_fen);
    let now = world.app.clock.city_now();
    let word = |trade_state, transaction_id| ProviderWord {
        said: Said::Reported,
        out_trade_no: number.clone(),
        trade_state,
        transaction_id,
        amount: Fen(amount),
        success_at: Some(now),
    };
    // One number at the provider is one transaction, however often somebody tries.
    let fresh = || Uuid::now_v7().simple().to_string();
    let transaction = world.transactions.entry(number.clone()).or_insert_with(fresh).clone();
    let paid = word(billing::payment::TradeState::Success, Some(transaction));
    let failed = word(billing::payment::TradeState::PayError, None);
    match chance.between(0, 100) {
        0..70 => told(world, &paid).await,
        70..80 => {
            told(world, &paid).await;
            told(world, &paid).await;
        }
        80..90 => world.later.push(paid),
        // It failed, says the provider, and then it was paid after all.
        90..94 => {
            told(world, &failed).await;
            world.later.push(paid);
        }
        _ => told(world, &failed).await,
    }
}

pub(super) async fn told(world: &mut World, word: &ProviderWord) {
    confirm_payment(&world.app, word).await.unwrap();
    if let Some(transaction) = &word.transaction_id
        && world.told.insert(transaction.clone(), word.amount.0).is_none()
    {
        world.told_fen += word.amount.0;
    }
}
