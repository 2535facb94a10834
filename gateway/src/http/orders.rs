//! One order of a driver: what it costs and why, what was paid. An account sees its own only; the list is `order_list`.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use billing::Bill;
use billing::order::OrderState;
use billing::text::Language;
use serde::Serialize;
use store::{BillRow, OrderRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::bill::{self, BillLine, TariffView};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::payments::PaymentView;
use super::reratings::{ReratingView, reratings};
use super::stays::bay_code_of;
use crate::app::App;
use crate::flow::asked::asked;
use crate::flow::move_order::order_of;
use crate::flow::running_fee::running_fee;
use crate::flow::visit_case::read_tariff;
use crate::flow::{Outcome, Refusal};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(one_order))
}

/// An order in short. `total_fen` is gross: `due_fen` = total - waived - written off - (paid - refunding -
/// refunded), and 0 while open.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderSummary {
    order_id: Uuid,
    /// `visit`, `pass` or `top_up`.
    #[schema(example = "visit")]
    subject: String,
    /// `open`, `due`, `owing`, `paid`, `free`, `pass`, `exempt`, `fault_free`, `written_off` or `void`.
    #[schema(example = "due")]
    state: String,
    /// What the state means, in Chinese.
    #[schema(value_type = String, example = "待支付")]
    reason: &'static str,
    #[schema(value_type = String, example = "to be paid")]
    reason_en: &'static str,
    total_fen: i64,
    waived_fen: i64,
    written_off_fen: i64,
    paid_fen: i64,
    /// On its way back to the payer.
    refunding_fen: i64,
    refunded_fen: i64,
    due_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
}

/// An order with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct OrderView {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    order: OrderSummary,
    /// The visit that it is for; null for a pass or a top-up.
    visit_id: Option<Uuid>,
    /// The vehicle of the visit.
    plate: Option<String>,
    stays: Vec<OrderStay>,
    /// What it costs so far, or what a pass or a top-up costs before it is paid; null once it is final.
    running: Option<RunningView>,
    /// The bill that holds. Null until the vehicle has left.
    bill: Option<BillView>,
    /// Whenever the bill changed after it was final: what changed, and what became of the difference.
    reratings: Vec<ReratingView>,
    payments: Vec<PaymentView>,
    /// The newest invoice that covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OrderStay {
    stay_id: Uuid,
    bay_code: Option<String>,
    /// `present`, `left`, `void` or `superseded`.
    state: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
}

/// What an order costs so far.
#[derive(Debug, Serialize, ToSchema)]
struct RunningView {
    /// If the vehicle left now; of a pass that is offered, its price.
    total_fen: i64,
    /// That, less what was paid: what a payment now would be over.
    payable_fen: i64,
    /// When it costs more, if it does within a day.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// What it costs then.
    next_total_fen: Option<i64>,
}

/// A bill. Its lines sum to `total_fen`.
#[derive(Debug, Serialize, ToSchema)]
struct BillView {
    revision: i64,
    total_fen: i64,
    lines: Vec<BillLine>,
    tariff: TariffView,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

impl OrderSummary {
    /// An order as its driver sees it.
    ///
    /// # Errors
    /// When its row cannot be read.
    pub(super) fn of(order: &OrderRow) -> anyhow::Result<OrderSummary> {
        let money = order_of(order)?;
        Ok(OrderSummary {
            order_id: order.order_id,
            subject: order.subject_kind.clone(),
            state: order.state.clone(),
            reason: words(order, money.state, Language::Chinese),
            reason_en: words(order, money.state, Language::English),
            total_fen: order.total_fen,
            waived_fen: order.waived_fen,
            written_off_fen: order.written_off_fen,
            paid_fen: order.paid_fen,
            refunding_fen: order.refunding_fen,
            refunded_fen: order.refunded_fen,
            due_fen: money.due().context("what is due")?.0,
            opened_at: Timestamp::from_ms(order.opened_at),
            due_at: order.due_at.map(Timestamp::from_ms),
            paid_at: order.paid_at.map(Timestamp::from_ms),
        })
    }
}

/// One of the caller's orders.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}",
    tag = "orders",
    security(("token" = [])),
    params(("order_id" = Uuid, Path)),
    responses(
        (status = OK, body = OrderView),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<OrderView>> {
    let order_id = order_id(&named)?;
    let mut tx = app.store.read().await?;
    let order = tx.order(order_id).await?.filter(|order| order.account_id == Some(driver.0.0));
    let order = order.ok_or_else(order_unknown)?;
    let visit = tx.visit(order.subject_id).await?;
    let bill = match tx.bill_revision(order_id, order.holding_revision).await? {
        Some(row) => Some(bill_view(&mut tx, &row).await?),
        None => None,
    };
    let payments = tx.payments_of_order(order_id).await?;
    let view = OrderView {
        moment: Moment::of(&app),
        order: OrderSummary::of(&order)?,
        visit_id: visit.as_ref().map(|visit| visit.visit_id),
        stays: order_stays(&app, &mut tx, order.subject_id).await?,
        running: running_view(&mut tx, &order, app.clock.city_now()).await?,
        bill,
        reratings: reratings(&mut tx, &order).await?,
        plate: visit.map(|visit| visit.plate),
        payments: payments
            .iter()
            .map(|row| PaymentView::of(&app, row))
            .collect::<anyhow::Result<_>>()?,
        invoice_id: tx.invoice_of_order(order_id).await?,
    };
    Ok(Json(view))
}

async fn running_view(
    tx: &mut Tx,
    order: &OrderRow,
    now: Timestamp,
) -> Outcome<Option<RunningView>> {
    if order.state == "open" && order.subject_kind != "visit" {
        return asked_view(tx, order, now).await;
    }
    let Some(fee) = running_fee(tx, order, now).await? else { return Ok(None) };
    let payable = order_of(order)?.payable(Some(fee.total));
    Ok(Some(RunningView {
        total_fen: fee.total.0,
        payable_fen: payable.map_or(0, |fen| fen.0),
        next_at: fee.next.map(|step| step.at),
        next_total_fen: fee.next.map(|step| step.total.0),
    }))
}

/// A pass that is offered, a top-up that is asked for: what it costs does not change.
async fn asked_view(tx: &mut Tx, order: &OrderRow, now: Timestamp) -> Outcome<Option<RunningView>> {
    let Some(total) = asked(tx, order, now).await? else { return Ok(None) };
    let payable = order_of(order)?.payable(Some(total));
    Ok(Some(RunningView {
        total_fen: total.0,
        payable_fen: payable.map_or(0, |fen| fen.0),
        next_at: None,
        next_total_fen: None,
    }))
}

/// What a state means; what is bought says it otherwise than a visit.
fn words(order: &OrderRow, state: OrderState, language: Language) -> &'static str {
    let (chinese, english) = match (order.subject_kind.as_str(), state) {
        ("pass", OrderState::Open) => ("待支付，支付后生效", "offered; it holds once it is paid"),
        ("top_up", OrderState::Open) => ("待支付，支付后到账", "to be paid; then it is there"),
        ("pass" | "top_up", OrderState::Void) => ("未购买", "not bought"),
        _ => return state.words(language),
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

async fn order_stays(app: &App, tx: &mut Tx, visit_id: Uuid) -> Outcome<Vec<OrderStay>> {
    let stays = tx.stays_of_visit(visit_id).await?;
    let view = |stay: store::StayRow| OrderStay {
        stay_id: stay.stay_id,
        bay_code: bay_code_of(app, stay.bay_id),
        state: stay.state,
        arrived_at: Timestamp::from_ms(stay.arrived_at),
        left_at: stay.left_at.map(Timestamp::from_ms),
    };
    Ok(stays.into_iter().map(view).collect())
}

/// In the words of the tariff that priced it, not of a newer one.
async fn bill_view(tx: &mut Tx, row: &BillRow) -> Outcome<BillView> {
    let tariff = tx.tariff_revision(&row.tariff_id, row.tariff_revision).await?;
    let tariff = read_tariff(&tariff.context("the bill's tariff is not stored")?.yaml)?;
    let bill: Bill = serde_json::from_str(&row.bill_json)?;
    Ok(BillView {
        revision: row.revision,
        total_fen: row.total_fen,
        lines: bill::lines(&tariff, &bill),
        tariff: bill::tariff(&tariff, &bill),
        made_at: Timestamp::from_ms(row.made_at),
    })
}

pub(super) fn order_id(named: &Named) -> Outcome<Uuid> {
    named.id("order_unknown", "no such order of yours")
}

pub(super) fn order_unknown() -> Refusal {
    Refusal::missing("order_unknown", "no such order of yours")
}
