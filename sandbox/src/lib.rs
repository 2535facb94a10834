//! Stand-ins for the outside services that Bowei's gateway talks to: WeChat Pay v3, WeChat login
//! and a tax platform, over real HTTP with real signatures. For development, tests and the demo.
//!
//! It knows nothing of Bowei: what it imitates is what a merchant's program sees of the real
//! services. It moves no money and issues no tax document.
//!
//! The data folder: `merchant/` is what a merchant would be given (`merchant_key.pem`,
//! `merchant_serial.txt`, `apiv3_key.txt`, `platform_public_key.pem`, `platform_public_key_id.txt`,
//! `app.json`); `platform_*` are the sandbox's own keys; `orders.jsonl`, `charges.jsonl` (one line
//! per charge of a payer's money), `refunds.jsonl`, `notices.jsonl` (attempts), `invoices.jsonl` and
//! `red_forms.jsonl` are its history.
//!
//! Invariants:
//! - A charge is on disk before it is answered, and there is at most one per `out_trade_no`.
//! - Everything answered survives `kill -9`, except login codes and troubles, which are memory only.
//! - Two processes never share one data folder.
//!
//! Limits: request bodies 64 KiB (tax platform 256 KiB), 500 lines an invoice, 50 refunds an order,
//! 10,000 unused login codes, 16 attempts a notification, 64 notifications under way at once, 5 s
//! for a merchant's answer to one, 5 s to drain at shutdown. History is kept in memory for ever: a
//! data folder is meant for millions of orders at most.

mod app;
mod clock;
mod config;
mod journal;
mod keys;
mod tax;
mod troubles;
mod wechat;

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::App;

pub use crate::clock::CityClock;
pub use crate::config::{Config, DEFAULT_NOTIFY_RETRY_MS};

const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// Serves on `listener` until `shutdown` resolves, then finishes the requests under way.
///
/// # Errors
/// The data folder cannot be made, read or locked; a file in it is damaged; the listener fails.
pub async fn run(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    // Key generation and reading the journals would hold up an async thread for up to a second.
    let app = tokio::task::spawn_blocking(move || App::open(&config)).await??;
    let app = Arc::new(app);
    let (begin_drain, drain) = oneshot::channel::<()>();
    let serve = axum::serve(listener, routes(&app))
        .with_graceful_shutdown(async move {
            // A sender that is gone means the same as one that spoke: stop.
            let _ = drain.await;
        })
        .into_future();
    let drained_too_long = async move {
        shutdown.await;
        let _ = begin_drain.send(());
        tokio::time::sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        served = serve => served.context("the HTTP server failed"),
        never = wechat::notify::deliver_forever(&app) => match never {},
        () = drained_too_long => {
            tracing::warn!(limit = ?DRAIN_LIMIT, "some requests were cut off at shutdown");
            Ok(())
        }
    }
}

fn routes(app: &Arc<App>) -> Router {
    Router::new()
        .merge(wechat::routes(app))
        .merge(tax::routes(app))
        .merge(troubles::routes())
        .with_state(app.clone())
}
