//! Messages on their way to the broker, handed out in the order of their arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use vocabulary::Timestamp;

use super::{Happening, What};
use crate::device::Device;
use crate::town::Network;

/// A message's place among all others: which device numbered it, and which copy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// Running number of the device in the town.
    pub device: u32,
    /// Running number of the message among all of this simulation.
    pub number: u64,
}

/// A message on its way to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells it from all others.
    pub key: MessageKey,
    /// The connection it takes.
    pub network: Network,
    /// MQTT topic.
    pub topic: String,
    /// MQTT payload.
    pub payload: Vec<u8>,
    /// Where others keep the readings of native devices: the reading in it.
    pub reading: Option<NativeReading>,
}

/// A reading that its device keeps until it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeReading {
    /// Name of the device.
    pub device_id: String,
    /// Of the device's start.
    pub boot_id: Arc<str>,
    /// Its number since then.
    pub seq: u64,
    /// Whether the radio carried it.
    pub heard: Heard,
}

/// Whether the radio carried a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It did.
    Yes,
    /// It did not: the device has to send it again.
    No,
}
/// Messages that have not arrived yet, by the time of arrival.
#[derive(Debug, Default)]
pub(super) struct Post {
    heap: BinaryHeap<Reverse<Letter>>,
    sent: u64,
}

#[derive(Debug)]
struct Letter {
    at: Timestamp,
    message: Message,
}
impl PartialEq for Letter {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Letter {}

impl PartialOrd for Letter {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Letter {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.message.key.number).cmp(&(other.at, other.message.key.number))
    }
}

impl Post {
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(letter)| letter.at)
    }

    /// The next message, if it arrives before anything else is due.
    pub(super) fn take_before(&mut self, due: Option<Timestamp>) -> Option<Happening> {
        let at = self.next_at()?;
        if due.is_some_and(|due| due < at) {
            return None;
        }
        let Reverse(letter) = self.heap.pop()?;
        Some(Happening { at, what: What::Message(letter.message) })
    }

    pub(super) fn send(&mut self, device: &Device, at: Timestamp, topic: String, payload: Vec<u8>) {
        self.send_reading(device, at, topic, payload, None);
    }

    pub(super) fn send_reading(
        &mut self,
        device: &Device,
        at: Timestamp,
        topic: String,
        payload: Vec<u8>,
        reading: Option<NativeReading>,
    ) {
        let key = MessageKey { device: device.index, number: self.sent };
        self.sent += 1;
        let network = device.facts.network;
        let message = Message { key, network, topic, payload, reading };
        self.heap.push(Reverse(Letter { at, message }));
    }
}
