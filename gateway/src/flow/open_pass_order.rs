//! The order of a pass: due when the pass is offered, void when the offer lapses, lower when the pass
//! is given back. Its money is deferred and earned month by month (`ledger::pass_sold`).

use std::sync::Arc;

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent};
use billing::tariff::Tariff;
use store::{PassProductRow, PassRow, Tx, ZoneVersionFacts};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::fresh_order::{NewOrder, fresh_order};
use super::move_order::{Cause, move_order};
use super::visit_case::read_tariff;
use super::{Outcome, Refusal};
use crate::app::App;

/// Opens the order of a pass and makes it due.
pub(super) async fn open_pass_order(
    app: &App,
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
    let (total, why) = (Fen(row.price_fen), "the pass is offered");
    price_pass(app, tx, row.pass_id, (total, Basis::Charged), why, now).await
}

/// Gives the order of a pass a (new) total; a credit goes back by itself.
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
