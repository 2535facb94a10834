//! Through ChirpStack and The Things Stack, whose part a client of the broker plays here: with the topics
//! and fields of their documentation.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{Hand, WITHIN, heard, listener};
use crate::harness::api::Answer;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::wait;

const CHIRPSTACK: &str = "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101";
const BOSCH: &str = "0101010101010101";
const TTS: &str = "v3/app1@tenant/devices/dev1";
const TTS_EUI: &str = "0004a30b001c0530";

/// FPort 55, one byte 01: the vector of the maker's public codec.
fn usage() -> Value {
    json!({"command": "Device Usage Request", "sub_command": "Time running in occupied state"})
}

/// The way to a device is stored right after the reading that came along it.
async fn until_route(town: &TestApp, network: &str, key: &str, route: &str) {
    wait::until(&format!("{route} to be known"), WITHIN, async || {
        let mut tx = town.app.store.read().await.unwrap();
        let device = tx.device_by_key(network, key).await.unwrap().unwrap();
        (tx.route(device.device_id).await.unwrap().as_deref() == Some(route)).then_some(())
    })
    .await;
}

/// Its first uplink says where its network is.
async fn uplink_of_chirpstack(town: &mut TestApp) {
    let time = town.api.now().await;
    let message = json!({"time": time, "deviceInfo": {"devEui": BOSCH}, "devAddr": "00189440",
        "fCnt": 1, "fPort": 1, "data": "AQ==", "rxInfo": [{"rssi": -36}]});
    town.radio.send(&format!("{CHIRPSTACK}/event/up"), message.to_string()).await;
    let application = CHIRPSTACK.split("/device").next().unwrap();
    until_route(town, "chirpstack", BOSCH, application).await;
}

async fn event(town: &mut TestApp, name: &str, fields: Value) {
    let mut message = json!({"time": town.api.now().await, "deviceInfo": {"devEui": BOSCH}});
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    town.radio.send(&format!("{CHIRPSTACK}/event/{name}"), message.to_string()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_goes_through_chirpstack_to_the_acknowledgement_with_mosquitto_and_postgresql() {
    a_command_goes_through_chirpstack(Kind::Postgres, BrokerKind::Mosquitto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_goes_through_chirpstack_to_the_acknowledgement_with_the_embedded_broker() {
    a_command_goes_through_chirpstack(Kind::Sqlite, BrokerKind::Embedded).await;
}

async fn a_command_goes_through_chirpstack(kind: Kind, broker: BrokerKind) {
    let mut town = TestApp::start(kind, broker).await;
    let mut hand = Hand::on(&town, BOSCH).await;
    let asked = json!({"command": usage(), "confirmed": true});
    hand.tells(&town, &asked).await.expect_problem(409, "device_never_heard");
    uplink_of_chirpstack(&mut town).await;
    let mut server = listener(&town, "application/+/device/+/command/#").await;

    let id = hand.commands(&town, &asked).await;
    let (topic, message) = heard(&mut server).await;
    assert_eq!(topic, format!("{CHIRPSTACK}/command/down"));
    assert_eq!(
        message,
        json!({"id": id, "devEui": BOSCH, "confirmed": true, "fPort": 55, "data": "AQ=="})
    );
    let sent = hand.until(&town, &id, "sent").await;
    assert_eq!(
        (&sent["command"], &sent["frame"], &sent["network_id"], &sent["proof"]),
        (&usage(), &json!({"fport": 55, "hex": "01"}), &json!(id), &json!("device"))
    );
    event(&mut town, "txack", json!({"queueItemId": id, "fCntDown": 2})).await;
    hand.until(&town, &id, "on_air").await;
    event(&mut town, "ack", json!({"queueItemId": id, "fCntDown": 2, "acknowledged": true})).await;
    let acknowledged = hand.until(&town, &id, "acknowledged").await;
    assert_eq!(acknowledged["last_error"], Value::Null);

    // The same request again is the same command, and nothing goes out for it.
    hand.keys -= 1;
    let again = hand.tells(&town, &asked).await.expect(201).json();
    assert_eq!(again["command_id"], json!(id));
    let raw = json!({"frame": {"fport": 51, "hex": "00"}, "confirmed": true});
    let second = hand.commands(&town, &raw).await;
    let (_, message) = heard(&mut server).await;
    assert_eq!((&message["id"], &message["fPort"]), (&json!(second), &json!(51)));
    event(&mut town, "ack", json!({"queueItemId": second})).await;
    let refused = hand.until(&town, &second, "refused").await;
    assert_eq!(refused["last_error"], "the device did not acknowledge it");
    assert_eq!(refused["command"]["command"], "Parking status confirmable configuration");

    let third = hand.commands(&town, &json!({"frame": {"fport": 200, "hex": "00"}})).await;
    heard(&mut server).await;
    let thrown_away = json!({"level": "ERROR", "code": "DOWNLINK_PAYLOAD_SIZE",
        "description": "too long", "context": {"queue_item_id": third}});
    event(&mut town, "log", thrown_away).await;
    let failed = hand.until(&town, &third, "failed").await;
    assert_eq!(failed["last_error"], "downlink_payload_size: too long");
    assert_eq!(failed["command"], Value::Null, "no source says what it means");
    let listed = hand.list(&town).await;
    let ids: Vec<_> =
        listed["commands"].as_array().unwrap().iter().map(|c| &c["command_id"]).collect();
    assert_eq!(ids, [&json!(third), &json!(second), &json!(id)]);
    let mut tx = town.app.store.read().await.unwrap();
    assert_eq!(tx.count_audit("device_command").await.unwrap(), 3);
    drop(tx);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_goes_through_the_things_stack_and_is_known_by_its_correlation_id() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Mosquitto).await;
    let mut hand = Hand::on(&town, TTS_EUI).await;
    let ids = json!({"device_id": "dev1", "dev_eui": TTS_EUI.to_ascii_uppercase(), "dev_addr": "00C30DFA"});
    let at: Timestamp = town.api.now().await;
    let uplink = json!({"end_device_ids": ids, "received_at": at, "uplink_message": {
        "session_key_id": "AXBSp8v2", "f_port": 1, "f_cnt": 1, "frm_payload": "AQ==", "received_at": at}});
    town.radio.send(&format!("{TTS}/up"), uplink.to_string()).await;
    until_route(&town, "the_things_stack", TTS_EUI, TTS).await;

    let mut stack = listener(&town, "v3/+/devices/+/down/#").await;
    let id = hand.commands(&town, &json!({"command": usage()})).await;
    let (topic, message) = heard(&mut stack).await;
    assert_eq!(topic, format!("{TTS}/down/push"));
    let named = format!("bowei:{id}");
    assert_eq!(
        message,
        json!({"downlinks": [{"f_port": 55, "frm_payload": "AQ==", "priority": "NORMAL",
            "confirmed": false, "correlation_ids": [named]}]})
    );
    // The gateway hears its own request, too: that is no word of the stack.
    hand.until(&town, &id, "sent").await;
    let told = |name: &str, more: Value| {
        let mut downlink = json!({"correlation_ids": ["as:downlink:01E1", named]});
        downlink.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"end_device_ids": ids, "received_at": at, name: downlink}).to_string()
    };
    town.radio.send(&format!("{TTS}/down/queued"), told("downlink_queued", json!({}))).await;
    hand.until(&town, &id, "queued").await;
    town.radio.send(&format!("{TTS}/down/sent"), told("downlink_sent", json!({"f_cnt": 3}))).await;
    let on_air = hand.until(&town, &id, "on_air").await;
    assert_eq!((&on_air["proof"], &on_air["network_id"]), (&json!("air"), &json!(named)));

    let instead = json!({"command": usage(), "confirmed": true, "replace": true});
    let second = hand.commands(&town, &instead).await;
    let topic = loop {
        // What the stack said above is heard here, too.
        let (topic, message) = heard(&mut stack).await;
        if message["downlinks"].is_array() {
            break topic;
        }
    };
    assert_eq!(topic, format!("{TTS}/down/replace"));
    let failed = json!({"end_device_ids": ids, "received_at": at, "downlink_failed": {
        "downlink": {"correlation_ids": [format!("bowei:{second}")]},
        "error": {"namespace": "pkg/networkserver", "name": "no_session"}}});
    town.radio.send(&format!("{TTS}/down/failed"), failed.to_string()).await;
    let failed = hand.until(&town, &second, "failed").await;
    assert_eq!(failed["last_error"], "pkg/networkserver: no_session");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_moved_to_another_application_is_reached_there() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let mut hand = Hand::on(&town, BOSCH).await;
    uplink_of_chirpstack(&mut town).await;
    let message = json!({"time": town.api.now().await, "devAddr": "00189440", "fCnt": 2, "fPort": 1,
        "data": "AQ==", "rxInfo": [{"rssi": -36}]});
    town.radio.send(&format!("application/new/device/{BOSCH}/event/up"), message.to_string()).await;
    until_route(&town, "chirpstack", BOSCH, "application/new").await;
    let mut server = listener(&town, "application/#").await;
    let id = hand.commands(&town, &json!({"command": usage()})).await;
    let (topic, _) = heard(&mut server).await;
    assert_eq!(topic, format!("application/new/device/{BOSCH}/command/down"));
    hand.until(&town, &id, "sent").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_said_is_refused_with_a_code_and_stores_nothing() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let mut hand = Hand::on(&town, BOSCH).await;
    uplink_of_chirpstack(&mut town).await;
    for (body, status, code) in [
        (json!({}), 422, "command_missing"),
        (json!({"command": usage(), "frame": {"fport": 1, "hex": "00"}}), 422, "command_missing"),
        (json!({"command": {"restart": {}}}), 422, "command_unknown"),
        (json!({"command": {"command": "Device Usage Request"}}), 422, "command_malformed"),
        (json!({"frame": {"fport": 0, "hex": "00"}}), 422, "frame_malformed"),
        (json!({"frame": {"fport": 1, "hex": "0g"}}), 422, "frame_malformed"),
        (json!({"frame": {"fport": 256, "hex": "00"}}), 400, "malformed_json"),
        (json!({"command": usage(), "replace": true}), 422, "sending_impossible"),
        (json!({"command": usage(), "expires_in_s": 59}), 422, "expiry_out_of_range"),
        (json!({"command": usage(), "expires_in_s": 2_592_001}), 422, "expiry_out_of_range"),
        (json!({"command": "reboot"}), 400, "malformed_json"),
    ] {
        hand.tells(&town, &body).await.expect_problem(status, code);
    }
    let no_key: Answer = town.api.post(&hand.path, Some(&hand.token), None, &json!({})).await;
    no_key.expect_problem(400, "idempotency_key_missing");
    let unknown = "/api/v1/devices/0199a000-0000-7000-8000-000000000009/commands";
    let answer =
        town.api.post(unknown, Some(&hand.token), Some("k"), &json!({"command": usage()})).await;
    answer.expect_problem(404, "device_unknown");
    town.api.get(unknown, Some(&hand.token)).await.expect_problem(404, "device_unknown");
    let inspector = town.staff(Role::Inspector).await;
    let auditor = town.staff(Role::Auditor).await;
    let body = json!({"command": usage()});
    for token in [&inspector, &auditor] {
        let answer = town.api.post(&hand.path, Some(token), Some("k"), &body).await;
        answer.expect_problem(403, "role_insufficient");
    }
    town.api.get(&hand.path, Some(&inspector)).await.expect_problem(403, "role_insufficient");
    let looked = town.api.get(&hand.path, Some(&auditor)).await.expect(200).json();
    assert_eq!(looked["commands"], json!([]));
    town.api.get(&hand.path, None).await.expect_problem(401, "token_missing");
    let cursor = format!("{}?cursor=x", hand.path);
    town.api.get(&cursor, Some(&auditor)).await.expect_problem(400, "cursor_malformed");
    town.finish().await;
}
