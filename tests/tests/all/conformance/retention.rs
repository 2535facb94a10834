//! What is old is forgotten, the oldest first, no more than asked for; and nothing else.

use store::{Begun, Forgettable, Lane, NoticeRow, RejectedRow, Store};

use crate::harness::seed::{self, MORNING};

/// Five of each kind, a second apart: 0 to 4 s after the morning.
async fn fill(store: &Store) {
    let town = seed::town(store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    for second in [3_u8, 0, 4, 1, 2] {
        let at = MORNING + i64::from(second) * 1_000;
        tx.insert_rejected(&[RejectedRow {
            received_at: at,
            topic: format!("t/{second}"),
            payload: vec![second],
            payload_bytes: 1,
            reason: "bad_frame".into(),
            detail: String::new(),
            network: None,
            device_key: None,
        }])
        .await
        .unwrap();
        let key = format!("k{second}");
        assert_eq!(tx.begin_idempotent("s", &key, &[second], at).await.unwrap(), Begun::First);
        tx.remember("s", &key, 201, "{}").await.unwrap();
        tx.insert_notices(&[NoticeRow {
            device_id: town.devices[0],
            noticed_at: at,
            kind: "joined".into(),
            notice_json: format!("{second}"),
            notice_hash: vec![second],
        }])
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn what_is_old_is_forgotten_a_little_at_a_time(store: Store) {
    fill(&store).await;
    let forget = async |what, before: i64, limit| {
        let mut tx = store.begin(Lane::Ingest).await.unwrap();
        let gone = tx.forget(what, MORNING + before, limit).await.unwrap();
        tx.commit().await.unwrap();
        gone
    };
    for what in [Forgettable::Rejected, Forgettable::IdempotencyKeys, Forgettable::Notices] {
        assert_eq!(forget(what, 0, 10).await, 0, "{what:?}: nothing is older than the oldest");
        assert_eq!(forget(what, 4_000, 3).await, 3, "{what:?}: no more than asked for");
        assert_eq!(forget(what, 4_000, 3).await, 1, "{what:?}: the one of that instant stays");
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let rejected = tx.rejected(10).await.unwrap();
    assert_eq!(rejected.iter().map(|r| r.topic.as_str()).collect::<Vec<_>>(), ["t/4"]);
    let device = tx.devices().await.unwrap()[0].device_id;
    let notices = tx.notices(device, 10).await.unwrap();
    assert_eq!(notices.iter().map(|n| n.notice_json.as_str()).collect::<Vec<_>>(), ["4"]);
    // A key that is forgotten is as good as new; the one that is kept has its answer.
    assert_eq!(tx.begin_idempotent("s", "k3", &[9], MORNING).await.unwrap(), Begun::First);
    let kept = tx.begin_idempotent("s", "k4", &[4], MORNING).await.unwrap();
    assert!(matches!(kept, Begun::Repeat(answer) if answer.status == 201));
}

on_both_databases! {
    what_is_old_is_forgotten_a_little_at_a_time,
}
