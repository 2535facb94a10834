//! Netvox R718PE and R718PE01.
//!
//! Vector: the example of the manual (section 5.1). All others are written by hand from the layout.

use serde_json::{Value, json};

use super::{down, encoded, reading, up};

const NETVOX: &str = "netvox-r718pe";

fn values(status: u8, distance: u16, fill: u8) -> Value {
    json!({"status": status, "distance_mm": distance, "fill_level_pct": fill})
}

#[test]
fn a_netvox_packet_says_what_the_bay_is_only_in_parking_use() {
    for (bytes, report, extra) in [
        // 0x24 = 36: 3.6 V; 0x01f4 = 500 mm; 25 % full: a container
        ("01b101240001f419000000", json!({"kind": "info", "battery_mv": 3600}), values(0, 500, 25)),
        ("01b101240101f419000000", json!({"kind": "info", "battery_mv": 3600}), values(1, 500, 25)),
        (
            "01b101240101f400000000",
            json!({"kind": "heartbeat", "occupied": true, "battery_mv": 3600}),
            values(1, 500, 0),
        ),
        (
            "01b10124000bb800ffffff",
            json!({"kind": "heartbeat", "occupied": false, "battery_mv": 3600}),
            values(0, 3000, 0),
        ),
        (
            "01b1019e00ffff64000000",
            json!({"kind": "info", "battery_mv": 3000, "flags": ["low_battery"]}),
            values(0, 65535, 100),
        ),
        (
            "01b1000a0120190605 0000",
            json!({"kind": "info", "firmware": "1.0"}),
            json!({"hardware_version": 1, "date_code": "20190605"}),
        ),
    ] {
        up(NETVOX, 6, bytes, &reading(&report, &extra));
    }
}

#[test]
fn an_answer_about_the_configuration_is_understood() {
    let report = json!({"command": "read_report", "min_interval_s": 3600, "max_interval_s": 1800,
        "battery_change_mv": 100, "distance_change_mm": 20});
    for (bytes, extra) in [
        ("81b100 0000000000000000", json!({"command": "set_report", "status": "success"})),
        ("81b101 0000000000000000", json!({"command": "set_report", "status": "failure"})),
        ("81b100", json!({"command": "set_report", "status": "success"})),
        ("82b1 0e10 0708 01 0014 0000", report),
        (
            "84b1 03e8 00000000000000",
            json!({"command": "read_on_distance", "on_distance_mm": 1000}),
        ),
        ("84b1 03e8", json!({"command": "read_on_distance", "on_distance_mm": 1000})),
    ] {
        up(NETVOX, 7, bytes, &reading(&json!({"kind": "info"}), &extra));
    }
}

#[test]
fn a_netvox_frame_that_does_not_fit_is_refused() {
    for (fport, bytes, code) in [
        (1, "01b101240001f419000000", "unknown_frame"),
        (6, "", "bad_frame"),
        (6, "01b101240001f4190000", "bad_frame"),
        (6, "01b101240001f41900000000", "bad_frame"),
        (6, "02b101240001f419000000", "unknown_frame"),
        (6, "013401240001f419000000", "bad_frame"),
        (6, "01b102240001f419000000", "unknown_frame"),
        (6, "01b101240201f419000000", "bad_frame"),
        (6, "01b101240001f465000000", "bad_frame"),
        (7, "", "bad_frame"),
        (7, "81", "bad_frame"),
        (7, "81b1", "bad_frame"),
        (7, "8134000000000000000000", "bad_frame"),
        (7, "01b1000000000000000000", "unknown_frame"),
        (7, "87b1000000000000000000", "unknown_frame"),
        (7, "82b10e1007080100", "bad_frame"),
        (7, "81b100000000000000000000", "bad_frame"),
    ] {
        up(NETVOX, fport, bytes, &json!(code));
    }
}

#[test]
fn a_command_to_a_netvox_sensor_is_read_and_written() {
    for (bytes, command) in [
        (
            "01b10e1007080100140000",
            json!({"command": "set_report", "min_interval_s": 3600, "max_interval_s": 1800,
                "battery_change_mv": 100, "distance_change_mm": 20}),
        ),
        ("02b1000000000000000000", json!({"command": "read_report"})),
        ("03b103e800000000000000", json!({"command": "set_on_distance", "on_distance_mm": 1000})),
        ("04b1000000000000000000", json!({"command": "read_on_distance"})),
        (
            "05b103e800000000000000",
            json!({"command": "set_fill_max_distance", "fill_max_distance_mm": 1000}),
        ),
        ("0bb1006400000000000000", json!({"command": "set_dead_zone", "dead_zone_mm": 100})),
        ("0cb1000000000000000000", json!({"command": "read_dead_zone"})),
    ] {
        down(NETVOX, 7, bytes, &json!({"readings": [], "extra": command}));
        assert_eq!(encoded(NETVOX, &command), Ok((7, bytes.to_owned())), "{command}");
    }
    for (fport, bytes, code) in [
        (7, "81b1000000000000000000", "unknown_frame"),
        (7, "07b1000000000000000000", "unknown_frame"),
        (7, "0134000000000000000000", "bad_frame"),
        (7, "01b10e10", "bad_frame"),
        (7, "01b10e100708010014000000", "bad_frame"),
        (6, "02b1000000000000000000", "unknown_frame"),
    ] {
        down(NETVOX, fport, bytes, &json!(code));
    }
    let report = |battery: u32| json!({"command": "set_report", "min_interval_s": 1, "max_interval_s": 2, "battery_change_mv": battery, "distance_change_mm": 3});
    assert!(encoded(NETVOX, &report(25_500)).is_ok());
    for (command, code) in [
        (json!({}), "unknown_frame"),
        (json!({"command": "set_report"}), "bad_frame"),
        (report(150), "bad_frame"),
        (report(25_600), "bad_frame"),
        (json!({"command": "set_on_distance", "on_distance_mm": 65536}), "bad_frame"),
    ] {
        assert_eq!(encoded(NETVOX, &command), Err(code), "{command}");
    }
}
