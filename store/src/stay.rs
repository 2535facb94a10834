//! Stays as published, and every revision of them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{append, bulk, bulk_fetch};
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// The newest revision of a stay. `span_json` is the fold's span, whole.
#[derive(Clone, Debug, FromRow)]
pub struct StayRow {
    pub stay_id: Uuid,
    pub bay_id: Uuid,
    pub state: String,
    pub revision: i64,
    pub arrived_at: i64,
    pub left_at: Option<i64>,
    pub span_json: String,
    pub superseded_by: Option<Uuid>,
    pub fold_version: i64,
    pub policy_version: i64,
}

/// What a revision changed.
#[derive(Clone, Debug, FromRow)]
pub struct RevisionRow {
    pub stay_id: Uuid,
    pub revision: i64,
    pub state: String,
    pub change: String,
    pub span_json: String,
    pub published_at: i64,
}

macro_rules! stay_columns {
    () => {
        "select s.stay_id, s.bay_id, s.state, s.revision, s.arrived_at, s.left_at, s.span_json, s.superseded_by, \
         s.fold_version, s.policy_version from stay s "
    };
}

impl Tx {
    /// The stays of a bay that end after `after` or have not ended, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_of_bay(&mut self, bay_id: Uuid, after: i64) -> Result<Vec<StayRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            stay_columns!(),
            "where s.bay_id = $1 and (s.left_at is null or s.left_at >= $2) order by s.arrived_at, s.stay_id"
        ))
        .bind(bay_id)
        .bind(after)
        .fetch_all(c)
        .await?)
        })
    }

    /// One stay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stay(&mut self, stay_id: Uuid) -> Result<Option<StayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(stay_columns!(), "where s.stay_id = $1"))
            .bind(stay_id)
            .fetch_optional(c)
            .await?))
    }

    /// The stays that make up a visit, oldest first; not those that it merely straddles.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_of_visit(&mut self, visit_id: Uuid) -> Result<Vec<StayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            stay_columns!(),
            "join stay_link l on l.stay_id = s.stay_id and l.ended_at is null \
             where l.visit_id = $1 and l.role = 'occupies' order by s.arrived_at, s.stay_id"
        ))
        .bind(visit_id)
        .fetch_all(c)
        .await?))
    }

    /// Of several bays at once: the stays that arrived at or after an instant given for each bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_arrived(&mut self, since: &[(Uuid, i64)]) -> Result<Vec<StayRow>> {
        Ok(bulk_fetch!(
            self,
            since,
            "bay_id, since",
            |s| ["uuid": s.0, "bigint": s.1],
            "select s.stay_id, s.bay_id, s.state, s.revision, s.arrived_at, s.left_at, s.span_json, s.superseded_by, \
             s.fold_version, s.policy_version from v cross join stay s where s.bay_id = v.bay_id and s.arrived_at >= v.since"
        ))
    }

    /// Stores the newest revisions of stays, and keeps them in the history. One revision of a stay at a
    /// time; the first makes the stay.
    ///
    /// # Errors
    /// `Database`; a revision is stored once.
    pub async fn write_stays(
        &mut self,
        stays: &[(StayRow, &'static str)],
        published_at: i64,
    ) -> Result<()> {
        let (fresh, known): (Vec<&StayRow>, Vec<&StayRow>) =
            stays.iter().map(|(row, _)| row).partition(|row| row.revision == 1);
        self.append_stays(&fresh).await?;
        self.update_stays(&known).await?;
        append!(
            self,
            stays,
            "stay_revision",
            "stay_id, revision, state, change, span_json, published_at",
            |s| [
                "uuid": s.0.stay_id,
                "bigint": s.0.revision,
                "text": s.0.state.as_str(),
                "text": s.1,
                "text": s.0.span_json.as_str(),
                "bigint": published_at,
            ],
            "insert into stay_revision (stay_id, revision, state, change, span_json, published_at) select * from v"
        );
        Ok(())
    }

    async fn append_stays(&mut self, fresh: &[&StayRow]) -> Result<()> {
        append!(
            self,
            fresh,
            "stay",
            "stay_id, bay_id, state, revision, arrived_at, left_at, span_json, superseded_by, fold_version, \
             policy_version",
            |s| [
                "uuid": s.stay_id,
                "uuid": s.bay_id,
                "text": s.state.as_str(),
                "bigint": s.revision,
                "bigint": s.arrived_at,
                "bigint": s.left_at,
                "text": s.span_json.as_str(),
                "uuid": s.superseded_by,
                "bigint": s.fold_version,
                "bigint": s.policy_version,
            ],
            "insert into stay (stay_id, bay_id, state, revision, arrived_at, left_at, span_json, superseded_by, \
             fold_version, policy_version) select * from v"
        );
        Ok(())
    }

    async fn update_stays(&mut self, known: &[&StayRow]) -> Result<()> {
        // SQLite joins an update slowly, and writes every index that it names: what is there is written
        // over instead, and an arrival that moved is written apart.
        let (body, moved) = match self.conn() {
            Conn::Sqlite(_) => (
                "insert into stay (stay_id, bay_id, state, revision, arrived_at, left_at, span_json, superseded_by, \
                 fold_version, policy_version) select * from v where true on conflict (stay_id) do update set \
                 state = excluded.state, revision = excluded.revision, left_at = excluded.left_at, \
                 span_json = excluded.span_json, superseded_by = excluded.superseded_by, \
                 fold_version = excluded.fold_version, policy_version = excluded.policy_version",
                true,
            ),
            Conn::Postgres(_) => (
                "update stay set state = v.state, revision = v.revision, arrived_at = v.arrived_at, \
                 left_at = v.left_at, span_json = v.span_json, superseded_by = v.superseded_by, \
                 fold_version = v.fold_version, policy_version = v.policy_version from v \
                 where stay.stay_id = v.stay_id",
                false,
            ),
        };
        bulk!(
            self,
            known,
            "stay_id, bay_id, state, revision, arrived_at, left_at, span_json, superseded_by, fold_version, \
             policy_version",
            |s| [
                "uuid": s.stay_id,
                "uuid": s.bay_id,
                "text": s.state.as_str(),
                "bigint": s.revision,
                "bigint": s.arrived_at,
                "bigint": s.left_at,
                "text": s.span_json.as_str(),
                "uuid": s.superseded_by,
                "bigint": s.fold_version,
                "bigint": s.policy_version,
            ],
            body
        );
        if moved {
            self.move_arrivals(known).await?;
        }
        Ok(())
    }

    /// Of stays that were there before, the arrivals that are not where they were.
    async fn move_arrivals(&mut self, known: &[&StayRow]) -> Result<()> {
        bulk!(
            self,
            known,
            "stay_id, arrived_at",
            |s| ["uuid": s.stay_id, "bigint": s.arrived_at],
            "insert into stay (stay_id, bay_id, state, revision, arrived_at, span_json, fold_version, policy_version) \
             select s.stay_id, s.bay_id, s.state, s.revision, v.arrived_at, s.span_json, s.fold_version, \
             s.policy_version from v cross join stay s where s.stay_id = v.stay_id and s.arrived_at <> v.arrived_at \
             on conflict (stay_id) do update set arrived_at = excluded.arrived_at"
        );
        Ok(())
    }

    /// How many revisions are of no stay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn loose_revisions(&mut self) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select count(*) from stay_revision r where not exists (select 1 from stay s where s.stay_id = r.stay_id)"
        )
        .fetch_one(c)
        .await?)
        })
    }

    /// Every revision of a stay, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revisions(&mut self, stay_id: Uuid) -> Result<Vec<RevisionRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select stay_id, revision, state, change, span_json, published_at from stay_revision \
             where stay_id = $1 order by revision"
        )
        .bind(stay_id)
        .fetch_all(c)
        .await?))
    }

    /// How many stays are not void or superseded.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_stays(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select count(*) from stay where state in ('present', 'left')"
        )
        .fetch_one(c)
        .await?))
    }
}
