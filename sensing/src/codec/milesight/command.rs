//! Commands to Milesight's LoRaWAN sensors: `ff`, the command's number, its value; on FPort 85.
//!
//! Taken over are those that somebody who looks after parking sensors needs: restart, report now, the
//! intervals, what is measured. Not taken over are keys, direct radio between devices, thresholds and
//! calibration. The device repeats a setting that it took (`Answer`).

use serde_json::{Map, Value};

use super::{Answer, WORKING_MODES};
use crate::codec::{Decoded, Downlink, Frame, Refusal, command as named, no_decode_down};

const CHANNEL: u8 = 0xff;
const PORT: u8 = 85;

/// Its name, its number, what it sets.
pub(super) type Command = (&'static str, u8, Sets);

/// What a command sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sets {
    /// Nothing: the device does it.
    Nothing,
    Switch(&'static str),
    /// A number within these limits, and one that makes a good example.
    Number(&'static str, [u16; 3]),
    /// The same after a byte that is 0.
    LateNumber(&'static str, [u16; 3]),
    WorkingMode,
}

const MODE: &str = "working_mode";

pub(super) fn decode(
    frame: &Frame<'_>,
    ports: &[u8],
    commands: &[Command],
) -> Result<Decoded, Refusal> {
    if !ports.contains(&frame.fport) {
        return no_decode_down(frame);
    }
    let known = match frame.bytes {
        [CHANNEL, number, value @ ..] => {
            commands.iter().find(|(_, known, _)| known == number).map(|command| (command, value))
        }
        _ => None,
    };
    let Some(((name, _, sets), value)) = known else {
        return Err(Refusal::unknown("no such command"));
    };
    let decoded = Decoded::default().with("command", *name);
    sets.read(value, decoded).ok_or_else(|| Refusal::bad("the command's value"))
}

pub(super) fn encode(
    command: &Map<String, Value>,
    commands: &[Command],
) -> Result<Downlink, Refusal> {
    let asked = command.get("command").and_then(Value::as_str);
    let Some((_, number, sets)) = commands.iter().find(|(name, ..)| Some(*name) == asked) else {
        return Err(Refusal::unknown("no such command"));
    };
    let bytes = [&[CHANNEL, *number], &sets.write(command)?[..]].concat();
    Ok(Downlink { fport: PORT, bytes })
}

/// One of each.
pub(super) fn examples(commands: &[Command]) -> Vec<Map<String, Value>> {
    commands.iter().flat_map(|(name, _, sets)| sets.examples(name)).collect()
}

impl Sets {
    fn read(self, value: &[u8], decoded: Decoded) -> Option<Decoded> {
        let (answer, least, most) = match self {
            Sets::Nothing => return (value == [0xff]).then_some(decoded),
            Sets::Switch(name) => (Answer::Switch(name), 0, u16::MAX),
            Sets::Number(name, [least, most, _]) => (Answer::Number(name), least, most),
            Sets::LateNumber(name, [least, most, _]) => (Answer::LateNumber(name), least, most),
            Sets::WorkingMode => (Answer::WorkingMode, 0, u16::MAX),
        };
        let (name, said) = answer.read(value)?;
        let fits = |number: u64| (u64::from(least)..=u64::from(most)).contains(&number);
        said.as_u64().is_none_or(fits).then(|| decoded.with(name, said))
    }

    fn write(self, command: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        Ok(match self {
            Sets::Nothing => vec![0xff],
            Sets::Switch(name) => {
                let on = command.get(name).and_then(Value::as_bool);
                let on = on.ok_or_else(|| Refusal::bad(format!("{name} must be true or false")));
                vec![u8::from(on?)]
            }
            Sets::Number(name, limits) => number(command, name, limits)?.to_vec(),
            Sets::LateNumber(name, limits) => {
                let [low, high] = number(command, name, limits)?;
                vec![0, low, high]
            }
            Sets::WorkingMode => vec![working_mode(command)?],
        })
    }

    fn examples(self, name: &str) -> Vec<Map<String, Value>> {
        match self {
            Sets::Nothing => vec![named(name, [])],
            Sets::Switch(field) => vec![named(name, [(field, true.into())])],
            Sets::Number(field, [.., example]) | Sets::LateNumber(field, [.., example]) => {
                vec![named(name, [(field, example.into())])]
            }
            Sets::WorkingMode => {
                WORKING_MODES.map(|mode| named(name, [(MODE, mode.into())])).to_vec()
            }
        }
    }
}

fn number(
    command: &Map<String, Value>,
    name: &str,
    [least, most, _]: [u16; 3],
) -> Result<[u8; 2], Refusal> {
    let number = command.get(name).and_then(Value::as_u64);
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (least..=most).contains(number))
        .map(u16::to_le_bytes)
        .ok_or_else(|| Refusal::bad(format!("{name} must be a number from {least} to {most}")))
}

fn working_mode(command: &Map<String, Value>) -> Result<u8, Refusal> {
    let name = command.get(MODE).and_then(Value::as_str);
    let mode = WORKING_MODES.iter().position(|mode| Some(*mode) == name);
    mode.and_then(|mode| u8::try_from(mode).ok())
        .ok_or_else(|| Refusal::bad(format!("{MODE} must be {}", WORKING_MODES.join(", "))))
}
