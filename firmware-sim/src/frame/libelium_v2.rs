//! Frames of Libelium's Plug & Sense! Smart Parking, firmware 2.x.x: always 11 bytes.
//!
//! Layout: the vendor's Smart Parking guide (facts). Byte 0: bit 7 occupied, bit 6 battery low,
//! bits 3–0 type (0 info, 1 keep-alive, 3 error, 4 start 1); byte 1 frame counter. Info: °C, x, y,
//! z. Keep-alive: hour, minute, °C, x, y, z. Start 1: °C, reference x, y, z, battery in mV. What
//! is shorter than 11 bytes is filled with zeros. FPort 3, which the guide does not fix.

use super::{Frame, Occasion, Signal};

const FPORT: u8 = 3;
const LENGTH: usize = 11;
/// What the magnetometer shows is not modelled: the reference of the guide's example.
const FIELD: [i16; 3] = [13_497, 2_327, 16_224];

/// The frame for a signal.
#[must_use]
pub fn encode(signal: &Signal) -> Frame {
    let degrees = signal.whole_degrees().cast_unsigned();
    let field = FIELD.map(i16::to_be_bytes).concat();
    let (kind, rest) = match signal.occasion {
        Occasion::Change => (0, [&[degrees][..], &field].concat()),
        // The time of day of its own clock: not modelled.
        Occasion::Heartbeat => (1, [&[0, 0, degrees][..], &field].concat()),
        Occasion::Fault => (3, Vec::new()),
        Occasion::StartUp => {
            let battery = u16::try_from(signal.battery_mv()).unwrap_or(u16::MAX).to_be_bytes();
            (4, [&[degrees][..], &field, &battery].concat())
        }
    };
    let low = u8::from(signal.battery_is_low());
    let mut bytes = vec![signal.occupancy.bit() << 7 | low << 6 | kind, signal.sequence];
    bytes.extend(rest);
    bytes.resize(LENGTH, 0);
    Frame { fport: FPORT, bytes }
}

#[cfg(test)]
mod tests {
    use super::super::Occupancy::{Occupied, Vacant};
    use super::super::tests::{check, signal};
    use super::*;

    // By the layout; reference and 4.0 V as in the guide's example of firmware 1, whose frame is
    // 0400003f34b909173f600fc2 with a raw temperature of two bytes.
    #[test]
    fn frames_follow_the_layout() {
        for (occasion, occupancy, sequence, hex) in [
            (Occasion::Change, Occupied, 7, "80071434b909173f600000"),
            (Occasion::Heartbeat, Vacant, 255, "01ff00001434b909173f60"),
            (Occasion::StartUp, Vacant, 0, "04001434b909173f600e10"), // 3600 mV
            (Occasion::Fault, Occupied, 1, "8301000000000000000000"),
        ] {
            let mut signal = signal(occasion, occupancy);
            signal.sequence = sequence;
            check(&[encode(&signal)], &[(3, hex)]);
        }
        let mut weak = signal(Occasion::Change, Vacant);
        weak.battery_pct = 3;
        check(&[encode(&weak)], &[(3, "40001434b909173f600000")]);
    }
}
