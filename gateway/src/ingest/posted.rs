//! Which of the messages that were handed to the MQTT client the broker has answered.
//!
//! The client tells the packet number of each when it writes it, in the order in which they were handed
//! over, and writes those of a session that goes on once more under the same number. **Invariant:** every
//! message at QoS 1 goes through here, and nothing else at QoS 1 is published.

use std::collections::{HashMap, VecDeque};

use rumqttc::v5::mqttbytes::v5::PubAckReason;

use crate::downlinks::{Answer, Teller};

#[derive(Debug, Default)]
pub(super) struct Posted {
    /// Handed over, and not written yet.
    handed: VecDeque<Teller>,
    numbered: HashMap<u16, Teller>,
}

impl Posted {
    /// The client has taken a message.
    pub(super) fn handed_over(&mut self, teller: Teller) {
        self.handed.push_back(teller);
    }

    /// The client has written a message; at QoS 0 as packet 0.
    pub(super) fn written(&mut self, packet: u16) {
        if packet == 0 || self.numbered.contains_key(&packet) {
            return;
        }
        if let Some(teller) = self.handed.pop_front() {
            self.numbered.insert(packet, teller);
        }
    }

    /// The broker has answered a packet.
    pub(super) fn answered(&mut self, packet: u16, reason: PubAckReason) {
        let Some(teller) = self.numbered.remove(&packet) else { return };
        teller.send_replace(Some(match reason {
            PubAckReason::Success => Answer::Taken,
            PubAckReason::NoMatchingSubscribers => Answer::NobodyListens,
            other => Answer::Refused(format!("{other:?}")),
        }));
    }

    /// The broker has forgotten the session, and the client all that was not answered in it.
    pub(super) fn session_lost(&mut self) {
        self.handed.clear();
        self.numbered.clear();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;

    #[test]
    fn each_message_gets_the_answer_to_its_own_packet_whatever_is_written_between() {
        let (mut posted, mut words) = (Posted::default(), Vec::new());
        for _ in 0..4 {
            let (teller, word) = watch::channel(None);
            posted.handed_over(teller);
            words.push(word);
        }
        // 7 is the first, 8 the second; a receipt goes between them, and the session goes on.
        for packet in [7, 0, 8, 7, 8, 9] {
            posted.written(packet);
        }
        posted.answered(8, PubAckReason::NoMatchingSubscribers);
        posted.answered(7, PubAckReason::Success);
        posted.answered(9, PubAckReason::NotAuthorized);
        posted.answered(9, PubAckReason::Success);
        let answers: Vec<_> = words.iter().map(|word| word.borrow().clone()).collect();
        assert_eq!(answers[..2], [Some(Answer::Taken), Some(Answer::NobodyListens)]);
        assert_eq!(answers[2..], [Some(Answer::Refused("NotAuthorized".into())), None]);
        posted.session_lost();
        assert!(words[3].has_changed().is_err(), "nobody is left to tell");
    }
}
