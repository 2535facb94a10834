//! The visits of one vehicle under one tariff, before and after a given one.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{OrderRow, Result, Tx};

/// A visit that was billed, and what its bill was made from.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EarlierRow {
    pub visit_id: Uuid,
    pub case_json: String,
}

impl Tx {
    /// Billed visits of a plate that ended in `(from_at, to_at]`, by their ends; not that of `order`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_before(
        &mut self,
        order: &OrderRow,
        plate: &str,
        (from_at, to_at): (i64, i64),
    ) -> Result<Vec<EarlierRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select v.visit_id, b.case_json from visit v \
             join parking_order o on o.subject_kind = 'visit' and o.subject_id = v.visit_id \
             join bill b on b.order_id = o.order_id and b.revision = o.holding_revision \
             where v.plate = $1 and o.operator_id = $2 and o.tariff_id = $3 and o.order_id <> $4 and o.state <> 'void' \
             and o.ended_at > $5 and o.ended_at <= $6 order by o.ended_at, v.visit_id"
        )
        .bind(plate)
        .bind(order.operator_id)
        .bind(&order.tariff_id)
        .bind(order.order_id)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?)
        })
    }

    /// Final visits of a plate under the tariff of `order` that began in `[from_at, to_at)`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_after(
        &mut self,
        order: &OrderRow,
        plate: &str,
        (from_at, to_at): (i64, i64),
    ) -> Result<Vec<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select v.visit_id from visit v \
             join parking_order o on o.subject_kind = 'visit' and o.subject_id = v.visit_id \
             where v.plate = $1 and o.operator_id = $2 and o.tariff_id = $3 and o.order_id <> $4 \
             and o.final_at is not null and o.opened_at >= $5 and o.opened_at < $6 order by o.opened_at, v.visit_id"
        )
        .bind(plate)
        .bind(order.operator_id)
        .bind(&order.tariff_id)
        .bind(order.order_id)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?)
        })
    }
}
