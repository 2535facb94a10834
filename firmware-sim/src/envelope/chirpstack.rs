//! ChirpStack v4 `up` events, in the shape of messages captured in 2024 and 2025.
//!
//! Like the real server, it leaves out a counter of 0 (protobuf's JSON omits defaults).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{Envelope, GatewayClock, Uplink, payload};

const APPLICATION_ID: &str = "b0e1b0e1-0000-4000-8000-000000000001";
const TENANT_ID: &str = "b0e1b0e1-0000-4000-8000-000000000002";
const PROFILE_ID: &str = "b0e1b0e1-0000-4000-8000-000000000003";
/// 1980-01-06 in milliseconds since 1970, less the 18 leap seconds since then.
const GPS_EPOCH_MS: i64 = 315_964_800_000 - 18_000;

/// The message for an uplink.
#[must_use]
pub fn envelope(uplink: &Uplink) -> Envelope {
    let mut event = json!({
        "deduplicationId": deduplication_id(uplink),
        "time": server_time(uplink.gateway_at),
        "deviceInfo": device_info(uplink),
        "devAddr": uplink.dev_addr,
        "adr": true,
        "dr": 5,
        "fPort": uplink.frame.fport,
        "confirmed": false,
        "data": STANDARD.encode(&uplink.frame.bytes),
        "rxInfo": [rx_info(uplink)],
        "txInfo": {
            "frequency": 470_300_000,
            "modulation": {
                "lora": {"bandwidth": 125_000, "spreadingFactor": 7, "codeRate": "CR_4_5"}
            }
        },
        "regionConfigId": "cn470_10"
    });
    if uplink.f_cnt > 0 {
        event["fCnt"] = Value::from(uplink.f_cnt);
    }
    let topic = format!("application/{APPLICATION_ID}/device/{}/event/up", uplink.dev_eui);
    (topic, payload(&event))
}

fn device_info(uplink: &Uplink) -> Value {
    json!({
        "tenantId": TENANT_ID,
        "tenantName": "bowei-sample",
        "applicationId": APPLICATION_ID,
        "applicationName": "泊位示例",
        "deviceProfileId": PROFILE_ID,
        "deviceProfileName": "parking sensor",
        "deviceName": format!("sensor-{}", uplink.dev_eui),
        "devEui": uplink.dev_eui,
        "deviceClassEnabled": "CLASS_A",
        "tags": {}
    })
}

fn rx_info(uplink: &Uplink) -> Value {
    let mut info = json!({
        "gatewayId": format!("02b0e1ffff{:06x}", uplink.gateway),
        "uplinkId": uplink.f_cnt,
        "gwTime": server_time(uplink.gateway_at),
        "nsTime": server_time(uplink.network_at),
        "rssi": uplink.rssi_dbm,
        "snr": uplink.snr_db,
        "channel": uplink.f_cnt % 8,
        "location": {"latitude": 36.55, "longitude": 104.17},
        "context": "AAAAAA==",
        "crcStatus": "CRC_OK"
    });
    if uplink.clock == GatewayClock::Gps {
        let since_ms = uplink.gateway_at.ms() - GPS_EPOCH_MS;
        let (seconds, rest_ms) = (since_ms.div_euclid(1_000), since_ms.rem_euclid(1_000));
        info["timeSinceGpsEpoch"] = Value::from(format!("{seconds}.{rest_ms:03}s"));
    }
    info
}

/// Microseconds and a numeric offset, as the server writes it.
fn server_time(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// A UUID in form: one for each uplink, the same for a repeat of it.
fn deduplication_id(uplink: &Uplink) -> String {
    let (eui, counter) = (&uplink.dev_eui, uplink.f_cnt);
    format!("{}-{:04x}-4{:03x}-8000-{}", uplink.dev_addr, counter >> 12, counter & 0xfff, &eui[4..])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_fields, sample};
    use super::*;

    /// The fields of the messages captured from ChirpStack 4 (npm iobroker.lorawan 1.22.33, MIT).
    const CAPTURED: &[&str] = &[
        "/deduplicationId",
        "/time",
        "/deviceInfo/tenantId",
        "/deviceInfo/tenantName",
        "/deviceInfo/applicationId",
        "/deviceInfo/applicationName",
        "/deviceInfo/deviceProfileId",
        "/deviceInfo/deviceProfileName",
        "/deviceInfo/deviceName",
        "/deviceInfo/devEui",
        "/deviceInfo/deviceClassEnabled",
        "/deviceInfo/tags",
        "/devAddr",
        "/adr",
        "/dr",
        "/fCnt",
        "/fPort",
        "/confirmed",
        "/data",
        "/rxInfo/0/gatewayId",
        "/rxInfo/0/uplinkId",
        "/rxInfo/0/gwTime",
        "/rxInfo/0/nsTime",
        "/rxInfo/0/rssi",
        "/rxInfo/0/snr",
        "/rxInfo/0/channel",
        "/rxInfo/0/location",
        "/rxInfo/0/context",
        "/rxInfo/0/crcStatus",
        "/txInfo/frequency",
        "/txInfo/modulation/lora/spreadingFactor",
        "/regionConfigId",
    ];

    #[test]
    fn an_uplink_has_the_fields_that_real_ones_have() {
        let (topic, payload) = envelope(&sample(170));
        let application = "application/b0e1b0e1-0000-4000-8000-000000000001";
        assert_eq!(topic, format!("{application}/device/02b0e1c500620007/event/up"));
        let json = check_fields(&payload, CAPTURED);
        assert_eq!(json["data"], "AQ=="); // base64 of the byte 01
        assert_eq!((&json["fCnt"], &json["fPort"]), (&170.into(), &1.into()));
        assert_eq!(json["time"], "2026-09-15T00:03:10.250000+00:00");
        assert_eq!(json["deduplicationId"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn a_gateway_with_a_satellite_receiver_says_so() {
        let gps = Uplink { clock: GatewayClock::Gps, ..sample(1) };
        let json = check_fields(&envelope(&gps).1, &["/rxInfo/0/timeSinceGpsEpoch"]);
        // 2026-09-15T00:03:10.250Z is 1473465790.25 s after 1980-01-06, and 18 leap seconds.
        assert_eq!(json["rxInfo"][0]["timeSinceGpsEpoch"], "1473465808.250s");
        let own = check_fields(&envelope(&sample(1)).1, &["/rxInfo/0/nsTime"]);
        assert!(own["rxInfo"][0].get("timeSinceGpsEpoch").is_none());
        assert_eq!(own["rxInfo"][0]["nsTime"], "2026-09-15T00:03:10.290000+00:00");
    }

    #[test]
    fn the_first_uplink_of_a_session_has_no_counter() {
        let (_, payload) = envelope(&sample(0));
        let json = check_fields(&payload, &["/data"]);
        assert!(json.get("fCnt").is_none());
    }
}
