//! Milesight's sensors: a frame is a run of channel, type, value; one file for each model.
//!
//! Values are little-endian. Source: Milesight's manuals, the READMEs and decoders of
//! Milesight-IoT/SensorDecoders (facts only). A channel that the model does not have has no known
//! length, so nothing after it can be read: the whole frame is refused. Of a value sent twice the
//! later counts. A device answers a command with the channel of the command, or with `fe` in its place.
//!
//! An ultrasonic sensor gives a distance. Whether that is a vehicle depends on how high it hangs
//! and what it is set to, and neither is in the frame: such frames say nothing about the bay, unless the
//! register says below which distance there is a vehicle (`Decoded::judge_distance`).

mod command;
pub(super) mod em310_udl;
pub(super) mod em400_mud;
pub(super) mod nb_iot;
pub(super) mod vs34x;

use serde_json::{Map, Value};

use super::{DISTANCE, Decoded, Frame, Refusal, TEMPERATURE_ALERT, TILTED, flag, no_such_uplink};
use crate::reading::{Kind, Report};

/// A channel of one model.
type Channel = (u8, u8, Content);

/// What a channel holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    BatteryPct,
    Occupied,
    /// Tenths of a degree.
    Temperature,
    TemperatureAlarm,
    DistanceMm,
    DistanceAlarm,
    Tilt,
    ProtocolVersion,
    HardwareVersion,
    FirmwareVersion,
    PowerOn,
    DeviceClass,
    SerialNumber,
    ThingModelVersion,
    ResetEvent,
    /// The answer to a command.
    Answer(Answer),
}

/// What a device says to a command: that it did it, or the setting that it took, by its name in `extra`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Done(&'static str),
    Switch(&'static str),
    Number(&'static str),
    /// After a byte without a meaning.
    LateNumber(&'static str),
    WorkingMode,
    /// A setting of so many bytes that nothing of ours understands, as hex.
    Hex(&'static str, usize),
    /// A key of so many bytes: only that it was set.
    Key(&'static str, usize),
}

/// What every model sends.
const COMMON: [Channel; 8] = [
    (0xff, 0x01, Content::ProtocolVersion),
    (0xff, 0x09, Content::HardwareVersion),
    (0xff, 0x0a, Content::FirmwareVersion),
    (0xff, 0x0b, Content::PowerOn),
    (0xff, 0x0f, Content::DeviceClass),
    (0xff, 0x16, Content::SerialNumber),
    (0xff, 0xfe, Content::ResetEvent),
    (0xff, 0xff, Content::ThingModelVersion),
];

/// In the place of `ff` in an answer.
const ANSWERS: u8 = 0xfe;

/// LoRaWAN classes; the last one is of a device that changes from C to B.
const CLASSES: [&str; 4] = ["A", "B", "C", "CtoB"];

/// What both kinds of distance sensor call their intervals.
const COLLECTION: &str = "collection_interval_s";
const REPORT: &str = "report_interval_s";

/// The ways in which a device measures, by number.
const WORKING_MODES: [&str; 3] = ["standard", "bin", "parking"];

fn decode_lorawan(
    frame: &Frame<'_>,
    ports: &[u8],
    channels: &[Channel],
) -> Result<Decoded, Refusal> {
    if !ports.contains(&frame.fport) {
        return Err(no_such_uplink(frame));
    }
    decode(frame.bytes, channels)
}

fn decode(bytes: &[u8], channels: &[Channel]) -> Result<Decoded, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::bad("the frame is empty"));
    }
    let (mut report, mut extra) = (Report::new(Kind::Info), Map::new());
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = read_channel(rest, channels, &mut report, &mut extra)?;
    }
    report.kind = kind_of(&report, &extra);
    report.flags = flags_of(&extra);
    Ok(Decoded { readings: vec![report], extra })
}

/// Reads one channel; gives what comes after it.
fn read_channel<'a>(
    bytes: &'a [u8],
    channels: &[Channel],
    report: &mut Report,
    extra: &mut Map<String, Value>,
) -> Result<&'a [u8], Refusal> {
    let [channel, kind, rest @ ..] = bytes else {
        return Err(Refusal::bad("the frame ends within a channel"));
    };
    let is_meant = |(c, t, content): &&Channel| {
        let answers = *channel == ANSWERS && matches!(content, Content::Answer(_));
        t == kind && (c == channel || answers)
    };
    let Some((.., content)) = channels.iter().chain(&COMMON).find(is_meant) else {
        return Err(Refusal::unknown(format!("no channel {channel:02x} {kind:02x}")));
    };
    let Some((value, rest)) = rest.split_at_checked(content.length()) else {
        return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} is cut short")));
    };
    if content.read(value, report, extra).is_none() {
        let value = hex::encode(value);
        return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} holds {value}")));
    }
    Ok(rest)
}

impl Content {
    fn length(self) -> usize {
        match self {
            Content::BatteryPct
            | Content::Occupied
            | Content::Tilt
            | Content::ProtocolVersion
            | Content::PowerOn
            | Content::DeviceClass
            | Content::ResetEvent => 1,
            Content::Temperature
            | Content::DistanceMm
            | Content::HardwareVersion
            | Content::FirmwareVersion
            | Content::ThingModelVersion => 2,
            Content::TemperatureAlarm | Content::DistanceAlarm => 3,
            Content::SerialNumber => 8,
            Content::Answer(answer) => answer.length(),
        }
    }

    /// `None` for a value that the channel cannot hold.
    fn read(self, value: &[u8], report: &mut Report, extra: &mut Map<String, Value>) -> Option<()> {
        let mut note = |key: &str, value: Value| drop(extra.insert(key.to_owned(), value));
        match (self, value) {
            (Content::BatteryPct, [percent @ 0..=100]) => report.battery_pct = Some(*percent),
            (Content::Occupied, [state @ 0..=1]) => report.occupied = Some(*state == 1),
            (Content::Temperature, [low, high]) => {
                report.temperature_c = Some(tenths(*low, *high));
            }
            (Content::TemperatureAlarm, [low, high, alarm]) => {
                note("temperature_alarm", alarm_name(*alarm)?.into());
                report.temperature_c = Some(tenths(*low, *high));
            }
            (Content::DistanceMm, [low, high]) => {
                note(DISTANCE, u16::from_le_bytes([*low, *high]).into());
            }
            (Content::DistanceAlarm, [low, high, alarm]) => {
                note("distance_alarm", alarm_name(*alarm)?.into());
                note(DISTANCE, u16::from_le_bytes([*low, *high]).into());
            }
            (Content::Tilt, [position @ 0..=1]) => {
                note("position", ["normal", "tilt"][usize::from(*position)].into());
            }
            (Content::ProtocolVersion, [version]) => {
                note("protocol_version", format!("{version:x}").into());
            }
            // The hardware's minor number is in the upper half of its byte.
            (Content::HardwareVersion, [major, minor]) => {
                note("hardware_version", format!("{major:x}.{:x}", minor >> 4).into());
            }
            (Content::FirmwareVersion, [major, minor]) => {
                report.firmware = Some(format!("{major:x}.{minor:x}"));
            }
            (Content::PowerOn, [_]) => report.reset_cause = Some("power_on".to_owned()),
            (Content::DeviceClass, [class]) => {
                note("device_class", (*CLASSES.get(usize::from(*class))?).into());
            }
            (Content::ResetEvent, [_]) => note("reset_event", true.into()),
            (Content::ThingModelVersion, [major, minor]) => {
                note("thing_model_version", format!("{major}.{minor}").into());
            }
            (Content::SerialNumber, serial) => note("sn", hex::encode(serial).into()),
            (Content::Answer(answer), value) => {
                let (name, value) = answer.read(value)?;
                note(name, value);
            }
            _ => return None,
        }
        Some(())
    }
}

impl Answer {
    fn length(self) -> usize {
        match self {
            Answer::Done(_) | Answer::Switch(_) | Answer::WorkingMode => 1,
            Answer::Number(_) => 2,
            Answer::LateNumber(_) => 3,
            Answer::Hex(_, length) | Answer::Key(_, length) => length,
        }
    }

    fn read(self, value: &[u8]) -> Option<(&'static str, Value)> {
        match (self, value) {
            (Answer::Done(name), [_]) => Some((name, true.into())),
            (Answer::Switch(name), [state @ 0..=1]) => Some((name, (*state == 1).into())),
            (Answer::Number(name), [low, high]) | (Answer::LateNumber(name), [_, low, high]) => {
                Some((name, u16::from_le_bytes([*low, *high]).into()))
            }
            (Answer::WorkingMode, [mode]) => {
                Some(("working_mode", (*WORKING_MODES.get(usize::from(*mode))?).into()))
            }
            (Answer::Hex(name, _), value) => Some((name, hex::encode(value).into())),
            (Answer::Key(name, _), _) => Some((name, true.into())),
            _ => None,
        }
    }
}

fn tenths(low: u8, high: u8) -> f64 {
    f64::from(i16::from_le_bytes([low, high])) / 10.0
}

fn alarm_name(alarm: u8) -> Option<&'static str> {
    match alarm {
        0 => Some("threshold_alarm_release"),
        1 => Some("threshold_alarm"),
        _ => None,
    }
}

/// A change of the bay is sent alone; the periodic report brings the battery with it.
fn kind_of(report: &Report, extra: &Map<String, Value>) -> Kind {
    match report {
        Report { reset_cause: Some(_), .. } => Kind::StartUp,
        Report { occupied: None, .. } => Kind::Info,
        Report { battery_pct: None, firmware: None, occupied: Some(occupied), .. }
            if extra.is_empty() =>
        {
            Report::change_to((*occupied).into()).kind
        }
        Report { .. } => Kind::Heartbeat,
    }
}

fn flags_of(extra: &Map<String, Value>) -> Vec<String> {
    let says = |key: &str, word: &str| extra.get(key).is_some_and(|value| value == word);
    let mut flags = Vec::new();
    flags.extend(says("position", "tilt").then(|| flag(TILTED)));
    flags.extend(says("temperature_alarm", "threshold_alarm").then(|| flag(TEMPERATURE_ALERT)));
    flags
}
