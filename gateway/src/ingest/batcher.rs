//! Collects messages into batches and stores each in one transaction; a failed one is tried again
//! until it is stored, since nothing may be acknowledged before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::{BATCH, LINGER, Offered, Tag};
use crate::app::App;
use crate::flow::store_readings::{Incoming, store_messages};

/// Wait before a batch that the database refused is offered again; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Runs until the listener has gone and everything it handed over is stored.
pub(super) async fn run(app: Arc<App>, mut offered: mpsc::Receiver<Offered>, stored: mpsc::Sender<Vec<Tag>>) {
    while let Some(first) = offered.recv().await {
        let (messages, tags) = collect(first, &mut offered).await;
        store_until_done(&app, &messages).await;
        // The listener may be gone already: then the broker delivers again, and repeats are known.
        let _gone = stored.send(tags).await;
    }
}

async fn collect(first: Offered, offered: &mut mpsc::Receiver<Offered>) -> (Vec<Incoming>, Vec<Tag>) {
    let until = Instant::now() + LINGER;
    let (mut messages, mut tags) = (vec![first.message], vec![first.tag]);
    while messages.len() < BATCH {
        match timeout_at(until, offered.recv()).await {
            Ok(Some(next)) => {
                messages.push(next.message);
                tags.push(next.tag);
            }
            Ok(None) | Err(_) => break,
        }
    }
    (messages, tags)
}

async fn store_until_done(app: &App, messages: &[Incoming]) {
    let mut wait = FIRST_WAIT;
    let timer = app.metrics.start_batch(messages.len());
    while let Err(error) = store_messages(app, messages).await {
        tracing::warn!(messages = messages.len(), error = format!("{error:#}"), "a batch could not be stored yet");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    drop(timer);
}
