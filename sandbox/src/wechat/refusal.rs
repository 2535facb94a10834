//! Why WeChat Pay refuses: the status, the code and the text of `{code, message, detail}`.
//!
//! Codes as in the merchant documentation's error tables; a merchant's program may rely on status
//! and code, not on the text.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A field is missing, of the wrong form or out of range.
    Param {
        field: &'static str,
        issue: &'static str,
    },
    /// The body is no JSON of the expected form.
    Malformed(String),
    /// The body is longer than the limit.
    TooLarge,
    /// The signature, its timestamp or its key; `issue` says which.
    Sign {
        field: &'static str,
        issue: &'static str,
    },
    AppidMchidMismatch,
    MchNotExists,
    OutTradeNoUsed,
    OrderNotExist,
    OrderClosed,
    OrderPaid,
    OpenidMismatch,
    PrepayExpired,
    /// The payer's bank refused.
    PayError,
    /// The payer is still at the password.
    UserPaying,
    /// The merchant's balance does not suffice for a refund.
    NotEnough,
    /// The payer's account is gone or blocked: the request has failed for good.
    AccountAbnormal,
    /// Too many at once; the text says of what.
    TooOften(&'static str),
    /// There is no bill of that day.
    NoStatement,
    /// The bill of that day is not made yet.
    StatementCreating,
    /// The vehicle cannot be paid for afterwards.
    ParkingBlocked(String),
    RefundNotExist,
    /// A refund of something that is not there or not paid; the text says why.
    InvalidRefund(&'static str),
    /// The same refund number with another content.
    RefundDiffers,
    System(String),
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        let (status, code, text) = match self {
            Refusal::Param { field, issue } => {
                return (S::BAD_REQUEST, "PARAM_ERROR", format!("参数错误：{field} {issue}"));
            }
            Refusal::Malformed(text) => {
                return (S::BAD_REQUEST, "PARAM_ERROR", format!("请求体不是合法的JSON：{text}"));
            }
            Refusal::TooLarge => (S::PAYLOAD_TOO_LARGE, "PARAM_ERROR", "请求体过大"),
            Refusal::Sign { issue, .. } => (S::UNAUTHORIZED, "SIGN_ERROR", *issue),
            Refusal::AppidMchidMismatch => {
                (S::BAD_REQUEST, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
            }
            Refusal::MchNotExists => (S::BAD_REQUEST, "MCH_NOT_EXISTS", "商户号不存在"),
            Refusal::OutTradeNoUsed => {
                (S::FORBIDDEN, "OUT_TRADE_NO_USED", "商户订单号重复：请求参数与原订单不一致")
            }
            Refusal::OrderNotExist => (S::NOT_FOUND, "ORDERNOTEXIST", "订单不存在"),
            Refusal::OrderClosed => (S::BAD_REQUEST, "ORDER_CLOSED", "订单已关闭"),
            Refusal::OrderPaid => (S::BAD_REQUEST, "INVALID_REQUEST", "该订单已支付"),
            Refusal::OpenidMismatch => {
                (S::BAD_REQUEST, "OPENID_MISMATCH", "openid与下单用户不一致")
            }
            Refusal::PrepayExpired => (S::BAD_REQUEST, "INVALID_REQUEST", "prepay_id已过期"),
            Refusal::PayError => (S::BAD_REQUEST, "PAYERROR", "支付失败，请更换支付方式"),
            Refusal::UserPaying => (S::ACCEPTED, "USERPAYING", "用户支付中，需要输入密码"),
            Refusal::NotEnough => {
                (S::FORBIDDEN, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
            }
            Refusal::AccountAbnormal => (S::FORBIDDEN, "USER_ACCOUNT_ABNORMAL", "退款请求失败"),
            Refusal::TooOften(text) => (S::TOO_MANY_REQUESTS, "FREQUENCY_LIMITED", *text),
            Refusal::NoStatement => (S::BAD_REQUEST, "NO_STATEMENT_EXIST", "账单文件不存在"),
            Refusal::StatementCreating => (S::BAD_REQUEST, "STATEMENT_CREATING", "账单生成中"),
            Refusal::ParkingBlocked(reason) => {
                return (S::BAD_REQUEST, "INVALID_REQUEST", format!("车牌服务状态异常：{reason}"));
            }
            Refusal::RefundNotExist => (S::NOT_FOUND, "RESOURCE_NOT_EXISTS", "退款单不存在"),
            Refusal::InvalidRefund(text) => (S::BAD_REQUEST, "INVALID_REQUEST", *text),
            Refusal::RefundDiffers => {
                (S::BAD_REQUEST, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
            }
            Refusal::System(_) => {
                (S::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")
            }
        };
        (status, code, text.to_owned())
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Refusal::Param { field, issue } => {
                Some(json!({"field": field, "issue": issue, "location": "body"}))
            }
            Refusal::Sign { field, issue } => {
                Some(json!({"field": field, "issue": issue, "location": "authorization"}))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Refusal::System(cause) = &self {
            tracing::error!(cause, "answering SYSTEM_ERROR");
        }
        let (status, code, message) = self.parts();
        let mut body = json!({"code": code, "message": message});
        if let Some(detail) = self.detail() {
            body["detail"] = detail;
        }
        (status, Json(body)).into_response()
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::System(error.to_string())
    }
}
