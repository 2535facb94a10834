//! The way into the books: what an entry is about, and booking it.
//!
//! Every flow that moves money makes its entries with `billing::ledger` and books them here, in the
//! transaction that changes the state. A fact that is booked already changes nothing; the same key
//! with other content is an error, never an overwrite.

use anyhow::{Context, Result};
use billing::invoice::tax_item_on;
use billing::ledger::{About, Entry};
use chrono::NaiveDate;
use store::{Booked, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::order_writes::OrderWrites;
use super::request_invoice::Seller;

/// What an entry of an order is about. `at` is the instant of the fact (city time). The VAT rate is
/// that of the day on which the order became final, so that every entry of an order splits alike.
pub(crate) async fn about_order(tx: &mut Tx, order: &OrderRow, at: Timestamp) -> Result<About> {
    OrderWrites::default().about(tx, order, at).await
}

/// The rate of a payee's tax item on a day; none before its first, or for what is no seller of fapiao.
pub(crate) async fn vat_rate(tx: &mut Tx, payee_id: Uuid, day: NaiveDate) -> Result<Option<u32>> {
    let seller = seller(tx, payee_id).await?;
    Ok(seller.and_then(|s| tax_item_on(&s.tax_items, day).map(|item| item.rate_bp)))
}

/// A payee as a seller of fapiao, if it is one.
pub(super) async fn seller(tx: &mut Tx, payee_id: Uuid) -> Result<Option<Seller>> {
    let payee = tx.payee(payee_id).await?.context("no such payee")?;
    Ok(serde_json::from_str(&payee.seller_json).ok())
}

/// The zone of the order; of one that older programs opened, that of the bay where the visit began.
pub(super) async fn zone_of(tx: &mut Tx, order: &OrderRow) -> Result<Option<Uuid>> {
    if order.zone_id.is_some() || order.subject_kind != "visit" {
        return Ok(order.zone_id);
    }
    let stays = tx.stays_of_visit(order.subject_id).await?;
    let Some(first) = stays.first() else { return Ok(None) };
    Ok(tx.terms(first.bay_id, first.arrived_at).await?.map(|terms| terms.zone_id))
}

/// Books an entry; a fact booked before changes nothing.
///
/// # Errors
/// When its key is booked with other content, or the database fails.
pub(crate) async fn book(tx: &mut Tx, entry: &Entry, now: Timestamp) -> Result<()> {
    match tx.book(entry, Uuid::now_v7(), now.ms()).await? {
        Booked::New(_) | Booked::Known => Ok(()),
        Booked::Differs(what) => anyhow::bail!("{}: {what}", entry.key()),
        Booked::NoTarget => anyhow::bail!("{} reverses what is not booked", entry.key()),
    }
}
