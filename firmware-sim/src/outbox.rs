//! What has been said and not yet been taken: the store-and-forward memory of a connection.
//!
//! Every message stays here until the broker acknowledges it; after a lost connection all that
//! is left is sent again, in the order first said. No I/O: the connection reports what it did.
//!
//! Invariants: a key is held once; at most `window` messages are on their way.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::Hash;

/// Messages on their way to the broker, told apart by keys of type `K`.
#[derive(Debug)]
pub(crate) struct Outbox<K, M> {
    waiting: VecDeque<Entry<K, M>>,
    /// Given to the MQTT client, which has not yet told the packet number.
    handed: VecDeque<Entry<K, M>>,
    numbered: BTreeMap<u16, Entry<K, M>>,
    keys: HashSet<K>,
    window: usize,
    capacity: usize,
    next_place: u64,
}

#[derive(Debug)]
struct Entry<K, M> {
    place: u64,
    key: K,
    message: M,
}

impl<K: Copy + Eq + Hash, M> Outbox<K, M> {
    /// Holds up to `capacity` messages, of which up to `window` are on their way at a time.
    pub(crate) fn new(window: usize, capacity: usize) -> Self {
        Outbox {
            waiting: VecDeque::new(),
            handed: VecDeque::new(),
            numbered: BTreeMap::new(),
            keys: HashSet::new(),
            window,
            capacity,
            next_place: 0,
        }
    }

    /// Whether another message fits.
    pub(crate) fn has_room(&self) -> bool {
        self.keys.len() < self.capacity
    }

    /// Whether every message was acknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many messages are held.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Keeps a message until it is acknowledged. One that is already held is not kept twice.
    pub(crate) fn keep(&mut self, key: K, message: M) {
        if self.keys.insert(key) {
            let place = self.next_place;
            self.next_place += 1;
            self.waiting.push_back(Entry { place, key, message });
        }
    }

    /// The next message to hand to the client, if the window allows one.
    pub(crate) fn hand_out(&mut self) -> Option<&M> {
        if self.handed.len() + self.numbered.len() >= self.window {
            return None;
        }
        let entry = self.waiting.pop_front()?;
        self.handed.push_back(entry);
        self.handed.back().map(|entry| &entry.message)
    }

    /// The client has written the message handed out longest ago as packet `packet`.
    pub(crate) fn sent_as(&mut self, packet: u16) {
        if let Some(entry) = self.handed.pop_front() {
            self.numbered.insert(packet, entry);
        }
    }

    /// The broker has taken packet `packet`. Returns the key, if the packet was known.
    pub(crate) fn acknowledged(&mut self, packet: u16) -> Option<K> {
        let entry = self.numbered.remove(&packet)?;
        self.keys.remove(&entry.key);
        Some(entry.key)
    }

    /// The broker has answered packet `packet`, but nobody took the message: it goes again,
    /// before those said later.
    pub(crate) fn not_taken(&mut self, packet: u16) {
        if let Some(entry) = self.numbered.remove(&packet) {
            let later = self.waiting.partition_point(|other| other.place < entry.place);
            self.waiting.insert(later, entry);
        }
    }

    /// The connection is gone, and with it the meaning of packet numbers: all that was not
    /// acknowledged goes again, in the order first said.
    pub(crate) fn connection_lost(&mut self) {
        let numbered = std::mem::take(&mut self.numbered);
        let mut entries: Vec<_> = numbered.into_values().collect();
        entries.extend(self.handed.drain(..));
        entries.extend(self.waiting.drain(..));
        entries.sort_by_key(|entry| entry.place);
        self.waiting = entries.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An outbox holding messages 1 to `count` under keys of the same number.
    fn outbox(window: usize, count: u32) -> Outbox<u32, u32> {
        let mut outbox = Outbox::new(window, 1_000);
        (1..=count).for_each(|n| outbox.keep(n, n));
        outbox
    }

    fn handed_out(outbox: &mut Outbox<u32, u32>) -> Vec<u32> {
        std::iter::from_fn(|| outbox.hand_out().copied()).collect()
    }

    #[test]
    fn messages_go_in_order_and_only_as_many_as_the_window_allows() {
        let mut outbox = outbox(3, 5);
        assert_eq!(handed_out(&mut outbox), [1, 2, 3]);
        (11..=13).for_each(|packet| outbox.sent_as(packet));
        assert_eq!(handed_out(&mut outbox), Vec::<u32>::new());
        assert_eq!(outbox.acknowledged(12), Some(2));
        assert_eq!(handed_out(&mut outbox), [4]);
        assert_eq!(outbox.len(), 4);
    }

    #[test]
    fn what_was_not_acknowledged_goes_again_after_a_lost_connection() {
        let mut outbox = outbox(4, 6);
        assert_eq!(handed_out(&mut outbox), [1, 2, 3, 4]);
        (11..=13).for_each(|packet| outbox.sent_as(packet)); // 4 was handed out, but not sent
        assert_eq!(outbox.acknowledged(11), Some(1));
        outbox.connection_lost();
        assert_eq!(handed_out(&mut outbox), [2, 3, 4, 5]);
    }

    #[test]
    fn an_acknowledgement_of_an_earlier_connection_means_nothing() {
        let mut outbox = outbox(2, 2);
        handed_out(&mut outbox);
        outbox.sent_as(1);
        outbox.connection_lost();
        assert_eq!(outbox.acknowledged(1), None);
        assert_eq!(outbox.len(), 2);
    }

    #[test]
    fn a_message_that_nobody_took_goes_before_later_ones() {
        let mut outbox = outbox(2, 4);
        handed_out(&mut outbox);
        outbox.sent_as(1);
        outbox.sent_as(2);
        outbox.not_taken(2);
        outbox.not_taken(1);
        assert_eq!(handed_out(&mut outbox), [1, 2]);
        assert_eq!(outbox.len(), 4);
    }

    #[test]
    fn a_message_is_held_once_under_its_key() {
        let mut outbox = outbox(9, 2);
        outbox.keep(1, 1);
        assert_eq!(outbox.len(), 2);
        assert_eq!(handed_out(&mut outbox), [1, 2]);
    }

    #[test]
    fn a_full_outbox_has_no_room_until_something_is_acknowledged() {
        let mut outbox: Outbox<u32, u32> = Outbox::new(1, 1);
        assert!(outbox.has_room() && outbox.is_empty());
        outbox.keep(1, 1);
        assert!(!outbox.has_room());
        outbox.hand_out();
        outbox.sent_as(5);
        assert_eq!(outbox.acknowledged(5), Some(1));
        assert!(outbox.has_room() && outbox.is_empty());
    }
}
