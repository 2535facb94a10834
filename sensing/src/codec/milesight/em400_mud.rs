//! Milesight EM400-MUD (and EM400-UDL) ultrasonic distance sensors over LoRaWAN.
//!
//! FPort 85; a public catalogue shows FPort 100 too. The sensor has a working mode "parking", but in
//! it sends the same distances and threshold alarms: which side of the threshold is a vehicle is a
//! setting that no frame repeats. So it says nothing about the bay; the alarm is in `extra`.
//!
//! Commands that the maker's decoder describes with their units: restart, report now, the two
//! intervals, the working mode. The device repeats a setting that it took.

use serde_json::{Map, Value};

use super::{Channel, Content, WORKING_MODES, decode_lorawan};
use crate::codec::{Codec, Decoded, Downlink, Frame, Refusal, command, no_decode_down};

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-em400-mud",
    aliases: &["em400-mud", "em400mud", "em400-udl", "milesight-em400-udl", "milesight-em400mud"],
    about: "Milesight EM400-MUD, EM400-UDL distance sensors (LoRaWAN); need occupied_below_mm",
    ports: &PORTS,
    decode_up: |frame| decode_lorawan(frame, &PORTS, &CHANNELS),
    decode_down,
    encode_down,
    commands,
};

const PORTS: [u8; 2] = [85, 100];

/// The channels of the EM400, which the NB-IoT frame has too.
pub(super) const CHANNELS: [Channel; 9] = [
    (0x01, 0x75, Content::BatteryPct),
    (0x03, 0x67, Content::Temperature),
    (0x04, 0x82, Content::DistanceMm),
    (0x05, 0x00, Content::Tilt),
    (0x83, 0x67, Content::TemperatureAlarm),
    (0x84, 0x82, Content::DistanceAlarm),
    (0xff, 0x02, Content::IntervalS(COLLECTION)),
    (0xff, 0x03, Content::IntervalS(REPORT)),
    (0xff, 0x71, Content::WorkingMode),
];

const COLLECTION: &str = "collection_interval_s";
const REPORT: &str = "report_interval_s";

fn decode_down(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    if !PORTS.contains(&frame.fport) {
        return no_decode_down(frame);
    }
    let says = |name: &str| Decoded::default().with("command", name);
    let interval = |low: &u8, high: &u8| u16::from_le_bytes([*low, *high]);
    match frame.bytes {
        [0xff, 0x10, 0xff] => Ok(says("reboot")),
        [0xff, 0x28, 0xff] => Ok(says("report_now")),
        [0xff, 0x02, low, high] => {
            Ok(says("set_collection_interval").with(COLLECTION, interval(low, high)))
        }
        [0xff, 0x03, low, high] => {
            Ok(says("set_report_interval").with(REPORT, interval(low, high)))
        }
        [0xff, 0x71, mode @ 0..=2] => {
            let mode = WORKING_MODES[usize::from(*mode)];
            Ok(says("set_working_mode").with("working_mode", mode))
        }
        [0xff, 0x02 | 0x03 | 0x10 | 0x28 | 0x71, ..] => Err(Refusal::bad("the command's value")),
        _ => Err(Refusal::unknown("no such command")),
    }
}

fn encode_down(command: &Map<String, Value>) -> Result<Downlink, Refusal> {
    let interval = |name: &str| {
        let seconds = command.get(name).and_then(Value::as_u64);
        seconds
            .and_then(|seconds| u16::try_from(seconds).ok())
            .map(u16::to_le_bytes)
            .ok_or_else(|| Refusal::bad(format!("{name} must be a number from 0 to 65535")))
    };
    let bytes = match command.get("command").and_then(Value::as_str) {
        Some("reboot") => vec![0xff, 0x10, 0xff],
        Some("report_now") => vec![0xff, 0x28, 0xff],
        Some("set_collection_interval") => [&[0xff, 0x02], &interval(COLLECTION)?[..]].concat(),
        Some("set_report_interval") => [&[0xff, 0x03], &interval(REPORT)?[..]].concat(),
        Some("set_working_mode") => vec![0xff, 0x71, working_mode(command)?],
        _ => return Err(Refusal::unknown("no such command")),
    };
    Ok(Downlink { fport: PORTS[0], bytes })
}

fn working_mode(command: &Map<String, Value>) -> Result<u8, Refusal> {
    let name = command.get("working_mode").and_then(Value::as_str);
    let mode = WORKING_MODES.iter().position(|mode| Some(*mode) == name);
    mode.and_then(|mode| u8::try_from(mode).ok())
        .ok_or_else(|| Refusal::bad(format!("working_mode must be {}", WORKING_MODES.join(", "))))
}

fn commands() -> Vec<Map<String, Value>> {
    let modes =
        WORKING_MODES.map(|mode| command("set_working_mode", [("working_mode", mode.into())]));
    let others = [
        command("reboot", []),
        command("report_now", []),
        command("set_report_interval", [(REPORT, 1200.into())]),
        command("set_collection_interval", [(COLLECTION, 600.into())]),
    ];
    others.into_iter().chain(modes).collect()
}
