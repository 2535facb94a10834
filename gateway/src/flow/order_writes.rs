//! What a transaction is going to write of orders, gathered so that each table is written once for all of
//! them: bills, entries, orders, their history.
//!
//! Nothing is stored before `flush`. Whoever has to read back what was gathered, or writes something that
//! rests on it, flushes first. What one order added can be taken out again until then (`mark`, `rewind`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Context, Result, bail};
use billing::invoice::{Regime, tax_item_on};
use billing::ledger::{self, About, Tax, city_day};
use chrono::NaiveDate;
use store::{BillRow, Booked, Booking, OrderEventRow, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{OperatorId, OrderId, PayeeId, Timestamp, ZoneId};

use super::books::{seller, zone_of};
use super::request_invoice::Seller;

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct OrderWrites {
    bills: Vec<BillRow>,
    bookings: Vec<(i64, Booking)>,
    orders: Vec<OrderRow>,
    events: Vec<OrderEventRow>,
    flushed: usize,
    /// Payees as sellers, each read once.
    sellers: BTreeMap<Uuid, Option<Seller>>,
}

/// How much was gathered at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    bills: usize,
    bookings: usize,
    orders: usize,
    events: usize,
    flushed: usize,
}

impl OrderWrites {
    pub(crate) fn bill(&mut self, bill: BillRow) {
        self.bills.push(bill);
    }

    /// `at` is when it is booked.
    pub(crate) fn book(&mut self, entry: ledger::Entry, at: Timestamp) {
        self.bookings.push((at.ms(), Booking { entry_id: Uuid::now_v7(), entry }));
    }

    /// The order as it stands now; an earlier standing that was not stored yet is forgotten.
    pub(crate) fn update(&mut self, order: &OrderRow) {
        match self.orders.iter_mut().find(|known| known.order_id == order.order_id) {
            Some(known) => known.clone_from(order),
            None => self.orders.push(order.clone()),
        }
    }

    pub(crate) fn append(&mut self, event: OrderEventRow) {
        self.events.push(event);
    }

    /// What an entry of an order is about; see `books::about_order`.
    pub(crate) async fn about(
        &mut self,
        tx: &mut Tx,
        order: &OrderRow,
        at: Timestamp,
    ) -> Result<About> {
        let due = Timestamp::from_ms(order.final_at.unwrap_or(at.ms()));
        let rate_bp = self.vat_rate(tx, order.payee_id, city_day(due)).await?;
        let regime = Regime::from_name(&order.regime).context("unknown regime")?;
        Ok(About {
            operator: OperatorId(order.operator_id),
            payee: PayeeId(order.payee_id),
            zone: zone_of(tx, order).await?.map(ZoneId),
            order: Some(OrderId(order.order_id)),
            tax: Tax::of(regime, rate_bp),
            day: city_day(at),
        })
    }

    async fn vat_rate(
        &mut self,
        tx: &mut Tx,
        payee_id: Uuid,
        day: NaiveDate,
    ) -> Result<Option<u32>> {
        let seller = match self.sellers.entry(payee_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(seller(tx, payee_id).await?),
        };
        let seller = seller.as_ref();
        Ok(seller.and_then(|s| tax_item_on(&s.tax_items, day).map(|item| item.rate_bp)))
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            bills: self.bills.len(),
            bookings: self.bookings.len(),
            orders: self.orders.len(),
            events: self.events.len(),
            flushed: self.flushed,
        }
    }

    /// Takes out what was gathered since; false if some of it is stored already.
    pub(crate) fn rewind(&mut self, to: Mark) -> bool {
        if self.flushed != to.flushed {
            return false;
        }
        self.bills.truncate(to.bills);
        self.bookings.truncate(to.bookings);
        self.orders.truncate(to.orders);
        self.events.truncate(to.events);
        true
    }

    /// Stores what was gathered, each kind at once, in the order of its making.
    ///
    /// # Errors
    /// When a fact is booked with other content, or the database fails: then nothing may be kept.
    pub(crate) async fn flush(&mut self, tx: &mut Tx) -> Result<()> {
        self.flushed += 1;
        tx.insert_bills(&self.bills).await?;
        self.bills.clear();
        self.book_gathered(tx).await?;
        tx.update_orders(&self.orders).await?;
        self.orders.clear();
        tx.append_order_events(&self.events).await?;
        self.events.clear();
        Ok(())
    }

    async fn book_gathered(&mut self, tx: &mut Tx) -> Result<()> {
        let bookings = std::mem::take(&mut self.bookings);
        for together in bookings.chunk_by(|one, next| one.0 == next.0) {
            let made_at = together[0].0;
            let together: Vec<Booking> = together.iter().map(|(_, b)| b.clone()).collect();
            let booked = tx.book_all(&together, made_at).await?;
            for (booking, booked) in together.iter().zip(booked) {
                let key = booking.entry.key();
                match booked {
                    Booked::New(_) | Booked::Known => {}
                    Booked::Differs(what) => bail!("{key}: {what}"),
                    Booked::NoTarget => bail!("{key} reverses what is not booked"),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(revision: i64) -> BillRow {
        BillRow {
            order_id: Uuid::nil(),
            revision,
            tariff_id: String::new(),
            tariff_revision: 1,
            tariff_version: 1,
            engine_version: 1,
            case_json: String::new(),
            bill_json: String::new(),
            evidence_json: String::new(),
            total_fen: 0,
            made_at: 0,
        }
    }

    #[test]
    fn what_one_order_added_can_be_taken_out_until_it_is_stored() {
        let mut writes = OrderWrites::default();
        writes.bill(bill(1));
        let mark = writes.mark();
        writes.bill(bill(2));
        assert!(writes.rewind(mark));
        let kept: Vec<i64> = writes.bills.iter().map(|bill| bill.revision).collect();
        assert_eq!(kept, [1]);
        let mark = writes.mark();
        writes.flushed += 1;
        assert!(!writes.rewind(mark));
    }
}
