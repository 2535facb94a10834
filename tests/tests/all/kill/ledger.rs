//! What must be there after all, and once: stays, readings of native devices, charges.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use store::{BayRow, ObservationRow, OrderRow, PaymentRow, Store, Tx};
use uuid::Uuid;

use crate::harness::sandbox::charges_in;

/// Every bay, in the order of their ids.
pub(super) async fn bays(tx: &mut Tx) -> Vec<BayRow> {
    let (mut bays, mut after) = (Vec::new(), None);
    loop {
        let page = tx.bays_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return bays };
        after = Some(last.bay_id);
        bays.extend(page);
    }
}

pub(super) async fn stay_ids(store: &Store) -> BTreeSet<Uuid> {
    let mut tx = store.read().await.unwrap();
    let mut ids = BTreeSet::new();
    for bay in bays(&mut tx).await {
        let stays = tx.stays_of_bay(bay.bay_id, i64::MIN).await.unwrap();
        ids.extend(stays.iter().map(|s| s.stay_id));
    }
    ids
}

/// The readings of a bay.
pub(super) async fn readings(tx: &mut Tx, bay: &BayRow) -> Vec<ObservationRow> {
    let live = tx.live(bay.bay_no).await.unwrap().expect("every bay has a state");
    tx.chain(live.last_seq, 0, i64::MAX).await.unwrap()
}

/// Everything that a native device said is stored once: each start of a device numbers its readings
/// from 0, so none is missing if they are as many as the highest number says, and the last ones
/// are there if as many are stored as the devices were told.
pub(super) async fn check_readings(store: &Store, sim: &Value) {
    assert_eq!((&sim["unstored"], &sim["dropped"]), (&0.into(), &0.into()), "{sim}");
    let mut tx = store.read().await.unwrap();
    let devices = tx.all_devices().await.unwrap();
    let native: BTreeSet<Uuid> =
        devices.iter().filter(|d| d.network == "native").map(|d| d.device_id).collect();
    let mut numbers: BTreeMap<(Uuid, String), Vec<i64>> = BTreeMap::new();
    let mut chained = 0;
    for bay in bays(&mut tx).await {
        for reading in readings(&mut tx, &bay).await {
            chained += 1;
            if native.contains(&reading.device_id) {
                assert_eq!(reading.part, 0, "{reading:?}");
                let start = (reading.device_id, reading.epoch);
                numbers.entry(start).or_default().push(reading.number);
            }
        }
    }
    assert_eq!(tx.count_readings().await.unwrap(), chained, "a reading belongs to no bay");
    let mut stored = 0;
    for ((device, boot_id), mut numbers) in numbers {
        numbers.sort_unstable();
        stored += numbers.len();
        let expected = 0..i64::try_from(numbers.len()).unwrap();
        assert!(numbers.iter().copied().eq(expected), "{device} {boot_id}: {numbers:?}");
    }
    assert!(stored > 100, "only {stored} readings were there to be lost");
    assert_eq!(sim["stored"], stored, "told to be stored, and stored");
}

/// Each charge pays one payment of one order, and an order holds what its charges brought. More than it
/// costs, for a bill that late readings changed while it was being paid, is refunded.
pub(super) async fn check_charges(sandbox_dir: &Path, store: &Store) {
    let charges = charges_in(sandbox_dir);
    let (orders, payments) = orders_and_payments(store).await;
    let (mut by_trade_no, mut by_order) = (BTreeMap::new(), BTreeMap::new());
    for charge in &charges {
        let trade_no = charge["out_trade_no"].as_str().unwrap();
        *by_trade_no.entry(trade_no).or_insert(0) += 1;
        let payment = payments.get(trade_no).unwrap_or_else(|| panic!("{charge} is in no book"));
        assert_eq!(charge["amount_fen"], payment.amount_fen, "{charge}");
        *by_order.entry(payment.order_id).or_insert(0) += payment.amount_fen;
    }
    assert!(by_trade_no.values().all(|times| *times == 1), "{by_trade_no:?}");
    let mut refunded = 0;
    for order in orders.values() {
        let charged = by_order.get(&order.order_id).copied().unwrap_or(0);
        assert_eq!(order.paid_fen, charged, "{order:?}");
        let gone = order.refunding_fen + order.refunded_fen;
        let kept = order.paid_fen - gone;
        let net = order.total_fen - order.waived_fen - order.written_off_fen;
        match order.state.as_str() {
            "open" => assert_eq!(net, 0, "{order:?}"),
            "due" | "owing" => assert!(net > kept, "{order:?}"),
            _ => assert_eq!(net, kept, "paid once, what it costs: {order:?}"),
        }
        refunded += i64::from(gone > 0);
    }
    let paid = orders.values().filter(|o| o.state == "paid").count();
    println!("{paid} orders paid by {} charges, {refunded} refunded in part", charges.len());
}

async fn orders_and_payments(
    store: &Store,
) -> (BTreeMap<Uuid, OrderRow>, BTreeMap<String, PaymentRow>) {
    let mut tx = store.read().await.unwrap();
    let (mut orders, mut payments, mut after) = (BTreeMap::new(), BTreeMap::new(), None);
    loop {
        let page = tx.orders_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return (orders, payments) };
        after = Some(last.order_id);
        for order in page {
            let of_order = tx.payments_of_order(order.order_id).await.unwrap();
            payments.extend(of_order.into_iter().map(|p| (p.out_trade_no.clone(), p)));
            orders.insert(order.order_id, order);
        }
    }
}
