//! The one place where a refusal becomes a status and a problem document (RFC 9457).
//!
//! What the client may read and what the log needs are two texts: a cause is logged here, once, and
//! never sent.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

use crate::flow::Refusal;

/// Media type of a problem document.
pub(super) const PROBLEM: &str = "application/problem+json";

/// An error as clients read it. `code` is stable; `title` and `detail` are for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// `urn:bowei:problem:` and the code.
    #[schema(example = "urn:bowei:problem:nothing_due")]
    r#type: String,
    title: &'static str,
    status: u16,
    #[schema(example = "nothing_due")]
    code: &'static str,
    detail: String,
    /// After how many seconds it may be asked again.
    #[serde(skip)]
    #[schema(ignore)]
    retry_after_s: Option<i64>,
}

/// A refusal on its way to the client.
#[derive(Debug)]
pub(super) struct Refused(Refusal);

/// What a handler answers.
pub(super) type Answer<T> = Result<T, Refused>;

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Problem {
        Problem {
            r#type: format!("urn:bowei:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            retry_after_s: None,
        }
    }

    /// The body is longer than the route takes.
    pub(super) fn body_too_large() -> Problem {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is longer than this route takes",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_s.map(HeaderValue::from);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let after = retry_after.unwrap_or(HeaderValue::from_static("10"));
                headers.insert(RETRY_AFTER, after)
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"))
            }
            _ => None,
        };
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused(refusal)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused(error.into())
    }
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Refused(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        problem(&self.0).into_response()
    }
}

/// The document for a refusal; logs the cause of those that are not the client's.
fn problem(refusal: &Refusal) -> Problem {
    let (status, code, detail) = match refusal {
        Refusal::Malformed { code, detail } => (StatusCode::BAD_REQUEST, code, detail),
        Refusal::Unknown { code, detail } => (StatusCode::UNAUTHORIZED, code, detail),
        Refusal::Forbidden { code, detail } => (StatusCode::FORBIDDEN, code, detail),
        Refusal::Missing { code, detail } => (StatusCode::NOT_FOUND, code, detail),
        Refusal::Conflict { code, detail } => (StatusCode::CONFLICT, code, detail),
        Refusal::Refused { code, detail } => (StatusCode::UNPROCESSABLE_ENTITY, code, detail),
        Refusal::TooOften { code, after_ms } => {
            let seconds = after_ms.saturating_add(999) / 1000;
            let detail = format!("asked too often; again in {seconds} s");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
            return Problem { retry_after_s: Some(seconds.max(1)), ..problem };
        }
        Refusal::Dependency { code, cause } => {
            tracing::warn!(code, error = format!("{cause:#}"), "an outside service did not answer");
            return Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code,
                "an outside service does not answer; try again",
            );
        }
        Refusal::Failed(cause) if refusal.is_transient() => {
            tracing::warn!(
                error = format!("{cause:#}"),
                "a request gave way to other transactions too often"
            );
            return Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "too much at once; try again",
            );
        }
        Refusal::Failed(cause) => {
            tracing::error!(error = format!("{cause:#}"), "a request failed");
            return Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "this is our fault; it has been noted",
            );
        }
    };
    Problem::new(status, code, detail.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(refusal: &Refusal, status: u16, code: &str, detail: &str) {
        let problem = problem(refusal);
        assert_eq!((problem.status, problem.code, problem.detail.as_str()), (status, code, detail));
        assert_eq!(problem.r#type, format!("urn:bowei:problem:{code}"));
    }

    #[test]
    fn every_refusal_has_its_status_and_keeps_its_code() {
        let detail = || "why".to_owned();
        check(&Refusal::Malformed { code: "a", detail: detail() }, 400, "a", "why");
        check(&Refusal::Unknown { code: "b", detail: detail() }, 401, "b", "why");
        check(&Refusal::Forbidden { code: "c", detail: detail() }, 403, "c", "why");
        check(&Refusal::Missing { code: "d", detail: detail() }, 404, "d", "why");
        check(&Refusal::Conflict { code: "e", detail: detail() }, 409, "e", "why");
        check(&Refusal::Refused { code: "f", detail: detail() }, 422, "f", "why");
    }

    #[test]
    fn a_cause_is_never_sent() {
        let secret = || anyhow::anyhow!("password of the database");
        check(
            &Refusal::Dependency { code: "wechat_login_unavailable", cause: secret() },
            503,
            "wechat_login_unavailable",
            "an outside service does not answer; try again",
        );
        check(&Refusal::Failed(secret()), 500, "internal", "this is our fault; it has been noted");
    }

    #[test]
    fn a_problem_document_says_what_it_is() {
        let response =
            Refused::from(Refusal::Unknown { code: "token_unknown", detail: "sign in".into() })
                .into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
