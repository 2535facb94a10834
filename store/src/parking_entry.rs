//! What WeChat Pay was told of vehicles that came, for pay after parking.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// An entry. `state` is `asked`, `normal`, `blocked` or `refused`. City time.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ParkingEntryRow {
    pub order_id: Uuid,
    pub out_parking_no: String,
    pub state: String,
    pub parking_id: Option<String>,
    pub block_reason: Option<String>,
    pub told_at: i64,
}

impl Tx {
    /// Stores an entry, or what the channel answered about it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_parking_entry(&mut self, e: &ParkingEntryRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into parking_entry (order_id, out_parking_no, state, parking_id, block_reason, told_at) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (order_id) do update set state = excluded.state, \
                 parking_id = excluded.parking_id, block_reason = excluded.block_reason",
            )
            .bind(e.order_id)
            .bind(&e.out_parking_no)
            .bind(&e.state)
            .bind(&e.parking_id)
            .bind(&e.block_reason)
            .bind(e.told_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The entry of an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn parking_entry(&mut self, order_id: Uuid) -> Result<Option<ParkingEntryRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select order_id, out_parking_no, state, parking_id, block_reason, told_at from parking_entry \
             where order_id = $1"
        )
        .bind(order_id)
        .fetch_optional(c)
        .await?))
    }
}
