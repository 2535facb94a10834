//! One order at WeChat Pay: what was asked for, and the state it is in.
//!
//! The state is derived (charged, refunded, closed, run out), never stored.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::clock::Now;
use crate::keys::Account;

/// Largest order, fen (a million yuan).
const TOTAL_LIMIT_FEN: i64 = 100_000_000;
/// Longest life of an order, 90 days.
const LONGEST_LIFE_MS: i64 = 90 * 86_400_000;

/// The fields of an order request that matter here, with the limits of the API checked.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) out_trade_no: String,
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) attach: Option<String>,
    pub(crate) notify_url: String,
    pub(crate) openid: String,
    pub(crate) total_fen: i64,
    /// City time, milliseconds.
    expires_ms: Option<i64>,
    /// The request as it was sent, to compare a repeat with.
    pub(crate) params: Value,
    pub(crate) closed_at: Option<String>,
    pub(crate) charge: Option<Charge>,
    /// Sum of the refunds asked for.
    pub(crate) refunded_fen: i64,
    pub(crate) refunds: usize,
}

/// A payer's money taken: one line of `charges.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) amount_fen: i64,
    pub(crate) openid: String,
    /// City time, RFC 3339 at +08:00.
    pub(crate) success_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TradeState {
    NotPay,
    Success,
    Refund,
    Closed,
}

#[derive(Deserialize)]
struct Request {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    time_expire: Option<String>,
    attach: Option<String>,
    notify_url: String,
    amount: Amount,
    payer: Payer,
}

#[derive(Deserialize)]
struct Amount {
    total: i64,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct Payer {
    openid: String,
}

impl TradeState {
    pub(super) fn name(self) -> &'static str {
        match self {
            TradeState::NotPay => "NOTPAY",
            TradeState::Success => "SUCCESS",
            TradeState::Refund => "REFUND",
            TradeState::Closed => "CLOSED",
        }
    }

    fn description(self) -> &'static str {
        match self {
            TradeState::NotPay => "订单未支付",
            TradeState::Success => "支付成功",
            TradeState::Refund => "转入退款",
            TradeState::Closed => "订单已关闭",
        }
    }
}

impl Order {
    /// Reads an order request; what the API does not allow is refused with the field's name.
    pub(super) fn parse(params: &Value) -> Result<Order, Refusal> {
        let request: Request = serde_json::from_value(params.clone())
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
        let Request { amount, payer, .. } = &request;
        require(is_trade_no(&request.out_trade_no, 6, 32), "out_trade_no", "6到32位字母数字_-|*")?;
        require(fits(&request.description, 1, 127), "description", "长度1到127")?;
        require(fits(&payer.openid, 1, 128), "payer.openid", "长度1到128")?;
        require((1..=TOTAL_LIMIT_FEN).contains(&amount.total), "amount.total", "超出范围")?;
        let currency = amount.currency.as_deref().unwrap_or("CNY");
        require(currency == "CNY", "amount.currency", "只支持CNY")?;
        require(
            request.attach.as_ref().is_none_or(|text| fits(text, 1, 128)),
            "attach",
            "长度1到128",
        )?;
        require_notify_url(&request.notify_url)?;
        let expires_ms = request.time_expire.as_deref().map(instant).transpose()?;
        Ok(Order {
            out_trade_no: request.out_trade_no,
            appid: request.appid,
            mchid: request.mchid,
            attach: request.attach,
            notify_url: request.notify_url,
            openid: request.payer.openid,
            total_fen: request.amount.total,
            expires_ms,
            params: params.clone(),
            closed_at: None,
            charge: None,
            refunded_fen: 0,
            refunds: 0,
        })
    }

    pub(super) fn require_merchant(&self, account: &Account) -> Result<(), Refusal> {
        if self.mchid != account.mchid {
            return Err(Refusal::MchNotExists);
        }
        if self.appid != account.appid {
            return Err(Refusal::AppidMchidMismatch);
        }
        Ok(())
    }

    /// A new order may not run out in the past or live longer than 90 days.
    pub(super) fn require_lifetime(&self, now: Now) -> Result<(), Refusal> {
        let left_ms = self.expires_ms.map(|at| at.saturating_sub(now.city_ms));
        let allowed = left_ms.is_none_or(|left_ms| (1..=LONGEST_LIFE_MS).contains(&left_ms));
        require(allowed, "time_expire", "须在当前时间之后90天之内")
    }

    pub(super) fn trade_state(&self, now: Now) -> TradeState {
        let run_out = self.expires_ms.is_some_and(|at| at <= now.city_ms);
        match &self.charge {
            Some(_) if self.refunds > 0 => TradeState::Refund,
            Some(_) => TradeState::Success,
            None if self.closed_at.is_some() || run_out => TradeState::Closed,
            None => TradeState::NotPay,
        }
    }

    /// What a query answers.
    pub(super) fn transaction(&self, now: Now) -> Value {
        self.shown_in(self.trade_state(now))
    }

    /// What a payment notification carries: the order as it was when paid, whatever came after.
    pub(super) fn paid_transaction(&self) -> Value {
        self.shown_in(TradeState::Success)
    }

    fn shown_in(&self, state: TradeState) -> Value {
        let mut shown = json!({
            "appid": self.appid,
            "mchid": self.mchid,
            "out_trade_no": self.out_trade_no,
            "trade_state": state.name(),
            "trade_state_desc": state.description(),
            "attach": self.attach.as_deref().unwrap_or(""),
            "amount": {"total": self.total_fen, "currency": "CNY"},
        });
        if let Some(charge) = &self.charge {
            shown["transaction_id"] = json!(charge.transaction_id);
            shown["trade_type"] = json!("JSAPI");
            shown["bank_type"] = json!("OTHERS");
            shown["success_time"] = json!(charge.success_at);
            shown["payer"] = json!({"openid": charge.openid});
            shown["amount"] = json!({
                "total": self.total_fen,
                "payer_total": charge.amount_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            });
        }
        shown
    }
}

/// `PARAM_ERROR` naming the field unless `allowed`.
pub(super) fn require(
    allowed: bool,
    field: &'static str,
    issue: &'static str,
) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::Param { field, issue }) }
}

/// A merchant's number: letters, digits and `_-|*`.
pub(super) fn is_trade_no(text: &str, shortest: usize, longest: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte);
    (shortest..=longest).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether a text has that many characters.
pub(super) fn fits(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.chars().count())
}

/// An absolute address without query, at most 255 characters.
pub(super) fn require_notify_url(url: &str) -> Result<(), Refusal> {
    let parsed = reqwest::Url::parse(url).ok();
    let allowed = parsed.is_some_and(|parsed| {
        ["http", "https"].contains(&parsed.scheme())
            && parsed.query().is_none()
            && fits(url, 1, 255)
    });
    require(allowed, "notify_url", "须为不带参数的完整地址")
}

fn instant(text: &str) -> Result<i64, Refusal> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .map_err(|_| Refusal::Param { field: "time_expire", issue: "须为RFC 3339时间" })
}
