//! One refund: what was asked for, and how far it is.
//!
//! A refund is `PROCESSING` for 300 ms of machine time and then what was decided when it was accepted:
//! `SUCCESS`, `CLOSED` or `ABNORMAL`, or `PROCESSING` for ever. That, and when in city time, is
//! written down at once, so a restart changes nothing.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::{Order, fits, is_trade_no, require, require_notify_url};
use super::refusal::Refusal;
use crate::clock::Now;

/// Partial refunds an order may have.
const REFUNDS_PER_ORDER: usize = 50;
/// How long after payment a refund is possible, city time.
const REFUNDABLE_MS: i64 = 365 * 86_400_000;
/// How long a refund is under way, machine time.
pub(super) const PROCESSING_MS: i64 = 300;

/// What becomes of a refund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    #[default]
    Success,
    /// The payer's account takes nothing; another way has to be found.
    Abnormal,
    /// Closed without having given anything back.
    Closed,
    /// Under way for ever.
    Stuck,
}

/// One line of `refunds.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) mchid: String,
    pub(crate) refund_fen: i64,
    pub(crate) total_fen: i64,
    pub(crate) notify_url: Option<String>,
    /// City time, RFC 3339 at +08:00.
    pub(crate) created_at: String,
    /// City time, RFC 3339 at +08:00; true only once the refund has settled.
    pub(crate) success_at: String,
    /// Machine time.
    pub(crate) accepted_ms: i64,
    #[serde(default)]
    pub(crate) outcome: Outcome,
    /// How often another way was asked for.
    #[serde(default)]
    pub(crate) renewed: u32,
    /// Whether it went to the merchant's bank account instead of the payer.
    #[serde(default)]
    pub(crate) to_merchant: bool,
    /// The request as it was sent, to compare a repeat with.
    pub(crate) params: Value,
}

/// The body of a refund request.
#[derive(Deserialize)]
pub(super) struct RefundRequest {
    pub(super) transaction_id: Option<String>,
    pub(super) out_trade_no: Option<String>,
    pub(super) out_refund_no: String,
    pub(super) reason: Option<String>,
    pub(super) notify_url: Option<String>,
    pub(super) amount: RefundAmount,
}

#[derive(Deserialize)]
pub(super) struct RefundAmount {
    pub(super) refund: i64,
    pub(super) total: i64,
    pub(super) currency: String,
}

/// The body of `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`.
#[derive(Deserialize)]
pub(super) struct AbnormalRequest {
    pub(super) out_refund_no: String,
    pub(super) r#type: String,
    bank_type: Option<String>,
    bank_account: Option<String>,
    real_name: Option<String>,
}

impl AbnormalRequest {
    /// A card of the payer is named in full (encrypted, not looked into), that of the merchant is known.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let known = ["USER_BANK_CARD", "MERCHANT_BANK_CARD"].contains(&self.r#type.as_str());
        require(known, "type", "须为枚举值")?;
        let card = [&self.bank_type, &self.bank_account, &self.real_name];
        let named = card.iter().all(|part| part.as_ref().is_some_and(|part| !part.is_empty()));
        require(self.r#type == "MERCHANT_BANK_CARD" || named, "bank_account", "退至用户时必填")
    }
}

impl RefundRequest {
    pub(super) fn parse(params: &Value) -> Result<RefundRequest, Refusal> {
        let request: RefundRequest = serde_json::from_value(params.clone())
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
        let named = request.transaction_id.is_some() || request.out_trade_no.is_some();
        require(named, "transaction_id", "与out_trade_no二选一必填")?;
        let number = request.out_refund_no.replace('@', "");
        let number_fits = number.is_empty() || is_trade_no(&number, 1, 64);
        require(number_fits && fits(&request.out_refund_no, 1, 64), "out_refund_no", "格式错误")?;
        require(
            request.reason.as_ref().is_none_or(|text| fits(text, 1, 80)),
            "reason",
            "长度1到80",
        )?;
        require(request.amount.refund > 0, "amount.refund", "须大于0")?;
        require(request.amount.currency == "CNY", "amount.currency", "只支持CNY")?;
        if let Some(url) = &request.notify_url {
            require_notify_url(url)?;
        }
        Ok(request)
    }

    /// Whether this may be refunded from the order, of which refunds have taken `taken_fen` already.
    /// `paid_ms` is the city time of payment.
    pub(super) fn check(
        &self,
        order: &Order,
        taken_fen: i64,
        paid_ms: i64,
        now: Now,
    ) -> Result<(), Refusal> {
        let left_fen = order.total_fen.saturating_sub(taken_fen);
        if self.amount.total != order.total_fen {
            return Err(Refusal::InvalidRefund("订单金额与原订单不一致"));
        }
        if self.amount.refund > left_fen {
            return Err(Refusal::InvalidRefund("申请退款金额超过订单可退金额"));
        }
        if order.refunds.len() >= REFUNDS_PER_ORDER {
            return Err(Refusal::InvalidRefund("部分退款不能超过50次"));
        }
        if now.city_ms.saturating_sub(paid_ms) > REFUNDABLE_MS {
            return Err(Refusal::InvalidRefund("订单已超过可退款期限"));
        }
        Ok(())
    }
}

impl Refund {
    /// Machine time at which its outcome is known; never, of one that is stuck.
    pub(crate) fn settles_ms(&self) -> Option<i64> {
        let settles_ms = self.accepted_ms.saturating_add(PROCESSING_MS);
        Some(settles_ms).filter(|_| self.outcome != Outcome::Stuck)
    }

    /// Whether it has come to that end.
    pub(super) fn is(&self, outcome: Outcome, now: Now) -> bool {
        self.outcome == outcome && self.settles_ms().is_some_and(|at| at <= now.machine_ms)
    }

    fn received_account(&self) -> &'static str {
        if self.to_merchant { "商户银行账户" } else { "支付用户零钱" }
    }

    /// What the refund routes answer.
    pub(super) fn shown(&self, now: Now) -> Value {
        let mut shown = json!({
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "channel": self.channel(),
            "user_received_account": self.received_account(),
            "funds_account": "AVAILABLE",
            "create_time": self.created_at,
            "status": "PROCESSING",
            "amount": {
                "total": self.total_fen,
                "refund": self.refund_fen,
                "payer_total": self.total_fen,
                "payer_refund": self.refund_fen,
                "settlement_refund": self.refund_fen,
                "settlement_total": self.total_fen,
                "discount_refund": 0,
                "currency": "CNY",
            },
        });
        if self.settles_ms().is_some_and(|at| at <= now.machine_ms) {
            shown["status"] = json!(self.outcome.name());
        }
        if self.is(Outcome::Success, now) {
            shown["success_time"] = json!(self.success_at);
        }
        shown
    }

    /// How the money goes back, as answers and bills write it.
    pub(super) fn channel(&self) -> &'static str {
        match (self.renewed, self.to_merchant) {
            (0, _) => "ORIGINAL",
            (_, true) => "OTHER_BALANCE",
            (_, false) => "OTHER_BANKCARD",
        }
    }

    /// What a refund notification carries; it is sent when the refund has settled.
    pub(super) fn notified(&self) -> Value {
        let mut told = json!({
            "mchid": self.mchid,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "refund_status": self.outcome.name(),
            "user_received_account": self.received_account(),
            "amount": {
                "total": self.total_fen,
                "refund": self.refund_fen,
                "payer_total": self.total_fen,
                "payer_refund": self.refund_fen,
            },
        });
        if self.outcome == Outcome::Success {
            told["success_time"] = json!(self.success_at);
        }
        told
    }
}

impl Outcome {
    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Success => "SUCCESS",
            Outcome::Abnormal => "ABNORMAL",
            Outcome::Closed => "CLOSED",
            Outcome::Stuck => "PROCESSING",
        }
    }
}

/// An instant that the book wrote, milliseconds.
pub(super) fn instant_ms(text: &str) -> Result<i64, Refusal> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .map_err(|error| Refusal::System(error.to_string()))
}
