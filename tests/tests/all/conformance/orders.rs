//! Orders' history, waivers and credits, captures, and what links stays to visits.

use store::{
    CaptureRow, Lane, LinkRow, OrderEventRow, OrderRow, PlateSeenRow, Store, StoreError, Tx,
    VehicleRow, WaiverRow,
};

use crate::harness::seed::{self, MORNING, Town, id};

async fn an_order_keeps_all_of_its_money(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = with_order(&store, &town).await;
    let mut order = tx.lock_order(id(61)).await.unwrap().unwrap();
    order.state = "owing".into();
    (order.total_fen, order.waived_fen, order.waived_increase_fen) = (900, 200, 100);
    order.paid_fen = 650;
    (order.written_off_fen, order.refunding_fen, order.refunded_fen) = (50, 30, 20);
    (order.bill_revision, order.holding_revision) = (3, 2);
    (order.ended_at, order.final_at, order.owing_at) = (Some(1), Some(2), Some(3));
    tx.update_order(&order).await.unwrap();
    tx.commit().await.unwrap();
    let kept = store.read().await.unwrap().order(id(61)).await.unwrap().unwrap();
    let money = |o: &OrderRow| {
        let given_up = [o.waived_fen, o.waived_increase_fen, o.written_off_fen];
        (o.total_fen, given_up, [o.refunding_fen, o.refunded_fen])
    };
    assert_eq!(money(&kept), (900, [200, 100, 50], [30, 20]));
    assert_eq!((kept.bill_revision, kept.holding_revision), (3, 2));
    assert_eq!((kept.ended_at, kept.final_at, kept.owing_at), (Some(1), Some(2), Some(3)));
}

async fn the_history_of_an_order_is_numbered_without_a_gap_however_many_write(store: Store) {
    let town = seed::town(&store, 1).await;
    with_order(&store, &town).await.commit().await.unwrap();
    let writers = (0..8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin(Lane::Command).await.unwrap();
            tx.lock_order(id(61)).await.unwrap().unwrap();
            tx.append_order_event(&event(n)).await.unwrap();
            tx.commit().await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let history = store.read().await.unwrap().order_events(id(61)).await.unwrap();
    assert_eq!(history.iter().map(|e| e.line).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    let mut amounts: Vec<_> = history.iter().map(|e| e.amount_fen).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, (0..8).collect::<Vec<_>>());
    assert_eq!(history[0].detail_json, r#"{"why":"车辆"}"#);
}

async fn a_decision_gives_something_up_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = with_order(&store, &town).await;
    tx.insert_waiver(&waiver(1, "decision", "a")).await.unwrap();
    tx.insert_waiver(&waiver(2, "write_off", "a")).await.unwrap();
    tx.reverse_waiver(id(901), MORNING + 9).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let twice = tx.insert_waiver(&waiver(3, "decision", "a")).await.unwrap_err();
    assert!(matches!(twice, StoreError::Database(_)), "{twice:?}");
    drop(tx);
    let kept = store.read().await.unwrap().waivers(id(61)).await.unwrap();
    let told: Vec<_> = kept.iter().map(|w| (w.kind.as_str(), w.reversed_at)).collect();
    assert_eq!(told, [("decision", Some(MORNING + 9)), ("write_off", None)]);
    assert_eq!(kept[0], WaiverRow { reversed_at: Some(MORNING + 9), ..waiver(1, "decision", "a") });
}

async fn orders_that_are_due_for_long_are_found_and_no_others(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, state, due_at) in [
        (61, "due", Some(MORNING)),
        (62, "due", Some(MORNING + 10)),
        (63, "owing", Some(MORNING)),
        (64, "paid", Some(MORNING)),
        (65, "open", None),
    ] {
        tx.insert_order(&seed::order(id(number), &town, id(number))).await.unwrap();
        let mut order = tx.lock_order(id(number)).await.unwrap().unwrap();
        (order.state, order.due_at) = (state.into(), due_at);
        tx.update_order(&order).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let mut found = async |before| {
        let orders = tx.orders_due_since(before, 10).await.unwrap();
        orders.iter().map(|o| o.order_id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(found(MORNING + 11).await, [61, 62]);
    assert_eq!(found(MORNING + 10).await, [61]);
    assert_eq!(found(MORNING).await, Vec::<u128>::new());
}

async fn a_straddled_stay_is_linked_and_is_none_of_the_visit(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let stays = [(id(31), town.bays[0]), (id(32), town.bays[1])]
        .map(|(stay_id, bay_id)| (store::StayRow { bay_id, ..seed::stay(stay_id, bay_id) }, "new"));
    tx.write_stays(&stays, MORNING).await.unwrap();
    tx.insert_claim(&seed::claim(id(35), town.bays[0])).await.unwrap();
    tx.insert_visit(&seed::visit(id(41), &town)).await.unwrap();
    let link = |stay, role: &str| LinkRow {
        role: role.into(),
        confidence_pct: Some(97),
        ..seed::link(id(stay), 1, id(35), id(41))
    };
    assert!(tx.link_stay(&link(31, "occupies")).await.unwrap());
    assert!(tx.link_stay(&link(32, "straddles")).await.unwrap());
    let own = tx.stays_of_visit(id(41)).await.unwrap();
    assert_eq!(own.iter().map(|s| s.stay_id).collect::<Vec<_>>(), [id(31)]);
    let links = tx.links_of_visit(id(41)).await.unwrap();
    assert_eq!(links.len(), 2);
    assert_eq!(tx.current_link(id(32)).await.unwrap().unwrap().confidence_pct, Some(97));
    assert_eq!(tx.links_of_claim(id(35)).await.unwrap().len(), 2);
    // Ended, it is nobody's; its history stays.
    tx.end_link(id(32), MORNING + 1).await.unwrap();
    assert!(tx.current_link(id(32)).await.unwrap().is_none());
    assert_eq!(tx.links(id(32)).await.unwrap().len(), 1);
}

async fn a_visit_gets_another_vehicle_and_remembers(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_visit(&seed::visit(id(41), &town)).await.unwrap();
    let vehicle = |version, plate: &str| VehicleRow {
        visit_id: id(41),
        version,
        plate: plate.into(),
        plate_colour: Some("yellow".into()),
        vehicle_class: "large".into(),
        method: "correction".into(),
        actor: "staff".into(),
        reason: "misread".into(),
        made_at: MORNING,
    };
    tx.set_vehicle(&vehicle(1, "甘D54321")).await.unwrap();
    tx.set_vehicle(&vehicle(2, "甘D54322")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.set_vehicle(&vehicle(2, "甘D99999")).await.unwrap_err();
    drop(tx);
    let mut tx = store.read().await.unwrap();
    let visit = tx.visit(id(41)).await.unwrap().unwrap();
    assert_eq!((visit.plate.as_str(), visit.vehicle_class.as_str()), ("甘D54322", "large"));
    let kept = tx.vehicles(id(41)).await.unwrap();
    assert_eq!(kept.iter().map(|v| v.plate.as_str()).collect::<Vec<_>>(), ["甘D54321", "甘D54322"]);
}

async fn a_capture_is_taken_once_by_its_id_and_by_its_number_on_the_device(store: Store) {
    let capture = |number: u128, device: &str, device_seq: i64| CaptureRow {
        capture_id: id(number),
        staff_id: id(7),
        device_uuid: device.into(),
        device_seq,
        content_hash: vec![1; 32],
        wall_at: MORNING,
        monotonic_ms: 5,
        boot_id: "run".into(),
        offset_ms: None,
        made_at: MORNING,
        time_source: "wall".into(),
        bay_id: None,
        claim_id: None,
        order_id: None,
        outcome: "waiting".into(),
        answer_json: "{}".into(),
        uploaded_at: MORNING,
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let first = capture(1, "handheld-7", 1);
    tx.insert_capture(&first).await.unwrap();
    for other in [capture(1, "handheld-8", 9), capture(2, "handheld-7", 1)] {
        let refused = tx.insert_capture(&other).await.unwrap_err();
        assert!(matches!(refused, StoreError::Again(_)), "{refused:?}");
    }
    tx.insert_capture(&capture(2, "handheld-7", 2)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let found = tx.captures_like(id(1), "handheld-7", 1).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&first));
    assert_eq!(tx.captures_like(id(1), "handheld-7", 2).await.unwrap().len(), 2);
    assert!(tx.captures_like(id(3), "handheld-9", 1).await.unwrap().is_empty());
    assert_eq!(tx.capture(id(1)).await.unwrap(), Some(first));
}

async fn a_plate_was_seen_only_at_stays_that_are_still_the_visits(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_visit(&seed::visit(id(41), &town)).await.unwrap();
    tx.insert_claim(&seed::claim(id(31), town.bays[0])).await.unwrap();
    let stay = (seed::stay(id(21), town.bays[0]), "arrived");
    tx.write_stays(&[stay], MORNING).await.unwrap();
    assert!(tx.link_stay(&seed::link(id(21), 1, id(31), id(41))).await.unwrap());
    let seen = |number: u128, stay: Option<u128>, plate: &str| PlateSeenRow {
        seen_id: id(number),
        visit_id: id(41),
        stay_id: stay.map(id),
        plate: plate.into(),
        plate_colour: None,
        method: "inspector".into(),
        seen_at: MORNING,
    };
    tx.see_plate(&seen(1, Some(21), "甘D12345")).await.unwrap();
    tx.see_plate(&seen(2, Some(22), "甘D12345")).await.unwrap();
    tx.see_plate(&seen(3, None, "甘D54321")).await.unwrap();
    let words = tx.plates_seen(&[(id(41), "甘D12345")]).await.unwrap();
    assert_eq!(words.iter().map(|w| w.seen_id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(tx.plates_seen(&[(id(41), "甘D54321")]).await.unwrap().len(), 1);
    tx.end_link(id(21), MORNING + 1).await.unwrap();
    assert!(tx.plates_seen(&[(id(41), "甘D12345")]).await.unwrap().is_empty());
    tx.hide_plate(id(41), "DELETED1").await.unwrap();
    assert!(tx.plates_seen(&[(id(41), "甘D54321")]).await.unwrap().is_empty());
}

on_both_databases! {
    an_order_keeps_all_of_its_money,
    the_history_of_an_order_is_numbered_without_a_gap_however_many_write,
    a_decision_gives_something_up_once,
    orders_that_are_due_for_long_are_found_and_no_others,
    a_straddled_stay_is_linked_and_is_none_of_the_visit,
    a_visit_gets_another_vehicle_and_remembers,
    a_plate_was_seen_only_at_stays_that_are_still_the_visits,
    a_capture_is_taken_once_by_its_id_and_by_its_number_on_the_device,
}

async fn with_order(store: &Store, town: &Town) -> Tx {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_order(&seed::order(id(61), town, id(41))).await.unwrap());
    tx
}

fn event(amount_fen: i64) -> OrderEventRow {
    OrderEventRow {
        order_id: id(61),
        line: 0,
        made_at: MORNING,
        kind: "payment".into(),
        actor: "system".into(),
        reason: "a test".into(),
        state: "open".into(),
        amount_fen,
        total_fen: 0,
        waived_fen: 0,
        written_off_fen: 0,
        paid_fen: amount_fen,
        refunding_fen: 0,
        refunded_fen: 0,
        bill_revision: 0,
        detail_json: r#"{"why":"车辆"}"#.into(),
    }
}

fn waiver(number: u128, kind: &str, decision: &str) -> WaiverRow {
    WaiverRow {
        waiver_id: id(900 + number),
        order_id: id(61),
        kind: kind.into(),
        decision: decision.into(),
        bill_revision: 1,
        gross_fen: 500,
        reduction_fen: 200,
        reason: "told that it was final".into(),
        authority: "市发改委".into(),
        document_number: "12号".into(),
        actor: "system".into(),
        approved_by: None,
        made_at: MORNING + i64::try_from(number).unwrap(),
        reversed_at: None,
    }
}
