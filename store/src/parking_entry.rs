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
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select order_id, out_parking_no, state, parking_id, block_reason, told_at from parking_entry \
             where order_id = $1"
        )
        .bind(order_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Open orders of visits whose vehicle has a plate with a colour and that WeChat Pay was not told of.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_without_entry(&mut self, limit: i64) -> Result<Vec<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select o.order_id from parking_order o join visit v on v.visit_id = o.subject_id \
             where o.state = 'open' and o.subject_kind = 'visit' and v.plate_colour is not null \
             and not exists (select 1 from parking_entry e where e.order_id = o.order_id) \
             order by o.opened_at limit $1"
        )
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Due orders whose vehicle WeChat Pay serves and for which nobody has tried to pay since they are due.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_to_charge(&mut self, limit: i64) -> Result<Vec<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select o.order_id from parking_order o join parking_entry e on e.order_id = o.order_id \
             where o.state = 'due' and e.state = 'normal' \
             and not exists (select 1 from payment p where p.order_id = o.order_id \
             and (p.method = 'parking' or p.state in ('created', 'ready'))) \
             order by o.due_at limit $1"
        )
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }
}
