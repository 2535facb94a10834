//! One bay while a batch is taken in: which of its readings are new, and what they change.
//!
//! In-order readings continue the stored fold. A late one goes back to the newest checkpoint that it
//! follows and steps on from there, over what was stored since: only that part of the bay's time is
//! derived again. Both ways give the same spans (a property test of `sensing` says so).

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use sensing::{
    Admission, FOLD_VERSION, Fold, Health, Identity, Late, Observation, Policy, Reading, ReadingId,
    Span,
};
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
const FORM: u8 = 4;

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
        let health = row.health.as_deref().and_then(health_in);
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
        let mut waiting = in_order(&app.policy, readings);
        while !waiting.is_empty() {
            let identities: Vec<Identity> =
                waiting.iter().map(|(_, r)| self.fold.identify(r)).collect();
            // After a counter that started again, what follows is numbered anew as well.
            let reset =
                waiting.iter().zip(&identities).position(|((_, r), i)| i.epoch != r.id.epoch);
            let rest = waiting.split_off(reset.map_or(waiting.len(), |place| place + 1));
            let known = std::mem::replace(&mut waiting, rest).into_iter().zip(identities);
            self.admit(app, tx, known.map(|((o, r), i)| named(o, r, i)).collect()).await?;
        }
        if self.late {
            self.derive_again(app, tx).await?;
        }
        for reading in &self.kept {
            health_of(&mut self.health, reading.id.device).hear(&app.policy, reading);
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

    /// Takes those that are new, and continues the fold with them if they follow it.
    async fn admit(&mut self, app: &App, tx: &mut Tx, named: Vec<Named>) -> anyhow::Result<()> {
        let (mut fresh, doubtful): (Vec<Named>, Vec<Named>) =
            named.into_iter().partition(|n| n.admission == Admission::New);
        if !doubtful.is_empty() {
            fresh.extend(self.look_up(tx, doubtful).await?);
        }
        let (observations, readings): (Vec<Observation>, Vec<Reading>) =
            fresh.into_iter().map(|n| (n.observation, n.reading)).unzip();
        self.kept.extend(readings);
        if observations.is_empty() || self.late {
            return Ok(());
        }
        let before = self.fold.last_span().cloned();
        match self.fold.resume(&app.policy, &self.bay.setup, &observations) {
            Ok(mut changed) => {
                changed.retain(|span| Some(span) != before.as_ref());
                self.note_spans(changed);
            }
            Err(Late) => self.late = true,
        }
        Ok(())
    }

    fn note_spans(&mut self, changed: Vec<Span>) {
        for span in changed {
            let since = self.since.map_or(span.arrived_at(), |at| at.min(span.arrived_at()));
            self.since = Some(since);
            match self.spans.iter_mut().rev().find(|known| known.first == span.first) {
                Some(known) => *known = span,
                None => self.spans.push(span),
            }
        }
    }

    /// Identities that the fold has counted before, or cannot tell: the stored readings say. Gives
    /// back those that are new after all.
    async fn look_up(&mut self, tx: &mut Tx, doubtful: Vec<Named>) -> anyhow::Result<Vec<Named>> {
        let mut stored = hashes(tx.chain(self.row.last_seq, 0, LOOK_FIRST).await?);
        if !doubtful.iter().all(|n| stored.contains_key(&n.reading.id)) {
            stored = hashes(tx.chain(self.row.last_seq, 0, LOOK_BACK).await?);
        }
        for kept in &self.kept {
            stored.insert(kept.id.clone(), Some(kept.payload_hash.to_vec()));
        }
        let mut fresh = Vec::new();
        for named in doubtful {
            match (stored.get(&named.reading.id), named.admission) {
                (Some(Some(hash)), _) if *hash != named.reading.payload_hash => {
                    self.reused.push(named.reading);
                }
                (None, Admission::Unsure) => fresh.push(named),
                _ => self.repeats += 1,
            }
        }
        Ok(fresh)
    }

    /// A reading belongs before something folded: from the newest checkpoint before it, all that was
    /// stored since is stepped again.
    async fn derive_again(&mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        self.checkpoint = None;
        let fresh: Vec<Observation> = self.kept.iter().map(Observation::of).collect();
        let (fold_version, policy_version) =
            (i64::from(FOLD_VERSION), i64::from(app.policy.version));
        let checkpoints = tx.checkpoints(self.bay.id.0, fold_version, policy_version).await?;
        for row in checkpoints {
            let Some(fold) = decode_fold(&row.fold) else { continue };
            // Quickly answered for most; together they may still be late for it.
            let follow = fresh.iter().all(|o| fold.follows(&app.policy, o));
            if follow && self.derive_from(app, tx, (row.reading_seq, fold), &fresh).await? {
                return Ok(tx.drop_checkpoints_after(self.bay.id.0, row.reading_seq).await?);
            }
        }
        let anew = self.derive_from(app, tx, (0, Fold::new()), &fresh).await?;
        anyhow::ensure!(anew, "the readings of bay {} follow nothing", self.bay.code);
        Ok(tx.drop_checkpoints_after(self.bay.id.0, 0).await?)
    }

    /// The bay's setup changed: everything stored is folded anew; most of it was `prepared`, unless
    /// the setup changed again since.
    pub(super) async fn derive_anew(
        &mut self,
        app: &App,
        tx: &mut Tx,
        prepared: Prepared,
    ) -> anyhow::Result<()> {
        let Prepared { setup_version, seq, mut fold, spans } = prepared;
        if setup_version == self.row.setup_version {
            let later = observations_since(tx, self.row.last_seq, seq).await?;
            if let Ok(changed) = fold.resume(&app.policy, &self.bay.setup, &later) {
                (self.spans, self.fold) = (spans, fold);
                self.note_spans(changed);
                self.since = Some(Timestamp::from_ms(i64::MIN));
                return Ok(tx.drop_checkpoints_after(self.bay.id.0, 0).await?);
            }
        }
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
        let Ok(changed) = fold.resume(&app.policy, &self.bay.setup, &observations) else {
            return Ok(false);
        };
        let since = last.as_ref().map_or(i64::MIN, |span| span.arrived_at().ms());
        self.spans = last.into_iter().collect();
        self.note_spans(changed);
        self.since = Some(Timestamp::from_ms(since));
        self.fold = fold;
        Ok(true)
    }
}

/// What a bay's readings say under its present setup, folded before the bay is locked: of years of
/// readings that takes a while.
#[derive(Debug)]
pub(super) struct Prepared {
    setup_version: i64,
    /// The last reading folded; 0 if there was none.
    seq: i64,
    fold: Fold,
    spans: Vec<Span>,
}

impl Prepared {
    pub(super) async fn read(app: &App, tx: &mut Tx, bay_no: i64) -> anyhow::Result<Prepared> {
        let (row, setup_version) = tx.bay_by_no(bay_no).await?;
        let bay = Bay::of(row, setup_version)?;
        let last_seq = tx.live(bay_no).await?.and_then(|live| live.last_seq);
        let observations = observations_since(tx, last_seq, 0).await?;
        let (fold, spans) = sensing::fold(&app.policy, &bay.setup, &observations);
        Ok(Prepared { setup_version, seq: last_seq.unwrap_or(0), fold, spans })
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

/// The health of a bay's devices as it is stored.
pub(crate) fn health_in(bytes: &[u8]) -> Option<Vec<(DeviceId, Health)>> {
    postcard::from_bytes(bytes).ok()
}

/// Everything stored about a bay after the reading `after`, in no order.
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

/// A reading under the identity it has in the bay's ledger.
struct Named {
    observation: Observation,
    reading: Reading,
    admission: Admission,
}

fn named(mut observation: Observation, mut reading: Reading, identity: Identity) -> Named {
    observation.id.epoch.clone_from(&identity.epoch);
    reading.id.epoch = identity.epoch;
    Named { observation, reading, admission: identity.admission }
}

/// Readings with what the fold looks at, in its order.
fn in_order(policy: &Policy, readings: Vec<Reading>) -> Vec<(Observation, Reading)> {
    if let [_] = readings.as_slice() {
        return readings.into_iter().map(|r| (Observation::of(&r), r)).collect();
    }
    let mut observations: Vec<Observation> = readings.iter().map(Observation::of).collect();
    sensing::sort(policy, &mut observations);
    let mut readings: Vec<Option<Reading>> = readings.into_iter().map(Some).collect();
    let find = |o: &Observation, readings: &mut [Option<Reading>]| {
        readings
            .iter_mut()
            .find(|r| r.as_ref().is_some_and(|r| r.id == o.id && r.observed_at == o.observed_at))
            .and_then(Option::take)
    };
    let mut ordered: Vec<(Observation, Reading)> = observations
        .into_iter()
        .filter_map(|o| find(&o, &mut readings).map(|reading| (o, reading)))
        .collect();
    // Under a number that came before in the batch: counted again, after the others.
    ordered.extend(readings.into_iter().flatten().map(|r| (Observation::of(&r), r)));
    ordered
}
