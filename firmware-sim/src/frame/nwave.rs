//! Frames of the Nwave NPS310SM and NPS405SM/FM parking sensors.
//!
//! Layouts: TheThingsNetwork/lorawan-devices `vendor/nwave` (Apache-2.0) for the NPS310, the
//! vendor's integration guide for the NPS405 (facts). The two differ in what follows the bit.

use super::{Frame, Occasion, Signal};

/// Reset cause "power on", the same in both families.
const POWER_ON: u8 = 2;

/// The frame of an NPS310; none for a fault.
#[must_use]
pub fn encode_nps310(signal: &Signal) -> Option<Frame> {
    let bit = signal.occupancy.bit();
    match signal.occasion {
        Occasion::Change => Some(Frame { fport: 1, bytes: vec![bit] }),
        Occasion::Heartbeat => Some(Frame { fport: 2, bytes: vec![bit] }),
        Occasion::StartUp => Some(Frame { fport: 3, bytes: vec![1, 13, 0, POWER_ON, bit] }),
        Occasion::Fault => None,
    }
}

/// The frame of an NPS405; none for a fault, of which the health bits of its heartbeat are not
/// published.
#[must_use]
pub fn encode_nps405(signal: &Signal) -> Option<Frame> {
    let bit = signal.occupancy.bit();
    match signal.occasion {
        Occasion::Change => {
            Some(Frame { fport: 1, bytes: vec![compressed(signal.lasted_min) << 1 | bit] })
        }
        Occasion::Heartbeat => {
            Some(Frame { fport: 2, bytes: vec![bit, battery(signal), temperature(signal)] })
        }
        Occasion::StartUp => Some(Frame { fport: 3, bytes: vec![1, 5, 2, POWER_ON, bit] }),
        Occasion::Fault => None,
    }
}

/// Minutes in seven bits: exact below 90, steps of 5 to 240, of 60 to 660, then overflow.
#[must_use]
pub fn compressed(minutes: u32) -> u8 {
    let code = match minutes {
        0..90 => minutes,
        90..240 => 90 + (minutes - 90) / 5,
        240..660 => 120 + (minutes - 240) / 60,
        _ => 127,
    };
    u8::try_from(code).unwrap_or(127)
}

/// `2500 + 4n` mV.
fn battery(signal: &Signal) -> u8 {
    u8::try_from(signal.battery_mv().saturating_sub(2_500) / 4).unwrap_or(u8::MAX)
}

/// `n / 2 + 10` °C, signed.
#[allow(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
fn temperature(signal: &Signal) -> u8 {
    let halves = ((signal.temperature_c - 10.0) * 2.0).round().clamp(-128.0, 127.0);
    (halves as i8).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::super::Occupancy::{Occupied, Vacant};
    use super::super::tests::{check, signal};
    use super::*;

    // TheThingsNetwork/lorawan-devices, vendor/nwave/nps310sm.
    #[test]
    fn frames_of_the_nps310_are_those_of_the_published_examples() {
        let encode = |occasion, occupancy| encode_nps310(&signal(occasion, occupancy)).unwrap();
        check(&[encode(Occasion::Change, Occupied)], &[(1, "01")]);
        check(&[encode(Occasion::Heartbeat, Vacant)], &[(2, "00")]);
        check(&[encode(Occasion::StartUp, Vacant)], &[(3, "010d000200")]);
    }

    #[test]
    fn the_length_of_the_previous_state_is_compressed_into_seven_bits() {
        // From the guide: c < 90 → c; 90 ≤ c < 120 → 90 + 5 (c − 90); 120 ≤ c < 127 → 240 + 60 (c
        // − 120); 127 → 660 or more.
        for (minutes, code) in [
            (0, 0),
            (89, 89),
            (90, 90),
            (94, 90),
            (95, 91),
            (239, 119),
            (240, 120),
            (299, 120),
            (659, 126),
            (660, 127),
            (100_000, 127),
        ] {
            assert_eq!(compressed(minutes), code, "{minutes}");
        }
    }

    #[test]
    fn frames_of_the_nps405_follow_the_layout() {
        let mut signal = signal(Occasion::Change, Vacant);
        signal.lasted_min = 89;
        check(&[encode_nps405(&signal).unwrap()], &[(1, "b2")]); // 89 << 1
        signal.occasion = Occasion::Heartbeat;
        signal.temperature_c = -2.5;
        // 3600 mV = 2500 + 4 × 275, which does not fit: 255. −2.5 °C = −25 / 2 + 10.
        check(&[encode_nps405(&signal).unwrap()], &[(2, "00ffe7")]);
        signal.battery_pct = 0;
        check(&[encode_nps405(&signal).unwrap()], &[(2, "007de7")]); // 3000 = 2500 + 4 × 125
        signal.occasion = Occasion::StartUp;
        signal.occupancy = Occupied;
        check(&[encode_nps405(&signal).unwrap()], &[(3, "0105020201")]);
        signal.occasion = Occasion::Fault;
        assert_eq!(encode_nps405(&signal), None);
    }
}
