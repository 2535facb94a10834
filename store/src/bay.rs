//! Live state of bays, its append-only history, and where the bays are.

use sqlx::{FromRow, QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// A bay's live state and the fold that it came from.
#[derive(Clone, Debug, FromRow)]
pub struct BayRow {
    pub bay_id: Uuid,
    pub operator_id: Uuid,
    pub code: String,
    pub version: i64,
    pub state: String,
    /// Why the state is what it is, as last published.
    pub reason: String,
    /// When the bay was last vouched for, as last published.
    pub observed_at: Option<i64>,
    pub changed_at: Option<i64>,
    pub silent_at: Option<i64>,
    /// `sensing::Fold` after every stored reading, binary.
    pub fold: Option<Vec<u8>>,
    /// The health of its devices, binary.
    pub health: Option<Vec<u8>>,
    /// The bay's newest reading: the head of its chain.
    pub last_seq: Option<i64>,
    /// When the newest checkpoint was made, as the bay's readings tell time.
    pub checkpoint_at: Option<i64>,
    /// Conditions of its devices, as last told.
    pub conditions: String,
    /// `sensing::Setup` as JSON.
    pub setup_json: Option<String>,
}

/// A bay with its place today, for the live index. Degrees WGS-84.
#[derive(Clone, Debug, FromRow)]
pub struct BayPlace {
    pub bay_id: Uuid,
    pub code: String,
    pub version: i64,
    pub state: String,
    pub reason: String,
    pub observed_at: Option<i64>,
    pub lon: f64,
    pub lat: f64,
    pub block: String,
    pub street: String,
    pub tariff_id: String,
}

/// One published change of a bay.
#[derive(Clone, Debug, FromRow)]
pub struct ChangeRow {
    pub change_seq: i64,
    pub bay_id: Uuid,
    pub version: i64,
    pub state: String,
    pub reason: String,
    pub observed_at: Option<i64>,
    pub published_at: i64,
    pub source: String,
}

/// Numbers asked for in one SQLite statement, far below its 32,766 parameters.
const SQLITE_NUMBERS: usize = 5_000;

macro_rules! change_columns {
    () => {
        "select change_seq, bay_id, version, state, reason, observed_at, published_at, source from bay_change "
    };
}

macro_rules! bay_columns {
    () => {
        "select bay_id, operator_id, code, version, state, reason, observed_at, changed_at, silent_at, fold, health, \
         last_seq, checkpoint_at, conditions, setup_json from bay "
    };
}

impl Tx {
    /// The bays named, locked against other gateways until the transaction ends, in id order.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_bays(&mut self, bay_ids: &[Uuid]) -> Result<Vec<BayRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut query = QueryBuilder::<Sqlite>::new(bay_columns!());
                query.push("where bay_id in (");
                let mut list = query.separated(", ");
                for id in bay_ids {
                    list.push_bind(*id);
                }
                query.push(") order by bay_id");
                Ok(query.build_query_as().fetch_all(c).await?)
            }
            Conn::Postgres(c) => Ok(sqlx::query_as(concat!(
                bay_columns!(),
                "where bay_id = any($1) order by bay_id for update"
            ))
            .bind(bay_ids)
            .fetch_all(c)
            .await?),
        }
    }

    /// The bay with this painted code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_by_code(&mut self, code: &str) -> Result<Option<BayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(bay_columns!(), "where code = $1"))
            .bind(code)
            .fetch_optional(c)
            .await?))
    }

    /// Ids of bays in order, `limit` after `after`: for walking through all of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_after(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<BayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            bay_columns!(),
            "where bay_id > $1 order by bay_id limit $2"
        ))
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Bays whose sensor should have been heard of by `now` and was not.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_fallen_silent(&mut self, now: i64, limit: i64) -> Result<Vec<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select bay_id from bay where silent_at is not null and silent_at <= $1 order by silent_at limit $2"
        )
        .bind(now)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Every bay with its place at `at`: its newest version then, unless that one has ended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_places(&mut self, at: i64) -> Result<Vec<BayPlace>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select b.bay_id, b.code, b.version, b.state, b.reason, b.observed_at, v.lon, v.lat, k.code as block, k.street, \
             z.tariff_id \
             from bay b \
             join bay_version v on v.bay_id = b.bay_id and v.valid_from_at = (select max(w.valid_from_at) \
                 from bay_version w where w.bay_id = b.bay_id and w.valid_from_at <= $1) \
             join block k on k.block_id = v.block_id \
             join zone_version z on z.zone_id = v.zone_id and z.valid_from_at = (select max(y.valid_from_at) \
                 from zone_version y where y.zone_id = v.zone_id and y.valid_from_at <= $1) \
             where (v.valid_to_at is null or v.valid_to_at > $1) and (z.valid_to_at is null or z.valid_to_at > $1) \
             order by b.code"
        )
        .bind(at)
        .fetch_all(c)
        .await?)
        })
    }

    /// Stores what readings changed of bays: live state, fold, health, chain and version.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_bays(&mut self, bays: &[BayRow]) -> Result<()> {
        bulk!(
            self,
            bays,
            "bay_id, version, state, reason, observed_at, changed_at, silent_at, fold, health, last_seq, checkpoint_at, \
             conditions",
            |b| [
                "uuid": b.bay_id,
                "bigint": b.version,
                "text": b.state.as_str(),
                "text": b.reason.as_str(),
                "bigint": b.observed_at,
                "bigint": b.changed_at,
                "bigint": b.silent_at,
                "bytea": b.fold.as_deref(),
                "bytea": b.health.as_deref(),
                "bigint": b.last_seq,
                "bigint": b.checkpoint_at,
                "text": b.conditions.as_str(),
            ],
            "update bay set version = v.version, state = v.state, reason = v.reason, observed_at = v.observed_at, \
             changed_at = v.changed_at, silent_at = v.silent_at, fold = v.fold, health = v.health, \
             last_seq = v.last_seq, checkpoint_at = v.checkpoint_at, conditions = v.conditions \
             from v where bay.bay_id = v.bay_id"
        );
        Ok(())
    }

    /// Appends the states of bays to the history that every gateway tails.
    ///
    /// # Errors
    /// `Database`; the version of a bay is unique.
    pub async fn append_changes(
        &mut self,
        bays: &[BayRow],
        published_at: i64,
        source: &str,
    ) -> Result<()> {
        bulk!(
            self,
            bays,
            "bay_id, version, state, reason, observed_at, published_at, source",
            |b| [
                "uuid": b.bay_id,
                "bigint": b.version,
                "text": b.state.as_str(),
                "text": b.reason.as_str(),
                "bigint": b.observed_at,
                "bigint": published_at,
                "text": source,
            ],
            "insert into bay_change (bay_id, version, state, reason, observed_at, published_at, source) \
             select * from v"
        );
        Ok(())
    }

    /// Stores what is known of a bay beside its readings (`sensing::Setup` as JSON).
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_setup(&mut self, bay_id: Uuid, setup_json: &str) -> Result<()> {
        both!(self, |c| {
            sqlx::query("update bay set setup_json = $2 where bay_id = $1")
                .bind(bay_id)
                .bind(setup_json)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Changes after `after`, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn changes_after(&mut self, after: i64, limit: i64) -> Result<Vec<ChangeRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select change_seq, bay_id, version, state, reason, observed_at, published_at, source from bay_change \
             where change_seq > $1 order by change_seq limit $2"
        )
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Of the changes with these numbers, those that are there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn changes_named(&mut self, numbers: &[i64]) -> Result<Vec<ChangeRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut found = Vec::new();
                for chunk in numbers.chunks(SQLITE_NUMBERS) {
                    let mut query = QueryBuilder::<Sqlite>::new(concat!(
                        change_columns!(),
                        "where change_seq in ("
                    ));
                    let mut list = query.separated(", ");
                    for number in chunk {
                        list.push_bind(*number);
                    }
                    query.push(") order by change_seq");
                    found.extend(query.build_query_as::<ChangeRow>().fetch_all(&mut *c).await?);
                }
                Ok(found)
            }
            Conn::Postgres(c) => Ok(sqlx::query_as(concat!(
                change_columns!(),
                "where change_seq = any($1) order by change_seq"
            ))
            .bind(numbers)
            .fetch_all(c)
            .await?),
        }
    }

    /// The newest change number, 0 if there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_change(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select coalesce(max(change_seq), 0) from bay_change"
        )
        .fetch_one(c)
        .await?))
    }
}
