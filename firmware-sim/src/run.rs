//! Runs the simulated city against a real broker and a real gateway, in city time.
//!
//! The city decides what happens; this waits for the clock, hands messages to the connections
//! and trips to the drivers. One connection each for ChirpStack and The Things Stack, and a few for
//! native devices, each a concentrator of thousands.

use std::collections::HashMap;
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
use crate::concentrator::{Concentrator, Persistence, Saying};
use crate::counters::{Counters, Summary};
use crate::driver;
use crate::drivers::{Drivers, LINES};
use crate::faults::Faults;
use crate::flash::Reading;
use crate::instruction::{Instruction, Told};
use crate::link::{self, Link, Parcel};
use crate::memory::Memories;
use crate::simulation::{
    Heard, Keeping, Message, MessageKey, NativeReading, Setting, Simulation, Step, What,
};
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
    /// Base address of the gateway's HTTP interface; empty where there are to be no drivers.
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
    /// What goes wrong.
    pub faults: Faults,
    /// When native devices send again.
    pub persistence: Persistence,
    /// Live counters: keep a clone to watch the run.
    pub counters: Arc<Counters>,
}

type Parcels = mpsc::Sender<Parcel<MessageKey>>;

/// Instructions to devices that wait for the town.
const INSTRUCTIONS: usize = 10_000;

/// Native devices of one connection.
const DEVICES_PER_CONCENTRATOR: usize = 12_500;

/// The connections to the broker.
struct Links {
    /// Each serves the native devices of its turn, by running number in the town.
    native: Vec<mpsc::Sender<Saying>>,
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
    let mut drivers = (!config.api_url.is_empty()).then(|| Drivers::new(people.clone()));
    let (tell, told) = mpsc::channel(INSTRUCTIONS);
    let links = Links::dial(&broker, &config, start, &tell);
    drop(tell);
    let mut instructions = Instructions { told, places: native_places(&config.town) };
    let end = async {
        tokio::select! {
            () = shutdown => {}
            () = sleep_or_forever(config.for_) => {}
        }
    };
    live(city, &people, &links, &mut drivers, &mut instructions, end).await;
    if let Some(drivers) = drivers {
        drivers.finish(LAST_WORDS).await;
    }
    links.hang_up(LAST_MESSAGES + config.persistence.wait_at_end).await;
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
    drivers: &mut Option<Drivers>,
    instructions: &mut Instructions,
    end: impl Future<Output = ()>,
) {
    let mut end = pin!(end);
    while let Some(at) = city.next_at() {
        tokio::select! {
            biased;
            () = &mut end => return,
            Some((device, instruction)) = instructions.next() => {
                city.obey(device, instruction, people.clock.now());
                continue;
            }
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

fn witness(what: What, town: &driver::Town, drivers: &mut Option<Drivers>) {
    match what {
        What::Arrival(trip) => {
            town.counters.count(|c| &c.arrivals);
            town.truth.write(&Fact::arrival(&trip));
            if let Some(drivers) = drivers {
                drivers.send(trip);
            }
        }
        What::Departure(trip) => {
            town.counters.count(|c| &c.departures);
            town.truth.write(&Fact::departure(&trip));
        }
        What::Message(_) => {}
    }
}

/// What devices are told, and where they are in the town.
struct Instructions {
    told: mpsc::Receiver<Told>,
    places: HashMap<String, usize>,
}

impl Instructions {
    /// `None` once nobody can be told anything any more, or for a device that is not of the town.
    async fn next(&mut self) -> Option<(usize, Instruction)> {
        let Told { device, instruction } = self.told.recv().await?;
        Some((*self.places.get(&device)?, instruction))
    }
}

impl Links {
    fn dial(broker: &Broker, config: &RunConfig, start: u64, tell: &mpsc::Sender<Told>) -> Self {
        let mut tasks = JoinSet::new();
        let counters = &config.counters;
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
        let (chirpstack, the_things_stack) = (dial("chirpstack"), dial("tts"));
        let capacity = config.faults.scenario().flash_readings;
        let mut native = Vec::new();
        for (number, devices) in concentrators(&config.town).into_iter().enumerate() {
            let (sayings, inbox) = mpsc::channel(1_000);
            let client_id = format!("bowei-sim-native-{number}-{start:016x}");
            let Persistence { resend_after, wait_at_end } = config.persistence;
            let memories = Memories::new(devices, capacity, resend_after);
            let (broker, counters) = (broker.clone(), counters.clone());
            let concentrator =
                Concentrator::new(broker, client_id, inbox, memories, counters, wait_at_end);
            tasks.spawn(concentrator.telling(tell.clone()).serve());
            native.push(sayings);
        }
        Links { native, chirpstack, the_things_stack, tasks }
    }

    /// Waits while the outbox of a connection is full.
    async fn send(&self, message: Message, counters: &Counters) {
        counters.count(|c| &c.readings);
        let Message { key, network, topic, payload, reading } = message;
        let sent = match network {
            Network::ChirpStack => {
                self.chirpstack.send(Parcel { key, topic, payload }).await.is_ok()
            }
            Network::TheThingsStack => {
                self.the_things_stack.send(Parcel { key, topic, payload }).await.is_ok()
            }
            Network::Native => {
                let turn = key.device as usize % self.native.len().max(1);
                self.native[turn].send(saying(&topic, payload, reading)).await.is_ok()
            }
        };
        assert!(sent, "a connection outlives those who speak over it");
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

fn native(town: &Town) -> impl Iterator<Item = (usize, String)> {
    let devices = town.devices.iter().enumerate();
    devices
        .filter(|(_, device)| device.network == Network::Native)
        .map(|(place, device)| (place, device.key.clone()))
}

fn native_places(town: &Town) -> HashMap<String, usize> {
    native(town).map(|(place, key)| (key, place)).collect()
}

/// The native devices of each connection.
fn concentrators(town: &Town) -> Vec<Vec<String>> {
    let native: Vec<(usize, String)> = native(town).collect();
    let count = native.len().div_ceil(DEVICES_PER_CONCENTRATOR).max(1);
    let mut concentrators = vec![Vec::new(); count];
    for (place, key) in native {
        concentrators[place % count].push(key);
    }
    concentrators
}

/// What a native device says, out of its message. A bare repeat names its device in the topic.
fn saying(topic: &str, payload: Vec<u8>, reading: Option<NativeReading>) -> Saying {
    let Some(NativeReading { device_id, boot_id, seq, heard }) = reading else {
        let device = topic.split('/').nth(2).unwrap_or_default().to_owned();
        return Saying { device, keeps: None, sends: Some(payload) };
    };
    let json = String::from_utf8_lossy(&payload).into();
    let sends = (heard == Heard::Yes).then_some(payload);
    Saying { device: device_id, keeps: Some(Reading { boot_id, seq, json }), sends }
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
