//! What is known of bays after the readings so far, as last stored: it may lag behind the readings.
//!
//! **Invariant:** a stored fold holds exactly the bay's readings up to `folded_seq`; what was stored
//! since hangs in the bay's chain, from its head back to there. Written only while the bay's row in
//! `bay_live` is locked.

use sqlx::FromRow;

use crate::bulk::{bulk, bulk_fetch};
use crate::reading::ReadingRow;
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// What is known of a bay after some of its readings.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FoldRow {
    pub bay_no: i64,
    /// The last reading that it holds.
    pub folded_seq: Option<i64>,
    /// When the newest checkpoint was made.
    pub checkpoint_at: Option<i64>,
    /// `sensing::Fold`, binary.
    pub fold: Option<Vec<u8>>,
    /// The health of its devices, binary.
    pub health: Option<Vec<u8>>,
}

/// A reading that was stored after its bay's fold.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct TailRow {
    pub bay_no: i64,
    #[sqlx(flatten)]
    pub reading: ReadingRow,
}

macro_rules! reading_columns {
    () => {
        "r.reading_seq, r.prev_seq, r.stored_at, r.bay_id, r.device_id, r.epoch, r.number, r.part, r.observed_at, \
         r.earliest_at, r.time_source, r.device_at, r.network_at, r.received_at, r.kind, r.occupied, r.rssi_dbm, \
         r.snr_db, r.report_json, r.payload_hash"
    };
}

/// Tails of chains, from their newest readings and from each reading to the one before it.
macro_rules! tails {
    ($first:literal, $next:literal) => {
        concat!(
            ", tail as (select v.bay_no, v.after, ",
            reading_columns!(),
            " from ",
            $first,
            " union all select t.bay_no, t.after, ",
            reading_columns!(),
            " from ",
            $next,
            ") select bay_no, reading_seq, prev_seq, stored_at, bay_id, device_id, epoch, number, part, observed_at, \
             earliest_at, time_source, device_at, network_at, received_at, kind, occupied, rssi_dbm, snr_db, \
             report_json, payload_hash from tail order by reading_seq desc"
        )
    };
}

impl Tx {
    /// The stored folds of these bays; a bay that was never heard has none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn folds(&mut self, bay_nos: &[i64]) -> Result<Vec<FoldRow>> {
        Ok(bulk_fetch!(
            self,
            bay_nos,
            "bay_no",
            |no| ["bigint": *no],
            "select f.bay_no, f.folded_seq, f.checkpoint_at, f.fold, f.health from v cross join bay_fold f where f.bay_no = v.bay_no"
        ))
    }

    /// The stored fold of one bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn fold(&mut self, bay_no: i64) -> Result<Option<FoldRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select bay_no, folded_seq, checkpoint_at, fold, health from bay_fold where bay_no = $1"
        )
        .bind(bay_no)
        .fetch_optional(c)
        .await?))
    }

    /// Stores the folds of locked bays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_folds(&mut self, folds: &[FoldRow]) -> Result<()> {
        bulk!(
            self,
            folds,
            "bay_no, folded_seq, checkpoint_at, fold, health",
            |f| [
                "bigint": f.bay_no,
                "bigint": f.folded_seq,
                "bigint": f.checkpoint_at,
                "bytea": f.fold.as_deref(),
                "bytea": f.health.as_deref(),
            ],
            "insert into bay_fold (bay_no, folded_seq, checkpoint_at, fold, health) select * from v where true \
             on conflict (bay_no) do update set folded_seq = excluded.folded_seq, \
             checkpoint_at = excluded.checkpoint_at, fold = excluded.fold, health = excluded.health"
        );
        Ok(())
    }

    /// Of several bays at once, (bay, newest, after): their readings from `newest` backwards along the
    /// chain, down to but without `after`; of each bay the newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tails(&mut self, bays: &[(i64, i64, i64)]) -> Result<Vec<TailRow>> {
        // As in `chain`: on PostgreSQL each step looks one reading up.
        let body = match self.conn() {
            Conn::Sqlite(_) => tails!(
                "v cross join reading r where r.reading_seq = v.newest and v.newest > v.after",
                "tail t cross join reading r where r.reading_seq = t.prev_seq and t.prev_seq > t.after"
            ),
            Conn::Postgres(_) => tails!(
                "v cross join lateral (select * from reading where reading_seq = v.newest limit 1) r \
                 where v.newest > v.after",
                "tail t cross join lateral (select * from reading where reading_seq = t.prev_seq limit 1) r \
                 where t.prev_seq > t.after"
            ),
        };
        Ok(bulk_fetch!(
            self,
            bays,
            "bay_no, newest, after",
            |b| ["bigint": b.0, "bigint": b.1, "bigint": b.2],
            body
        ))
    }
}
