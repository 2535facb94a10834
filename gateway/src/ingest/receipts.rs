//! What native devices are told is stored: at most once a minute and device, the newest word last.
//!
//! A receipt that is lost does no harm: the device sends again what it still keeps, and is told again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::flow::store_readings::{Numbers, Receipt};

/// A device is told again no sooner than this (machine time).
const EVERY: Duration = Duration::from_secs(60);
/// Devices remembered; beyond that the oldest are told too early, never too late.
const DEVICES_LIMIT: usize = 1_000_000;

/// What is to be told, and when.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    devices: HashMap<Arc<str>, Told>,
    /// Devices told or waiting, by the time at which they may be told again.
    due: VecDeque<(Instant, Arc<str>)>,
}

#[derive(Debug, Default)]
struct Told {
    /// Boot ids with what is stored of them and was not told yet.
    waiting: BTreeMap<String, Numbers>,
}

/// What a device is told.
#[derive(Serialize)]
struct Said<'a> {
    stored: Stored<'a>,
}

/// What is said of one boot.
#[derive(Serialize)]
struct Stored<'a> {
    boot_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to: Option<i64>,
    /// Beyond `up_to`: first and last number of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<[i64; 2]>,
}

/// A message for a device.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Down {
    pub(super) topic: String,
    pub(super) payload: String,
}

impl Receipts {
    /// Takes receipts of a stored batch; gives those that may go out at once.
    pub(super) fn take(&mut self, receipts: Vec<Receipt>, now: Instant) -> Vec<Down> {
        let mut down = Vec::new();
        for receipt in receipts {
            match self.devices.get_mut(&receipt.device_key) {
                Some(told) => {
                    let waiting = told.waiting.entry(receipt.boot_id).or_default();
                    *waiting = std::mem::take(waiting).and(receipt.numbers);
                }
                None => {
                    self.devices.insert(Arc::clone(&receipt.device_key), Told::default());
                    self.due.push_back((now + EVERY, Arc::clone(&receipt.device_key)));
                    down.push(message(&receipt.device_key, &receipt.boot_id, &receipt.numbers));
                }
            }
        }
        while self.devices.len() > DEVICES_LIMIT {
            self.tell_next(now, &mut down);
        }
        down
    }

    /// Gives what has waited long enough, at most `limit` messages.
    pub(super) fn due(&mut self, now: Instant, limit: usize) -> Vec<Down> {
        let mut down = Vec::new();
        while down.len() < limit && self.due.front().is_some_and(|(at, _)| *at <= now) {
            self.tell_next(now, &mut down);
        }
        down
    }

    fn tell_next(&mut self, now: Instant, down: &mut Vec<Down>) {
        let Some((_, key)) = self.due.pop_front() else { return };
        let Some(told) = self.devices.remove(&key) else { return };
        if told.waiting.is_empty() {
            return;
        }
        down.extend(told.waiting.iter().map(|(boot, numbers)| message(&key, boot, numbers)));
        self.devices.insert(Arc::clone(&key), Told::default());
        self.due.push_back((now + EVERY, key));
    }
}

fn message(device_key: &str, boot_id: &str, numbers: &Numbers) -> Down {
    let (up_to, ranges) = numbers.split();
    let ranges: Vec<[i64; 2]> = ranges.iter().map(|r| [*r.start(), *r.end()]).collect();
    let said = Said { stored: Stored { boot_id, up_to, ranges } };
    let payload = serde_json::to_string(&said).expect("numbers and texts are always JSON");
    Down { topic: format!("bowei/v1/{device_key}/down"), payload }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;

    fn receipt<const N: usize>(
        device: &str,
        boot_id: &str,
        numbers: [RangeInclusive<i64>; N],
    ) -> Receipt {
        let numbers = Numbers::of(numbers);
        Receipt { device_key: device.into(), boot_id: boot_id.into(), numbers }
    }

    fn told(down: &[Down]) -> Vec<String> {
        down.iter().map(|d| format!("{} {}", d.topic, d.payload)).collect()
    }

    #[test]
    fn a_device_is_told_at_once_and_then_at_most_once_a_minute() {
        let (mut receipts, start) = (Receipts::default(), Instant::now());
        let second = |s| start + Duration::from_secs(s);
        let down = receipts.take(vec![receipt("m1", "a", [0..=4])], start);
        assert_eq!(told(&down), [r#"bowei/v1/m1/down {"stored":{"boot_id":"a","up_to":4}}"#]);
        assert!(receipts.take(vec![receipt("m1", "a", [0..=5])], second(10)).is_empty());
        assert!(receipts.take(vec![receipt("m1", "a", [0..=5, 7..=7])], second(20)).is_empty());
        assert!(receipts.due(second(59), 10).is_empty());
        assert_eq!(
            told(&receipts.due(second(60), 10)),
            [r#"bowei/v1/m1/down {"stored":{"boot_id":"a","up_to":5,"ranges":[[7,7]]}}"#]
        );
        assert!(receipts.due(second(119), 10).is_empty());
        assert!(receipts.due(second(120), 10).is_empty());
        let down = receipts.take(vec![receipt("m1", "a", [3..=8])], second(121));
        assert_eq!(
            told(&down),
            [r#"bowei/v1/m1/down {"stored":{"boot_id":"a","ranges":[[3,8]]}}"#]
        );
    }

    #[test]
    fn each_boot_id_of_a_device_is_told_of() {
        let (mut receipts, start) = (Receipts::default(), Instant::now());
        receipts.take(vec![receipt("m1", "a", [0..=4])], start);
        receipts.take(vec![receipt("m1", "a", [0..=9]), receipt("m1", "b", [0..=0])], start);
        let down = receipts.due(start + EVERY, 10);
        assert_eq!(
            told(&down),
            [
                r#"bowei/v1/m1/down {"stored":{"boot_id":"a","up_to":9}}"#,
                r#"bowei/v1/m1/down {"stored":{"boot_id":"b","up_to":0}}"#
            ]
        );
    }
}
