//! Runs the simulated city against a real broker and a real gateway, in city time.
//!
//! The city decides what happens; this waits for the clock, hands messages to the connections
//! and trips to the drivers. Three connections: native devices, ChirpStack, The Things Stack.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::api::{Api, Patience};
use crate::broker::Broker;
use crate::clock::Clock;
use crate::counters::{Counters, Summary};
use crate::driver;
use crate::drivers::{Drivers, LINES};
use crate::faults::Faults;
use crate::link::{self, Link, Parcel};
use crate::simulation::{Keeping, Message, MessageKey, Setting, Simulation, Step, What};
use crate::town::{Network, Town};
use crate::truth::{Fact, Truth};

/// At the end: for the drivers who are talking, and for what is queued for the broker.
const LAST_WORDS: Duration = Duration::from_secs(5);
const LAST_MESSAGES: Duration = Duration::from_secs(10);

/// City time after which a run is over in any case: ten years.
const LONGEST_RUN_MS: i64 = 10 * 365 * 86_400_000;

/// What to run, against what.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// The town.
    pub town: Town,
    /// `mqtt://[user:password@]host[:port]`.
    pub broker_url: String,
    /// Base address of the gateway's HTTP interface.
    pub api_url: String,
    /// Base address of the sandbox.
    pub sandbox_url: String,
    /// Of demand, devices and faults.
    pub seed: u64,
    /// City time.
    pub clock: Clock,
    /// Where to write what really happened, if anywhere; lines are added.
    pub truth: Option<PathBuf>,
    /// How long to run in machine time; without it until the shutdown signal.
    pub for_: Option<Duration>,
    /// What goes wrong on the radio.
    pub faults: Faults,
    /// Live counters: keep a clone to watch the run.
    pub counters: Arc<Counters>,
}

type Parcels = mpsc::Sender<Parcel<MessageKey>>;

/// The connections to the broker.
struct Links {
    native: Parcels,
    chirpstack: Parcels,
    the_things_stack: Parcels,
    tasks: JoinSet<()>,
}

/// Runs until `shutdown` or until the time is over; then stops the demand, sends what is queued,
/// and tells what was done. The gateway and the broker may come and go meanwhile.
///
/// # Errors
/// A town, an address or a truth file that cannot be used; nothing was sent then.
pub async fn run(config: RunConfig, shutdown: impl Future<Output = ()>) -> anyhow::Result<Summary> {
    config.town.check()?;
    let broker: Broker = config.broker_url.parse().context("the broker's address")?;
    let start: u64 = rand::random();
    let people = Arc::new(people(&config, start)?);
    let start_at = config.clock.now();
    people.truth.write(&Fact::Run { at: start_at, seed: config.seed, speed: config.clock.speed() });
    let until = start_at.plus_ms(LONGEST_RUN_MS);
    let keeping = Keeping::Outside;
    let setting = Setting { seed: config.seed, start, from: start_at, until, keeping };
    let city = Simulation::new(&config.town, &config.faults.scenario(), &setting)?;
    let mut drivers = Drivers::new(people.clone());
    let links = Links::dial(&broker, &config.counters, start);
    let end = async {
        tokio::select! {
            () = shutdown => {}
            () = sleep_or_forever(config.for_) => {}
        }
    };
    live(city, &people, &links, &mut drivers, end).await;
    drivers.finish(LAST_WORDS).await;
    links.hang_up(LAST_MESSAGES).await;
    Ok(config.counters.summary())
}

fn people(config: &RunConfig, start: u64) -> anyhow::Result<driver::Town> {
    let counters = config.counters.clone();
    let patience = Patience::default();
    Ok(driver::Town {
        api: Api::new(&config.api_url, &config.sandbox_url, patience, counters.clone())?,
        clock: config.clock,
        counters,
        truth: Truth::open(config.truth.as_deref()).context("opening the truth file")?,
        lines: Semaphore::new(LINES),
        run: start,
        settled: Mutex::default(),
    })
}

/// Lets the city happen in time, until the end.
async fn live(
    mut city: Simulation,
    people: &driver::Town,
    links: &Links,
    drivers: &mut Drivers,
    end: impl Future<Output = ()>,
) {
    let mut end = pin!(end);
    while let Some(at) = city.next_at() {
        tokio::select! {
            biased;
            () = &mut end => return,
            () = wait(people.clock.until(at)) => {}
        }
        let message = match city.step() {
            Step::Over => return,
            Step::Quiet => continue,
            Step::Happened(happening) => match happening.what {
                What::Message(message) => message,
                what => {
                    witness(what, people, drivers);
                    continue;
                }
            },
        };
        for fact in city.take_truth() {
            people.truth.write(&fact);
        }
        // What happened is told before the end is looked at, unless nothing fits any more.
        tokio::select! {
            biased;
            () = links.send(message, &people.counters) => {}
            () = &mut end => return,
        }
    }
}

fn witness(what: What, town: &driver::Town, drivers: &mut Drivers) {
    match what {
        What::Arrival(trip) => {
            town.counters.count(|c| &c.arrivals);
            town.truth.write(&Fact::arrival(&trip));
            drivers.send(trip);
        }
        What::Departure(trip) => {
            town.counters.count(|c| &c.departures);
            town.truth.write(&Fact::departure(&trip));
        }
        What::Message(_) => {}
    }
}

impl Links {
    fn dial(broker: &Broker, counters: &Arc<Counters>, start: u64) -> Self {
        let mut tasks = JoinSet::new();
        let mut dial = |name: &str| {
            let (parcels, inbox) = mpsc::channel(1_000);
            let client_id = format!("bowei-sim-{name}-{start:016x}");
            let patience = link::Patience::Endless;
            let link = Link::new(broker.clone(), client_id, inbox, counters.clone(), patience);
            tasks.spawn(async move {
                link.carry().await.expect("an endlessly patient link ends only when all is sent");
            });
            parcels
        };
        let (native, chirpstack) = (dial("native"), dial("chirpstack"));
        let the_things_stack = dial("tts");
        Links { native, chirpstack, the_things_stack, tasks }
    }

    /// Waits while the outbox of a connection is full.
    async fn send(&self, message: Message, counters: &Counters) {
        counters.count(|c| &c.readings);
        let parcels = match message.network {
            Network::Native => &self.native,
            Network::ChirpStack => &self.chirpstack,
            Network::TheThingsStack => &self.the_things_stack,
        };
        let Message { key, topic, payload, .. } = message;
        let sent = parcels.send(Parcel { key, topic, payload }).await;
        sent.expect("a link outlives its senders");
    }

    /// Sends what is queued, for as long as `most`.
    async fn hang_up(mut self, most: Duration) {
        drop((self.native, self.chirpstack, self.the_things_stack));
        let all_sent = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(most, all_sent).await.is_err() {
            tracing::warn!("the broker did not take all messages before the end");
        }
    }
}

/// A backlog is worked off without the timer's millisecond between any two happenings.
async fn wait(time: Duration) {
    if time.is_zero() {
        tokio::task::yield_now().await;
    } else {
        sleep(time).await;
    }
}

async fn sleep_or_forever(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => std::future::pending().await,
    }
}
