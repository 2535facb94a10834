//! The MQTT messages of the measured devices, in the shapes that real networks send
//! (`docs/PROTOCOL.md`). Written by hand as text, so that making millions of them is quick.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::Timestamp;

use crate::chance::chance;
use crate::town::{Network, key, network};

const APPLICATION: &str = "b0e1b0e1-0000-4000-8000-000000000001";

/// What a device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) device: u32,
    /// Which of its messages, from 0.
    pub(crate) number: u32,
    pub(crate) occupied: bool,
    pub(crate) why: Why,
    pub(crate) at: Timestamp,
}

/// Why it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Change,
    Heartbeat,
}

/// Topic and payload.
#[must_use]
pub(crate) fn message(said: &Said) -> (String, String) {
    match network(said.device) {
        Network::Native => {
            (format!("bowei/v1/{}/up", key(said.device)), native_reading(said, "9f3a1c02"))
        }
        Network::ChirpStack => chirpstack(said),
        Network::TheThingsStack => the_things_stack(said),
    }
}

/// One reading in the native form.
#[must_use]
pub(crate) fn native_reading(said: &Said, boot_id: &str) -> String {
    let kind = match (said.why, said.occupied) {
        (Why::Heartbeat, _) => "heartbeat",
        (Why::Change, true) => "occupied",
        (Why::Change, false) => "vacant",
    };
    let battery = 60 + said.device % 40;
    format!(
        r#"{{"boot_id":"{boot_id}","seq":{},"kind":"{kind}","occupied":{},"at":"{}","battery_pct":{battery},"battery_mv":{},"temperature_c":21.5,"rssi_dbm":-{}}}"#,
        said.number,
        said.occupied,
        instant(said.at),
        3000 + battery * 6,
        60 + noise(said) % 40,
    )
}

/// Bosch TPS110: port 1 is a change, port 2 a heartbeat with the temperature.
fn chirpstack(said: &Said) -> (String, String) {
    let (port, frame) = match said.why {
        Why::Change => (1, vec![u8::from(said.occupied)]),
        Why::Heartbeat => (2, vec![u8::from(said.occupied), 21]),
    };
    let (eui, count, at) = (key(said.device), said.number, instant(said.at));
    let payload = format!(
        r#"{{"deduplicationId":"{:08x}-0000-4000-8000-{}","time":"{at}","deviceInfo":{{"tenantId":"b0e1b0e1-0000-4000-8000-000000000002","tenantName":"bowei-sample","applicationId":"{APPLICATION}","applicationName":"bench","deviceProfileId":"b0e1b0e1-0000-4000-8000-000000000003","deviceProfileName":"Bosch TPS110","deviceName":"sensor-{eui}","devEui":"{eui}","deviceClassEnabled":"CLASS_A","tags":{{}}}},"devAddr":"{:08x}","adr":true,"dr":5,"fCnt":{count},"fPort":{port},"confirmed":false,"data":"{}","rxInfo":[{{"gatewayId":"02b0e1ffff000001","uplinkId":{count},"gwTime":"{at}","nsTime":"{at}","rssi":-{},"snr":6.5,"channel":{},"location":{{"latitude":36.55,"longitude":104.17}},"context":"AAAAAA==","crcStatus":"CRC_OK"}}],"txInfo":{{"frequency":470300000,"modulation":{{"lora":{{"bandwidth":125000,"spreadingFactor":7,"codeRate":"CR_4_5"}}}}}},"regionConfigId":"cn470_10"}}"#,
        said.number,
        &eui[4..],
        0x0100_0000 + said.device,
        STANDARD.encode(frame),
        80 + noise(said) % 30,
        count % 8,
    );
    (format!("application/{APPLICATION}/device/{eui}/event/up"), payload)
}

/// Milesight VS34x: channel, type, value on port 85.
fn the_things_stack(said: &Said) -> (String, String) {
    let state = u8::from(said.occupied);
    let frame = match said.why {
        Why::Change => vec![0x03, 0x00, state],
        Why::Heartbeat => vec![0x01, 0x75, 90, 0x03, 0x00, state],
    };
    let (eui, at) = (key(said.device), instant(said.at));
    let payload = format!(
        r#"{{"end_device_ids":{{"device_id":"eui-{eui}","application_ids":{{"application_id":"bench"}},"dev_eui":"{}","join_eui":"02B0E10000000000","dev_addr":"{:08X}"}},"correlation_ids":["gs:uplink:{:x}-{}"],"received_at":"{at}","uplink_message":{{"session_key_id":"{}","f_port":85,"f_cnt":{},"frm_payload":"{}","rx_metadata":[{{"gateway_ids":{{"gateway_id":"bench-1","eui":"02B0E1FFFF000002"}},"time":"{at}","timestamp":{},"rssi":-{},"channel_rssi":-90,"snr":5.5,"uplink_token":"AAAA","received_at":"{at}"}}],"settings":{{"data_rate":{{"lora":{{"bandwidth":125000,"spreading_factor":7,"coding_rate":"4/5"}}}},"frequency":"470300000"}},"received_at":"{at}","consumed_airtime":"0.056576s","network_ids":{{"net_id":"000013","tenant_id":"bench"}}}}}}"#,
        eui.to_uppercase(),
        0x2600_0000 + said.device,
        said.device,
        said.number,
        STANDARD.encode(said.device.to_be_bytes()),
        said.number,
        STANDARD.encode(frame),
        said.number,
        80 + noise(said) % 30,
    );
    (format!("v3/bench@bench/devices/eui-{eui}/up"), payload)
}

fn noise(said: &Said) -> u64 {
    chance(0, u64::from(said.device), u64::from(said.number))
}

fn instant(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_network_says_the_same_in_its_own_form() {
        let at = Timestamp::parse("2026-09-15T00:03:10.250Z").unwrap();
        for (device, why, port_of, port) in [
            (0, Why::Change, "", 0),
            (7, Why::Change, "/fPort", 1),
            (7, Why::Heartbeat, "/fPort", 2),
            (9, Why::Heartbeat, "/uplink_message/f_port", 85),
        ] {
            let said = Said { device, number: 4, occupied: true, why, at };
            let (topic, payload) = message(&said);
            let json: Value = serde_json::from_str(&payload).unwrap();
            assert!(topic.contains(&key(device)), "{topic}");
            assert!(payload.contains("2026-09-15T00:03:10.250Z"));
            assert_eq!(json.pointer(port_of).and_then(Value::as_u64).unwrap_or(0), port);
        }
    }
}
