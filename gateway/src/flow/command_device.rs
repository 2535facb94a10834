//! Somebody of the staff tells a device to do something: what, is checked against what is known of it.
//!
//! It is stored with the job that sends it. What becomes of it is followed by `follow_commands`.

use sensing::{CommandReject, CommandState, DeviceCommand, Network, Sending, network_id};
use serde_json::{Map, Value, json};
use store::{CommandRow, DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::{CommandId, Timestamp};

use super::actor::Actor;
use super::{Outcome, Refusal};
use crate::job::Kind;

/// What a device is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A documented command.
    Command(Map<String, Value>),
    /// A frame written by hand.
    Frame { fport: u8, hex: String },
}

/// A wish, and how it is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommand {
    pub wish: Wish,
    pub sending: Sending,
    /// City time after which it is not worth sending any more.
    pub lifetime_ms: i64,
}

impl From<CommandReject> for Refusal {
    fn from(reject: CommandReject) -> Self {
        Refusal::refused(reject.kind.code(), reject.detail)
    }
}

/// Stores a command and the job that sends it.
///
/// # Errors
/// `device_never_heard` where the way to a LoRaWAN device is not known yet; `unknown_device_type`,
/// `command_unknown`, `command_malformed`, `frame_malformed`, `sending_impossible`.
pub async fn command_device(
    tx: &mut Tx,
    actor: &Actor,
    device: &DeviceFacts,
    new: &NewCommand,
    (now, machine_now_ms): (Timestamp, i64),
) -> Outcome<CommandRow> {
    let network = Network::from_name(&device.network)
        .ok_or_else(|| anyhow::anyhow!("a device of the network {}", device.network))?;
    let command = read(network, &device.device_type, new)?;
    if network != Network::Native && tx.route(device.device_id).await?.is_none() {
        let detail = "its network is known from its uplinks: nothing was heard of it yet";
        return Err(Refusal::conflict("device_never_heard", detail));
    }
    let id = CommandId(Uuid::now_v7());
    let row = CommandRow {
        command_id: id.0,
        device_id: device.device_id,
        command_json: serde_json::to_string(&command)?,
        proof: command.proof().name().to_owned(),
        state: CommandState::Waiting.name().to_owned(),
        network_id: network_id(network, id),
        created_at: now.ms(),
        created_by: actor.name(),
        expires_at: now.ms().saturating_add(new.lifetime_ms),
        tried_at: None,
        boot_before: None,
        sent_at: None,
        changed_at: now.ms(),
        settled_at: None,
        last_error: None,
    };
    tx.insert_command(&row).await?;
    let detail = json!({"command_id": id, "command": command});
    let object = ("device", device.device_id.to_string());
    actor.audit(tx, now, "device_command", (object.0, &object.1), &detail).await?;
    // Commands of one device go out one after the other.
    let kind = Kind::SendCommand.name();
    tx.enqueue(kind, &id.to_string(), device.device_id, machine_now_ms).await?;
    Ok(row)
}

fn read(network: Network, device_type: &str, new: &NewCommand) -> Outcome<DeviceCommand> {
    let Sending { confirmed, replaces } = new.sending;
    let impossible = |detail: &str| Err(Refusal::refused("sending_impossible", detail));
    match (network, &new.wish) {
        (Network::Native, Wish::Frame { .. }) => {
            impossible("a native device takes commands, not frames")
        }
        (Network::Native, _) if confirmed || replaces => {
            impossible("confirmed and replace are for LoRaWAN devices")
        }
        (Network::Native, Wish::Command(word)) => Ok(DeviceCommand::native(word.clone())?),
        (Network::ChirpStack, _) if replaces => {
            impossible("only The Things Stack lets a downlink replace those that wait")
        }
        (_, Wish::Command(command)) => {
            Ok(DeviceCommand::of_codec(device_type, command, new.sending)?)
        }
        (_, Wish::Frame { fport, hex }) => Ok(DeviceCommand::raw(*fport, hex, new.sending)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_network_cannot_carry_is_refused_by_name() {
        let word = Wish::Command(json!({"restart": {}}).as_object().unwrap().clone());
        let reboot = Wish::Command(json!({"command": "reboot"}).as_object().unwrap().clone());
        let frame = Wish::Frame { fport: 85, hex: "ff10ff".into() };
        let (plain, confirmed) = (Sending::default(), Sending { confirmed: true, replaces: false });
        let replaces = Sending { confirmed: false, replaces: true };
        let (native, lorawan, tts) =
            (Network::Native, Network::ChirpStack, Network::TheThingsStack);
        for (network, device_type, wish, sending, expected) in [
            (native, "native", &word, plain, Ok(())),
            (native, "native", &word, confirmed, Err("sending_impossible")),
            (native, "native", &frame, plain, Err("sending_impossible")),
            (native, "native", &reboot, plain, Err("command_malformed")),
            (lorawan, "milesight-em400-mud", &reboot, confirmed, Ok(())),
            (lorawan, "milesight-em400-mud", &reboot, replaces, Err("sending_impossible")),
            (tts, "milesight-em400-mud", &reboot, replaces, Ok(())),
            (lorawan, "nwave-nps405", &reboot, plain, Err("command_unknown")),
            (lorawan, "nwave-nps405", &frame, plain, Ok(())),
        ] {
            let new = NewCommand { wish: wish.clone(), sending, lifetime_ms: 1 };
            let got = match read(network, device_type, &new) {
                Ok(_) => Ok(()),
                Err(Refusal::Refused { code, .. }) => Err(code),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(got, expected, "{network:?} {device_type} {wish:?}");
        }
    }
}
