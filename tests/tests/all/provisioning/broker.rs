//! The built-in broker lets in who has an account, and holds everybody to its rights.

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::accounts::{Account, Accounts};
use gateway::broker::Broker;

use crate::harness::client::{Client, Login};

struct Guarded {
    accounts: Arc<Accounts>,
    broker: Broker,
}

impl Guarded {
    async fn start() -> Guarded {
        let accounts = Arc::new(Accounts::default());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let broker = Broker::guarded(address, Arc::clone(&accounts)).await.unwrap();
        Guarded { accounts, broker }
    }

    fn device(&self, key: &str) -> String {
        self.accounts.add_own(key, Account::Device { key: key.into() })
    }

    /// Somebody with a gateway's rights who hears all that sensors say.
    async fn listener(&self) -> Client {
        let password = self.accounts.add_own("listener", Account::Gateway);
        let mut listener = Login::new("listener", &password).to(&self.broker.url()).await.unwrap();
        listener.subscribe("bowei/v1/+/up").await.unwrap();
        listener
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_publishes_as_itself_and_as_nobody_else_whatever_it_calls_itself() {
    let town = Guarded::start().await;
    let mut listener = town.listener().await;
    let password = town.device("a");
    town.device("b");
    let url = town.broker.url();
    for client_id in ["a", "b", "gateway"] {
        let login = Login { client_id, ..Login::new("a", &password) };
        let mut device = login.to(&url).await.unwrap();
        let refused = device.publish("bowei/v1/b/up", "{}").await.unwrap_err();
        assert!(refused.contains("NotAuthorized"), "{client_id}: {refused}");
        device.publish("application/1/device/2/event/up", "{}").await.unwrap_err();
        device.publish("bowei/v1/a/up", "{}").await.unwrap();
        assert_eq!(listener.hears().await.unwrap(), "bowei/v1/a/up", "{client_id}");
    }
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_hears_what_is_for_it_and_nothing_else() {
    let town = Guarded::start().await;
    let password = town.device("a");
    let mut device = Login::new("a", &password).to(&town.broker.url()).await.unwrap();
    for filter in ["#", "bowei/v1/+/down", "bowei/v1/b/down", "bowei/v1/a/up", "$SYS/#"] {
        device.subscribe(filter).await.unwrap_err();
    }
    device.subscribe("bowei/v1/a/down").await.unwrap();
    let mut listener = town.listener().await;
    listener.publish("bowei/v1/b/down", "{}").await.unwrap();
    listener.publish("bowei/v1/a/down", "{}").await.unwrap();
    assert_eq!(device.hears().await.unwrap(), "bowei/v1/a/down");
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_the_gateway_reach_the_network_servers_and_nobody_else_gives_any() {
    let town = Guarded::start().await;
    let mut listener = town.listener().await;
    let url = town.broker.url();
    let password = town.accounts.add_own("lns", Account::Network);
    let mut server = Login::new("lns", &password).to(&url).await.unwrap();
    server.subscribe("application/+/device/+/command/#").await.unwrap();
    server.subscribe("v3/+/devices/+/down/#").await.unwrap();
    let password = town.device("a");
    let mut device = Login::new("a", &password).to(&url).await.unwrap();
    for topic in [
        "application/1/device/0102030405060708/command/down",
        "v3/app@ttn/devices/bay-7/down/push",
        "v3/app@ttn/devices/bay-7/down/replace",
    ] {
        device.publish(topic, "{}").await.unwrap_err();
        listener.publish(topic, "{}").await.unwrap();
        assert_eq!(server.hears().await.unwrap(), topic);
    }
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_no_password_and_an_unknown_name_are_refused() {
    let town = Guarded::start().await;
    let (password, other) = (town.device("a"), town.device("b"));
    let url = town.broker.url();
    for (name, password) in
        [("a", "guessed"), ("a", ""), ("a", &*other), ("c", &*password), ("", "")]
    {
        let login = Login { client_id: "x", ..Login::new(name, password) };
        assert!(login.to(&url).await.is_err(), "{name}");
    }
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_will_is_held_to_the_same_rights() {
    let town = Guarded::start().await;
    let mut listener = town.listener().await;
    let password = town.device("a");
    let url = town.broker.url();
    let will_as_b = Login { will: Some("bowei/v1/b/up"), ..Login::new("a", &password) };
    assert!(will_as_b.to(&url).await.is_err());
    let will_as_a = Login { will: Some("bowei/v1/a/up"), ..Login::new("a", &password) };
    will_as_a.to(&url).await.unwrap().breaks_off();
    assert_eq!(listener.hears().await.unwrap(), "bowei/v1/a/up");
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_over_the_session_of_another_account() {
    let town = Guarded::start().await;
    let mut listener = town.listener().await;
    let password = town.device("a");
    let url = town.broker.url();
    // `listener` is the client id of the listener's session.
    let poser = Login { client_id: "listener", ..Login::new("a", &password) };
    assert!(poser.to(&url).await.is_err());
    let mut device = Login::new("a", &password).to(&url).await.unwrap();
    device.publish("bowei/v1/a/up", "{}").await.unwrap();
    assert_eq!(listener.hears().await.unwrap(), "bowei/v1/a/up", "it was not disturbed");
    town.broker.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_broker_listens_on_loopback_only() {
    let refused = Broker::start(SocketAddr::from(([0, 0, 0, 0], 0))).await.unwrap_err();
    assert!(refused.to_string().contains("loopback"), "{refused}");
}
