//! The MQTT messages in which readings reach the broker: topic and payload, one file a network.
//!
//! Shapes follow captured messages of ChirpStack v4 and The Things Stack v3. Gateways, tenants
//! and applications in them are samples.

pub mod chirpstack;
pub mod native;
pub mod the_things_stack;

use vocabulary::Timestamp;

use crate::frame::Frame;

/// What a network server knows of one LoRaWAN uplink.
#[derive(Clone, Debug, PartialEq)]
pub struct Uplink {
    /// DevEUI, 16 hexadecimal digits in lower case.
    pub dev_eui: String,
    /// Device address of the session, 8 hexadecimal digits in lower case.
    pub dev_addr: String,
    /// Session key id of the join (The Things Stack shows it, ChirpStack does not).
    pub session_key_id: [u8; 16],
    /// Uplink counter of the session.
    pub f_cnt: u32,
    /// The application frame.
    pub frame: Frame,
    /// When it was received by the gateway's clock.
    pub gateway_at: Timestamp,
    /// Whether that clock is set by satellites.
    pub clock: GatewayClock,
    /// When the network server received it, by the server's clock.
    pub network_at: Timestamp,
    /// Running number of the gateway that heard it.
    pub gateway: u32,
    /// Strength at the gateway.
    pub rssi_dbm: i32,
    /// Signal to noise at the gateway.
    pub snr_db: f64,
}

/// What sets a gateway's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayClock {
    /// Itself: it may be wrong.
    Own,
    /// A satellite receiver; the message says so.
    Gps,
}

/// An MQTT message: topic and payload.
pub type Envelope = (String, Vec<u8>);

/// Writes a JSON value as a payload.
fn payload(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;

    /// An uplink with known parts.
    pub(crate) fn sample(f_cnt: u32) -> Uplink {
        Uplink {
            dev_eui: "02b0e1c500620007".into(),
            dev_addr: "01cdf20a".into(),
            session_key_id: [7; 16],
            f_cnt,
            frame: Frame { fport: 1, bytes: vec![1] },
            gateway_at: Timestamp::parse("2026-09-15T00:03:10.250Z").unwrap(),
            clock: GatewayClock::Own,
            network_at: Timestamp::parse("2026-09-15T00:03:10.290Z").unwrap(),
            gateway: 1,
            rssi_dbm: -97,
            snr_db: 6.25,
        }
    }

    /// Every pointer leads to a value in the payload.
    pub(crate) fn check_fields(payload: &[u8], pointers: &[&str]) -> Value {
        let json: Value = serde_json::from_slice(payload).unwrap();
        for pointer in pointers {
            assert!(json.pointer(pointer).is_some(), "{pointer} is missing in {json}");
        }
        json
    }
}
