//! The stored mapping from machine time to city time.

use sqlx::FromRow;

use crate::tx::both;
use crate::{Result, Tx};

/// City time = `city_origin_ms` + (machine time − `machine_origin_ms`) × `speed`;
/// `last_city_at` is the newest city time known to have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct ClockRow {
    pub machine_origin_ms: i64,
    pub city_origin_ms: i64,
    pub speed: i64,
    pub last_city_at: i64,
}

impl Tx {
    /// The stored clock, if one was stored.
    ///
    /// # Errors
    /// `Database`.
    pub async fn clock(&mut self) -> Result<Option<ClockRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select machine_origin_ms, city_origin_ms, speed, last_city_at from city_clock where clock_id = 1"
        )
        .fetch_optional(c)
        .await?)
        })
    }

    /// Stores the clock.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_clock(&mut self, clock: &ClockRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into city_clock (clock_id, machine_origin_ms, city_origin_ms, speed, last_city_at) \
                 values (1, $1, $2, $3, $4) on conflict (clock_id) do update set \
                 machine_origin_ms = excluded.machine_origin_ms, city_origin_ms = excluded.city_origin_ms, \
                 speed = excluded.speed, last_city_at = excluded.last_city_at",
            )
            .bind(clock.machine_origin_ms)
            .bind(clock.city_origin_ms)
            .bind(clock.speed)
            .bind(clock.last_city_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
