//! Milesight VS340 and VS341 occupancy sensors (LoRaWAN, FPort 85).
//!
//! The occupancy alone is a change; with the battery it is the periodic report.

use super::{Channel, Content, decode_lorawan};
use crate::codec::{Codec, no_commands, no_decode_down, no_encode_down};

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-vs34x",
    aliases: &["milesight-vs340", "milesight-vs341", "vs34x", "vs340", "vs341"],
    about: "Milesight VS340 and VS341 occupancy sensors (LoRaWAN)",
    ports: &[85],
    decode_up: |frame| decode_lorawan(frame, &[85], &CHANNELS),
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

const CHANNELS: [Channel; 2] = [(0x01, 0x75, Content::BatteryPct), (0x03, 0x00, Content::Occupied)];
