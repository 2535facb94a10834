//! Milesight EM310-UDL ultrasonic distance sensor (LoRaWAN, FPort 85).
//!
//! It gives a distance and whether it is tilted, and says nothing about the bay.

use super::{Channel, Content, decode_lorawan};
use crate::codec::{Codec, no_commands, no_decode_down, no_encode_down};

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-em310-udl",
    aliases: &["em310-udl", "em310udl", "milesight-em310udl"],
    about: "Milesight EM310-UDL distance sensor (LoRaWAN); needs occupied_below_mm",
    ports: &[85],
    decode_up: |frame| decode_lorawan(frame, &[85], &CHANNELS),
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

const CHANNELS: [Channel; 3] = [
    (0x01, 0x75, Content::BatteryPct),
    (0x03, 0x82, Content::DistanceMm),
    (0x04, 0x00, Content::Tilt),
];
