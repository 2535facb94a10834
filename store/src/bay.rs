//! Bays as they are registered, where they are, and the append-only history of what was published
//! about them. What they are like now is in `live`.

use futures_util::TryStreamExt;
use sqlx::{FromRow, QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::bulk::append;
use crate::live::LiveRow;
use crate::place::BayFeatures;
use crate::tx::{Conn, both};
use crate::{Result, StoreError, Tx};

/// A bay as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BayRow {
    pub bay_id: Uuid,
    /// Short key of the bay within this database: that of its `LiveRow`.
    pub bay_no: i64,
    pub operator_id: Uuid,
    pub code: String,
    /// `sensing::Setup` as JSON.
    pub setup_json: Option<String>,
}

#[derive(FromRow)]
struct Versioned {
    #[sqlx(flatten)]
    bay: BayRow,
    setup_version: i64,
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
    pub length_m: f64,
    pub vehicle_classes: Option<String>,
    pub permitted_hours: Option<String>,
    #[sqlx(flatten)]
    pub features: BayFeatures,
    /// When this version of the bay ends.
    pub valid_to_at: Option<i64>,
    pub zone_id: Uuid,
    pub block_id: Uuid,
    pub block: String,
    pub street: String,
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
        "select b.bay_id, b.bay_no, b.operator_id, b.code, b.setup_json from bay b "
    };
}

impl Tx {
    /// The bays named, locked against readings and claims until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_bays(&mut self, bay_ids: &[Uuid]) -> Result<Vec<BayRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut query = QueryBuilder::<Sqlite>::new(bay_columns!());
                query.push("where b.bay_id in (");
                let mut list = query.separated(", ");
                for id in bay_ids {
                    list.push_bind(*id);
                }
                query.push(") order by b.bay_no");
                Ok(query.build_query_as().fetch_all(c).await?)
            }
            Conn::Postgres(c) => Ok(sqlx::query_as(concat!(
                bay_columns!(),
                "join bay_live l on l.bay_no = b.bay_no where b.bay_id = any($1) order by b.bay_no for update of l"
            ))
            .bind(bay_ids)
            .fetch_all(c)
            .await?),
        }
    }

    /// Takes every bay, and how often its setup changed, one after the other.
    ///
    /// # Errors
    /// `Database`, or what `take` says.
    pub async fn each_registered_bay<E: From<StoreError>>(
        &mut self,
        mut take: impl FnMut(BayRow, i64) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        both!(self, |c| {
            let mut rows = sqlx::query_as::<_, Versioned>(
                "select b.bay_id, b.bay_no, b.operator_id, b.code, b.setup_json, l.setup_version \
                 from bay b join bay_live l on l.bay_no = b.bay_no",
            )
            .fetch(c);
            while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                take(row.bay, row.setup_version)?;
            }
            Ok(())
        })
    }

    /// The bay of a short key, and how often its setup changed.
    ///
    /// # Errors
    /// `Database`; the bay must be there.
    pub async fn bay_by_no(&mut self, bay_no: i64) -> Result<(BayRow, i64)> {
        both!(self, |c| {
            let row: Versioned = sqlx::query_as(
                "select b.bay_id, b.bay_no, b.operator_id, b.code, b.setup_json, l.setup_version \
                 from bay b join bay_live l on l.bay_no = b.bay_no where b.bay_no = $1",
            )
            .bind(bay_no)
            .fetch_one(c)
            .await?;
            Ok((row.bay, row.setup_version))
        })
    }

    /// A bay and how often its setup changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn registered_bay(&mut self, bay_id: Uuid) -> Result<Option<(BayRow, i64)>> {
        both!(self, |c| {
            let row: Option<Versioned> = sqlx::query_as(
                "select b.bay_id, b.bay_no, b.operator_id, b.code, b.setup_json, l.setup_version \
                 from bay b join bay_live l on l.bay_no = b.bay_no where b.bay_id = $1",
            )
            .bind(bay_id)
            .fetch_optional(c)
            .await?;
            Ok(row.map(|row| (row.bay, row.setup_version)))
        })
    }

    /// The bay with this painted code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_by_code(&mut self, code: &str) -> Result<Option<BayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(bay_columns!(), "where b.code = $1"))
            .bind(code)
            .fetch_optional(c)
            .await?))
    }

    /// Bays in the order of their ids, `limit` after `after`: for walking through all of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_after(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<BayRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            bay_columns!(),
            "where b.bay_id > $1 order by b.bay_id limit $2"
        ))
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Every bay with its place at `at`: its newest version then, unless that one has ended. In the
    /// order of their codes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_places(&mut self, at: i64) -> Result<Vec<BayPlace>> {
        let mut places = Vec::new();
        self.each_bay_place(at, |place| places.push(place)).await?;
        Ok(places)
    }

    /// Takes each of them, one after the other.
    ///
    /// # Errors
    /// `Database`.
    pub async fn each_bay_place(&mut self, at: i64, mut take: impl FnMut(BayPlace)) -> Result<()> {
        both!(self, |c| {
            let mut places = sqlx::query_as(
            "select b.bay_id, b.code, l.version, l.state, l.reason, l.observed_at, v.lon, v.lat, v.length_m, \
             v.vehicle_classes, v.permitted_hours, v.max_height_mm, v.max_length_mm, v.charging, v.accessible, \
             v.valid_to_at, v.zone_id, v.block_id, k.code as block, k.street \
             from bay b join bay_live l on l.bay_no = b.bay_no \
             join (select bay_id, zone_id, block_id, lon, lat, length_m, vehicle_classes, permitted_hours, \
                 max_height_mm, max_length_mm, charging, accessible, valid_to_at, \
                 row_number() over (partition by bay_id order by valid_from_at desc) as place \
                 from bay_version where valid_from_at <= $1) v on v.bay_id = b.bay_id and v.place = 1 \
             join block k on k.block_id = v.block_id \
             join (select zone_id, tariff_id, valid_to_at, \
                 row_number() over (partition by zone_id order by valid_from_at desc) as place \
                 from zone_version where valid_from_at <= $1) z on z.zone_id = v.zone_id and z.place = 1 \
             where (v.valid_to_at is null or v.valid_to_at > $1) and (z.valid_to_at is null or z.valid_to_at > $1) \
             order by b.code"
        )
        .bind(at)
        .fetch(c);
            while let Some(place) = places.try_next().await? {
                take(place);
            }
            Ok(())
        })
    }

    /// Appends the states of locked bays, each with its id, to the history that every gateway tails. That
    /// a version of a bay is published once follows from the lock, which the version is read under.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_changes(
        &mut self,
        bays: &[(Uuid, &LiveRow)],
        published_at: i64,
        source: &str,
    ) -> Result<()> {
        if !bays.is_empty() {
            self.tell();
        }
        append!(
            self,
            bays,
            "bay_change",
            "bay_id, version, state, reason, observed_at, published_at, source",
            |b| [
                "uuid": b.0,
                "bigint": b.1.version,
                "text": b.1.state.as_str(),
                "text": b.1.reason.as_str(),
                "bigint": b.1.observed_at,
                "bigint": published_at,
                "text": source,
            ],
            "insert into bay_change (bay_id, version, state, reason, observed_at, published_at, source) \
             select * from v"
        );
        Ok(())
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
