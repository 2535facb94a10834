//! A program started by a test, which ends when the test process ends, however that ends.
//!
//! Beside each program waits a shell on a leash: a pipe from this process. When the pipe closes
//! without a word (panic, abort, kill), the shell ends the program and removes its folder.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::wait;

/// `$1` process, `$2` signal that ends it in good order, `$3` folder to remove or empty.
const LEASH: &str = r#"
read -r word && exit 0
kill -"$2" "$1" 2>/dev/null
n=0; while kill -0 "$1" 2>/dev/null && [ "$n" -lt 50 ]; do n=$((n + 1)); sleep 0.1; done
kill -KILL "$1" 2>/dev/null
[ -z "$3" ] || rm -rf "$3"
"#;

/// How a program on a leash is ended when nobody is left to end it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    /// PostgreSQL's immediate shutdown, which frees its shared memory.
    Quit,
    /// In good order.
    Term,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Signal::Quit => "QUIT",
            Signal::Term => "TERM",
        }
    }
}

/// A program under way. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    leash: Child,
    word: Option<ChildStdin>,
    log: PathBuf,
}

impl Running {
    /// Starts a program; what it prints is kept in the file `log`. `folder` goes with it if this
    /// process dies.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        log: &Path,
        on_death: (Signal, Option<&Path>),
    ) -> Result<Running, String> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(|e| format!("{}: {e}", log.display()))?;
        let errors = output.try_clone().map_err(|e| e.to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|e| format!("{name} cannot be started: {e}"))?;
        let (signal, folder) = on_death;
        let mut leash = Command::new("sh")
            .args(["-c", LEASH, "leash", &child.id().to_string(), signal.name()])
            .arg(folder.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|e| format!("sh cannot be started: {e}"))?;
        let word = leash.stdin.take();
        Ok(Running { name: name.to_owned(), child, leash, word, log: log.to_owned() })
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// `kill -9`, at once.
    pub(crate) fn kill(&mut self) {
        let _gone_already = self.child.kill();
        let _status = self.child.wait();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$1\" \"$0\"", &process, name]).status();
        assert!(sent.is_ok_and(|s| s.success()), "{} cannot be signalled", self.name);
    }

    /// Asks it to end and waits; what it printed is shown if it does not.
    pub(crate) fn stop(&mut self, within: Duration) -> ExitStatus {
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &self.child.id().to_string()])
            .status();
        assert!(asked.is_ok(), "{} cannot be signalled", self.name);
        self.wait(within)
    }

    /// Waits for it to end by itself.
    pub(crate) fn wait(&mut self, within: Duration) -> ExitStatus {
        let end = wait::blocking_until(&format!("{} to end", self.name), within, || self.ended());
        end.unwrap_or_else(|e| panic!("{e}\n{}", self.log()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if let Some(mut word) = self.word.take() {
            let _let_go = word.write_all(b"done\n");
        }
        let _status = self.leash.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    probe.local_addr().expect("a bound socket has an address").port()
}
