//! What is wrong with a bay's devices, as far as it follows from what they said in order.

use vocabulary::Timestamp;

use super::{Device, Fold};
use crate::health::{Condition, ConditionKind};
use crate::policy::Policy;
use crate::setup::{Setup, Watch};

impl Fold {
    /// What is wrong at `now` with the devices in service, in a stable order.
    #[must_use]
    pub fn conditions(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> Vec<Condition> {
        let mut found = self.never_heard(policy, setup, now);
        for device in self.devices.iter().filter(|d| setup.in_service(d.id, now)) {
            found.extend(silent(policy, device, now));
            found.extend(faulty(device));
            found.extend(stuck(policy, setup, device, now));
            found.extend(clock_wrong(policy, device));
        }
        found.extend(self.disagreeing(policy, setup, now));
        found.sort_by_key(|c| (c.device, c.kind));
        found
    }

    fn never_heard(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> Vec<Condition> {
        let missing = setup.watches.iter().filter(|w| w.holds(now) && !self.heard_from(w));
        let overdue = missing.filter(|w| w.from.plus_ms(policy.silence_ms()) <= now);
        overdue
            .map(|w| {
                let detail = "in service and never heard".to_owned();
                Condition {
                    device: w.device,
                    kind: ConditionKind::NeverHeard,
                    since: w.from,
                    detail,
                }
            })
            .collect()
    }

    /// Whether the device was heard since it is in service.
    pub(super) fn heard_from(&self, watch: &Watch) -> bool {
        let known = self.devices.iter().find(|d| d.id == watch.device);
        known.is_some_and(|d| d.word.heard_at.is_some_and(|at| at >= watch.from))
    }

    fn disagreeing(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> Vec<Condition> {
        let Some(since) = self.bay.differ_since else { return Vec::new() };
        let words: Vec<_> = self.standing(policy, setup, now).collect();
        let differ = words.iter().any(|(_, said)| said.occupied != words[0].1.occupied);
        if !differ || now.since_ms(since) <= policy.agree_within_ms {
            return Vec::new();
        }
        words
            .iter()
            .map(|(i, said)| {
                let says = if said.occupied { "occupied" } else { "vacant" };
                let detail =
                    format!("says {says} since {}, another device does not", said.changed_at);
                let device = self.devices[*i].id;
                Condition { device, kind: ConditionKind::Disagreeing, since, detail }
            })
            .collect()
    }
}

fn silent(policy: &Policy, device: &Device, now: Timestamp) -> Option<Condition> {
    let since = device.word.silent_at(policy).filter(|at| *at <= now)?;
    let heard_at = device.word.heard_at?;
    let every_s = device.word.heartbeat_ms(policy) / 1000;
    let detail = format!("last heard {heard_at}, speaks every {every_s} s");
    Some(Condition { device: device.id, kind: ConditionKind::Silent, since, detail })
}

fn faulty(device: &Device) -> Option<Condition> {
    let since = device.word.faulty_at?;
    let detail = "reported a fault and has not vouched for the bay since".to_owned();
    Some(Condition { device: device.id, kind: ConditionKind::Faulty, since, detail })
}

fn stuck(policy: &Policy, setup: &Setup, device: &Device, now: Timestamp) -> Option<Condition> {
    let said = device.word.said.filter(|said| said.occupied)?;
    let since = said.changed_at.plus_ms(policy.stuck_after_ms);
    let still = since < now && setup.served(device.id, said.at, now);
    let detail = format!("says occupied since {}", said.changed_at);
    still.then_some(Condition { device: device.id, kind: ConditionKind::Stuck, since, detail })
}

fn clock_wrong(policy: &Policy, device: &Device) -> Option<Condition> {
    let track = device.counted.as_ref()?;
    let wrong_s = track.clock()?.wrong_by_ms(policy)? / 1000;
    let detail = match wrong_s {
        0.. => format!("its clock is {wrong_s} s late"),
        _ => format!("its clock is {} s ahead", -wrong_s),
    };
    let since = track.epoch_started_at();
    Some(Condition { device: device.id, kind: ConditionKind::ClockWrong, since, detail })
}
