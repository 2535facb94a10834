//! Reading the parts of a request, with refusals that are problem documents.

use std::fmt::Display;

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::{Problem, Refused};
use crate::flow::{Outcome, Refusal};

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

/// The query of the address.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

/// The one variable part of the path.
#[derive(Debug)]
pub(super) struct Named(pub(super) String);

/// The two variable parts of the path, in order.
#[derive(Debug)]
pub(super) struct NamedTwo(pub(super) String, pub(super) String);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let bytes = whole_body(request, state).await.map_err(IntoResponse::into_response)?;
        object(&bytes).map(Body).map_err(|refusal| Refused::from(refusal).into_response())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(rejection) => Err(malformed_query(&rejection.body_text()).into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let named = Path::from_request_parts(parts, state).await;
        named
            .map(|Path(name)| Named(name))
            .map_err(|_| Refusal::missing("route_unknown", "there is nothing here").into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NamedTwo {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let named = Path::from_request_parts(parts, state).await;
        named
            .map(|Path((first, second))| NamedTwo(first, second))
            .map_err(|_| Refusal::missing("route_unknown", "there is nothing here").into())
    }
}

impl Named {
    /// The name as an id; what is none names nothing.
    pub(super) fn id(&self, code: &'static str, detail: &'static str) -> Outcome<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_| Refusal::missing(code, detail))
    }
}

/// The body up to the route's limit.
pub(super) async fn whole_body<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(),
            _ => Problem::new(
                StatusCode::BAD_REQUEST,
                "body_broken_off",
                "the body did not come whole",
            ),
        }
    })
}

/// Reads JSON.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::malformed("malformed_json", error.to_string()))
}

/// Reads a JSON object. Serde takes a list for an object whose fields stand in order; nobody else does.
fn object<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => {
            Err(Refusal::malformed("malformed_json", "an object is expected, not a list"))
        }
        _ => json(bytes),
    }
}

pub(super) fn malformed_query(detail: &impl Display) -> Refusal {
    Refusal::malformed("malformed_query", detail.to_string())
}

/// Refuses a name in a query that is none of those there are: an empty list would look like an answer.
///
/// # Errors
/// `malformed_query`.
pub(super) fn one_of(asked: Option<&str>, known: &[&str], what: &str) -> Outcome<()> {
    match asked {
        Some(name) if !known.contains(&name) => {
            Err(malformed_query(&format!("{what} is one of {}", known.join(", "))))
        }
        _ => Ok(()),
    }
}
