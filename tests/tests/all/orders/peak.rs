//! An evening peak: many departures at once are settled in common, and those that cannot be settled keep
//! none of the others waiting, nor make them be settled one by one. Fees by the demo's tariff: 65 minutes
//! are 2 yuan.

use std::collections::BTreeSet;

use billing::invoice::Regime;
use billing::ledger::{self, About, Tax, city_day};
use serde_json::json;
use store::{Lane, OrderRow, StayRow};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, OrderId, PayeeId, Timestamp};

use super::{MINUTE, PLATE};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::seed::{self, id};
use crate::harness::wait;

const VISITS: u128 = 230;
/// Its tariff is not stored yet.
const STRAY: u128 = 57;
/// The fee of its first bill is in the books already, with another amount: it spoils whatever transaction it
/// is settled in.
const SPOILER: u128 = 91;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_departures_are_settled_in_common_and_bad_ones_hold_up_none_on_sqlite() {
    check(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_departures_are_settled_in_common_and_bad_ones_hold_up_none_on_postgresql() {
    check(Kind::Postgres).await;
}

async fn check(kind: Kind) {
    let town = TestApp::start(kind, BrokerKind::Embedded).await;
    let store = town.app.store.clone();
    let now = town.app.clock.city_now().ms();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let bay = tx.bay_by_code("TS01").await.unwrap().unwrap();
    let terms = tx.terms(bay.bay_id, now).await.unwrap().unwrap();
    let whole = tx.tariff(&terms.tariff_id).await.unwrap().unwrap();
    for n in 0..VISITS {
        // All of one morning; that they lie on one bay concerns nobody here.
        let arrived_at = now - 90 * MINUTE - i64::try_from(n).unwrap();
        let stay = left(bay.bay_id, n, arrived_at);
        tx.write_stays(&[(stay, "new")], now).await.unwrap();
        let place = seed::Town {
            operator_id: terms.operator_id,
            payee_id: terms.payee_id,
            zone_id: Uuid::nil(),
            block_id: Uuid::nil(),
            bays: vec![bay.bay_id],
            devices: Vec::new(),
        };
        let claim = store::ClaimRow {
            bay_id: bay.bay_id,
            state: "bound".into(),
            ..seed::claim(id(20_000 + n), bay.bay_id)
        };
        tx.insert_claim(&claim).await.unwrap();
        let visit = store::VisitRow { plate: PLATE.into(), ..seed::visit(id(30_000 + n), &place) };
        tx.insert_visit(&visit).await.unwrap();
        let link = seed::link(id(10_000 + n), 1, id(20_000 + n), id(30_000 + n));
        assert!(tx.link_stay(&link).await.unwrap());
        let tariff_id = if n == STRAY { "stray".into() } else { terms.tariff_id.clone() };
        let order = OrderRow {
            regime: terms.regime.clone(),
            tariff_id,
            opened_at: arrived_at,
            ..seed::order(id(40_000 + n), &place, id(30_000 + n))
        };
        assert!(tx.insert_order(&order).await.unwrap());
        tx.enqueue("settle_visit", &format!("peak:{n}"), id(30_000 + n), 0).await.unwrap();
    }
    let about = About {
        operator: OperatorId(terms.operator_id),
        payee: PayeeId(terms.payee_id),
        zone: None,
        order: Some(OrderId(id(40_000 + SPOILER))),
        tax: Tax::of(Regime::Vat, Some(900)),
        day: city_day(Timestamp::from_ms(now)),
    };
    let (id_of_order, fee) = (OrderId(id(40_000 + SPOILER)), Fen(9_900));
    let spoiled = ledger::fee_earned(&about, id_of_order, 1, Fen(0), fee).unwrap();
    tx.book(&spoiled, Uuid::now_v7(), now).await.unwrap();
    tx.commit().await.unwrap();
    town.app.job_bell.notify_one();

    wait::until("all but two to be due", PATIENCE, async || {
        let states = states(&town).await;
        let due = states.iter().filter(|(state, total)| state == "due" && *total == 200).count();
        (due == usize::try_from(VISITS).unwrap() - 2).then_some(())
    })
    .await;
    for bad in [STRAY, SPOILER] {
        assert_eq!(states(&town).await[usize::try_from(bad).unwrap()], ("open".to_owned(), 0));
    }
    // All bills of a batch are of one instant; settled one by one there would be one for each visit.
    let mut instants = BTreeSet::new();
    let mut tx = store.read().await.unwrap();
    for n in (0..VISITS).filter(|n| ![STRAY, SPOILER].contains(n)) {
        instants.insert(tx.bill(id(40_000 + n)).await.unwrap().unwrap().made_at);
    }
    drop(tx);
    assert!(instants.len() * 4 < usize::try_from(VISITS).unwrap(), "{} batches", instants.len());

    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.put_tariff("stray", terms.operator_id, &whole.yaml, now).await.unwrap();
    tx.commit().await.unwrap();
    wait::until("the last one to be due", PATIENCE, async || {
        let last = states(&town).await.swap_remove(usize::try_from(STRAY).unwrap());
        (last == ("due".to_owned(), 200)).then_some(())
    })
    .await;
    // Each is booked once.
    let mut tx = store.read().await.unwrap();
    for n in (0..VISITS).filter(|n| *n != SPOILER) {
        let history = tx.order_events(id(40_000 + n)).await.unwrap();
        assert_eq!(history.len(), 1, "{history:?}");
        assert_eq!(history[0].amount_fen, 200);
    }
}

/// State and total of each order.
async fn states(town: &TestApp) -> Vec<(String, i64)> {
    let mut tx = town.app.store.read().await.unwrap();
    let mut states = Vec::new();
    for n in 0..VISITS {
        let order = tx.order(id(40_000 + n)).await.unwrap().unwrap();
        states.push((order.state, order.total_fen));
    }
    states
}

/// A stay of 65 minutes.
fn left(bay_id: Uuid, n: u128, arrived_at: i64) -> StayRow {
    let left_at = arrived_at + 65 * MINUTE;
    let at = |ms: i64| vocabulary::Timestamp::from_ms(ms);
    let id_of = |number: i64| json!({"device": id(1), "epoch": "1", "number": number, "part": 0});
    let span = json!({
        "arrived": {"earliest_at": at(arrived_at), "latest_at": at(arrived_at)},
        "left": {"earliest_at": at(left_at), "latest_at": at(left_at)},
        "doubts": [], "brief": false, "first": id_of(1), "last": id_of(2)
    });
    StayRow {
        state: "left".into(),
        arrived_at,
        left_at: Some(left_at),
        span_json: span.to_string(),
        ..seed::stay(id(10_000 + n), bay_id)
    }
}
