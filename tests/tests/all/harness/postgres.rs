//! A private PostgreSQL cluster: started once per test process, one database per test.
//!
//! It never touches a server that is already there. `initdb` refuses root, so as root it runs
//! under the account that Debian's package made. Durability is off: no test here pulls the plug
//! on the database.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::Store;
use tokio::sync::OnceCell;

use super::running::{Running, Signal, free_port};
use super::{programs, wait};

/// Tests run side by side, each with pools of its own.
const CONNECTIONS: u32 = 400;
const STARTS_WITHIN: Duration = Duration::from_secs(30);
const OLDEST: u32 = 15;
/// Where the schema is made once; every test copies it.
const TEMPLATE: &str = "bowei_template";
const MISSING: &str = "PostgreSQL 15 or newer is missing: run `deploy/setup.sh test`";

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
static MIGRATED: OnceCell<()> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
struct Cluster {
    bin: PathBuf,
    port: u16,
    _server: Running,
}

/// The address of a fresh database with the schema in it.
pub(crate) async fn fresh() -> String {
    let cluster = cluster();
    MIGRATED.get_or_init(|| migrate_template(cluster)).await;
    let name = format!("bowei_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    cluster.create(&name, &["--template", TEMPLATE]);
    cluster.url(&name)
}

/// The address of a fresh, empty database.
pub(crate) fn empty() -> String {
    let name = format!("bowei_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    cluster().create(&name, &[]);
    cluster().url(&name)
}

/// Asks a database something that no store function asks; gives what it says, bare.
pub(crate) fn ask(url: &str, sql: &str) -> String {
    programs::succeed(Command::new(cluster().bin.join("psql")).args([url, "-qAtc", sql]))
}

fn cluster() -> &'static Cluster {
    match CLUSTER.get_or_init(Cluster::start) {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

async fn migrate_template(cluster: &Cluster) {
    cluster.create(TEMPLATE, &[]);
    let store = Store::open(&cluster.url(TEMPLATE)).await.expect("the template opens");
    store.migrate().await.expect("the template takes the schema");
    store.close().await;
}

impl Cluster {
    fn start() -> Result<Cluster, String> {
        let bin = newest_bin().ok_or(MISSING)?;
        let account = Account::current()?;
        let dir = tempfile::Builder::new()
            .prefix("bowei-pg-")
            .tempdir()
            .map_err(|e| format!("no temporary folder: {e}"))?
            .keep();
        account.give(&dir)?;
        let data = dir.join("data");
        let mut initdb = account.command(&bin.join("initdb"));
        initdb.args([
            "--username=bowei",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        succeed(initdb.arg(&data))?;
        let port = free_port();
        let mut command = account.command(&bin.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(&dir).args(["-h", "127.0.0.1", "-p"]);
        command.arg(port.to_string()).arg("-N").arg(CONNECTIONS.to_string()).arg("-F");
        command.args(["-c", "full_page_writes=off", "-c", "synchronous_commit=off"]);
        let log = dir.join("server.log");
        let server = Running::start("postgres", command, &log, (Signal::Quit, Some(&dir)))?;
        let cluster = Cluster { bin, port, _server: server };
        cluster.wait_ready()?;
        Ok(cluster)
    }

    fn wait_ready(&self) -> Result<(), String> {
        wait::blocking_until("PostgreSQL to answer", STARTS_WITHIN, || {
            let mut ready = Command::new(self.bin.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            ready.status().is_ok_and(|s| s.success()).then_some(())
        })
        .map_err(|e| format!("{e}\n{}", self._server.log()))
    }

    fn create(&self, name: &str, options: &[&str]) {
        let mut createdb = Command::new(self.bin.join("createdb"));
        createdb.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "bowei"]);
        createdb.env_remove("PGPASSWORD").args(options).arg(name);
        succeed(&mut createdb).expect("the cluster makes a database");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://bowei@127.0.0.1:{}/{database}", self.port)
    }
}

/// Whom the server runs as.
#[derive(Debug)]
enum Account {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl Account {
    fn current() -> Result<Account, String> {
        if id(&["-u"])? != 0 {
            return Ok(Account::Ourselves);
        }
        let uid = id(&["-u", "postgres"]).map_err(|_| MISSING.to_owned())?;
        let gid = id(&["-g", "postgres"]).map_err(|_| MISSING.to_owned())?;
        Ok(Account::Postgres { uid, gid })
    }

    fn give(&self, dir: &Path) -> Result<(), String> {
        let Account::Postgres { uid, gid } = self else { return Ok(()) };
        std::os::unix::fs::chown(dir, Some(*uid), Some(*gid)).map_err(|e| e.to_string())
    }

    fn command(&self, program: &Path) -> Command {
        let Account::Postgres { uid, gid } = self else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
        command.arg(program).current_dir("/");
        command
    }
}

fn id(arguments: &[&str]) -> Result<u32, String> {
    let answer = Command::new("id").args(arguments).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&answer.stdout);
    text.trim().parse().map_err(|_| format!("id {arguments:?} answered {text:?}"))
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

fn succeed(command: &mut Command) -> Result<(), String> {
    let Output { status, stdout, stderr } =
        command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() {
        return Ok(());
    }
    let said = [stdout, stderr].concat();
    Err(format!("{command:?}: {status}\n{}", String::from_utf8_lossy(&said)))
}
