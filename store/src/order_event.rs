//! What happened to orders, append-only, and the waivers among it.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{bulk, bulk_fetch};
use crate::tx::both;
use crate::{Result, Tx};

/// One change of an order and its money afterwards. `detail_json` explains a re-rating.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrderEventRow {
    pub order_id: Uuid,
    pub line: i64,
    pub made_at: i64,
    pub kind: String,
    pub actor: String,
    pub reason: String,
    pub state: String,
    /// What the event was about: a payment, a refund, a difference.
    pub amount_fen: i64,
    pub total_fen: i64,
    pub waived_fen: i64,
    pub written_off_fen: i64,
    pub paid_fen: i64,
    pub refunding_fen: i64,
    pub refunded_fen: i64,
    pub bill_revision: i64,
    pub detail_json: String,
}

/// What of an order was given up. `kind` is `increase`, `decision` or `write_off`; `decision` names the
/// ledger's entry.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct WaiverRow {
    pub waiver_id: Uuid,
    pub order_id: Uuid,
    pub kind: String,
    pub decision: String,
    pub bill_revision: i64,
    pub gross_fen: i64,
    pub reduction_fen: i64,
    pub reason: String,
    pub authority: String,
    pub document_number: String,
    pub actor: String,
    pub approved_by: Option<String>,
    pub made_at: i64,
    pub reversed_at: Option<i64>,
}

impl Tx {
    /// Appends to the history of an order that this transaction has locked; `line` is given here.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_order_event(&mut self, event: &OrderEventRow) -> Result<()> {
        self.append_order_events(std::slice::from_ref(event)).await
    }

    /// The same for several, of orders that are all locked; those of one order as they follow each other here.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_order_events(&mut self, events: &[OrderEventRow]) -> Result<()> {
        let mut orders: Vec<Uuid> = events.iter().map(|event| event.order_id).collect();
        orders.sort_unstable();
        orders.dedup();
        let mut last = self.last_lines(&orders).await?;
        let numbered = events.iter().map(|event| {
            let line = last.entry(event.order_id).or_default();
            *line += 1;
            (*line, event)
        });
        let numbered: Vec<(i64, &OrderEventRow)> = numbered.collect();
        bulk!(
            self,
            &numbered,
            "order_id, line, made_at, kind, actor, reason, state, amount_fen, total_fen, waived_fen, written_off_fen, \
             paid_fen, refunding_fen, refunded_fen, bill_revision, detail_json",
            |e| [
                "uuid": e.1.order_id,
                "bigint": e.0,
                "bigint": e.1.made_at,
                "text": e.1.kind.as_str(),
                "text": e.1.actor.as_str(),
                "text": e.1.reason.as_str(),
                "text": e.1.state.as_str(),
                "bigint": e.1.amount_fen,
                "bigint": e.1.total_fen,
                "bigint": e.1.waived_fen,
                "bigint": e.1.written_off_fen,
                "bigint": e.1.paid_fen,
                "bigint": e.1.refunding_fen,
                "bigint": e.1.refunded_fen,
                "bigint": e.1.bill_revision,
                "text": e.1.detail_json.as_str(),
            ],
            "insert into order_event (order_id, line, made_at, kind, actor, reason, state, amount_fen, total_fen, \
             waived_fen, written_off_fen, paid_fen, refunding_fen, refunded_fen, bill_revision, detail_json) \
             select * from v"
        );
        Ok(())
    }

    /// The newest line of the history of each order that has one.
    async fn last_lines(&mut self, orders: &[Uuid]) -> Result<BTreeMap<Uuid, i64>> {
        let rows: Vec<(Uuid, i64)> = bulk_fetch!(
            self,
            orders,
            "id",
            |id| ["uuid": *id],
            "select e.order_id, max(e.line) from v cross join order_event e where e.order_id = v.id group by e.order_id"
        );
        Ok(rows.into_iter().collect())
    }

    /// The history of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn order_events(&mut self, order_id: Uuid) -> Result<Vec<OrderEventRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select order_id, line, made_at, kind, actor, reason, state, amount_fen, total_fen, waived_fen, \
             written_off_fen, paid_fen, refunding_fen, refunded_fen, bill_revision, detail_json \
             from order_event where order_id = $1 order by line"
        )
        .bind(order_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// The newest line of the history of an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_order_event(&mut self, order_id: Uuid) -> Result<Option<OrderEventRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select order_id, line, made_at, kind, actor, reason, state, amount_fen, total_fen, waived_fen, \
             written_off_fen, paid_fen, refunding_fen, refunded_fen, bill_revision, detail_json \
             from order_event where order_id = $1 order by line desc limit 1"
        )
        .bind(order_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Stores a waiver.
    ///
    /// # Errors
    /// `Database`; a decision is stored once.
    pub async fn insert_waiver(&mut self, waiver: &WaiverRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into waiver (waiver_id, order_id, kind, decision, bill_revision, gross_fen, reduction_fen, \
                 reason, authority, document_number, actor, approved_by, made_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(waiver.waiver_id)
            .bind(waiver.order_id)
            .bind(&waiver.kind)
            .bind(&waiver.decision)
            .bind(waiver.bill_revision)
            .bind(waiver.gross_fen)
            .bind(waiver.reduction_fen)
            .bind(&waiver.reason)
            .bind(&waiver.authority)
            .bind(&waiver.document_number)
            .bind(&waiver.actor)
            .bind(&waiver.approved_by)
            .bind(waiver.made_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Marks a waiver as taken back.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reverse_waiver(&mut self, waiver_id: Uuid, at: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query("update waiver set reversed_at = $2 where waiver_id = $1")
                .bind(waiver_id)
                .bind(at)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// The waivers of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn waivers(&mut self, order_id: Uuid) -> Result<Vec<WaiverRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select waiver_id, order_id, kind, decision, bill_revision, gross_fen, reduction_fen, reason, authority, \
             document_number, actor, approved_by, made_at, reversed_at \
             from waiver where order_id = $1 order by made_at, waiver_id"
        )
        .bind(order_id)
        .fetch_all(c)
        .await?)
        })
    }
}
