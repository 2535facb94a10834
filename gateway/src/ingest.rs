//! MQTT in: messages are taken from the broker, stored in batches and acknowledged after the commit.
//!
//! The *listener* owns the connection: it polls, hands messages over, and sends
//! acknowledgements, each tagged with the connection it belongs to (a late one must never
//! acknowledge a message of the next connection). The *batcher* collects messages, reads a batch
//! while the one before it is stored (on PostgreSQL the two before it), and returns the tags. Native
//! devices are told what is stored for good (`receipts`), since no broker keeps what it acknowledged over
//! its own crash. Commands to devices go out over the same connection (`downlinks`, `posted`). Both queues
//! are bounded; while the batcher is behind, the broker's receive maximum holds the rest back.

mod batcher;
mod listener;
mod posted;
mod receipts;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::app::App;
use crate::flow::store_readings::{Incoming, Receipt};

/// Messages in one transaction at most, and how long a batch may wait to fill. Batches grow only when
/// more comes than is stored: then each page of the database is written once for many messages
/// (measured on SQLite: 16 µs a bay in batches of 4,000, 5 µs in batches of 20,000).
const BATCH: usize = 16_000;
const LINGER: Duration = Duration::from_millis(10);
/// Unacknowledged messages the broker may have under way: a batch being stored or two, one being read,
/// and what is on its way.
const RECEIVE_MAXIMUM: u16 = 48_000;

/// What readings arrive on. Device to broker to here at QoS 1.
pub const TOPICS: [&str; 3] =
    ["bowei/v1/+/up", "application/+/device/+/event/+", "v3/+/devices/+/#"];

/// Readings in one transaction, about: a message after an outage may hold hundreds.
const BATCH_READINGS: usize = 32_000;
/// KiB of payload in one transaction, each message counted as at least one.
const BATCH_KIB: usize = 24 * 1024;
/// Payload bytes handed over and not yet stored; counted in KiB.
const BUDGET_KIB: usize = 64 * 1024;

/// A message with the tag that acknowledges it, and its part of the byte budget.
#[derive(Debug)]
struct Offered {
    message: Incoming,
    tag: Tag,
    budget: OwnedSemaphorePermit,
}

/// A stored batch: what to acknowledge to the broker, and what to tell native devices.
#[derive(Debug)]
struct Done {
    tags: Vec<Tag>,
    receipts: Vec<Receipt>,
}

/// Which message of which connection.
#[derive(Debug)]
struct Tag {
    connection: u64,
    publish: Publish,
}

/// Takes readings until `shutdown`; what was taken is stored and acknowledged before it returns.
///
/// # Errors
/// When the broker address makes no sense. A broker that is away is waited for.
pub async fn run(app: Arc<App>, url: &str, shutdown: impl Future<Output = ()>) -> Result<()> {
    let options = listener::options(&app.config.mqtt, url).context("mqtt.url")?;
    let (offer, offered) = mpsc::channel(usize::from(RECEIVE_MAXIMUM) * 2);
    let (stored, done) = mpsc::channel(16);
    let batcher = tokio::spawn(batcher::run(Arc::clone(&app), offered, stored));
    let ended = listener::run(&app, options, offer, done, shutdown).await;
    // All it had is stored by now, or unacknowledged and comes again.
    batcher.abort();
    match batcher.await {
        Err(error) if error.is_panic() => Err(error).context("the batcher failed"),
        _ => ended,
    }
}
