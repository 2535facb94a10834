//! Bowei's own format: `bowei/v1/{device_id}/up`, one JSON object a reading.

use std::fmt::Write;

use vocabulary::Timestamp;

use crate::frame::{Occasion, Occupancy, Signal};

/// What a native device adds to its signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Native<'a> {
    /// Random at each start.
    pub boot_id: &'a str,
    /// Running number since that start.
    pub seq: u64,
    /// The device's clock, if it has one.
    pub at: Option<Timestamp>,
    /// Firmware, told at start-up.
    pub firmware: &'a str,
    /// Why it started, told at start-up.
    pub reset_cause: &'a str,
    /// Strength at the radio mast.
    pub rssi_dbm: i32,
}

/// The topic of a device's readings.
#[must_use]
pub fn topic(device_id: &str) -> String {
    format!("bowei/v1/{device_id}/up")
}

/// The topic on which a device is spoken to.
#[must_use]
pub fn down_topic(device_id: &str) -> String {
    format!("bowei/v1/{device_id}/down")
}

/// The JSON of a reading. A device that fails does not vouch for the bay.
#[must_use]
pub fn reading(native: &Native<'_>, signal: &Signal) -> String {
    let mut json = String::with_capacity(240);
    let mut put = |part: std::fmt::Arguments<'_>| {
        json.write_fmt(part).expect("writing to a String does not fail");
    };
    put(format_args!(
        r#"{{"boot_id":"{}","seq":{},"kind":"{}""#,
        native.boot_id,
        native.seq,
        kind(signal)
    ));
    if signal.occasion != Occasion::Fault {
        put(format_args!(r#","occupied":{}"#, signal.occupancy == Occupancy::Occupied));
    }
    if let Some(at) = native.at {
        put(format_args!(r#","at":"{at}""#));
    }
    put(format_args!(
        r#","battery_pct":{},"battery_mv":{},"temperature_c":{:.1}"#,
        signal.battery_pct,
        signal.battery_mv(),
        signal.temperature_c
    ));
    match (signal.occasion, signal.battery_is_low()) {
        (Occasion::Fault, _) => put(format_args!(r#","flags":["sensor_frozen"]"#)),
        (_, true) => put(format_args!(r#","flags":["low_battery"]"#)),
        (_, false) => {}
    }
    if signal.occasion == Occasion::StartUp {
        let (firmware, cause) = (native.firmware, native.reset_cause);
        put(format_args!(r#","firmware":"{firmware}","reset_cause":"{cause}""#));
    }
    put(format_args!(r#","rssi_dbm":{}}}"#, native.rssi_dbm));
    json
}

fn kind(signal: &Signal) -> &'static str {
    match (signal.occasion, signal.occupancy) {
        (Occasion::StartUp, _) => "start_up",
        (Occasion::Heartbeat, _) => "heartbeat",
        (Occasion::Fault, _) => "fault",
        (Occasion::Change, Occupancy::Occupied) => "occupied",
        (Occasion::Change, Occupancy::Vacant) => "vacant",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::frame::tests::signal;

    fn native() -> Native<'static> {
        Native {
            boot_id: "9f3a1c02",
            seq: 17,
            at: Some(Timestamp::parse("2026-09-15T00:03:10Z").unwrap()),
            firmware: "1.4.0",
            reset_cause: "power_on",
            rssi_dbm: -71,
        }
    }

    fn read(native: &Native<'_>, signal: &Signal) -> Value {
        serde_json::from_str(&reading(native, signal)).unwrap()
    }

    #[test]
    fn a_reading_has_the_fields_of_the_protocol() {
        let common = json!({
            "boot_id": "9f3a1c02", "seq": 17, "at": "2026-09-15T00:03:10.000Z", "rssi_dbm": -71,
            "battery_pct": 100, "battery_mv": 3600, "temperature_c": 20.0
        });
        for (occasion, occupancy, more) in [
            (Occasion::Change, Occupancy::Occupied, json!({"kind": "occupied", "occupied": true})),
            (Occasion::Change, Occupancy::Vacant, json!({"kind": "vacant", "occupied": false})),
            (
                Occasion::Heartbeat,
                Occupancy::Occupied,
                json!({"kind": "heartbeat", "occupied": true}),
            ),
            (
                Occasion::StartUp,
                Occupancy::Vacant,
                json!({"kind": "start_up", "occupied": false, "firmware": "1.4.0",
                    "reset_cause": "power_on"}),
            ),
            (
                Occasion::Fault,
                Occupancy::Occupied,
                json!({"kind": "fault", "flags": ["sensor_frozen"]}),
            ),
        ] {
            let mut expected = common.clone();
            expected.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
            assert_eq!(read(&native(), &signal(occasion, occupancy)), expected);
        }
    }

    #[test]
    fn a_device_without_clock_tells_no_time_and_a_weak_battery_is_told() {
        let without = Native { at: None, ..native() };
        let weak = Signal { battery_pct: 14, ..signal(Occasion::Heartbeat, Occupancy::Vacant) };
        let json = read(&without, &weak);
        assert!(json.get("at").is_none());
        assert_eq!(json["flags"], json!(["low_battery"]));
        assert_eq!(json["battery_mv"], 3_084);
    }
}
