//! The town of the simulation: an `App` without listeners, its people, and what the provider has said.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::Config;
use gateway::flow::import_town;
use gateway::flow::sign_in::{Role, add_staff};
use gateway::outbound::ProviderWord;
use store::Lane;
use uuid::Uuid;
use vocabulary::{AccountId, StaffId, Timestamp};

use crate::harness::database::{Database, Kind};
use crate::harness::seed::MORNING;
use crate::harness::town;

const DRIVERS: usize = 12;

/// A driver and the plate of the driver's only vehicle.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) account: AccountId,
    pub(super) plate: String,
}

pub(super) struct World {
    pub(super) app: Arc<App>,
    pub(super) drivers: Vec<Person>,
    /// A reviewer and a manager.
    pub(super) staff: [StaffId; 2],
    /// Visits that claims were bound to.
    pub(super) visits: Vec<Uuid>,
    /// Counters of the devices.
    pub(super) numbers: BTreeMap<String, u64>,
    /// The provider's transaction of each number.
    pub(super) transactions: BTreeMap<String, String>,
    /// Words of the provider that are still on their way.
    pub(super) later: Vec<ProviderWord>,
    /// What the provider has said was paid, each transaction once.
    pub(super) told_fen: i64,
    pub(super) told: BTreeMap<String, i64>,
    /// What it has said went back.
    pub(super) went_back_fen: i64,
    _database: Database,
}

impl World {
    pub(super) async fn begin(kind: Kind) -> World {
        let clock = Clock::fixed(Timestamp::from_ms(MORNING));
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let file = import_town::read(&town::file().to_string()).unwrap();
        import_town::import_town(&store, &file, clock.city_now()).await.unwrap();
        let mut drivers = Vec::new();
        let mut tx = store.begin(Lane::Command).await.unwrap();
        for number in 0..DRIVERS {
            let openid = format!("openid-{number}");
            let account = tx.put_account(Uuid::now_v7(), &openid, MORNING).await.unwrap();
            let plate = format!("甘D1{number:04}");
            drivers.push(Person { account: AccountId(account), plate });
        }
        tx.commit().await.unwrap();
        let mut staff = Vec::new();
        for (login, role) in [("reviewer", Role::Reviewer), ("manager", Role::Manager)] {
            assert!(add_staff(&store, login, "correct horse", role, MORNING).await.unwrap());
            let known = store.read().await.unwrap().staff_by_login(login).await.unwrap().unwrap();
            staff.push(StaffId(known.staff_id));
        }
        let app = App::build(Config::default(), store, clock).await.unwrap();
        World {
            app,
            drivers,
            staff: staff.try_into().unwrap(),
            visits: Vec::new(),
            numbers: BTreeMap::new(),
            transactions: BTreeMap::new(),
            later: Vec::new(),
            told_fen: 0,
            told: BTreeMap::new(),
            went_back_fen: 0,
            _database: database,
        }
    }

    /// Moves the clock on.
    pub(super) fn at(&self, ms: i64) {
        self.app.clock.set(Timestamp::from_ms(ms));
    }
}
