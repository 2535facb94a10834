//! The way to each LoRaWAN device: where its last uplink came from.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::both;
use crate::{Result, Tx};

/// The way to a device.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RouteRow {
    pub device_id: Uuid,
    pub route: String,
    /// City time.
    pub learned_at: i64,
}

impl Tx {
    /// Keeps the newest way to each device, each device at most once; what is known already is not
    /// written again.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_routes(&mut self, rows: &[RouteRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "device_id, route, learned_at",
            |r| ["uuid": r.device_id, "text": r.route.as_str(), "bigint": r.learned_at],
            "insert into device_route (device_id, route, learned_at) select * from v where true \
             on conflict (device_id) do update set route = excluded.route, learned_at = excluded.learned_at \
             where device_route.route <> excluded.route"
        );
        Ok(())
    }

    /// Every way that is known.
    ///
    /// # Errors
    /// `Database`.
    pub async fn routes(&mut self) -> Result<Vec<RouteRow>> {
        both!(self, |c| Ok(sqlx::query_as("select device_id, route, learned_at from device_route")
            .fetch_all(c)
            .await?))
    }

    /// The way to a device, if it was ever heard.
    ///
    /// # Errors
    /// `Database`.
    pub async fn route(&mut self, device_id: Uuid) -> Result<Option<String>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select route from device_route where device_id = $1"
        )
        .bind(device_id)
        .fetch_optional(c)
        .await?))
    }
}
