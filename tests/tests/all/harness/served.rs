//! The service as programs: `gateway serve` with a configuration file, and the sandbox beside it.
//! The gateway can be killed and started again; the sandbox outlives it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::api::Api;
use super::database::{Database, Kind};
use super::programs::{command, run, text};
use super::running::{Running, Signal, free_port};
use super::town_clock::TownClock;
use super::wait;

const STARTS_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(40);

/// Where a served gateway gets its readings from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A broker that runs by itself, at this address.
    External(String),
    /// The gateway's own broker, on this port; it dies with the gateway.
    Embedded(u16),
}

/// The programs of one town.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) api: Api,
    pub(crate) sandbox: Api,
    pub(crate) http_url: String,
    pub(crate) sandbox_url: String,
    pub(crate) database: Database,
    pub(crate) dir: TempDir,
    gateway: Option<Running>,
    _sandbox: Running,
}

impl Source {
    /// How sensors reach it.
    pub(crate) fn url(&self) -> String {
        match self {
            Source::External(url) => url.clone(),
            Source::Embedded(port) => format!("mqtt://127.0.0.1:{port}"),
        }
    }

    fn setting(&self) -> String {
        match self {
            Source::External(url) => format!("url = {url:?}"),
            Source::Embedded(port) => {
                format!("embedded = \"127.0.0.1:{port}\"\nembedded_open = true")
            }
        }
    }
}

impl Served {
    /// Migrates an empty database with the gateway's own command, imports the town and starts all.
    pub(crate) async fn start(kind: Kind, source: &Source, clock: TownClock, town: &str) -> Served {
        let dir = tempfile::tempdir().expect("there is room for a temporary folder");
        let database = Database::empty(kind);
        let (sandbox_program, sandbox_url) = start_sandbox(dir.path(), clock).await;
        let http_url = format!("http://127.0.0.1:{}", free_port());
        let mut served = Served {
            api: Api::at(&http_url),
            sandbox: Api::at(&sandbox_url),
            http_url,
            sandbox_url,
            database,
            dir,
            gateway: None,
            _sandbox: sandbox_program,
        };
        let written = std::fs::write(served.config_file(), served.configuration(source, clock));
        written.expect("a temporary folder can be written");
        let town_file = served.dir.path().join("town.json");
        std::fs::write(&town_file, town).expect("a temporary folder can be written");
        served.gateway_says(&["migrate", "--config"], &served.config_file());
        let import = run(
            "gateway",
            &["import", "town", path(&town_file), "--config", path(&served.config_file())],
        );
        assert!(import.status.success(), "{}", text(&import.stderr));
        served.start_gateway();
        served.until_listening().await;
        served
    }

    /// Runs a command of the gateway on a file; it must succeed. Gives what it printed.
    pub(crate) fn gateway_says(&self, arguments: &[&str], file: &Path) -> String {
        let output = run("gateway", &[arguments, &[path(file)]].concat());
        let out = text(&output.stdout);
        assert!(output.status.success(), "{arguments:?}\n{out}\n{}", text(&output.stderr));
        out
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.dir.path().join("gateway.toml")
    }

    pub(crate) fn sandbox_dir(&self) -> PathBuf {
        self.dir.path().join("sandbox")
    }

    pub(crate) fn start_gateway(&mut self) {
        let config = self.config_file();
        let command = command("gateway", &["serve", "--config", path(&config)]);
        let log = self.dir.path().join("gateway.log");
        let started = Running::start("gateway", command, &log, (Signal::Term, None));
        self.gateway = Some(started.expect("a program that exists starts"));
    }

    /// `kill -9`, in the middle of whatever it does.
    pub(crate) fn kill_gateway(&mut self) {
        self.gateway.take().expect("it runs").kill();
    }

    /// Asks it to stop; it drains and exits with 0.
    pub(crate) fn stop_gateway(&mut self) {
        let mut gateway = self.gateway.take().expect("it runs");
        let status = gateway.stop(STOPS_WITHIN);
        assert!(status.success(), "{status}\n{}", gateway.log());
    }

    /// Waits until it answers and takes readings.
    pub(crate) async fn until_listening(&mut self) {
        let api = self.api.clone();
        let gateway = self.gateway.as_mut().expect("it runs");
        wait::until("the gateway to answer and to subscribe", STARTS_WITHIN, async || {
            let ended = gateway.ended();
            assert!(ended.is_none(), "the gateway ended: {ended:?}\n{}", gateway.log());
            if !api.is_well().await {
                return None;
            }
            (api.metric("bowei_mqtt_connected", &[]).await > 0.0).then_some(())
        })
        .await;
    }

    fn configuration(&self, source: &Source, clock: TownClock) -> String {
        let merchant = self.sandbox_dir().join("merchant");
        let (merchant, sandbox, http) = (path(&merchant), &self.sandbox_url, &self.http_url);
        let listen = http.trim_start_matches("http://");
        let (database, mqtt) = (&self.database.url, source.setting());
        let TownClock { machine_origin_ms, city_origin_ms, speed } = clock;
        format!(
            r#"
database = "{database}"
http = {{ listen = "{listen}" }}
tax = {{ url = "{sandbox}", credentials_dir = "{merchant}", sandbox = true }}

[mqtt]
{mqtt}

[clock]
machine_origin_ms = {machine_origin_ms}
city_origin_ms = {city_origin_ms}
speed = {speed}

[wechat]
pay_url = "{sandbox}"
login_url = "{sandbox}"
credentials_dir = "{merchant}"
notify_url = "{http}/api/v1/payments/wechat/notify"
sandbox = true
"#
        )
    }
}

/// The first line of the sandbox's output is its address.
async fn start_sandbox(dir: &Path, clock: TownClock) -> (Running, String) {
    let data = dir.join("sandbox");
    let mut command = command("sandbox", &["--data", path(&data), "--notify-retry-ms", "200"]);
    command.args(clock.switches());
    let log = dir.join("sandbox.log");
    let running = Running::start("sandbox", command, &log, (Signal::Term, None));
    let running = running.expect("a program that exists starts");
    let url = wait::until("the sandbox to say where it listens", STARTS_WITHIN, async || {
        running.log().lines().find_map(|l| l.strip_prefix("sandbox: ").map(str::to_owned))
    })
    .await;
    let api = Api::at(&url);
    wait::until("the sandbox to make its keys", STARTS_WITHIN, async || {
        api.is_reachable().await.then_some(())
    })
    .await;
    (running, url)
}

/// A path as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("the tests' folders have plain names")
}
