//! Milesight EM310-UDL ultrasonic distance sensor (LoRaWAN, FPort 85).
//!
//! It gives a distance and whether it is tilted, and says nothing about the bay. Commands: the answers to them in
//! the maker's decoder; the intervals count seconds, as those of the maker's other distance sensors.

use super::command::{Command, Sets, decode, encode, examples};
use super::{Answer, COLLECTION, Channel, Content, REPORT, decode_lorawan};
use crate::codec::Codec;

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-em310-udl",
    aliases: &["em310-udl", "em310udl", "milesight-em310udl"],
    about: "Milesight EM310-UDL distance sensor (LoRaWAN); needs occupied_below_mm",
    ports: &[85],
    decode_up: |frame| decode_lorawan(frame, &[85], &CHANNELS),
    decode_down: |frame| decode(frame, &[85], &COMMANDS),
    encode_down: |command| encode(command, &COMMANDS),
    commands: || examples(&COMMANDS),
};

const CHANNELS: [Channel; 7] = [
    (0x01, 0x75, Content::BatteryPct),
    (0x03, 0x82, Content::DistanceMm),
    (0x04, 0x00, Content::Tilt),
    (0xff, 0x02, Content::Answer(Answer::Number(COLLECTION))),
    (0xff, 0x03, Content::Answer(Answer::Number(REPORT))),
    (0xff, 0x06, Content::Answer(Answer::Hex("distance_alarm_settings", 9))),
    (0xff, 0x10, Content::Answer(Answer::Done("reboot"))),
];

const COMMANDS: [Command; 3] = [
    ("reboot", 0x10, Sets::Nothing),
    ("set_report_interval", 0x03, Sets::Number(REPORT, [0, u16::MAX, 1200])),
    ("set_collection_interval", 0x02, Sets::Number(COLLECTION, [0, u16::MAX, 600])),
];
