//! A real Mosquitto with the files that `gateway export mosquitto` wrote.

use std::path::Path;

use store::Lane;

use crate::harness::client::Login;
use crate::harness::database::{Database, Kind};
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{run, text};
use crate::harness::served::path;
use crate::harness::{seed, wait};

const WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// Runs a command of the gateway on the database; gives the second word of each line of its output.
fn gateway(database: &Database, arguments: &[&str]) -> Vec<String> {
    let output = run("gateway", &[arguments, &["--database", &database.url]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    let said = text(&output.stdout);
    said.lines().map(|l| l.split_whitespace().nth(1).unwrap_or_default().to_owned()).collect()
}

fn password(said: &[String]) -> &str {
    &said[1]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mosquitto_lets_each_device_speak_as_itself_with_the_exported_files() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        seed::town(&store, 2).await;
        register(&store, "aa:01").await;
        let a = gateway(&database, &["device", "credential", "dev-0"]);
        let b = gateway(&database, &["device", "credential", "dev-1"]);
        let colon = gateway(&database, &["device", "credential", "aa:01"]);
        let service = gateway(&database, &["account", "add", "bowei-1", "--kind", "gateway"]);
        let mast = gateway(
            &database,
            &["account", "add", "mast", "--kind", "concentrator", "--operator", "测试运营公司"],
        );
        let server = gateway(&database, &["account", "add", "lns", "--kind", "network"]);
        let dir = tempfile::tempdir().unwrap();
        export(&database, dir.path());
        let mosquitto = Mosquitto::guarded(dir.path());
        let url = mosquitto.url();

        let mut listener = Login::new("bowei-1", password(&service)).to(&url).await.unwrap();
        listener.subscribe("bowei/v1/+/up").await.unwrap();
        let mut device = Login::new("dev-0", password(&a)).to(&url).await.unwrap();
        device.publish("bowei/v1/dev-1/up", "{}").await.unwrap_err();
        // Mosquitto 2.0.11 closes the connection of who tried.
        let mut device = Login::new("dev-0", password(&a)).to(&url).await.unwrap();
        device.publish("bowei/v1/dev-0/up", "{}").await.unwrap();
        assert_eq!(listener.hears().await.unwrap(), "bowei/v1/dev-0/up");
        device.subscribe("bowei/v1/dev-0/down").await.unwrap();
        listener.publish("bowei/v1/dev-0/down", "{}").await.unwrap();
        assert_eq!(device.hears().await.unwrap(), "bowei/v1/dev-0/down");

        // Commands of the gateway reach the network servers.
        let mut server = Login::new("lns", password(&server)).to(&url).await.unwrap();
        server.subscribe("application/+/device/+/command/#").await.unwrap();
        server.subscribe("v3/+/devices/+/down/#").await.unwrap();
        for topic in [
            "application/1/device/0102030405060708/command/down",
            "v3/app@ttn/devices/bay-7/down/push",
            "v3/app@ttn/devices/bay-7/down/replace",
        ] {
            listener.publish(topic, "{}").await.unwrap();
            assert_eq!(server.hears().await.unwrap(), topic);
        }

        // A name with a colon is another one at the broker, with the rights of its own key.
        assert_eq!(colon[0], "aa~01");
        let mut device = Login::new("aa~01", password(&colon)).to(&url).await.unwrap();
        device.publish("bowei/v1/aa:01/up", "{}").await.unwrap();
        // A concentrator speaks for the devices of its operator; this one lies in stock.
        let mut concentrator = Login::new("mast", password(&mast)).to(&url).await.unwrap();
        concentrator.publish("bowei/v1/dev-1/up", "{}").await.unwrap();
        concentrator.publish("bowei/v1/aa:01/up", "{}").await.unwrap_err();
        for (name, password) in [("dev-0", password(&b)), ("dev-0", "guessed"), ("", "")] {
            let login = Login { client_id: "x", ..Login::new(name, password) };
            assert!(login.to(&url).await.is_err(), "{name}");
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_ended_is_gone_after_a_reload_and_others_stay() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let said = gateway(&database, &["device", "credential", "dev-0"]);
    let dir = tempfile::tempdir().unwrap();
    // Made by `mosquitto_passwd`, as docker-compose.yml does for the gateway's own account.
    let elsewhere = format!("elsewhere:{}\n", gateway::accounts::hash("long ago"));
    std::fs::write(dir.path().join("passwords"), &elsewhere).unwrap();
    export(&database, dir.path());
    let mosquitto = Mosquitto::guarded(dir.path());
    let url = mosquitto.url();
    Login::new("dev-0", password(&said)).to(&url).await.unwrap();
    gateway(&database, &["device", "credential", "dev-0", "--revoke"]);
    export(&database, dir.path());
    let kept = std::fs::read_to_string(dir.path().join("passwords")).unwrap();
    assert_eq!(kept, elsewhere);
    mosquitto.reload();
    wait::until("the account to be refused", WITHIN, async || {
        Login::new("dev-0", password(&said)).to(&url).await.is_err().then_some(())
    })
    .await;
    Login::new("elsewhere", "long ago").to(&url).await.unwrap();
    store.close().await;
}

fn export(database: &Database, dir: &Path) {
    gateway(database, &["export", "mosquitto", "--out", path(dir)]);
}

async fn register(store: &store::Store, key: &str) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let device = store::NewDevice {
        device_id: seed::id(0x9_999),
        network: "native".into(),
        device_key: key.into(),
        device_type: "native".into(),
        firmware: None,
    };
    assert!(tx.register_device(&device, 0).await.unwrap());
    tx.commit().await.unwrap();
}
