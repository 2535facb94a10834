//! Milesight EM400-MUD (and EM400-UDL) ultrasonic distance sensors over LoRaWAN.
//!
//! FPort 85; a public catalogue shows FPort 100 too. The sensor has a working mode "parking", but in
//! it sends the same distances and threshold alarms: which side of the threshold is a vehicle is a
//! setting that no frame repeats. So it says nothing about the bay; the alarm is in `extra`.
//!
//! Commands: Milesight's EM400-UDL web manual, "Downlink Command", and the answers in the maker's decoder.

use super::command::{Command, Sets, decode, encode, examples};
use super::{Answer, COLLECTION, Channel, Content, REPORT, decode_lorawan};
use crate::codec::Codec;

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-em400-mud",
    aliases: &["em400-mud", "em400mud", "em400-udl", "milesight-em400-udl", "milesight-em400mud"],
    about: "Milesight EM400-MUD, EM400-UDL distance sensors (LoRaWAN); need occupied_below_mm",
    ports: &PORTS,
    decode_up: |frame| decode_lorawan(frame, &PORTS, &CHANNELS),
    decode_down: |frame| decode(frame, &PORTS, &COMMANDS),
    encode_down: |command| encode(command, &COMMANDS),
    commands: || examples(&COMMANDS),
};

const PORTS: [u8; 2] = [85, 100];

/// The channels of the EM400, which the NB-IoT frame has too.
pub(super) const CHANNELS: [Channel; 19] = [
    (0x01, 0x75, Content::BatteryPct),
    (0x03, 0x67, Content::Temperature),
    (0x04, 0x82, Content::DistanceMm),
    (0x05, 0x00, Content::Tilt),
    (0x83, 0x67, Content::TemperatureAlarm),
    (0x84, 0x82, Content::DistanceAlarm),
    (0xff, 0x02, Content::Answer(Answer::Number(COLLECTION))),
    (0xff, 0x03, Content::Answer(Answer::Number(REPORT))),
    (0xff, 0x06, Content::Answer(Answer::Hex("alarm_settings", 9))),
    (0xff, 0x10, Content::Answer(Answer::Done("reboot"))),
    (0xff, 0x13, Content::Answer(Answer::Switch("uses_install_height"))),
    (0xff, 0x1c, Content::Answer(Answer::Hex("collection_again", 2))),
    (0xff, 0x28, Content::Answer(Answer::Done("report_now"))),
    (0xff, 0x3e, Content::Answer(Answer::Switch(TILT))),
    (0xff, 0x4a, Content::Answer(Answer::Done("time_set"))),
    (0xff, 0x56, Content::Answer(Answer::Switch(MEASURES))),
    (0xff, 0x70, Content::Answer(Answer::Number("people_height_mm"))),
    (0xff, 0x71, Content::Answer(Answer::WorkingMode)),
    (0xff, 0x77, Content::Answer(Answer::Number(HEIGHT))),
];

const COMMANDS: [Command; 8] = [
    ("reboot", 0x10, Sets::Nothing),
    ("report_now", 0x28, Sets::Nothing),
    ("set_report_interval", 0x03, Sets::Number(REPORT, [0, u16::MAX, 1200])),
    ("set_collection_interval", 0x02, Sets::Number(COLLECTION, [0, u16::MAX, 600])),
    ("set_working_mode", 0x71, Sets::WorkingMode),
    ("set_tilt_switch", 0x3e, Sets::Switch(TILT)),
    ("set_measuring", 0x56, Sets::Switch(MEASURES)),
    ("set_install_height", 0x77, Sets::Number(HEIGHT, [0, u16::MAX, 2500])),
];

/// Whether it stops measuring when it is tilted.
const TILT: &str = "tilt_switch";
const MEASURES: &str = "measures_distance";
const HEIGHT: &str = "install_height_mm";
