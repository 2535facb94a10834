//! Whom and when the faults of a scenario befall in one town, decided by seed.
//!
//! Pure: the same town, scenario and seed give the same plan.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::SliceRandom;
use vocabulary::Timestamp;

use super::kind::Scope;
use super::{Fault, Kind, Scenario, Whom};
use crate::dice::{Purpose, dice};
use crate::town::Town;

/// A spell of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Place in `Scenario::faults`.
    pub(crate) fault: usize,
    pub(crate) whom: Befallen,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Numbers are places in `Town::devices`, or numbers of gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Befallen {
    Device(usize),
    Gateway(usize),
    /// Two devices: of one bay in the order of the town file, or of neighbouring bays.
    Pair(usize, usize),
}

/// When the simulation runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) town: &'a Town,
    /// The gateway of each device.
    pub(crate) gateways: &'a [usize],
    pub(crate) seed: u64,
    pub(crate) from: Timestamp,
    /// Faults without an end end here.
    pub(crate) to: Timestamp,
}

impl Plan<'_> {
    /// Every spell of every fault, by fault.
    pub(crate) fn hits(&self, scenario: &Scenario) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (number, fault) in scenario.faults.iter().enumerate() {
            let seed = self.seed.wrapping_add(scenario.seed);
            let mut dice = dice(seed, Purpose::Scenario, number as u64);
            for whom in self.choose(fault, &mut dice) {
                for _ in 0..fault.times {
                    let spell = self.spell(fault, &mut dice);
                    hits.extend(spell.map(|(from, to)| Hit { fault: number, whom, from, to }));
                }
            }
        }
        let (hits, kind) = (hits, |hit: &Hit| scenario.faults[hit.fault].kind);
        // A second sensor that says the opposite is alone once the first was removed: no bay of two.
        let replaced: Vec<Hit> =
            hits.iter().filter(|h| kind(h) == Kind::Replaced).copied().collect();
        let alone = |hit: &Hit| replaced.iter().any(|r| r.whom == hit.whom && r.from < hit.to);
        hits.into_iter().filter(|hit| kind(hit) != Kind::SecondSensor || !alone(hit)).collect()
    }

    fn choose(&self, fault: &Fault, dice: &mut impl Rng) -> Vec<Befallen> {
        let mut able = self.able(fault.kind);
        match &fault.whom {
            Whom::Share(share) => {
                able.shuffle(dice);
                able.truncate(part(able.len(), *share));
                able.sort_unstable();
            }
            Whom::Bays(bays) => able.retain(|whom| self.lies_in(*whom, bays)),
        }
        able
    }

    /// All that this kind of fault can befall.
    fn able(&self, kind: Kind) -> Vec<Befallen> {
        let devices = self.town.devices.iter().enumerate();
        match kind.scope() {
            Scope::Gateways => {
                let count = self.gateways.iter().max().map_or(0, |last| last + 1);
                (0..count).map(Befallen::Gateway).collect()
            }
            Scope::Pairs => self.pairs_of_one_bay(),
            scope if kind == Kind::Swapped => {
                debug_assert_eq!(scope, Scope::Devices);
                self.neighbours()
            }
            scope => devices
                .filter(|(_, device)| scope.takes(device.network))
                .map(|(place, _)| Befallen::Device(place))
                .collect(),
        }
    }

    fn by_bay(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut bays: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, device) in self.town.devices.iter().enumerate() {
            bays.entry(&device.bay_code).or_default().push(place);
        }
        bays
    }

    fn pairs_of_one_bay(&self) -> Vec<Befallen> {
        let pairs = self.by_bay().into_values().filter(|devices| devices.len() > 1);
        pairs.map(|devices| Befallen::Pair(devices[0], devices[1])).collect()
    }

    /// The first devices of the 1st and 2nd, 3rd and 4th … bay of each block.
    fn neighbours(&self) -> Vec<Befallen> {
        let devices = self.by_bay();
        let first = |code: &str| devices.get(code).and_then(|devices| devices.first().copied());
        let mut pairs = Vec::new();
        for block in self.town.bays.chunk_by(|a, b| a.block == b.block) {
            for pair in block.chunks_exact(2) {
                if let (Some(one), Some(other)) = (first(&pair[0].code), first(&pair[1].code)) {
                    pairs.push(Befallen::Pair(one, other));
                }
            }
        }
        pairs
    }

    fn lies_in(&self, whom: Befallen, bays: &[String]) -> bool {
        let device = |place: usize| bays.contains(&self.town.devices[place].bay_code);
        match whom {
            Befallen::Device(place) => device(place),
            Befallen::Pair(one, other) => device(one) || device(other),
            Befallen::Gateway(gateway) => self
                .gateways
                .iter()
                .enumerate()
                .any(|(place, own)| *own == gateway && device(place)),
        }
    }

    /// One spell, at a random moment if it does not last all of the time. `None` where it lies
    /// beyond the end of the simulation.
    fn spell(&self, fault: &Fault, dice: &mut impl Rng) -> Option<(Timestamp, Timestamp)> {
        let from = self.from.plus_ms(fault.from_ms);
        let to = fault.to_ms.map_or(self.to, |ms| self.from.plus_ms(ms)).min(self.to);
        let room_ms = to.since_ms(from);
        let moving = fault.lasting_ms.is_some() || fault.kind.is_momentary();
        let lasting_ms = fault.lasting_ms.unwrap_or(if moving { 0 } else { room_ms });
        let chance: f64 = dice.random();
        if room_ms <= 0 {
            return None;
        }
        let begin = from.plus_ms(fraction((room_ms - lasting_ms).max(0), chance));
        Some((begin, begin.plus_ms(lasting_ms).min(self.to)))
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a count of devices, 0 to the count"
)]
fn part(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a share of a length of at most years"
)]
fn fraction(length_ms: i64, chance: f64) -> i64 {
    (length_ms as f64 * chance) as i64
}
