//! One order at WeChat Pay: what was asked for, and the state it is in.
//!
//! The state is derived (charged, refunded, closed, run out), never stored. The fields of a request
//! are read and checked in `order_request`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order_request::read;
use super::refusal::Refusal;
use crate::clock::Now;
use crate::keys::Account;

/// How long an order may be paid that names no end, 7 days.
const USUAL_LIFE_MS: i64 = 7 * 86_400_000;
/// Shortest and longest life that an order may name: a minute, 90 days.
const SHORTEST_LIFE_MS: i64 = 60_000;
const LONGEST_LIFE_MS: i64 = 90 * 86_400_000;

/// By which door an order came, which is also how it is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TradeType {
    /// Inside WeChat: public account or mini program.
    #[default]
    Jsapi,
    /// By a code that the payer scans.
    Native,
    /// From a browser outside WeChat.
    H5,
    /// Taken from the payer's account after the vehicle left.
    Parking,
}

/// The fields of an order request that matter here, with the limits of the API checked.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) out_trade_no: String,
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) attach: Option<String>,
    pub(crate) notify_url: String,
    pub(crate) trade_type: TradeType,
    pub(crate) description: String,
    /// Who must pay; anybody if the order names nobody.
    pub(crate) openid: Option<String>,
    pub(crate) total_fen: i64,
    /// When it was placed and when it ends, city time, milliseconds.
    pub(crate) ordered_ms: i64,
    pub(super) expires_ms: i64,
    /// The request as it was sent, to compare a repeat with.
    pub(crate) params: Value,
    pub(crate) closed_at: Option<String>,
    pub(crate) charge: Option<Charge>,
    /// What came of an attempt that took no money, and when it is known (machine time).
    pub(crate) tried: Option<(Attempted, i64)>,
    /// Numbers of the refunds asked for, oldest first.
    pub(crate) refunds: Vec<String>,
}

/// An attempt to pay that took no money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attempted {
    /// The payer is at the password.
    UserPaying,
    /// The payer's bank refused.
    PayError,
    /// Pay-after-parking: the payer's account could not be debited.
    PayFail,
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
    /// Machine time from which on it is known; 0 if it was at once.
    #[serde(default)]
    pub(crate) settles_ms: i64,
    #[serde(default = "others")]
    pub(crate) bank_type: String,
}

fn others() -> String {
    "OTHERS".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TradeState {
    NotPay,
    UserPaying,
    PayError,
    Success,
    Refund,
    Closed,
    /// Pay-after-parking: taken, to be debited.
    Accepted,
    /// Pay-after-parking: could not be debited.
    PayFail,
}

impl TradeState {
    pub(super) fn name(self) -> &'static str {
        match self {
            TradeState::NotPay => "NOTPAY",
            TradeState::UserPaying => "USERPAYING",
            TradeState::PayError => "PAYERROR",
            TradeState::Success => "SUCCESS",
            TradeState::Refund => "REFUND",
            TradeState::Closed => "CLOSED",
            TradeState::Accepted => "ACCEPTED",
            TradeState::PayFail => "PAY_FAIL",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            TradeState::NotPay => "订单未支付",
            TradeState::UserPaying => "用户支付中，需要输入密码",
            TradeState::PayError => "支付失败，请重新下单支付",
            TradeState::Success => "支付成功",
            TradeState::Refund => "转入退款",
            TradeState::Closed => "订单已关闭",
            TradeState::Accepted => "已接收，等待扣款",
            TradeState::PayFail => "支付失败，请更换支付方式",
        }
    }
}

impl TradeType {
    /// As queries, notifications and bills write it. That of pay-after-parking is not documented.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TradeType::Jsapi => "JSAPI",
            TradeType::Native => "NATIVE",
            TradeType::H5 => "MWEB",
            TradeType::Parking => "PARKING",
        }
    }
}

impl Order {
    /// Reads an order request that came at `ordered_ms` (city time); what the API does not allow is
    /// refused with the field's name.
    pub(super) fn parse(
        params: &Value,
        trade_type: TradeType,
        ordered_ms: i64,
    ) -> Result<Order, Refusal> {
        let asked = read(params, trade_type)?;
        Ok(Order {
            out_trade_no: asked.out_trade_no,
            appid: asked.appid,
            mchid: asked.mchid,
            attach: asked.attach,
            notify_url: asked.notify_url,
            trade_type,
            description: asked.description,
            openid: asked.openid,
            total_fen: asked.total_fen,
            ordered_ms,
            expires_ms: asked.expires_ms.unwrap_or(ordered_ms.saturating_add(USUAL_LIFE_MS)),
            params: params.clone(),
            closed_at: None,
            charge: None,
            tried: None,
            refunds: Vec::new(),
        })
    }

    pub(super) fn require_merchant(&self, account: &Account) -> Result<(), Refusal> {
        if self.trade_type != TradeType::Parking && self.mchid != account.mchid {
            return Err(Refusal::MchNotExists);
        }
        if self.appid != account.appid {
            return Err(Refusal::AppidMchidMismatch);
        }
        Ok(())
    }

    /// A new order lives at least a minute and at most 90 days.
    pub(super) fn require_lifetime(&self, now: Now) -> Result<(), Refusal> {
        let left_ms = self.expires_ms.saturating_sub(now.city_ms);
        let allowed = (SHORTEST_LIFE_MS..=LONGEST_LIFE_MS).contains(&left_ms);
        require(allowed, "time_expire", "须在当前时间1分钟之后、90天之内")
    }

    /// The charge, once it is known.
    pub(super) fn charged(&self, now: Now) -> Option<&Charge> {
        self.charge.as_ref().filter(|charge| charge.settles_ms <= now.machine_ms)
    }

    pub(super) fn trade_state(&self, now: Now) -> TradeState {
        if self.charged(now).is_some() {
            return if self.refunds.is_empty() { TradeState::Success } else { TradeState::Refund };
        }
        let tried = self.tried.filter(|(_, at_ms)| *at_ms <= now.machine_ms);
        match (self.trade_type, tried) {
            (TradeType::Parking, Some((Attempted::PayFail, _))) => TradeState::PayFail,
            (TradeType::Parking, _) => TradeState::Accepted,
            _ if self.closed_at.is_some() || self.expires_ms <= now.city_ms => TradeState::Closed,
            (_, Some((Attempted::UserPaying, _))) => TradeState::UserPaying,
            (_, Some(_)) => TradeState::PayError,
            (_, None) => TradeState::NotPay,
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
            shown["trade_type"] = json!(self.trade_type.name());
            shown["bank_type"] = json!(charge.bank_type);
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
