//! Collects messages into batches and stores each in one transaction; a failed one is tried again
//! until it is stored, since nothing may be acknowledged before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::{BATCH, BATCH_KIB, BATCH_READINGS, Done, LINGER, Offered, Tag};
use crate::app::App;
use crate::flow::follow_commands::follow_batch;
use crate::flow::store_readings::{
    Ahead, Batch, Incoming, Receipt, Stored, read_messages, reject_unstorable, store_batch_ahead,
    work_ahead,
};

/// Wait before a batch that the database refused is offered again; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A short reading in a list, in bytes.
const READING_BYTES: usize = 128;
/// Failures for what it says, after which a batch is taken apart.
const TRIES: u32 = 6;

/// Runs until the listener has gone and everything it handed over is stored. A batch is read while
/// the one before it is stored; on a database that takes several writers, two are stored at once.
/// They are told of in the order in which they came.
pub(super) async fn run(app: Arc<App>, offered: mpsc::Receiver<Offered>, done: mpsc::Sender<Done>) {
    let (hand_on, mut read) = mpsc::channel(1);
    let reader = tokio::spawn(read_on(Arc::clone(&app), offered, hand_on));
    let lanes = if app.store.has_one_writer() { 1 } else { 2 };
    let mut under_way = VecDeque::with_capacity(lanes);
    let mut open = true;
    while open || !under_way.is_empty() {
        tokio::select! {
            stored = oldest(&mut under_way), if !under_way.is_empty() => {
                // The listener may be gone already: then the broker delivers again, and repeats are known.
                let _gone = done.send(stored).await;
            }
            next = read.recv(), if open && under_way.len() < lanes => match next {
                Some(read) => under_way.push_back(UnderWay::begin(&app, read).await),
                None => open = false,
            },
        }
    }
    if let Err(error) = reader.await
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// A batch that is being stored; it is given up when this is dropped.
struct UnderWay(JoinHandle<Done>);

impl UnderWay {
    /// Begins, and waits until it has locked its bays: the next batch must not overtake it at one of
    /// them, since what is older would be late then.
    async fn begin(app: &Arc<App>, read: Read) -> UnderWay {
        let (locks, locked) = oneshot::channel();
        let under_way = UnderWay(tokio::spawn(store(Arc::clone(app), read, locks)));
        // Dropped without a word if it locked nothing.
        let _locked = locked.await;
        under_way
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for the batch that began first. Safe to abandon.
async fn oldest(under_way: &mut VecDeque<UnderWay>) -> Done {
    let Some(first) = under_way.front_mut() else { return std::future::pending().await };
    let ended = (&mut first.0).await;
    under_way.pop_front();
    match ended {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Only dropping it ends it early.
        Err(_) => std::future::pending().await,
    }
}

/// What is for the first try only: after it, other batches go on.
#[derive(Default)]
struct First {
    ahead: Ahead,
    locks: Option<oneshot::Sender<()>>,
}

async fn store(app: Arc<App>, read: Read, locks: oneshot::Sender<()>) -> Done {
    let Read { batch, said, ahead } = read;
    let first = First { ahead, locks: Some(locks) };
    let receipts = store_until_done(&app, &batch.messages, &said, first).await;
    follow_until_done(&app, &said).await;
    Done { tags: batch.tags, receipts }
}

/// Messages to store together. Their part of the budget is given back when the batch is dropped.
struct Collected {
    messages: Vec<Incoming>,
    tags: Vec<Tag>,
    budget: OwnedSemaphorePermit,
}

/// A batch, what it says, and what of that was worked out already.
struct Read {
    batch: Collected,
    said: Batch,
    ahead: Ahead,
}

async fn read_on(app: Arc<App>, mut offered: mpsc::Receiver<Offered>, hand_on: mpsc::Sender<Read>) {
    while let Some(first) = offered.recv().await {
        let batch = collect(first, &mut offered).await;
        let register = app.devices.current();
        // Thousands of messages are worth a thread of their own.
        let app = Arc::clone(&app);
        let reading = tokio::task::spawn_blocking(move || {
            let said = read_messages(&register, &batch.messages);
            let ahead = work_ahead(&app, &said);
            Read { batch, said, ahead }
        });
        match reading.await {
            Ok(read) => {
                if hand_on.send(read).await.is_err() {
                    return;
                }
            }
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return,
        }
    }
}

async fn collect(first: Offered, offered: &mut mpsc::Receiver<Offered>) -> Collected {
    let until = Instant::now() + LINGER;
    let mut batch =
        Collected { messages: vec![first.message], tags: vec![first.tag], budget: first.budget };
    let mut readings = readings_about(&batch.messages[0].payload);
    while batch.messages.len() < BATCH
        && readings < BATCH_READINGS
        && batch.budget.num_permits() < BATCH_KIB
    {
        match timeout_at(until, offered.recv()).await {
            Ok(Some(next)) => {
                readings += readings_about(&next.message.payload);
                batch.messages.push(next.message);
                batch.tags.push(next.tag);
                batch.budget.merge(next.budget);
            }
            Ok(None) | Err(_) => break,
        }
    }
    batch
}

/// How many readings a message may hold: that of a list grows with its length.
fn readings_about(payload: &[u8]) -> usize {
    match payload.first() {
        Some(b'[' | 0x80..=0x9f) => payload.len() / READING_BYTES + 1,
        _ => 1,
    }
}

/// Stores a batch whatever it takes. A batch that keeps failing for what it says holds a message
/// that cannot be stored: then each goes alone, and the one that fails alone is rejected.
async fn store_until_done(
    app: &App,
    messages: &[Incoming],
    said: &Batch,
    first: First,
) -> Vec<Receipt> {
    let timer = app.metrics.start_batch(messages.len());
    let mut receipts = Vec::new();
    match stored_within(app, said, TRIES, first).await {
        Some(stored) => receipts = stored.receipts,
        None => {
            for message in messages {
                receipts.extend(store_alone(app, message).await);
            }
        }
    }
    timer.observe_duration();
    receipts
}

/// What the batch says about commands is taken before it is acknowledged, so that no crash loses it.
async fn follow_until_done(app: &App, said: &Batch) {
    let mut wait = FIRST_WAIT;
    while let Err(error) = follow_batch(app, said).await {
        let error_text = format!("{error:#}");
        tracing::warn!(error = error_text, "what was said about commands could not be stored yet");
        if blames_messages(&error) {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn store_alone(app: &App, message: &Incoming) -> Vec<Receipt> {
    let alone = std::slice::from_ref(message);
    loop {
        let said = read_messages(&app.devices.current(), alone);
        if let Some(stored) = stored_within(app, &said, TRIES, First::default()).await {
            return stored.receipts;
        }
        let rejected =
            reject_unstorable(app, message, "the database refuses what this message says").await;
        if rejected.is_ok() {
            return Vec::new();
        }
    }
}

/// Tries until it is stored, or until the messages themselves failed `tries` times.
async fn stored_within(app: &App, said: &Batch, tries: u32, mut first: First) -> Option<Stored> {
    let (mut wait, mut refused) = (FIRST_WAIT, 0);
    loop {
        let (ahead, locks) = (std::mem::take(&mut first.ahead), first.locks.take());
        let locked = || {
            let _nobody_waits = locks.map(|locks| locks.send(()));
        };
        let error = match store_batch_ahead(app, said, ahead, locked).await {
            Ok(stored) => return Some(stored),
            Err(error) => error,
        };
        refused += u32::from(blames_messages(&error));
        tracing::warn!(error = format!("{error:#}"), "a batch could not be stored yet");
        if refused >= tries {
            return None;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Whether what the messages say is at fault. A database that is away, full or read-only is waited for.
fn blames_messages(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_none_or(StoreError::blames_data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_counts_for_about_as_many_readings_as_it_holds() {
        let one = r#"{"boot_id":"9f3a1c02","seq":17,"kind":"heartbeat","occupied":true,"at":"2026-09-15T08:00:00Z","battery_pct":81,"rssi_dbm":-70}"#;
        let list = format!("[{}]", vec![one; 500].join(","));
        assert_eq!(readings_about(one.as_bytes()), 1);
        assert!((400..=600).contains(&readings_about(list.as_bytes())));
        // CBOR: a list of 24 and more has its length in the next byte.
        assert_eq!(readings_about(&[0x98; 1_280]), 11);
        assert_eq!(readings_about(&[]), 1);
    }
}
