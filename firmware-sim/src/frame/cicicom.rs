//! Frames of the Cicicom S-LG-I3: plain ASCII.
//!
//! Layout: a public decoder (facts). `R` o V.VV ±TT.T `V`x.y.z at start, `C` o on a change, `K` o
//! V.VV ±TT.T alive, `E` V.VV and three status bytes on a malfunction; o is 0 or 1. FPort 1,
//! which is not fixed.

use super::{Frame, Occasion, Signal};

const FPORT: u8 = 1;
const FIRMWARE: &str = "1.2.0";

/// The frame for a signal.
#[must_use]
pub fn encode(signal: &Signal) -> Frame {
    let (bit, volts) = (signal.occupancy.bit(), f64::from(signal.battery_mv()) / 1_000.0);
    let degrees = signal.temperature_c;
    let mut bytes = match signal.occasion {
        Occasion::Change => format!("C{bit}"),
        Occasion::Heartbeat => format!("K{bit}{volts:.2}{degrees:+05.1}"),
        Occasion::StartUp => format!("R{bit}{volts:.2}{degrees:+05.1}V{FIRMWARE}"),
        Occasion::Fault => format!("E{volts:.2}"),
    }
    .into_bytes();
    if signal.occasion == Occasion::Fault {
        bytes.extend([0x01, 0x00, 0x00]);
    }
    Frame { fport: FPORT, bytes }
}

#[cfg(test)]
mod tests {
    use super::super::Occupancy::{Occupied, Vacant};
    use super::super::tests::signal;
    use super::*;

    #[test]
    fn frames_are_the_texts_of_the_layout() {
        for (occasion, occupancy, degrees, text) in [
            (Occasion::Change, Occupied, 20.0, "C1"),
            (Occasion::Change, Vacant, 20.0, "C0"),
            (Occasion::Heartbeat, Occupied, 20.0, "K13.60+20.0"),
            (Occasion::Heartbeat, Vacant, -7.5, "K03.60-07.5"),
            (Occasion::StartUp, Vacant, 5.0, "R03.60+05.0V1.2.0"),
            (Occasion::Fault, Vacant, 5.0, "E3.60\u{1}\0\0"),
        ] {
            let mut signal = signal(occasion, occupancy);
            signal.temperature_c = degrees;
            let frame = encode(&signal);
            assert_eq!((frame.fport, frame.bytes.as_slice()), (1, text.as_bytes()));
        }
    }
}
