//! The messages, in the order in which they are published.

use vocabulary::Timestamp;

/// One captured message, and what must become of it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) topic: &'static str,
    pub(super) payload: &'static str,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// One reading of the sensor in this bay.
    Reading { bay: &'static str, occupied: bool, observed_at: &'static str },
    /// Something the network said about the sensor, of this kind.
    Notice(&'static str),
    /// Kept as rejected for this reason.
    Rejected(&'static str),
    /// Said to the network server, not by it.
    NotHeard,
}

impl Message {
    /// Whether the network server says when it got the message.
    pub(super) fn has_server_time(&self) -> bool {
        ["nsTime", "received_at"].iter().any(|field| self.payload.contains(field))
    }

    /// What is published: an uplink that gives a reading comes as of another day, since the day on
    /// which it was captured is too long ago.
    pub(super) fn as_of(&self, day: Timestamp) -> String {
        match self.outcome {
            Outcome::Reading { observed_at, .. } => {
                self.payload.replace(&observed_at[..DATE], &day.to_string()[..DATE])
            }
            _ => self.payload.to_owned(),
        }
    }
}

/// The same time of another day.
pub(super) fn moved(at: &str, day: Timestamp) -> String {
    day.to_string()[..DATE].to_owned() + &at[DATE..]
}

/// The length of a date.
const DATE: usize = 10;

const UNKNOWN_DEVICE: Outcome = Outcome::Rejected("unknown_device");

pub(super) const MESSAGES: [Message; 21] = [
    Message {
        name: "chirpstack, command (docs)",
        topic: "application/APPLICATION_ID/device/DEV_EUI/command/down",
        payload: r#"{"devEui":"0102030405060708","confirmed":true,"fPort":10,"data":"....","object":{"temperatureSensor":{"1":25}}}"#,
        outcome: Outcome::NotHeard,
    },
    Message {
        name: "chirpstack, command (2024)",
        topic: "application/d63c10b6-9263-4ab3-9299-4308fa19a2ad/device/a8404127a188d826/command/down",
        payload: r#"{"devEui":"a8404127a188d826","confirmed":false,"fPort":1,"data":"AQACWA=="}"#,
        outcome: Outcome::NotHeard,
    },
    Message {
        // No fCnt means 0. Bit 0 of 0xaa is 0: free.
        name: "chirpstack, uplink (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/up",
        payload: r#"{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","time":"2022-07-18T09:34:15.775023242+00:00","deviceInfo":{"deviceName":"Test device","devEui":"0101010101010101","tags":{"key":"value"}},"devAddr":"00189440","dr":1,"fPort":1,"data":"qg==","rxInfo":[{"gatewayId":"0016c001f153a14c","uplinkId":4217106255,"rssi":-36,"snr":10.5,"metadata":{"region_name":"eu868"}}]}"#,
        outcome: Outcome::Reading {
            bay: "TS04",
            occupied: false,
            observed_at: "2022-07-18T09:34:15.775Z",
        },
    },
    Message {
        name: "chirpstack, status (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/status",
        payload: r#"{"time":"2022-07-18T09:35:06.927172638+00:00","deviceInfo":{"devEui":"0101010101010101"},"margin":10,"batteryLevel":88.3}"#,
        outcome: Outcome::Notice("status"),
    },
    Message {
        name: "chirpstack, join (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/join",
        payload: r#"{"time":"2022-07-18T09:33:28.823500726+00:00","deviceInfo":{"devEui":"0101010101010101"},"devAddr":"00189440"}"#,
        outcome: Outcome::Notice("joined"),
    },
    Message {
        name: "chirpstack, ack (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/ack",
        payload: r#"{"time":"2022-07-18T09:38:49.235700766+00:00","deviceInfo":{"devEui":"0101010101010101"},"queueItemId":"1bbcab1d-6ec6-4136-b3f5-d63be1dc08de","acknowledged":true,"fCntDown":3}"#,
        outcome: Outcome::Notice("acknowledged"),
    },
    Message {
        name: "chirpstack, txack (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/txack",
        payload: r#"{"downlinkId":3461958127,"time":"2022-07-18T09:37:48.929184085+00:00","deviceInfo":{"devEui":"0101010101010101"},"fCntDown":2,"gatewayId":"0016c001f153a14c","txInfo":{"frequency":867900000,"power":14}}"#,
        outcome: Outcome::Notice("sent"),
    },
    Message {
        name: "chirpstack, log (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/log",
        payload: r#"{"time":"2022-07-18T09:39:57.311414029+00:00","deviceInfo":{"devEui":"0101010101010101"},"level":"ERROR","code":"UPLINK_MIC","description":"MIC of join-request is invalid, make sure keys are correct"}"#,
        outcome: Outcome::Notice("logged"),
    },
    Message {
        name: "chirpstack, location (docs)",
        topic: "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/location",
        payload: r#"{"time":"2022-07-18T09:55:11.059481003+00:00","deviceInfo":{"devEui":"0101010101010101"},"location":{"latitude":37.3,"longitude":-8.8,"altitude":2}}"#,
        outcome: Outcome::Notice("located"),
    },
    Message {
        name: "chirpstack, uplink of a climate sensor on 29 February (2024)",
        topic: "application/9f1832a7-2862-4e8e-9c20-0f8342e689de/device/a840415711866a85/event/up",
        payload: r#"{"time":"2024-02-29T16:01:18.118252739+00:00","deviceInfo":{"deviceName":"LHT52","devEui":"a840415711866a85","deviceClassEnabled":"CLASS_A","tags":{}},"devAddr":"01272c9e","adr":true,"fCnt":1,"fPort":2,"confirmed":false,"data":"CmQCD3//AWXgqk4=","object":{"TempC_SHT":26.6,"Systimestamp":1709222478.0},"rxInfo":[{"gatewayId":"0016c001f1427f6e","nsTime":"2024-02-29T16:01:17.868407010+00:00","rssi":-49,"snr":14.2,"location":{},"crcStatus":"CRC_OK"}]}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        name: "chirpstack, uplink of a soil sensor, region outside of rxInfo (2025)",
        topic: "application/d63c10b6-9263-4ab3-9299-4308fa19a2ad/device/a84041f621857cd2/event/up",
        payload: r#"{"time":"2025-02-18T14:49:19.475813+00:00","deviceInfo":{"deviceProfileName":"Dragino Feuchtesenor","devEui":"a84041f621857cd2"},"devAddr":"01cdf20a","fCnt":170,"fPort":2,"data":"DPYBAaL//AA9","rxInfo":[{"gatewayId":"503035416e314750","gwTime":"2025-02-18T14:49:19.475813+00:00","rssi":-108,"snr":2}],"regionConfigId":"eu868"}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        // The gateway's clock (`time`, no GPS) and the network server's (`nsTime`) are 42 s apart:
        // the later one counts, the earlier one is kept beside it.
        name: "chirpstack, delayed uplink with umlauts (2024), frame of a TPS110",
        topic: "application/e91e66ba-1aa7-4bdf-af88-f1246e0b8d75/device/a84041263188b787/event/up",
        payload: r#"{"time":"2024-08-25T07:10:47.758298+00:00","deviceInfo":{"applicationName":"Türen","deviceProfileName":"Dragino Türsensoren / Fenstersensoren","deviceName":"Flurtüre","devEui":"a84041263188b787","tags":{}},"devAddr":"0061ebd4","adr":true,"dr":5,"fCnt":8264,"fPort":1,"confirmed":false,"data":"AQ==","rxInfo":[{"gatewayId":"503035416e314750","gwTime":"2024-08-25T07:10:47.758298+00:00","nsTime":"2024-08-25T07:11:29.787667701+00:00","rssi":-68,"snr":9.25,"crcStatus":"CRC_OK"}]}"#,
        outcome: Outcome::Reading {
            bay: "TS05",
            occupied: true,
            observed_at: "2024-08-25T07:11:29.787Z",
        },
    },
    Message {
        name: "chirpstack, ack (2023)",
        topic: "application/59bcc5a7-59e2-4481-9615-fc4e58791915/device/70b3d52dd300ed31/event/ack",
        payload: r#"{"time":"2023-08-15T13:22:27.969901+00:00","deviceInfo":{"deviceName":"MClimate_Vicki_Heizkoerperventil_001","devEui":"70b3d52dd300ed31"},"acknowledged":true,"fCntDown":262}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        name: "chirpstack, status (2024)",
        topic: "application/59bcc5a7-59e2-4481-9615-fc4e58791915/device/70b3d52dd300ed31/event/status",
        payload: r#"{"time":"2024-01-26T20:18:45.299871+00:00","deviceInfo":{"devEui":"70b3d52dd300ed31"},"margin":7,"externalPowerSource":false,"batteryLevelUnavailable":false,"batteryLevel":85.826775}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        name: "chirpstack, join (2023)",
        topic: "application/59bcc5a7-59e2-4481-9615-fc4e58791915/device/70b3d52dd300ed31/event/join",
        payload: r#"{"time":"2023-12-12T03:13:21.551178+00:00","deviceInfo":{"devEui":"70b3d52dd300ed31"},"devAddr":"01009400"}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        // The docs' sample has no f_port: without it nobody can say what the frame means.
        name: "the things stack, uplink (docs)",
        topic: "v3/app1@tenant/devices/dev1/up",
        payload: r#"{"end_device_ids":{"device_id":"dev1","application_ids":{"application_id":"app1"},"dev_eui":"0004A30B001C0530","dev_addr":"00BCB929"},"received_at":"2020-02-12T15:15:46.014773143Z","uplink_message":{"session_key_id":"AXA50tHUGUucuzS/bCGMNw==","f_cnt":1,"frm_payload":"gkHe","rx_metadata":[{"gateway_ids":{"gateway_id":"gtw1"},"time":"2020-02-12T15:15:45.787Z","rssi":-35,"snr":5}],"received_at":"2020-02-12T15:15:45.789585559Z"}}"#,
        outcome: Outcome::Rejected("missing_field"),
    },
    Message {
        // 01 75 64: battery 100 %; 03 00 01: occupied. The network server's time counts, not that of
        // a gateway behind Packet Broker.
        name: "the things stack, uplink through Packet Broker (2026), frame of a VS34x",
        topic: "v3/1-2024-05@gisa/devices/eui-647fda0000009f7c/up",
        payload: r#"{"end_device_ids":{"device_id":"eui-647fda0000009f7c","application_ids":{"application_id":"1-2024-05"},"dev_eui":"647FDA0000009F7C","join_eui":"647FDA8010000100","dev_addr":"27FE773A"},"received_at":"2026-03-28T08:26:02.028458338Z","uplink_message":{"session_key_id":"AZ0gPNNV66dqus+7rsoxCg==","f_port":85,"f_cnt":147,"frm_payload":"AXVkAwAB","rx_metadata":[{"gateway_ids":{"gateway_id":"packetbroker"},"packet_broker":{"forwarder_gateway_id":"ttig-gc-02"},"time":"2026-03-28T08:26:01.625602006Z","rssi":-82,"snr":8.25,"received_at":"2026-03-28T08:26:01.813256353Z"}],"received_at":"2026-03-28T08:26:01.821949208Z"}}"#,
        outcome: Outcome::Reading {
            bay: "TS07",
            occupied: true,
            observed_at: "2026-03-28T08:26:01.821Z",
        },
    },
    Message {
        name: "the things stack, join (docs)",
        topic: "v3/app1@tenant/devices/dev1/join",
        payload: r#"{"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530","dev_addr":"01497ECC"},"received_at":"2020-02-17T07:49:09.935284891Z","join_accept":{"session_key_id":"AXBSH1Pk6Z0G166RlH16CQ=="}}"#,
        outcome: Outcome::Notice("joined"),
    },
    Message {
        name: "the things stack, downlink ack (docs)",
        topic: "v3/app1@tenant/devices/dev1/down/ack",
        payload: r#"{"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530"},"received_at":"2020-02-17T10:32:24.590413417Z","downlink_ack":{"session_key_id":"AXBSp8v2brG0jqkri+sIkw==","f_port":15,"f_cnt":1,"frm_payload":"vu8=","confirmed":true}}"#,
        outcome: Outcome::Notice("acknowledged"),
    },
    Message {
        name: "the things stack, downlink ack, sent again (2024)",
        topic: "v3/hafi-ttn-lorawan@ttn/devices/eui-a84041162183f8fb/down/ack",
        payload: r#"{"end_device_ids":{"device_id":"eui-a84041162183f8fb","dev_eui":"A84041162183F8FB"},"received_at":"2024-02-09T07:41:41.776887672Z","downlink_ack":{"session_key_id":"AY2MUrmnuovS8DCZAfYmsA==","f_port":1,"f_cnt":21,"frm_payload":"AQAAeA==","confirmed":true,"confirmed_retry":{"attempt":1}}}"#,
        outcome: UNKNOWN_DEVICE,
    },
    Message {
        name: "the things stack, downlink to be queued (docs)",
        topic: "v3/app1@tenant/devices/dev1/down/push",
        payload: r#"{"downlinks":[{"f_port":15,"frm_payload":"vu8=","priority":"NORMAL","confirmed":true,"correlation_ids":["custom-id"]}]}"#,
        outcome: UNKNOWN_DEVICE,
    },
];
