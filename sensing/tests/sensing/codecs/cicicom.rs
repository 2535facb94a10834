//! Cicicom S-LG-I3. No vector is published; all are written by hand from the layout.

use serde_json::{Value, json};

use super::{reading, up};

const CICICOM: &str = "cicicom-s-lg-i3";

fn check(text: &[u8], expected: &Value) {
    for fport in [0, 1, 99] {
        up(CICICOM, fport, &hex::encode(text), expected);
    }
}

#[test]
fn a_cicicom_sensor_is_understood() {
    for (text, report, extra) in [
        (&b"C1"[..], json!({"kind": "occupied", "occupied": true}), json!({})),
        (b"C0", json!({"kind": "vacant", "occupied": false}), json!({})),
        (
            b"K13.62+21.5",
            json!({"kind": "heartbeat", "occupied": true, "battery_mv": 3620,
                "temperature_c": 21.5}),
            json!({}),
        ),
        (
            b"K03.00-07.3",
            json!({"kind": "heartbeat", "occupied": false, "battery_mv": 3000,
                "temperature_c": -7.3}),
            json!({}),
        ),
        (
            b"R03.65+00.0V1.2.13",
            json!({"kind": "start_up", "occupied": false, "battery_mv": 3650,
                "temperature_c": 0.0, "firmware": "1.2.13"}),
            json!({}),
        ),
        (
            b"E2.87\x00\xff\x2a",
            json!({"kind": "fault", "battery_mv": 2870, "flags": ["hardware_fault"]}),
            json!({"status_bytes": "00ff2a"}),
        ),
    ] {
        check(text, &reading(&report, &extra));
    }
}

#[test]
fn a_cicicom_text_of_another_form_is_refused() {
    for (text, code) in [
        (&b""[..], "bad_frame"),
        (b"X1", "unknown_frame"),
        (b"c1", "unknown_frame"),
        (b"\xff", "unknown_frame"),
        (b"C", "bad_frame"),
        (b"C2", "bad_frame"),
        (b"C\x01", "bad_frame"),
        (b"C1 ", "bad_frame"),
        (b"K", "bad_frame"),
        (b"K13.62", "bad_frame"),
        (b"K13.62+21", "bad_frame"),
        (b"K13.62+21.5 ", "bad_frame"),
        (b"K13,62+21.5", "bad_frame"),
        (b"K13.6x+21.5", "bad_frame"),
        (b"K13.62 21.5", "bad_frame"),
        (b"K23.62+21.5", "bad_frame"),
        (b"R03.65+00.0", "bad_frame"),
        (b"R03.65+00.0V", "bad_frame"),
        (b"R03.65+00.0V1.2", "bad_frame"),
        (b"R03.65+00.0V1..2", "bad_frame"),
        (b"R03.65+00.0V1.2.3.4", "bad_frame"),
        (b"R03.65+00.0V1.2.b", "bad_frame"),
        (b"R03.65+00.0V1.2.34567890", "bad_frame"),
        (b"E2.87", "bad_frame"),
        (b"E2.87\x00\xff", "bad_frame"),
        (b"E2.87\x00\xff\x2a\x00", "bad_frame"),
        (b"E2:87\x00\xff\x2a", "bad_frame"),
    ] {
        check(text, &json!(code));
    }
}
