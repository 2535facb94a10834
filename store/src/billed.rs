//! What visits were billed for, for pricing them again: the newest case of each, and the street it was in.
//!
//! No plate, no person.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A visit that has a bill.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BilledRow {
    pub order_id: Uuid,
    /// `billing::Case` as JSON, of the newest bill.
    pub case_json: String,
    /// The street of its first bay as that is registered today; `None` if its stays were withdrawn.
    pub street: Option<String>,
}

impl Tx {
    /// Billed visits in the order of their orders' ids, `limit` after `after`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn billed_after(
        &mut self,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<BilledRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select o.order_id, b.case_json, (select k.street from stay_link l \
                 join stay s on s.stay_id = l.stay_id \
                 join bay_version v on v.bay_id = s.bay_id and v.valid_from_at = (select max(w.valid_from_at) \
                     from bay_version w where w.bay_id = s.bay_id) \
                 join block k on k.block_id = v.block_id \
                 where l.visit_id = o.subject_id and l.ended_at is null order by s.arrived_at, s.stay_id limit 1) as street \
             from parking_order o join bill b on b.order_id = o.order_id and b.revision = o.bill_revision \
             where o.subject_kind = 'visit' and o.order_id > $1 order by o.order_id limit $2"
        )
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }
}
