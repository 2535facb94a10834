//! A device's own clock: when it can be believed, and when its readings were if it cannot.
//!
//! Within one epoch, in counting order, the clock is cut into segments: a new one where it runs
//! back, and where it leaps ahead: of what came at its pace before, or by more than a heartbeat
//! explains. In a segment the smallest delay between the clock and the arrival is what the
//! clock is off by, since at least one reading comes through promptly; a backlog has long delays
//! and still a small smallest one. So days of backlog keep their times, and a clock that is wrong
//! by years is put right. As long as nothing came through at the pace at which it was made, both
//! are possible: then a reading was at some time since the one before it.
//!
//! Epochs are judged each for itself, by nothing but their own readings, so that the order of
//! epochs can rest on it.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::Late;
use crate::observation::Observation;
use crate::policy::Policy;

const MINUTE_MS: i64 = 60_000;
/// A clock that is off by no more than this is right.
const RIGHT_MS: i64 = 5 * MINUTE_MS;
/// A clock that runs back by more than this was set.
const BACK_MS: i64 = 2 * MINUTE_MS;
/// Readings whose two clocks differ by no more than this came through at the same pace.
const PACE_MS: i64 = 2 * MINUTE_MS;
/// That says something if they lie this far apart.
const PACED_LEAST_MS: i64 = 5 * MINUTE_MS;
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
    /// The smallest delay of readings that came at the pace at which they were made.
    paced_ms: Option<i64>,
}

/// How a segment's times are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judgement {
    Right,
    /// Nothing came at its pace yet: the clock may be wrong, or everything so far late.
    LateOrWrong {
        offset_ms: i64,
    },
    Wrong {
        offset_ms: i64,
    },
}

/// When a reading was, by its epoch alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) at: Timestamp,
    /// Not before this; `Timestamp::from_ms(i64::MIN)` where nothing is known.
    pub(super) earliest_at: Timestamp,
    /// The device had no clock: its arrival is all there is.
    pub(super) unclocked: bool,
    /// How long the device may be quiet before a reading without a clock counts as delayed.
    pub(super) overdue_ms: i64,
}

impl Clock {
    /// Whether the clock is known to be wrong now, and by how much (positive: it lags).
    pub(super) fn wrong_by_ms(&self, policy: &Policy) -> Option<i64> {
        let segment = self.segment.as_ref()?;
        let wrong = matches!(segment.judge(policy), Judgement::Wrong { .. });
        wrong.then_some(segment.floor_ms)
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
        let judged_before = self.segment.as_ref().map(|s| s.judge(policy));
        let mut segments: Vec<Segment> = self.segment.iter().cloned().collect();
        let mut belongs: Vec<(usize, i64)> = Vec::with_capacity(readings.len());
        for o in readings {
            let read = self.read(policy, o);
            if let (Some(segment), true) = (&self.segment, read != Reading::Unclocked) {
                if read == Reading::InSegment {
                    segments.pop();
                }
                segments.push(segment.clone());
            }
            belongs.push((segments.len(), self.stride_ms));
        }
        let judgements: Vec<Judgement> = segments.iter().map(|s| s.judge(policy)).collect();
        if judged_before.is_some_and(|before| judgements[0] != before) {
            return Err(Late);
        }
        let mut own: Vec<Own> = readings
            .iter()
            .zip(belongs)
            .map(|(o, (segments, stride_ms))| {
                let judged = segments.checked_sub(1).map(|i| judgements[i]);
                own_time(policy, o, judged, stride_ms)
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
            let (floor_ms, paced_ms) = (delay_ms, None);
            self.segment = Some(Segment { device_at, delay_ms, number, floor_ms, paced_ms });
            return Reading::InNewSegment;
        };
        let advance_ms = device_at.since_ms(segment.device_at);
        let paced = (delay_ms - segment.delay_ms).abs() <= PACE_MS;
        if paced && number - segment.number == 1 {
            self.stride_ms = self.stride_ms.max(advance_ms.min(STRIDE_LIMIT_MS));
        }
        let pace_ms = delay_ms.min(segment.delay_ms);
        let newly_paced = (paced && advance_ms >= PACED_LEAST_MS).then_some(pace_ms);
        let paced_ms = newly_paced.into_iter().chain(segment.paced_ms).min();
        let floor_ms = segment.floor_ms.min(delay_ms);
        *segment = Segment { device_at, delay_ms, number, floor_ms, paced_ms };
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
        let paced_before = |paced_ms: i64| delay_ms < paced_ms.saturating_sub(PACE_MS);
        if advance_ms < -BACK_MS || self.paced_ms.is_some_and(paced_before) {
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

    fn judge(&self, policy: &Policy) -> Judgement {
        let paced = self.paced_ms.is_some_and(|paced_ms| paced_ms - self.floor_ms <= PACE_MS);
        // The newest of a backlog may be a heartbeat old.
        let prompt_ms = policy.heartbeat_ms.saturating_mul(3) / 2;
        let right_ms = if paced { RIGHT_MS } else { RIGHT_MS.max(prompt_ms) };
        if (-RIGHT_MS..=right_ms).contains(&self.floor_ms) {
            return Judgement::Right;
        }
        // Whole minutes, upwards: a slowly drifting clock does not move what was placed before.
        let part = i64::from(self.floor_ms.rem_euclid(MINUTE_MS) > 0);
        let minutes = self.floor_ms.div_euclid(MINUTE_MS) + part;
        let offset_ms = minutes.saturating_mul(MINUTE_MS);
        match paced {
            true => Judgement::Wrong { offset_ms },
            false => Judgement::LateOrWrong { offset_ms },
        }
    }
}

fn own_time(policy: &Policy, o: &Observation, judged: Option<Judgement>, stride_ms: i64) -> Own {
    let overdue_ms = policy.silence_after(stride_ms);
    let (Some(device_at), Some(judged)) = (o.device_at, judged) else {
        let at = o.received_at;
        return Own { at, earliest_at: at, unclocked: true, overdue_ms };
    };
    let wrong_by_ms = match judged {
        Judgement::Right => 0,
        Judgement::Wrong { offset_ms } | Judgement::LateOrWrong { offset_ms } => offset_ms,
    };
    // Nothing is observed after it came.
    let at = device_at.plus_ms(wrong_by_ms).min(o.received_at);
    let earliest_at = match judged {
        Judgement::Right => at,
        Judgement::Wrong { .. } => at.plus_ms(-policy.heartbeat_ms.max(stride_ms)),
        Judgement::LateOrWrong { .. } => Timestamp::from_ms(i64::MIN),
    };
    Own { at, earliest_at, unclocked: false, overdue_ms }
}
