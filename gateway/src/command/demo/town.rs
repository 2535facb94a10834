//! The demo's town and the stand-ins that it needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use firmware_sim::{Counters, Faults, Persistence, RunConfig, Town};
use sandbox::CityClock;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wayfinding::{Network, Roads, read_geojson_roads};

use super::Demo;
use crate::clock::Clock;
use crate::command::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::import_roads::{NewRoads, store_roads};
use crate::flow::import_town;
use crate::service::{Service, raised};

/// Keys are made at the first start; that takes a moment.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// First wait before an unanswered callback is sent again.
const NOTIFY_RETRY_MS: u32 = 500;

/// Makes the town and imports it; the same town again changes nothing.
pub(super) async fn prepare(store: &Store, bays: u32, seed: u64, clock: &Clock) -> Result<Town> {
    let town = firmware_sim::town(usize::try_from(bays)?, seed, billing::DEMO_TARIFF)
        .context("making the town")?;
    let file = import_town::read(&serde_json::to_string(&town)?)?;
    import_town::import_town(store, &file, clock.city_now()).await.context("importing the town")?;
    prepare_roads(store, bays, clock).await.context("importing the town's roads")?;
    Ok(town)
}

/// The roads of a town that has none yet, or that has grown.
async fn prepare_roads(store: &Store, bays: u32, clock: &Clock) -> Result<()> {
    let source = format!("demo town of {bays} bays");
    let known = store.read().await?.road_graph().await?;
    if known.is_some_and(|row| row.source == source) {
        return Ok(());
    }
    let streets = firmware_sim::town::roads(usize::try_from(bays)?);
    let survey = read_geojson_roads(&streets)
        .map_err(|wrong| anyhow::anyhow!("the town's streets: {}", wrong[0]))?;
    let roads = Roads::prepare(Network::build(&survey))?;
    let (counts, places) = (survey.counts, None);
    let new = NewRoads { roads: &roads, source: &source, counts, places };
    store_roads(store, &Actor::command_line(), &new, clock.city_now()).await.map_err(said)?;
    Ok(())
}

pub(super) fn run_config(
    demo: &Demo,
    town: Town,
    service: &Service,
    broker_url: &str,
    sandbox: &Sandbox,
    clock: &Clock,
    counters: &Arc<Counters>,
) -> Result<RunConfig> {
    let row = clock.row();
    let speed = f64::from(i32::try_from(row.speed)?);
    Ok(RunConfig {
        town,
        broker_url: broker_url.to_owned(),
        api_url: format!("http://{}", service.http),
        sandbox_url: sandbox.url(),
        seed: demo.seed,
        clock: firmware_sim::Clock::new(row.machine_origin_ms, row.city_origin_ms, speed)?,
        truth: Some(demo.data.join("truth.jsonl")),
        for_: None,
        faults: Faults::default(),
        persistence: Persistence::default(),
        counters: Arc::clone(counters),
    })
}

/// The stand-ins for WeChat Pay, WeChat login and the tax platform, on a loopback port.
pub(super) struct Sandbox {
    folder: PathBuf,
    address: std::net::SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<()>>,
}

impl Sandbox {
    pub(super) async fn start(folder: &Path, clock: &Clock) -> Result<Sandbox> {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.context("a port for the sandbox")?;
        let address = listener.local_addr()?;
        let row = clock.row();
        let config = sandbox::Config {
            data: folder.to_owned(),
            clock: CityClock::new(
                row.machine_origin_ms,
                row.city_origin_ms,
                u32::try_from(row.speed)?,
            ),
            notify_retry_ms: NOTIFY_RETRY_MS,
        };
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(sandbox::run(config, listener, raised(stopped)));
        let started = Sandbox { folder: folder.to_owned(), address, stop, task };
        started.wait_ready().await?;
        Ok(started)
    }

    /// It answers once its keys are made.
    async fn wait_ready(&self) -> Result<()> {
        let url = format!("{}/sandbox/troubles", self.url());
        match tokio::time::timeout(READY_WITHIN, reqwest::get(url)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => bail!("the sandbox does not answer: {error}"),
            Err(_) => bail!("the sandbox was not ready within {READY_WITHIN:?}"),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn merchant_dir(&self) -> PathBuf {
        self.folder.join("merchant")
    }

    pub(super) async fn stop(self) -> Result<()> {
        self.stop.send_replace(true);
        self.task.await.context("the sandbox failed")?
    }
}
