//! Recorded messages are taken in as ingest would have taken them, in the time of the recording.
//!
//! City time follows the recording: a message is stored at the time of its receipt, silence is
//! noticed as it went on, the hourly figures follow. It never goes back: what is older than the
//! newest reading stored is taken as any late message is. What was stored before is a repeat, so a
//! recording may be imported again, also one whose import stopped half way.

mod recording;

use std::io::BufRead;

use anyhow::Result;
use store::{Store, StoreError};
use tokio::sync::mpsc;
use vocabulary::Timestamp;

use super::follow_usage::follow_usage;
use super::import_sheet::Wrong;
use super::look_again::look_again;
use super::store_folds::store_folds;
use super::store_readings::{
    Batch, Incoming, Stored, read_messages, reject_unstorable, store_batch,
};
use crate::app::App;
use crate::devices::Register;

pub use recording::Recording;

/// Messages in one transaction at most, and bytes of payload after which it ends.
const BATCH: usize = 16_000;
const BATCH_BYTES: usize = 24 << 20;
/// How far city time may go on in one transaction, so that a bay falls silent about when it did.
const STEP_MS: i64 = 15 * 60_000;
const DAY_MS: i64 = 86_400_000;
/// How often a batch is offered again while another transaction is in its way.
const ATTEMPTS: u32 = 10;

/// What an import has brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub messages: usize,
    pub readings: usize,
    pub repeats: usize,
    pub rejected: usize,
    /// City time after it.
    pub until: Option<Timestamp>,
}

/// Messages to store together, and what they say.
struct Read {
    messages: Vec<Incoming>,
    said: Batch,
    until: Timestamp,
}

/// The city time of a database: that of the newest thing stored in it, `None` if it is empty.
///
/// # Errors
/// When the database fails.
pub async fn newest_at(store: &Store) -> Result<Option<Timestamp>> {
    let mut read = store.read().await?;
    let clock_at = read.clock().await?.map(|clock| clock.last_city_at);
    Ok(read.newest_stored_at().await?.max(clock_at).map(Timestamp::from_ms))
}

/// Takes in a recording, up to its end or to the first line that makes no sense, which it gives.
/// The clock of `app` must stand at the beginning and be one that can be set.
///
/// # Errors
/// When the database fails; what `tell` was told of is stored.
pub async fn import_messages(
    app: &App,
    recording: Recording<impl BufRead + Send + 'static>,
    mut tell: impl FnMut(&Imported),
) -> Result<(Imported, Option<Wrong>)> {
    let register = app.devices.current();
    let begun_at = app.clock.city_now();
    let (hand_on, mut read) = mpsc::channel(1);
    let reader =
        tokio::task::spawn_blocking(move || read_on(recording, begun_at, &register, &hand_on));
    let mut imported = Imported::default();
    let mut prepared_at = begun_at;
    while let Some(Read { messages, said, until }) = read.recv().await {
        app.clock.set(until);
        let now = app.clock.city_now();
        if now.since_ms(prepared_at) >= DAY_MS {
            prepared_at = now;
            app.store.prepare_partitions(now.ms()).await?;
        }
        let stored = store_all(app, &messages, &said).await?;
        while look_again(app).await? > 0 {}
        follow_usage(app).await?;
        imported.messages += messages.len();
        imported.add(&stored, now);
        tell(&imported);
    }
    store_folds(app).await?;
    match reader.await {
        Ok(ended) => Ok((imported, ended.err())),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(error.into()),
    }
}

impl Imported {
    fn add(&mut self, stored: &Stored, now: Timestamp) {
        self.readings += stored.readings;
        self.repeats += stored.repeats;
        self.rejected += stored.rejected;
        self.until = Some(now);
    }
}

/// Reads batches while others are stored. What was received before `begun_at` does not move the clock.
fn read_on(
    mut recording: Recording<impl BufRead>,
    begun_at: Timestamp,
    register: &Register,
    hand_on: &mpsc::Sender<Read>,
) -> Result<(), Wrong> {
    let mut next = recording.message()?;
    while let Some(first) = next.take() {
        let before = first.received_at.max(begun_at).plus_ms(STEP_MS);
        let mut room = BATCH_BYTES.saturating_sub(first.payload.len());
        let mut messages = vec![first];
        let ended = loop {
            match recording.message() {
                Ok(Some(m)) if messages.len() < BATCH && room > 0 && m.received_at < before => {
                    room = room.saturating_sub(m.payload.len());
                    messages.push(m);
                }
                Ok(other) => {
                    next = other;
                    break Ok(());
                }
                Err(wrong) => break Err(wrong),
            }
        };
        let until = messages.last().expect("there is a first one").received_at;
        let said = read_messages(register, &messages);
        // Nobody takes it if the database failed: then that is what is told.
        if hand_on.blocking_send(Read { messages, said, until }).is_err() {
            return Ok(());
        }
        ended?;
    }
    Ok(())
}

/// Stores a batch. If the database refuses what it says, each message goes alone, and the one that
/// is refused alone is rejected.
async fn store_all(app: &App, messages: &[Incoming], said: &Batch) -> Result<Stored> {
    let error = match store_in_turn(app, said).await {
        Err(error) if blames_messages(&error) => error,
        stored => return stored,
    };
    tracing::warn!(error = format!("{error:#}"), "a batch is stored message by message");
    let mut all = Stored::default();
    for message in messages {
        let said = read_messages(&app.devices.current(), std::slice::from_ref(message));
        match store_in_turn(app, &said).await {
            Ok(stored) => {
                all.readings += stored.readings;
                all.repeats += stored.repeats;
                all.rejected += stored.rejected;
            }
            Err(error) if blames_messages(&error) => {
                reject_unstorable(app, message, "the database refuses what this message says")
                    .await?;
                all.rejected += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Stores a batch, again while another transaction is in its way.
async fn store_in_turn(app: &App, said: &Batch) -> Result<Stored> {
    for _ in 1..ATTEMPTS {
        match store_batch(app, said).await {
            Err(error) if matches!(error.downcast_ref(), Some(StoreError::Again(_))) => {
                tokio::task::yield_now().await;
            }
            stored => return stored,
        }
    }
    store_batch(app, said).await
}

fn blames_messages(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_some_and(StoreError::blames_data)
}
