//! A private Mosquitto with the limits of `deploy/mosquitto.conf`, without accounts or with those of
//! a folder of files, on a port of its own. It can be killed and started again on the same port and the same files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::programs::repository;
use super::running::{Running, Signal, free_port};
use super::wait;

const STARTS_WITHIN: Duration = Duration::from_secs(10);
const MISSING: &str = "Mosquitto is missing: run `deploy/setup.sh test`";
/// What depends on where it runs and who may sign in; every other line is taken as deployed.
const OF_THE_PLACE: [&str; 6] =
    ["listener", "allow_anonymous", "password_file", "acl_file", "persistence_location", "user"];

/// A running Mosquitto.
#[derive(Debug)]
pub(crate) struct Mosquitto {
    port: u16,
    dir: TempDir,
    server: Running,
}

impl Mosquitto {
    pub(crate) fn start() -> Mosquitto {
        Mosquitto::with_door("allow_anonymous true\n")
    }

    /// One that keeps nothing on disk.
    pub(crate) fn forgetful() -> Mosquitto {
        // Of a setting that stands twice, Mosquitto takes the last.
        Mosquitto::with_door("allow_anonymous true\npersistence false\n")
    }

    /// One that lets in who stands in `passwords` and holds them to `mosquitto.acl`, both in `files`.
    pub(crate) fn guarded(files: &Path) -> Mosquitto {
        let files = files.display();
        Mosquitto::with_door(&format!(
            "allow_anonymous false\npassword_file {files}/passwords\nacl_file {files}/mosquitto.acl\n"
        ))
    }

    fn with_door(door: &str) -> Mosquitto {
        let dir = tempfile::tempdir().expect("there is room for a temporary folder");
        let port = free_port();
        let deployed = std::fs::read_to_string(repository().join("deploy/mosquitto.conf"))
            .expect("deploy/mosquitto.conf is part of the repository");
        std::fs::write(
            dir.path().join("mosquitto.conf"),
            configuration(&deployed, port, door, dir.path()),
        )
        .expect("a temporary folder can be written");
        let server = spawn(dir.path(), port);
        Mosquitto { port, dir, server }
    }

    /// How clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Has it read its files again.
    pub(crate) fn reload(&self) {
        self.server.signal("HUP");
    }

    /// `kill -9`, then the same broker again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.server.kill();
        self.server = spawn(self.dir.path(), self.port);
    }
}

fn configuration(deployed: &str, port: u16, door: &str, dir: &Path) -> String {
    let of_the_place =
        |line: &&str| !OF_THE_PLACE.contains(&line.split_whitespace().next().unwrap_or_default());
    let kept: Vec<&str> = deployed.lines().filter(of_the_place).collect();
    format!(
        "{}\nlistener {port} 127.0.0.1\n{door}user root\npersistence_location {}/\n",
        kept.join("\n"),
        dir.display()
    )
}

fn spawn(dir: &Path, port: u16) -> Running {
    let mut command = Command::new(program().expect(MISSING));
    command.arg("-c").arg(dir.join("mosquitto.conf"));
    let log = dir.join("mosquitto.log");
    let mut server = Running::start("mosquitto", command, &log, (Signal::Term, None))
        .unwrap_or_else(|e| panic!("{MISSING} ({e})"));
    wait::blocking_until("Mosquitto to listen", STARTS_WITHIN, || {
        let failed = server.ended().map(|status| panic!("mosquitto: {status}\n{}", server.log()));
        failed.or_else(|| std::net::TcpStream::connect(("127.0.0.1", port)).ok().map(|_| ()))
    })
    .unwrap_or_else(|e| panic!("{e}\n{}", server.log()));
    server
}

/// Debian puts it where an ordinary user's PATH does not look.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("mosquitto")).find(|program| program.exists())
}
