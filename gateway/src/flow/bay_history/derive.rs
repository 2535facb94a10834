//! A bay's time derived again: after a late reading from a checkpoint, after a change of its setup from
//! the beginning.

use sensing::{FOLD_VERSION, Fold, Observation, Span};
use store::Tx;
use vocabulary::Timestamp;

use super::BayHistory;
use crate::app::App;
use crate::devices::Bay;
use crate::flow::folded::{decode_fold, observations_since};

/// What a bay's readings say under its present setup, folded before the bay is locked: of years of
/// readings that takes a while.
#[derive(Debug)]
pub(in crate::flow) struct Prepared {
    setup_version: i64,
    /// The last reading folded; 0 if there was none.
    seq: i64,
    fold: Fold,
    spans: Vec<Span>,
}

impl Prepared {
    pub(in crate::flow) async fn read(
        app: &App,
        tx: &mut Tx,
        bay_no: i64,
    ) -> anyhow::Result<Prepared> {
        let (row, setup_version) = tx.bay_by_no(bay_no).await?;
        let bay = Bay::of(row, setup_version)?;
        let last_seq = tx.live(bay_no).await?.and_then(|live| live.last_seq);
        let observations = observations_since(tx, last_seq, 0).await?;
        let (fold, spans) = sensing::fold(&app.policy, &bay.setup, &observations);
        Ok(Prepared { setup_version, seq: last_seq.unwrap_or(0), fold, spans })
    }
}

impl BayHistory {
    /// A reading belongs before something folded: from the newest checkpoint before it, all that was
    /// stored since is stepped again.
    pub(super) async fn derive_again(&mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        self.checkpoint = None;
        self.store_now();
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
    pub(in crate::flow) async fn derive_anew(
        &mut self,
        app: &App,
        tx: &mut Tx,
        prepared: &Prepared,
    ) -> anyhow::Result<()> {
        self.store_now();
        let Prepared { setup_version, seq, fold, spans } = prepared;
        if *setup_version == self.row.setup_version {
            let mut fold = fold.clone();
            let later = observations_since(tx, self.row.last_seq, *seq).await?;
            if let Ok(changed) = fold.resume(&app.policy, &self.bay.setup, &later) {
                (self.spans, self.fold) = (spans.clone(), fold);
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
