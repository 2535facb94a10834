//! The order of a pass: open while the pass is offered, priced when it is paid, void when the offer lapses,
//! lower when the pass is given back.
//!
//! Nobody owes an offer: it has no total and no entry before its price is there. Then it is sold: taxed, its
//! money deferred and earned month by month (`ledger::pass_sold`).

use std::sync::Arc;

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent};
use billing::tariff::Tariff;
use store::{OrderRow, PassProductRow, PassRow, Tx, ZoneVersionFacts};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::asked::offered;
use super::fresh_order::{NewOrder, fresh_order};
use super::move_order::{Cause, move_order, order_of};
use super::visit_case::read_tariff;
use super::{Outcome, Refusal};
use crate::app::App;

/// Opens the order of a pass that is offered.
pub(super) async fn open_pass_order(
    tx: &mut Tx,
    product: &PassProductRow,
    row: &PassRow,
    now: Timestamp,
) -> Outcome<()> {
    let zone = zone_at(tx, product.zone_id, now).await?;
    let payee = tx.payee(zone.payee_id).await?.context("zone without payee")?;
    let order = fresh_order(NewOrder {
        operator_id: product.operator_id,
        payee_id: zone.payee_id,
        regime: &payee.regime,
        subject: ("pass", row.pass_id),
        account_id: row.account_id,
        tariff_id: &zone.tariff_id,
        zone_id: Some(product.zone_id),
        opened_at: now.ms(),
    });
    tx.insert_order(&order).await?;
    Ok(())
}

/// Money arrived for a pass that is offered: once its price is there, it is sold. Less is a part payment.
pub(super) async fn complete_pass(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    cause: &Cause<'_>,
) -> Outcome<()> {
    let Some(price) = offered(tx, order).await? else { return Ok(()) };
    if order_of(order)?.kept().map_err(anyhow::Error::from)? < price {
        return Ok(());
    }
    order.bill_revision += 1;
    let event =
        OrderEvent::Priced { total: price, basis: Basis::Charged, on_increase: OnIncrease::Ask };
    let cause = Cause { kind: "pass_sold", reason: "the pass is paid", ..cause.clone() };
    Box::pin(move_order(app, tx, order, event, &cause)).await?;
    Ok(())
}

/// Gives the order of a pass another total: a lower one, or none; a credit goes back by itself.
pub(super) async fn price_pass(
    app: &App,
    tx: &mut Tx,
    pass_id: Uuid,
    (total, basis): (Fen, Basis),
    why: &str,
    now: Timestamp,
) -> Outcome<()> {
    let order_id = tx.order_of("pass", pass_id).await?.context("pass without order")?.order_id;
    let mut order = tx.lock_order(order_id).await?.context("pass without order")?;
    order.bill_revision += 1;
    let event = OrderEvent::Priced { total, basis, on_increase: OnIncrease::Ask };
    let cause = Cause::system("pass_priced", why, now);
    move_order(app, tx, &mut order, event, &cause).await?;
    super::start_payment::close_pending(app, tx, order_id).await?;
    Ok(())
}

/// The tariff of a zone now.
pub(super) async fn tariff_of_zone(
    tx: &mut Tx,
    zone_id: Uuid,
    now: Timestamp,
) -> Outcome<Arc<Tariff>> {
    let zone = zone_at(tx, zone_id, now).await?;
    let row = tx.tariff(&zone.tariff_id).await?.context("the zone's tariff is not stored")?;
    Ok(read_tariff(&row.yaml)?)
}

async fn zone_at(tx: &mut Tx, zone_id: Uuid, now: Timestamp) -> Outcome<ZoneVersionFacts> {
    let versions = tx.zone_versions(zone_id).await?;
    let holds = |v: &ZoneVersionFacts| {
        v.valid_from_at <= now.ms() && v.valid_to_at.is_none_or(|to| to > now.ms())
    };
    versions
        .into_iter()
        .find(holds)
        .ok_or_else(|| Refusal::refused("zone_not_in_force", "nothing holds in this zone now"))
}
