//! The service as programs: `gateway serve` with a configuration file, once or several times on one
//! database, and the sandbox beside it. Gateways can be killed and started again; the sandbox outlives them.

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
    /// The same, its messages shared with the other gateways.
    Shared(String),
    /// The gateway's own broker, on this port; it dies with the gateway.
    Embedded(u16),
}

/// The programs of one town.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) sandbox: Api,
    pub(crate) sandbox_url: String,
    pub(crate) database: Database,
    pub(crate) dir: TempDir,
    _sandbox: Running,
}

/// One `gateway serve`.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) api: Api,
    pub(crate) http_url: String,
    config: PathBuf,
    log: PathBuf,
    running: Option<Running>,
}

impl Source {
    /// How sensors reach it.
    pub(crate) fn url(&self) -> String {
        match self {
            Source::External(url) | Source::Shared(url) => url.clone(),
            Source::Embedded(port) => format!("mqtt://127.0.0.1:{port}"),
        }
    }

    fn setting(&self) -> String {
        match self {
            Source::External(url) => format!("url = {url:?}"),
            Source::Shared(url) => format!("url = {url:?}\nshare_group = \"town\""),
            Source::Embedded(port) => {
                format!("embedded = \"127.0.0.1:{port}\"\nembedded_open = true")
            }
        }
    }
}

impl Served {
    /// Migrates an empty database with the gateway's own command, imports the town and starts all.
    pub(crate) async fn start(kind: Kind, source: &Source, clock: TownClock, town: &str) -> Served {
        Served::start_several(kind, std::slice::from_ref(source), clock, town).await
    }

    /// The same with a gateway for each source, all on one database.
    pub(crate) async fn start_several(
        kind: Kind,
        sources: &[Source],
        clock: TownClock,
        town: &str,
    ) -> Served {
        let dir = tempfile::tempdir().expect("there is room for a temporary folder");
        let database = Database::empty(kind);
        let (sandbox_program, sandbox_url) = start_sandbox(dir.path(), clock).await;
        let mut served = Served {
            gateways: Vec::new(),
            sandbox: Api::at(&sandbox_url),
            sandbox_url,
            database,
            dir,
            _sandbox: sandbox_program,
        };
        for source in sources {
            let gateway = Gateway::configured(&served, source, clock);
            served.gateways.push(gateway);
        }
        let town_file = served.dir.path().join("town.json");
        std::fs::write(&town_file, town).expect("a temporary folder can be written");
        served.gateway_says(&["migrate", "--config"], &served.config_file());
        let import = run(
            "gateway",
            &["import", "town", path(&town_file), "--config", path(&served.config_file())],
        );
        assert!(import.status.success(), "{}", text(&import.stderr));
        for gateway in &mut served.gateways {
            gateway.start();
            gateway.until_listening().await;
        }
        served
    }

    /// Runs a command of the gateway on a file; it must succeed. Gives what it printed.
    pub(crate) fn gateway_says(&self, arguments: &[&str], file: &Path) -> String {
        let output = run("gateway", &[arguments, &[path(file)]].concat());
        let out = text(&output.stdout);
        assert!(output.status.success(), "{arguments:?}\n{out}\n{}", text(&output.stderr));
        out
    }

    /// The first gateway's.
    pub(crate) fn api(&self) -> &Api {
        &self.gateways[0].api
    }

    /// The first gateway's.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.gateways[0].config.clone()
    }

    pub(crate) fn sandbox_dir(&self) -> PathBuf {
        self.dir.path().join("sandbox")
    }

    /// Asks every gateway to stop; they drain and exit with 0.
    pub(crate) fn stop_gateways(&mut self) {
        self.gateways.iter_mut().for_each(Gateway::stop);
    }
}

impl Gateway {
    fn configured(served: &Served, source: &Source, clock: TownClock) -> Gateway {
        let number = served.gateways.len();
        let http_url = format!("http://127.0.0.1:{}", free_port());
        let gateway = Gateway {
            api: Api::at(&http_url),
            http_url,
            config: served.dir.path().join(format!("gateway-{number}.toml")),
            log: served.dir.path().join(format!("gateway-{number}.log")),
            running: None,
        };
        let configuration = gateway.configuration(number, served, source, clock);
        std::fs::write(&gateway.config, configuration).expect("a temporary folder can be written");
        gateway
    }

    pub(crate) fn start(&mut self) {
        let command = command("gateway", &["serve", "--config", path(&self.config)]);
        let started = Running::start("gateway", command, &self.log, (Signal::Term, None));
        self.running = Some(started.expect("a program that exists starts"));
    }

    /// `kill -9`, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    /// Asks it to stop; it drains and exits with 0.
    pub(crate) fn stop(&mut self) {
        let mut gateway = self.running.take().expect("it runs");
        let status = gateway.stop(STOPS_WITHIN);
        assert!(status.success(), "{status}\n{}", gateway.log());
    }

    /// Waits until it answers and takes readings.
    pub(crate) async fn until_listening(&mut self) {
        let api = self.api.clone();
        let running = self.running.as_mut().expect("it runs");
        wait::until("the gateway to answer and to subscribe", STARTS_WITHIN, async || {
            let ended = running.ended();
            assert!(ended.is_none(), "the gateway ended: {ended:?}\n{}", running.log());
            if !api.is_well().await {
                return None;
            }
            (api.metric("bowei_mqtt_connected", &[]).await > 0.0).then_some(())
        })
        .await;
    }

    fn configuration(
        &self,
        number: usize,
        served: &Served,
        source: &Source,
        clock: TownClock,
    ) -> String {
        let merchant = served.sandbox_dir().join("merchant");
        let (merchant, sandbox, http) = (path(&merchant), &served.sandbox_url, &self.http_url);
        let listen = http.trim_start_matches("http://");
        let (database, mqtt) = (&served.database.url, source.setting());
        let TownClock { machine_origin_ms, city_origin_ms, speed } = clock;
        format!(
            r#"
database = "{database}"
http = {{ listen = "{listen}" }}
tax = {{ url = "{sandbox}", credentials_dir = "{merchant}", poll_ms = 200, sandbox = true }}
documents = {{ formats = ["xml"] }}

[mqtt]
client_id = "gateway-{number}"
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
