//! WeChat Pay's book: orders, charges and refunds, in memory and on disk.
//!
//! Every change is a line on disk first and a change of memory second; what cannot be written has
//! not happened. `open` replays the same lines through the same changes. Callers hold the lock.
//! What may be placed, charged and given back is decided in `book/`.

mod charge;
mod give_back;
mod place;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{Attempted, Charge, Order, TradeType};
use super::refund::Refund;
use super::refusal::Refusal;
use crate::journal::Journal;

pub(crate) struct Book {
    orders: HashMap<String, Order>,
    prepays: HashMap<String, Prepay>,
    by_transaction: HashMap<String, String>,
    charges: Vec<Charge>,
    refunds: HashMap<String, Refund>,
    order_lines: Journal,
    charge_lines: Journal,
    refund_lines: Journal,
}

/// A handle for the payer, given out for an order: the prepay id, or the token in a code.
#[derive(Clone, Serialize, Deserialize)]
struct Prepay {
    prepay_id: String,
    out_trade_no: String,
    expires_ms: i64,
}

/// One line of `orders.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum OrderLine {
    Ordered {
        ordered_at: String,
        #[serde(default)]
        trade_type: TradeType,
        /// Whose it is, where the request does not say.
        #[serde(default)]
        mchid: String,
        prepay: Prepay,
        params: Value,
    },
    Prepaid {
        prepay: Prepay,
    },
    Tried {
        out_trade_no: String,
        attempted: Attempted,
        at_ms: i64,
    },
    Closed {
        out_trade_no: String,
        closed_at: String,
    },
}

impl Book {
    pub(crate) fn open(data: &Path) -> anyhow::Result<Book> {
        let (order_lines, orders) = Journal::open::<OrderLine>(&data.join("orders.jsonl"))?;
        let (charge_lines, charges) = Journal::open::<Charge>(&data.join("charges.jsonl"))?;
        let (refund_lines, refunds) = Journal::open::<Refund>(&data.join("refunds.jsonl"))?;
        let mut book = Book {
            orders: HashMap::new(),
            prepays: HashMap::new(),
            by_transaction: HashMap::new(),
            charges: Vec::new(),
            refunds: HashMap::new(),
            order_lines,
            charge_lines,
            refund_lines,
        };
        for line in orders {
            book.apply(line).context("orders.jsonl is damaged")?;
        }
        for charge in charges {
            let order = book.orders.get(&charge.out_trade_no);
            let order = order.with_context(|| format!("charge without order: {charge:?}"))?;
            ensure!(order.charge.is_none(), "two charges of one order: {charge:?}");
            book.apply_charge(charge);
        }
        for refund in refunds {
            let order = book.orders.get(&refund.out_trade_no);
            ensure!(order.is_some(), "refund without order: {refund:?}");
            book.apply_refund(refund);
        }
        Ok(book)
    }

    /// All charges, oldest first.
    pub(crate) fn charges(&self) -> &[Charge] {
        &self.charges
    }

    pub(crate) fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.values()
    }

    pub(crate) fn order(&self, out_trade_no: &str) -> Option<&Order> {
        self.orders.get(out_trade_no)
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(super) fn order_of_transaction(&self, transaction_id: &str) -> Option<&Order> {
        self.orders.get(self.by_transaction.get(transaction_id)?)
    }

    /// The order that a handle was given out for, known or run out.
    pub(super) fn order_of_prepay(&self, prepay_id: &str) -> Option<&Order> {
        self.orders.get(&self.prepays.get(prepay_id)?.out_trade_no)
    }

    pub(super) fn refund(&self, out_refund_no: &str) -> Option<&Refund> {
        self.refunds.get(out_refund_no)
    }

    fn record(&mut self, line: OrderLine) -> Result<(), Refusal> {
        self.order_lines.append(&line)?;
        self.apply(line).map_err(|error| Refusal::System(error.to_string()))
    }

    fn apply(&mut self, line: OrderLine) -> anyhow::Result<()> {
        match line {
            OrderLine::Ordered { ordered_at, trade_type, mchid, prepay, params } => {
                let ordered_ms = DateTime::parse_from_rfc3339(&ordered_at)?.timestamp_millis();
                let mut order = Order::parse(&params, trade_type, ordered_ms)
                    .map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
                if order.mchid.is_empty() {
                    order.mchid = mchid;
                }
                self.orders.insert(order.out_trade_no.clone(), order);
                self.prepays.insert(prepay.prepay_id.clone(), prepay);
            }
            OrderLine::Prepaid { prepay } => {
                self.prepays.insert(prepay.prepay_id.clone(), prepay);
            }
            OrderLine::Tried { out_trade_no, attempted, at_ms } => {
                let order = self.orders.get_mut(&out_trade_no);
                order.context("an unknown order was tried")?.tried = Some((attempted, at_ms));
            }
            OrderLine::Closed { out_trade_no, closed_at } => {
                let order = self.orders.get_mut(&out_trade_no);
                order.context("an unknown order was closed")?.closed_at = Some(closed_at);
            }
        }
        Ok(())
    }

    fn apply_charge(&mut self, charge: Charge) {
        self.by_transaction.insert(charge.transaction_id.clone(), charge.out_trade_no.clone());
        if let Some(order) = self.orders.get_mut(&charge.out_trade_no) {
            order.charge = Some(charge.clone());
        }
        self.charges.push(charge);
    }

    /// A second line about a refund is what became of it after it had failed.
    fn apply_refund(&mut self, refund: Refund) {
        let number = refund.out_refund_no.clone();
        let order = self.orders.get_mut(&refund.out_trade_no);
        if self.refunds.insert(number.clone(), refund).is_none()
            && let Some(order) = order
        {
            order.refunds.push(number);
        }
    }
}
