//! What networks say beside uplinks: joins, status, positions, the fate of downlinks.
//!
//! The messages are those of the documentation and of the captures named in `envelopes`, written
//! down anew with the fields that are read, and variants of them made by hand.

use sensing::{Heard, Notice, NoticeKind, read_message};
use serde_json::{Value, json};
use vocabulary::Point;

use super::{RECEIVED_AT, check_refused, chirpstack};
use crate::world::{device, everybody_is, instant};

const DOCS: &str = "0101010101010101";
const RADIATOR: &str = "70b3d52dd300ed31";

fn notice(topic: &str, message: &Value) -> Notice {
    let payload = message.to_string();
    let known = everybody_is("bosch-tps110");
    match read_message(topic, payload.as_bytes(), instant(RECEIVED_AT), &known) {
        Ok(Heard::Notice(notice)) => notice,
        other => panic!("{topic}: {other:?}"),
    }
}

/// `at` is the network's time, or none.
fn check(topic: &str, message: &Value, at: Option<&str>, what: &NoticeKind) {
    let got = notice(topic, message);
    assert_eq!(&got.what, what, "{topic} {message}");
    assert_eq!(got.at, instant(at.unwrap_or(RECEIVED_AT)), "{topic}");
    assert_eq!(got.device, device(1), "{topic}");
}

fn event(time: &str, dev_eui: &str, more: &Value) -> Value {
    let mut message = json!({"time": time, "deviceInfo": {"devEui": dev_eui}});
    message.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    message
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn status(battery_pct: Option<u8>, external_power: bool, margin_db: i32) -> NoticeKind {
    NoticeKind::Status { battery_pct, external_power, margin_db: Some(margin_db) }
}

fn located(lon: f64, lat: f64, accuracy_m: Option<f64>, source: Option<&str>) -> NoticeKind {
    let at = Point::new(lon, lat).expect("a place");
    NoticeKind::Located { at, accuracy_m, source: source.map(str::to_owned) }
}

#[test]
fn every_captured_event_of_chirpstack_is_a_notice() {
    for (dev_eui, name, time, more, what) in [
        (
            DOCS,
            "join",
            "2022-07-18T09:33:28.823500726+00:00",
            json!({"devAddr": "00189440"}),
            NoticeKind::Joined { session: text("00189440") },
        ),
        (
            RADIATOR,
            "join",
            "2023-12-12T03:13:21.551178+00:00",
            json!({"devAddr": "01009400"}),
            NoticeKind::Joined { session: text("01009400") },
        ),
        (
            DOCS,
            "status",
            "2022-07-18T09:35:06.927172638+00:00",
            json!({"margin": 10, "batteryLevel": 88.3}),
            status(Some(88), false, 10),
        ),
        (
            RADIATOR,
            "status",
            "2024-01-26T20:18:45.299871+00:00",
            json!({"margin": 7, "externalPowerSource": false, "batteryLevelUnavailable": false,
                "batteryLevel": 85.826_775}),
            status(Some(86), false, 7),
        ),
        (
            DOCS,
            "ack",
            "2022-07-18T09:38:49.235700766+00:00",
            json!({"queueItemId": "1bbcab1d", "acknowledged": true, "fCntDown": 3}),
            NoticeKind::Acknowledged { queue_item: text("1bbcab1d"), f_cnt: Some(3) },
        ),
        (
            RADIATOR,
            "ack",
            "2023-08-15T13:22:27.969901+00:00",
            json!({"queueItemId": "3434298f", "acknowledged": true, "fCntDown": 262}),
            NoticeKind::Acknowledged { queue_item: text("3434298f"), f_cnt: Some(262) },
        ),
        (
            DOCS,
            "txack",
            "2022-07-18T09:37:48.929184085+00:00",
            json!({"downlinkId": 3_461_958_127_u32, "queueItemId": "42cb6459", "fCntDown": 2,
                "gatewayId": "0016c001f153a14c", "txInfo": {"frequency": 867_900_000}}),
            NoticeKind::Sent { queue_item: text("42cb6459"), f_cnt: Some(2) },
        ),
        (
            DOCS,
            "log",
            "2022-07-18T09:39:57.311414029+00:00",
            json!({"level": "ERROR", "code": "UPLINK_MIC", "description": "MIC is invalid"}),
            NoticeKind::Logged {
                level: "error".into(),
                code: "uplink_mic".into(),
                detail: "MIC is invalid".into(),
            },
        ),
        (
            DOCS,
            "location",
            "2022-07-18T09:55:11.059481003+00:00",
            json!({"location": {"latitude": 37.3, "longitude": -8.8, "altitude": 2}}),
            located(-8.8, 37.3, None, None),
        ),
    ] {
        let topic = chirpstack(dev_eui, &format!("event/{name}"));
        check(&topic, &event(time, dev_eui, &more), Some(time), &what);
    }
}

#[test]
fn what_chirpstack_leaves_out_has_its_default() {
    let time = "2022-07-18T09:35:06Z";
    for (name, more, what) in [
        ("join", json!({}), NoticeKind::Joined { session: None }),
        ("status", json!({}), status(Some(0), false, 0)),
        ("status", json!({"margin": -5, "batteryLevelUnavailable": true}), status(None, false, -5)),
        ("status", json!({"externalPowerSource": true}), status(None, true, 0)),
        ("ack", json!({}), NoticeKind::Refused { queue_item: None, f_cnt: Some(0) }),
        (
            "ack",
            json!({"acknowledged": false, "queueItemId": "a", "fCntDown": 9}),
            NoticeKind::Refused { queue_item: text("a"), f_cnt: Some(9) },
        ),
        ("txack", json!({}), NoticeKind::Sent { queue_item: None, f_cnt: Some(0) }),
        (
            "log",
            json!({}),
            NoticeKind::Logged {
                level: "info".into(),
                code: "unknown".into(),
                detail: String::new(),
            },
        ),
        (
            "location",
            json!({"location": {"latitude": 51.5, "source": "GPS", "accuracy": 12.5}}),
            located(0.0, 51.5, Some(12.5), Some("gps")),
        ),
    ] {
        let topic = chirpstack(DOCS, &format!("event/{name}"));
        check(&topic, &event(time, DOCS, &more), Some(time), &what);
    }
    check(
        &chirpstack(DOCS, "event/join"),
        &json!({"devAddr": "00189440"}),
        None,
        &NoticeKind::Joined { session: text("00189440") },
    );
}

fn tts(event: &str) -> String {
    format!("v3/app1@tenant/devices/dev1/{event}")
}

fn tts_message(more: &Value) -> Value {
    let mut message = json!({"end_device_ids": {"device_id": "dev1",
            "dev_eui": "0004A30B001C0530", "dev_addr": "00C30DFA"},
        "received_at": "2020-02-17T10:32:24.590413417Z"});
    message.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    message
}

#[test]
fn every_message_of_the_things_stack_about_a_device_is_a_notice() {
    let downlink = json!({"session_key_id": "AXBSp8v2", "f_port": 15, "f_cnt": 1,
        "frm_payload": "vu8=", "confirmed": true, "correlation_ids": ["as:downlink:01E1", "b"]});
    let item = || text("as:downlink:01E1");
    let received = Some("2020-02-17T10:32:24.590Z");
    for (name, more, at, what) in [
        (
            "join",
            json!({"join_accept": {"session_key_id": "AXBSH1Pk6Z0G166RlH16CQ==",
                "received_at": "2020-02-17T07:49:09.736532315Z"}}),
            Some("2020-02-17T07:49:09.736Z"),
            NoticeKind::Joined { session: text("AXBSH1Pk6Z0G166RlH16CQ==") },
        ),
        (
            "down/ack",
            json!({"downlink_ack": downlink}),
            received,
            NoticeKind::Acknowledged { queue_item: item(), f_cnt: Some(1) },
        ),
        (
            "down/nack",
            json!({"downlink_nack": downlink}),
            received,
            NoticeKind::Refused { queue_item: item(), f_cnt: Some(1) },
        ),
        (
            "down/sent",
            json!({"downlink_sent": {"f_port": 1}}),
            received,
            NoticeKind::Sent { queue_item: None, f_cnt: Some(0) },
        ),
        (
            "down/queued",
            json!({"downlink_queued": {"correlation_ids": ["as:downlink:01E1"]}}),
            received,
            NoticeKind::Queued { queue_item: item(), f_cnt: None },
        ),
        (
            "down/failed",
            json!({"downlink_failed": {"downlink": downlink, "error": {
                "namespace": "pkg/networkserver", "name": "application_downlink_scheduling",
                "message_format": "failed to schedule", "code": 10}}}),
            received,
            NoticeKind::Failed {
                queue_item: item(),
                detail: "pkg/networkserver: application_downlink_scheduling: failed to schedule"
                    .into(),
            },
        ),
        (
            "down/failed",
            json!({"downlink_failed": {}}),
            received,
            NoticeKind::Failed { queue_item: None, detail: "no reason given".into() },
        ),
        (
            "location/solved",
            json!({"location_solved": {"service": "lbs", "location": {"latitude": 48.1,
                "longitude": 11.5, "accuracy": 20, "source": "SOURCE_LORA_TDOA_GEOLOCATION"}}}),
            received,
            located(11.5, 48.1, Some(20.0), Some("source_lora_tdoa_geolocation")),
        ),
        (
            "service/data",
            json!({"service_data": {"service": "storage", "data": {"x": 1}}}),
            received,
            NoticeKind::Logged {
                level: "info".into(),
                code: "service_data".into(),
                detail: "storage".into(),
            },
        ),
    ] {
        check(&tts(name), &tts_message(&more), at, &what);
    }
    // What an application asked for: no ids, no time.
    for (name, message, queue_item) in [
        (
            "down/push",
            json!({"downlinks": [{"f_port": 15, "frm_payload": "vu8=",
            "correlation_ids": ["custom-id"]}]}),
            text("custom-id"),
        ),
        ("down/replace", json!({"downlinks": []}), None),
        ("down/replace", json!({}), None),
    ] {
        check(&tts(name), &message, None, &NoticeKind::Queued { queue_item, f_cnt: None });
    }
}

#[test]
fn a_network_speaks_of_our_own_downlinks_by_our_own_name() {
    let ours = "bowei:0199a000-0000-7000-8000-000000000001";
    let ids = json!(["as:downlink:01E1", ours, "rpc:/x"]);
    let queue_item = text(ours);
    check(
        &tts("down/ack"),
        &tts_message(&json!({"downlink_ack": {"f_cnt": 4, "correlation_ids": ids}})),
        Some("2020-02-17T10:32:24.590Z"),
        &NoticeKind::Acknowledged { queue_item: queue_item.clone(), f_cnt: Some(4) },
    );
    check(
        &tts("down/failed"),
        &tts_message(&json!({"downlink_failed": {"downlink": {"correlation_ids": ids}}})),
        Some("2020-02-17T10:32:24.590Z"),
        &NoticeKind::Failed { queue_item, detail: "no reason given".into() },
    );
    // ChirpStack tells in its log that it threw a downlink away.
    let time = "2022-07-18T09:39:57.311Z";
    let log = |level: &str| {
        event(
            time,
            DOCS,
            &json!({"level": level, "code": "DOWNLINK_PAYLOAD_SIZE", "description": "too long",
                "context": {"item_size": "60", "queue_item_id": "0199a000-0000-7000-8000-000000000001"}}),
        )
    };
    check(
        &chirpstack(DOCS, "event/log"),
        &log("ERROR"),
        Some(time),
        &NoticeKind::Failed {
            queue_item: text("0199a000-0000-7000-8000-000000000001"),
            detail: "downlink_payload_size: too long".into(),
        },
    );
    check(
        &chirpstack(DOCS, "event/log"),
        &log("WARNING"),
        Some(time),
        &NoticeKind::Logged {
            level: "warning".into(),
            code: "downlink_payload_size".into(),
            detail: "too long".into(),
        },
    );
}

#[test]
fn a_device_named_by_its_eui_is_found_where_no_ids_are_sent() {
    let asked = std::cell::RefCell::new(Vec::new());
    let find = |_, key: &str| {
        asked.borrow_mut().push(key.to_owned());
        None
    };
    for device in ["eui-A84041162183F8FB", "eui-a84041162183f8fb", "eui-77", "bay-7"] {
        let topic = format!("v3/a@t/devices/{device}/down/push");
        read_message(&topic, b"{}", instant(RECEIVED_AT), &find).unwrap_err();
    }
    let keys = ["a84041162183f8fb", "a84041162183f8fb", "eui-77", "bay-7"];
    assert_eq!(asked.into_inner(), keys);
}

#[test]
fn the_same_notice_again_has_the_same_hash() {
    let topic = chirpstack(DOCS, "event/ack");
    let time = "2022-07-18T09:38:49.235700766+00:00";
    let ack = |more: Value| notice(&topic, &event(time, DOCS, &more)).hash;
    let first = ack(json!({"queueItemId": "a", "acknowledged": true, "fCntDown": 3}));
    assert_eq!(
        ack(json!({"fCntDown": 3, "acknowledged": true, "queueItemId": "a", "new": 1})),
        first
    );
    for other in [
        json!({"queueItemId": "b", "acknowledged": true, "fCntDown": 3}),
        json!({"queueItemId": "a", "fCntDown": 3}),
        json!({"queueItemId": "a", "acknowledged": true}),
    ] {
        assert_ne!(ack(other), first);
    }
}

#[test]
fn what_is_no_word_of_a_device_is_refused_as_such() {
    let topic = chirpstack(DOCS, "event/integration");
    let message = event("2022-07-18T09:38:49Z", DOCS, &json!({"object": {}}));
    check_refused(&topic, &message, "bosch-tps110", "not_an_uplink", DOCS);
    for (topic, message, key) in [
        (
            "application/APPLICATION_ID/device/DEV_EUI/command/down",
            json!({"devEui": "0102030405060708", "fPort": 10, "data": "...."}),
            "dev_eui",
        ),
        (
            "application/d63c10b6/device/a8404127a188d826/command/down",
            json!({"devEui": "a8404127a188d826", "fPort": 1, "data": "AQACWA=="}),
            "a8404127a188d826",
        ),
        ("v3/app1@tenant/devices/dev1/down/told", json!({}), "dev1"),
        ("v3/app1@tenant/devices/dev1/whatever", json!({}), "dev1"),
        ("bowei/v1/d1/down", json!({"stored": {}}), "d1"),
        // A message of another kind on the uplinks' topic.
        ("v3/app1@tenant/devices/dev1/up", json!({"join_accept": {}}), "dev1"),
    ] {
        check_refused(topic, &message, "bosch-tps110", "not_an_uplink", key);
    }
}

#[test]
fn a_notice_with_a_wrong_field_is_refused() {
    for (name, more, code) in [
        ("join", json!({"devAddr": "x"}), "bad_field"),
        ("status", json!({"batteryLevel": 101}), "bad_field"),
        ("status", json!({"margin": "10"}), "bad_field"),
        ("ack", json!({"acknowledged": 1}), "bad_field"),
        ("ack", json!({"fCntDown": -1}), "bad_field"),
        ("log", json!({"level": 3}), "bad_field"),
        ("location", json!({}), "missing_field"),
        ("location", json!({"location": {}}), "missing_field"),
        ("location", json!({"location": {"latitude": 91}}), "bad_field"),
        ("join", json!({"time": "yesterday"}), "bad_field"),
        ("join", json!({"deviceInfo": {"devEui": "0202020202020202"}}), "bad_field"),
    ] {
        let topic = chirpstack(DOCS, &format!("event/{name}"));
        let message = event("2022-07-18T09:38:49Z", DOCS, &more);
        check_refused(&topic, &message, "bosch-tps110", code, DOCS);
    }
    for (name, more, code) in [
        ("join", json!({}), "missing_field"),
        ("down/ack", json!({}), "missing_field"),
        ("down/ack", json!({"downlink_ack": {"f_cnt": "1"}}), "bad_field"),
        ("down/push", json!({"downlinks": [7]}), "bad_field"),
        ("location/solved", json!({"location_solved": {}}), "missing_field"),
    ] {
        check_refused(&tts(name), &tts_message(&more), "bosch-tps110", code, "dev1");
    }
    let topic = chirpstack(DOCS, "event/join");
    let message = event("2022-07-18T09:38:49Z", DOCS, &json!({}));
    check_refused(&topic, &message, "nobody", "unknown_device", DOCS);
}
