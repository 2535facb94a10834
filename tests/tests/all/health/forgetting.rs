//! The running service forgets what is old, and nothing that a proof needs.

use std::time::Duration;

use store::{Begun, Lane, RejectedRow};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::{town, wait};

const DAY: i64 = 86_400_000;
const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_messages_of_last_month_and_old_idempotency_keys_are_forgotten() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let change = |config: &mut gateway::config::Config| config.retention.idempotency_days = 2;
        let mut town = TestApp::start_with(kind, BrokerKind::Embedded, change).await;
        let now = town.api.now().await;
        town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
        let (city, machine) = (now.ms(), town.app.clock.machine_now_ms());
        let row = |days: i64| RejectedRow {
            received_at: city - days * DAY,
            topic: format!("{days} days ago"),
            payload: b"{}".to_vec(),
            payload_bytes: 2,
            reason: "bad_frame".into(),
            detail: String::new(),
            network: None,
            device_key: None,
        };
        let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
        // More than one delete takes.
        let old: Vec<RejectedRow> = (0..300).map(|n| row(31 + n)).collect();
        tx.insert_rejected(&old).await.unwrap();
        tx.insert_rejected(&[row(29)]).await.unwrap();
        for days in [1, 3] {
            let key = format!("{days} days ago");
            tx.begin_idempotent("test", &key, &[1], machine - days * DAY).await.unwrap();
        }
        tx.commit().await.unwrap();
        let left = wait::until("the old ones to be forgotten", 4 * WITHIN, async || {
            let left = town.app.store.read().await.unwrap().rejected(1_000).await.unwrap();
            (left.len() <= 1).then_some(left)
        })
        .await;
        assert_eq!(left.iter().map(|r| r.topic.as_str()).collect::<Vec<_>>(), ["29 days ago"]);
        let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
        for (days, kept) in [(1, true), (3, false)] {
            let key = format!("{days} days ago");
            let begun = tx.begin_idempotent("test", &key, &[1], machine).await.unwrap();
            assert_eq!(matches!(begun, Begun::Repeat(_)), kept, "{key}");
        }
        drop(tx);
        assert_eq!(town.readings().await, 8);
        town.finish().await;
    }
}
