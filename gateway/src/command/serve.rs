//! `gateway serve`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use output::outln;
use store::Store;
use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::service::Service;

/// Run the service against the broker and database of a configuration file.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file (TOML); see `gateway config` for every setting.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Folder of the driver's app, built by `make web`; goes before `web.folder` of the file.
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let mut config = Config::load(&self.config, std::env::vars())?;
        if let Some(folder) = self.web {
            config.web.folder = Some(folder);
        }
        config.web.check_folder()?;
        let store = Store::open(&config.database).await.context("opening the database")?;
        store.check_schema().await?;
        let clock = clock(&config);
        let listen = config.http.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}: change http.listen"))?;
        let app: Arc<App> = App::build(config, store, clock).await?;
        let broker = Broker::of(&app).await?;
        let mut service = Service::start(app, listener, &broker.url)?;
        outln!("http://{}", service.http);
        outln!("{}", without_login(&broker.url));
        let failed = tokio::select! {
            () = stop_signal() => None,
            error = service.failed() => Some(error),
        };
        tracing::info!("draining");
        service.stop().await?;
        broker.stop();
        failed.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

fn clock(config: &Config) -> Clock {
    let c = config.clock;
    match (c.machine_origin_ms, c.city_origin_ms) {
        (Some(machine), Some(city)) => Clock::mapped(machine, city, c.speed.unwrap_or(1)),
        _ => Clock::real(),
    }
}

/// The broker in use: the built-in one if the configuration asks for it, else the one it names.
struct Broker {
    url: String,
    #[cfg(feature = "broker")]
    built_in: Option<crate::broker::Broker>,
}

impl Broker {
    #[cfg(feature = "broker")]
    async fn of(app: &App) -> Result<Broker> {
        use crate::broker::Broker as BuiltIn;

        let mqtt = &app.config.mqtt;
        let Some(address) = mqtt.embedded else {
            return Ok(Broker { url: mqtt.url.clone(), built_in: None });
        };
        let built_in = if mqtt.embedded_open {
            BuiltIn::start(address).await
        } else {
            BuiltIn::guarded(address, Arc::clone(&app.accounts)).await
        };
        let built_in = built_in.context("mqtt.embedded")?;
        Ok(Broker { url: built_in.own_url(), built_in: Some(built_in) })
    }

    #[cfg(not(feature = "broker"))]
    async fn of(app: &App) -> Result<Broker> {
        let mqtt = &app.config.mqtt;
        anyhow::ensure!(
            mqtt.embedded.is_none(),
            "mqtt.embedded: this build has no broker; use mqtt.url"
        );
        Ok(Broker { url: mqtt.url.clone() })
    }

    fn stop(self) {
        #[cfg(feature = "broker")]
        if let Some(broker) = self.built_in {
            broker.stop();
        }
    }
}

/// The address as it may be shown.
fn without_login(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

/// Ctrl-C or a service manager's SIGTERM.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _interrupted = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}
