//! Programs started by a run, which end with it, however it ends.
//!
//! `setpriv --pdeathsig` has the kernel end a program when this process dies; dropping one kills it.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A program under way.
#[derive(Debug)]
pub(crate) struct Child {
    name: String,
    id: u32,
    inner: tokio::process::Child,
}

/// One that is spoken to by lines.
#[derive(Debug)]
pub(crate) struct Talking {
    pub(crate) child: Child,
    says: Lines<BufReader<ChildStdout>>,
    hears: ChildStdin,
}

/// The command of a program that ends when this process does; `switches` go to `setpriv`.
pub(crate) fn command(program: impl AsRef<OsStr>, switches: &[String]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(switches).arg("--").arg(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BOWEI_") {
            command.env_remove(name);
        }
    }
    command.kill_on_drop(true);
    command
}

impl Child {
    /// Starts it; what it prints goes to `log`.
    pub(crate) fn start(name: &str, mut command: Command, log: &Path) -> Result<Child> {
        let out = File::create(log).with_context(|| log.display().to_string())?;
        let errors = out.try_clone()?;
        command.stdin(Stdio::null()).stdout(out).stderr(errors);
        Child::spawn(name, command)
    }

    fn spawn(name: &str, mut command: Command) -> Result<Child> {
        let inner = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let id = inner.id().context("it has just been started")?;
        Ok(Child { name: name.to_owned(), id, inner })
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.inner.try_wait().ok().flatten()
    }

    /// Sends it a signal by name, as `kill` does.
    pub(crate) async fn signal(&self, name: &str) -> Result<()> {
        let id = self.id.to_string();
        let status = Command::new("kill").args([format!("-{name}"), id]).status().await?;
        anyhow::ensure!(status.success(), "{} cannot be signalled", self.name);
        Ok(())
    }

    /// Asks it to end and waits; kills it after `within`.
    pub(crate) async fn stop(mut self, signal: &str, within: Duration) -> Result<()> {
        if self.ended().is_some() {
            return Ok(());
        }
        self.signal(signal).await?;
        if timeout(within, self.inner.wait()).await.is_err() {
            self.inner.kill().await?;
            bail!("{} did not end within {within:?}", self.name);
        }
        Ok(())
    }
}

impl Talking {
    /// Starts this program itself with other arguments.
    pub(crate) fn start(name: &str, arguments: &[String]) -> Result<Talking> {
        let program = std::env::current_exe().context("this program's own path")?;
        let mut command = command(program, &[]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Child::spawn(name, command)?;
        let says = child.inner.stdout.take().context("its output is a pipe")?;
        let hears = child.inner.stdin.take().context("its input is a pipe")?;
        Ok(Talking { child, says: BufReader::new(says).lines(), hears })
    }

    pub(crate) async fn tell(&mut self, line: &str) -> Result<()> {
        self.hears.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.hears.flush().await?)
    }

    /// The next thing it says, as JSON.
    pub(crate) async fn hear<T: DeserializeOwned>(&mut self, within: Duration) -> Result<T> {
        let name = &self.child.name;
        let line = timeout(within, self.says.next_line()).await;
        let line = line.with_context(|| format!("{name} says nothing within {within:?}"))??;
        let line = line.with_context(|| format!("{name} ended"))?;
        serde_json::from_str(&line).with_context(|| format!("{name} says {line}"))
    }
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(
    what: &str,
    within: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        anyhow::ensure!(Instant::now() < end, "waited {within:?} for {what}");
        sleep(LOOK_EVERY).await;
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
