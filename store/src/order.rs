//! Orders and the bills behind them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// What is owed for one subject; amounts in fen, every instant in city time.
#[derive(Clone, Debug, FromRow)]
pub struct OrderRow {
    pub order_id: Uuid,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub regime: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub account_id: Option<Uuid>,
    pub tariff_id: String,
    pub state: String,
    pub zone_id: Option<Uuid>,
    pub total_fen: i64,
    pub waived_fen: i64,
    /// What of `waived_fen` stems from increases after payment.
    pub waived_increase_fen: i64,
    pub written_off_fen: i64,
    pub paid_fen: i64,
    pub refunding_fen: i64,
    pub refunded_fen: i64,
    pub invoiced_fen: i64,
    /// The newest bill; another than `holding_revision` while a person has to decide about it.
    pub bill_revision: i64,
    /// The bill that `total_fen` is of.
    pub holding_revision: i64,
    pub opened_at: i64,
    /// When the last of its vehicles left, as far as is known.
    pub ended_at: Option<i64>,
    /// When it was priced for good the first time: the day whose VAT rate holds for it.
    pub final_at: Option<i64>,
    pub due_at: Option<i64>,
    pub owing_at: Option<i64>,
    pub paid_at: Option<i64>,
}

/// A bill with the input that it was computed from.
#[derive(Clone, Debug, FromRow)]
pub struct BillRow {
    pub order_id: Uuid,
    pub revision: i64,
    pub tariff_id: String,
    pub tariff_revision: i64,
    pub tariff_version: i64,
    pub engine_version: i64,
    pub case_json: String,
    pub bill_json: String,
    pub evidence_json: String,
    pub total_fen: i64,
    pub made_at: i64,
}

macro_rules! order_columns {
    () => {
        "select order_id, operator_id, payee_id, regime, subject_kind, subject_id, account_id, tariff_id, state, \
         zone_id, total_fen, waived_fen, waived_increase_fen, written_off_fen, paid_fen, refunding_fen, refunded_fen, \
         invoiced_fen, bill_revision, holding_revision, opened_at, ended_at, final_at, due_at, owing_at, paid_at \
         from parking_order "
    };
}
pub(crate) use order_columns;

macro_rules! bill_columns {
    () => {
        "select order_id, revision, tariff_id, tariff_revision, tariff_version, engine_version, case_json, bill_json, \
         evidence_json, total_fen, made_at from bill "
    };
}
pub(crate) use bill_columns;

impl Tx {
    /// Opens an order; false if the subject has one already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_order(&mut self, order: &OrderRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into parking_order (order_id, operator_id, payee_id, regime, subject_kind, subject_id, account_id, \
             tariff_id, state, total_fen, paid_fen, refunded_fen, invoiced_fen, bill_revision, opened_at, zone_id, \
             waived_fen, waived_increase_fen, written_off_fen, refunding_fen, holding_revision) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
             on conflict (subject_kind, subject_id) do nothing"
        )
        .bind(order.order_id)
        .bind(order.operator_id)
        .bind(order.payee_id)
        .bind(&order.regime)
        .bind(&order.subject_kind)
        .bind(order.subject_id)
        .bind(order.account_id)
        .bind(&order.tariff_id)
        .bind(&order.state)
        .bind(order.total_fen)
        .bind(order.paid_fen)
        .bind(order.refunded_fen)
        .bind(order.invoiced_fen)
        .bind(order.bill_revision)
        .bind(order.opened_at)
        .bind(order.zone_id)
        .bind(order.waived_fen)
        .bind(order.waived_increase_fen)
        .bind(order.written_off_fen)
        .bind(order.refunding_fen)
        .bind(order.holding_revision)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// An order, as it is.
    ///
    /// # Errors
    /// `Database`.
    pub async fn order(&mut self, order_id: Uuid) -> Result<Option<OrderRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(order_columns!(), "where order_id = $1"))
            .bind(order_id)
            .fetch_optional(c)
            .await?))
    }

    /// An order, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_order(&mut self, order_id: Uuid) -> Result<Option<OrderRow>> {
        match self.conn() {
            Conn::Sqlite(c) => Ok(sqlx::query_as(concat!(order_columns!(), "where order_id = $1"))
                .bind(order_id)
                .fetch_optional(c)
                .await?),
            Conn::Postgres(c) => {
                Ok(sqlx::query_as(concat!(order_columns!(), "where order_id = $1 for update"))
                    .bind(order_id)
                    .fetch_optional(c)
                    .await?)
            }
        }
    }

    /// The order of a subject (`visit`, …).
    ///
    /// # Errors
    /// `Database`.
    pub async fn order_of(
        &mut self,
        subject_kind: &str,
        subject_id: Uuid,
    ) -> Result<Option<OrderRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            order_columns!(),
            "where subject_kind = $1 and subject_id = $2"
        ))
        .bind(subject_kind)
        .bind(subject_id)
        .fetch_optional(c)
        .await?))
    }

    /// Orders of an account, newest first, `limit` after the order `(opened_at, order_id)` of `after`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_of_account(
        &mut self,
        account_id: Uuid,
        after: Option<(i64, Uuid)>,
        limit: i64,
    ) -> Result<Vec<OrderRow>> {
        let (opened_at, order_id) = after.unwrap_or((i64::MAX, Uuid::max()));
        both!(self, |c| Ok(sqlx::query_as(concat!(
            order_columns!(),
            "where account_id = $1 and (opened_at < $2 or (opened_at = $2 and order_id < $3)) \
             order by opened_at desc, order_id desc limit $4"
        ))
        .bind(account_id)
        .bind(opened_at)
        .bind(order_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Orders in id order, `limit` after `after`: for walking through all of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_after(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<OrderRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            order_columns!(),
            "where order_id > $1 order by order_id limit $2"
        ))
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Stores what an event changed in an order that this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_order(&mut self, order: &OrderRow) -> Result<()> {
        self.update_orders(std::slice::from_ref(order)).await
    }

    /// The same for orders that are all locked; each stands among them once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_orders(&mut self, orders: &[OrderRow]) -> Result<()> {
        bulk!(
            self,
            orders,
            "order_id, state, total_fen, paid_fen, refunded_fen, invoiced_fen, bill_revision, due_at, paid_at, \
             waived_fen, waived_increase_fen, written_off_fen, refunding_fen, holding_revision, ended_at, owing_at, \
             final_at",
            |o| [
                "uuid": o.order_id,
                "text": o.state.as_str(),
                "bigint": o.total_fen,
                "bigint": o.paid_fen,
                "bigint": o.refunded_fen,
                "bigint": o.invoiced_fen,
                "bigint": o.bill_revision,
                "bigint": o.due_at,
                "bigint": o.paid_at,
                "bigint": o.waived_fen,
                "bigint": o.waived_increase_fen,
                "bigint": o.written_off_fen,
                "bigint": o.refunding_fen,
                "bigint": o.holding_revision,
                "bigint": o.ended_at,
                "bigint": o.owing_at,
                "bigint": o.final_at,
            ],
            "update parking_order set state = v.state, total_fen = v.total_fen, paid_fen = v.paid_fen, \
             refunded_fen = v.refunded_fen, invoiced_fen = v.invoiced_fen, bill_revision = v.bill_revision, \
             due_at = v.due_at, paid_at = v.paid_at, waived_fen = v.waived_fen, \
             waived_increase_fen = v.waived_increase_fen, written_off_fen = v.written_off_fen, \
             refunding_fen = v.refunding_fen, holding_revision = v.holding_revision, ended_at = v.ended_at, \
             owing_at = v.owing_at, final_at = v.final_at from v where parking_order.order_id = v.order_id"
        );
        Ok(())
    }

    /// Stores revisions of bills.
    ///
    /// # Errors
    /// `Database`; a revision is stored once.
    pub async fn insert_bills(&mut self, bills: &[BillRow]) -> Result<()> {
        bulk!(
            self,
            bills,
            "order_id, revision, tariff_id, tariff_revision, tariff_version, engine_version, case_json, bill_json, \
             evidence_json, total_fen, made_at",
            |b| [
                "uuid": b.order_id,
                "bigint": b.revision,
                "text": b.tariff_id.as_str(),
                "bigint": b.tariff_revision,
                "bigint": b.tariff_version,
                "bigint": b.engine_version,
                "text": b.case_json.as_str(),
                "text": b.bill_json.as_str(),
                "text": b.evidence_json.as_str(),
                "bigint": b.total_fen,
                "bigint": b.made_at,
            ],
            "insert into bill (order_id, revision, tariff_id, tariff_revision, tariff_version, engine_version, \
             case_json, bill_json, evidence_json, total_fen, made_at) select * from v"
        );
        Ok(())
    }

    /// The newest bill of an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bill(&mut self, order_id: Uuid) -> Result<Option<BillRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            bill_columns!(),
            "where order_id = $1 order by revision desc limit 1"
        ))
        .bind(order_id)
        .fetch_optional(c)
        .await?))
    }

    /// One revision of the bill of an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bill_revision(
        &mut self,
        order_id: Uuid,
        revision: i64,
    ) -> Result<Option<BillRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            bill_columns!(),
            "where order_id = $1 and revision = $2"
        ))
        .bind(order_id)
        .bind(revision)
        .fetch_optional(c)
        .await?))
    }

    /// Orders that have been due since before `before`, oldest first. Passes are not among them: nobody owes one
    /// (older programs made an offer due, until it lapses).
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_due_since(&mut self, before: i64, limit: i64) -> Result<Vec<OrderRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            order_columns!(),
            "where state = 'due' and due_at < $1 and subject_kind <> 'pass' order by due_at, order_id limit $2"
        ))
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }
}
