//! The one entry for ingest: a message as it came from the broker becomes readings, a notice of the
//! network, or a refusal.
//!
//! All or nothing: a message with one bad reading is refused whole, and kept whole by the caller.
//! Which devices are registered is asked through `find`; nothing is stored or counted here.

use vocabulary::Timestamp;

use crate::envelope::{Refused, chirpstack, native, the_things_stack};
use crate::json::Json;
use crate::notice::Heard;
use crate::reading::{DeviceProfile, Network, Reading};
use crate::reject::{Reject, Rejected};

/// Longest payload, in bytes.
pub const PAYLOAD_LIMIT: usize = 256 * 1024;

/// Most readings in one native message.
pub const BATCH_LIMIT: usize = 500;

/// A reading observed longer ago than this when it comes is refused: 90 days. What is kept for late
/// readings is kept for a little longer.
pub const OLDEST_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// Where a topic leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address<'a> {
    network: Network,
    /// The device as the topic names it.
    device: &'a str,
    content: Content<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content<'a> {
    Uplink,
    /// Something else that a network says: `join`, `down/ack`, ….
    Event(&'a str),
    /// Something that is said to the network or to the device.
    Command,
}

/// One message on its way, and the key of its device as far as it is known.
struct Message<'a> {
    topic: &'a str,
    address: Address<'a>,
    payload: &'a [u8],
    received_at: Timestamp,
    find: &'a dyn Fn(Network, &str) -> Option<DeviceProfile>,
    key: String,
}

/// Reads one message.
///
/// `find` gives the registered device of a key: the native device id, or the `dev_eui` in lower
/// case; for a The Things Stack device that sends no `dev_eui`, its device id.
///
/// # Errors
/// `Rejected`, with the reason and as much of the sender as is known.
pub fn read_message(
    topic: &str,
    payload: &[u8],
    received_at: Timestamp,
    find: &dyn Fn(Network, &str) -> Option<DeviceProfile>,
) -> Result<Heard, Rejected> {
    let Some(address) = address_of(topic) else {
        let detail = format!("{:.200} is no topic of a known network", topic.escape_debug());
        return Err(Rejected {
            reason: Reject::UnknownTopic,
            network: None,
            device_key: None,
            detail,
        });
    };
    let key = match address.network {
        Network::ChirpStack => address.device.to_ascii_lowercase(),
        Network::Native | Network::TheThingsStack => address.device.to_owned(),
    };
    let mut message = Message { topic, address, payload, received_at, find, key };
    message.read().map_err(|refused| Rejected {
        reason: refused.reason,
        network: Some(address.network),
        device_key: Some(message.key),
        detail: refused.detail,
    })
}

impl<'a> Message<'a> {
    fn read(&mut self) -> Result<Heard, Refused> {
        let Address { network, device, content } = self.address;
        self.check()?;
        let said = match (network, content) {
            (Network::Native, _) => return self.read_native(),
            (Network::ChirpStack, Content::Event(event)) => {
                chirpstack::read_event(event, &self.json()?, device)?
            }
            (Network::TheThingsStack, Content::Event(event)) => {
                the_things_stack::read_event(event, &self.json()?, device)?
            }
            (Network::ChirpStack, _) => {
                return self.decode(chirpstack::read(&self.json()?, device)?);
            }
            (Network::TheThingsStack, _) => {
                return self.decode(the_things_stack::read(&self.json()?, device)?);
            }
        };
        self.key.clone_from(&said.key);
        let device = self.registered()?.device;
        Ok(Heard::Notice(said.into_notice(device, self.received_at)))
    }

    /// What is refused without a look into the payload.
    fn check(&self) -> Result<(), Refused> {
        if self.address.content == Content::Command {
            let detail = "a command to the network or to the device, not a word of it";
            return Err(Refused::new(Reject::NotAnUplink, detail));
        }
        if self.payload.len() > PAYLOAD_LIMIT {
            let detail = format!("{} bytes; at most {PAYLOAD_LIMIT} are read", self.payload.len());
            return Err(Refused::new(Reject::PayloadTooLarge, detail));
        }
        if self.payload.is_empty() {
            return Err(Refused::new(Reject::NoPayload, "the message is empty"));
        }
        Ok(())
    }

    fn read_native(&self) -> Result<Heard, Refused> {
        if !native::is_device_id(self.address.device) {
            return Err(Refused::new(Reject::BadField, "the topic holds no device id"));
        }
        let message = native::parse(self.payload)?;
        let profile = self.registered()?;
        native::read(&message, self.topic, &profile, self.received_at).map(Heard::Readings)
    }

    fn decode(&mut self, uplink: crate::envelope::Uplink) -> Result<Heard, Refused> {
        self.key.clone_from(&uplink.key);
        let profile = self.registered()?;
        let simulated = uplink.simulated;
        let readings = uplink.into_readings(&profile, self.received_at)?;
        if simulated {
            return Err(Refused::new(Reject::Simulated, would_say(&readings)));
        }
        // Native readings are never that old: a clock that says so is not believed.
        match readings.iter().find(|r| self.received_at.since_ms(r.observed_at) > OLDEST_MS) {
            Some(old) => {
                let detail = format!("observed at {}, more than 90 days ago", old.observed_at);
                Err(Refused::new(Reject::TooOld, detail))
            }
            None => Ok(Heard::Readings(readings)),
        }
    }

    fn json(&self) -> Result<Json<'a>, Refused> {
        Json::parse(self.payload)
            .map_err(|error| Refused::new(Reject::MalformedJson, error.to_string()))
    }

    fn registered(&self) -> Result<DeviceProfile, Refused> {
        (self.find)(self.address.network, &self.key).ok_or_else(|| {
            Refused::new(Reject::UnknownDevice, "no device of this key is registered")
        })
    }
}

/// What a test uplink would have said, for whoever tries the connection out.
fn would_say(readings: &[Reading]) -> String {
    let kinds: Vec<&str> = readings.iter().map(|reading| reading.report.kind.name()).collect();
    format!("a test uplink of the network's console; it was read as {}", kinds.join(", "))
}

fn address_of(topic: &str) -> Option<Address<'_>> {
    let mut levels = topic.splitn(5, '/');
    let mut level = || levels.next();
    match (level()?, level()?, level()?, level()) {
        ("bowei", "v1", device, Some(last)) if level().is_none() => {
            let content = match last {
                "up" => Content::Uplink,
                "down" => Content::Command,
                _ => return None,
            };
            Some(Address { network: Network::Native, device, content })
        }
        ("application", _, "device", Some(device)) => {
            let content = match level()?.split_once('/')? {
                ("event", "up") => Content::Uplink,
                ("event", event) if !event.contains('/') => Content::Event(event),
                ("command", command) if !command.contains('/') => Content::Command,
                _ => return None,
            };
            Some(Address { network: Network::ChirpStack, device, content })
        }
        ("v3", _, "devices", Some(device)) => {
            let content = match level()? {
                "up" => Content::Uplink,
                event if is_tts_event(event) => Content::Event(event),
                _ => return None,
            };
            Some(Address { network: Network::TheThingsStack, device, content })
        }
        _ => None,
    }
}

fn is_tts_event(event: &str) -> bool {
    match event.split_once('/') {
        Some(("down" | "service" | "location", last)) => !last.contains('/'),
        Some(_) => false,
        None => true,
    }
}
