//! What is said to a device, and the message in which its network carries it there.
//!
//! Native devices get the words of `docs/schema/native-down.schema.json`, LoRaWAN devices a frame of
//! their codec, or one that somebody wrote by hand. Nothing is sent here, and what became of it is
//! `command`'s business.
//!
//! Sources: chirpstack/chirpstack-docs, integrations/mqtt (`command/down`);
//! TheThingsIndustries/lorawan-stack-docs, integrations/mqtt (`down/push`, `down/replace`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vocabulary::CommandId;

use crate::codec::{Downlink, codec};
use crate::command::Proof;
use crate::reading::Network;
use crate::reject::Reject;

/// How the names that we give to downlinks of The Things Stack begin.
pub(crate) const OURS: &str = "bowei:";

/// Ports that LoRaWAN leaves to applications.
const PORTS: std::ops::RangeInclusive<u8> = 1..=223;

/// Longest frame that any data rate of LoRaWAN carries, in bytes.
const FRAME_LIMIT: usize = 242;

/// Longest word to a native device, in bytes of JSON.
const WORD_LIMIT: usize = 4 * 1024;

/// Longest interval between two heartbeats that is believed: a week.
const HEARTBEAT_LIMIT_S: u64 = 7 * 24 * 60 * 60;

/// What a device is told to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceCommand {
    /// `config`, `restart` or `recalibrate`, as it goes to the device.
    Native(Map<String, Value>),
    Frame(FrameCommand),
}

/// A frame, and how its network is to send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameCommand {
    pub fport: u8,
    /// The bytes in hexadecimal, lower case.
    pub hex: String,
    pub sending: Sending,
}

/// How a network is to send a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The device is to acknowledge it.
    pub confirmed: bool,
    /// It takes the place of all that waits (The Things Stack).
    pub replaces: bool,
}

/// Why nothing can be said to a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.code())]
pub struct CommandReject {
    pub kind: CommandRejectKind,
    /// For people, in English; may change.
    pub detail: String,
}

/// The reason, with a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandRejectKind {
    /// The register names a type without a codec.
    DeviceType,
    /// No source describes such a command for this type of device.
    Unknown,
    /// The command is known, a value of it makes no sense.
    Malformed,
    /// Port or bytes are none that LoRaWAN carries.
    Frame,
}

/// A message for the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub topic: String,
    pub payload: String,
}

impl CommandRejectKind {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            CommandRejectKind::DeviceType => "unknown_device_type",
            CommandRejectKind::Unknown => "command_unknown",
            CommandRejectKind::Malformed => "command_malformed",
            CommandRejectKind::Frame => "frame_malformed",
        }
    }

    fn because(self, detail: impl Into<String>) -> CommandReject {
        CommandReject { kind: self, detail: detail.into() }
    }
}

/// The frame of a command, given as `gateway decode --direction down` shows it in `extra`.
///
/// # Errors
/// `DeviceType`, `Unknown` or `Malformed`.
pub fn encode_command(
    device_type: &str,
    command: &Map<String, Value>,
) -> Result<Downlink, CommandReject> {
    let codec = codec(device_type).ok_or_else(|| {
        CommandRejectKind::DeviceType.because(format!("no codec for {device_type:.64?}"))
    })?;
    (codec.encode_down)(command).map_err(|refusal| {
        let kind = match refusal.reason {
            Reject::UnknownFrame => CommandRejectKind::Unknown,
            _ => CommandRejectKind::Malformed,
        };
        kind.because(refusal.detail)
    })
}

impl DeviceCommand {
    /// A word to a native device.
    ///
    /// # Errors
    /// `Unknown` for another word, `Malformed` for one that makes no sense.
    pub fn native(word: Map<String, Value>) -> Result<DeviceCommand, CommandReject> {
        let (malformed, unknown) = (CommandRejectKind::Malformed, CommandRejectKind::Unknown);
        let mut said = word.iter();
        let (Some((name, content)), None) = (said.next(), said.next()) else {
            return Err(malformed.because("one of config, restart, recalibrate, and nothing else"));
        };
        let Some(fields) = content.as_object() else {
            return Err(malformed.because(format!("{name:.64} must be an object, {{}} if empty")));
        };
        match name.as_str() {
            "restart" | "recalibrate" => {}
            "config" => check_config(fields)?,
            _ => return Err(unknown.because("native devices know config, restart, recalibrate")),
        }
        if Value::Object(word.clone()).to_string().len() > WORD_LIMIT {
            return Err(malformed.because(format!("longer than {WORD_LIMIT} bytes")));
        }
        Ok(DeviceCommand::Native(word))
    }

    /// A documented command of a vendor's device.
    ///
    /// # Errors
    /// As `encode_command`.
    pub fn of_codec(
        device_type: &str,
        command: &Map<String, Value>,
        sending: Sending,
    ) -> Result<DeviceCommand, CommandReject> {
        let Downlink { fport, bytes } = encode_command(device_type, command)?;
        Ok(DeviceCommand::Frame(FrameCommand { fport, hex: hex::encode(bytes), sending }))
    }

    /// A frame that somebody wrote by hand.
    ///
    /// # Errors
    /// `Frame`.
    pub fn raw(fport: u8, hex: &str, sending: Sending) -> Result<DeviceCommand, CommandReject> {
        let frame = CommandRejectKind::Frame;
        if !PORTS.contains(&fport) {
            return Err(frame.because("the port must lie in 1..223"));
        }
        let bytes = hex::decode(hex.trim()).map_err(|e| frame.because(format!("hex: {e}")))?;
        if !(1..=FRAME_LIMIT).contains(&bytes.len()) {
            return Err(frame.because(format!("1 to {FRAME_LIMIT} bytes, not {}", bytes.len())));
        }
        Ok(DeviceCommand::Frame(FrameCommand { fport, hex: hex::encode(bytes), sending }))
    }

    /// What will show that it arrived.
    #[must_use]
    pub fn proof(&self) -> Proof {
        match self {
            DeviceCommand::Native(word) if word.contains_key("restart") => Proof::Start,
            DeviceCommand::Native(_) => Proof::Nothing,
            DeviceCommand::Frame(frame) if frame.sending.confirmed => Proof::Device,
            DeviceCommand::Frame(_) => Proof::Air,
        }
    }

    /// The message that carries it. `key` is the device's key in the register, `route` what `route_of`
    /// gave for its last uplink, `id` the name by which the network will speak of it.
    ///
    /// `None` if this cannot be said over this network, or the way to the device is not known.
    #[must_use]
    pub fn letter(
        &self,
        network: Network,
        key: &str,
        route: Option<&str>,
        id: CommandId,
    ) -> Option<Letter> {
        match (self, network) {
            (DeviceCommand::Native(word), Network::Native) => Some(Letter {
                topic: format!("bowei/v1/{key}/down"),
                payload: Value::Object(word.clone()).to_string(),
            }),
            (DeviceCommand::Frame(frame), Network::ChirpStack) => frame.chirpstack(key, route?, id),
            (DeviceCommand::Frame(frame), Network::TheThingsStack) => {
                frame.the_things_stack(route?, id)
            }
            _ => None,
        }
    }
}

impl FrameCommand {
    /// The data as both networks want it.
    fn base64(&self) -> Option<String> {
        hex::decode(&self.hex).ok().map(|bytes| STANDARD.encode(bytes))
    }

    fn chirpstack(&self, dev_eui: &str, route: &str, id: CommandId) -> Option<Letter> {
        let message = json!({
            "id": id, "devEui": dev_eui, "confirmed": self.sending.confirmed,
            "fPort": self.fport, "data": self.base64()?,
        });
        Some(Letter {
            topic: format!("{route}/device/{dev_eui}/command/down"),
            payload: message.to_string(),
        })
    }

    fn the_things_stack(&self, route: &str, id: CommandId) -> Option<Letter> {
        let message = json!({"downlinks": [{
            "f_port": self.fport, "frm_payload": self.base64()?, "priority": "NORMAL",
            "confirmed": self.sending.confirmed, "correlation_ids": [correlation_id(id)],
        }]});
        let way = if self.sending.replaces { "replace" } else { "push" };
        Some(Letter { topic: format!("{route}/down/{way}"), payload: message.to_string() })
    }
}

/// How a network names a command in its notices; native devices have no notices.
#[must_use]
pub fn network_id(network: Network, id: CommandId) -> Option<String> {
    match network {
        Network::Native => None,
        Network::ChirpStack => Some(id.to_string()),
        Network::TheThingsStack => Some(correlation_id(id)),
    }
}

/// Which command a network speaks of, if it may be one of ours.
#[must_use]
pub fn command_named(queue_item: &str) -> Option<CommandId> {
    queue_item.strip_prefix(OURS).unwrap_or(queue_item).parse().ok()
}

/// The part of an uplink's topic that leads back to its device: `application/{id}` of ChirpStack, to
/// which the device's own key is added, `v3/{application}/devices/{id}` of The Things Stack.
#[must_use]
pub fn route_of(topic: &str) -> Option<&str> {
    let root = topic.strip_suffix("/up")?;
    match root.strip_suffix("/event") {
        Some(event) => {
            let (route, device) = event.rsplit_once("/device/")?;
            let known = route.starts_with("application/") && !device.contains('/');
            known.then_some(route)
        }
        None => {
            let mut levels = root.split('/');
            let is_tts = levels.next() == Some("v3") && levels.nth(1) == Some("devices");
            (is_tts && levels.count() == 1).then_some(root)
        }
    }
}

fn correlation_id(id: CommandId) -> String {
    format!("{OURS}{id}")
}

fn check_config(fields: &Map<String, Value>) -> Result<(), CommandReject> {
    let malformed = |detail: String| Err(CommandRejectKind::Malformed.because(detail));
    if fields.is_empty() {
        return malformed("config names no setting".to_owned());
    }
    match fields.get("heartbeat_s") {
        Some(seconds)
            if !seconds.as_u64().is_some_and(|s| (1..=HEARTBEAT_LIMIT_S).contains(&s)) =>
        {
            malformed(format!("heartbeat_s must be a whole number from 1 to {HEARTBEAT_LIMIT_S}"))
        }
        _ => Ok(()),
    }
}
