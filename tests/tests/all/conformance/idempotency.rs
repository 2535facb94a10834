//! Idempotency keys: one request does the work, every other one with its key gets the same answer.

use std::sync::Arc;

use store::{Begun, Lane, Remembered, Store};
use tokio::sync::Barrier;

use crate::harness::seed::MORNING;

const ANSWER: &str = r#"{"claim_id":"一"}"#;

async fn a_repeated_request_gets_the_first_answer(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert_eq!(tx.begin_idempotent("driver-1", "k", b"hash", MORNING).await.unwrap(), Begun::First);
    tx.remember("driver-1", "k", 201, ANSWER).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin(Lane::Command).await.unwrap();
    let again = tx.begin_idempotent("driver-1", "k", b"other", MORNING + 1).await.unwrap();
    assert_eq!(again, Begun::Repeat(remembered()));
}

async fn a_key_belongs_to_its_scope(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (scope, key) in [("driver-1", "k"), ("driver-2", "k"), ("driver-1", "K"), ("driver-1", "")]
    {
        let begun = tx.begin_idempotent(scope, key, b"hash", MORNING).await.unwrap();
        assert_eq!(begun, Begun::First, "{scope} {key}");
    }
}

async fn work_that_was_not_kept_frees_its_key(store: Store) {
    for _attempt in 0..2 {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let begun = tx.begin_idempotent("driver-1", "k", b"hash", MORNING).await.unwrap();
        assert_eq!(begun, Begun::First);
        tx.remember("driver-1", "k", 201, ANSWER).await.unwrap();
        drop(tx);
    }
}

async fn of_two_requests_at_once_one_does_the_work_and_the_other_gets_its_answer(store: Store) {
    for round in 0..20 {
        let key = format!("k{round}");
        let start = Arc::new(Barrier::new(2));
        let (left, right) = tokio::join!(
            tokio::spawn(request(store.clone(), key.clone(), Arc::clone(&start))),
            tokio::spawn(request(store.clone(), key.clone(), start)),
        );
        let begun = [left.unwrap(), right.unwrap()];
        let first = begun.iter().filter(|b| **b == Begun::First).count();
        assert_eq!(first, 1, "{begun:?}");
        assert!(begun.contains(&Begun::Repeat(remembered())), "{begun:?}");
    }
}

on_both_databases! {
    a_repeated_request_gets_the_first_answer,
    a_key_belongs_to_its_scope,
    work_that_was_not_kept_frees_its_key,
    of_two_requests_at_once_one_does_the_work_and_the_other_gets_its_answer,
}

async fn request(store: Store, key: String, start: Arc<Barrier>) -> Begun {
    start.wait().await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let begun = tx.begin_idempotent("driver-1", &key, b"hash", MORNING).await.unwrap();
    if begun == Begun::First {
        tokio::task::yield_now().await;
        tx.remember("driver-1", &key, 201, ANSWER).await.unwrap();
        tx.commit().await.unwrap();
    }
    begun
}

fn remembered() -> Remembered {
    Remembered { request_hash: b"hash".to_vec(), status: 201, answer_json: ANSWER.into() }
}
