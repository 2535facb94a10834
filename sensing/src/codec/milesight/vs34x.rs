//! Milesight VS340 and VS341 occupancy sensors (LoRaWAN, FPort 85).
//!
//! The occupancy alone is a change; with the battery it is the periodic report. Commands: Milesight's VS34x web
//! manual, "Downlink Commands", and the answers to them in the maker's decoder.

use super::command::{Command, Sets, decode, encode, examples};
use super::{Answer, Channel, Content, decode_lorawan};
use crate::codec::Codec;

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-vs34x",
    aliases: &["milesight-vs340", "milesight-vs341", "vs34x", "vs340", "vs341"],
    about: "Milesight VS340 and VS341 occupancy sensors (LoRaWAN)",
    ports: &[85],
    decode_up: |frame| decode_lorawan(frame, &[85], &CHANNELS),
    decode_down: |frame| decode(frame, &[85], &COMMANDS),
    encode_down: |command| encode(command, &COMMANDS),
    commands: || examples(&COMMANDS),
};

const CHANNELS: [Channel; 13] = [
    (0x01, 0x75, Content::BatteryPct),
    (0x03, 0x00, Content::Occupied),
    (0xff, 0x10, Content::Answer(Answer::Done("reboot"))),
    (0xff, 0x28, Content::Answer(Answer::Done("report_now"))),
    (0xff, 0x2f, Content::Answer(Answer::Switch(LED))),
    (0xff, 0x35, Content::Answer(Answer::Key("d2d_key_set", 8))),
    (0xff, 0x84, Content::Answer(Answer::Switch("d2d"))),
    (0xff, 0x8e, Content::Answer(Answer::LateNumber(REPORT))),
    (0xff, 0x95, Content::Answer(Answer::Number(VACANT_AFTER))),
    (0xff, 0x96, Content::Answer(Answer::Hex("d2d_settings", 8))),
    (0xff, 0x98, Content::Answer(Answer::Hex("pir_settings", 5))),
    (0xff, 0x99, Content::Answer(Answer::Hex("thermopile_settings", 5))),
    (0xff, 0xb2, Content::Answer(Answer::Hex("thermopile_negative_threshold", 1))),
];

const COMMANDS: [Command; 5] = [
    ("reboot", 0x10, Sets::Nothing),
    ("report_now", 0x28, Sets::Nothing),
    ("set_report_interval", 0x8e, Sets::LateNumber(REPORT, [1, u16::MAX, 20])),
    ("set_vacancy_delay", 0x95, Sets::Number(VACANT_AFTER, [1, 120, 30])),
    ("set_led", 0x2f, Sets::Switch(LED)),
];

const REPORT: &str = "report_interval_min";
/// So long without anybody the sensor waits before it says so.
const VACANT_AFTER: &str = "vacancy_delay_s";
const LED: &str = "led";
