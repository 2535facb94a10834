//! A batch of messages becomes stored readings, stays and live states, in one transaction.
//!
//! Every message ends in exactly one of three ways: its readings are stored, they were stored
//! before (a repeat), or the message is kept in `rejected` with the reason. After the commit the
//! caller may acknowledge all of them, and tell native devices what is stored.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sensing::{Notice, Reading};
use store::{Lane, NoticeRow, ReadingRow, RejectedRow, Tx};
use uuid::Uuid;
use vocabulary::{DeviceId, Timestamp};

use super::bay_history::BayHistory;
use super::derive_stays::derive_stays;
use super::folded::{Locked, lock, open};
pub use super::read_messages::{Batch, Incoming, read_messages};
use super::read_messages::{Said, kept, reused, without_nul};
pub use super::receipt::{Numbers, Receipt};
use super::show_bays::{Cause, show_bays};
pub use super::work_ahead::{Ahead, work_ahead};
use crate::app::App;
use crate::devices::{Devices, Register};

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub readings: usize,
    pub repeats: usize,
    pub rejected: usize,
    /// What native devices need not keep any longer.
    pub receipts: Vec<Receipt>,
}

/// Reads and stores a batch.
///
/// # Errors
/// When the database fails; then nothing of the batch is stored and the caller offers it again.
pub async fn store_messages(app: &App, messages: &[Incoming]) -> anyhow::Result<Stored> {
    let batch = read_messages(&app.devices.current(), messages);
    store_batch(app, &batch).await
}

/// Stores what a batch of messages says.
///
/// # Errors
/// When the database fails; then nothing of the batch is stored and the caller offers it again.
pub async fn store_batch(app: &App, batch: &Batch) -> anyhow::Result<Stored> {
    store_batch_ahead(app, batch, Ahead::default(), || {}).await
}

/// Stores what a batch says, of which some was worked out `ahead`; tells when the bays it is about are locked, so
/// that the next batch may begin without overtaking it at one of them.
///
/// # Errors
/// As `store_batch`.
pub async fn store_batch_ahead(
    app: &App,
    batch: &Batch,
    ahead: Ahead,
    locked: impl FnOnce() + Send,
) -> anyhow::Result<Stored> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Ingest).await?;
    let numbers: Vec<i64> = batch.bays.keys().copied().collect();
    // Locked first: a claim made meanwhile then either waits for us or is seen here.
    let bays = lock(app, &mut tx, &numbers, ahead).await?;
    locked();
    let taken = take_in(app, &mut tx, batch, bays, now).await?;
    tx.commit().await?;
    let any = !taken.bays.is_empty();
    app.folds.keep(taken.bays.into_iter().map(BayHistory::known));
    if any {
        app.change_bell.notify_waiters();
        app.job_bell.notify_one();
    }
    app.metrics.count_messages(&taken.stored, taken.reasons.iter().map(String::as_str));
    app.metrics.note_lateness(taken.late_ms.into_iter());
    Ok(taken.stored)
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

struct Taken {
    stored: Stored,
    bays: Vec<BayHistory>,
    reasons: Vec<String>,
    /// How late each stored reading came.
    late_ms: Vec<i64>,
}

async fn take_in(
    app: &App,
    tx: &mut Tx,
    batch: &Batch,
    locked: Vec<Locked>,
    now: Timestamp,
) -> anyhow::Result<Taken> {
    let waiting: HashSet<Uuid> = tx.bays_with_waiting_claims().await?.into_iter().collect();
    let mut known = Vec::with_capacity(locked.len());
    for locked in locked {
        let Some(said) = batch.bays.get(&locked.row().bay_no) else { continue };
        let bay = match said.bay.setup_version == locked.row().setup_version {
            true => Arc::clone(&said.bay),
            false => Devices::look_again(tx, &said.bay).await?,
        };
        known.push((bay, locked));
    }
    let mut bays = open(app, tx, known).await?;
    let mut notices = Vec::new();
    for bay in &mut bays {
        let Some(said) = batch.bays.get(&bay.row.bay_no) else { continue };
        if !bay.worked_out {
            bay.take(app, tx, said.readings.clone(), now).await?;
        }
        note(bay, said, &mut notices)?;
    }
    append_readings(tx, &mut bays, now).await?;
    derive_stays(app, tx, &bays, &waiting, now).await?;
    show_bays(app, tx, &mut bays, now, Cause::Sensor).await?;
    let checkpoints: Vec<_> = bays.iter().filter_map(|b| b.checkpoint.clone()).collect();
    tx.insert_checkpoints(&checkpoints).await?;
    tx.insert_notices(&notices).await?;
    let register = app.devices.current();
    let mut rejected = batch.rejected.clone();
    rejected.extend(bays.iter().flat_map(|b| &b.reused).map(|r| reused(&register, r)));
    tx.insert_rejected(&rejected).await?;
    let stored = Stored {
        readings: bays.iter().map(|b| b.kept.len()).sum(),
        repeats: batch.repeats + bays.iter().map(|b| b.repeats).sum::<usize>(),
        rejected: rejected.len(),
        receipts: receipts(&register, batch, &bays),
    };
    let reasons = rejected.into_iter().map(|r| r.reason).collect();
    let kept = bays.iter().flat_map(|b| &b.kept);
    let late_ms = kept.map(|r| r.received_at.since_ms(r.observed_at)).collect();
    Ok(Taken { stored, bays, reasons, late_ms })
}

/// Takes note of what networks say about the bay's devices.
fn note(bay: &mut BayHistory, said: &Said, rows: &mut Vec<NoticeRow>) -> anyhow::Result<()> {
    for notice in &said.notices {
        bay.note(notice);
        let Notice { device, at, hash, what } = notice;
        rows.push(NoticeRow {
            device_id: device.0,
            noticed_at: at.ms(),
            kind: what.name().to_owned(),
            notice_json: serde_json::to_string(what)?,
            notice_hash: hash.to_vec(),
        });
    }
    Ok(())
}

/// Appends the new readings of each bay to its chain.
async fn append_readings(
    tx: &mut Tx,
    bays: &mut [BayHistory],
    now: Timestamp,
) -> anyhow::Result<()> {
    let count = bays.iter().map(|b| b.kept.len()).sum();
    let mut numbers = tx.reserve_readings(count).await?.into_iter();
    let mut rows = Vec::with_capacity(count);
    for bay in bays.iter_mut() {
        for reading in &bay.kept {
            let reading_seq = numbers.next().expect("as many numbers as readings were reserved");
            let prev_seq = bay.row.last_seq.replace(reading_seq);
            rows.push(reading_row(bay.bay.id.0, reading, reading_seq, prev_seq, now)?);
        }
    }
    Ok(tx.insert_readings(&rows).await?)
}

fn reading_row(
    bay_id: Uuid,
    r: &Reading,
    reading_seq: i64,
    prev_seq: Option<i64>,
    now: Timestamp,
) -> anyhow::Result<ReadingRow> {
    let (kind, occupied) = r.report.word();
    Ok(ReadingRow {
        reading_seq,
        prev_seq,
        stored_at: now.ms(),
        bay_id,
        device_id: r.id.device.0,
        epoch: r.id.epoch.clone(),
        number: r.id.number,
        part: i64::from(r.id.part),
        observed_at: r.observed_at.ms(),
        earliest_at: r.earliest_at.map(Timestamp::ms),
        time_source: r.time_source.name().to_owned(),
        device_at: r.device_at.map(Timestamp::ms),
        network_at: r.network_at.map(Timestamp::ms),
        received_at: r.received_at.ms(),
        kind: kind.name().to_owned(),
        occupied,
        rssi_dbm: r.rssi_dbm.map(i64::from),
        snr_db: r.snr_db,
        report_json: serde_json::to_string(&r.report)?,
        payload_hash: Some(r.payload_hash.to_vec()),
    })
}

/// What the native devices of the batch need not keep: what the bay's ledger has, and whatever they
/// just said; also for repeats, which say that a device did not hear so before.
fn receipts(register: &Register, batch: &Batch, bays: &[BayHistory]) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for bay in bays {
        let Some(said) = batch.bays.get(&bay.row.bay_no) else { continue };
        let mut spoken: BTreeMap<(DeviceId, &str), Vec<i64>> = BTreeMap::new();
        for id in said.readings.iter().map(|r| &r.id) {
            spoken.entry((id.device, &id.epoch)).or_default().push(id.number);
        }
        for ((device, boot_id), numbers) in spoken {
            let Some(device_key) = register.native_key(device) else { continue };
            let offered = numbers.into_iter().map(|number| number..=number);
            receipts.push(Receipt {
                device_key: Arc::clone(device_key),
                boot_id: boot_id.to_owned(),
                numbers: Numbers::of(bay.fold.stored(device, boot_id).into_iter().chain(offered)),
            });
        }
    }
    receipts
}
