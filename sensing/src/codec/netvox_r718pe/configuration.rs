//! Netvox's configuration commands on FPort 7: to the device a request, from it the answer, whose
//! number is that of the request plus 0x80.
//!
//! A command has 11 bytes, padded with zeros. Answers are met cut off after their fields, so what
//! follows the fields is neither required nor read; more than 11 bytes are refused.

use serde_json::{Map, Value};

use super::{DEVICE, check_device};
use crate::codec::{Decoded, Downlink, Frame, Refusal, command, no_decode_down, wrong_length};
use crate::reading::{Kind, Report};

const FPORT: u8 = 7;
const LONGEST: usize = 11;

/// What a command carries, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Nothing,
    /// One byte: 0 is success.
    Status,
    /// The intervals and the changes that make the device report.
    Report,
    /// A distance in mm, by its name in `extra`.
    Distance(&'static str),
}

/// Number of the request, its name, what the request carries, what the answer carries.
const COMMANDS: [(u8, &str, Content, Content); 8] = [
    (0x01, "set_report", Content::Report, Content::Status),
    (0x02, "read_report", Content::Nothing, Content::Report),
    (0x03, "set_on_distance", Content::Distance(ON_DISTANCE), Content::Status),
    (0x04, "read_on_distance", Content::Nothing, Content::Distance(ON_DISTANCE)),
    (0x05, "set_fill_max_distance", Content::Distance(FILL_MAX), Content::Status),
    (0x06, "read_fill_max_distance", Content::Nothing, Content::Distance(FILL_MAX)),
    (0x0b, "set_dead_zone", Content::Distance(DEAD_ZONE), Content::Status),
    (0x0c, "read_dead_zone", Content::Nothing, Content::Distance(DEAD_ZONE)),
];

const ON_DISTANCE: &str = "on_distance_mm";
const FILL_MAX: &str = "fill_max_distance_mm";
const DEAD_ZONE: &str = "dead_zone_mm";

/// An answer of the device.
pub(super) fn decode_up(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let (number, body) = split(bytes)?;
    let request = number.checked_sub(0x80);
    let found = COMMANDS.iter().find(|(request_number, ..)| Some(*request_number) == request);
    let Some((_, name, _, content)) = found else {
        return Err(Refusal::unknown(format!("no answer {number:02x}")));
    };
    let decoded = Decoded::reading(Report::new(Kind::Info)).with("command", *name);
    content.read(body, decoded)
}

/// A request to the device.
pub(super) fn decode_down(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    if frame.fport != FPORT {
        return no_decode_down(frame);
    }
    let (number, body) = split(frame.bytes)?;
    let Some((_, name, content, _)) = COMMANDS.iter().find(|(request, ..)| *request == number)
    else {
        return Err(Refusal::unknown(format!("no command {number:02x}")));
    };
    content.read(body, Decoded::default().with("command", *name))
}

/// The number of a command, and what comes after the device's.
fn split(bytes: &[u8]) -> Result<(u8, &[u8]), Refusal> {
    let [number, device, body @ ..] = bytes else {
        return Err(wrong_length("a command", "2 to 11 bytes", bytes));
    };
    if bytes.len() > LONGEST {
        return Err(wrong_length("a command", "2 to 11 bytes", bytes));
    }
    check_device(*device)?;
    Ok((*number, body))
}

pub(super) fn encode_down(command: &Map<String, Value>) -> Result<Downlink, Refusal> {
    let asked = command.get("command").and_then(Value::as_str);
    let Some((number, _, content, _)) = COMMANDS.iter().find(|(_, name, ..)| Some(*name) == asked)
    else {
        return Err(Refusal::unknown("no such command"));
    };
    let mut bytes = vec![*number, DEVICE];
    bytes.extend(content.write(command)?);
    bytes.resize(LONGEST, 0);
    Ok(Downlink { fport: FPORT, bytes })
}

pub(super) fn commands() -> Vec<Map<String, Value>> {
    COMMANDS.iter().map(|(_, name, content, _)| content.example(name)).collect()
}

impl Content {
    fn example(self, name: &str) -> Map<String, Value> {
        match self {
            Content::Nothing | Content::Status => command(name, []),
            Content::Distance(distance) => command(name, [(distance, 500.into())]),
            Content::Report => command(
                name,
                [
                    ("min_interval_s", 60.into()),
                    ("max_interval_s", 3600.into()),
                    ("battery_change_mv", 100.into()),
                    ("distance_change_mm", 20.into()),
                ],
            ),
        }
    }

    fn read(self, body: &[u8], decoded: Decoded) -> Result<Decoded, Refusal> {
        let word = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
        match (self, body) {
            (Content::Nothing, _) => Ok(decoded),
            (Content::Status, [0, ..]) => Ok(decoded.with("status", "success")),
            (Content::Status, [_, ..]) => Ok(decoded.with("status", "failure")),
            (Content::Report, [n1, n0, x1, x0, battery, d1, d0, ..]) => Ok(decoded
                .with("min_interval_s", word(n1, n0))
                .with("max_interval_s", word(x1, x0))
                .with("battery_change_mv", u16::from(*battery) * 100)
                .with("distance_change_mm", word(d1, d0))),
            (Content::Distance(name), [high, low, ..]) => Ok(decoded.with(name, word(high, low))),
            _ => Err(Refusal::bad("the command is cut short")),
        }
    }

    fn write(self, command: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let number = |name: &str, most: u16| {
            let number = command.get(name).and_then(Value::as_u64);
            number
                .and_then(|number| u16::try_from(number).ok())
                .filter(|number| *number <= most)
                .ok_or_else(|| Refusal::bad(format!("{name} must be a number from 0 to {most}")))
        };
        let word = |name: &str| number(name, u16::MAX).map(u16::to_be_bytes);
        Ok(match self {
            Content::Nothing | Content::Status => Vec::new(),
            Content::Distance(name) => word(name)?.to_vec(),
            Content::Report => {
                let battery = number("battery_change_mv", 25_500)?;
                if battery % 100 != 0 {
                    return Err(Refusal::bad("battery_change_mv must be whole hundreds"));
                }
                let tenths = (battery / 100).to_be_bytes()[1];
                let (least, most) = (word("min_interval_s")?, word("max_interval_s")?);
                [&least[..], &most, &[tenths], &word("distance_change_mm")?].concat()
            }
        })
    }
}
