//! A town that lives while its gateways and its broker are killed again and again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use store::{PaymentRow, Store};

use super::ledger::{check_charges, check_readings, stay_ids};
use super::receipts::Ear;
use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{command, run, text};
use crate::harness::running::{Running, Signal};
use crate::harness::sandbox::charges_in;
use crate::harness::served::{Served, Source, path};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const USUAL_KILLS: u32 = 3;
const BAYS: &str = "120";
const SPEED: u32 = 300;
/// Readings stored between two kills.
const MORE: std::ops::Range<i64> = 10..150;
/// Kills told in one line.
const TOLD_EVERY: u32 = 10;
const WITHIN: Duration = Duration::from_secs(120);

/// What is killed under what.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) name: &'static str,
    /// Makes the dice of each set-up its own.
    pub(super) salt: u64,
    pub(super) kind: Kind,
    /// One gateway for each.
    pub(super) sources: Vec<Source>,
    pub(super) mosquitto: Option<Mosquitto>,
    /// Which devices the town has.
    pub(super) mix: &'static str,
    pub(super) victims: Vec<Victim>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Victim {
    Gateway(usize),
    Broker,
}

/// A town under siege.
struct Siege {
    served: Served,
    mosquitto: Option<Mosquitto>,
    store: Store,
    /// Stays that were published.
    known: BTreeSet<uuid::Uuid>,
}

/// Kills, and then looks whether everything is there, once.
pub(super) async fn besiege(setup: Setup) {
    let seed = setting("BOWEI_SEED", 20_260_915_u64);
    let kills = setting("BOWEI_KILLS", USUAL_KILLS);
    println!("{}: BOWEI_SEED={seed} BOWEI_KILLS={kills}", setup.name);
    let mut dice = ChaCha8Rng::seed_from_u64(seed ^ setup.salt);
    let clock = TownClock::from_morning(SPEED);
    let town = ["town", "--bays", BAYS, "--mix", setup.mix, "--seed", &seed.to_string()];
    let town = text(&run("firmware-sim", &town).stdout);
    let served = Served::start_several(setup.kind, &setup.sources, clock, &town).await;
    let store = served.database.open().await;
    let broker_url = setup.sources[0].url();
    let ear = Ear::at(&broker_url, store.clone());
    let mut sim = start_sim(&served, &broker_url, clock, seed);
    let mut siege = Siege { served, mosquitto: setup.mosquitto, store, known: BTreeSet::new() };

    let began = Instant::now();
    for kill in 1..=kills {
        let victim = setup.victims[dice.random_range(0..setup.victims.len())];
        siege.until_stored(dice.random_range(MORE)).await;
        siege.kill(victim, kill).await;
        if kill % TOLD_EVERY == 0 || kill == kills {
            let (took, stays) = (began.elapsed().as_secs(), siege.known.len());
            println!("{}: {kill} kills in {took} s, {stays} stays published", setup.name);
        }
    }
    assert!(siege.known.len() > 10, "only {} stays were there to be lost", siege.known.len());
    siege.until_paid().await;
    siege.end(&mut sim).await;
    ear.check();
    siege.check(&summary(&sim)).await;
    println!("{}: nothing lost, nothing twice, in {} s", setup.name, began.elapsed().as_secs());
}

pub(super) fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => usual,
    }
}

fn start_sim(served: &Served, broker_url: &str, clock: TownClock, seed: u64) -> Running {
    let town = served.dir.path().join("town.json");
    let mut command = command("firmware-sim", &["run", "--town", path(&town)]);
    command.args(["--broker", broker_url, "--seed", &seed.to_string()]);
    command.args(["--api", &served.gateways[0].http_url, "--sandbox", &served.sandbox_url]);
    command.args(["--resend-after", "3s", "--wait-stored", "100s"]).args(clock.switches());
    let log = served.dir.path().join("sim.log");
    let started = Running::start("firmware-sim", command, &log, (Signal::Term, None));
    started.expect("a program that exists starts")
}

/// What a simulation that has ended says it did: its last line.
fn summary(sim: &Running) -> Value {
    let log = sim.log();
    let last = log.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {last}"))
}

impl Siege {
    async fn kill(&mut self, victim: Victim, kill: u32) {
        let before = stay_ids(&self.store).await;
        match victim {
            Victim::Gateway(number) => self.served.gateways[number].kill(),
            Victim::Broker => {
                self.mosquitto.as_mut().expect("a broker of its own").kill_and_restart();
            }
        }
        let after = stay_ids(&self.store).await;
        self.known.extend(before);
        self.check_none_lost(&after, &format!("kill {kill} ({victim:?})"));
        self.known.extend(after);
        if let Victim::Gateway(number) = victim {
            self.served.gateways[number].start();
            // With two gateways, the next kill may hit the other one while this one starts.
            if self.served.gateways.len() == 1 {
                self.served.gateways[number].until_listening().await;
            }
        }
    }

    fn check_none_lost(&self, now: &BTreeSet<uuid::Uuid>, when: &str) {
        let lost: Vec<_> = self.known.difference(now).collect();
        assert!(lost.is_empty(), "after {when} these stays are gone: {lost:?}");
    }

    async fn until_stored(&self, more: i64) {
        let stored = async || self.store.read().await.unwrap().count_readings().await.unwrap();
        let enough = stored().await + more;
        wait::until(&format!("{more} readings to be stored"), WITHIN, async || {
            (stored().await >= enough).then_some(())
        })
        .await;
    }

    /// Somebody must have been charged, or the test would prove nothing.
    async fn until_paid(&self) {
        wait::until("ten orders to be paid", 3 * WITHIN, async || {
            let (paid, _) = self.store.read().await.unwrap().count_orders("paid").await.unwrap();
            (paid >= 10).then_some(())
        })
        .await;
    }

    /// Lets the town fall silent, every native reading be stored, and every job end.
    async fn end(&mut self, sim: &mut Running) {
        sim.signal("TERM");
        // A gateway tells a device once a minute; one that was started again tells it at once.
        for gateway in &mut self.served.gateways {
            gateway.until_listening().await;
            gateway.stop();
            gateway.start();
            gateway.until_listening().await;
        }
        let ended = sim.wait(WITHIN);
        assert!(ended.success(), "{ended}\n{}", sim.log());
        self.until_no_job().await;
        self.served.stop_gateways();
    }

    /// What may wait is only the question about a payment that its driver opened and never made.
    async fn until_no_job(&self) {
        wait::until("the last job to end", WITHIN, async || {
            let mut tx = self.store.read().await.unwrap();
            let (waiting, given_up) = tx.count_jobs().await.unwrap();
            assert_eq!(given_up, 0, "a job was given up");
            let pending = tx.pending_payments(i64::MAX, i64::MAX).await.unwrap();
            let charges = charges_in(&self.served.sandbox_dir());
            let made = |p: &PaymentRow| charges.iter().any(|c| c["out_trade_no"] == p.out_trade_no);
            let unmade = pending.iter().all(|p| !made(p));
            (unmade && usize::try_from(waiting).unwrap() <= pending.len()).then_some(())
        })
        .await;
    }

    async fn check(self, sim: &Value) {
        self.check_none_lost(&stay_ids(&self.store).await, "the last kill");
        check_readings(&self.store, sim).await;
        check_charges(&self.served.sandbox_dir(), &self.store).await;
        self.store.close().await;
        let verified =
            self.served.gateway_says(&["verify", "--config"], &self.served.config_file());
        assert!(verified.contains(": clean ("), "{verified}");
    }
}
