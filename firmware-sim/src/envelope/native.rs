//! Bowei's own format: `bowei/v1/{device_id}/up`, one JSON object a reading.

use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{Envelope, payload};
use crate::frame::{Occasion, Occupancy, Signal};

/// What a native device adds to its signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Native<'a> {
    /// The device's name in the topic.
    pub device_id: &'a str,
    /// Random at each start.
    pub boot_id: &'a str,
    /// Running number since that start.
    pub seq: u64,
    /// The device's clock.
    pub at: Timestamp,
    /// Firmware, told at start-up.
    pub firmware: &'a str,
    /// Strength at the radio mast.
    pub rssi_dbm: i32,
}

/// The message for a signal.
#[must_use]
pub fn envelope(native: &Native<'_>, signal: &Signal) -> Envelope {
    let mut reading = json!({
        "boot_id": native.boot_id,
        "seq": native.seq,
        "kind": kind(signal),
        "occupied": signal.occupancy == Occupancy::Occupied,
        "at": native.at,
        "battery_pct": signal.battery_pct,
        "battery_mv": battery_mv(signal.battery_pct),
        "temperature_c": signal.temperature_c,
        "rssi_dbm": native.rssi_dbm,
    });
    if signal.occasion == Occasion::StartUp {
        reading["firmware"] = Value::from(native.firmware);
        reading["reset_cause"] = Value::from("power_on");
    }
    (format!("bowei/v1/{}/up", native.device_id), payload(&reading))
}

fn kind(signal: &Signal) -> &'static str {
    match (signal.occasion, signal.occupancy) {
        (Occasion::StartUp, _) => "start_up",
        (Occasion::Heartbeat, _) => "heartbeat",
        (Occasion::Change, Occupancy::Occupied) => "occupied",
        (Occasion::Change, Occupancy::Vacant) => "vacant",
    }
}

/// A lithium cell falls from 3.6 V to 3.0 V over its life.
fn battery_mv(battery_pct: u8) -> u32 {
    3_000 + u32::from(battery_pct) * 6
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_fields;
    use super::*;

    fn native() -> Native<'static> {
        Native {
            device_id: "bw-620001",
            boot_id: "9f3a1c02",
            seq: 17,
            at: Timestamp::parse("2026-09-15T00:03:10Z").unwrap(),
            firmware: "1.4.0",
            rssi_dbm: -71,
        }
    }

    fn signal(occasion: Occasion, occupancy: Occupancy) -> Signal {
        Signal { occasion, occupancy, battery_pct: 96, temperature_c: 21.5 }
    }

    #[test]
    fn a_reading_has_the_fields_of_the_protocol() {
        for (occasion, occupancy, kind, occupied) in [
            (Occasion::Change, Occupancy::Occupied, "occupied", true),
            (Occasion::Change, Occupancy::Vacant, "vacant", false),
            (Occasion::Heartbeat, Occupancy::Occupied, "heartbeat", true),
            (Occasion::StartUp, Occupancy::Vacant, "start_up", false),
        ] {
            let (topic, payload) = envelope(&native(), &signal(occasion, occupancy));
            assert_eq!(topic, "bowei/v1/bw-620001/up");
            let json = check_fields(&payload, &["/battery_pct", "/battery_mv", "/rssi_dbm"]);
            assert_eq!(json["kind"], kind);
            assert_eq!(json["occupied"], occupied);
            assert_eq!((&json["boot_id"], &json["seq"]), (&"9f3a1c02".into(), &17.into()));
            assert_eq!(json["at"], "2026-09-15T00:03:10.000Z");
            assert_eq!(json.get("firmware").is_some(), kind == "start_up");
        }
    }
}
