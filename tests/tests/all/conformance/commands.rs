//! Commands to devices, and the ways to them.

use store::{CommandRow, Forgettable, Lane, RouteRow, Store};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, id};

fn command(number: u128, device_id: Uuid) -> CommandRow {
    CommandRow {
        command_id: id(number),
        device_id,
        command_json: r#"{"native":{"restart":{}}}"#.into(),
        proof: "start".into(),
        state: "waiting".into(),
        network_id: None,
        created_at: MORNING,
        created_by: "command line".into(),
        expires_at: MORNING + 1_000,
        tried_at: None,
        boot_before: None,
        sent_at: None,
        changed_at: MORNING,
        settled_at: None,
        last_error: None,
    }
}

async fn a_command_moves_on_only_from_the_state_that_it_was_seen_in(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let first = command(51, town.devices[0]);
    tx.insert_command(&first).await.unwrap();
    assert_eq!(tx.command(id(51)).await.unwrap().as_ref(), Some(&first), "nothing made up");
    assert_eq!(tx.command(id(52)).await.unwrap(), None);
    let sent = CommandRow {
        state: "sent".into(),
        tried_at: Some(MORNING + 1),
        boot_before: Some("a".into()),
        sent_at: Some(MORNING + 2),
        changed_at: MORNING + 2,
        last_error: Some("nobody listened at first".into()),
        ..first
    };
    assert!(tx.advance_command(&sent, "waiting").await.unwrap());
    assert!(!tx.advance_command(&sent, "waiting").await.unwrap(), "somebody else was faster");
    assert_eq!(tx.command(id(51)).await.unwrap(), Some(sent));
}

async fn commands_of_a_device_are_listed_newest_first_page_by_page(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for number in [51, 52, 53] {
        tx.insert_command(&command(number, town.devices[0])).await.unwrap();
    }
    tx.insert_command(&command(54, town.devices[1])).await.unwrap();
    for (before, limit, expected) in [
        (None, 10, &[53, 52, 51][..]),
        (None, 2, &[53, 52]),
        (Some(id(52)), 2, &[51]),
        (Some(id(51)), 2, &[]),
    ] {
        let listed = tx.commands_of_device(town.devices[0], before, limit).await.unwrap();
        let listed: Vec<u128> = listed.iter().map(|c| c.command_id.as_u128()).collect();
        assert_eq!(listed, expected, "{before:?}");
    }
}

async fn only_what_is_still_waited_for_is_overdue_or_awaits_a_start(store: Store) {
    let town = seed::town(&store, 1).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let tried = CommandRow { tried_at: Some(MORNING), ..command(52, device) };
    let settled = CommandRow { command_id: id(53), settled_at: Some(MORNING), ..tried.clone() };
    let later =
        CommandRow { proof: "nothing".into(), expires_at: MORNING + 1_001, ..command(54, device) };
    for row in [&command(51, device), &tried, &settled, &later] {
        tx.insert_command(row).await.unwrap();
    }
    let awaiting = tx.commands_awaiting_start().await.unwrap();
    assert_eq!(awaiting, [tried]);
    for (now, expected) in [(MORNING + 999, 0), (MORNING + 1_000, 2), (MORNING + 1_001, 3)] {
        assert_eq!(tx.overdue_commands(now, 10).await.unwrap().len(), expected, "{now}");
    }
    assert_eq!(tx.overdue_commands(i64::MAX, 1).await.unwrap().len(), 1);
}

async fn the_way_to_a_device_is_written_when_it_changes(store: Store) {
    let town = seed::town(&store, 2).await;
    let (one, other) = (town.devices[0], town.devices[1]);
    let row = |device_id, route: &str, learned_at| RouteRow {
        device_id,
        route: route.to_owned(),
        learned_at,
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert_eq!(tx.route(one).await.unwrap(), None);
    tx.put_routes(&[]).await.unwrap();
    tx.put_routes(&[row(one, "application/1", 1), row(other, "application/1", 1)]).await.unwrap();
    tx.put_routes(&[row(one, "application/1", 2), row(other, "application/2", 2)]).await.unwrap();
    let mut routes = tx.routes().await.unwrap();
    routes.sort_by_key(|route| route.device_id);
    assert_eq!(routes, [row(one, "application/1", 1), row(other, "application/2", 2)]);
    assert_eq!(tx.route(other).await.unwrap().as_deref(), Some("application/2"));
}

async fn commands_are_counted_by_state_and_those_that_ended_long_ago_are_forgotten(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, state, settled_at) in [
        (51, "waiting", None),
        (52, "queued", None),
        (53, "waiting", None),
        (54, "expired", Some(MORNING)),
        (55, "expired", Some(MORNING + 5)),
        (56, "withdrawn", Some(MORNING + 6)),
    ] {
        let row = command(number, town.devices[0]);
        tx.insert_command(&CommandRow { state: state.into(), settled_at, ..row }).await.unwrap();
    }
    let (mut open, mut ended) = tx.count_commands(MORNING + 1).await.unwrap();
    open.sort_unstable();
    ended.sort_unstable();
    assert_eq!(open, [("queued".into(), 1), ("waiting".into(), 2)]);
    assert_eq!(ended, [("expired".into(), 1), ("withdrawn".into(), 1)]);
    assert_eq!(tx.forget(Forgettable::Commands, MORNING + 6, 1).await.unwrap(), 1);
    assert_eq!(tx.forget(Forgettable::Commands, MORNING + 6, 9).await.unwrap(), 1);
    let left = tx.commands_of_device(town.devices[0], None, 10).await.unwrap();
    let left: Vec<u128> = left.iter().map(|row| row.command_id.as_u128()).collect();
    assert_eq!(left, [56, 53, 52, 51], "what is still waited for is never forgotten");
}

on_both_databases! {
    commands_are_counted_by_state_and_those_that_ended_long_ago_are_forgotten,
    a_command_moves_on_only_from_the_state_that_it_was_seen_in,
    commands_of_a_device_are_listed_newest_first_page_by_page,
    only_what_is_still_waited_for_is_overdue_or_awaits_a_start,
    the_way_to_a_device_is_written_when_it_changes,
}
