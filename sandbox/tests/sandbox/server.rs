//! A sandbox on a free port with a folder of its own: in this process, or as a program to be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use sandbox::{CityClock, Config};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// 2026-09-15T00:00:00Z, 08:00 in Baiyin; the tests' city clock starts there.
pub(crate) const CITY_ORIGIN_MS: i64 = 1_789_430_400_000;

/// One pair of keys for all tests, since making them is most of what a first start does.
static KEYS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [make_key(), make_key()]);

/// Serves until `stop`.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    pub(crate) async fn start() -> Server {
        Server::start_at(60).await
    }

    /// City time runs so many times as fast as the machine's.
    pub(crate) async fn start_at(speed: u32) -> Server {
        let folder = folder_with_keys();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let config = Config {
            data: folder.path().to_owned(),
            clock: CityClock::from_switches(None, Some(CITY_ORIGIN_MS), speed),
            notify_retry_ms: 20,
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            sandbox::run(config, listener, async {
                let _ = stopped.await;
            })
            .await
        });
        wait_until_it_answers(&base).await;
        Server { base, folder, stop, task }
    }

    /// Ends it as a caller would; the result of `run`.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        self.task.await.expect("run does not panic")
    }
}

/// The program `sandbox`, killed when dropped.
pub(crate) struct Program {
    pub(crate) base: String,
    child: Child,
}

impl Program {
    pub(crate) async fn start(data: &Path) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
            .args(["--listen", "127.0.0.1:0", "--notify-retry-ms", "20", "--speed", "60"])
            .args(["--clock-city-origin-ms", &CITY_ORIGIN_MS.to_string(), "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("it prints its address");
        let base = line.trim().strip_prefix("sandbox: ").expect("the first line names the address");
        let program = Program { base: base.to_owned(), child };
        wait_until_it_answers(&program.base).await;
        program
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is still running");
        self.child.wait().expect("it was ours to wait for");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that only lacks what is quickly made.
pub(crate) fn folder_with_keys() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write = |name: &str, pem: &[u8]| {
        std::fs::write(folder.path().join(name), pem).expect("the folder is ours");
    };
    std::fs::create_dir(folder.path().join("merchant")).expect("the folder is ours");
    write("platform_key.pem", &KEYS[0]);
    write("merchant/merchant_key.pem", &KEYS[1]);
    folder
}

fn make_key() -> Vec<u8> {
    let key = PKey::from_rsa(Rsa::generate(2048).expect("OpenSSL makes keys")).expect("an RSA key");
    key.private_key_to_pem_pkcs8().expect("PEM")
}

/// The port is open before the keys are made; the first answer means that they are.
async fn wait_until_it_answers(base: &str) {
    let answer = reqwest::get(format!("{base}/sandbox/troubles")).await;
    assert!(answer.expect("the sandbox answers").status().is_success());
}
