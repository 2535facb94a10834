//! The Things Stack v3 `up` messages. Empty fields are left out; times have 0 to 9 decimals.
//!
//! Source: TheThingsIndustries/lorawan-stack-docs, integrations/data-formats, and captured messages.
//! The gateways' times are not used: gateways behind Packet Broker are strangers.
//!
//! The device's own battery status comes with its uplinks (`last_battery_percentage`); it is taken
//! where the frame itself says nothing of the battery.

mod events;

pub(crate) use events::read as read_event;

use super::fields::{Fields, bad, is_hex, missing, percent, strongest};
use super::{Refused, Uplink};
use crate::json::Json;
use crate::reject::Reject;

/// Longest session key id that is believed.
const SESSION_LIMIT: usize = 64;

/// Reads an uplink of the device that the topic names.
pub(crate) fn read(message: &Json<'_>, topic_device: &str) -> Result<Uplink, Refused> {
    let fields = Fields::of(message)?;
    let Some(uplink) = fields.object("uplink_message")? else {
        return Err(Refused::new(Reject::NotAnUplink, "no uplink_message"));
    };
    let ids = fields.object("end_device_ids")?;
    let key = device_key(ids, topic_device)?;
    let server_at = match uplink.instant("received_at")? {
        Some(at) => Some(at),
        None => fields.instant("received_at")?,
    };
    let (bytes, fport) = uplink.frame("frm_payload", "f_port")?;
    Ok(Uplink {
        key,
        epoch: epoch(ids, uplink)?,
        number: uplink.count("f_cnt", u32::MAX.into())?.unwrap_or(0),
        bytes,
        fport,
        heard_at: None,
        server_at,
        radio: strongest(uplink.list("rx_metadata")?),
        battery_pct: battery_pct(uplink)?,
        simulated: fields.boolean("simulated")?.unwrap_or(false),
    })
}

fn device_key(ids: Option<Fields<'_>>, topic_device: &str) -> Result<String, Refused> {
    let is_id = (1..=64).contains(&topic_device.len())
        && topic_device.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !is_id {
        return Err(bad("the topic's device", "a device id"));
    }
    let Some(ids) = ids else { return Ok(key_in(topic_device)) };
    if ids.text("device_id")?.is_some_and(|said| said != topic_device) {
        return Err(bad("end_device_ids.device_id", "the device of the topic"));
    }
    Ok(ids.hex("dev_eui", 16)?.unwrap_or_else(|| key_in(topic_device)))
}

/// The stack names a device `eui-` and its `dev_eui` unless somebody chooses another name.
fn key_in(topic_device: &str) -> String {
    let dev_eui = topic_device.strip_prefix("eui-").filter(|rest| is_hex(rest, 16));
    dev_eui.map_or_else(|| topic_device.to_owned(), str::to_ascii_lowercase)
}

fn battery_pct(uplink: Fields<'_>) -> Result<Option<u8>, Refused> {
    let Some(last) = uplink.object("last_battery_percentage")? else { return Ok(None) };
    Ok(Some(percent(last.number("value", 0.0, 100.0)?.unwrap_or(0.0))))
}

/// The session, or the device address where a device without join has no session key id.
fn epoch(ids: Option<Fields<'_>>, uplink: Fields<'_>) -> Result<String, Refused> {
    match uplink.text("session_key_id")? {
        Some(id) if (1..=SESSION_LIMIT).contains(&id.len()) && id.bytes().all(is_base64) => {
            Ok(id.to_owned())
        }
        Some(_) => Err(bad("session_key_id", "base64")),
        None => {
            let address = ids.map(|ids| ids.hex("dev_addr", 8)).transpose()?.flatten();
            address.map(|a| format!("dev_addr:{a}")).ok_or_else(|| missing("session_key_id"))
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}
