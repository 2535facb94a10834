//! Somebody who has not signed in, told apart by address, and how often they may ask.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::error::Refused;
use crate::app::App;
use crate::flow::{Outcome, Refusal};
use crate::rate_limit::Allowance;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitor(pub(super) IpAddr);

impl Visitor {
    /// Takes one question out of the visitor's allowance for `what`.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(super) fn may_ask(self, app: &App, what: &str, allowance: Allowance) -> Outcome<()> {
        ask(app, &format!("{what} {}", self.network()), allowance)
    }

    /// An IPv6 subscriber has a whole network of addresses.
    pub(super) fn network(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
        }
    }
}

/// Takes one question out of a bucket.
pub(super) fn ask(app: &App, bucket: &str, allowance: Allowance) -> Outcome<()> {
    let asked = app.visitors.take(bucket, allowance, app.clock.machine_now_ms());
    asked.map_err(|after_ms| Refusal::TooOften { code: "too_many_requests", after_ms })
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let named = app.config.http.client_header.as_deref().and_then(|name| {
            let values = parts.headers.get(name)?.to_str().ok()?;
            // A proxy appends the address it sees: the last one is its word.
            values.rsplit(',').next()?.trim().parse().ok()
        });
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Visitor(named.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}
