//! The frame of Milesight's EM400-UDL and EM400-MUD over NB-IoT: a header about the device and its
//! SIM card, then channels as over LoRaWAN.
//!
//! Numbers of the header are big-endian, those of the channels little-endian. There is no port. The
//! header's own length field is not relied on: the layout does not say what it counts (in the one
//! published sample, what follows it). The payload's length is, and must fit to the byte.

use super::decode;
use super::em400_mud::CHANNELS;
use crate::codec::{Codec, Decoded, Frame, Refusal, no_commands, no_decode_down, no_encode_down};

pub(crate) const CODEC: Codec = Codec {
    device_type: "milesight-nb-iot",
    aliases: &[
        "milesight-nbiot",
        "milesight-em400-nb-iot",
        "milesight-em400-nbiot",
        "milesight-em400-nb",
        "milesight-em400-mud-nb-iot",
        "milesight-em400-mud-nbiot",
        "milesight-em400-mud-nb",
        "milesight-em400-udl-nb-iot",
        "milesight-em400-udl-nbiot",
        "milesight-em400-udl-nb",
        "em400-nb-iot",
    ],
    about: "Milesight EM400-MUD, EM400-UDL over NB-IoT; need occupied_below_mm",
    ports: &[],
    decode_up,
    decode_down: no_decode_down,
    encode_down: no_encode_down,
    commands: no_commands,
};

/// What a frame begins with.
const START: u8 = 0x02;

/// What is read of the header, in its order.
struct Header<'a> {
    rest: &'a [u8],
}

impl<'a> Header<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(Refusal::bad("the header is cut short"));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        self.take(1).map(|byte| byte[0])
    }

    fn word(&mut self) -> Result<u16, Refusal> {
        self.take(2).map(|word| u16::from_be_bytes([word[0], word[1]]))
    }

    fn text(&mut self, length: usize) -> Result<&'a str, Refusal> {
        let bytes = self.take(length)?;
        let printable = bytes.iter().all(|byte| byte.is_ascii_graphic());
        std::str::from_utf8(bytes)
            .ok()
            .filter(|_| printable)
            .ok_or_else(|| Refusal::bad("a text of the header holds what is no text"))
    }
}

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    let mut header = Header { rest: frame.bytes };
    if header.byte()? != START {
        return Err(Refusal::bad("the frame does not begin with 02"));
    }
    let id = header.word()?;
    header.word()?;
    let flag = header.byte()?;
    let frame_count = header.word()?;
    let protocol = header.byte()?;
    let firmware = header.text(4)?;
    let hardware = header.text(4)?;
    let (serial, imei) = (header.text(16)?, header.text(15)?);
    let (imsi, iccid) = (header.text(15)?, header.text(20)?);
    let csq = header.byte()?;
    let length = usize::from(header.word()?);
    if header.rest.len() != length {
        let detail = format!("the payload has {} bytes, not {length}", header.rest.len());
        return Err(Refusal::bad(detail));
    }
    let mut decoded = decode(header.rest, &CHANNELS)?;
    for report in &mut decoded.readings {
        report.firmware = Some(firmware.to_owned());
    }
    Ok(decoded
        .with("id", id)
        .with("flag", flag)
        .with("frame_count", frame_count)
        .with("protocol_version", protocol)
        .with("hardware_version", hardware)
        .with("sn", serial)
        .with("imei", imei)
        .with("imsi", imsi)
        .with("iccid", iccid)
        .with("csq", csq))
}
