//! What holds of a bay from when to when: versions and planned closures.
//!
//! **Invariant:** a version is never edited; a new one ends the one before it, so what held at a time
//! stays knowable.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A version of a bay with all that is said of it. Degrees WGS-84, metres, city time.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct BayVersionFacts {
    pub bay_id: Uuid,
    pub valid_from_at: i64,
    pub valid_to_at: Option<i64>,
    pub zone_id: Uuid,
    pub block_id: Uuid,
    pub lon: f64,
    pub lat: f64,
    pub heading_deg: f64,
    pub length_m: f64,
    /// Names of vehicle classes with commas between; every class if empty.
    pub vehicle_classes: Option<String>,
    /// When one may park, as `vocabulary::WeeklyHours` writes it; always if empty.
    pub permitted_hours: Option<String>,
    #[sqlx(flatten)]
    pub features: BayFeatures,
}

/// What a driver chooses a bay by. Millimetres; no limit if empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromRow)]
pub struct BayFeatures {
    pub max_height_mm: Option<i64>,
    pub max_length_mm: Option<i64>,
    /// There is a charging point.
    pub charging: bool,
    /// Kept for disabled drivers.
    pub accessible: bool,
}

/// A planned closure of a bay, half open.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClosureRow {
    pub bay_id: Uuid,
    pub from_at: i64,
    pub to_at: i64,
    pub reason: String,
}

/// A bay by its code, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BayName {
    pub bay_id: Uuid,
    pub operator_id: Uuid,
    pub code: String,
}

macro_rules! version_columns {
    () => {
        "select bay_id, valid_from_at, valid_to_at, zone_id, block_id, lon, lat, heading_deg, length_m, \
         vehicle_classes, permitted_hours, max_height_mm, max_length_mm, charging, accessible from bay_version "
    };
}

impl Tx {
    /// The versions of a bay, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_versions(&mut self, bay_id: Uuid) -> Result<Vec<BayVersionFacts>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            version_columns!(),
            "where bay_id = $1 order by valid_from_at"
        ))
        .bind(bay_id)
        .fetch_all(c)
        .await?))
    }

    /// The newest version of every bay: for comparing an import with what is there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn newest_bay_versions(&mut self) -> Result<Vec<BayVersionFacts>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            version_columns!(),
            "where valid_from_at = (select max(w.valid_from_at) from bay_version w \
             where w.bay_id = bay_version.bay_id)"
        ))
        .fetch_all(c)
        .await?))
    }

    /// The versions of bays that begin after an instant, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn coming_bay_versions(&mut self, after: i64) -> Result<Vec<BayVersionFacts>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            version_columns!(),
            "where valid_from_at > $1 order by valid_from_at, bay_id"
        ))
        .bind(after)
        .fetch_all(c)
        .await?))
    }

    /// The closures that are not over at an instant, by bay, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn closures_after(&mut self, at: i64) -> Result<Vec<ClosureRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select bay_id, from_at, to_at, reason from bay_closure where to_at > $1 order by bay_id, from_at"
        )
        .bind(at)
        .fetch_all(c)
        .await?)
        })
    }

    /// Adds a version of a bay and ends the one before it; it holds to `valid_to_at`.
    ///
    /// # Errors
    /// `Database`; two versions cannot begin at the same instant.
    pub async fn date_bay(&mut self, v: &BayVersionFacts) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query(
                "update bay_version set valid_to_at = $2 where bay_id = $1 and valid_from_at < $2 \
                 and (valid_to_at is null or valid_to_at > $2)",
            )
            .bind(v.bay_id)
            .bind(v.valid_from_at)
            .execute(&mut *c)
            .await?;
            sqlx::query(
                "insert into bay_version (bay_id, valid_from_at, valid_to_at, zone_id, block_id, lon, lat, \
                 heading_deg, length_m, vehicle_classes, permitted_hours, max_height_mm, max_length_mm, charging, \
                 accessible) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            )
            .bind(v.bay_id)
            .bind(v.valid_from_at)
            .bind(v.valid_to_at)
            .bind(v.zone_id)
            .bind(v.block_id)
            .bind(v.lon)
            .bind(v.lat)
            .bind(v.heading_deg)
            .bind(v.length_m)
            .bind(&v.vehicle_classes)
            .bind(&v.permitted_hours)
            .bind(v.features.max_height_mm)
            .bind(v.features.max_length_mm)
            .bind(v.features.charging)
            .bind(v.features.accessible)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Ends the newest version of a bay, so that there is no bay from `at` on.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_bay(&mut self, bay_id: Uuid, at: i64) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query(
                "update bay_version set valid_to_at = $2 where bay_id = $1 and valid_from_at < $2 \
                 and (valid_to_at is null or valid_to_at > $2)",
            )
            .bind(bay_id)
            .bind(at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The closures of a bay, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn closures(&mut self, bay_id: Uuid) -> Result<Vec<ClosureRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select bay_id, from_at, to_at, reason from bay_closure where bay_id = $1 order by from_at"
        )
        .bind(bay_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// Plans a closure; false if one begins at that instant already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_closure(&mut self, closure: &ClosureRow) -> Result<bool> {
        both!(self, |c| Ok(sqlx::query(
            "insert into bay_closure (bay_id, from_at, to_at, reason) values ($1, $2, $3, $4) \
             on conflict (bay_id, from_at) do nothing"
        )
        .bind(closure.bay_id)
        .bind(closure.from_at)
        .bind(closure.to_at)
        .bind(&closure.reason)
        .execute(c)
        .await?
        .rows_affected()
            == 1))
    }

    /// Ends a closure early, at `to_at`; one that would be over before it began is taken back.
    ///
    /// # Errors
    /// `Database`.
    pub async fn lift_closure(&mut self, bay_id: Uuid, from_at: i64, to_at: i64) -> Result<()> {
        let statement = if to_at > from_at {
            "update bay_closure set to_at = $3 where bay_id = $1 and from_at = $2 and to_at > $3"
        } else {
            "delete from bay_closure where bay_id = $1 and from_at = $2 and from_at >= $3"
        };
        both!(self, |c| {
            sqlx::query(statement).bind(bay_id).bind(from_at).bind(to_at).execute(c).await?;
            Ok(())
        })
    }

    /// A bay's code and operator.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_name(&mut self, bay_id: Uuid) -> Result<Option<BayName>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select bay_id, operator_id, code from bay where bay_id = $1"
        )
        .bind(bay_id)
        .fetch_optional(c)
        .await?))
    }

    /// Every bay by code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bay_names(&mut self) -> Result<Vec<BayName>> {
        both!(self, |c| Ok(sqlx::query_as("select bay_id, operator_id, code from bay")
            .fetch_all(c)
            .await?))
    }

    /// Bays for which nothing was stored by `write_setups` yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_without_setup(&mut self, limit: i64) -> Result<Vec<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select bay_id from bay where setup_json is null order by bay_id limit $1"
        )
        .bind(limit)
        .fetch_all(c)
        .await?))
    }
}
