//! The one entry for ingest: a message as it came from the broker becomes readings or a refusal.
//!
//! All or nothing: a message with one bad reading is refused whole, and kept whole by the caller.
//! Which devices are registered is asked through `find`; nothing is stored or counted here.

use serde_json::Value;
use vocabulary::Timestamp;

use crate::envelope::{Refused, Uplink, chirpstack, native, the_things_stack};
use crate::reading::{DeviceProfile, Network, Reading};
use crate::reject::{Reject, Rejected};

/// Longest payload, in bytes.
pub const PAYLOAD_LIMIT: usize = 256 * 1024;

/// Most readings in one native message.
pub const BATCH_LIMIT: usize = 500;

/// Where a topic leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address<'a> {
    network: Network,
    /// The device as the topic names it.
    device: &'a str,
    content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Uplink,
    Other,
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
) -> Result<Vec<Reading>, Rejected> {
    let Some(address) = address_of(topic) else {
        let detail = format!("{:.200} is no topic of a known network", topic.escape_debug());
        return Err(Rejected {
            reason: Reject::UnknownTopic,
            network: None,
            device_key: None,
            detail,
        });
    };
    let mut key = match address.network {
        Network::ChirpStack => address.device.to_ascii_lowercase(),
        Network::Native | Network::TheThingsStack => address.device.to_owned(),
    };
    read_addressed(address, payload, received_at, find, &mut key).map_err(|refused| Rejected {
        reason: refused.reason,
        network: Some(address.network),
        device_key: Some(key),
        detail: refused.detail,
    })
}

/// `key` turns into the one that the message itself gives, as soon as that is known.
fn read_addressed(
    address: Address<'_>,
    payload: &[u8],
    received_at: Timestamp,
    find: &dyn Fn(Network, &str) -> Option<DeviceProfile>,
    key: &mut String,
) -> Result<Vec<Reading>, Refused> {
    let message = parse(address, payload)?;
    let uplink: Uplink = match address.network {
        Network::Native => {
            let device = registered(find, address.network, key)?.device;
            return native::read(&message, device, received_at);
        }
        Network::ChirpStack => chirpstack::read(&message, address.device)?,
        Network::TheThingsStack => the_things_stack::read(&message, address.device)?,
    };
    key.clone_from(&uplink.key);
    let profile = registered(find, address.network, key)?;
    uplink.into_readings(&profile, received_at)
}

fn parse(address: Address<'_>, payload: &[u8]) -> Result<Value, Refused> {
    if address.content == Content::Other {
        return Err(Refused::new(Reject::NotAnUplink, "the topic is not that of an uplink"));
    }
    if payload.len() > PAYLOAD_LIMIT {
        let detail = format!("{} bytes; at most {PAYLOAD_LIMIT} are read", payload.len());
        return Err(Refused::new(Reject::PayloadTooLarge, detail));
    }
    if payload.is_empty() {
        return Err(Refused::new(Reject::NoPayload, "the message is empty"));
    }
    if address.network == Network::Native && !native::is_device_id(address.device) {
        return Err(Refused::new(Reject::BadField, "the topic holds no device id"));
    }
    serde_json::from_slice(payload)
        .map_err(|error| Refused::new(Reject::MalformedJson, error.to_string()))
}

fn registered(
    find: &dyn Fn(Network, &str) -> Option<DeviceProfile>,
    network: Network,
    key: &str,
) -> Result<DeviceProfile, Refused> {
    find(network, key)
        .ok_or_else(|| Refused::new(Reject::UnknownDevice, "no device of this key is registered"))
}

fn address_of(topic: &str) -> Option<Address<'_>> {
    let levels: Vec<&str> = topic.split('/').collect();
    let (network, device, rest) = match levels.as_slice() {
        ["bowei", "v1", device, rest @ ..] => (Network::Native, *device, rest),
        ["application", _, "device", device, rest @ ..] => (Network::ChirpStack, *device, rest),
        ["v3", _, "devices", device, rest @ ..] => (Network::TheThingsStack, *device, rest),
        _ => return None,
    };
    let content = match (network, rest) {
        (Network::Native | Network::TheThingsStack, ["up"])
        | (Network::ChirpStack, ["event", "up"]) => Content::Uplink,
        (Network::Native, ["down"])
        | (Network::ChirpStack, ["event" | "command", _])
        | (Network::TheThingsStack, [_] | ["down" | "service" | "location", _]) => Content::Other,
        _ => return None,
    };
    Some(Address { network, device, content })
}
