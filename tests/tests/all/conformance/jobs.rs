//! The job queue: each piece of work once, one at a time for a subject, until it is done.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use store::{JobRow, Kinds, Lane, Store};
use uuid::Uuid;

use crate::harness::seed::id;

const NOW: i64 = 1_000_000;
const LEASED: i64 = NOW + 60_000;

async fn the_same_work_is_queued_once(store: Store) {
    queue(&store, &[("settle", "v1", 1, NOW), ("settle", "v1", 1, NOW + 5)]).await;
    queue(&store, &[("settle", "v1", 1, NOW - 5), ("ask", "v1", 2, NOW), ("settle", "v2", 3, NOW)])
        .await;
    assert_eq!(store.read().await.unwrap().count_jobs().await.unwrap(), (3, 0));
    let jobs = claim(&store, NOW, LEASED, 10).await;
    assert_eq!(keys(&jobs), ["ask v1", "settle v1", "settle v2"]);
    assert!(jobs.iter().all(|j| j.attempts == 1), "{jobs:?}");
}

async fn a_job_under_way_is_not_given_to_another(store: Store) {
    queue(&store, &[("settle", "v1", 1, NOW)]).await;
    let job = claim(&store, NOW, LEASED, 10).await.remove(0);
    assert!(claim(&store, NOW, LEASED, 10).await.is_empty());
    assert!(claim(&store, LEASED - 1, LEASED, 10).await.is_empty());
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.finish_job(job.job_seq).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(&store, LEASED, LEASED + 1, 10).await.is_empty());
    assert_eq!(store.read().await.unwrap().count_jobs().await.unwrap(), (0, 0));
}

async fn a_job_whose_worker_died_is_claimed_again(store: Store) {
    queue(&store, &[("settle", "v1", 1, NOW)]).await;
    let first = claim(&store, NOW, LEASED, 10).await.remove(0);
    let second = claim(&store, LEASED, LEASED + 60_000, 10).await.remove(0);
    assert_eq!((second.job_seq, second.attempts), (first.job_seq, 2));
}

async fn a_subject_has_one_job_running(store: Store) {
    queue(&store, &[("prepare", "p1", 1, NOW), ("ask", "p1", 1, NOW), ("ask", "p2", 2, NOW)]).await;
    let first = claim(&store, NOW, LEASED, 10).await;
    assert_eq!(keys(&first), ["ask p2", "prepare p1"]);
    assert!(claim(&store, NOW, LEASED, 10).await.is_empty());
    let prepared = first.iter().find(|j| j.kind == "prepare").unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.subject_has_job(id(1)).await.unwrap());
    tx.finish_job(prepared.job_seq).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(&claim(&store, NOW, LEASED, 10).await), ["ask p1"]);
    assert!(!store.read().await.unwrap().subject_has_job(id(9)).await.unwrap());
}

async fn work_that_is_due_first_goes_first(store: Store) {
    let jobs = [
        ("a", "3", 3, NOW - 10),
        ("a", "1", 1, NOW - 30),
        ("a", "2", 2, NOW - 20),
        ("a", "4", 4, NOW + 1),
    ];
    queue(&store, &jobs).await;
    assert_eq!(store.read().await.unwrap().next_job_at().await.unwrap(), Some(NOW - 30));
    let mut order = Vec::new();
    while let Some(job) = claim(&store, NOW, LEASED, 1).await.pop() {
        order.push(job.job_key);
    }
    assert_eq!(order, ["1", "2", "3"]);
}

async fn a_postponed_job_comes_back_when_it_said(store: Store) {
    queue(&store, &[("ask", "p1", 1, NOW)]).await;
    let job = claim(&store, NOW, LEASED, 1).await.remove(0);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.postpone_job(job.job_seq, NOW + 500, 0, Some("还没好")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(&store, NOW + 499, LEASED, 1).await.is_empty());
    let again = claim(&store, NOW + 500, LEASED, 1).await.remove(0);
    assert_eq!((again.job_seq, again.attempts), (job.job_seq, 1));
}

async fn a_job_given_up_is_counted_and_never_claimed(store: Store) {
    queue(&store, &[("ask", "p1", 1, NOW), ("ask", "p2", 1, NOW)]).await;
    let job = claim(&store, NOW, LEASED, 1).await.remove(0);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.give_up_job(job.job_seq, NOW, "提供方拒绝").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(&claim(&store, i64::MAX - 1, i64::MAX, 10).await), ["ask p2"]);
    assert_eq!(store.read().await.unwrap().count_jobs().await.unwrap(), (1, 1));
}

async fn many_workers_do_every_job_once_and_never_two_of_one_subject(store: Store) {
    let jobs: Vec<(&str, String, u128)> =
        (0..120_u128).map(|n| ("work", n.to_string(), n % 25)).collect();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (kind, key, subject) in &jobs {
        tx.enqueue(kind, key, id(*subject), NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let board = Arc::new(Mutex::new(Board::default()));
    let workers: Vec<_> =
        (0..4).map(|_| tokio::spawn(work_off(store.clone(), Arc::clone(&board)))).collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let board = board.lock().unwrap();
    assert_eq!(board.done.len(), jobs.len());
    assert!(board.done.values().all(|times| *times == 1), "{:?}", board.done);
}

on_both_databases! {
    the_same_work_is_queued_once,
    a_job_under_way_is_not_given_to_another,
    a_job_whose_worker_died_is_claimed_again,
    a_subject_has_one_job_running,
    work_that_is_due_first_goes_first,
    a_postponed_job_comes_back_when_it_said,
    a_job_given_up_is_counted_and_never_claimed,
    jobs_of_one_kind_are_claimed_by_themselves,
    many_workers_do_every_job_once_and_never_two_of_one_subject,
}

async fn jobs_of_one_kind_are_claimed_by_themselves(store: Store) {
    queue(
        &store,
        &[("a", "1", 1, NOW), ("b", "2", 2, NOW), ("a", "3", 3, NOW), ("a", "4", 1, NOW)],
    )
    .await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let jobs = tx.claim_jobs(Kinds::Only("a"), NOW, LEASED, 9).await.unwrap();
    tx.commit().await.unwrap();
    // The second of subject 1 waits for the first.
    assert_eq!(keys(&jobs), ["a 1", "a 3"]);
    assert_eq!(keys(&claim(&store, NOW, LEASED, 9).await), ["b 2"]);
}

/// What the workers of a test have under way and have done.
#[derive(Debug, Default)]
struct Board {
    busy: HashSet<Uuid>,
    done: BTreeMap<String, u32>,
}

async fn work_off(store: Store, board: Arc<Mutex<Board>>) {
    loop {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let jobs = tx.claim_jobs(Kinds::Any, NOW, LEASED, 3).await.unwrap();
        tx.commit().await.unwrap();
        for job in &jobs {
            let fresh = board.lock().unwrap().busy.insert(job.subject_id);
            assert!(fresh, "two jobs of subject {} at once", job.subject_id);
        }
        for job in &jobs {
            tokio::task::yield_now().await;
            {
                let mut board = board.lock().unwrap();
                board.busy.remove(&job.subject_id);
                *board.done.entry(job.job_key.clone()).or_default() += 1;
            }
            let mut tx = store.begin(Lane::Command).await.unwrap();
            tx.finish_job(job.job_seq).await.unwrap();
            tx.commit().await.unwrap();
        }
        if jobs.is_empty() && store.read().await.unwrap().count_jobs().await.unwrap() == (0, 0) {
            return;
        }
    }
}

async fn queue(store: &Store, jobs: &[(&str, &str, u128, i64)]) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (kind, key, subject, run_at) in jobs {
        tx.enqueue(kind, key, id(*subject), *run_at).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn claim(store: &Store, now: i64, leased_until: i64, limit: i64) -> Vec<JobRow> {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let jobs = tx.claim_jobs(Kinds::Any, now, leased_until, limit).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

fn keys(jobs: &[JobRow]) -> Vec<String> {
    let mut keys: Vec<_> = jobs.iter().map(|j| format!("{} {}", j.kind, j.job_key)).collect();
    keys.sort_unstable();
    keys
}
