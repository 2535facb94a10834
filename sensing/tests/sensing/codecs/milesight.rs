//! Milesight VS34x, EM400, EM310 and the NB-IoT frame.
//!
//! Vectors: Milesight's VS34x web manual; the READMEs of Milesight-IoT/SensorDecoders for vs340,
//! vs341, em400-mud, em400-udl and em310-udl (facts); actility/device-catalog, em400-mud-v2. All
//! others are written by hand from the layouts.

use serde_json::{Value, json};

use super::{down, encoded, reading, up};

const MILESIGHT: &str = "milesight-vs34x";
const EM400: &str = "milesight-em400-mud";
const EM310: &str = "milesight-em310-udl";
const NB_IOT: &str = "milesight-nb-iot";

#[test]
fn a_milesight_sensor_is_understood() {
    let periodic = |pct: u8, occupied: bool| json!({"kind": "heartbeat", "battery_pct": pct, "occupied": occupied});
    let joined = json!({"kind": "start_up", "firmware": "1.1", "reset_cause": "power_on"});
    for (bytes, report, extra) in [
        // vs340, then vs341, then the manual
        ("017564030000", periodic(100, false), json!({})),
        ("017564030001", periodic(100, true), json!({})),
        ("017562030001", periodic(98, true), json!({})),
        ("030001", json!({"kind": "occupied", "occupied": true}), json!({})),
        (
            "ff0bffff0101ff166787d18008970013ff090100ff0a0101ff0f00",
            joined,
            json!({"protocol_version": "1", "sn": "6787d18008970013", "hardware_version": "1.0",
                "device_class": "A"}),
        ),
        // by hand
        ("030000", json!({"kind": "vacant", "occupied": false}), json!({})),
        ("030001030000", json!({"kind": "vacant", "occupied": false}), json!({})),
        ("017500", json!({"kind": "info", "battery_pct": 0}), json!({})),
        ("ff0f02", json!({"kind": "info"}), json!({"device_class": "C"})),
        ("ff090320", json!({"kind": "info"}), json!({"hardware_version": "3.2"})),
        (
            "ff0bff030001",
            json!({"kind": "start_up", "occupied": true, "reset_cause": "power_on"}),
            json!({}),
        ),
    ] {
        up(MILESIGHT, 85, bytes, &reading(&report, &extra));
    }
}

#[test]
fn a_milesight_frame_that_does_not_fit_is_refused() {
    for (fport, bytes, code) in [
        (84, "030001", "unknown_frame"),
        (1, "01", "unknown_frame"),
        (85, "", "bad_frame"),
        (85, "03", "bad_frame"),
        (85, "0300", "bad_frame"),
        (85, "0175640300", "bad_frame"),
        (85, "030002", "bad_frame"),
        (85, "0300ff", "bad_frame"),
        (85, "017565", "bad_frame"),
        (85, "0175ff030001", "bad_frame"),
        (85, "030100", "unknown_frame"),
        (85, "0367010103 0001", "unknown_frame"),
        (85, "030001 0500", "unknown_frame"),
        (85, "ff0f04", "bad_frame"),
        (85, "ff0358", "unknown_frame"),
        (85, "fe0101", "unknown_frame"),
        (85, "fe030001", "unknown_frame"),
        (85, "ff8e0014", "bad_frame"),
        (85, "ff2f02", "bad_frame"),
        (85, "ff166787d180089700", "bad_frame"),
        (85, "ff0a01", "bad_frame"),
    ] {
        up(MILESIGHT, fport, bytes, &json!(code));
    }
}

/// Layouts: the maker's decoders for vs340, em310-udl and em400-mud; values by hand.
#[test]
fn a_milesight_sensor_answers_what_it_was_told() {
    let info = json!({"kind": "info"});
    for (device_type, bytes, extra) in [
        (MILESIGHT, "ff10ff", json!({"reboot": true})),
        (MILESIGHT, "fe10ff", json!({"reboot": true})),
        (MILESIGHT, "ff28ff", json!({"report_now": true})),
        // 60 = 0x003c and 30 = 0x001e, low byte first
        (MILESIGHT, "ff8e003c00", json!({"report_interval_min": 60})),
        (MILESIGHT, "fe8e003c00", json!({"report_interval_min": 60})),
        (MILESIGHT, "ff951e00", json!({"vacancy_delay_s": 30})),
        (MILESIGHT, "ff2f00fe8401", json!({"led": false, "d2d": true})),
        (MILESIGHT, "ff9801020304", json!("bad_frame")),
        (MILESIGHT, "ff980102030405", json!({"pir_settings": "0102030405"})),
        (MILESIGHT, "ff990102030405", json!({"thermopile_settings": "0102030405"})),
        (MILESIGHT, "ffb2f6", json!({"thermopile_negative_threshold": "f6"})),
        (MILESIGHT, "ff96000101e004050001", json!({"d2d_settings": "000101e004050001"})),
        // A key is nobody's business.
        (MILESIGHT, "ff351234567812345678", json!({"d2d_key_set": true})),
        (MILESIGHT, "fffe01", json!({"reset_event": true})),
        (MILESIGHT, "ff0f03", json!({"device_class": "CtoB"})),
        (EM310, "ff03b004", json!({"report_interval_s": 1200})),
        (EM310, "fe023c00", json!({"collection_interval_s": 60})),
        (EM310, "ff10ff", json!({"reboot": true})),
        (EM310, "ff068ce803b80b00000000", json!({"distance_alarm_settings": "8ce803b80b00000000"})),
        (EM310, "ff28ff", json!("unknown_frame")),
        (EM400, "fe03b004", json!({"report_interval_s": 1200})),
        (EM400, "fe7102", json!({"working_mode": "parking"})),
        (
            EM400,
            "ff10fffe28ffff4aff",
            json!({"reboot": true, "report_now": true, "time_set": true}),
        ),
        (
            EM400,
            "ff1301ff3e01ff5600",
            json!({"uses_install_height": true, "tilt_switch": true, "measures_distance": false}),
        ),
        // 2500 = 0x09c4
        (EM400, "ff77c409ff70dc05", json!({"install_height_mm": 2500, "people_height_mm": 1500})),
        (EM400, "ff1c0305", json!({"collection_again": "0305"})),
        (EM400, "ff068ce803b80b00000000", json!({"alarm_settings": "8ce803b80b00000000"})),
    ] {
        let expected = if extra.is_string() { extra } else { reading(&info, &extra) };
        up(device_type, 85, bytes, &expected);
    }
    // With a word on the bay it is no change: the answer may come at any time.
    let said = json!({"kind": "heartbeat", "occupied": true});
    up(MILESIGHT, 85, "030001ff10ff", &reading(&said, &json!({"reboot": true})));
    // The start-up that the maker's decoder shows for the EM400.
    let joined = json!({"kind": "start_up", "firmware": "1.1", "reset_cause": "power_on"});
    let extra = json!({"protocol_version": "1", "sn": "6787d18008970013",
        "hardware_version": "1.0", "device_class": "A", "thing_model_version": "1.0"});
    let frame = "ff0bffff0101ff166787d18008970013ff090100ff0a0101ff0f00ffff0100";
    for device_type in [EM400, EM310, MILESIGHT] {
        up(device_type, 85, frame, &reading(&joined, &extra));
    }
}

/// VS34x: Milesight's web manual ("Downlink Commands"), its two examples first. EM310-UDL and the others: the
/// answers in the maker's decoders, which are the commands.
#[test]
fn a_command_to_a_milesight_sensor_is_read_and_written() {
    for (device_type, bytes, command) in [
        (MILESIGHT, "ff10ff", json!({"command": "reboot"})),
        (
            MILESIGHT,
            "ff8e001400",
            json!({"command": "set_report_interval", "report_interval_min": 20}),
        ),
        (MILESIGHT, "ff28ff", json!({"command": "report_now"})),
        (MILESIGHT, "ff957800", json!({"command": "set_vacancy_delay", "vacancy_delay_s": 120})),
        (MILESIGHT, "ff2f00", json!({"command": "set_led", "led": false})),
        (EM310, "ff10ff", json!({"command": "reboot"})),
        (EM310, "ff03b004", json!({"command": "set_report_interval", "report_interval_s": 1200})),
        (
            EM310,
            "ff023c00",
            json!({"command": "set_collection_interval", "collection_interval_s": 60}),
        ),
        (EM400, "ff3e01", json!({"command": "set_tilt_switch", "tilt_switch": true})),
        (EM400, "ff5600", json!({"command": "set_measuring", "measures_distance": false})),
        (EM400, "ff77c409", json!({"command": "set_install_height", "install_height_mm": 2500})),
    ] {
        down(device_type, 85, bytes, &json!({"readings": [], "extra": command}));
        assert_eq!(encoded(device_type, &command), Ok((85, bytes.to_owned())));
    }
    for (device_type, bytes, code) in [
        (MILESIGHT, "ff8e001400ff10ff", "bad_frame"),
        (MILESIGHT, "ff957900", "bad_frame"),
        (MILESIGHT, "ff2f02", "bad_frame"),
        (MILESIGHT, "fe10ff", "unknown_frame"),
        (MILESIGHT, "ff03b004", "unknown_frame"),
        (EM310, "ff28ff", "unknown_frame"),
        (EM310, "ff03b0", "bad_frame"),
    ] {
        down(device_type, 85, bytes, &json!(code));
    }
    for (device_type, command, code) in [
        (MILESIGHT, json!({"command": "set_vacancy_delay", "vacancy_delay_s": 121}), "bad_frame"),
        (
            MILESIGHT,
            json!({"command": "set_report_interval", "report_interval_min": 0}),
            "bad_frame",
        ),
        (
            MILESIGHT,
            json!({"command": "set_report_interval", "report_interval_s": 60}),
            "bad_frame",
        ),
        (MILESIGHT, json!({"command": "set_led", "led": "on"}), "bad_frame"),
        (EM310, json!({"command": "report_now"}), "unknown_frame"),
    ] {
        assert_eq!(encoded(device_type, &command), Err(code), "{command}");
    }
}

/// The published sample, field by field; the payload follows.
fn nb_iot_header(payload_length: &str) -> String {
    let ascii = |text: &str| hex::encode(text);
    [
        "02",
        "0001",
        "005f",
        "00",
        "0000",
        "01",
        &ascii("0101"),
        &ascii("0110"),
        &ascii("6749D19054690031"),
        &ascii("868508064807350"),
        &ascii("460043224213110"),
        &ascii("89860412102270062857"),
        "09",
        payload_length,
    ]
    .concat()
}

fn nb_iot_extra(more: &Value) -> Value {
    let mut extra = json!({"id": 1, "flag": 0, "frame_count": 0, "protocol_version": 1,
        "hardware_version": "0110", "sn": "6749D19054690031", "imei": "868508064807350",
        "imsi": "460043224213110", "iccid": "89860412102270062857", "csq": 9});
    extra.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    extra
}

#[test]
fn a_distance_is_handed_on_and_says_nothing_about_the_bay() {
    let tilted = json!(["tilted"]);
    for (device_type, fport, bytes, report, extra) in [
        (
            EM400,
            85,
            "01755c0367010104824408050001",
            json!({"kind": "info", "battery_pct": 92, "temperature_c": 25.7, "flags": tilted}),
            json!({"distance_mm": 2116, "position": "tilt"}),
        ),
        (
            EM400,
            85,
            "8367e800018482410601",
            json!({"kind": "info", "temperature_c": 23.2, "flags": ["temperature_alert"]}),
            json!({"distance_mm": 1601, "temperature_alarm": "threshold_alarm",
                "distance_alarm": "threshold_alarm"}),
        ),
        (
            EM400,
            100,
            "01755c03670101048244080500018367e800018482410601",
            json!({"kind": "info", "battery_pct": 92, "temperature_c": 23.2,
                "flags": ["tilted", "temperature_alert"]}),
            json!({"distance_mm": 1601, "position": "tilt", "temperature_alarm": "threshold_alarm",
                "distance_alarm": "threshold_alarm"}),
        ),
        (
            EM310,
            85,
            "01755c03824408040001",
            json!({"kind": "info", "battery_pct": 92, "flags": tilted}),
            json!({"distance_mm": 2116, "position": "tilt"}),
        ),
        // By hand: -5.5 degrees is 0xffc9, sent low byte first; a later value counts.
        (EM400, 85, "0367c9ff", json!({"kind": "info", "temperature_c": -5.5}), json!({})),
        (EM400, 85, "050001050000", json!({"kind": "info"}), json!({"position": "normal"})),
        (
            EM400,
            85,
            "8367640000",
            json!({"kind": "info", "temperature_c": 10.0}),
            json!({"temperature_alarm": "threshold_alarm_release"}),
        ),
        (EM310, 85, "0382ffff", json!({"kind": "info"}), json!({"distance_mm": 65535})),
        (EM310, 85, "ff0bff", json!({"kind": "start_up", "reset_cause": "power_on"}), json!({})),
        (EM400, 85, "ff7102", json!({"kind": "info"}), json!({"working_mode": "parking"})),
        (EM400, 85, "ff035802", json!({"kind": "info"}), json!({"report_interval_s": 600})),
    ] {
        up(device_type, fport, bytes, &reading(&report, &extra));
    }
}

#[test]
fn an_nb_iot_frame_needs_no_port() {
    let frame = nb_iot_header("000e") + "01756403670b0104823b01050001";
    let report = json!({"kind": "info", "battery_pct": 100, "temperature_c": 26.7,
        "firmware": "0101", "flags": ["tilted"]});
    let extra = nb_iot_extra(&json!({"distance_mm": 315, "position": "tilt"}));
    for fport in [0, 1, 85, 255] {
        up(NB_IOT, fport, &frame, &reading(&report, &extra));
    }
    // What the header's own length field counts is not said: it decides nothing.
    up(NB_IOT, 0, &frame.replacen("005f", "0000", 1), &reading(&report, &extra));
}

#[test]
fn a_frame_of_a_distance_sensor_that_does_not_fit_is_refused() {
    let header = nb_iot_header("0003");
    for (device_type, fport, bytes, code) in [
        (EM400, 1, "017564", "unknown_frame"),
        (EM400, 85, "", "bad_frame"),
        (EM400, 85, "0367", "bad_frame"),
        (EM400, 85, "036701", "bad_frame"),
        (EM400, 85, "048244", "bad_frame"),
        (EM400, 85, "050002", "bad_frame"),
        (EM400, 85, "8367e80002", "bad_frame"),
        (EM400, 85, "8482410602", "bad_frame"),
        (EM400, 85, "03824408", "unknown_frame"),
        (EM400, 85, "01755c068800", "unknown_frame"),
        (EM400, 85, "ff7103", "bad_frame"),
        (EM310, 85, "04824408", "unknown_frame"),
        (EM310, 85, "040002", "bad_frame"),
        (EM310, 85, "0367c9ff", "unknown_frame"),
        (EM310, 100, "017564", "unknown_frame"),
        (NB_IOT, 0, "", "bad_frame"),
        (NB_IOT, 0, "02", "bad_frame"),
        (NB_IOT, 0, "01", "bad_frame"),
        (NB_IOT, 0, &header, "bad_frame"),
        (NB_IOT, 0, &(header.clone() + "0175"), "bad_frame"),
        (NB_IOT, 0, &(header.clone() + "01756400"), "bad_frame"),
        (NB_IOT, 0, &(header.clone() + "097501"), "unknown_frame"),
        (NB_IOT, 0, &nb_iot_header("0000"), "bad_frame"),
        // A header whose texts are no texts.
        (NB_IOT, 0, &(header.replace("30313031", "30310031") + "017564"), "bad_frame"),
        (NB_IOT, 0, &(header.replacen("02", "03", 1) + "017564"), "bad_frame"),
    ] {
        up(device_type, fport, bytes, &json!(code));
    }
}

#[test]
fn a_command_to_an_em400_is_read_and_written() {
    for (bytes, command) in [
        ("ff10ff", json!({"command": "reboot"})),
        ("ff28ff", json!({"command": "report_now"})),
        // 600 = 0x0258, low byte first
        ("ff035802", json!({"command": "set_report_interval", "report_interval_s": 600})),
        ("ff023c00", json!({"command": "set_collection_interval", "collection_interval_s": 60})),
        ("ff7102", json!({"command": "set_working_mode", "working_mode": "parking"})),
    ] {
        down(EM400, 85, bytes, &json!({"readings": [], "extra": command}));
        assert_eq!(encoded(EM400, &command), Ok((85, bytes.to_owned())));
    }
    for (bytes, code) in [
        ("", "unknown_frame"),
        ("ff", "unknown_frame"),
        ("ff99ff", "unknown_frame"),
        ("ff1000", "bad_frame"),
        ("ff0358", "bad_frame"),
        ("ff7103", "bad_frame"),
        ("ff10ff00", "bad_frame"),
    ] {
        down(EM400, 85, bytes, &json!(code));
    }
    for (command, code) in [
        (json!({}), "unknown_frame"),
        (json!({"command": "explode"}), "unknown_frame"),
        (json!({"command": "set_report_interval"}), "bad_frame"),
        (json!({"command": "set_report_interval", "report_interval_s": 65536}), "bad_frame"),
        (json!({"command": "set_working_mode", "working_mode": "tank"}), "bad_frame"),
    ] {
        assert_eq!(encoded(EM400, &command), Err(code), "{command}");
    }
}

#[test]
fn a_distance_is_a_vehicle_only_below_the_one_that_the_register_names() {
    use sensing::{Frame, codec, measures_distance};
    // 1500 mm is 0x05dc, 1499 mm 0x05db, low byte first; Netvox sends the high byte first.
    let nb_iot = nb_iot_header("0004") + "0482db05";
    for (device_type, fport, bytes, kind, occupied) in [
        (EM400, 85, "0482db05", "heartbeat", json!(true)),
        (EM400, 85, "0482dc05", "heartbeat", json!(false)),
        (EM400, 85, "01755c8482db0501", "heartbeat", json!(true)),
        (EM400, 85, "ff0bff0482db05", "start_up", json!(true)),
        (EM400, 85, "01755c", "info", json!(null)),
        (EM310, 85, "0382dc05", "heartbeat", json!(false)),
        (EM310, 85, "0382ffff", "info", json!(null)),
        (EM310, 85, "03820000", "info", json!(null)),
        (NB_IOT, 0, &nb_iot, "heartbeat", json!(true)),
        // Its own status says the other thing; then a container of which it measures the level.
        ("netvox-r718pe", 6, "01b101240005db00000000", "heartbeat", json!(true)),
        ("netvox-r718pe", 6, "01b101240105dc0a000000", "heartbeat", json!(false)),
        ("bosch-tps110", 1, "01", "occupied", json!(true)),
    ] {
        let bytes = hex::decode(bytes).unwrap();
        let frame = Frame { fport, bytes: &bytes, firmware: None };
        let mut decoded = (codec(device_type).unwrap().decode_up)(&frame).unwrap();
        let extra = decoded.extra.clone();
        decoded.judge_distance(1_500);
        let said = serde_json::to_value(&decoded.readings[0]).unwrap();
        assert_eq!(
            (&said["kind"], &said["occupied"]),
            (&json!(kind), &occupied),
            "{device_type} {extra:?}"
        );
        assert_eq!(decoded.extra, extra);
        assert_eq!(measures_distance(device_type), device_type != "bosch-tps110");
    }
}
