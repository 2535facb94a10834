//! Why the tax platform refuses: status, stable code and a text that names what is wrong.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Missing or wrong authentication; the text says which header.
    Sign(&'static str),
    /// No JSON of the expected form.
    Malformed(String),
    TooLarge,
    /// A field that breaks a rule of form, such as a tax code that is no 19 digits.
    Field(String),
    /// Figures that do not add up.
    Arithmetic(Sums),
    /// The same request number with another body.
    RequestNoUsed,
    RequestNotFound,
    /// The seller's login at the tax bureau is gone: a person has to sign in again.
    LoginLost,
    /// There is no document, or not yet.
    DocumentNotReady,
    /// The platform makes no document of that form.
    FormatNotOffered,
    /// A red invoice without what it needs; the code says what.
    Red(&'static str, &'static str),
    System(String),
}

/// Which sum does not hold; `line` counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sums {
    /// net + tax ≠ gross.
    Line { line: usize },
    /// net is not gross / (1 + rate), rounded half up to the fen.
    LineTax { line: usize },
    /// The totals are not the sums of the lines.
    Totals,
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        let (status, code, text) = match self {
            Refusal::Sign(text) => (S::UNAUTHORIZED, "SIGN_ERROR", (*text).to_owned()),
            Refusal::Malformed(text) => (S::BAD_REQUEST, "PARAM_ERROR", text.clone()),
            Refusal::TooLarge => (S::PAYLOAD_TOO_LARGE, "TOO_LARGE", "请求体过大".to_owned()),
            Refusal::Field(text) => (S::UNPROCESSABLE_ENTITY, "FIELD_INVALID", text.clone()),
            Refusal::Arithmetic(sums) => (S::UNPROCESSABLE_ENTITY, sums.code(), sums.text()),
            Refusal::RequestNoUsed => {
                (S::CONFLICT, "REQUEST_NO_USED", "流水号已用于另一张发票".to_owned())
            }
            Refusal::RequestNotFound => {
                (S::NOT_FOUND, "REQUEST_NOT_FOUND", "流水号不存在".to_owned())
            }
            Refusal::LoginLost => {
                (S::FORBIDDEN, "LOGIN_LOST", "电子税务局登录已失效，请重新登录".to_owned())
            }
            Refusal::DocumentNotReady => {
                (S::CONFLICT, "DOCUMENT_NOT_READY", "版式文件尚未生成".to_owned())
            }
            Refusal::FormatNotOffered => {
                (S::NOT_FOUND, "FORMAT_NOT_OFFERED", "不提供该版式文件".to_owned())
            }
            Refusal::Red(code, text) => (S::UNPROCESSABLE_ENTITY, *code, (*text).to_owned()),
            Refusal::System(_) => (S::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统异常".to_owned()),
        };
        (status, code, text)
    }
}

impl Sums {
    fn code(self) -> &'static str {
        match self {
            Sums::Line { .. } => "LINE_SUM_MISMATCH",
            Sums::LineTax { .. } => "LINE_TAX_MISMATCH",
            Sums::Totals => "TOTALS_MISMATCH",
        }
    }

    fn text(self) -> String {
        match self {
            Sums::Line { line } => format!("第{line}行：不含税金额加税额不等于含税金额"),
            Sums::LineTax { line } => format!("第{line}行：税额与税率不符"),
            Sums::Totals => "合计不等于各行之和".to_owned(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Refusal::System(cause) = &self {
            tracing::error!(cause, "the tax platform answers SYSTEM_ERROR");
        }
        let (status, code, message) = self.parts();
        (status, Json(json!({"code": code, "message": message}))).into_response()
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::System(error.to_string())
    }
}
