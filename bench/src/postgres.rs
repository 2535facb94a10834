//! A private PostgreSQL cluster, as durable as it is by default, with 512 MB of shared buffers.
//!
//! It never touches a server that is already there. `initdb` refuses root, so as root it runs under
//! the account that Debian's package made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::child::{Child, command, free_port, until};
use crate::machine::first_line;

const MISSING: &str = "PostgreSQL 15 or newer is missing: run `deploy/setup.sh test`";
const OLDEST: u32 = 15;
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(120);
/// What an operator would set on this size of machine; durability stays as it is by default.
const SETTINGS: [&str; 3] =
    ["shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min"];

/// A running cluster. Its folder goes with the run's folder.
#[derive(Debug)]
pub(crate) struct Cluster {
    bin: PathBuf,
    port: u16,
    server: Child,
}

impl Cluster {
    /// Makes and starts one in `dir`.
    pub(crate) async fn start(dir: &Path) -> Result<Cluster> {
        let bin = newest_bin().context(MISSING)?;
        let account = account_switches();
        let data = dir.join("data");
        std::fs::create_dir_all(dir)?;
        if !account.is_empty() {
            let owner = Command::new("chown").arg("postgres").arg(dir).status().await?;
            ensure!(owner.success(), "the folder cannot be given to postgres");
        }
        let mut initdb = command(bin.join("initdb"), &account);
        initdb.args(["--username=bowei", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D"]);
        succeed(initdb.arg(&data).current_dir(dir)).await?;
        let port = free_port()?;
        let mut postgres = command(bin.join("postgres"), &account);
        postgres.arg("-D").arg(&data).arg("-k").arg(dir).current_dir(dir);
        postgres.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        let log = dir.join("server.log");
        let server = Child::start("postgres", postgres, &log)?;
        let cluster = Cluster { bin, port, server };
        until("PostgreSQL to answer", STARTS_WITHIN, async || {
            let mut ready = Command::new(cluster.bin.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            Ok(ready.status().await.is_ok_and(|s| s.success()).then_some(()))
        })
        .await?;
        Ok(cluster)
    }

    /// Makes a database, empty or a copy of another that nobody has open, and gives its address.
    pub(crate) async fn create(&self, name: &str, copy_of: Option<&str>) -> Result<String> {
        let mut createdb = Command::new(self.bin.join("createdb"));
        createdb.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "bowei"]);
        createdb.args(copy_of.map(|other| format!("--template={other}"))).arg(name);
        succeed(&mut createdb).await?;
        Ok(format!("postgres://bowei@127.0.0.1:{}/{name}", self.port))
    }

    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.server.stop("INT", STOPS_WITHIN).await
    }
}

/// `postgres (PostgreSQL) 15.5`, or that it is not there.
pub(crate) fn version() -> String {
    newest_bin().map_or_else(
        || "none".to_owned(),
        |bin| first_line(&bin.join("postgres").display().to_string(), &["--version"]),
    )
}

/// Switches of `setpriv` for whom the server runs as: ourselves, unless we are root.
fn account_switches() -> Vec<String> {
    if first_line("id", &["-u"]) != "0" {
        return Vec::new();
    }
    let (user, group) =
        (first_line("id", &["-u", "postgres"]), first_line("id", &["-g", "postgres"]));
    vec![format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]
}

fn newest_bin() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = installed
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| *version >= OLDEST)
        .max()?;
    let bin = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
    bin.join("initdb").exists().then_some(bin)
}

async fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().await.with_context(|| format!("{command:?}"))?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
    Ok(())
}
