//! One bay while a batch is taken in: which of its readings are new, and what they change.
//!
//! In-order readings continue the stored fold. A late one goes back to the newest checkpoint that it
//! follows and steps on from there, over what was stored since: only that part of the bay's time is
//! derived again. Both ways give the same spans (a property test of `sensing` says so).

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use sensing::{Admission, FOLD_VERSION, Fold, Health, Observation, Reading, ReadingId, Span};
use store::{CheckpointRow, LiveRow, ObservationRow, Tx};
use vocabulary::{DeviceId, Timestamp};

use crate::app::App;
use crate::devices::Bay;

/// How far back along the bay's chain an identity is looked for: three weeks of an ordinary sensor.
const LOOK_BACK: i64 = 2_000;
/// Repeats are nearly always of the newest readings; so many are looked at first.
const LOOK_FIRST: i64 = 32;
const DAY_MS: i64 = 86_400_000;
/// Raised when the stored form of a fold changes; another form is folded anew from the readings.
const FORM: u8 = FOLD_VERSION as u8;

/// A bay and what a batch has changed of it so far.
#[derive(Debug)]
pub(super) struct BayHistory {
    pub(super) bay: Arc<Bay>,
    pub(super) row: LiveRow,
    pub(super) fold: Fold,
    pub(super) health: Vec<(DeviceId, Health)>,
    /// New readings, to be appended.
    pub(super) kept: Vec<Reading>,
    /// Spans that are new or changed, oldest first.
    pub(super) spans: Vec<Span>,
    /// Stays that arrived from here on are compared with `spans`; `None` if no span is in question.
    pub(super) since: Option<Timestamp>,
    /// To be stored: the state before this batch.
    pub(super) checkpoint: Option<CheckpointRow>,
    pub(super) repeats: usize,
    /// Readings whose identity was stored before with other content.
    pub(super) reused: Vec<Reading>,
    /// Whether a new reading belongs before something folded.
    late: bool,
}

impl BayHistory {
    /// Opens a locked bay.
    pub(super) async fn open(
        app: &App,
        tx: &mut Tx,
        bay: Arc<Bay>,
        row: LiveRow,
    ) -> anyhow::Result<BayHistory> {
        let stored = row.fold.as_deref().and_then(decode_fold);
        let fold = match (stored, row.last_seq) {
            (Some(fold), _) => fold,
            (None, None) => Fold::new(),
            // Written by another version of the program: the readings say it all again.
            (None, Some(_)) => {
                let observations = observations_since(tx, row.last_seq, 0).await?;
                sensing::fold(&app.policy, &bay.setup, &observations).0
            }
        };
        let health = row.health.as_deref().and_then(|b| postcard::from_bytes(b).ok());
        Ok(BayHistory {
            bay,
            row,
            fold,
            health: health.unwrap_or_default(),
            kept: Vec::new(),
            spans: Vec::new(),
            since: None,
            checkpoint: None,
            repeats: 0,
            reused: Vec::new(),
            late: false,
        })
    }

    /// Takes the batch's readings of this bay.
    pub(super) async fn take(
        &mut self,
        app: &App,
        tx: &mut Tx,
        readings: Vec<Reading>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.keep_checkpoint(app, now);
        let mut doubtful = Vec::new();
        for (observation, reading) in in_order(readings) {
            let identity = self.fold.identify(&reading);
            match identity.admission {
                Admission::New => self.admit(app, observation, reading, identity.epoch),
                _ => doubtful.push((observation, reading, identity)),
            }
        }
        if !doubtful.is_empty() {
            self.look_up(app, tx, doubtful).await?;
        }
        if self.late {
            self.derive_again(app, tx).await?;
        }
        for reading in &self.kept {
            let health = health_of(&mut self.health, reading.id.device);
            health.hear(&app.policy, reading);
        }
        Ok(())
    }

    /// Writes fold and health into the row.
    pub(super) fn encode(&mut self) -> anyhow::Result<()> {
        self.row.fold = Some(encode_fold(&self.fold)?);
        self.row.health = Some(postcard::to_allocvec(&self.health)?);
        Ok(())
    }

    /// Once a day the state so far is kept, for late readings to start from.
    fn keep_checkpoint(&mut self, app: &App, now: Timestamp) {
        let day = |ms: i64| ms.div_euclid(DAY_MS);
        if self.row.checkpoint_at.is_some_and(|at| day(at) >= day(now.ms())) {
            return;
        }
        self.row.checkpoint_at = Some(now.ms());
        if let (Some(fold), Some(reading_seq)) = (self.row.fold.clone(), self.row.last_seq) {
            self.checkpoint = Some(CheckpointRow {
                bay_id: self.bay.id.0,
                reading_seq,
                made_at: now.ms(),
                fold_version: i64::from(FOLD_VERSION),
                policy_version: i64::from(app.policy.version),
                fold,
            });
        }
    }

    fn admit(
        &mut self,
        app: &App,
        mut observation: Observation,
        mut reading: Reading,
        epoch: String,
    ) {
        observation.id.epoch.clone_from(&epoch);
        reading.id.epoch = epoch;
        if self.late || !self.fold.follows(&app.policy, &self.bay.setup, &observation) {
            self.late = true;
        } else {
            let before = self.fold.last_span().cloned();
            let mut changed = self.fold.step(&app.policy, &self.bay.setup, &observation);
            changed.retain(|span| Some(span) != before.as_ref());
            self.note_spans(changed);
        }
        self.kept.push(reading);
    }

    fn note_spans(&mut self, changed: Vec<Span>) {
        for span in changed {
            let since =
                self.since.map_or(span.arrived.earliest_at, |at| at.min(span.arrived.earliest_at));
            self.since = Some(since);
            match self.spans.iter_mut().rev().find(|known| known.first == span.first) {
                Some(known) => *known = span,
                None => self.spans.push(span),
            }
        }
    }

    /// Identities that the fold has counted before, or cannot tell: the stored readings say.
    async fn look_up(
        &mut self,
        app: &App,
        tx: &mut Tx,
        doubtful: Vec<(Observation, Reading, sensing::Identity)>,
    ) -> anyhow::Result<()> {
        let mut stored = hashes(tx.chain(self.row.last_seq, 0, LOOK_FIRST).await?);
        let found_all = |stored: &HashMap<ReadingId, Option<Vec<u8>>>| {
            doubtful.iter().all(|(_, r, i)| stored.contains_key(&under(&r.id, &i.epoch)))
        };
        if !found_all(&stored) {
            stored = hashes(tx.chain(self.row.last_seq, 0, LOOK_BACK).await?);
        }
        for (observation, reading, identity) in doubtful {
            let now_kept = self.kept.iter().find(|k| k.id == under(&reading.id, &identity.epoch));
            let hash = match now_kept {
                Some(kept) => Some(Some(kept.payload_hash.to_vec())),
                None => stored.get(&under(&reading.id, &identity.epoch)).cloned(),
            };
            match (hash, identity.admission) {
                (Some(Some(hash)), _) if hash != reading.payload_hash => self.reused.push(reading),
                (None, Admission::Unsure) => {
                    self.admit(app, observation, reading, identity.epoch);
                }
                _ => self.repeats += 1,
            }
        }
        Ok(())
    }

    /// A reading belongs before something folded: from the newest checkpoint before it, all that was
    /// stored since is stepped again.
    async fn derive_again(&mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        let fresh: Vec<Observation> = self.kept.iter().map(Observation::of).collect();
        let (fold_version, policy_version) =
            (i64::from(FOLD_VERSION), i64::from(app.policy.version));
        let checkpoints = tx.checkpoints(self.bay.id.0, fold_version, policy_version).await?;
        let start = checkpoints.into_iter().find_map(|row| {
            let fold = decode_fold(&row.fold)?;
            let follow = fresh.iter().all(|o| fold.follows(&app.policy, &self.bay.setup, o));
            follow.then_some((row.reading_seq, fold))
        });
        let start = start.unwrap_or((0, Fold::new()));
        let mut seq = start.0;
        if !self.derive_from(app, tx, start, &fresh).await? {
            seq = 0;
            let anew = self.derive_from(app, tx, (0, Fold::new()), &fresh).await?;
            anyhow::ensure!(anew, "the readings of bay {} follow nothing", self.bay.code);
        }
        tx.drop_checkpoints_after(self.bay.id.0, seq).await?;
        self.checkpoint = None;
        Ok(())
    }

    /// The bay's setup changed: everything stored is folded anew.
    pub(super) async fn derive_anew(&mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        let anew = self.derive_from(app, tx, (0, Fold::new()), &[]).await?;
        anyhow::ensure!(anew, "the readings of bay {} follow nothing", self.bay.code);
        Ok(tx.drop_checkpoints_after(self.bay.id.0, 0).await?)
    }

    /// False if something stored since belongs before the start after all; nothing changed then.
    async fn derive_from(
        &mut self,
        app: &App,
        tx: &mut Tx,
        (seq, mut fold): (i64, Fold),
        fresh: &[Observation],
    ) -> anyhow::Result<bool> {
        let mut observations = observations_since(tx, self.row.last_seq, seq).await?;
        observations.extend_from_slice(fresh);
        // What can still change: the last span before, and all that came after it.
        let last = fold.last_span().cloned();
        let Ok(changed) = fold.resume(&app.policy, &self.bay.setup, observations) else {
            return Ok(false);
        };
        let since = last.as_ref().map_or(i64::MIN, |span| span.arrived.earliest_at.ms());
        self.spans = last.into_iter().collect();
        self.note_spans(changed);
        self.since = Some(Timestamp::from_ms(since));
        self.fold = fold;
        Ok(true)
    }
}

/// A bay's health entry of a device.
pub(super) fn health_of(health: &mut Vec<(DeviceId, Health)>, device: DeviceId) -> &mut Health {
    let place = health.iter().position(|(known, _)| *known == device).unwrap_or_else(|| {
        health.push((device, Health::new()));
        health.len() - 1
    });
    &mut health[place].1
}

/// Everything stored about a bay after the reading `after`, in the order the fold wants.
pub(crate) async fn observations_since(
    tx: &mut Tx,
    newest: Option<i64>,
    after: i64,
) -> anyhow::Result<Vec<Observation>> {
    let rows = tx.chain(newest, after, i64::MAX).await?;
    let mut observations = rows.into_iter().map(observation).collect::<anyhow::Result<Vec<_>>>()?;
    sensing::sort(&mut observations);
    Ok(observations)
}

/// A fold as it is stored.
pub(crate) fn decode_fold(bytes: &[u8]) -> Option<Fold> {
    let (form, fold) = bytes.split_first()?;
    (*form == FORM).then(|| postcard::from_bytes(fold).ok()).flatten()
}

fn encode_fold(fold: &Fold) -> anyhow::Result<Vec<u8>> {
    Ok(postcard::to_extend(fold, vec![FORM])?)
}

fn observation(row: ObservationRow) -> anyhow::Result<Observation> {
    Ok(Observation {
        id: ReadingId {
            device: DeviceId(row.device_id),
            epoch: row.epoch,
            number: row.number,
            part: u16::try_from(row.part)?,
        },
        observed_at: Timestamp::from_ms(row.observed_at),
        earliest_at: row.earliest_at.map(Timestamp::from_ms),
        time_source: sensing::TimeSource::from_name(&row.time_source)
            .with_context(|| format!("unknown time source {}", row.time_source))?,
        device_at: row.device_at.map(Timestamp::from_ms),
        received_at: Timestamp::from_ms(row.received_at),
        kind: sensing::Kind::from_name(&row.kind)
            .with_context(|| format!("unknown kind {}", row.kind))?,
        occupied: row.occupied,
    })
}

fn hashes(rows: Vec<ObservationRow>) -> HashMap<ReadingId, Option<Vec<u8>>> {
    rows.into_iter()
        .filter_map(|mut row| {
            let hash = row.payload_hash.take();
            Some((observation(row).ok()?.id, hash))
        })
        .collect()
}

fn under(id: &ReadingId, epoch: &str) -> ReadingId {
    ReadingId { epoch: epoch.to_owned(), ..id.clone() }
}

/// Readings with what the fold looks at, in its order.
fn in_order(readings: Vec<Reading>) -> Vec<(Observation, Reading)> {
    if let [_] = readings.as_slice() {
        return readings.into_iter().map(|r| (Observation::of(&r), r)).collect();
    }
    let mut observations: Vec<Observation> = readings.iter().map(Observation::of).collect();
    sensing::sort(&mut observations);
    let mut readings: Vec<Option<Reading>> = readings.into_iter().map(Some).collect();
    let find = |o: &Observation, readings: &mut [Option<Reading>]| {
        readings
            .iter_mut()
            .find(|r| r.as_ref().is_some_and(|r| r.id == o.id && r.observed_at == o.observed_at))
            .and_then(Option::take)
    };
    observations
        .into_iter()
        .filter_map(|o| find(&o, &mut readings).map(|reading| (o, reading)))
        .collect()
}
