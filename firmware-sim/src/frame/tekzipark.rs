//! Frames of the Tekzitel TEKZIPARK.
//!
//! Layout and examples: TheThingsNetwork/lorawan-devices `vendor/tekzitel` (Apache-2.0). Byte 0:
//! bit 7 occupied, 5 good battery, 4 obstruction, 3 radar, 2 no beacon, 1 reset, 0 keep-alive;
//! then the temperature and the number of the parking.

use super::{Frame, Occasion, Signal};

const GOOD_BATTERY: u8 = 1 << 5;
const OBSTRUCTION: u8 = 1 << 4;
const RADAR: u8 = 1 << 3;
const RESET: u8 = 1 << 1;
const KEEP_ALIVE: u8 = 1;

/// The frame for a signal. A failing sensor says that it is obstructed, in a keep-alive.
#[must_use]
pub fn encode(signal: &Signal) -> Frame {
    let why = match signal.occasion {
        Occasion::Change => 0,
        Occasion::Heartbeat => KEEP_ALIVE,
        Occasion::StartUp => RESET,
        Occasion::Fault => KEEP_ALIVE | OBSTRUCTION,
    };
    let battery = if signal.battery_is_low() { 0 } else { GOOD_BATTERY };
    let first = signal.occupancy.bit() << 7 | battery | RADAR | why;
    let bytes = vec![first, signal.whole_degrees().cast_unsigned(), signal.serial[0]];
    Frame { fport: 1, bytes }
}

#[cfg(test)]
mod tests {
    use super::super::Occupancy::{Occupied, Vacant};
    use super::super::tests::{check, signal};
    use super::*;

    // TheThingsNetwork/lorawan-devices, vendor/tekzitel/tekzipark: 45 °C and parking 99, 46 °C
    // and parking 98. The last two by the layout.
    #[test]
    fn frames_are_those_of_the_published_examples() {
        for (occasion, occupancy, degrees, parking, hex) in [
            (Occasion::Change, Occupied, 45.0, 0x63, "a82d63"),
            (Occasion::Heartbeat, Vacant, 46.0, 0x62, "292e62"),
            (Occasion::StartUp, Vacant, -1.0, 1, "2aff01"),
            (Occasion::Fault, Occupied, 0.0, 1, "b90001"),
        ] {
            let mut signal = signal(occasion, occupancy);
            signal.temperature_c = degrees;
            signal.serial[0] = parking;
            check(&[encode(&signal)], &[(1, hex)]);
        }
    }

    #[test]
    fn a_low_battery_is_no_good_battery() {
        let mut signal = signal(Occasion::Heartbeat, Vacant);
        signal.battery_pct = 14;
        check(&[encode(&signal)], &[(1, "091400")]);
    }
}
