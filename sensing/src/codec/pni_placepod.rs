//! PNI PlacePod parking sensor (LoRaWAN): a run of channel, type, value, big-endian.
//!
//! Layout: PNI's message table as quoted by sjkp/PNI.PlacePod, whose types and lengths are those of
//! Cayenne LPP. No port is named. A frame may hold several states, oldest first: each becomes a
//! reading. Of any other value sent twice the later counts.
//!
//! Two public decoders read negative temperatures differently: as two's complement (PNI's own
//! server, through the Cayenne LPP library) or as sign and magnitude. Decided for two's complement:
//! that is what the data type means where it comes from, and it is the maker's own.

use serde_json::{Map, Value};

use super::{Codec, Decoded, Frame, Refusal, no_commands, no_decode_down, no_encode_down};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "pni-placepod",
    aliases: &["placepod", "pni"],
    about: "PNI PlacePod parking sensor (LoRaWAN)",
    ports: &[],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

/// What a frame says, while it is read.
#[derive(Default)]
struct Said {
    states: Vec<Report>,
    temperature_c: Option<f64>,
    battery_mv: Option<u32>,
    extra: Map<String, Value>,
}

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    if frame.bytes.is_empty() {
        return Err(Refusal::bad("the frame is empty"));
    }
    let mut said = Said::default();
    let mut rest = frame.bytes;
    while !rest.is_empty() {
        rest = said.read_channel(rest)?;
    }
    let Said { states: mut readings, temperature_c, battery_mv, extra } = said;
    if readings.is_empty() {
        readings.push(Report::new(Kind::Info));
    }
    if let Some(first) = readings.first_mut() {
        (first.temperature_c, first.battery_mv) = (temperature_c, battery_mv);
    }
    Ok(Decoded { readings, extra })
}

impl Said {
    /// Reads one channel; gives what comes after it.
    fn read_channel<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Refusal> {
        let [channel, kind, rest @ ..] = bytes else {
            return Err(Refusal::bad("the frame ends within a channel"));
        };
        let length = match (channel, kind) {
            (0x02, 0x67) | (0x03, 0x02) => 2,
            (0x01 | 0x1c | 0x3f, 0x01) | (0x15, 0x66) | (0x21, 0x00) | (0x37, 0x66 | 0x00) => 1,
            (0x05 | 0x06, 0x00 | 0x01 | 0x66) => 1,
            (0x05 | 0x06, 0x02 | 0x03 | 0x67) => 2,
            _ => return Err(Refusal::unknown(format!("no channel {channel:02x} {kind:02x}"))),
        };
        let Some((value, rest)) = rest.split_at_checked(length) else {
            return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} is cut short")));
        };
        if self.read_value(*channel, *kind, value).is_none() {
            let value = hex::encode(value);
            return Err(Refusal::bad(format!("channel {channel:02x} {kind:02x} holds {value}")));
        }
        Ok(rest)
    }

    /// `None` for a value that the channel cannot hold.
    fn read_value(&mut self, channel: u8, kind: u8, value: &[u8]) -> Option<()> {
        match (channel, kind, value) {
            (0x02, _, [high, low]) => {
                let tenths = i16::from_be_bytes([*high, *low]);
                self.temperature_c = Some(f64::from(tenths) / 10.0);
            }
            (0x03, _, [high, low]) => {
                self.battery_mv = Some(u32::from(u16::from_be_bytes([*high, *low])) * 10);
            }
            (0x15, _, [state @ 0..=1]) => {
                self.states.push(Report::change_to((*state == 1).into()));
            }
            (0x37, 0x66, [state @ 0..=1]) => {
                let occupied = Some(*state == 1);
                self.states.push(Report { occupied, ..Report::new(Kind::Heartbeat) });
            }
            (0x21 | 0x37, 0x00, [0x80]) => self.note("count_restarted", true),
            (0x21 | 0x37, 0x00, [count @ 0..=0x7f]) => self.note("vehicle_count", *count),
            (0x01, _, [done @ 0..=1]) => self.note("recalibrated", *done == 1),
            (0x1c, _, [done @ 0..=1]) => self.note("deactivated", *done == 1),
            (0x3f, _, [done @ 0..=1]) => self.note("rebooted", *done == 1),
            (0x05, _, value) => self.note("internal_5_bytes", hex::encode(value)),
            (0x06, _, value) => self.note("internal_6_bytes", hex::encode(value)),
            _ => return None,
        }
        Some(())
    }

    fn note(&mut self, key: &str, value: impl Into<Value>) {
        self.extra.insert(key.to_owned(), value.into());
    }
}
