//! What networks really send: 21 messages, each read or refused with a reason.
//!
//! Written down anew with the fields that matter. Sources: chirpstack/chirpstack-docs,
//! integrations/events and integrations/mqtt; TheThingsIndustries/lorawan-stack-docs,
//! integrations/data-formats; comments of the npm package iobroker.lorawan 1.22.33 (MIT); one
//! message seen in public code. Their devices are of many makes: where a frame is not of a parking
//! sensor, the codec's refusal is what is expected.

mod notices;

use sensing::{
    Doubt, DoubtReason, Heard, Kind, Network, Observation, Policy, Reading, Rejected, Report,
    Setup, TimeSource, fold, read_message,
};
use serde_json::{Value, json};
use vocabulary::Timestamp;

use crate::world::{everybody_is, instant, nobody};

const RECEIVED_AT: &str = "2026-09-15T00:00:00Z";

/// A second after its network dated it; at `RECEIVED_AT` if none did.
fn came_at(message: &Value) -> Timestamp {
    let dated = ["/rxInfo/0/nsTime", "/time", "/received_at"].into_iter();
    let mut dated = dated.filter_map(|pointer| message.pointer(pointer)?.as_str());
    let dated = dated.find_map(|text| Timestamp::parse(text).ok());
    dated.map_or(instant(RECEIVED_AT), |at| at.plus_ms(1000))
}

fn read(topic: &str, message: &Value, device_type: &str) -> Result<Vec<Reading>, Rejected> {
    read_at(topic, message, device_type, came_at(message))
}

fn read_at(
    topic: &str,
    message: &Value,
    device_type: &str,
    now: Timestamp,
) -> Result<Vec<Reading>, Rejected> {
    let payload = serde_json::to_vec(message).expect("plain data");
    match device_type {
        "nobody" => read_message(topic, &payload, now, &nobody).map(Heard::readings),
        _ => read_message(topic, &payload, now, &everybody_is(device_type)).map(Heard::readings),
    }
}

fn check_refused(topic: &str, message: &Value, device_type: &str, code: &str, key: &str) {
    let rejected = read(topic, message, device_type).expect_err(topic);
    assert_eq!(rejected.reason.code(), code, "{topic}: {}", rejected.detail);
    assert_eq!(rejected.device_key.as_deref(), Some(key), "{topic}");
    assert!(rejected.network.is_some(), "{topic}");
}

/// A ChirpStack topic of this device.
fn chirpstack(dev_eui: &str, what: &str) -> String {
    format!("application/17c82e96-be03-4f38-aef3-f83d48582d97/device/{dev_eui}/{what}")
}

fn chirpstack_docs_up() -> Value {
    json!({"time": "2022-07-18T09:34:15.775023242+00:00",
        "deviceInfo": {"devEui": "0101010101010101", "tags": {"key": "value"}},
        "devAddr": "00189440", "dr": 1, "fPort": 1, "data": "qg==",
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5}]})
}

fn chirpstack_door_up() -> Value {
    json!({"time": "2024-08-25T07:10:47.758298+00:00",
        "deviceInfo": {"deviceName": "Flurtüre", "devEui": "a84041263188b787"},
        "devAddr": "0061ebd4", "adr": true, "fCnt": 8264, "fPort": 10, "confirmed": false,
        "data": "DAYBAA+IAAAAAA==", "object": {"OPEN": false},
        "rxInfo": [{"gwTime": "2024-08-25T07:10:47.758298+00:00",
            "nsTime": "2024-08-25T07:11:29.787667701+00:00", "rssi": -68, "snr": 9.25}]})
}

fn tts_docs_up() -> Value {
    json!({"end_device_ids": {"device_id": "dev1", "dev_eui": "0004A30B001C0530",
            "dev_addr": "00BCB929"},
        "received_at": "2020-02-12T15:15:46.014773143Z",
        "uplink_message": {"session_key_id": "AXA50tHUGUucuzS/bCGMNw==", "f_cnt": 1,
            "frm_payload": "gkHe", "rx_metadata": [{"time": "2020-02-12T15:15:45.787Z",
                "rssi": -35, "snr": 5}], "settings": {"frequency": "868300000"},
            "received_at": "2020-02-12T15:15:45.789585559Z"}})
}

fn tts_packet_broker_up() -> Value {
    json!({"end_device_ids": {"device_id": "eui-647fda0000009f7c",
            "dev_eui": "647FDA0000009F7C", "dev_addr": "27FE773A"},
        "received_at": "2026-03-28T08:26:02.028458338Z",
        "uplink_message": {"session_key_id": "AZ0gPNNV66dqus+7rsoxCg==", "f_port": 10,
            "f_cnt": 147, "frm_payload": "A2cAhQRogAD/ATg=",
            "rx_metadata": [{"gateway_ids": {"gateway_id": "packetbroker"},
                "time": "2026-03-28T08:26:01.625602006Z", "rssi": -82, "snr": 8.25}],
            "received_at": "2026-03-28T08:26:01.821949208Z",
            "last_battery_percentage": {"f_cnt": 108, "value": 100}}})
}

#[test]
fn an_uplink_of_an_unknown_device_is_refused_by_its_key() {
    let older = json!({"time": "2025-02-18T14:49:19.475813+00:00",
        "deviceInfo": {"devEui": "a84041f621857cd2"}, "devAddr": "01cdf20a", "fCnt": 170,
        "fPort": 2, "data": "DPYBAaL//AA9", "regionConfigId": "eu868",
        "rxInfo": [{"gwTime": "2025-02-18T14:49:19.475813+00:00", "rssi": -108, "snr": 2}]});
    let leap_day = json!({"time": "2024-02-29T16:01:18.118252739+00:00",
        "deviceInfo": {"devEui": "a840415711866a85"}, "devAddr": "01272c9e", "fCnt": 1,
        "fPort": 2, "data": "CmQCD3//AWXgqk4=", "object": {"Systimestamp": 1_709_222_478.0},
        "rxInfo": [{"nsTime": "2024-02-29T16:01:17.868407010+00:00", "rssi": -49, "snr": 14.2}]});
    let up = "event/up";
    for (topic, message, key) in [
        (chirpstack("0101010101010101", up), chirpstack_docs_up(), "0101010101010101"),
        (chirpstack("a840415711866a85", up), leap_day.clone(), "a840415711866a85"),
        (chirpstack("a84041f621857cd2", up), older.clone(), "a84041f621857cd2"),
        (chirpstack("a84041263188b787", up), chirpstack_door_up(), "a84041263188b787"),
        (
            "v3/1-2024-05@gisa/devices/eui-647fda0000009f7c/up".to_owned(),
            tts_packet_broker_up(),
            "647fda0000009f7c",
        ),
    ] {
        check_refused(&topic, &message, "nobody", "unknown_device", key);
    }
    // Registered as a parking sensor by mistake: nine and ten bytes are no heartbeat.
    for (dev_eui, message, code) in [
        ("a84041f621857cd2", older, "bad_frame"),
        ("a840415711866a85", leap_day, "bad_frame"),
        ("a84041263188b787", chirpstack_door_up(), "unknown_frame"),
    ] {
        check_refused(&chirpstack(dev_eui, up), &message, "bosch-tps110", code, dev_eui);
    }
    // The documentation's uplink has no port.
    let topic = "v3/app1@tenant/devices/dev1/up";
    check_refused(topic, &tts_docs_up(), "bosch-tps110", "missing_field", "dev1");
}

#[test]
fn a_chirpstack_uplink_without_a_counter_is_number_nought() {
    let topic = chirpstack("0101010101010101", "event/up");
    let [reading] =
        read(&topic, &chirpstack_docs_up(), "bosch-tps110").unwrap().try_into().unwrap();
    // data "qg==" is 0xaa: the lowest bit is 0.
    assert_eq!((reading.report.kind, reading.report.occupied), (Kind::Vacant, Some(false)));
    assert_eq!((reading.id.epoch.as_str(), reading.id.number, reading.id.part), ("00189440", 0, 0));
    assert_eq!(reading.observed_at, instant("2022-07-18T09:34:15.775Z"));
    assert_eq!(reading.time_source, TimeSource::Network);
    assert_eq!(reading.received_at, instant("2022-07-18T09:34:16.775Z"));
    assert_eq!((reading.rssi_dbm, reading.snr_db), (Some(-36), Some(10.5)));
}

/// Gateway's time, network server's time, GPS; observed, earliest, network.
#[test]
fn a_frame_counts_from_when_it_was_on_the_air() {
    let gateway = "2024-08-25T07:10:47.758Z";
    let server = "2024-08-25T07:11:29.787Z";
    let ahead = "2024-08-25T07:16:29.787Z";
    for (time, ns_time, gps, observed, earliest, network) in [
        // 42 s apart: nobody knows whose clock is wrong, unless the gateway has GPS
        (Some(gateway), Some(server), false, Some(server), Some(gateway), Some(server)),
        (Some(gateway), Some(server), true, Some(gateway), None, Some(server)),
        // 30 s apart is within what one expects of a network; 30.001 s is not
        (
            Some("2024-08-25T07:10:59.787Z"),
            Some(server),
            false,
            Some("2024-08-25T07:10:59.787Z"),
            None,
            Some(server),
        ),
        (
            Some("2024-08-25T07:10:59.786Z"),
            Some(server),
            false,
            Some(server),
            Some("2024-08-25T07:10:59.786Z"),
            Some(server),
        ),
        (
            Some("2024-08-25T07:11:59.787Z"),
            Some(server),
            false,
            Some("2024-08-25T07:11:59.787Z"),
            None,
            Some(server),
        ),
        // five minutes ahead, which is as much as is believed, and a millisecond more
        (Some(ahead), Some(server), false, Some(ahead), Some(server), Some(server)),
        (Some("2024-08-25T07:16:29.788Z"), Some(server), false, Some(server), None, Some(server)),
        (Some(gateway), None, false, Some(gateway), None, Some(gateway)),
        (None, Some(server), false, Some(server), None, Some(server)),
        (None, Some(server), true, Some(server), None, Some(server)),
        (None, None, false, None, None, None),
        // a gateway without a clock
        (Some("1980-01-06T00:00:00Z"), Some(server), false, Some(server), None, Some(server)),
        (Some("1980-01-06T00:00:00Z"), Some(server), true, Some(server), None, Some(server)),
    ] {
        let mut message = chirpstack_door_up();
        message["time"] = json!(time);
        message["rxInfo"][0]["nsTime"] = json!(ns_time);
        if gps {
            message["rxInfo"][0]["timeSinceGpsEpoch"] = json!("1408605065.758s");
        }
        message["fPort"] = json!(1);
        message["data"] = json!("AQ==");
        let topic = chirpstack("A84041263188B787", "event/up");
        let [reading] = read(&topic, &message, "bosch-tps110").unwrap().try_into().unwrap();
        let at = |text: Option<&str>| text.map(instant);
        assert_eq!(reading.network_at, at(network), "{message}");
        let observed: Timestamp = at(observed).unwrap_or(instant(RECEIVED_AT));
        assert_eq!(reading.observed_at, observed, "{message}");
        assert_eq!(reading.earliest_at, at(earliest), "{message}");
        assert_eq!(reading.time_source == TimeSource::Received, network.is_none(), "{message}");
        assert_eq!(reading.device_at, None);
    }
}

#[test]
fn a_the_things_stack_uplink_is_read_with_the_servers_time() {
    let mut message = tts_packet_broker_up();
    message["uplink_message"]["f_port"] = json!(85);
    message["uplink_message"]["frm_payload"] = json!("AXViAwAB"); // 01 75 62 03 00 01
    let topic = "v3/1-2024-05@gisa/devices/eui-647fda0000009f7c/up";
    let [reading] = read(topic, &message, "milesight-vs341").unwrap().try_into().unwrap();
    assert_eq!(reading.report.kind, Kind::Heartbeat);
    assert_eq!((reading.report.occupied, reading.report.battery_pct), (Some(true), Some(98)));
    assert_eq!(reading.id.epoch, "AZ0gPNNV66dqus+7rsoxCg==");
    assert_eq!(reading.id.number, 147);
    assert_eq!(reading.observed_at, instant("2026-03-28T08:26:01.821Z"));
    assert_eq!((reading.rssi_dbm, reading.snr_db), (Some(-82), Some(8.25)));
    assert_eq!(reading.report.flags, Vec::<String>::new());
    assert_eq!(reading.earliest_at, None);

    // What the network knows of the battery counts where the frame does not say it.
    let mut alone = message.clone();
    alone["uplink_message"]["frm_payload"] = json!("AwAB");
    let [reading] = read(topic, &alone, "milesight-vs341").unwrap().try_into().unwrap();
    assert_eq!((reading.report.kind, reading.report.battery_pct), (Kind::Occupied, Some(100)));

    message["uplink_message"]["session_key_id"] = Value::Null;
    message["uplink_message"]["received_at"] = Value::Null;
    let [reading] = read(topic, &message, "milesight-vs341").unwrap().try_into().unwrap();
    assert_eq!(reading.id.epoch, "dev_addr:27fe773a");
    assert_eq!(reading.observed_at, instant("2026-03-28T08:26:02.028Z"));
}

#[test]
fn a_test_uplink_is_understood_and_says_nothing_of_the_bay() {
    let topic = "v3/1-2024-05@gisa/devices/eui-647fda0000009f7c/up";
    let mut message = tts_packet_broker_up();
    message["uplink_message"]["f_port"] = json!(85);
    for (session, payload, code, said) in [
        (json!("AZ0gPNNV66dqus+7rsoxCg=="), "AwAB", "simulated", "read as occupied"),
        // As the console sends it: without a session.
        (Value::Null, "AwAA", "simulated", "read as vacant"),
        // Whoever tries the connection out hears what is wrong with a frame.
        (Value::Null, "AwAC", "bad_frame", "channel 03 00"),
    ] {
        message["simulated"] = json!(true);
        message["uplink_message"]["session_key_id"] = session;
        message["uplink_message"]["frm_payload"] = json!(payload);
        check_refused(topic, &message, "milesight-vs341", code, "647fda0000009f7c");
        let rejected = read(topic, &message, "milesight-vs341").unwrap_err();
        assert!(rejected.detail.contains(said), "{}", rejected.detail);
        message["simulated"] = json!(false);
        let sent = read(topic, &message, "milesight-vs341");
        assert_eq!(sent.is_ok(), code == "simulated", "{sent:?}");
    }
}

#[test]
fn the_device_is_asked_for_by_the_key_of_its_network() {
    for (topic, message, asked) in [
        (
            chirpstack("A84041263188B787", "event/up"),
            chirpstack_door_up(),
            (Network::ChirpStack, "a84041263188b787"),
        ),
        (
            "v3/a@t/devices/eui-647fda0000009f7c/up".to_owned(),
            tts_packet_broker_up(),
            (Network::TheThingsStack, "647fda0000009f7c"),
        ),
        (
            "v3/a/devices/park-7/up".to_owned(),
            json!({"uplink_message": {"session_key_id": "AA==", "f_port": 1, "frm_payload": "AQ=="}}),
            (Network::TheThingsStack, "park-7"),
        ),
        (
            "bowei/v1/Bay:7/up".to_owned(),
            json!({"boot_id": "b", "seq": 1, "kind": "occupied"}),
            (Network::Native, "Bay:7"),
        ),
    ] {
        let heard = std::cell::RefCell::new(Vec::new());
        let payload = message.to_string();
        let find = |network: Network, key: &str| {
            heard.borrow_mut().push((network, key.to_owned()));
            None
        };
        read_message(&topic, payload.as_bytes(), instant(RECEIVED_AT), &find).unwrap_err();
        assert_eq!(heard.into_inner(), [(asked.0, asked.1.to_owned())], "{topic}");
    }
}

#[test]
fn an_uplink_with_a_wrong_field_is_refused() {
    let chirpstack_topic = chirpstack("0101010101010101", "event/up");
    for (pointer, value, code) in [
        ("/data", json!("****"), "bad_field"),
        ("/data", json!(17), "bad_field"),
        ("/fPort", Value::Null, "missing_field"),
        ("/fPort", json!(0), "missing_field"),
        ("/fPort", json!(256), "bad_field"),
        ("/fPort", json!(-1), "bad_field"),
        ("/fPort", json!("1"), "bad_field"),
        ("/fPort", json!(9), "unknown_frame"),
        ("/devAddr", Value::Null, "missing_field"),
        ("/devAddr", json!("xyz"), "bad_field"),
        ("/time", json!("yesterday"), "bad_field"),
        ("/rxInfo", json!({}), "bad_field"),
        ("/deviceInfo", json!([]), "bad_field"),
        ("/deviceInfo/devEui", json!("0202020202020202"), "bad_field"),
        ("/deviceInfo/devEui", json!("01"), "bad_field"),
    ] {
        let mut message = chirpstack_docs_up();
        *message.pointer_mut(pointer).unwrap() = value;
        check_refused(&chirpstack_topic, &message, "bosch-tps110", code, "0101010101010101");
    }
    let tts_topic = "v3/a@t/devices/eui-647fda0000009f7c/up";
    let (topic_key, eui) = ("eui-647fda0000009f7c", "647fda0000009f7c");
    for (pointer, value, code, key) in [
        ("/uplink_message/f_port", Value::Null, "missing_field", topic_key),
        ("/uplink_message/f_cnt", json!(-1), "bad_field", topic_key),
        ("/uplink_message/f_cnt", json!(1.5), "bad_field", topic_key),
        ("/uplink_message/session_key_id", json!("a\u{0}b"), "bad_field", topic_key),
        ("/uplink_message/received_at", json!("2026-02-30T00:00:00Z"), "bad_field", topic_key),
        ("/end_device_ids/device_id", json!("dev1"), "bad_field", topic_key),
        ("/end_device_ids/dev_eui", json!("dev1"), "bad_field", topic_key),
        ("/uplink_message", json!("x"), "bad_field", topic_key),
        ("/uplink_message/f_port", json!(9), "unknown_frame", eui),
    ] {
        let mut message = tts_packet_broker_up();
        *message.pointer_mut(pointer).unwrap() = value;
        check_refused(tts_topic, &message, "bosch-tps110", code, key);
    }
    let message = tts_packet_broker_up();
    check_refused(tts_topic, &message, "acme-x1", "unknown_device_type", eui);
    check_refused(&chirpstack("77", "event/up"), &chirpstack_docs_up(), "x", "bad_field", "77");
}

#[test]
fn an_uplink_without_a_frame_says_nothing_and_is_no_gap() {
    let topic = chirpstack("0101010101010101", "event/up");
    let uplink = |number: u32, minute: u32, port: Value, data: Value| {
        let mut message = chirpstack_docs_up();
        (message["fCnt"], message["fPort"], message["data"]) = (json!(number), port, data);
        message["time"] = json!(format!("2026-09-14T22:{minute:02}:00Z"));
        read(&topic, &message, "bosch-tps110").unwrap()
    };
    let heartbeat = |number, minute| uplink(number, minute, json!(2), json!("AQ=="));
    for (port, data) in [(Value::Null, Value::Null), (json!(0), json!("")), (json!(5), Value::Null)]
    {
        let [empty] = uplink(2, 20, port, data).try_into().unwrap();
        assert_eq!((&empty.report, empty.id.number), (&Report::new(Kind::Info), 2));
        assert_eq!(empty.time_source, TimeSource::Network);
        for (readings, doubts) in [
            ([heartbeat(1, 10), vec![empty.clone()], heartbeat(3, 30)].concat(), 0),
            // Had it not been counted, two messages would seem to be missing.
            ([heartbeat(1, 10), heartbeat(4, 30)].concat(), 1),
        ] {
            let observations: Vec<_> = readings.iter().map(Observation::of).collect();
            let (_, spans) = fold(&Policy::default(), &Setup::default(), &observations);
            let missing = |d: &&Doubt| d.reason == DoubtReason::MissingMessages;
            let missed = spans[0].doubts.iter().filter(missing).count();
            assert_eq!((spans.len(), missed), (1, doubts), "{:?}", spans[0].doubts);
        }
    }
    let mut message = tts_packet_broker_up();
    let uplink = message["uplink_message"].as_object_mut().unwrap();
    uplink.remove("frm_payload");
    uplink.remove("f_port");
    let topic = "v3/a@t/devices/eui-647fda0000009f7c/up";
    let [empty] = read(topic, &message, "milesight-vs34x").unwrap().try_into().unwrap();
    assert_eq!((empty.report.kind, empty.id.number), (Kind::Info, 147));
    // What the network knows of the battery is taken all the same.
    assert_eq!(empty.report.battery_pct, Some(100));
}

#[test]
fn a_reading_of_more_than_ninety_days_ago_is_refused() {
    // By the network server's clock. 90 days before 15 September 2026 is 17 June 2026.
    let topic = chirpstack("0101010101010101", "event/up");
    for (time, code) in [
        ("2026-06-17T00:00:00Z", None),
        ("2026-06-16T23:59:59.999Z", Some("too_old")),
        ("2016-09-15T00:00:00Z", Some("too_old")),
        // A network whose clock is ahead is another matter.
        ("2026-12-15T00:00:00Z", None),
    ] {
        let mut message = chirpstack_docs_up();
        message["rxInfo"] = json!([{"nsTime": time}]);
        let read = read_at(&topic, &message, "bosch-tps110", instant(RECEIVED_AT));
        assert_eq!(read.err().map(|rejected| rejected.reason.code()), code, "{time}");
    }
    // The clock of a native device that says so is not believed: the reading is placed at its arrival.
    let native =
        json!({"boot_id": "b", "seq": 1, "kind": "occupied", "at": "2016-09-15T00:00:00Z"});
    let [reading] = read("bowei/v1/d1/up", &native, "native").unwrap().try_into().unwrap();
    assert_eq!(reading.observed_at, instant(RECEIVED_AT));
}

/// What a network says of the time of a frame that comes at `RECEIVED_AT`: gateway, server, GPS;
/// observed, earliest, whose clock.
#[test]
fn no_clock_of_a_network_is_its_own_judge() {
    let came = RECEIVED_AT;
    let topic = chirpstack("0101010101010101", "event/up");
    let (network, received) = (TimeSource::Network, TimeSource::Received);
    for (time, ns_time, gps, observed, earliest, source) in [
        // Without the server's time a gateway's is compared with the arrival.
        ("2026-09-14T23:59:59Z", None, false, "2026-09-14T23:59:59Z", None, network),
        ("2026-09-14T23:59:30Z", None, false, "2026-09-14T23:59:30Z", None, network),
        // A clock 45 minutes behind, or a message 45 minutes late: between both.
        ("2026-09-14T23:15:00Z", None, false, came, Some("2026-09-14T23:15:00Z"), network),
        ("2026-09-07T00:00:00Z", None, false, came, Some("2026-09-07T00:00:00Z"), network),
        // Whose clock is some minutes off is not known either.
        ("2026-09-15T00:04:00Z", None, false, "2026-09-15T00:04:00Z", Some(came), network),
        // Eight days behind and five minutes ahead are the limits.
        ("2026-09-06T23:59:59.999Z", None, false, came, None, received),
        ("2026-09-15T00:05:00.001Z", None, false, came, None, received),
        ("2026-09-15T00:45:00Z", None, false, came, None, received),
        ("1970-01-01T00:00:00Z", None, false, came, None, received),
        ("2076-01-01T00:00:00Z", None, false, came, None, received),
        // GPS tells the time; a receiver whose weeks ran over (1,024 of them) does not.
        ("2026-09-14T20:00:00Z", None, true, "2026-09-14T20:00:00Z", None, network),
        ("2007-01-30T00:00:00Z", None, true, came, None, received),
        ("2026-09-15T01:00:00Z", None, true, came, None, received),
        // A server from the future is no better than none.
        (
            "2026-09-14T23:59:59Z",
            Some("2076-01-01T00:00:00Z"),
            false,
            "2026-09-14T23:59:59Z",
            None,
            network,
        ),
        ("2076-01-01T00:00:00Z", Some("2076-01-01T00:00:00Z"), true, came, None, received),
        // A backlog of weeks keeps the server's time.
        (
            "2026-08-15T00:00:00Z",
            Some("2026-08-15T00:00:01Z"),
            false,
            "2026-08-15T00:00:00Z",
            None,
            network,
        ),
    ] {
        let mut message = chirpstack_docs_up();
        message["time"] = json!(time);
        message["rxInfo"] = match (ns_time, gps) {
            (Some(at), false) => json!([{"nsTime": at}]),
            (Some(at), true) => json!([{"nsTime": at, "timeSinceGpsEpoch": "1s"}]),
            (None, true) => json!([{"timeSinceGpsEpoch": "1s"}]),
            (None, false) => json!([{"rssi": -90}]),
        };
        let read = read_at(&topic, &message, "bosch-tps110", instant(came)).unwrap();
        let [reading] = read.try_into().unwrap();
        let told = (reading.observed_at, reading.earliest_at, reading.time_source);
        assert_eq!(told, (instant(observed), earliest.map(instant), source), "{message}");
        // Its own word is kept beside it.
        assert_eq!(reading.network_at, Some(instant(ns_time.unwrap_or(time))), "{message}");
    }
    let mut message = tts_packet_broker_up();
    message["uplink_message"]["f_port"] = json!(85);
    message["uplink_message"]["frm_payload"] = json!("AwAB");
    message["uplink_message"]["received_at"] = json!("2076-01-01T00:00:00Z");
    let topic = "v3/a@t/devices/eui-647fda0000009f7c/up";
    let read = read_at(topic, &message, "milesight-vs341", instant(came)).unwrap();
    let [reading] = read.try_into().unwrap();
    assert_eq!((reading.observed_at, reading.time_source), (instant(came), received));
}

/// A sensor at a ChirpStack server that sends no `nsTime`: vacant, arrival 11:00, a heartbeat every 20
/// minutes, departure 12:30, vacant 13:30. What came a second later each time but for the one that is told
/// otherwise: its number, what the gateway's clock said, when it came.
fn stay_by_gateway_clock(odd: (u32, &str, &str)) -> Vec<String> {
    let told = [
        (1, "10:40", "AA==", 2),
        (2, "11:00", "AQ==", 1),
        (3, "11:20", "AQ==", 2),
        (4, "11:40", "AQ==", 2),
        (5, "12:00", "AQ==", 2),
        (6, "12:20", "AQ==", 2),
        (7, "12:30", "AA==", 1),
        (8, "13:30", "AA==", 2),
    ];
    let topic = chirpstack("0101010101010101", "event/up");
    let readings = told.into_iter().flat_map(|(number, at, data, port)| {
        let (mut time, mut came) = (format!("2026-09-15T{at}:00Z"), format!("2026-09-15T{at}:01Z"));
        if odd.0 == number {
            (time, came) = (odd.1.to_owned(), format!("2026-09-15T{}Z", odd.2));
        }
        let message = json!({"time": time, "deviceInfo": {"devEui": "0101010101010101"},
            "devAddr": "00189440", "fCnt": number, "fPort": port, "data": data});
        read_at(&topic, &message, "bosch-tps110", instant(&came)).expect("a good frame")
    });
    let observations: Vec<_> = readings.map(|reading| Observation::of(&reading)).collect();
    let (_, spans) = fold(&Policy::default(), &Setup::default(), &observations);
    spans
        .iter()
        .map(|span| {
            let billable = span.billable().expect("an interval");
            let clock = |at: Timestamp| at.to_string()[11..19].to_owned();
            let doubts: Vec<&str> = span.doubts.iter().map(|doubt| doubt.reason.name()).collect();
            format!("{}-{} {doubts:?}", clock(billable.start_at()), clock(billable.end_at()))
        })
        .collect()
}

#[test]
fn a_wrong_clock_of_a_gateway_charges_nobody_for_an_empty_bay() {
    for (case, odd, expected) in [
        ("all is well", (0, "", ""), r#"11:00:00-12:30:00 []"#),
        // The vehicle left at 12:30; the last word before was that of 12:20.
        (
            "departure, 45 minutes ahead",
            (7, "2026-09-15T13:15:00Z", "12:30:01"),
            r#"11:00:00-12:20:00 ["gateway_clock"]"#,
        ),
        (
            "departure, 50 years ahead",
            (7, "2076-01-01T00:00:00Z", "12:30:01"),
            r#"11:00:00-12:20:00 ["gateway_clock"]"#,
        ),
        (
            "departure, 1970",
            (7, "1970-01-01T00:00:00Z", "12:30:01"),
            r#"11:00:00-12:20:00 ["gateway_clock"]"#,
        ),
        (
            "departure, 45 minutes behind",
            (7, "2026-09-15T11:45:00Z", "12:30:01"),
            r#"11:00:00-11:45:00 ["gateway_clock"]"#,
        ),
        (
            "arrival, 10 days behind",
            (2, "2026-09-05T11:00:00Z", "11:00:01"),
            r#"11:00:01-12:30:00 []"#,
        ),
        (
            "arrival, 45 minutes behind",
            (2, "2026-09-15T10:15:00Z", "11:00:01"),
            r#"11:00:01-12:30:00 ["gateway_clock"]"#,
        ),
    ] {
        assert_eq!(stay_by_gateway_clock(odd), [expected], "{case}");
    }
}

#[test]
fn nonsense_about_the_radio_refuses_nothing() {
    let mut message = chirpstack_docs_up();
    message["rxInfo"] =
        json!([7, {"rssi": "loud"}, {"rssi": 1e300}, {"rssi": -90}, {"rssi": -80.4, "snr": {}}]);
    let topic = chirpstack("0101010101010101", "event/up");
    let [reading] = read(&topic, &message, "bosch-tps110").unwrap().try_into().unwrap();
    assert_eq!((reading.rssi_dbm, reading.snr_db), (Some(-80), None));
}

#[test]
fn a_topic_of_no_network_is_refused() {
    for topic in [
        "",
        "/",
        "bowei/v1/d1",
        "bowei/v2/d1/up",
        "bowei/v1/d1/up/up",
        "application/a/device/0101010101010101/up",
        "v3/a@t/devices/d/down/ack/more",
        "$SYS/broker/uptime",
    ] {
        let rejected =
            read_message(topic, b"{}", instant(RECEIVED_AT), &everybody_is("native")).unwrap_err();
        assert_eq!(rejected.reason.code(), "unknown_topic", "{topic:?}");
        assert_eq!((rejected.network, rejected.device_key), (None, None));
    }
}

#[test]
fn what_a_frame_says_beyond_the_bay_stays_with_the_first_reading() {
    let mut message = chirpstack_docs_up();
    message["data"] = json!("FWYAFWYBAwIBbA=="); // 15 66 00  15 66 01  03 02 01 6c
    message["fPort"] = json!(2);
    let topic = chirpstack("0101010101010101", "event/up");
    let [first, second] = read(&topic, &message, "pni-placepod").unwrap().try_into().unwrap();
    assert_eq!((first.id.part, second.id.part), (0, 1));
    assert_eq!((first.report.kind, second.report.kind), (Kind::Vacant, Kind::Occupied));
    assert_eq!(first.payload_hash, second.payload_hash);

    message["data"] = json!("lQ=="); // 95: occupied, 74 minutes in the state before
    message["fPort"] = json!(1);
    let [reading] = read(&topic, &message, "nwave-nps405").unwrap().try_into().unwrap();
    assert_eq!(reading.report.extra["previous_state_min"], json!(74));
}

#[test]
fn a_frame_longer_than_any_radio_carries_is_refused() {
    use base64::Engine;
    let topic = chirpstack("0101010101010101", "event/up");
    for (states, readings) in [(341, Some(341)), (342, None)] {
        let frame = [0x15, 0x66, 0x01].repeat(states);
        let mut message = chirpstack_docs_up();
        message["data"] = json!(base64::engine::general_purpose::STANDARD.encode(frame));
        match read(&topic, &message, "pni-placepod") {
            Ok(read) => assert_eq!(Some(read.len()), readings),
            Err(rejected) => assert_eq!((rejected.reason.code(), readings), ("bad_frame", None)),
        }
    }
}
