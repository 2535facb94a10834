//! A device's own clock: when it can be believed, and when its readings were if it cannot.
//!
//! Within one epoch, in counting order, the clock is cut into segments: a new one where it runs
//! back, where it leaps ahead by more than a heartbeat explains, or where it starts or ceases to be
//! possible at all. In a segment the smallest delay between the clock and the arrival is what the
//! clock is off by, since at least one reading comes through promptly; a backlog has long delays
//! and still a small smallest one. So days of backlog keep their times, and a clock that is wrong
//! by years is put right.
//!
//! Epochs are judged each for itself, by nothing but their own readings, so that the order of
//! epochs can rest on it.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::Late;
use crate::observation::Observation;
use crate::policy::Policy;

const MINUTE_MS: i64 = 60_000;
/// A clock that is ahead of the arrival by more than this is wrong.
const AHEAD_MS: i64 = 5 * MINUTE_MS;
/// A clock that runs back by more than this was set.
const BACK_MS: i64 = 2 * MINUTE_MS;
/// No device keeps a backlog for longer than this.
const ANCIENT_MS: i64 = 400 * 24 * 60 * MINUTE_MS;
/// Readings whose two clocks differ by no more than this came through at the same pace.
const PACE_MS: i64 = 2 * MINUTE_MS;
/// Longest interval between two words of a device that is believed.
pub(super) const STRIDE_LIMIT_MS: i64 = 25 * 60 * MINUTE_MS;

/// What is remembered of the clock in the current epoch of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clock {
    segment: Option<Segment>,
    /// Longest time between two words that came through promptly.
    stride_ms: i64,
    /// Whether the last reading had no time of its own and may still move.
    loose: bool,
}

/// A stretch in which the clock only ran forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Segment {
    /// Of the last reading in it.
    device_at: Timestamp,
    delay_ms: i64,
    number: i64,
    /// The smallest delay.
    floor_ms: i64,
}

/// What a clock can be at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Ahead,
    Possible,
    Ancient,
}

/// How a segment's times are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judgement {
    Right,
    Wrong { offset_ms: i64 },
}

/// When a reading was, by its epoch alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) at: Timestamp,
    /// Not before this.
    pub(super) earliest_at: Timestamp,
    /// The device had no clock: its arrival is all there is.
    pub(super) unclocked: bool,
    /// How long the device may be quiet before a reading without a clock counts as delayed.
    pub(super) overdue_ms: i64,
}

impl Clock {
    /// Whether the clock is known to be wrong now, and by how much (positive: it lags).
    pub(super) fn wrong_by_ms(&self, policy: &Policy) -> Option<i64> {
        match judge(policy, self.segment.as_ref()?.floor_ms) {
            Judgement::Right => None,
            Judgement::Wrong { .. } => self.segment.as_ref().map(|s| s.floor_ms),
        }
    }

    /// Goes on with the next readings of the epoch, in counting order: when each was.
    ///
    /// # Errors
    /// `Late` if they tell that earlier ones were at another time than was thought; `at` is that
    /// of the last one.
    pub(super) fn place(
        &mut self,
        policy: &Policy,
        at: Timestamp,
        readings: &[&Observation],
    ) -> Result<Vec<Own>, Late> {
        let judged_before = self.segment.as_ref().map(|s| judge(policy, s.floor_ms));
        let mut floors: Vec<i64> = Vec::new();
        let mut running = self.segment.as_ref().map(|s| s.floor_ms);
        let mut belongs: Vec<(usize, i64)> = Vec::with_capacity(readings.len());
        floors.extend(running);
        for o in readings {
            if self.read(policy, o) == Reading::InNewSegment {
                running = None;
            }
            if let (Some(_), Some(segment)) = (o.device_at, &self.segment) {
                match running {
                    Some(_) => {
                        let last = floors.last_mut().expect("a running segment has a floor");
                        *last = segment.floor_ms;
                    }
                    None => floors.push(segment.floor_ms),
                }
                running = Some(segment.floor_ms);
            }
            belongs.push((floors.len(), self.stride_ms));
        }
        if judged_before.is_some_and(|before| judge(policy, floors[0]) != before) {
            return Err(Late);
        }
        let mut own: Vec<Own> = readings
            .iter()
            .zip(belongs)
            .map(|(o, (segments, stride_ms))| {
                let floor_ms = segments.checked_sub(1).map(|i| floors[i]);
                own_time(policy, o, floor_ms, stride_ms)
            })
            .collect();
        // What has no time of its own was before whatever the device counted after it.
        for i in (1..own.len()).rev() {
            if own[i - 1].unclocked {
                own[i - 1].at = own[i - 1].at.min(own[i].at);
            }
        }
        let moved = self.loose && own.first().is_some_and(|first| first.at < at);
        if moved {
            return Err(Late);
        }
        self.loose = own.last().map_or(self.loose, |last| last.unclocked);
        Ok(own)
    }

    fn read(&mut self, policy: &Policy, o: &Observation) -> Reading {
        let Some(device_at) = o.device_at else { return Reading::Unclocked };
        let delay_ms = o.received_at.since_ms(device_at);
        let number = o.id.number;
        let broken = self
            .segment
            .as_ref()
            .is_none_or(|s| s.is_broken_by(policy, self.stride_ms, device_at, delay_ms, number));
        let Some(segment) = self.segment.as_mut().filter(|_| !broken) else {
            self.segment = Some(Segment { device_at, delay_ms, number, floor_ms: delay_ms });
            return Reading::InNewSegment;
        };
        let advance_ms = device_at.since_ms(segment.device_at);
        if number - segment.number == 1 && (delay_ms - segment.delay_ms).abs() <= PACE_MS {
            self.stride_ms = self.stride_ms.max(advance_ms.min(STRIDE_LIMIT_MS));
        }
        let floor_ms = segment.floor_ms.min(delay_ms);
        *segment = Segment { device_at, delay_ms, number, floor_ms };
        Reading::InSegment
    }
}

#[derive(PartialEq, Eq)]
enum Reading {
    Unclocked,
    InSegment,
    InNewSegment,
}

impl Segment {
    fn is_broken_by(
        &self,
        policy: &Policy,
        stride_ms: i64,
        device_at: Timestamp,
        delay_ms: i64,
        number: i64,
    ) -> bool {
        let advance_ms = device_at.since_ms(self.device_at);
        if advance_ms < -BACK_MS || class(delay_ms) != class(self.delay_ms) {
            return true;
        }
        // A healthy device says something every heartbeat, so neither backlog nor loss makes its
        // clock leap further than that for each number.
        let counted = number.saturating_sub(self.number).max(1);
        let stride_ms = policy.heartbeat_ms.max(stride_ms).saturating_mul(5) / 4;
        let explained_ms = stride_ms.saturating_mul(counted).saturating_add(MINUTE_MS);
        let caught_up_ms = self.delay_ms.saturating_sub(delay_ms);
        advance_ms > explained_ms && caught_up_ms > explained_ms
    }
}

fn class(delay_ms: i64) -> Class {
    match delay_ms {
        _ if delay_ms < -AHEAD_MS => Class::Ahead,
        _ if delay_ms > ANCIENT_MS => Class::Ancient,
        _ => Class::Possible,
    }
}

fn judge(policy: &Policy, floor_ms: i64) -> Judgement {
    let prompt_ms = policy.heartbeat_ms.saturating_mul(3) / 2;
    if (-AHEAD_MS..=prompt_ms).contains(&floor_ms) {
        return Judgement::Right;
    }
    // Whole minutes, upwards: a slowly drifting clock does not move what was placed before.
    let minutes = floor_ms.div_euclid(MINUTE_MS) + i64::from(floor_ms.rem_euclid(MINUTE_MS) > 0);
    Judgement::Wrong { offset_ms: minutes.saturating_mul(MINUTE_MS) }
}

fn own_time(policy: &Policy, o: &Observation, floor_ms: Option<i64>, stride_ms: i64) -> Own {
    let overdue_ms = policy.silence_after(stride_ms);
    let (Some(device_at), Some(floor_ms)) = (o.device_at, floor_ms) else {
        let at = o.received_at;
        return Own { at, earliest_at: at, unclocked: true, overdue_ms };
    };
    // Nothing is observed after it came.
    match judge(policy, floor_ms) {
        Judgement::Right => {
            let at = device_at.min(o.received_at);
            Own { at, earliest_at: at, unclocked: false, overdue_ms }
        }
        Judgement::Wrong { offset_ms } => {
            let at = device_at.plus_ms(offset_ms).min(o.received_at);
            let earliest_at = at.plus_ms(-policy.heartbeat_ms.max(stride_ms));
            Own { at, earliest_at, unclocked: false, overdue_ms }
        }
    }
}
