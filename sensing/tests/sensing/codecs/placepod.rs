//! PNI PlacePod.
//!
//! Vectors: the tests of sjkp/PNI.PlacePod and of PNI's own server (payloads and values only), but
//! for the negative temperature, on which they disagree. All others are written by hand.

use serde_json::json;

use super::{reading, up};

const PLACEPOD: &str = "pni-placepod";

#[test]
fn a_placepod_is_understood() {
    let info = json!({"kind": "info"});
    for (bytes, report, extra) in [
        ("156601", json!({"kind": "occupied", "occupied": true}), json!({})),
        ("156600", json!({"kind": "vacant", "occupied": false}), json!({})),
        ("376601", json!({"kind": "heartbeat", "occupied": true}), json!({})),
        ("376600", json!({"kind": "heartbeat", "occupied": false}), json!({})),
        ("026700f0", json!({"kind": "info", "temperature_c": 24.0}), json!({})),
        ("026701f0", json!({"kind": "info", "temperature_c": 49.6}), json!({})),
        ("0302015e", json!({"kind": "info", "battery_mv": 3500}), json!({})),
        (
            "0302016d026700eb156601",
            json!({"kind": "occupied", "occupied": true, "battery_mv": 3650,
                "temperature_c": 23.5}),
            json!({}),
        ),
        ("21001f", info.clone(), json!({"vehicle_count": 31})),
        ("370020", info.clone(), json!({"vehicle_count": 32})),
        ("210080", info.clone(), json!({"count_restarted": true})),
        ("370080", info.clone(), json!({"count_restarted": true})),
        ("21001f210020", info.clone(), json!({"vehicle_count": 32})),
        ("010101", info.clone(), json!({"recalibrated": true})),
        ("010100", info.clone(), json!({"recalibrated": false})),
        ("1c0101", info.clone(), json!({"deactivated": true})),
        ("3f0101", info.clone(), json!({"rebooted": true})),
        ("050006060003", info, json!({"internal_5_bytes": "06", "internal_6_bytes": "03"})),
        // Two's complement: 0xffc9 = -55; 0x81f0 = -32272.
        ("0267ffc9", json!({"kind": "info", "temperature_c": -5.5}), json!({})),
        ("026781f0", json!({"kind": "info", "temperature_c": -3227.2}), json!({})),
    ] {
        for fport in [0, 1, 2, 200] {
            up(PLACEPOD, fport, bytes, &reading(&report, &extra));
        }
    }
}

#[test]
fn two_states_in_one_frame_are_two_readings() {
    let expected = json!({"readings": [
        {"kind": "vacant", "occupied": false, "battery_mv": 3640, "flags": []},
        {"kind": "occupied", "occupied": true, "flags": []},
    ], "extra": {}});
    up(PLACEPOD, 1, "1566001566010302016c", &expected);
}

#[test]
fn a_placepod_frame_that_does_not_fit_is_refused() {
    for (bytes, code) in [
        ("", "bad_frame"),
        ("15", "bad_frame"),
        ("1566", "bad_frame"),
        ("026700", "bad_frame"),
        ("156602", "bad_frame"),
        ("376602", "bad_frame"),
        ("010102", "bad_frame"),
        ("210081", "bad_frame"),
        ("15660115", "bad_frame"),
        ("150001", "unknown_frame"),
        ("370101", "unknown_frame"),
        ("026600", "unknown_frame"),
        ("16660101", "unknown_frame"),
        ("15660100", "bad_frame"),
        ("0505", "unknown_frame"),
    ] {
        up(PLACEPOD, 1, bytes, &json!(code));
    }
}
