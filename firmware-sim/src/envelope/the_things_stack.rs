//! The Things Stack v3 uplinks, in the shape of the documentation's and a captured message.
//!
//! Like the real server, it leaves out a counter of 0, writes frequencies as text and times
//! with nine decimals, and DevEUIs in capitals.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{Envelope, Uplink, payload};

const APPLICATION_ID: &str = "bowei-sample";
const TENANT_ID: &str = "baiyin";
/// From the network server on to the application server, waiting for other gateways.
const DEDUPLICATION_MS: i64 = 200;

/// The message for an uplink.
#[must_use]
pub fn envelope(uplink: &Uplink) -> Envelope {
    let device_id = format!("eui-{}", uplink.dev_eui);
    let mut message = json!({
        "session_key_id": STANDARD.encode(uplink.session_key_id),
        "f_port": uplink.frame.fport,
        "frm_payload": STANDARD.encode(&uplink.frame.bytes),
        "rx_metadata": [rx_metadata(uplink)],
        "settings": {
            "data_rate": {
                "lora": {"bandwidth": 125_000, "spreading_factor": 7, "coding_rate": "4/5"}
            },
            "frequency": "470300000"
        },
        "received_at": server_time(uplink.network_at),
        "consumed_airtime": "0.056576s",
        "network_ids": {"net_id": "000013", "tenant_id": TENANT_ID}
    });
    if uplink.f_cnt > 0 {
        message["f_cnt"] = Value::from(uplink.f_cnt);
    }
    let event = json!({
        "end_device_ids": {
            "device_id": device_id,
            "application_ids": {"application_id": APPLICATION_ID},
            "dev_eui": uplink.dev_eui.to_uppercase(),
            "join_eui": "02B0E10000000000",
            "dev_addr": uplink.dev_addr.to_uppercase()
        },
        "correlation_ids": [format!("gs:uplink:{}-{}", uplink.dev_addr, uplink.f_cnt)],
        "received_at": server_time(uplink.network_at.plus_ms(DEDUPLICATION_MS)),
        "uplink_message": message
    });
    (format!("v3/{APPLICATION_ID}@{TENANT_ID}/devices/{device_id}/up"), payload(&event))
}

fn rx_metadata(uplink: &Uplink) -> Value {
    json!({
        "gateway_ids": {
            "gateway_id": format!("bowei-sample-{}", uplink.gateway),
            "eui": format!("02B0E1FFFE{:06X}", uplink.gateway)
        },
        "time": server_time(uplink.gateway_at),
        "timestamp": uplink.f_cnt,
        "rssi": uplink.rssi_dbm,
        "channel_rssi": uplink.rssi_dbm,
        "snr": uplink.snr_db,
        "uplink_token": "AAAA",
        "channel_index": uplink.f_cnt % 8,
        "received_at": server_time(uplink.network_at)
    })
}

fn server_time(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_fields, sample};
    use super::*;

    /// The fields that lorawan-stack-docs and a message captured in 2026 have in common.
    const CAPTURED: &[&str] = &[
        "/end_device_ids/device_id",
        "/end_device_ids/application_ids/application_id",
        "/end_device_ids/dev_eui",
        "/end_device_ids/join_eui",
        "/end_device_ids/dev_addr",
        "/correlation_ids/0",
        "/received_at",
        "/uplink_message/session_key_id",
        "/uplink_message/f_port",
        "/uplink_message/f_cnt",
        "/uplink_message/frm_payload",
        "/uplink_message/rx_metadata/0/gateway_ids/gateway_id",
        "/uplink_message/rx_metadata/0/time",
        "/uplink_message/rx_metadata/0/rssi",
        "/uplink_message/rx_metadata/0/channel_rssi",
        "/uplink_message/rx_metadata/0/snr",
        "/uplink_message/rx_metadata/0/uplink_token",
        "/uplink_message/settings/data_rate/lora/bandwidth",
        "/uplink_message/settings/data_rate/lora/spreading_factor",
        "/uplink_message/settings/frequency",
        "/uplink_message/consumed_airtime",
        "/uplink_message/received_at",
    ];

    #[test]
    fn an_uplink_has_the_fields_that_real_ones_have() {
        let (topic, payload) = envelope(&sample(147));
        assert_eq!(topic, "v3/bowei-sample@baiyin/devices/eui-02b0e1c500620007/up");
        let json = check_fields(&payload, CAPTURED);
        assert_eq!(json["end_device_ids"]["dev_eui"], "02B0E1C500620007");
        assert_eq!(json["uplink_message"]["frm_payload"], "AQ=="); // base64 of the byte 01
        assert_eq!(json["uplink_message"]["f_cnt"], 147);
        assert!(json["uplink_message"]["settings"]["frequency"].is_string());
        // The gateway's time, the network server's, 200 ms of waiting for other gateways.
        let first = &json["uplink_message"]["rx_metadata"][0]["time"];
        assert_eq!(first, "2026-09-15T00:03:10.250000000Z");
        assert_eq!(json["uplink_message"]["received_at"], "2026-09-15T00:03:10.290000000Z");
        assert_eq!(json["received_at"], "2026-09-15T00:03:10.490000000Z");
    }

    #[test]
    fn the_first_uplink_of_a_session_has_no_counter() {
        let (_, payload) = envelope(&sample(0));
        let json = check_fields(&payload, &["/uplink_message/f_port"]);
        assert!(json["uplink_message"].get("f_cnt").is_none());
    }
}
