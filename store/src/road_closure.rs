//! Streets that are closed or slow for a time.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// A closure, or a pace that differs from the usual one. Exactly one of `street` and `at_lon`, `at_lat` is there.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct RoadClosureRow {
    pub road_closure_id: Uuid,
    pub street: Option<String>,
    pub at_lon: Option<f64>,
    pub at_lat: Option<f64>,
    pub to_lon: Option<f64>,
    pub to_lat: Option<f64>,
    pub direction: String,
    pub pace_pct: i64,
    pub from_at: i64,
    pub until_at: Option<i64>,
    pub reason: String,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

/// Its columns, for every statement that reads it.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select road_closure_id, street, at_lon, at_lat, to_lon, to_lat, direction, pace_pct, from_at, until_at, \
             reason, created_at, ended_at from road_closure ",
            $rest
        )
    };
}

impl Tx {
    /// Writes a closure down; every gateway hears of it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_road_closure(&mut self, closure: &RoadClosureRow) -> Result<()> {
        run!(
            self,
            "insert into road_closure (road_closure_id, street, at_lon, at_lat, to_lon, to_lat, direction, pace_pct, \
             from_at, until_at, reason, created_at, ended_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            closure.road_closure_id,
            closure.street.as_deref(),
            closure.at_lon,
            closure.at_lat,
            closure.to_lon,
            closure.to_lat,
            &closure.direction,
            closure.pace_pct,
            closure.from_at,
            closure.until_at,
            &closure.reason,
            closure.created_at,
            closure.ended_at
        );
        self.tell();
        Ok(())
    }

    /// Ends a closure at `at`; false if there is none, or if it is over already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_road_closure(&mut self, road_closure_id: Uuid, at: i64) -> Result<bool> {
        let ended = run!(
            self,
            "update road_closure set ended_at = $2 where road_closure_id = $1 and ended_at is null \
             and (until_at is null or until_at > $2)",
            road_closure_id,
            at
        );
        self.tell();
        Ok(ended == 1)
    }

    /// One closure.
    ///
    /// # Errors
    /// `Database`.
    pub async fn road_closure(&mut self, road_closure_id: Uuid) -> Result<Option<RoadClosureRow>> {
        Ok(row!(self, select!("where road_closure_id = $1"), road_closure_id))
    }

    /// The closures that hold at `at`, by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn road_closures_in_force(&mut self, at: i64) -> Result<Vec<RoadClosureRow>> {
        Ok(rows!(
            self,
            select!(
                "where from_at <= $1 and (until_at is null or until_at > $1) and ended_at is null \
                 order by road_closure_id"
            ),
            at
        ))
    }

    /// Closures that are not over at `at` (all there ever were with `at` at the beginning of time), the newest
    /// first, `limit` at most.
    ///
    /// # Errors
    /// `Database`.
    pub async fn road_closures(&mut self, at: i64, limit: i64) -> Result<Vec<RoadClosureRow>> {
        Ok(rows!(
            self,
            select!(
                "where coalesce(ended_at, until_at, $1 + 1) > $1 order by from_at desc, road_closure_id desc limit $2"
            ),
            at,
            limit
        ))
    }

    /// How many closures are not over at `at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_road_closures(&mut self, at: i64) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select count(*) from road_closure where ended_at is null and (until_at is null or until_at > $1)"
        )
        .bind(at)
        .fetch_one(c)
        .await?)
        })
    }
}
