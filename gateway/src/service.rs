//! The running service: ingest, jobs, live tail, news and HTTP, started together and drained together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use store::Lane;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::flow::store_folds::store_folds;

/// The clock is stored this often, so that a demo goes on where it stopped.
const STORE_CLOCK_EVERY: Duration = Duration::from_secs(1);

/// A service that runs.
#[derive(Debug)]
pub struct Service {
    pub app: Arc<App>,
    pub http: SocketAddr,
    stop: watch::Sender<bool>,
    stop_ingest: watch::Sender<bool>,
    ingest: JoinSet<Result<()>>,
    others: JoinSet<Result<()>>,
}

impl Service {
    /// Starts everything on a bound listener, taking readings from the broker at `broker_url`.
    ///
    /// # Errors
    /// When the listener's address cannot be read.
    pub fn start(app: Arc<App>, listener: TcpListener, broker_url: &str) -> Result<Service> {
        let http = listener.local_addr().context("the HTTP address")?;
        let (stop, stopped) = watch::channel(false);
        let (stop_ingest, ingest_stopped) = watch::channel(false);
        let (mut ingest, mut others) = (JoinSet::new(), JoinSet::new());
        let url = broker_url.to_owned();
        ingest.spawn({
            let app = Arc::clone(&app);
            async move { crate::ingest::run(app, &url, raised(ingest_stopped)).await }
        });
        others.spawn(crate::job::run(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::live::tail(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::map::follow(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::news::follow(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::forecasts::run(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::unmet::run(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::guidance::run(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::roads::follow(Arc::clone(&app), raised(stopped.clone())));
        others.spawn(crate::http::run(Arc::clone(&app), listener, raised(stopped.clone())));
        others.spawn(keep_clock(Arc::clone(&app), raised(stopped)));
        Ok(Service { app, http, stop, stop_ingest, ingest, others })
    }

    /// Waits for a part to end by itself, which only a failure makes happen.
    pub async fn failed(&mut self) -> anyhow::Error {
        let ended = tokio::select! {
            Some(ended) = self.ingest.join_next() => ended,
            Some(ended) = self.others.join_next() => ended,
        };
        match ended {
            Ok(Ok(())) => anyhow::anyhow!("a part of the service stopped"),
            Ok(Err(error)) => error,
            Err(panic) => anyhow::anyhow!("a part of the service failed: {panic}"),
        }
    }

    /// Stops taking readings first, then everything else; what runs is finished.
    ///
    /// # Errors
    /// The first failure of a part.
    pub async fn stop(mut self) -> Result<()> {
        self.stop_ingest.send_replace(true);
        let mut first = finish(&mut self.ingest).await;
        self.stop.send_replace(true);
        let rest = finish(&mut self.others).await;
        if first.is_ok() {
            first = rest;
        }
        if let Err(error) = store_folds(&self.app).await {
            tracing::warn!(error = format!("{error:#}"), "folds are left to catch up");
        }
        store_clock(&self.app).await?;
        self.app.store.close().await;
        first
    }
}

async fn finish(parts: &mut JoinSet<Result<()>>) -> Result<()> {
    let mut first = Ok(());
    while let Some(ended) = parts.join_next().await {
        let ended = ended.context("a part of the service failed").and_then(|inner| inner);
        if first.is_ok() {
            first = ended;
        }
    }
    first
}

/// Resolves once the flag is raised.
pub(crate) async fn raised(mut flag: watch::Receiver<bool>) {
    // The sender lives as long as the service; if it is gone, stopping is right, too.
    let _gone = flag.wait_for(|up| *up).await;
}

async fn keep_clock(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = store_clock(&app).await {
            tracing::warn!(error = format!("{error:#}"), "the clock could not be stored");
        }
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = tokio::time::sleep(STORE_CLOCK_EVERY) => {}
        }
    }
}

async fn store_clock(app: &App) -> Result<()> {
    if app.clock.speed() == 1 {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.put_clock(&app.clock.row()).await?;
    tx.commit().await?;
    Ok(())
}
