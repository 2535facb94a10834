//! Frames of the Bosch TPS110 parking lot sensor, firmware 0.39.
//!
//! Layout: TheThingsNetwork/lorawan-devices `vendor/bosch/tps110-0392-codec.yaml` (Apache-2.0),
//! whose example messages are the vectors of the tests. What the four bytes before the debug
//! code mean beyond the seconds is not published; they are written as the examples have them.

use super::{Frame, Occasion, Occupancy, Signal};

/// Why the device started (byte 15 of the start-up frame).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// The watchdog bit.
    Watchdog = 1,
    /// The battery was connected.
    PowerOn = 2,
    /// Asked for by a downlink.
    SystemRequest = 3,
}

/// What the start-up frame carries beyond the occupancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartUp {
    /// Seconds the device counted, little-endian in the frame.
    pub seconds: u32,
    /// Debug code, 12 bits.
    pub debug_code: u16,
    /// Running number of debug messages.
    pub sequence: u16,
    /// Firmware major, minor, patch.
    pub firmware: [u8; 3],
    /// Why it started.
    pub reset_cause: ResetCause,
}

/// The frame for a signal; a start-up is a power-on of firmware 0.39.2. There is none for a fault.
#[must_use]
pub fn encode(signal: &Signal) -> Option<Frame> {
    let frame = match signal.occasion {
        Occasion::Fault => return None,
        Occasion::Change => status(signal.occupancy),
        Occasion::Heartbeat => heartbeat(signal.occupancy, Some(signal.whole_degrees())),
        Occasion::StartUp => start_up(
            &StartUp {
                seconds: 0,
                debug_code: 209, // "cause for last reset: power-on" in the published examples
                sequence: 0,
                firmware: [0, 39, 2],
                reset_cause: ResetCause::PowerOn,
            },
            signal.occupancy,
        ),
    };
    Some(frame)
}

/// FPort 1: the occupancy changed.
#[must_use]
pub fn status(occupancy: Occupancy) -> Frame {
    Frame { fport: 1, bytes: vec![occupancy.bit()] }
}

/// FPort 2: alive; the temperature in whole °C where the device is set to send it.
#[must_use]
pub fn heartbeat(occupancy: Occupancy, temperature_c: Option<i8>) -> Frame {
    let mut bytes = vec![occupancy.bit()];
    bytes.extend(temperature_c.map(i8::cast_unsigned));
    Frame { fport: 2, bytes }
}

/// FPort 3: started. 12 bytes of debug, 3 of firmware, the cause, the occupancy.
#[must_use]
pub fn start_up(start: &StartUp, occupancy: Occupancy) -> Frame {
    let [code_high, code_low] = (start.debug_code & 0x0fff).to_be_bytes();
    let mut bytes = start.seconds.to_le_bytes().to_vec();
    bytes.extend([0x97, 0x03, 0x20 | code_high, code_low]);
    bytes.extend(start.sequence.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(start.firmware);
    bytes.extend([start.reset_cause as u8, occupancy.bit()]);
    Frame { fport: 3, bytes }
}

#[cfg(test)]
mod tests {
    use super::super::tests::signal;
    use super::*;
    use Occupancy::{Occupied, Vacant};

    fn check(frame: &Frame, fport: u8, hex: &str) {
        assert_eq!((frame.fport, hex::encode(&frame.bytes).as_str()), (fport, hex));
    }

    fn cold(occasion: Occasion, occupancy: Occupancy) -> Frame {
        encode(&Signal { temperature_c: -1.0, ..signal(occasion, occupancy) }).unwrap()
    }

    // TheThingsNetwork/lorawan-devices tps110-0392-codec.yaml; the heartbeats without temperature
    // and the second start-up are from akenza-io/device-type-library parkingLotSensor0_39 (MIT).
    #[test]
    fn frames_are_those_of_the_published_examples() {
        check(&status(Occupied), 1, "01");
        check(&heartbeat(Occupied, Some(-1)), 2, "01ff");
        check(&heartbeat(Vacant, None), 2, "00");
        check(&heartbeat(Occupied, None), 2, "01");
        let start = StartUp {
            seconds: 10,
            debug_code: 205,
            sequence: 33,
            firmware: [0, 39, 2],
            reset_cause: ResetCause::SystemRequest,
        };
        check(&start_up(&start, Vacant), 3, "0a000000970320cd002100000027020300");
        let second = StartUp { sequence: 2, ..start };
        check(&start_up(&second, Vacant), 3, "0a000000970320cd000200000027020300");
    }

    #[test]
    fn each_occasion_has_its_port() {
        check(&cold(Occasion::Change, Vacant), 1, "00");
        check(&cold(Occasion::Heartbeat, Occupied), 2, "01ff");
        // By the layout: seconds 0, code 209 = 0x0d1, sequence 0, 0.39.2, power on, occupied.
        check(&cold(Occasion::StartUp, Occupied), 3, "00000000970320d1000000000027020201");
    }
}
