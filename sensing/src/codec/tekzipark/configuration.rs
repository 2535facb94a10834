//! The TEKZIPARK's configuration: 8 bytes of bit fields on FPort 3, down only.
//!
//! A frame sets every field, so a command must name every field, each within its bits. The names
//! are the maker's.

use serde_json::{Map, Value};

use crate::codec::{Decoded, Downlink, Frame, Refusal, no_decode_down, wrong_length};

const FPORT: u8 = 3;
const BYTES: usize = 8;

/// Name, byte, lowest bit, number of bits.
const FIELDS: [(&str, usize, u32, u32); 27] = [
    ("suppress_baseline_offset", 0, 7, 1),
    ("radar_start_range", 0, 4, 3),
    ("fluctuations_count", 0, 0, 4),
    ("downlink_frequency", 1, 7, 1),
    ("axis_deflection", 1, 5, 2),
    ("debug_mode", 1, 4, 1),
    ("deflection_threshold_mag", 1, 0, 4),
    ("zero_neg_drop", 2, 7, 1),
    ("oversampling", 2, 5, 2),
    ("hw_acc_samples_no", 2, 3, 2),
    ("fluctuation_threshold_XY", 2, 0, 3),
    ("sleep_time", 3, 5, 3),
    ("reset_control", 3, 4, 1),
    ("mag_reboot", 3, 3, 1),
    ("fluctuation_delay_time", 3, 0, 3),
    ("axis_fluctuations", 4, 6, 2),
    ("fluctuation_threshold_Z", 4, 3, 3),
    ("self_heal", 4, 2, 1),
    ("keepalive_period", 4, 0, 2),
    ("radar_scan_count", 5, 4, 4),
    ("obstruction_check", 5, 3, 1),
    ("reflection_threshold_radar", 5, 0, 3),
    ("OI", 6, 7, 1),
    ("send_rssi", 6, 6, 1),
    ("beacons_scan_no", 6, 3, 3),
    ("ble_scan_window", 6, 0, 3),
    ("ble_scan_rssi", 7, 0, 8),
];

/// As the maker ships it. Source: TheThingsNetwork/lorawan-devices, vendor/tekzitel (Apache-2.0).
const AS_SHIPPED: [u8; BYTES] = [0x47, 0x16, 0x18, 0xeb, 0x00, 0x00, 0x68, 0xaa];

pub(super) fn decode(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    if frame.fport != FPORT {
        return no_decode_down(frame);
    }
    let Ok(bytes) = <&[u8; BYTES]>::try_from(frame.bytes) else {
        return Err(wrong_length("a configuration", "8 bytes", frame.bytes));
    };
    Ok(Decoded { readings: Vec::new(), extra: fields(*bytes) })
}

/// One frame sets everything: there is one command.
pub(super) fn commands() -> Vec<Map<String, Value>> {
    vec![fields(AS_SHIPPED)]
}

fn fields(bytes: [u8; BYTES]) -> Map<String, Value> {
    let read = |(name, byte, lowest, bits): &(&str, usize, u32, u32)| {
        let value = bytes[*byte] >> lowest & most(*bits);
        ((*name).to_owned(), Value::from(value))
    };
    FIELDS.iter().map(read).collect()
}

pub(super) fn encode(command: &Map<String, Value>) -> Result<Downlink, Refusal> {
    if let Some(name) = command.keys().find(|key| FIELDS.iter().all(|(name, ..)| name != key)) {
        return Err(Refusal::unknown(format!("{name:.64} is no field of the configuration")));
    }
    let mut bytes = vec![0; BYTES];
    for (name, byte, lowest, bits) in &FIELDS {
        let most = most(*bits);
        let value = command
            .get(*name)
            .and_then(Value::as_u64)
            .and_then(|value| u8::try_from(value).ok())
            .filter(|value| *value <= most)
            .ok_or_else(|| Refusal::bad(format!("{name} must be a number from 0 to {most}")))?;
        bytes[*byte] |= value << lowest;
    }
    Ok(Downlink { fport: FPORT, bytes })
}

/// The highest number in so many bits, 1 to 8.
fn most(bits: u32) -> u8 {
    u8::MAX >> (u8::BITS - bits)
}
