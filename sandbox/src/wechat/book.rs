//! WeChat Pay's book: orders, charges and refunds, in memory and on disk.
//!
//! Every change is a line on disk first and a change of memory second; what cannot be written has
//! not happened. `open` replays the same lines through the same changes. Callers hold the lock.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{Charge, Order, TradeState};
use super::refund::{PROCESSING_MS, Refund, RefundRequest};
use super::refusal::Refusal;
use crate::clock::{Now, beijing, beijing_day};
use crate::journal::Journal;
use crate::keys::{Account, random_digits, random_hex};

/// How long a prepay id can be paid with, machine time.
const PREPAY_MS: i64 = 2 * 3_600_000;

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

/// A prepay id handed out for an order.
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
    Ordered { ordered_at: String, prepay: Prepay, params: Value },
    Prepaid { prepay: Prepay },
    Closed { out_trade_no: String, closed_at: String },
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

    pub(super) fn order_of_transaction(&self, transaction_id: &str) -> Option<&Order> {
        self.orders.get(self.by_transaction.get(transaction_id)?)
    }

    pub(super) fn refund(&self, out_refund_no: &str) -> Option<&Refund> {
        self.refunds.get(out_refund_no)
    }

    /// Places an order, or renews the prepay id of the same order. Answers the prepay id.
    pub(super) fn place(
        &mut self,
        params: Value,
        account: &Account,
        now: Now,
    ) -> Result<String, Refusal> {
        let asked = Order::parse(&params)?;
        asked.require_merchant(account)?;
        let prepay = Prepay {
            prepay_id: format!("wx{}", random_hex(17)),
            out_trade_no: asked.out_trade_no.clone(),
            expires_ms: now.machine_ms.saturating_add(PREPAY_MS),
        };
        let prepay_id = prepay.prepay_id.clone();
        let line = match self.orders.get(&asked.out_trade_no) {
            Some(known) if known.params != params => return Err(Refusal::OutTradeNoUsed),
            Some(known) => {
                require_payable(known, now)?;
                OrderLine::Prepaid { prepay }
            }
            None => {
                asked.require_lifetime(now)?;
                OrderLine::Ordered { ordered_at: beijing(now.city_ms), prepay, params }
            }
        };
        self.record(line)?;
        Ok(prepay_id)
    }

    /// Closes an unpaid order; a closed one stays closed.
    pub(super) fn close(&mut self, out_trade_no: &str, now: Now) -> Result<(), Refusal> {
        let order = self.orders.get(out_trade_no).ok_or(Refusal::OrderNotExist)?;
        match (order.trade_state(now), &order.closed_at) {
            (TradeState::Success | TradeState::Refund, _) => Err(Refusal::OrderPaid),
            (_, Some(_)) => Ok(()),
            (TradeState::NotPay | TradeState::Closed, None) => {
                let out_trade_no = out_trade_no.to_owned();
                self.record(OrderLine::Closed { out_trade_no, closed_at: beijing(now.city_ms) })
            }
        }
    }

    /// Takes the payer's money, once per order: a repeat answers the first charge.
    pub(super) fn charge(
        &mut self,
        prepay_id: &str,
        openid: &str,
        now: Now,
    ) -> Result<Charge, Refusal> {
        let prepay = self.prepays.get(prepay_id).ok_or(Refusal::OrderNotExist)?;
        let order = self.orders.get(&prepay.out_trade_no).ok_or(Refusal::OrderNotExist)?;
        if order.openid != openid {
            return Err(Refusal::OpenidMismatch);
        }
        if let Some(charge) = &order.charge {
            return Ok(charge.clone());
        }
        require_payable(order, now)?;
        if prepay.expires_ms <= now.machine_ms {
            return Err(Refusal::PrepayExpired);
        }
        let charge = Charge {
            out_trade_no: order.out_trade_no.clone(),
            transaction_id: self.fresh_transaction_id(now),
            amount_fen: order.total_fen,
            openid: openid.to_owned(),
            success_at: beijing(now.city_ms),
        };
        self.charge_lines.append(&charge)?;
        self.apply_charge(charge.clone());
        Ok(charge)
    }

    /// Gives money back, once per `out_refund_no`: a repeat answers the first refund. `settled_city_ms`
    /// is the city time at which it will have settled.
    pub(super) fn give_back(
        &mut self,
        params: Value,
        now: Now,
        settled_city_ms: i64,
    ) -> Result<Refund, Refusal> {
        let request = RefundRequest::parse(&params)?;
        if let Some(known) = self.refunds.get(&request.out_refund_no) {
            let same = known.params == params;
            return if same { Ok(known.clone()) } else { Err(Refusal::RefundDiffers) };
        }
        let (order, charge) = self.refundable(&request)?;
        request.check(order, success_ms(charge)?, now)?;
        let refund = Refund {
            out_refund_no: request.out_refund_no,
            refund_id: format!("5030{}{}", random_digits(7), random_digits(17)),
            out_trade_no: order.out_trade_no.clone(),
            transaction_id: charge.transaction_id.clone(),
            mchid: order.mchid.clone(),
            refund_fen: request.amount.refund,
            total_fen: order.total_fen,
            notify_url: request.notify_url,
            created_at: beijing(now.city_ms),
            success_at: beijing(settled_city_ms),
            accepted_ms: now.machine_ms,
            params,
        };
        self.refund_lines.append(&refund)?;
        self.apply_refund(refund.clone());
        Ok(refund)
    }

    fn refundable(&self, request: &RefundRequest) -> Result<(&Order, &Charge), Refusal> {
        let by_id = request.transaction_id.as_deref().map(|id| self.order_of_transaction(id));
        let by_no = request.out_trade_no.as_deref().map(|no| self.order(no));
        let order = match (by_id, by_no) {
            (Some(order), None) | (None, Some(order)) => order,
            (Some(Some(a)), Some(Some(b))) if a.out_trade_no == b.out_trade_no => Some(a),
            _ => None,
        };
        let order = order.ok_or(Refusal::RefundNotExist)?;
        let charge = order.charge.as_ref().ok_or(Refusal::InvalidRefund("订单未支付"))?;
        Ok((order, charge))
    }

    fn fresh_transaction_id(&self, now: Now) -> String {
        loop {
            let (shop, tail) = (random_digits(6), random_digits(10));
            let id = format!("4200{shop}{}{tail}", beijing_day(now.city_ms));
            if !self.by_transaction.contains_key(&id) {
                return id;
            }
        }
    }

    fn record(&mut self, line: OrderLine) -> Result<(), Refusal> {
        self.order_lines.append(&line)?;
        self.apply(line).map_err(|error| Refusal::System(error.to_string()))
    }

    fn apply(&mut self, line: OrderLine) -> anyhow::Result<()> {
        match line {
            OrderLine::Ordered { prepay, params, .. } => {
                let order = Order::parse(&params)
                    .map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
                self.orders.insert(order.out_trade_no.clone(), order);
                self.prepays.insert(prepay.prepay_id.clone(), prepay);
            }
            OrderLine::Prepaid { prepay } => {
                self.prepays.insert(prepay.prepay_id.clone(), prepay);
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

    fn apply_refund(&mut self, refund: Refund) {
        if let Some(order) = self.orders.get_mut(&refund.out_trade_no) {
            order.refunded_fen = order.refunded_fen.saturating_add(refund.refund_fen);
            order.refunds += 1;
        }
        self.refunds.insert(refund.out_refund_no.clone(), refund);
    }
}

/// Machine time a refund asked for now will have settled at.
pub(super) fn refund_settles_ms(now: Now) -> i64 {
    now.machine_ms.saturating_add(PROCESSING_MS)
}

fn require_payable(order: &Order, now: Now) -> Result<(), Refusal> {
    match order.trade_state(now) {
        TradeState::NotPay => Ok(()),
        TradeState::Closed => Err(Refusal::OrderClosed),
        TradeState::Success | TradeState::Refund => Err(Refusal::OrderPaid),
    }
}

fn success_ms(charge: &Charge) -> Result<i64, Refusal> {
    DateTime::parse_from_rfc3339(&charge.success_at)
        .map(|at| at.timestamp_millis())
        .map_err(|error| Refusal::System(error.to_string()))
}
