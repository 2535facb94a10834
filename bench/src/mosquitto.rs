//! A private Mosquitto with the limits of `deploy/mosquitto.conf`, without accounts and without
//! files: every measurement gets a fresh one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::child::{Child, command, until};

const DEPLOYED: &str = include_str!("../../deploy/mosquitto.conf");
/// What is taken over; accounts and files depend on the place.
const LIMITS: [&str; 5] = [
    "max_queued_messages",
    "memory_limit",
    "max_inflight_messages",
    "max_packet_size",
    "set_tcp_nodelay",
];
const STARTS_WITHIN: Duration = Duration::from_secs(10);
const GOES_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// A running Mosquitto.
#[derive(Debug)]
pub(crate) struct Mosquitto {
    child: Child,
    log: PathBuf,
}

impl Mosquitto {
    /// Starts one that listens on `port` of the loopback.
    pub(crate) async fn start(dir: &Path, port: u16) -> Result<Mosquitto> {
        let (config, log) = (dir.join("mosquitto.conf"), dir.join("mosquitto.log"));
        std::fs::write(&config, configuration(port))?;
        let mut command = command(program(), &[]);
        command.arg("-c").arg(&config);
        let mut child = Child::start("mosquitto", command, &log)
            .context("Mosquitto is missing: run `deploy/setup.sh test`")?;
        until("Mosquitto to listen", STARTS_WITHIN, async || {
            if let Some(status) = child.ended() {
                bail!("mosquitto: {status}\n{}", std::fs::read_to_string(&log)?);
            }
            Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok().then_some(()))
        })
        .await?;
        Ok(Mosquitto { child, log })
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a client that has ended has gone for it, too: what it sent last is read one packet after
    /// the other, and who takes its session over before has it thrown away.
    pub(crate) async fn until_gone(&self, client_id: &str) -> Result<()> {
        until("Mosquitto to read what its client sent", GOES_WITHIN, async || {
            let log = std::fs::read_to_string(&self.log)?;
            let last = log.lines().rfind(|line| line.contains(client_id));
            Ok(last.is_some_and(|line| !line.contains("New client")).then_some(()))
        })
        .await
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.child.stop("TERM", STOPS_WITHIN).await
    }
}

/// Debian puts it where an ordinary user's PATH does not look.
pub(crate) fn program() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = folders.map(|folder| folder.join("mosquitto"));
    programs.find(|p| p.exists()).map_or("mosquitto".into(), |p| p.display().to_string())
}

fn configuration(port: u16) -> String {
    let limits = DEPLOYED.lines().filter(|line| {
        line.split_whitespace().next().is_some_and(|setting| LIMITS.contains(&setting))
    });
    let limits: Vec<&str> = limits.collect();
    format!(
        "{}\nlistener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\n\
         connection_messages true\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n",
        limits.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_of_the_deployed_broker_is_taken_over() {
        let configuration = configuration(1);
        for limit in LIMITS {
            assert!(configuration.contains(limit), "{limit}\n{configuration}");
        }
    }
}
