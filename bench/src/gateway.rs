//! `gateway serve` as a process with a configuration file, and the commands that prepare it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::child::{Child, command, free_port, until};

/// The session that the gateway keeps at the broker.
pub(crate) const CLIENT_ID: &str = "bowei-gateway";
const STARTS_WITHIN: Duration = Duration::from_secs(120);
const STOPS_WITHIN: Duration = Duration::from_secs(120);

/// Where it gets its messages from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A broker on this port.
    External(u16),
    /// Its own, on this port.
    Embedded(u16),
}

/// How to run a gateway: its program, its folder and its database.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) program: PathBuf,
    pub(crate) dir: PathBuf,
    pub(crate) database: String,
}

/// A running gateway that answers.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    pub(crate) http: String,
}

impl Setup {
    /// Brings the database to the schema and imports the town.
    pub(crate) async fn prepare(&self, town: &Path) -> Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        self.run(&["migrate"]).await?;
        let town = town.to_str().context("the folder has a plain name")?;
        self.run(&["import", "town", town]).await
    }

    async fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = command(&self.program, &[]);
        command.args(arguments).args(["--database", &self.database]);
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "gateway {arguments:?}: {said}");
        Ok(())
    }

    /// Starts it without waiting for anything.
    pub(crate) fn spawn(&self, source: Source) -> Result<Gateway> {
        let port = free_port()?;
        let mqtt = match source {
            Source::External(port) => format!("url = \"mqtt://127.0.0.1:{port}\""),
            // As for a demo: whoever reaches this machine's own address may publish.
            Source::Embedded(port) => {
                format!("embedded = \"127.0.0.1:{port}\"\nembedded_open = true")
            }
        };
        let config = self.dir.join("gateway.toml");
        let text = format!(
            "database = \"{}\"\n[http]\nlisten = \"127.0.0.1:{port}\"\n[mqtt]\nclient_id = \"{CLIENT_ID}\"\n{mqtt}\n",
            self.database
        );
        std::fs::write(&config, text)?;
        let mut command = command(&self.program, &[]);
        command.arg("serve").arg("--config").arg(&config);
        let child = Child::start("gateway", command, &self.log())?;
        Ok(Gateway { child, http: format!("http://127.0.0.1:{port}") })
    }

    /// Starts it and waits until it answers and has subscribed.
    pub(crate) async fn start(&self, source: Source) -> Result<Gateway> {
        let mut gateway = self.spawn(source)?;
        until("the gateway to answer and to subscribe", STARTS_WITHIN, async || {
            if let Some(status) = gateway.child.ended() {
                bail!("gateway: {status}\n{}", std::fs::read_to_string(self.log())?);
            }
            Ok((gateway.is_well().await && gateway.metric("bowei_mqtt_connected").await? > 0.0)
                .then_some(()))
        })
        .await?;
        Ok(gateway)
    }

    fn log(&self) -> PathBuf {
        self.dir.join("gateway.log")
    }
}

impl Gateway {
    pub(crate) fn process(&self) -> &Child {
        &self.child
    }

    /// Whether it answers.
    pub(crate) async fn is_well(&self) -> bool {
        let answer = reqwest::get(format!("{}/healthz", self.http)).await;
        answer.is_ok_and(|a| a.status().is_success())
    }

    /// The sum of a metric over the labels that a line holds, 0 if there is none.
    pub(crate) async fn metric(&self, name: &str) -> Result<f64> {
        let text = reqwest::get(format!("{}/metrics", self.http)).await?.text().await?;
        let values = text.lines().filter(|line| line.starts_with(name));
        Ok(values.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum())
    }

    /// Asks it to end; it drains.
    pub(crate) async fn stop(self) -> Result<()> {
        self.child.stop("TERM", STOPS_WITHIN).await
    }
}
