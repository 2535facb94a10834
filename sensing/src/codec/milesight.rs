//! Milesight's sensors: a frame is a run of channel, type, value; one file for each model.
//!
//! Values are little-endian. Source: Milesight's manuals and the READMEs of
//! Milesight-IoT/SensorDecoders (facts only). A channel that the model does not have has no known
//! length, so nothing after it can be read: the whole frame is refused. Of a value sent twice the
//! later counts.
//!
//! An ultrasonic sensor gives a distance. Whether that is a vehicle depends on how high it hangs
//! and what it is set to, and neither is in the frame: such frames say nothing about the bay, unless the
//! register says below which distance there is a vehicle (`Decoded::judge_distance`).

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
    /// A setting that the device confirms: its name in `extra`, in seconds.
    IntervalS(&'static str),
    WorkingMode,
}

/// What every model sends.
const COMMON: [Channel; 6] = [
    (0xff, 0x01, Content::ProtocolVersion),
    (0xff, 0x09, Content::HardwareVersion),
    (0xff, 0x0a, Content::FirmwareVersion),
    (0xff, 0x0b, Content::PowerOn),
    (0xff, 0x0f, Content::DeviceClass),
    (0xff, 0x16, Content::SerialNumber),
];

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
    let known = channels.iter().chain(&COMMON).find(|(c, t, _)| (c, t) == (channel, kind));
    let Some((.., content)) = known else {
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
            | Content::WorkingMode => 1,
            Content::Temperature
            | Content::DistanceMm
            | Content::HardwareVersion
            | Content::FirmwareVersion
            | Content::IntervalS(_) => 2,
            Content::TemperatureAlarm | Content::DistanceAlarm => 3,
            Content::SerialNumber => 8,
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
            (Content::DeviceClass, [class @ 0..=2]) => {
                note("device_class", ["A", "B", "C"][usize::from(*class)].into());
            }
            (Content::SerialNumber, serial) => note("sn", hex::encode(serial).into()),
            (Content::IntervalS(name), [low, high]) => {
                note(name, u16::from_le_bytes([*low, *high]).into());
            }
            (Content::WorkingMode, [mode]) => {
                note("working_mode", (*WORKING_MODES.get(usize::from(*mode))?).into());
            }
            _ => return None,
        }
        Some(())
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
