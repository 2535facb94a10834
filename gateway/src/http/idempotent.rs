//! Commands that must not be done twice: the `Idempotency-Key` header.
//!
//! The first request with a key does the work; a repeat gets the same answer; the same key with
//! other content is refused. **Invariant:** the key, the change of state and the job that follows are
//! stored in one transaction.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::{Begun, Lane, Remembered, Tx};

use super::error::Refused;
use super::extract::{json, whole_body};
use crate::app::App;
use crate::flow::{Outcome, Refusal};

const HEADER: &str = "idempotency-key";
/// Longest key, in characters.
const KEY_LIMIT: usize = 64;

/// A JSON body under an idempotency key.
#[derive(Debug)]
pub(super) struct Command<T> {
    pub(super) body: T,
    pub(super) once: Once,
}

/// The key, and what it was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Once {
    key: String,
    request_hash: Vec<u8>,
}

/// Whether the work is to be done.
#[derive(Debug)]
pub(super) enum Turn {
    /// Do it in this transaction, then `settle`.
    First(Tx),
    /// It was done; this was the answer.
    Repeat(Reply),
}

/// An answer that can be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) json: String,
}

impl Once {
    /// Takes the key, or finds the answer that it got.
    ///
    /// # Errors
    /// `idempotency_key_reused` when it came with other content before.
    pub(super) async fn begin(&self, app: &App, scope: &str) -> Outcome<Turn> {
        let mut tx = app.store.begin(Lane::Command).await?;
        let at = app.clock.machine_now_ms();
        match tx.begin_idempotent(scope, &self.key, &self.request_hash, at).await? {
            Begun::First => Ok(Turn::First(tx)),
            Begun::Repeat(earlier) => self.repeat(earlier).map(Turn::Repeat),
        }
    }

    /// Keeps the answer beside the key and commits the whole.
    pub(super) async fn settle<T>(
        &self,
        mut tx: Tx,
        scope: &str,
        status: StatusCode,
        answer: &T,
    ) -> Outcome<Reply>
    where
        T: Serialize + Sync,
    {
        let json = serde_json::to_string(answer)?;
        tx.remember(scope, &self.key, i64::from(status.as_u16()), &json).await?;
        tx.commit().await?;
        Ok(Reply { status, json })
    }

    /// The same, but a repeat is answered with `remembered`: for answers that show a secret once.
    pub(super) async fn settle_once<T, R>(
        &self,
        mut tx: Tx,
        scope: &str,
        status: StatusCode,
        (answer, remembered): (&T, &R),
    ) -> Outcome<Reply>
    where
        T: Serialize + Sync,
        R: Serialize + Sync,
    {
        let (json, kept) = (serde_json::to_string(answer)?, serde_json::to_string(remembered)?);
        tx.remember(scope, &self.key, i64::from(status.as_u16()), &kept).await?;
        tx.commit().await?;
        Ok(Reply { status, json })
    }

    fn repeat(&self, earlier: Remembered) -> Outcome<Reply> {
        if earlier.request_hash != self.request_hash {
            return Err(Refusal::conflict(
                "idempotency_key_reused",
                "this key came with another request before",
            ));
        }
        let status =
            u16::try_from(earlier.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let status = status
            .ok_or_else(|| anyhow::anyhow!("a remembered answer has status {}", earlier.status))?;
        Ok(Reply { status, json: earlier.answer_json })
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, "application/json")], self.json).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Command<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let refused = |refusal: Refusal| Refused::from(refusal).into_response();
        let key = key_of(request.headers()).map_err(refused)?;
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let bytes = whole_body(request, state).await.map_err(IntoResponse::into_response)?;
        let body = json(&bytes).map_err(refused)?;
        Ok(Command { body, once: Once { key, request_hash: request_hash(&method, &path, &bytes) } })
    }
}

fn key_of(headers: &HeaderMap) -> Outcome<String> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        let detail = "send an Idempotency-Key of your own making, the same one when you ask again";
        return Err(Refusal::malformed("idempotency_key_missing", detail));
    };
    let bytes = value.as_bytes();
    let visible = bytes.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(bytes) {
        Ok(key) if visible && (1..=KEY_LIMIT).contains(&key.len()) && values.next().is_none() => {
            Ok(key.to_owned())
        }
        _ => Err(Refusal::malformed(
            "idempotency_key_malformed",
            "a key is 1 to 64 visible ASCII characters, sent once",
        )),
    }
}

/// Method, path and body; none of the first two holds a line break.
fn request_hash(method: &Method, path: &str, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(format!("{method}\n{path}\n"));
    hash.update(body);
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(outcome: Outcome<impl std::fmt::Debug>) -> &'static str {
        match outcome {
            Err(Refusal::Malformed { code, .. } | Refusal::Conflict { code, .. }) => code,
            other => panic!("expected a refusal: {other:?}"),
        }
    }

    #[test]
    fn a_key_is_1_to_64_visible_ascii_characters() {
        let (longest, longer) = ("k".repeat(64), "k".repeat(65));
        for (keys, expected) in [
            (vec!["8f14e45f"], Ok("8f14e45f")),
            (vec![longest.as_str()], Ok(longest.as_str())),
            (vec![], Err("idempotency_key_missing")),
            (vec![""], Err("idempotency_key_malformed")),
            (vec![longer.as_str()], Err("idempotency_key_malformed")),
            (vec!["two words"], Err("idempotency_key_malformed")),
            (vec!["钥匙"], Err("idempotency_key_malformed")),
            (vec!["a", "a"], Err("idempotency_key_malformed")),
        ] {
            let mut headers = HeaderMap::new();
            for key in &keys {
                headers
                    .append(HEADER, axum::http::HeaderValue::from_bytes(key.as_bytes()).unwrap());
            }
            let read = key_of(&headers);
            match expected {
                Ok(key) => assert_eq!(read.unwrap(), key),
                Err(refused) => assert_eq!(code(read), refused, "{keys:?}"),
            }
        }
    }

    #[test]
    fn a_key_that_comes_again_with_other_content_is_refused() {
        let hash = |method: Method, path: &str, body: &'static str| {
            request_hash(&method, path, &Bytes::from(body))
        };
        let first = hash(Method::POST, "/api/v1/claims", "{}");
        let once = |request_hash| Once { key: "k".into(), request_hash };
        let earlier = Remembered {
            request_hash: first.clone(),
            status: 201,
            answer_json: "{\"a\":1}".into(),
        };
        let reply = once(first).repeat(earlier.clone()).unwrap();
        assert_eq!(reply, Reply { status: StatusCode::CREATED, json: "{\"a\":1}".into() });
        for other in [
            hash(Method::POST, "/api/v1/claims", "{} "),
            hash(Method::POST, "/api/v1/invoices", "{}"),
            hash(Method::PUT, "/api/v1/claims", "{}"),
        ] {
            assert_eq!(code(once(other).repeat(earlier.clone())), "idempotency_key_reused");
        }
    }
}
