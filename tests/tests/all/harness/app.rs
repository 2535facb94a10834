//! The service in this process: a database of its own, free ports, the real sandbox, an embedded
//! broker or Mosquitto, and a city clock that begins at noon. At its end no job may be left and the books must
//! be right.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::{Config, Documents, Finance, Tax, Wechat};
use gateway::flow::import_town;
use gateway::flow::sign_in::{Role, add_staff};
use gateway::service::Service;
use sensing::Policy;
use serde_json::Value;
use tokio::net::TcpListener;

use super::ahead::Ahead;
use super::api::Api;
use super::database::{Database, Kind};
use super::driver::Driver;
use super::mosquitto::Mosquitto;
use super::radio::Radio;
use super::sandbox::Sandbox;
use super::town_clock::TownClock;
use super::{town, wait};

const WITHIN: Duration = Duration::from_secs(20);
/// A payment is asked for again a while after it was booked, which ends its last job.
const JOBS_END_WITHIN: Duration = Duration::from_secs(90);

/// Which broker a test uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrokerKind {
    Embedded,
    Mosquitto,
}

#[derive(Debug)]
enum Broker {
    Embedded(gateway::broker::Broker),
    Mosquitto(Mosquitto),
}

/// A running service and those around it.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) api: Api,
    pub(crate) sandbox: Sandbox,
    pub(crate) radio: Radio,
    service: Service,
    broker: Broker,
    _database: Database,
}

impl TestApp {
    /// Starts it with the hand-made town.
    pub(crate) async fn start(database: Kind, broker: BrokerKind) -> TestApp {
        TestApp::start_with(database, broker, |_| {}).await
    }

    /// The same, with a configuration of its own.
    pub(crate) async fn start_with(
        database: Kind,
        broker: BrokerKind,
        change: impl FnOnce(&mut Config),
    ) -> TestApp {
        let town = town::file().to_string();
        TestApp::start_town(database, broker, &town, TownClock::at_noon(), change).await
    }

    /// The same, with a town and a clock of its own.
    pub(crate) async fn start_town(
        database: Kind,
        broker: BrokerKind,
        town: &str,
        town_clock: TownClock,
        change: impl FnOnce(&mut Config),
    ) -> TestApp {
        let (machine, city) = (town_clock.machine_origin_ms, town_clock.city_origin_ms);
        let clock = Clock::mapped(machine, city, i64::from(town_clock.speed));
        let sandbox = Sandbox::start(town_clock).await;
        TestApp::start_at(database, broker, town, (clock, sandbox), change).await
    }

    /// The same, with a clock that the test sends ahead.
    pub(crate) async fn start_ahead(
        database: Kind,
        broker: BrokerKind,
        town: &str,
        ahead: &Ahead,
        change: impl FnOnce(&mut Config),
    ) -> TestApp {
        let sandbox = Sandbox::on(ahead.sandbox()).await;
        TestApp::start_at(database, broker, town, (ahead.gateway(), sandbox), change).await
    }

    async fn start_at(
        database: Kind,
        broker: BrokerKind,
        town: &str,
        (clock, sandbox): (Clock, Sandbox),
        change: impl FnOnce(&mut Config),
    ) -> TestApp {
        let database = Database::fresh(database).await;
        let store = database.open().await;
        let town = import_town::read(town).expect("the town is well formed");
        import_town::import_town(&store, &town, clock.city_now())
            .await
            .expect("it can be imported");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has a free port");
        let http = listener.local_addr().expect("a bound socket has an address");
        let mut config = config(&database.url, &sandbox, http);
        change(&mut config);
        config.check().expect("the configuration makes sense");
        let app = App::build(config, store, clock).await.expect("the service can be built");
        let broker = Broker::start(broker).await;
        let service =
            Service::start(Arc::clone(&app), listener, &broker.url()).expect("the service starts");
        let radio = Radio::to(&broker.url());
        let api = Api::at(&format!("http://{http}"));
        let started = TestApp { app, api, sandbox, radio, service, broker, _database: database };
        started.until_subscribed().await;
        started
    }

    /// The token of a member of staff of that role, made for it.
    pub(crate) async fn staff(&self, role: Role) -> String {
        let (login, password) = (role.name(), "correct horse");
        let now = self.app.clock.city_now().ms();
        let added = add_staff(&self.app.store, login, password, role, now).await;
        assert!(added.expect("staff can be added"), "{login} was there already");
        let body = serde_json::json!({"login": login, "password": password});
        let answer = self.api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201);
        answer.json()["token"].as_str().expect("a session has a token").to_owned()
    }

    pub(crate) async fn driver(&self, user: &str) -> Driver {
        Driver::sign_in(&self.api, &self.sandbox.api, user).await
    }

    /// Where programs of their own reach the broker.
    pub(crate) fn broker_url(&self) -> String {
        self.broker.url()
    }

    /// Publishes readings of a native device and waits until all of them are stored.
    pub(crate) async fn hear(&mut self, device: &str, readings: &Value) {
        let count = readings.as_array().map_or(1, Vec::len);
        let before = self.readings().await;
        self.radio.say(device, readings).await;
        self.until_readings(before + i64::try_from(count).expect("a batch is small")).await;
    }

    /// How many readings are stored.
    pub(crate) async fn readings(&self) -> i64 {
        self.app.store.read().await.unwrap().count_readings().await.unwrap()
    }

    pub(crate) async fn until_readings(&self, count: i64) {
        wait::until(&format!("{count} readings to be stored"), WITHIN, async || {
            (self.readings().await >= count).then_some(())
        })
        .await;
        assert_eq!(self.readings().await, count);
    }

    /// The rejected messages, oldest first, once there are `count`.
    pub(crate) async fn rejected(&self, count: usize) -> Vec<store::RejectedRow> {
        let mut rows = wait::until(&format!("{count} rejected messages"), WITHIN, async || {
            let rows = self.app.store.read().await.unwrap().rejected(1_000).await.unwrap();
            (rows.len() >= count).then_some(rows)
        })
        .await;
        assert_eq!(rows.len(), count, "{rows:?}");
        rows.reverse();
        rows
    }

    /// `kill -9` of an external broker, which comes back on the same port.
    pub(crate) async fn kill_broker(&mut self) {
        let Broker::Mosquitto(mosquitto) = &mut self.broker else {
            panic!("the embedded broker dies with the service only")
        };
        mosquitto.kill_and_restart();
        wait::until("the service to notice", WITHIN, async || {
            (!self.app.metrics.is_subscribed()).then_some(())
        })
        .await;
        self.until_subscribed().await;
    }

    pub(crate) async fn until_subscribed(&self) {
        wait::until("the service to subscribe", WITHIN, async || {
            self.app.metrics.is_subscribed().then_some(())
        })
        .await;
    }

    /// Ends it: every job must come to its end, none may have been given up, and the books are proved.
    pub(crate) async fn finish(self) {
        wait::until("the last job to end", JOBS_END_WITHIN, async || {
            let (waiting, given_up) =
                self.app.store.read().await.unwrap().count_jobs().await.unwrap();
            assert_eq!(given_up, 0, "a job was given up");
            (waiting == 0).then_some(())
        })
        .await;
        let report = gateway::verify::verify(&self.app.store, &Policy::default(), None).await;
        let report = report.expect("the books can be read");
        assert!(report.is_clean(), "{:#?}", report.differences);
        drop(self.radio);
        self.service.stop().await.expect("the service stops in good order");
        self.sandbox.stop().await;
        if let Broker::Embedded(broker) = self.broker {
            broker.stop();
        }
    }
}

impl Broker {
    async fn start(kind: BrokerKind) -> Broker {
        match kind {
            BrokerKind::Embedded => {
                let address = SocketAddr::from(([127, 0, 0, 1], 0));
                let broker = gateway::broker::Broker::start(address).await;
                Broker::Embedded(broker.expect("the embedded broker starts"))
            }
            BrokerKind::Mosquitto => Broker::Mosquitto(Mosquitto::start()),
        }
    }

    fn url(&self) -> String {
        match self {
            Broker::Embedded(broker) => broker.url(),
            Broker::Mosquitto(mosquitto) => mosquitto.url(),
        }
    }
}

pub(crate) fn config(database: &str, sandbox: &Sandbox, http: SocketAddr) -> Config {
    Config {
        database: database.to_owned(),
        wechat: Wechat {
            pay_url: sandbox.url.clone(),
            login_url: sandbox.url.clone(),
            credentials_dir: sandbox.merchant_dir(),
            notify_url: format!("http://{http}/api/v1/payments/wechat/notify"),
            authorize_url: sandbox.url.clone(),
            certificates: false,
            pay_after_parking: false,
            sandbox: true,
        },
        tax: Tax {
            url: sandbox.url.clone(),
            credentials_dir: sandbox.merchant_dir(),
            notify_url: format!("http://{http}/api/v1/invoices/tax/notify"),
            poll_ms: 100,
            sandbox: true,
        },
        finance: Finance {
            url: sandbox.url.clone(),
            credentials_dir: sandbox.merchant_dir(),
            notify_url: format!("http://{http}/api/v1/invoices/finance/notify"),
            sandbox: true,
        },
        // Drawing takes seconds in an unoptimised build; tests of it say so.
        documents: Documents { formats: vec!["xml".into()], ..Documents::default() },
        ..Config::default()
    }
}
