//! A batch of messages becomes stored readings, stays and live states, in one transaction.
//!
//! Every message ends in exactly one of three ways: its readings are stored, they were stored
//! before (a repeat), or the message is kept in `rejected` with the reason. After the commit the
//! caller may acknowledge all of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use sensing::{Heard, Notice, Observation, Reading, Reject, Rejected};
use store::{KeyRow, Lane, ReadingRow, RejectedRow, Tx};
use uuid::Uuid;
use vocabulary::{BayId, Timestamp};

use super::derive_stays::derive_stays;
use crate::app::App;
use crate::devices::Register;

/// Payload bytes kept of a rejected message; its full length is kept beside them.
const KEPT_PAYLOAD: usize = 1 << 20;

/// A message as it came from the broker.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub topic: String,
    pub payload: Vec<u8>,
    /// City time.
    pub received_at: Timestamp,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub readings: usize,
    pub repeats: usize,
    pub rejected: usize,
}

struct Sorted {
    readings: Vec<(BayId, Reading)>,
    rejected: Vec<RejectedRow>,
    repeats: usize,
}

/// Stores a batch.
///
/// # Errors
/// When the database fails; then nothing of the batch is stored and the caller offers it again.
pub async fn store_messages(app: &App, messages: &[Incoming]) -> anyhow::Result<Stored> {
    let register = app.devices.current();
    let mut sorted = sort_out(&register, messages);
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Ingest).await?;
    let fresh = keep_new(&mut tx, &register, &mut sorted, now).await?;
    tx.insert_readings(
        &fresh
            .iter()
            .map(|(bay, r)| reading_row(*bay, r, now))
            .collect::<anyhow::Result<Vec<_>>>()?,
    )
    .await?;
    let changed = derive_all(app, &mut tx, &fresh, now).await?;
    tx.insert_rejected(&sorted.rejected).await?;
    tx.commit().await?;
    if changed > 0 {
        app.change_bell.notify_waiters();
        app.job_bell.notify_one();
    }
    let stored =
        Stored { readings: fresh.len(), repeats: sorted.repeats, rejected: sorted.rejected.len() };
    app.metrics.count_messages(&stored, sorted.rejected.iter().map(|r| r.reason.as_str()));
    Ok(stored)
}

/// Keeps a message that the database refuses to store as what it says, so that it stops nothing.
///
/// # Errors
/// When the database fails.
pub async fn reject_unstorable(app: &App, message: &Incoming, why: &str) -> anyhow::Result<()> {
    let row = RejectedRow {
        reason: "unstorable".to_owned(),
        detail: without_nul(why),
        network: None,
        device_key: None,
        ..kept(message)
    };
    let mut tx = app.store.begin(Lane::Ingest).await?;
    tx.insert_rejected(&[row]).await?;
    tx.commit().await?;
    app.metrics.count_messages(
        &Stored { rejected: 1, ..Stored::default() },
        std::iter::once("unstorable"),
    );
    Ok(())
}

/// Reads every message; repeats within the batch are dropped here, later ones by the database.
fn sort_out(register: &Register, messages: &[Incoming]) -> Sorted {
    let mut sorted = Sorted { readings: Vec::new(), rejected: Vec::new(), repeats: 0 };
    let mut hashes: HashMap<(Uuid, String, i64, i64), [u8; 32]> = HashMap::new();
    for message in messages {
        let read = sensing::read_message(
            &message.topic,
            &message.payload,
            message.received_at,
            &|network, key| register.profile(network, key),
        );
        let readings = match read {
            Ok(Heard::Readings(readings)) => readings,
            Ok(Heard::Notice(notice)) => {
                sorted.rejected.push(rejected_row(message, &unread(register, &notice)));
                continue;
            }
            Err(why) => {
                sorted.rejected.push(rejected_row(message, &why));
                continue;
            }
        };
        for reading in readings {
            let Some(bay) = register.bay_of(reading.id.device) else { continue };
            let key = key_row(&reading);
            let identity = (key.device_id, key.epoch.clone(), key.number, key.part);
            match hashes.get(&identity) {
                None => {
                    hashes.insert(identity, reading.payload_hash);
                    sorted.readings.push((bay, reading));
                }
                Some(hash) if *hash == reading.payload_hash => sorted.repeats += 1,
                Some(_) => sorted.rejected.push(reused(register, &reading)),
            }
        }
    }
    sorted
}

/// Notices are not stored yet: each is kept as what it was before it could be read.
fn unread(register: &Register, notice: &Notice) -> Rejected {
    let (network, device_key) = register.key_of(notice.device).unzip();
    let detail = format!("a notice of the network: {}", notice.what.name());
    Rejected { reason: Reject::NotAnUplink, network, device_key, detail }
}

/// Takes the identities not stored before; a stored one with other content is rejected by name.
async fn keep_new(
    tx: &mut Tx,
    register: &Register,
    sorted: &mut Sorted,
    now: Timestamp,
) -> anyhow::Result<Vec<(BayId, Reading)>> {
    let keys: Vec<KeyRow> = sorted.readings.iter().map(|(_, r)| key_row(r)).collect();
    let fresh_keys = tx.insert_reading_keys(&keys, now.ms()).await?;
    let fresh: HashSet<KeyRow> = fresh_keys.into_iter().collect();
    let mut kept = Vec::with_capacity(fresh.len());
    for (bay, reading) in std::mem::take(&mut sorted.readings) {
        let key = key_row(&reading);
        if fresh.contains(&key) {
            kept.push((bay, reading));
        } else if tx.reading_hash(&key).await?.is_some_and(|hash| hash == key.payload_hash) {
            sorted.repeats += 1;
        } else {
            sorted.rejected.push(reused(register, &reading));
        }
    }
    Ok(kept)
}

/// Folds the new readings of each bay into its stays and live state; returns how many bays changed.
async fn derive_all(
    app: &App,
    tx: &mut Tx,
    fresh: &[(BayId, Reading)],
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut by_bay: BTreeMap<Uuid, Vec<Observation>> = BTreeMap::new();
    for (bay, reading) in fresh {
        by_bay.entry(bay.0).or_default().push(Observation::of(reading));
    }
    if by_bay.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = by_bay.keys().copied().collect();
    // Locked first: a claim made meanwhile then either waits for us or is seen here.
    let bays = tx.lock_bays(&ids).await?;
    let waiting = tx.bays_with_waiting_claims(&ids).await?;
    for bay in bays {
        let observations = by_bay.remove(&bay.bay_id).unwrap_or_default();
        let claimed = waiting.contains(&bay.bay_id);
        derive_stays(app, tx, bay, observations, claimed, now).await?;
    }
    Ok(ids.len())
}

fn key_row(reading: &Reading) -> KeyRow {
    KeyRow {
        device_id: reading.id.device.0,
        epoch: reading.id.epoch.clone(),
        number: reading.id.number,
        part: i64::from(reading.id.part),
        payload_hash: reading.payload_hash.to_vec(),
    }
}

fn reading_row(bay: BayId, r: &Reading, now: Timestamp) -> anyhow::Result<ReadingRow> {
    Ok(ReadingRow {
        stored_at: now.ms(),
        bay_id: bay.0,
        device_id: r.id.device.0,
        epoch: r.id.epoch.clone(),
        number: r.id.number,
        part: i64::from(r.id.part),
        observed_at: r.observed_at.ms(),
        time_source: r.time_source.name().to_owned(),
        device_at: r.device_at.map(Timestamp::ms),
        network_at: r.network_at.map(Timestamp::ms),
        received_at: r.received_at.ms(),
        kind: r.report.kind.name().to_owned(),
        occupied: r.report.occupied,
        rssi_dbm: r.rssi_dbm.map(i64::from),
        snr_db: r.snr_db,
        report_json: serde_json::to_string(&r.report)?,
    })
}

fn rejected_row(message: &Incoming, why: &Rejected) -> RejectedRow {
    RejectedRow {
        reason: why.reason.code().to_owned(),
        detail: without_nul(&why.detail),
        network: why.network.map(|n| n.name().to_owned()),
        device_key: why.device_key.as_deref().map(without_nul),
        ..kept(message)
    }
}

/// The message itself, its payload up to the limit; the reason is the caller's.
fn kept(message: &Incoming) -> RejectedRow {
    let kept = message.payload.len().min(KEPT_PAYLOAD);
    RejectedRow {
        received_at: message.received_at.ms(),
        topic: without_nul(&message.topic),
        payload: message.payload[..kept].to_vec(),
        payload_bytes: i64::try_from(message.payload.len()).unwrap_or(i64::MAX),
        reason: String::new(),
        detail: String::new(),
        network: None,
        device_key: None,
    }
}

/// The same identity came with other content: kept as it was read, never an overwrite.
fn reused(register: &Register, reading: &Reading) -> RejectedRow {
    let payload = serde_json::to_vec(&reading.report).unwrap_or_default();
    let (network, key) = register.key_of(reading.id.device).unzip();
    RejectedRow {
        received_at: reading.received_at.ms(),
        topic: String::new(),
        payload_bytes: i64::try_from(payload.len()).unwrap_or(i64::MAX),
        payload,
        reason: "identity_reused".to_owned(),
        detail: format!(
            "({}, {}, {}) was stored before with other content; the payload is the reading's report",
            reading.id.epoch, reading.id.number, reading.id.part
        ),
        network: network.map(|n| n.name().to_owned()),
        device_key: key,
    }
}

/// PostgreSQL keeps no NUL in text.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
