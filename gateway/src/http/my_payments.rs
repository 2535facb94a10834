//! What a driver paid, page by page: each payment with what went back of it, its order, and how far that is invoiced.
//!
//! An account sees payments for its own orders, whoever made them, and payments of its own for somebody else's vehicle, by
//! the code on a bay: of these the money alone, nothing about whose the vehicle is, and no filter finds them by a plate.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use billing::ledger::{Month, day_begins};
use billing::refund::RefundState;
use serde::{Deserialize, Serialize};
use store::{OrderDocumentRow, OrderRow, OwnPaymentRow, PaymentsSeenBy, RefundRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Plate, Timestamp};

use super::auth::Driver;
use super::cursor::{after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use super::order_list::{Beside, OrderEntry, payee_names};
use super::refunds::RefundView;
use crate::app::App;
use crate::flow::order_invoiced::order_invoiced;
use crate::flow::{Outcome, Refusal};

const USUAL: i64 = 20;
const LIMIT: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_payments))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaymentQuestion {
    /// Only what arrived in this month, in +08:00.
    #[param(example = "2026-09")]
    month: Option<String>,
    /// Only what was paid for this vehicle, as typed: case, blanks and `·` do not matter.
    #[param(example = "甘D12345")]
    plate: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 20 if left out, 100 at most.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentPage {
    #[serde(flatten)]
    moment: Moment,
    payments: Vec<PaymentEntry>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// A payment that arrived.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentEntry {
    payment_id: Uuid,
    /// `wechat`, `cash` or `prepaid`.
    #[schema(example = "wechat")]
    channel: String,
    /// `jsapi`, `native`, `h5`, `parking` (by WeChat's pay after parking), `cash` or `balance`.
    #[schema(example = "jsapi")]
    method: String,
    #[schema(example = 300)]
    amount_fen: i64,
    /// City time.
    #[schema(value_type = String, format = DateTime)]
    succeeded_at: Timestamp,
    /// The payment over several orders that it was a part of.
    joint_payment_id: Option<Uuid>,
    /// Who was paid.
    payee: String,
    /// On its way back.
    refunding_fen: i64,
    refunded_fen: i64,
    /// Oldest first.
    refunds: Vec<RefundView>,
    /// What was paid; null if it is somebody else's.
    order: Option<OrderEntry>,
    /// How far the order is invoiced: `none`, `under_way`, `part`, `issued`, `refused`, `taken_back`; null without an order.
    #[schema(value_type = Option<String>, example = "issued")]
    invoice_state: Option<&'static str>,
    /// Documents that cover the order, oldest first.
    invoices: Vec<OrderDocument>,
}

/// A document that covers an order. `state` is that of any invoice.
#[derive(Debug, Serialize, ToSchema)]
struct OrderDocument {
    invoice_id: Uuid,
    /// `blue`, or `red` with amounts below 0.
    #[schema(example = "blue")]
    colour: String,
    #[schema(example = "issued")]
    state: String,
    invoice_number: Option<String>,
    /// How much of the order it covers.
    order_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
}

impl OrderDocument {
    fn of(row: &OrderDocumentRow) -> OrderDocument {
        OrderDocument {
            invoice_id: row.invoice_id,
            colour: row.colour.clone(),
            state: row.state.clone(),
            invoice_number: row.invoice_number.clone(),
            order_fen: row.order_fen,
            requested_at: Timestamp::from_ms(row.requested_at),
            issued_at: row.issued_at.map(Timestamp::from_ms),
        }
    }
}

/// What the payments of a page have beside them.
struct Around {
    orders: BTreeMap<Uuid, OrderRow>,
    beside: Beside,
    refunds: BTreeMap<Uuid, Vec<RefundRow>>,
    documents: BTreeMap<Uuid, Vec<OrderDocumentRow>>,
    payees: BTreeMap<Uuid, String>,
}

impl Around {
    async fn of(tx: &mut Tx, driver: Driver, rows: &[OwnPaymentRow]) -> anyhow::Result<Around> {
        let own = rows.iter().filter(|row| row.account_id == Some(driver.0.0));
        let mut own: Vec<Uuid> = own.map(|row| row.order_id).collect();
        own.sort_unstable();
        own.dedup();
        let orders = tx.orders_of_ids(&own).await?;
        let payments: Vec<Uuid> = rows.iter().map(|row| row.payment_id).collect();
        Ok(Around {
            beside: Beside::of(tx, &orders).await?,
            orders: orders.into_iter().map(|order| (order.order_id, order)).collect(),
            refunds: tx.refunds_of_payments(&payments).await?,
            documents: tx.documents_of_orders(&own).await?,
            payees: payee_names(tx, rows.iter().map(|row| row.payee_id)).await?,
        })
    }

    fn entry(&self, app: &App, row: &OwnPaymentRow) -> anyhow::Result<PaymentEntry> {
        let refunds = self.refunds.get(&row.payment_id).map(Vec::as_slice).unwrap_or_default();
        let order = self.orders.get(&row.order_id);
        let documents = self.documents.get(&row.order_id).map(Vec::as_slice).unwrap_or_default();
        let invoiced = order.map(|order| order_invoiced(order, documents)).transpose()?;
        let (refunding_fen, refunded_fen) = sums(refunds);
        Ok(PaymentEntry {
            payment_id: row.payment_id,
            channel: row.channel.clone(),
            method: row.method.clone(),
            amount_fen: row.amount_fen,
            succeeded_at: Timestamp::from_ms(row.succeeded_at),
            joint_payment_id: row.joint_id,
            payee: self.payees.get(&row.payee_id).cloned().unwrap_or_default(),
            refunding_fen,
            refunded_fen,
            refunds: refunds.iter().map(|refund| refund_view(refund, order)).collect(),
            order: order.map(|order| self.beside.entry(app, order)).transpose()?,
            invoice_state: invoiced.map(|invoiced| invoiced.name()),
            invoices: documents.iter().map(OrderDocument::of).collect(),
        })
    }
}

/// Of somebody else's order not even the id is told.
fn refund_view(refund: &RefundRow, own: Option<&OrderRow>) -> RefundView {
    let order_id = refund.order_id.filter(|_| own.is_some());
    RefundView::of(&RefundRow { order_id, ..refund.clone() })
}

/// What is on its way back, and what has arrived; a refund that was closed is neither.
fn sums(refunds: &[RefundRow]) -> (i64, i64) {
    let mut sums = (0, 0);
    for refund in refunds {
        match RefundState::from_name(&refund.state) {
            Some(RefundState::Succeeded) => sums.1 += refund.amount_fen,
            Some(RefundState::Closed) | None => {}
            Some(RefundState::Requested | RefundState::Processing | RefundState::Abnormal) => {
                sums.0 += refund.amount_fen;
            }
        }
    }
    sums
}

/// What the caller paid, and what went back of it: payments that arrived, newest first.
///
/// Payments for the caller's orders, whoever made them, and the caller's own for somebody else's vehicle by the code on
/// its bay: of these `order` is null, and nothing tells whose the vehicle is. Attempts that are pending stand at their order.
#[utoipa::path(
    get,
    path = "/api/v1/me/payments",
    tag = "orders",
    security(("token" = [])),
    params(PaymentQuestion),
    responses(
        (status = OK, body = PaymentPage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_payments(
    State(app): State<Arc<App>>,
    driver: Driver,
    Asked(question): Asked<PaymentQuestion>,
) -> Answer<Json<PaymentPage>> {
    let limit = limit_of(question.limit, USUAL, LIMIT)?;
    let before = after(question.cursor.as_deref())?;
    let (from_at, until_at) = span_of(question.month.as_deref())?;
    let plate = question.plate.as_deref().map(Plate::read).transpose();
    let plate = plate.map_err(|reject| Refusal::refused("plate_invalid", reject.to_string()))?;
    // Of one moment: a refund that arrives meanwhile is either in all of its figures or in none.
    let mut tx = app.store.snapshot().await?;
    let openid = tx.openid(driver.0.0).await?.context("an account without openid")?;
    let of = PaymentsSeenBy {
        account_id: driver.0.0,
        openid: &openid,
        from_at,
        until_at,
        plate: plate.as_ref().map(Plate::as_str),
        before,
    };
    let rows = tx.payments_seen_by(&of, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, |row| (row.succeeded_at, row.payment_id));
    let around = Around::of(&mut tx, driver, &rows).await?;
    let payments = rows.iter().map(|row| around.entry(&app, row)).collect::<anyhow::Result<_>>()?;
    Ok(Json(PaymentPage { moment: Moment::of(&app), payments, next }))
}

/// From when to before when a month lasts in +08:00; always, if none is named.
fn span_of(month: Option<&str>) -> Outcome<(i64, i64)> {
    let Some(text) = month else { return Ok((i64::MIN, i64::MAX)) };
    let month: Month =
        text.parse().map_err(|_| malformed_query(&"a month is written as 2026-09"))?;
    let begins = |month: Month| day_begins(month.first_day()).ms();
    Ok((begins(month), begins(month.next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_lasts_from_midnight_to_midnight_in_east_eight() {
        let at = |text| Timestamp::parse(text).unwrap().ms();
        let september = (at("2026-09-01T00:00:00+08:00"), at("2026-10-01T00:00:00+08:00"));
        assert_eq!(span_of(Some("2026-09")).unwrap(), september);
        let december = (at("2026-12-01T00:00:00+08:00"), at("2027-01-01T00:00:00+08:00"));
        assert_eq!(span_of(Some("2026-12")).unwrap(), december);
        assert_eq!(span_of(None).unwrap(), (i64::MIN, i64::MAX));
        for text in ["", "2026", "2026-9", "2026-13", "2026-09-01", "九月"] {
            assert_eq!(span_of(Some(text)).unwrap_err().code(), "malformed_query", "{text}");
        }
    }
}
