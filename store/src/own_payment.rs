//! Payments as an account looks back at them: what arrived for its orders, and what it paid for those of others.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::rows;
use crate::bulk::bulk_fetch;
use crate::order::order_columns;
use crate::{OrderRow, RefundRow, Result, Tx};

/// Which payments.
#[derive(Clone, Copy)]
pub struct PaymentsSeenBy<'a> {
    pub account_id: Uuid,
    /// What channels know its payments by.
    pub openid: &'a str,
    /// Arrived from then on (city time), …
    pub from_at: i64,
    /// … and before then.
    pub until_at: i64,
    /// Only of the account's own orders for this vehicle.
    pub plate: Option<&'a str>,
    /// Only those before `(succeeded_at, payment_id)`.
    pub before: Option<(i64, Uuid)>,
}

impl std::fmt::Debug for PaymentsSeenBy<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PaymentsSeenBy({})", self.account_id)
    }
}

/// A payment that arrived.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnPaymentRow {
    pub payment_id: Uuid,
    pub order_id: Uuid,
    /// Whose the order is.
    pub account_id: Option<Uuid>,
    pub payee_id: Uuid,
    /// The payment over several orders that it is a part of.
    pub joint_id: Option<Uuid>,
    pub channel: String,
    pub method: String,
    pub amount_fen: i64,
    /// City time.
    pub succeeded_at: i64,
}

/// A document as one of the orders on it sees it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrderDocumentRow {
    pub order_id: Uuid,
    pub invoice_id: Uuid,
    /// `blue` or `red`.
    pub colour: String,
    pub state: String,
    pub invoice_number: Option<String>,
    /// How much of the order it covers; below 0 of a red one.
    pub order_fen: i64,
    /// City time.
    pub requested_at: i64,
    /// City time.
    pub issued_at: Option<i64>,
}

impl Tx {
    /// Payments that arrived, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payments_seen_by(
        &mut self,
        of: &PaymentsSeenBy<'_>,
        limit: i64,
    ) -> Result<Vec<OwnPaymentRow>> {
        let (at, payment_id) = of.before.unwrap_or((i64::MAX, Uuid::max()));
        Ok(rows!(
            self,
            "select p.payment_id, p.order_id, o.account_id, o.payee_id, p.joint_id, p.channel, p.method, p.amount_fen, \
             coalesce(p.succeeded_at, 0) as succeeded_at from payment p join parking_order o on o.order_id = p.order_id \
             where p.payment_id in (select q.payment_id from parking_order a join payment q on q.order_id = a.order_id \
              where a.account_id = $1 \
              union select q.payment_id from payment q where q.payer = $2 \
              union select q.payment_id from joint_payment j join payment q on q.joint_id = j.joint_id \
              where j.account_id = $1) \
             and p.state = 'succeeded' and p.succeeded_at >= $3 and p.succeeded_at < $4 \
             and (cast($5 as text) is null or (o.account_id = $1 and (exists (select 1 from visit v \
              where o.subject_kind = 'visit' and v.visit_id = o.subject_id and v.plate = $5) \
              or exists (select 1 from pass_plate h where o.subject_kind = 'pass' and h.pass_id = o.subject_id \
              and h.plate = $5 and h.version = (select max(n.version) from pass_plate n where n.pass_id = h.pass_id))))) \
             and (p.succeeded_at < $6 or (p.succeeded_at = $6 and p.payment_id < $7)) \
             order by p.succeeded_at desc, p.payment_id desc limit $8",
            of.account_id,
            of.openid,
            of.from_at,
            of.until_at,
            of.plate,
            at,
            payment_id,
            limit
        ))
    }

    /// Refunds of payments, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refunds_of_payments(
        &mut self,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<RefundRow>>> {
        let mut found: Vec<RefundRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select r.refund_id, r.order_id, r.payment_id, r.out_refund_no, r.amount_fen, r.reason, r.state, r.way, \
             r.provider_refund_id, r.asked_by, r.failure, r.hand_reference, r.hand_by, r.created_at, r.changed_at \
             from v cross join refund r where r.payment_id = v.id"
        );
        found.sort_unstable_by_key(|refund| (refund.created_at, refund.refund_id));
        let mut by_payment: BTreeMap<Uuid, Vec<RefundRow>> = BTreeMap::new();
        for refund in found {
            by_payment.entry(refund.payment_id).or_default().push(refund);
        }
        Ok(by_payment)
    }

    /// Orders by their ids, as they are.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_of_ids(&mut self, ids: &[Uuid]) -> Result<Vec<OrderRow>> {
        Ok(bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            concat!(order_columns!(), "where order_id in (select id from v)")
        ))
    }

    /// The documents that cover each order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn documents_of_orders(
        &mut self,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<OrderDocumentRow>>> {
        let mut found: Vec<OrderDocumentRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select o.order_id, i.invoice_id, i.colour, i.state, i.invoice_number, o.gross_fen as order_fen, \
             i.requested_at, i.issued_at from v cross join invoice_order o cross join invoice i \
             where o.order_id = v.id and i.invoice_id = o.invoice_id"
        );
        found.sort_unstable_by_key(|document| (document.requested_at, document.invoice_id));
        let mut by_order: BTreeMap<Uuid, Vec<OrderDocumentRow>> = BTreeMap::new();
        for document in found {
            by_order.entry(document.order_id).or_default().push(document);
        }
        Ok(by_order)
    }
}
