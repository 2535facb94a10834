//! Netvox R718PE (liquid level) and R718PE01 (parking): a top-mounted ultrasonic sensor (LoRaWAN).
//!
//! Layout: Netvox R718PE user manual; the version packet and the commands beyond 01 and 02 from
//! TheThingsNetwork/lorawan-devices, vendor/netvox (Apache-2.0). Numbers are big-endian. FPort 6
//! data, FPort 7 configuration in both directions.
//!
//! Status is on while the distance is below the set threshold. In parking use that is a vehicle,
//! and the fill level is 0 by the manual. So a data packet says what the bay is where its fill level
//! is 0; where it is not, the sensor measures a container: nothing is said about the bay. A packet
//! does not tell whether it was sent for a change or at the interval, so it is read as a heartbeat.

mod configuration;

use super::{
    Codec, DISTANCE, Decoded, Frame, LOW_BATTERY, Refusal, flag, no_such_uplink, wrong_length,
};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "netvox-r718pe",
    aliases: &["r718pe", "r718pe01", "netvox-r718pe01"],
    about: "Netvox R718PE and R718PE01 ultrasonic sensors (LoRaWAN)",
    ports: &[6, 7],
    decode_up,
    decode_down: configuration::decode_down,
    encode_down: configuration::encode_down,
    commands: configuration::commands,
};

/// The number of the R718PE among Netvox's devices.
const DEVICE: u8 = 0xb1;

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    match frame.fport {
        6 => report(frame.bytes),
        7 => configuration::decode_up(frame.bytes),
        _ => Err(no_such_uplink(frame)),
    }
}

fn report(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let Ok([version, device, kind, body @ ..]) = <&[u8; 11]>::try_from(bytes) else {
        return Err(wrong_length("a packet", "11 bytes", bytes));
    };
    if *version != 1 {
        return Err(Refusal::unknown(format!("no layout of version {version}")));
    }
    check_device(*device)?;
    match kind {
        0 => Ok(version_packet(*body)),
        1 => data_packet(*body),
        _ => Err(Refusal::unknown(format!("no report of type {kind}"))),
    }
}

fn check_device(device: u8) -> Result<(), Refusal> {
    match device {
        DEVICE => Ok(()),
        _ => Err(Refusal::bad(format!("device {device:02x} is no R718PE"))),
    }
}

/// Software in tenths, hardware, and the date of the build as eight digits.
fn version_packet([software, hardware, y1, y2, month, day, ..]: [u8; 8]) -> Decoded {
    Decoded::reading(Report {
        firmware: Some(format!("{}.{}", software / 10, software % 10)),
        ..Report::new(Kind::Info)
    })
    .with("hardware_version", hardware)
    .with("date_code", hex::encode([y1, y2, month, day]))
}

fn data_packet([battery, status, high, low, fill, ..]: [u8; 8]) -> Result<Decoded, Refusal> {
    let on = match status {
        0 => false,
        1 => true,
        _ => return Err(Refusal::bad(format!("status {status}"))),
    };
    let report = match fill {
        0 => Report { occupied: Some(on), ..Report::new(Kind::Heartbeat) },
        1..=100 => Report::new(Kind::Info),
        _ => return Err(Refusal::bad(format!("fill level {fill}"))),
    };
    let is_low = battery & 0x80 != 0;
    Ok(Decoded::reading(Report {
        battery_mv: Some(u32::from(battery & 0x7f) * 100),
        flags: if is_low { vec![flag(LOW_BATTERY)] } else { Vec::new() },
        ..report
    })
    .with("status", status)
    .with(DISTANCE, u16::from_be_bytes([high, low]))
    .with("fill_level_pct", fill))
}
