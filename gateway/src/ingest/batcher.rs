//! Collects messages into batches and stores each in one transaction; a failed one is tried again
//! until it is stored, since nothing may be acknowledged before.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, timeout_at};

use super::{BATCH, BATCH_KIB, LINGER, Offered, Tag};
use crate::app::App;
use crate::flow::store_readings::{Incoming, reject_unstorable, store_messages};

/// Wait before a batch that the database refused is offered again; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Failures for what it says, after which a batch is taken apart.
const TRIES: u32 = 6;

/// Runs until the listener has gone and everything it handed over is stored.
pub(super) async fn run(
    app: Arc<App>,
    mut offered: mpsc::Receiver<Offered>,
    stored: mpsc::Sender<Vec<Tag>>,
) {
    while let Some(first) = offered.recv().await {
        let batch = collect(first, &mut offered).await;
        store_until_done(&app, &batch.messages).await;
        // The listener may be gone already: then the broker delivers again, and repeats are known.
        let _gone = stored.send(batch.tags).await;
    }
}

/// Messages to store together. Their part of the budget is given back when the batch is dropped.
struct Batch {
    messages: Vec<Incoming>,
    tags: Vec<Tag>,
    budget: OwnedSemaphorePermit,
}

async fn collect(first: Offered, offered: &mut mpsc::Receiver<Offered>) -> Batch {
    let until = Instant::now() + LINGER;
    let mut batch =
        Batch { messages: vec![first.message], tags: vec![first.tag], budget: first.budget };
    while batch.messages.len() < BATCH && batch.budget.num_permits() < BATCH_KIB {
        match timeout_at(until, offered.recv()).await {
            Ok(Some(next)) => {
                batch.messages.push(next.message);
                batch.tags.push(next.tag);
                batch.budget.merge(next.budget);
            }
            Ok(None) | Err(_) => break,
        }
    }
    batch
}

/// Stores a batch whatever it takes. A batch that keeps failing for what it says holds a message
/// that cannot be stored: then each goes alone, and the one that fails alone is rejected.
async fn store_until_done(app: &App, messages: &[Incoming]) {
    let timer = app.metrics.start_batch(messages.len());
    if !stored_within(app, messages, TRIES).await {
        for message in messages {
            store_alone(app, message).await;
        }
    }
    timer.observe_duration();
}

async fn store_alone(app: &App, message: &Incoming) {
    let alone = std::slice::from_ref(message);
    while !stored_within(app, alone, TRIES).await {
        let rejected =
            reject_unstorable(app, message, "the database refuses what this message says").await;
        if rejected.is_ok() {
            return;
        }
    }
}

/// Tries until it is stored, or until the messages themselves failed `tries` times.
async fn stored_within(app: &App, messages: &[Incoming], tries: u32) -> bool {
    let (mut wait, mut refused) = (FIRST_WAIT, 0);
    loop {
        let Err(error) = store_messages(app, messages).await else { return true };
        refused += u32::from(blames_messages(&error));
        tracing::warn!(
            messages = messages.len(),
            error = format!("{error:#}"),
            "a batch could not be stored yet"
        );
        if refused >= tries {
            return false;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Whether what the messages say is at fault. A database that is away, full or read-only is waited for.
fn blames_messages(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_none_or(StoreError::blames_data)
}
