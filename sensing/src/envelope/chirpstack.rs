//! ChirpStack v4 `up` events (protobuf as JSON: default values are left out, so no `fCnt` is 0).
//!
//! Source: chirpstack/chirpstack-docs, integrations/events, and captured messages. `time` is the
//! gateway's where it has a clock, and may be far from the network server's `nsTime`. A gateway with
//! a GPS time (`timeSinceGpsEpoch`) is believed; of any other that disagrees by more than 30 s
//! nobody knows which clock is wrong, so both are handed on. Many servers send no `nsTime`.

mod events;

use vocabulary::Timestamp;

pub(crate) use events::read as read_event;

use super::fields::{Fields, bad, is_hex, missing, strongest};
use super::{HeardAt, Refused, Uplink};
use crate::json::Json;

/// Reads an `up` event of the device that the topic names.
pub(crate) fn read(message: &Json<'_>, topic_device: &str) -> Result<Uplink, Refused> {
    let fields = Fields::of(message)?;
    let key = dev_eui(fields, topic_device)?;
    let gateways = fields.list("rxInfo")?;
    let time = fields.instant("time")?;
    let (bytes, fport) = fields.frame("data", "fPort")?;
    let has_gps = gateways.iter().any(|g| g.get("timeSinceGpsEpoch").is_some_and(|t| !t.is_null()));
    Ok(Uplink {
        key,
        epoch: fields.hex("devAddr", 8)?.ok_or_else(|| missing("devAddr"))?,
        number: fields.count("fCnt", u32::MAX.into())?.unwrap_or(0),
        bytes,
        fport,
        heard_at: time.map(|at| if has_gps { HeardAt::Gps(at) } else { HeardAt::Gateway(at) }),
        server_at: server_time(gateways),
        radio: strongest(gateways),
        simulated: false,
        battery_pct: None,
    })
}

fn dev_eui(fields: Fields<'_>, topic_device: &str) -> Result<String, Refused> {
    if !is_hex(topic_device, 16) {
        return Err(bad("the topic's device", "16 hexadecimal digits"));
    }
    let said = match fields.object("deviceInfo")? {
        Some(info) => info.hex("devEui", 16)?,
        None => None,
    };
    match said {
        Some(said) if !said.eq_ignore_ascii_case(topic_device) => {
            Err(bad("deviceInfo.devEui", "the device of the topic"))
        }
        _ => Ok(topic_device.to_ascii_lowercase()),
    }
}

/// When the network server got the first copy.
fn server_time(gateways: &[Json<'_>]) -> Option<Timestamp> {
    let times = gateways.iter().filter_map(|g| g.get("nsTime").and_then(Json::as_str));
    times.filter_map(|text| Timestamp::parse(text).ok()).min()
}
