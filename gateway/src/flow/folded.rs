//! What is known of a bay after every stored reading: known by heart, or the stored fold with the
//! readings that were stored since. The one place where a fold that lags behind catches up.
//!
//! Going on from a stored fold gives what folding everything from the start gives (property tests of
//! `sensing` say so), and a device's health depends on nothing but its readings in the order of their
//! numbers and on notices, which are stored with it at once. So whoever opens a bay finds the same,
//! whichever gateway stored what, and whenever one of them was killed.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use sensing::{Fold, Health, Kind, Observation, Policy, Reading, ReadingId, Setup, TimeSource};
use store::{FoldRow, LiveRow, ObservationRow, ReadingRow, Tx};
use vocabulary::{DeviceId, Timestamp};

use super::bay_history::BayHistory;
use super::work_ahead::Ahead;
use crate::app::App;
use crate::devices::Bay;
use crate::folds::Known;

/// Raised when the stored form of a fold or what it holds changes; another form is folded anew from the
/// readings.
const FORM: u8 = 5;

/// What is known of a bay after every stored reading.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) fold: Fold,
    pub(crate) health: Vec<(DeviceId, Health)>,
    /// When the newest checkpoint was made.
    pub(super) checkpoint_at: Option<i64>,
    /// How many readings the stored fold lags behind.
    pub(super) lag: u32,
    /// Whether it is to be stored at once: it is stored nowhere, or it took reading to find out.
    pub(super) store: bool,
}

/// A locked bay.
#[derive(Debug)]
pub(super) enum Locked {
    /// What the batch makes of it was worked out already.
    WorkedOut(Box<BayHistory>),
    ByHeart(Known),
    Stored(LiveRow),
}

impl Locked {
    /// By heart if this gateway knows the bay under that stamp.
    pub(super) fn of(app: &App, row: LiveRow) -> Locked {
        app.folds.take(row.bay_no, row.stamp).map_or(Locked::Stored(row), Locked::ByHeart)
    }

    pub(super) fn row(&self) -> &LiveRow {
        match self {
            Locked::WorkedOut(history) => &history.row,
            Locked::ByHeart(known) => &known.row,
            Locked::Stored(row) => row,
        }
    }
}

/// Locks bays and says what they are like, in order. After a start nearly none is known by heart: then
/// their rows are read with the lock.
pub(super) async fn lock(
    app: &App,
    tx: &mut Tx,
    bay_nos: &[i64],
    mut ahead: Ahead,
) -> anyhow::Result<Vec<Locked>> {
    let ahead_len = ahead.len();
    let mut recall = |bay_no, stamp| {
        let known = || app.folds.take(bay_no, stamp).map(Locked::ByHeart);
        ahead.take(bay_no, stamp).or_else(known)
    };
    if (ahead_len + app.folds.count_known(bay_nos)) * 2 < bay_nos.len() {
        let rows = tx.lock_live(bay_nos).await?.into_iter();
        let mut locked: Vec<Locked> =
            rows.map(|row| recall(row.bay_no, row.stamp).unwrap_or(Locked::Stored(row))).collect();
        locked.sort_by_key(|locked| locked.row().bay_no);
        return Ok(locked);
    }
    let (mut locked, mut others) = (Vec::with_capacity(bay_nos.len()), Vec::new());
    for row in tx.lock_stamps(bay_nos).await? {
        match recall(row.bay_no, row.stamp) {
            Some(known) => locked.push(known),
            None => others.push(row.bay_no),
        }
    }
    if !others.is_empty() {
        locked.extend(tx.lock_live(&others).await?.into_iter().map(Locked::Stored));
        locked.sort_by_key(|locked| locked.row().bay_no);
    }
    Ok(locked)
}

/// Opens locked bays.
pub(super) async fn open(
    app: &App,
    tx: &mut Tx,
    bays: Vec<(Arc<Bay>, Locked)>,
) -> anyhow::Result<Vec<BayHistory>> {
    let asked: Vec<&LiveRow> = bays
        .iter()
        .filter_map(|(_, locked)| match locked {
            Locked::Stored(row) => Some(row),
            Locked::WorkedOut(_) | Locked::ByHeart(_) => None,
        })
        .collect();
    let mut stored = stored(tx, &asked).await?;
    let mut opened = Vec::with_capacity(bays.len());
    for (bay, locked) in bays {
        let (row, folded) = match locked {
            Locked::WorkedOut(history) => {
                opened.push(*history);
                continue;
            }
            Locked::ByHeart(known) => match by_heart(&known) {
                Some(folded) => (known.row, folded),
                None => {
                    let fold = anew(tx, &app.policy, &bay.setup, known.row.last_seq).await?;
                    (known.row.clone(), folded_as(&known, fold))
                }
            },
            Locked::Stored(row) => {
                let stored = stored.remove(&row.bay_no);
                let folded = caught_up(tx, &app.policy, &bay.setup, row.last_seq, stored).await?;
                (row, folded)
            }
        };
        opened.push(BayHistory::of(bay, row, folded));
    }
    Ok(opened)
}

/// What is known of one bay, for looking only; `None` of one that was never heard.
///
/// # Errors
/// When the database fails, or holds something unreadable.
pub(crate) async fn look_up(
    tx: &mut Tx,
    policy: &Policy,
    bay: &Bay,
) -> anyhow::Result<Option<Folded>> {
    // The fold first: what is stored meanwhile is in the chain.
    let stored = tx.fold(bay.number).await?;
    let Some(live) = tx.live(bay.number).await? else { return Ok(None) };
    if stored.is_none() && live.last_seq.is_none() {
        return Ok(None);
    }
    let stored = match stored {
        Some(row) => {
            let tail = tx.tails(&[(bay.number, live.last_seq.unwrap_or(0), after(&row))]).await?;
            Some(Stored { row, tail: tail.into_iter().map(|t| t.reading).collect() })
        }
        None => None,
    };
    Ok(Some(caught_up(tx, policy, &bay.setup, live.last_seq, stored).await?))
}

/// A stored fold, and the readings that were stored since, newest first.
struct Stored {
    row: FoldRow,
    tail: Vec<ReadingRow>,
}

async fn stored(tx: &mut Tx, bays: &[&LiveRow]) -> anyhow::Result<HashMap<i64, Stored>> {
    let heads: HashMap<i64, Option<i64>> = bays.iter().map(|b| (b.bay_no, b.last_seq)).collect();
    let numbers: Vec<i64> = bays.iter().map(|b| b.bay_no).collect();
    let folds = tx.folds(&numbers).await?;
    let lagging: Vec<(i64, i64, i64)> = folds
        .iter()
        .filter(|f| f.fold.is_some())
        .filter_map(|f| Some((f.bay_no, heads.get(&f.bay_no).copied().flatten()?, after(f))))
        .filter(|(_, newest, after)| newest > after)
        .collect();
    let mut tails: HashMap<i64, Vec<ReadingRow>> = HashMap::new();
    for row in tx.tails(&lagging).await? {
        tails.entry(row.bay_no).or_default().push(row.reading);
    }
    let with_tail = |row: FoldRow| {
        let tail = tails.remove(&row.bay_no).unwrap_or_default();
        (row.bay_no, Stored { row, tail })
    };
    Ok(folds.into_iter().map(with_tail).collect())
}

fn after(row: &FoldRow) -> i64 {
    row.folded_seq.unwrap_or(0)
}

/// What is known by heart; `None` if it is in a form of another version of the program.
pub(super) fn by_heart(known: &Known) -> Option<Folded> {
    decode_fold(known.content.fold()).map(|fold| folded_as(known, fold))
}

fn folded_as(known: &Known, fold: Fold) -> Folded {
    let health = health_in(known.content.health()).unwrap_or_default();
    Folded { fold, health, checkpoint_at: known.checkpoint_at, lag: known.lag, store: false }
}

/// The stored fold after what was stored since.
async fn caught_up(
    tx: &mut Tx,
    policy: &Policy,
    setup: &Setup,
    newest: Option<i64>,
    stored: Option<Stored>,
) -> anyhow::Result<Folded> {
    let (row, tail) = stored.map(|s| (Some(s.row), s.tail)).unwrap_or_default();
    let tail = tail.into_iter().rev().map(reading_of).collect::<anyhow::Result<Vec<_>>>()?;
    let fold = row.as_ref().and_then(|row| decode_fold(row.fold.as_deref()?));
    let (fold, found) = match fold.and_then(|fold| goes_on(policy, setup, fold, &tail)) {
        Some(fold) => (fold, !tail.is_empty()),
        // Stored by another version of the program, or what came since tells more of it together:
        // the readings say it all again.
        None => (anew(tx, policy, setup, newest).await?, true),
    };
    let health = row.as_ref().and_then(|row| health_in(row.health.as_deref()?));
    let mut health = health.unwrap_or_default();
    for reading in &tail {
        health_of(&mut health, reading.id.device).hear(policy, reading);
    }
    let checkpoint_at = row.as_ref().and_then(|row| row.checkpoint_at);
    Ok(Folded { fold, health, checkpoint_at, lag: 0, store: found })
}

fn goes_on(policy: &Policy, setup: &Setup, mut fold: Fold, tail: &[Reading]) -> Option<Fold> {
    let observations: Vec<Observation> = tail.iter().map(Observation::of).collect();
    fold.resume(policy, setup, &observations).ok().map(|_| fold)
}

async fn anew(
    tx: &mut Tx,
    policy: &Policy,
    setup: &Setup,
    newest: Option<i64>,
) -> anyhow::Result<Fold> {
    let observations = observations_since(tx, newest, 0).await?;
    Ok(sensing::fold(policy, setup, &observations).0)
}

/// A bay's health entry of a device.
pub(super) fn health_of(health: &mut Vec<(DeviceId, Health)>, device: DeviceId) -> &mut Health {
    let place = health.iter().position(|(known, _)| *known == device).unwrap_or_else(|| {
        health.push((device, Health::new()));
        health.len() - 1
    });
    &mut health[place].1
}

/// The health of a bay's devices as it is stored.
fn health_in(bytes: &[u8]) -> Option<Vec<(DeviceId, Health)>> {
    postcard::from_bytes(bytes).ok()
}

/// Everything stored about a bay up to the reading `newest` and after the reading `after`, in no order.
pub(crate) async fn observations_since(
    tx: &mut Tx,
    newest: Option<i64>,
    after: i64,
) -> anyhow::Result<Vec<Observation>> {
    let rows = tx.chain(newest, after, i64::MAX).await?;
    rows.into_iter().map(observation).collect()
}

/// A fold as it is stored.
pub(crate) fn decode_fold(bytes: &[u8]) -> Option<Fold> {
    let (form, fold) = bytes.split_first()?;
    (*form == FORM).then(|| postcard::from_bytes(fold).ok()).flatten()
}

pub(super) fn encode_fold(fold: &Fold) -> anyhow::Result<Vec<u8>> {
    Ok(postcard::to_extend(fold, vec![FORM])?)
}

pub(super) fn observation(row: ObservationRow) -> anyhow::Result<Observation> {
    Ok(Observation {
        id: ReadingId {
            device: DeviceId(row.device_id),
            epoch: row.epoch,
            number: row.number,
            part: u16::try_from(row.part)?,
        },
        observed_at: Timestamp::from_ms(row.observed_at),
        earliest_at: row.earliest_at.map(Timestamp::from_ms),
        time_source: time_source(&row.time_source)?,
        device_at: row.device_at.map(Timestamp::from_ms),
        network_at: row.network_at.map(Timestamp::from_ms),
        received_at: Timestamp::from_ms(row.received_at),
        kind: Kind::from_name(&row.kind).with_context(|| format!("unknown kind {}", row.kind))?,
        occupied: row.occupied,
    })
}

/// A reading as it was when it was stored.
fn reading_of(row: ReadingRow) -> anyhow::Result<Reading> {
    let hash = row.payload_hash.and_then(|hash| hash.try_into().ok());
    Ok(Reading {
        id: ReadingId {
            device: DeviceId(row.device_id),
            epoch: row.epoch,
            number: row.number,
            part: u16::try_from(row.part)?,
        },
        payload_hash: hash.unwrap_or_default(),
        observed_at: Timestamp::from_ms(row.observed_at),
        earliest_at: row.earliest_at.map(Timestamp::from_ms),
        time_source: time_source(&row.time_source)?,
        device_at: row.device_at.map(Timestamp::from_ms),
        network_at: row.network_at.map(Timestamp::from_ms),
        received_at: Timestamp::from_ms(row.received_at),
        rssi_dbm: row.rssi_dbm.map(i32::try_from).transpose()?,
        snr_db: row.snr_db,
        report: serde_json::from_str(&row.report_json)?,
    })
}

fn time_source(name: &str) -> anyhow::Result<TimeSource> {
    TimeSource::from_name(name).with_context(|| format!("unknown time source {name}"))
}
