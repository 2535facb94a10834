//! Giving money back: once per refund number, never more than was paid.

use serde_json::Value;

use super::Book;
use crate::clock::{Now, beijing};
use crate::keys::random_digits;
use crate::wechat::order::{Charge, Order};
use crate::wechat::refund::{AbnormalRequest, Outcome, Refund, RefundRequest, instant_ms};
use crate::wechat::refusal::Refusal;

/// Refunds of one order are to be this far apart, where the sandbox is told to mind it. City time.
const APART_MS: i64 = 60_000;

impl Book {
    /// Gives money back, once per `out_refund_no`: a repeat answers the first refund. `settles` is when
    /// `outcome` will be known.
    pub(in crate::wechat) fn give_back(
        &mut self,
        params: Value,
        outcome: Outcome,
        now: Now,
        settles: Now,
    ) -> Result<Refund, Refusal> {
        let request = RefundRequest::parse(&params)?;
        if let Some(known) = self.refunds.get(&request.out_refund_no) {
            let same = known.params == params;
            return if same { Ok(known.clone()) } else { Err(Refusal::RefundDiffers) };
        }
        let (order, charge) = self.refundable(&request, now)?;
        let paid_ms = instant_ms(&charge.success_at)?;
        request.check(order, self.taken_fen(order, now), paid_ms, now)?;
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
            success_at: beijing(settles.city_ms),
            accepted_ms: now.machine_ms,
            outcome,
            renewed: 0,
            to_merchant: false,
            params,
        };
        self.write_refund(refund)
    }

    /// Whether the order had a refund less than a minute ago.
    pub(in crate::wechat) fn refunded_lately(&self, params: &Value, now: Now) -> bool {
        let Ok(request) = RefundRequest::parse(params) else { return false };
        if self.refunds.contains_key(&request.out_refund_no) {
            return false;
        }
        let Ok((order, _)) = self.refundable(&request, now) else { return false };
        let last = order.refunds.last().and_then(|number| self.refund(number));
        last.and_then(|refund| instant_ms(&refund.created_at).ok())
            .is_some_and(|at_ms| now.city_ms.saturating_sub(at_ms) < APART_MS)
    }

    /// Another way for a refund that could not be paid out: to a bank card of the payer or of the merchant.
    pub(in crate::wechat) fn give_back_otherwise(
        &mut self,
        refund_id: &str,
        request: &AbnormalRequest,
        now: Now,
        settles: Now,
    ) -> Result<Refund, Refusal> {
        let known = self.refund(&request.out_refund_no).filter(|r| r.refund_id == refund_id);
        let known = known.ok_or(Refusal::RefundNotExist)?;
        if !known.is(Outcome::Abnormal, now) {
            return Err(Refusal::InvalidRefund("退款单不是异常状态"));
        }
        let refund = Refund {
            success_at: beijing(settles.city_ms),
            accepted_ms: now.machine_ms,
            outcome: Outcome::Success,
            renewed: known.renewed + 1,
            to_merchant: request.r#type == "MERCHANT_BANK_CARD",
            ..known.clone()
        };
        self.write_refund(refund)
    }

    fn write_refund(&mut self, refund: Refund) -> Result<Refund, Refusal> {
        self.refund_lines.append(&refund)?;
        self.apply_refund(refund.clone());
        Ok(refund)
    }

    /// What refunds of the order have taken of it; a closed one took nothing.
    fn taken_fen(&self, order: &Order, now: Now) -> i64 {
        let refunds = order.refunds.iter().filter_map(|number| self.refund(number));
        refunds.filter(|r| !r.is(Outcome::Closed, now)).map(|r| r.refund_fen).sum()
    }

    fn refundable(&self, request: &RefundRequest, now: Now) -> Result<(&Order, &Charge), Refusal> {
        let by_id = request.transaction_id.as_deref().map(|id| self.order_of_transaction(id));
        let by_no = request.out_trade_no.as_deref().map(|no| self.order(no));
        let order = match (by_id, by_no) {
            (Some(order), None) | (None, Some(order)) => order,
            (Some(Some(a)), Some(Some(b))) if a.out_trade_no == b.out_trade_no => Some(a),
            _ => None,
        };
        let order = order.ok_or(Refusal::RefundNotExist)?;
        let charge = order.charged(now).ok_or(Refusal::InvalidRefund("订单未支付"))?;
        Ok((order, charge))
    }
}
