//! `gateway demo`: a town in one process.
//!
//! Broker, service, sensors with their drivers, and the stand-ins for WeChat and the tax platform
//! run side by side and speak MQTT and HTTP to one another, as they would on separate machines.

mod accounts;
mod status;
mod town;
mod web;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use firmware_sim::Counters;
use output::outln;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::database::sqlite_in;
use super::serve::stop_signal;
use crate::app::App;
use crate::broker::Broker;
use crate::clock::Clock;
use crate::config::{Config, Http, Tax, Web, Wechat};
use crate::flow::refresh_setup::refresh_missing;
use crate::service::{Service, raised};

/// City time at the first start: Tuesday 2026-09-15, 08:00 in Baiyin.
const CITY_ORIGIN_MS: i64 = 1_789_430_400_000;
const USUAL_HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const USUAL_MQTT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1883);
/// Fast enough to watch, slow enough for what takes machine time (payments, invoices).
const FASTEST: i64 = 3600;
/// At the end of a `--for` run: for payments and invoices under way.
const SETTLE_WITHIN: Duration = Duration::from_secs(20);

/// Run a small synthetic town in one process. Ctrl-C drains and stops; the next start goes on
/// where it stopped.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Address of the HTTP API. By default 127.0.0.1:8080, or the next free port.
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Address of the MQTT broker. By default 127.0.0.1:1883, or the next free port.
    #[arg(long, value_name = "ADDR")]
    mqtt: Option<SocketAddr>,
    /// Folder for database, keys and the sandbox's records.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// City seconds per second.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=FASTEST))]
    speed: i64,
    /// Bays in the town; an existing town only grows.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    bays: u32,
    /// Stop after this long (for example 90s or 10m), print a summary and verify the books.
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    for_: Option<Duration>,
    /// Folder of the driver's app, built by `make web`. By default the one that was built beside this program.
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// Seed of the simulated demand.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Demo {
    pub(super) async fn run(self) -> Result<ExitCode> {
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make the folder {}", self.data.display()))?;
        let store = Store::open(&sqlite_in(&self.data)).await.context("opening the database")?;
        store.migrate().await?;
        refresh_missing(&store).await?;
        let clock = self.clock(&store).await?;
        let town = town::prepare(&store, self.bays, self.seed, &clock).await?;
        let listener = bind(self.http, USUAL_HTTP, "--http").await?;
        let sandbox = town::Sandbox::start(&self.data.join("sandbox"), &clock).await?;
        let config = self.config(&sandbox, listener.local_addr()?)?;
        let app = App::build(config, store, clock.clone()).await?;
        let broker = start_broker(self.mqtt, &app).await?;
        let sensors = accounts::for_sensors(&app, &broker, &self.data)?;
        let mut service = Service::start(Arc::clone(&app), listener, &broker.own_url())?;
        status::print_addresses(&service, &broker, &sandbox, &town.note);
        wait_connected(&app).await?;
        let (stop_sim, sim_stopped) = watch::channel(false);
        let counters = Arc::new(Counters::default());
        let sim = tokio::spawn(firmware_sim::run(
            town::run_config(&self, town, &service, &sensors, &sandbox, &clock, &counters)?,
            raised(sim_stopped),
        ));
        let failed = tokio::select! {
            () = stop_signal() => None,
            () = sleep_or_forever(self.for_) => None,
            error = service.failed() => Some(error),
            never = status::show(&app, &counters) => match never {},
        };
        status::print_stopping();
        stop_sim.send_replace(true);
        let simulated = sim.await.context("the simulation failed")?;
        if self.for_.is_some() && failed.is_none() {
            settle(&app).await?;
        }
        service.stop().await?;
        sandbox.stop().await?;
        broker.stop();
        if let Some(error) = failed {
            return Err(error);
        }
        self.finish(&simulated?).await
    }

    /// Prints what happened; a `--for` run also proves the books.
    async fn finish(&self, simulated: &firmware_sim::Summary) -> Result<ExitCode> {
        let started = Instant::now();
        let store = Store::open(&sqlite_in(&self.data)).await?;
        status::print_summary(&store, simulated).await?;
        if self.for_.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
        let report =
            crate::verify::verify(&store, &crate::app::policy_of(&Config::default()), None).await?;
        report.print(&mut output::Out, started)?;
        store.close().await;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// Goes on with the stored clock, or starts one at the demo's first morning.
    async fn clock(&self, store: &Store) -> Result<Clock> {
        let stored = store.read().await?.clock().await?;
        Ok(match stored {
            Some(row) => Clock::resumed(row, self.speed),
            None => Clock::mapped(Clock::real().machine_now_ms(), CITY_ORIGIN_MS, self.speed),
        })
    }

    fn config(&self, sandbox: &town::Sandbox, http: SocketAddr) -> Result<Config> {
        let config = Config {
            database: sqlite_in(&self.data),
            http: Http { listen: http, ..Http::default() },
            web: Web { folder: self.web.clone().or_else(web::find), ..Web::default() },
            wechat: Wechat {
                pay_url: sandbox.url(),
                login_url: sandbox.url(),
                credentials_dir: sandbox.merchant_dir(),
                notify_url: format!("http://{http}/api/v1/payments/wechat/notify"),
                authorize_url: sandbox.url(),
                sandbox: true,
                ..Wechat::default()
            },
            tax: Tax {
                url: sandbox.url(),
                credentials_dir: sandbox.merchant_dir(),
                notify_url: format!("http://{http}/api/v1/invoices/tax/notify"),
                sandbox: true,
                ..Tax::default()
            },
            ..Config::default()
        };
        config.check()?;
        config.web.check_folder()?;
        Ok(config)
    }
}

/// A given address is meant; a busy default moves on and says so.
async fn bind(given: Option<SocketAddr>, usual: SocketAddr, switch: &str) -> Result<TcpListener> {
    if let Some(address) = given {
        return TcpListener::bind(address)
            .await
            .with_context(|| format!("{switch} {address} cannot be used: choose another"));
    }
    for port in usual.port()..usual.port() + 100 {
        let address = SocketAddr::new(usual.ip(), port);
        if let Ok(listener) = TcpListener::bind(address).await {
            if port != usual.port() {
                outln!("{usual} is busy, using {address} (choose with {switch})");
            }
            return Ok(listener);
        }
    }
    anyhow::bail!("no free port from {usual} on: choose one with {switch}")
}

async fn start_broker(given: Option<SocketAddr>, app: &App) -> Result<Broker> {
    let free = bind(given, USUAL_MQTT, "--mqtt").await?;
    let address = free.local_addr()?;
    drop(free);
    Broker::guarded(address, Arc::clone(&app.accounts)).await
}

/// The built-in broker keeps nothing for a subscriber that was never there: sensors start after it.
async fn wait_connected(app: &App) -> Result<()> {
    let until = Instant::now() + SETTLE_WITHIN;
    while !app.metrics.is_subscribed() {
        anyhow::ensure!(Instant::now() < until, "the built-in broker does not answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Lets the jobs that are due come to their end: payments reported, invoices issued.
async fn settle(app: &App) -> Result<()> {
    let until = Instant::now() + SETTLE_WITHIN;
    while Instant::now() < until {
        let due = app.store.read().await?.next_job_at().await?;
        let soon = app.clock.machine_now_ms() + 2_000;
        if due.is_none_or(|at| at > soon) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn sleep_or_forever(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
