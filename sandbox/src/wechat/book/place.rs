//! Placing an order, renewing its handle, closing it.

use serde_json::Value;

use super::{Book, OrderLine, Prepay};
use crate::clock::{Now, beijing};
use crate::keys::{Account, random_hex};
use crate::wechat::order::{Order, TradeState, TradeType};
use crate::wechat::refusal::Refusal;

/// How long a handle can be paid with, machine time: a prepay id and a code 2 hours, an H5 page 5 minutes.
const PREPAY_MS: i64 = 2 * 3_600_000;
const H5_MS: i64 = 5 * 60_000;

impl Book {
    /// Places an order, or renews the handle of the same order. Answers the handle.
    pub(in crate::wechat) fn place(
        &mut self,
        params: Value,
        trade_type: TradeType,
        account: &Account,
        now: Now,
    ) -> Result<String, Refusal> {
        let asked = Order::parse(&params, trade_type, now.city_ms)?;
        asked.require_merchant(account)?;
        let prepay = handle(&asked, now);
        let prepay_id = prepay.prepay_id.clone();
        let line = match self.orders.get(&asked.out_trade_no) {
            Some(known) if known.params != params || known.trade_type != trade_type => {
                return Err(Refusal::OutTradeNoUsed);
            }
            Some(_) if trade_type == TradeType::Parking => return Ok(prepay_id),
            Some(known) => {
                require_payable(known, now)?;
                OrderLine::Prepaid { prepay }
            }
            None => {
                asked.require_lifetime(now)?;
                let (ordered_at, mchid) = (beijing(now.city_ms), account.mchid.clone());
                OrderLine::Ordered { ordered_at, trade_type, mchid, prepay, params }
            }
        };
        self.record(line)?;
        Ok(prepay_id)
    }

    /// Closes an unpaid order; a closed one stays closed.
    pub(in crate::wechat) fn close(&mut self, out_trade_no: &str, now: Now) -> Result<(), Refusal> {
        let order = self.order(out_trade_no).filter(|o| o.trade_type != TradeType::Parking);
        let order = order.ok_or(Refusal::OrderNotExist)?;
        match (order.trade_state(now), &order.closed_at) {
            (TradeState::Success | TradeState::Refund, _) => Err(Refusal::OrderPaid),
            (_, Some(_)) => Ok(()),
            (_, None) => {
                let out_trade_no = out_trade_no.to_owned();
                self.record(OrderLine::Closed { out_trade_no, closed_at: beijing(now.city_ms) })
            }
        }
    }
}

fn handle(order: &Order, now: Now) -> Prepay {
    let (prepay_id, life_ms) = match order.trade_type {
        TradeType::Jsapi | TradeType::Parking => (format!("wx{}", random_hex(17)), PREPAY_MS),
        TradeType::Native => (random_hex(5), PREPAY_MS),
        TradeType::H5 => (format!("wx{}", random_hex(17)), H5_MS),
    };
    let expires_ms = now.machine_ms.saturating_add(life_ms);
    Prepay { prepay_id, out_trade_no: order.out_trade_no.clone(), expires_ms }
}

pub(super) fn require_payable(order: &Order, now: Now) -> Result<(), Refusal> {
    match order.trade_state(now) {
        TradeState::NotPay | TradeState::UserPaying | TradeState::PayError => Ok(()),
        TradeState::Closed | TradeState::PayFail => Err(Refusal::OrderClosed),
        TradeState::Success | TradeState::Refund | TradeState::Accepted => Err(Refusal::OrderPaid),
    }
}
