//! Stays with their revisions, and the one visit that each belongs to.

use std::time::Duration;

use store::{Lane, StayRow, Store, UsageRow};

use crate::harness::seed::{self, MORNING, Town, id};
use crate::harness::wait;

const WITHIN: Duration = Duration::from_secs(30);

async fn a_stay_shows_its_newest_revision_and_keeps_all(store: Store) {
    let town = seed::town(&store, 1).await;
    let opened = seed::stay(id(11), town.bays[0]);
    let left = StayRow {
        state: "left".into(),
        revision: 2,
        arrived_at: MORNING + 5,
        left_at: Some(MORNING + 60_000),
        span_json: r#"{"说":"离开"}"#.into(),
        policy_version: 3,
        ..opened.clone()
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.write_stays(&[(opened.clone(), "opened")], MORNING).await.unwrap();
    tx.write_stays(&[(left.clone(), "left")], MORNING + 1).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    let newest = tx.stay(id(11)).await.unwrap().unwrap();
    assert_eq!((newest.revision, newest.state.as_str()), (2, "left"));
    assert_eq!((newest.arrived_at, newest.left_at), (left.arrived_at, left.left_at));
    assert_eq!((newest.span_json, newest.policy_version), (left.span_json, 3));
    let changes: Vec<_> = tx.revisions(id(11)).await.unwrap();
    let changes: Vec<_> = changes.iter().map(|r| (r.revision, r.change.as_str())).collect();
    assert_eq!(changes, [(1, "opened"), (2, "left")]);
    assert_eq!(tx.count_stays().await.unwrap(), 1);
}

async fn a_revision_of_a_stay_is_written_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let stay = seed::stay(id(11), town.bays[0]);
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.write_stays(&[(stay.clone(), "opened")], MORNING).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.write_stays(&[(stay.clone(), "opened")], MORNING).await.unwrap_err();
    drop(tx);
    assert_eq!(store.read().await.unwrap().revisions(id(11)).await.unwrap().len(), 1);
}

async fn an_arrival_that_moved_is_found_where_it_is_now(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let (stay, other) = (seed::stay(id(11), town.bays[0]), seed::stay(id(12), town.bays[0]));
    let at = stay.arrived_at;
    tx.write_stays(&[(stay.clone(), "opened"), (other.clone(), "opened")], MORNING).await.unwrap();
    for (revision, arrived_at, found) in
        [(2, at + 50, vec![11, 12]), (3, at - 50, vec![12]), (4, at, vec![11, 12])]
    {
        let moved = StayRow { revision, arrived_at, ..stay.clone() };
        let same = StayRow { revision, ..other.clone() };
        tx.write_stays(&[(moved, "shifted"), (same, "doubted")], MORNING).await.unwrap();
        let mut since: Vec<u128> = tx
            .stays_arrived(&[(town.bays[0], at)])
            .await
            .unwrap()
            .iter()
            .map(|row| row.stay_id.as_u128())
            .collect();
        since.sort_unstable();
        assert_eq!(since, found, "revision {revision}");
        let stored = tx.stay(id(11)).await.unwrap().unwrap();
        assert_eq!((stored.arrived_at, stored.revision), (arrived_at, revision));
    }
    assert_eq!(tx.loose_revisions().await.unwrap(), 0);
}

async fn a_bay_shows_the_stays_that_had_not_ended_by_an_instant(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    for (number, arrived_at, left_at) in [
        (21, MORNING, Some(MORNING + 10)),
        (22, MORNING + 20, Some(MORNING + 30)),
        (23, MORNING + 40, None),
    ] {
        let stay = StayRow { arrived_at, left_at, ..seed::stay(id(number), town.bays[0]) };
        tx.write_stays(&[(stay.clone(), "opened")], MORNING).await.unwrap();
    }
    tx.write_stays(&[(seed::stay(id(24), town.bays[1]), "opened")], MORNING).await.unwrap();
    for (after, expected) in
        [(0, vec![21, 22, 23]), (MORNING + 30, vec![22, 23]), (MORNING + 31, vec![23])]
    {
        let stays = tx.stays_of_bay(town.bays[0], after).await.unwrap();
        let ids: Vec<u128> = stays.iter().map(|s| s.stay_id.as_u128()).collect();
        assert_eq!(ids, expected, "after {}", after - MORNING);
    }
}

async fn a_stay_belongs_to_one_visit_at_a_time(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_claims(&store, &town).await;
    assert!(tx.link_stay(&seed::link(id(11), 1, id(31), id(41))).await.unwrap());
    assert!(!tx.link_stay(&seed::link(id(11), 2, id(32), id(42))).await.unwrap());
    assert!(!tx.link_stay(&seed::link(id(11), 1, id(32), id(42))).await.unwrap());
    let current = tx.current_link(id(11)).await.unwrap().unwrap();
    assert_eq!((current.version, current.visit_id), (1, id(41)));
    tx.commit().await.unwrap();
}

async fn the_visit_of_a_merged_stay_goes_on_in_the_stay_that_took_its_place(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_claims(&store, &town).await;
    let heir = StayRow { arrived_at: MORNING - 1, ..seed::stay(id(12), town.bays[0]) };
    tx.write_stays(&[(heir.clone(), "opened")], MORNING).await.unwrap();
    let link = seed::link(id(11), 1, id(31), id(41));
    assert!(tx.link_stay(&link).await.unwrap());
    tx.move_link(&link, id(12), 1, MORNING + 5).await.unwrap();
    assert!(tx.current_link(id(11)).await.unwrap().is_none());
    let current = tx.current_link(id(12)).await.unwrap().unwrap();
    assert_eq!((current.visit_id, current.claim_id), (id(41), id(31)));
    assert_eq!((current.version, current.bound_at), (1, MORNING + 5));
    assert_eq!(tx.links(id(11)).await.unwrap().len(), 1);
    let stays = tx.stays_of_visit(id(41)).await.unwrap();
    assert_eq!(stays.iter().map(|s| s.stay_id).collect::<Vec<_>>(), [id(12)]);
    // The stay left behind may be linked again.
    assert!(tx.link_stay(&seed::link(id(11), 2, id(32), id(42))).await.unwrap());
    tx.commit().await.unwrap();
}

async fn a_driver_sees_the_stays_that_have_not_ended(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_claims(&store, &town).await;
    tx.put_account(id(51), "openid-1", MORNING).await.unwrap();
    tx.link_stay(&seed::link(id(11), 1, id(31), id(41))).await.unwrap();
    assert!(tx.current_stays(id(51)).await.unwrap().is_empty());

    tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap();
    tx.adopt_visit(id(41), id(51)).await.unwrap();
    let current = tx.current_stays(id(51)).await.unwrap();
    assert_eq!((current.len(), current[0].0, current[0].1.stay_id), (1, id(41), id(11)));
    assert_eq!(tx.order(id(61)).await.unwrap().unwrap().account_id, Some(id(51)));
    // Whose it is already is not for the next to take.
    tx.adopt_visit(id(41), id(52)).await.unwrap();
    assert_eq!(tx.visit(id(41)).await.unwrap().unwrap().account_id, Some(id(51)));
}

async fn claims_wait_until_bound_and_are_found_when_overdue(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, made_at) in [(31, MORNING), (32, MORNING + 10), (33, MORNING + 20)] {
        let claim = store::ClaimRow { made_at, ..seed::claim(id(number), town.bays[0]) };
        tx.insert_claim(&claim).await.unwrap();
    }
    tx.set_claim_state(id(32), "bound").await.unwrap();
    assert_eq!(tx.bays_with_waiting_claims().await.unwrap(), [town.bays[0]]);
    let waiting = tx.waiting_claims(town.bays[0], MORNING).await.unwrap();
    assert_eq!(waiting.iter().map(|c| c.claim_id).collect::<Vec<_>>(), [id(31), id(33)]);
    let overdue = tx.overdue_claims(MORNING + 20, 10).await.unwrap();
    assert_eq!(overdue.iter().map(|c| c.claim_id).collect::<Vec<_>>(), [id(31)]);
    let first = tx.overdue_claims(i64::MAX, 1).await.unwrap();
    assert_eq!(first.iter().map(|c| c.claim_id).collect::<Vec<_>>(), [id(31)]);
}

async fn what_was_appended_to_the_use_of_blocks_is_added_up_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let hour = UsageRow {
        block_id: town.block_id,
        hour_at: MORNING,
        arrivals: 1,
        departures: 0,
        occupied_ms: 60_000,
        doubtful_ms: 5,
    };
    let correction = UsageRow { arrivals: -1, departures: 2, occupied_ms: 1, ..hour };
    let later = UsageRow { hour_at: MORNING + 3_600_000, ..hour };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.append_usage(&[hour, later]).await.unwrap();
    tx.append_usage(&[correction]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().count_usage_due().await.unwrap(), 3);

    // What is rolled back is added up by the next.
    let mut dropped = store.begin(Lane::Command).await.unwrap();
    assert_eq!(dropped.add_up_usage(10).await.unwrap(), 2);
    drop(dropped);
    let add_up = async || {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let hours = tx.add_up_usage(2).await.unwrap();
        tx.commit().await.unwrap();
        hours
    };
    // PostgreSQL lets go of the rows a moment later; until then they are another one's.
    let first = wait::until("what was rolled back to be free again", WITHIN, async || {
        Some(add_up().await).filter(|hours| *hours > 0)
    })
    .await;
    assert_eq!(first, 2, "two rows of two hours");
    assert_eq!((add_up().await, add_up().await), (1, 0), "one row of one hour, none");
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.usage_appended().await.unwrap(), []);
    let sum = UsageRow { arrivals: 0, departures: 2, occupied_ms: 60_001, doubtful_ms: 10, ..hour };
    assert_eq!(tx.usage().await.unwrap(), [sum, later]);
}

async fn each_revision_is_followed_by_the_hourly_figures_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let opened = seed::stay(id(11), town.bays[0]);
    let left = StayRow { state: "left".into(), revision: 2, ..opened.clone() };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.write_stays(&[(opened, "opened")], MORNING).await.unwrap();
    tx.write_stays(&[(left, "left")], MORNING + 1).await.unwrap();
    tx.note_usage_due(&[(id(11), 1), (id(11), 2)]).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin(Lane::Command).await.unwrap();
    let due = tx.usage_due(10).await.unwrap();
    let seen = |d: &store::DueRow| (d.revision, d.state_before.clone(), d.state.clone());
    let mut seen: Vec<_> = due.iter().map(seen).collect();
    seen.sort();
    let present = || "present".to_owned();
    assert_eq!(seen, [(1, None, present()), (2, Some(present()), "left".into())]);
    let hour = UsageRow {
        block_id: town.block_id,
        hour_at: MORNING,
        arrivals: 1,
        departures: 0,
        occupied_ms: 60_000,
        doubtful_ms: 5,
    };
    let correction = UsageRow { arrivals: -1, departures: 2, occupied_ms: 1, ..hour };
    tx.add_usage(&[hour, UsageRow { hour_at: MORNING + 3_600_000, ..hour }]).await.unwrap();
    tx.add_usage(&[correction]).await.unwrap();
    tx.usage_done(&due).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.count_usage_due().await.unwrap(), 0);
    let sum = UsageRow { arrivals: 0, departures: 2, occupied_ms: 60_001, doubtful_ms: 10, ..hour };
    assert_eq!(tx.usage().await.unwrap()[0], sum);
    let blocks = tx.blocks_of(&town.bays).await.unwrap();
    assert_eq!(blocks, [(town.bays[0], MORNING - 86_400_000, town.block_id)]);
}

on_both_databases! {
    an_arrival_that_moved_is_found_where_it_is_now,
    what_was_appended_to_the_use_of_blocks_is_added_up_once,
    each_revision_is_followed_by_the_hourly_figures_once,
    a_stay_shows_its_newest_revision_and_keeps_all,
    a_revision_of_a_stay_is_written_once,
    a_bay_shows_the_stays_that_had_not_ended_by_an_instant,
    a_stay_belongs_to_one_visit_at_a_time,
    the_visit_of_a_merged_stay_goes_on_in_the_stay_that_took_its_place,
    a_driver_sees_the_stays_that_have_not_ended,
    claims_wait_until_bound_and_are_found_when_overdue,
}

/// Stay 11 in the first bay, claims 31 and 32 on it, visits 41 and 42 for them.
async fn two_claims(store: &Store, town: &Town) -> store::Tx {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    for number in [1, 2] {
        tx.insert_claim(&seed::claim(id(30 + number), town.bays[0])).await.unwrap();
        tx.insert_visit(&seed::visit(id(40 + number), town)).await.unwrap();
    }
    tx
}
