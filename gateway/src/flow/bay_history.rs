//! One bay while a batch is taken in: which of its readings are new, and what they change.
//!
//! In-order readings continue the fold. A late one goes back to the newest checkpoint that it
//! follows and steps on from there, over what was stored since: only that part of the bay's time is
//! derived again (`derive`). Both ways give the same spans (a property test of `sensing` says so).

mod derive;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sensing::{
    Admission, FOLD_VERSION, Fold, Health, Identity, Late, Notice, Observation, Policy, Reading,
    ReadingId, Span,
};
use store::{CheckpointRow, FoldRow, LiveRow, ObservationRow, StampRow, Tx};
use vocabulary::{DeviceId, Timestamp};

use super::folded::{Folded, encode_fold, health_of, observation};
use crate::app::App;
use crate::devices::Bay;
use crate::folds::{Content, Known};

pub(super) use derive::Prepared;

/// The stored fold lags at most so many readings behind: what a bay is heard of so often is stored then.
const LAG_LIMIT: u32 = 32;
/// How far back along the bay's chain an identity is looked for: three weeks of an ordinary sensor.
const LOOK_BACK: i64 = 2_000;
/// Repeats are nearly always of the newest readings; so many are looked at first.
const LOOK_FIRST: i64 = 32;
const DAY_MS: i64 = 86_400_000;

/// A bay and what a batch has changed of it so far.
#[derive(Debug)]
pub(super) struct BayHistory {
    pub(super) bay: Arc<Bay>,
    pub(super) row: LiveRow,
    pub(super) fold: Fold,
    pub(super) health: Vec<(DeviceId, Health)>,
    /// When the newest checkpoint was made.
    checkpoint_at: Option<i64>,
    /// How many readings the stored fold lags behind, and whether it is to catch up now.
    lag: u32,
    store_fold: bool,
    /// Whether fold or health are not what they were under the bay's stamp.
    moved: bool,
    /// Fold and health as they are stored.
    content: Content,
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
    /// Whether the batch's readings were taken before the bay was locked.
    pub(super) worked_out: bool,
}

impl BayHistory {
    /// A locked bay with what is known of it after every stored reading.
    pub(super) fn of(bay: Arc<Bay>, row: LiveRow, folded: Folded) -> BayHistory {
        let Folded { fold, health, checkpoint_at, lag, store } = folded;
        BayHistory {
            bay,
            row,
            fold,
            health,
            checkpoint_at,
            lag,
            store_fold: store,
            moved: false,
            content: Content::default(),
            kept: Vec::new(),
            spans: Vec::new(),
            since: None,
            checkpoint: None,
            repeats: 0,
            reused: Vec::new(),
            late: false,
            worked_out: false,
        }
    }

    /// Takes the batch's readings of this bay.
    pub(super) async fn take(
        &mut self,
        app: &App,
        tx: &mut Tx,
        readings: Vec<Reading>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.keep_checkpoint(app, now)?;
        let mut waiting = in_order(&app.policy, readings);
        while !waiting.is_empty() {
            let named = self.name_next(&mut waiting);
            let fresh = self.fresh(tx, named).await?;
            self.admit(app, fresh);
        }
        if self.late {
            self.derive_again(app, tx).await?;
        }
        self.hear(app);
        Ok(())
    }

    /// The same without the database. False if it has to be asked, since something may have been counted
    /// before or is late: then what was done is of no use.
    pub(super) fn take_by_heart(
        &mut self,
        app: &App,
        readings: Vec<Reading>,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        self.keep_checkpoint(app, now)?;
        let mut waiting = in_order(&app.policy, readings);
        while !waiting.is_empty() {
            let named = self.name_next(&mut waiting);
            if named.iter().any(|n| n.admission != Admission::New) {
                return Ok(false);
            }
            self.admit(app, named);
        }
        self.hear(app);
        self.worked_out = true;
        Ok(!self.late)
    }

    /// Takes those that wait up to the first after which they are counted anew, and no two of one
    /// identity: the first of them has to be counted before the other is judged.
    fn name_next(&self, waiting: &mut Vec<(Observation, Reading)>) -> Vec<Named> {
        let identities: Vec<Identity> =
            waiting.iter().map(|(_, r)| self.fold.identify(r)).collect();
        let rest = waiting.split_off(round(waiting, &identities));
        let known = std::mem::replace(waiting, rest).into_iter().zip(identities);
        let mut next: Vec<Named> = known.map(|((o, r), i)| named(o, r, i)).collect();
        if self.late && !self.kept.is_empty() {
            // What was kept since is not in the fold.
            let kept: HashSet<&ReadingId> = self.kept.iter().map(|r| &r.id).collect();
            for one in next.iter_mut().filter(|one| kept.contains(&one.reading.id)) {
                one.admission = Admission::Seen;
            }
        }
        next
    }

    /// The devices' health takes what was kept.
    fn hear(&mut self, app: &App) {
        for reading in &self.kept {
            health_of(&mut self.health, reading.id.device).hear(&app.policy, reading);
        }
        self.lag = self.lag.saturating_add(u32::try_from(self.kept.len()).unwrap_or(u32::MAX));
        self.moved |= !self.kept.is_empty();
        self.store_fold |= self.lag >= LAG_LIMIT;
    }

    /// What the bay's readings do not say was noted: only a stored fold has it.
    pub(super) fn note(&mut self, notice: &Notice) {
        health_of(&mut self.health, notice.device).note(&notice.what, notice.at);
        self.store_now();
    }

    fn store_now(&mut self) {
        (self.moved, self.store_fold) = (true, true);
    }

    /// Whether anything of it is not as it was under its stamp.
    pub(super) fn has_moved(&self) -> bool {
        self.moved
    }

    /// The stamp and the head of the chain.
    pub(super) fn stamp(&self) -> StampRow {
        let LiveRow { bay_no, stamp, last_seq, .. } = self.row;
        StampRow { bay_no, stamp, last_seq }
    }

    /// Fold and health as they are stored; if they are to be stored now, the row.
    pub(super) fn encode(&mut self) -> anyhow::Result<Option<FoldRow>> {
        let fold = encode_fold(&self.fold)?;
        let fold_bytes = fold.len();
        self.content = Content::new(postcard::to_extend(&self.health, fold)?, fold_bytes);
        if !self.store_fold {
            return Ok(None);
        }
        (self.lag, self.store_fold) = (0, false);
        Ok(Some(FoldRow {
            bay_no: self.row.bay_no,
            folded_seq: self.row.last_seq,
            checkpoint_at: self.checkpoint_at,
            fold: Some(self.content.fold().to_vec()),
            health: Some(self.content.health().to_vec()),
        }))
    }

    /// What is to be remembered of it once it is committed.
    pub(super) fn known(self) -> Known {
        let BayHistory { row, content, checkpoint_at, lag, .. } = self;
        Known { row, content, checkpoint_at, lag }
    }

    /// Once a day the state so far is kept, for late readings to start from.
    fn keep_checkpoint(&mut self, app: &App, now: Timestamp) -> anyhow::Result<()> {
        let day = |ms: i64| ms.div_euclid(DAY_MS);
        if self.checkpoint_at.is_some_and(|at| day(at) >= day(now.ms())) {
            return Ok(());
        }
        self.checkpoint_at = Some(now.ms());
        self.store_fold = true;
        if let Some(reading_seq) = self.row.last_seq {
            self.checkpoint = Some(CheckpointRow {
                bay_id: self.bay.id.0,
                reading_seq,
                made_at: now.ms(),
                fold_version: i64::from(FOLD_VERSION),
                policy_version: i64::from(app.policy.version),
                fold: encode_fold(&self.fold)?,
            });
        }
        Ok(())
    }

    /// Those that are new.
    async fn fresh(&mut self, tx: &mut Tx, named: Vec<Named>) -> anyhow::Result<Vec<Named>> {
        let (mut fresh, doubtful): (Vec<Named>, Vec<Named>) =
            named.into_iter().partition(|n| n.admission == Admission::New);
        if !doubtful.is_empty() {
            fresh.extend(self.look_up(tx, doubtful).await?);
        }
        Ok(fresh)
    }

    /// Takes what is new, and continues the fold with it if it follows.
    fn admit(&mut self, app: &App, fresh: Vec<Named>) {
        let (observations, readings): (Vec<Observation>, Vec<Reading>) =
            fresh.into_iter().map(|n| (n.observation, n.reading)).unzip();
        self.kept.extend(readings);
        if observations.is_empty() || self.late {
            return;
        }
        let before = self.fold.last_span().cloned();
        match self.fold.resume(&app.policy, &self.bay.setup, &observations) {
            Ok(mut changed) => {
                changed.retain(|span| Some(span) != before.as_ref());
                self.note_spans(changed);
            }
            Err(Late) => self.late = true,
        }
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

/// How many of those that wait can be judged by the fold as it is.
fn round(waiting: &[(Observation, Reading)], identities: &[Identity]) -> usize {
    let mut ids = HashSet::new();
    let known = || waiting.iter().map(|(_, r)| r).zip(identities);
    for (place, (reading, identity)) in known().enumerate() {
        let ReadingId { device, number, part, ref epoch } = reading.id;
        if waiting.len() > 1 && !ids.insert((device, identity.epoch.as_str(), number, part)) {
            return place;
        }
        if identity.epoch != *epoch {
            // After a counter that started again, what follows is numbered anew as well.
            let message = |r: &Reading| (r.id.device, r.id.number, r.dated_at());
            let of_it = known().skip(place).take_while(|(r, _)| message(r) == message(reading));
            return place + of_it.count();
        }
    }
    waiting.len()
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
