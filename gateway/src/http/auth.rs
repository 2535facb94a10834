//! Who is asking, from the token in the `Authorization` header.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use vocabulary::{AccountId, OperatorId, StaffId};

use super::error::Refused;
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::sign_in::{Caller, Role, caller};
use crate::flow::{Outcome, Refusal};

/// A driver who is signed in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Driver(pub(super) AccountId);

/// A member of staff who is signed in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staff {
    pub(super) id: StaffId,
    pub(super) role: Role,
    operator: Option<OperatorId>,
}

/// Anybody, and the member of staff who it is, if it is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Onlooker(pub(super) Option<Staff>);

/// The token of a request, whether or not it holds.
pub(super) struct Bearer(pub(super) String);

impl Driver {
    /// Idempotency keys of one account never meet those of another.
    pub(super) fn scope(self) -> String {
        format!("driver:{}", self.0)
    }
}

impl Staff {
    /// As `Driver::scope`.
    pub(super) fn scope(self) -> String {
        format!("staff:{}", self.id)
    }

    /// As the one who gives a command.
    pub(super) fn actor(self) -> Actor {
        Actor { staff: Some(self.id), operator: self.operator }
    }

    /// Refuses every role but those named.
    pub(super) fn must_be(self, roles: &[Role]) -> Outcome<()> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let detail = format!("not for the role {}", self.role.name());
        Err(Refusal::Forbidden { code: "role_insufficient", detail })
    }
}

impl FromRequestParts<Arc<App>> for Driver {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        match caller(app, token(parts)?).await? {
            Caller::Driver(account) => Ok(Driver(account)),
            Caller::Staff(..) => Err(forbidden("driver_only", "this is for drivers")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        match caller(app, token(parts)?).await? {
            Caller::Staff(id, role, operator) => Ok(Staff { id, role, operator }),
            Caller::Driver(_) => Err(forbidden("staff_only", "this is for the operator's staff")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Onlooker {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Onlooker(None));
        }
        match caller(app, token(parts)?).await? {
            Caller::Staff(id, role, operator) => Ok(Onlooker(Some(Staff { id, role, operator }))),
            Caller::Driver(_) => Ok(Onlooker(None)),
        }
    }
}

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Refused> {
        Ok(Bearer(token(parts)?.to_owned()))
    }
}

fn forbidden(code: &'static str, detail: &str) -> Refused {
    Refusal::Forbidden { code, detail: detail.to_owned() }.into()
}

fn token(parts: &Parts) -> Outcome<&str> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token.map(|(_, token)| token.trim()).ok_or_else(|| Refusal::Unknown {
        code: "token_missing",
        detail: "send the header Authorization: Bearer TOKEN".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_the_authorization_header() {
        for (header, expected) in [
            (Some("Bearer abc"), Some("abc")),
            (Some("bearer  abc "), Some("abc")),
            (Some("Basic abc"), None),
            (Some("abc"), None),
            (None, None),
        ] {
            let mut request = axum::http::Request::builder();
            if let Some(value) = header {
                request = request.header(AUTHORIZATION, value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(token(&parts).ok(), expected, "{header:?}");
        }
    }
}
