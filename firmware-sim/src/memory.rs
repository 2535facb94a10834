//! The memories of many native devices, and when each has to send again. No I/O; the caller brings
//! the machine's time.
//!
//! Invariant: a reading leaves a memory only when the gateway says that it is stored, or when the
//! ring is full.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::flash::{Flash, Reading};
use crate::instruction::{self, Instruction};

/// A device that is never answered waits longer each time, at most so many times as long.
const LONGEST_WAIT: u32 = 4;

/// What the gateway says is stored, on a device's `down` topic.
#[derive(Debug, Deserialize)]
struct Down {
    stored: Option<Stored>,
}

#[derive(Debug, Deserialize)]
struct Stored {
    boot_id: String,
    up_to: Option<u64>,
    /// First and last number of each.
    #[serde(default)]
    ranges: Vec<(u64, u64)>,
}

#[derive(Debug)]
pub(crate) struct Memories {
    devices: HashMap<String, Memory>,
    /// Which device is due to send again when.
    due: BTreeSet<(Instant, String)>,
    capacity: usize,
    resend_after: Duration,
}

#[derive(Debug)]
struct Memory {
    flash: Flash,
    due_at: Option<Instant>,
    unanswered: u32,
}

/// What became of something that the gateway said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heeded {
    /// So many readings are forgotten.
    Stored(usize),
    /// The device is to do something.
    Told(Instruction),
    /// Nothing that a device understands.
    Other,
}

impl Memories {
    /// Memories of `capacity` readings each. A device that hears nothing for `resend_after` while
    /// it keeps something sends it again.
    pub(crate) fn new(
        devices: impl IntoIterator<Item = String>,
        capacity: usize,
        resend_after: Duration,
    ) -> Self {
        let memory = || Memory { flash: Flash::new(capacity), due_at: None, unanswered: 0 };
        let devices = devices.into_iter().map(|device| (device, memory())).collect();
        Memories { devices, due: BTreeSet::new(), capacity, resend_after }
    }

    /// The devices.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &str> {
        self.devices.keys().map(String::as_str)
    }

    /// Keeps a reading; whether an older one fell out for it.
    pub(crate) fn keep(&mut self, device: &str, reading: Reading, now: Instant) -> Option<Reading> {
        let capacity = self.capacity;
        let memory = self.devices.entry(device.to_owned()).or_insert_with(|| Memory {
            flash: Flash::new(capacity),
            due_at: None,
            unanswered: 0,
        });
        let lost = memory.flash.keep(reading);
        if memory.due_at.is_none() {
            self.plan(device, now);
        }
        lost
    }

    /// The gateway said something to a device.
    pub(crate) fn hear(&mut self, device: &str, payload: &[u8], now: Instant) -> Heeded {
        let Some(memory) = self.devices.get_mut(device) else { return Heeded::Other };
        let Ok(Down { stored: Some(stored) }) = serde_json::from_slice(payload) else {
            return instruction::read(payload).map_or(Heeded::Other, Heeded::Told);
        };
        memory.unanswered = 0;
        let up_to = stored.up_to.map(|last| (0, last));
        let ranges: Vec<(u64, u64)> = up_to.into_iter().chain(stored.ranges).collect();
        let forgotten = memory.flash.stored(&stored.boot_id, &ranges);
        self.plan(device, now);
        Heeded::Stored(forgotten)
    }

    /// The devices that have to send again now, each with all that it keeps, in batches.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<(String, Vec<String>)> {
        let (_, device) = self.due.first().filter(|(at, _)| *at <= now)?.clone();
        if let Some(memory) = self.devices.get_mut(&device) {
            memory.unanswered += 1;
        }
        self.plan(&device, now);
        let batches = self.devices.get(&device)?.flash.batches();
        Some((device, batches))
    }

    /// When `overdue` has something to give; `None` while no device keeps anything.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// After a new connection: every device that keeps something sends it again, spread out only
    /// by the order in which they are taken.
    pub(crate) fn all_due(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.due);
        for (_, device) in waiting {
            if let Some(memory) = self.devices.get_mut(&device) {
                memory.due_at = Some(now);
                self.due.insert((now, device));
            }
        }
    }

    /// How many readings wait to be stored.
    pub(crate) fn kept(&self) -> usize {
        self.devices.values().map(|memory| memory.flash.len()).sum()
    }

    /// Whether everything is stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// Decides when a device sends again if it hears nothing.
    fn plan(&mut self, device: &str, now: Instant) {
        let Some(memory) = self.devices.get_mut(device) else { return };
        if let Some(at) = memory.due_at.take() {
            self.due.remove(&(at, device.to_owned()));
        }
        if !memory.flash.is_empty() {
            let times = (1_u32 << memory.unanswered.min(8)).min(LONGEST_WAIT);
            let at = now + self.resend_after * times;
            memory.due_at = Some(at);
            self.due.insert((at, device.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(120);

    fn reading(seq: u64) -> Reading {
        Reading { boot_id: "b1".into(), seq, json: format!("{{\"seq\":{seq}}}").into() }
    }

    fn memories() -> Memories {
        Memories::new(["one".to_owned(), "two".to_owned()], 3, AFTER)
    }

    fn stored(up_to: u64) -> Vec<u8> {
        format!(r#"{{"stored":{{"boot_id":"b1","up_to":{up_to}}}}}"#).into_bytes()
    }

    #[test]
    fn a_device_that_hears_nothing_for_two_minutes_sends_all_it_keeps_again() {
        let (mut memories, start) = (memories(), Instant::now());
        memories.keep("one", reading(0), start);
        memories.keep("one", reading(1), start + Duration::from_secs(60));
        assert_eq!(memories.overdue(start + AFTER - Duration::from_millis(1)), None);
        let (device, batches) = memories.overdue(start + AFTER).unwrap();
        assert_eq!(
            (device.as_str(), batches),
            ("one", vec![r#"[{"seq":0},{"seq":1}]"#.to_owned()])
        );
        assert_eq!(memories.overdue(start + AFTER), None);
        // Unanswered, it waits twice as long, then four times, and no longer.
        let again_at = start + AFTER * 3;
        assert_eq!(memories.next_due(), Some(again_at));
        memories.overdue(again_at).unwrap();
        assert_eq!(memories.next_due(), Some(again_at + AFTER * 4));
        memories.overdue(again_at + AFTER * 4).unwrap();
        assert_eq!(memories.next_due(), Some(again_at + AFTER * 8));
    }

    #[test]
    fn what_is_stored_is_forgotten_and_silences_the_device() {
        let (mut memories, start) = (memories(), Instant::now());
        (0..3).for_each(|seq| drop(memories.keep("one", reading(seq), start)));
        assert_eq!(memories.hear("one", &stored(1), start + AFTER / 2), Heeded::Stored(2));
        assert_eq!(memories.next_due(), Some(start + AFTER / 2 + AFTER));
        assert_eq!(memories.hear("one", &stored(2), start), Heeded::Stored(1));
        assert!(memories.is_empty());
        assert_eq!(memories.kept(), 0);
    }

    #[test]
    fn a_ring_that_lost_its_oldest_is_emptied_by_ranges() {
        let (mut memories, now) = (memories(), Instant::now());
        (0..6).for_each(|seq| drop(memories.keep("one", reading(seq), now)));
        // 0 to 2 fell out; whatever was stored of them, it keeps 3 to 5.
        let said = br#"{"stored":{"boot_id":"b1","up_to":0,"ranges":[[3,4]]}}"#;
        assert_eq!(memories.hear("one", said, now), Heeded::Stored(2));
        let said = br#"{"stored":{"boot_id":"b1","ranges":[[5,9]]}}"#;
        assert_eq!(memories.hear("one", said, now), Heeded::Stored(1));
        assert!(memories.is_empty());
    }

    #[test]
    fn what_is_no_word_about_storage_changes_nothing() {
        let (mut memories, now) = (memories(), Instant::now());
        memories.keep("one", reading(0), now);
        let restart = memories.hear("one", b"{\"restart\":{}}", now);
        assert_eq!(restart, Heeded::Told(Instruction::Restart));
        for said in [&b"{\"explode\":{}}"[..], b"", b"[]", b"{\"stored\":{\"up_to\":5}}", b"\xff"] {
            assert_eq!(memories.hear("one", said, now), Heeded::Other, "{said:?}");
        }
        assert_eq!(memories.hear("three", &stored(9), now), Heeded::Other);
        assert_eq!(memories.kept(), 1);
    }

    #[test]
    fn after_a_new_connection_every_device_sends_what_it_keeps() {
        let (mut memories, now) = (memories(), Instant::now());
        memories.keep("one", reading(0), now);
        memories.keep("two", reading(0), now);
        memories.all_due(now);
        let sent: BTreeSet<String> =
            std::iter::from_fn(|| memories.overdue(now)).map(|(device, _)| device).collect();
        assert_eq!(sent, BTreeSet::from(["one".to_owned(), "two".to_owned()]));
    }

    #[test]
    fn a_full_memory_gives_the_oldest_up() {
        let (mut memories, now) = (memories(), Instant::now());
        let lost: Vec<_> =
            (0..5).filter_map(|seq| memories.keep("one", reading(seq), now)).collect();
        assert_eq!(lost.iter().map(|r| r.seq).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(memories.kept(), 3);
    }
}
