//! Frames of the Milesight VS340/VS341 occupancy sensors: channel, type, value on FPort 85.
//!
//! Layout and examples: Milesight VS34x web manual and the README files of the vendor's decoder
//! repository (facts only, no code taken). These sensors are made for seats and desks; here they
//! stand for the vendor's family of occupancy sensors in the road.

use super::{Frame, Occasion, Occupancy, Signal};

const FPORT: u8 = 85;

/// The frames for a signal, in the order sent. A start-up is the basic information, which says
/// nothing of occupancy, followed by a periodic report. There is none for a fault.
#[must_use]
pub fn encode(signal: &Signal) -> Vec<Frame> {
    match signal.occasion {
        Occasion::Fault => Vec::new(),
        Occasion::Change => vec![change(signal.occupancy)],
        Occasion::Heartbeat => vec![periodic(signal.battery_pct, signal.occupancy)],
        Occasion::StartUp => {
            vec![basic_information(signal.serial), periodic(signal.battery_pct, signal.occupancy)]
        }
    }
}

/// The occupancy changed.
#[must_use]
pub fn change(occupancy: Occupancy) -> Frame {
    Frame { fport: FPORT, bytes: vec![0x03, 0x00, occupancy.bit()] }
}

/// Battery in percent and occupancy.
#[must_use]
pub fn periodic(battery_pct: u8, occupancy: Occupancy) -> Frame {
    let bytes = vec![0x01, 0x75, battery_pct.min(100), 0x03, 0x00, occupancy.bit()];
    Frame { fport: FPORT, bytes }
}

/// After joining: power on, protocol 1, serial number, hardware 1.0, software 1.1, class A.
#[must_use]
pub fn basic_information(serial: [u8; 8]) -> Frame {
    let mut bytes = vec![0xff, 0x0b, 0xff, 0xff, 0x01, 0x01, 0xff, 0x16];
    bytes.extend(serial);
    bytes.extend([0xff, 0x09, 0x01, 0x00, 0xff, 0x0a, 0x01, 0x01, 0xff, 0x0f, 0x00]);
    Frame { fport: FPORT, bytes }
}

#[cfg(test)]
mod tests {
    use super::super::tests::signal;
    use super::*;
    use Occupancy::{Occupied, Vacant};

    fn check(frame: &Frame, hex: &str) {
        assert_eq!((frame.fport, hex::encode(&frame.bytes).as_str()), (85, hex));
    }

    // Milesight SensorDecoders vs340/README.md, vs341/README.md; VS34x web manual, uplink page.
    #[test]
    fn frames_are_those_of_the_vendors_examples() {
        check(&periodic(100, Vacant), "017564030000");
        check(&periodic(100, Occupied), "017564030001");
        check(&periodic(98, Occupied), "017562030001");
        check(&change(Occupied), "030001");
        let serial = [0x67, 0x87, 0xd1, 0x80, 0x08, 0x97, 0x00, 0x13];
        check(&basic_information(serial), "ff0bffff0101ff166787d18008970013ff090100ff0a0101ff0f00");
    }

    #[test]
    fn a_start_up_tells_the_occupancy_too() {
        let signal = Signal { battery_pct: 98, ..signal(Occasion::StartUp, Occupied) };
        let frames = encode(&signal);
        assert_eq!(frames.len(), 2);
        check(&frames[1], "017562030001");
    }
}
