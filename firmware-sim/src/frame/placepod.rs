//! Frames of the PNI PlacePod: a run of channel, type, value.
//!
//! Layout: the vendor's communications protocol (facts). 02 67 temperature, 0.1 °C in two's
//! complement; 03 02 battery, 0.01 V; 15 66 parking status; 37 66 keep-alive; 3f 01 reboot, here with the
//! first keep-alive. FPort 2, which the protocol does not fix. It has no message for a failing sensor.

use super::{Frame, Occasion, Signal};

const FPORT: u8 = 2;

/// The frame for a signal; none for a fault.
#[must_use]
pub fn encode(signal: &Signal) -> Option<Frame> {
    let bit = signal.occupancy.bit();
    let mut bytes = match signal.occasion {
        Occasion::Change => return Some(Frame { fport: FPORT, bytes: vec![0x15, 0x66, bit] }),
        Occasion::Heartbeat => vec![0x37, 0x66, bit],
        Occasion::StartUp => vec![0x3f, 0x01, 0x01, 0x37, 0x66, bit],
        Occasion::Fault => return None,
    };
    bytes.extend([0x02, 0x67]);
    bytes.extend(tenths(signal.temperature_c).to_be_bytes());
    bytes.extend([0x03, 0x02]);
    bytes.extend(u16::try_from(signal.battery_mv() / 10).unwrap_or(u16::MAX).to_be_bytes());
    Some(Frame { fport: FPORT, bytes })
}

#[allow(clippy::cast_possible_truncation, reason = "temperatures of a road")]
fn tenths(degrees: f64) -> i16 {
    (degrees * 10.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::super::Occupancy::{Occupied, Vacant};
    use super::super::tests::{check, signal};
    use super::*;

    // By the layout: 20.0 °C = 200 = 0x00c8, 3.60 V = 360 = 0x0168.
    #[test]
    fn frames_follow_the_layout() {
        for (occasion, occupancy, hex) in [
            (Occasion::Change, Occupied, "156601"),
            (Occasion::Heartbeat, Vacant, "376600026700c803020168"),
            (Occasion::StartUp, Occupied, "3f0101376601026700c803020168"),
        ] {
            check(&[encode(&signal(occasion, occupancy)).unwrap()], &[(2, hex)]);
        }
        let mut cold = signal(Occasion::Heartbeat, Vacant);
        cold.temperature_c = -0.5;
        check(&[encode(&cold).unwrap()], &[(2, "3766000267fffb03020168")]);
        assert_eq!(encode(&signal(Occasion::Fault, Vacant)), None);
    }
}
