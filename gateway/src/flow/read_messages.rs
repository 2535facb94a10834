//! Messages as they came from the broker become readings of bays, notices about devices, or refusals.
//!
//! Only computes: no database, so that a batch is read while the one before it is stored. Repeats
//! within the batch are dropped here, those of what is stored by the next step.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sensing::{
    Heard, Kind, Network, Notice, Reading, ReadingId, Rejected, may_be_counted_anew, route_of,
};
use store::RejectedRow;
use vocabulary::{DeviceId, Timestamp};

use super::follow_commands::Word;
use crate::devices::{Bay, Register};

/// Payload bytes kept of a rejected message; its full length is kept beside them.
const KEPT_PAYLOAD: usize = 1 << 20;

/// A message as it came from the broker.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub topic: String,
    pub payload: bytes::Bytes,
    /// City time.
    pub received_at: Timestamp,
}

/// What a batch of messages says, by bay.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) bays: BTreeMap<i64, Said>,
    pub(super) rejected: Vec<RejectedRow>,
    /// Readings that came twice within the batch.
    pub(super) repeats: usize,
    /// What is said about commands.
    pub(super) words: Vec<Word>,
    /// The ways to devices that were not known yet.
    pub(super) routes: HashMap<DeviceId, String>,
}

/// What was said about one bay.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) bay: Arc<Bay>,
    pub(super) readings: Vec<Reading>,
    pub(super) notices: Vec<Notice>,
    /// Where in `readings` an identity is, once there are so many that looking through them takes long.
    places: HashMap<ReadingId, usize>,
}

/// So many readings of a bay are looked through one by one.
const FEW: usize = 16;

/// Reads every message.
#[must_use]
pub fn read_messages(register: &Register, messages: &[Incoming]) -> Batch {
    let mut batch = Batch::default();
    for message in messages {
        let find = |network: Network, key: &str| register.profile(network, key);
        let heard =
            sensing::read_message(&message.topic, &message.payload, message.received_at, &find);
        match heard {
            Ok(Heard::Readings(readings)) => {
                batch.locate(register, message, &readings);
                for reading in readings {
                    batch.take(register, reading);
                }
            }
            Ok(Heard::Notice(notice)) => batch.note(register, message, notice),
            Err(why) => batch.rejected.push(rejected_row(message, &why)),
        }
    }
    batch
}

impl Batch {
    fn take(&mut self, register: &Register, reading: Reading) {
        let device = reading.id.device;
        let Some(bay) = register.bay_at(device, reading.observed_at) else { return };
        if reading.report.kind == Kind::StartUp && register.native_key(device).is_some() {
            let (boot_id, observed_at) = (reading.id.epoch.clone(), reading.observed_at);
            self.words.push(Word::Started { device, boot_id: boot_id.to_string(), observed_at });
        }
        let said = self.about(bay);
        match said.newest_alike(&reading.id) {
            // A counter that started again numbers other messages alike; the bay's ledger judges.
            Some(first) if may_be_counted_anew(first, &reading) => said.push(reading),
            Some(first) if first.payload_hash == reading.payload_hash => self.repeats += 1,
            Some(_) => self.rejected.push(reused(register, &reading)),
            None => said.push(reading),
        }
    }

    fn about(&mut self, bay: &Arc<Bay>) -> &mut Said {
        self.bays.entry(bay.number).or_insert_with(|| Said {
            bay: Arc::clone(bay),
            readings: Vec::with_capacity(1),
            notices: Vec::new(),
            places: HashMap::new(),
        })
    }

    /// Takes note of where an uplink came from.
    fn locate(&mut self, register: &Register, message: &Incoming, readings: &[Reading]) {
        let device = readings.first().map(|reading| reading.id.device);
        let Some((device, route)) = device.zip(route_of(&message.topic)) else { return };
        // One that was heard on two ways within the batch is known by the last.
        if !register.routes().knows(device, route) || self.routes.contains_key(&device) {
            self.routes.insert(device, route.to_owned());
        }
    }

    fn note(&mut self, register: &Register, message: &Incoming, notice: Notice) {
        if !is_request(&message.topic) {
            self.words.extend(Word::of_notice(&notice));
        }
        match register.bay_at(notice.device, notice.at) {
            Some(bay) => self.about(bay).notices.push(notice),
            None => self.rejected.push(RejectedRow {
                reason: "not_installed".to_owned(),
                detail: "the device watches no bay".to_owned(),
                ..kept(message)
            }),
        }
    }
}

impl Said {
    /// The last reading of that identity, if there is one.
    fn newest_alike(&self, id: &ReadingId) -> Option<&Reading> {
        if self.readings.len() <= FEW {
            return self.readings.iter().rev().find(|known| known.id == *id);
        }
        self.places.get(id).map(|place| &self.readings[*place])
    }

    fn push(&mut self, reading: Reading) {
        if self.readings.len() == FEW {
            let known = self.readings.iter().enumerate();
            self.places.extend(known.map(|(place, r)| (r.id.clone(), place)));
        }
        if self.readings.len() >= FEW {
            self.places.insert(reading.id.clone(), self.readings.len());
        }
        self.readings.push(reading);
    }
}

fn rejected_row(message: &Incoming, why: &Rejected) -> RejectedRow {
    RejectedRow {
        reason: why.reason.code().to_owned(),
        detail: without_nul(&why.detail),
        network: why.network.map(|n| n.name().to_owned()),
        device_key: why.device_key.as_deref().map(without_nul),
        ..kept(message)
    }
}

/// The message itself, its payload up to the limit; the reason is the caller's.
pub(super) fn kept(message: &Incoming) -> RejectedRow {
    let kept = message.payload.len().min(KEPT_PAYLOAD);
    RejectedRow {
        received_at: message.received_at.ms(),
        topic: without_nul(&message.topic),
        payload: message.payload[..kept].to_vec(),
        payload_bytes: i64::try_from(message.payload.len()).unwrap_or(i64::MAX),
        reason: String::new(),
        detail: String::new(),
        network: None,
        device_key: None,
    }
}

/// The same identity came with other content: kept as it was read, never an overwrite.
pub(super) fn reused(register: &Register, reading: &Reading) -> RejectedRow {
    let payload = serde_json::to_vec(&reading.report).unwrap_or_default();
    let (network, key) = register.key_of(reading.id.device).unzip();
    RejectedRow {
        received_at: reading.received_at.ms(),
        topic: String::new(),
        payload_bytes: i64::try_from(payload.len()).unwrap_or(i64::MAX),
        payload,
        reason: "identity_reused".to_owned(),
        detail: format!(
            "({}, {}, {}) was stored before with other content; the payload is the reading's report",
            reading.id.epoch, reading.id.number, reading.id.part
        ),
        network: network.map(|n| n.name().to_owned()),
        device_key: key,
    }
}

/// Whether a message asks The Things Stack for a downlink: its own word on it is `down/queued`.
fn is_request(topic: &str) -> bool {
    ["/down/push", "/down/replace"].iter().any(|end| topic.ends_with(end))
}

/// PostgreSQL keeps no NUL in text.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
