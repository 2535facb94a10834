//! What a sensor has to say, and the radio frames in which the LoRaWAN families say it.
//!
//! Encoders of this crate's own: a simulator that used the product's codecs would only confirm
//! itself. Says nothing about envelopes or topics.

pub mod bosch_tps110;
pub mod cicicom;
pub mod libelium_v2;
pub mod milesight_vs34x;
pub mod nwave;
pub mod placepod;
pub mod tekzipark;

mod family;

pub use family::Family;

/// Below this charge a device calls its battery low.
const LOW_BATTERY_PCT: u8 = 15;

/// Whether the sensor feels a vehicle above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupancy {
    /// No vehicle.
    Vacant,
    /// A vehicle.
    Occupied,
}

/// Why the sensor speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It was switched on.
    StartUp,
    /// A vehicle came or left.
    Change,
    /// Nothing happened; it is alive.
    Heartbeat,
    /// Its sensor fails; it no longer vouches for the bay.
    Fault,
}

/// One thing a sensor has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// Why it speaks.
    pub occasion: Occasion,
    /// What it feels.
    pub occupancy: Occupancy,
    /// Charge of the battery, percent.
    pub battery_pct: u8,
    /// Temperature in the road, °C.
    pub temperature_c: f64,
    /// Minutes that the state before this one lasted.
    pub lasted_min: u32,
    /// Running number of the device's frames, where a family has one of its own.
    pub sequence: u8,
    /// Eight bytes that differ from device to device.
    pub serial: [u8; 8],
}

impl Signal {
    /// Whether the device says that its battery is low.
    #[must_use]
    pub fn battery_is_low(&self) -> bool {
        self.battery_pct < LOW_BATTERY_PCT
    }

    /// Voltage of a lithium cell, which falls from 3.6 V to 3.0 V over its life.
    #[must_use]
    pub fn battery_mv(&self) -> u32 {
        3_000 + u32::from(self.battery_pct) * 6
    }

    /// The temperature in whole degrees, within a signed byte.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
    pub fn whole_degrees(&self) -> i8 {
        self.temperature_c.round().clamp(-128.0, 127.0) as i8
    }
}

impl Occupancy {
    /// 1 if occupied.
    #[must_use]
    pub fn bit(self) -> u8 {
        match self {
            Occupancy::Vacant => 0,
            Occupancy::Occupied => 1,
        }
    }
}

/// An application frame: what the device hands to its radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// LoRaWAN FPort.
    pub fport: u8,
    /// Application payload.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A signal with round values.
    pub(crate) fn signal(occasion: Occasion, occupancy: Occupancy) -> Signal {
        Signal {
            occasion,
            occupancy,
            battery_pct: 100,
            temperature_c: 20.0,
            lasted_min: 0,
            sequence: 0,
            serial: [0; 8],
        }
    }

    /// The frames' ports and bytes.
    pub(crate) fn check(frames: &[Frame], expected: &[(u8, &str)]) {
        let got: Vec<_> = frames.iter().map(|f| (f.fport, hex::encode(&f.bytes))).collect();
        let got: Vec<_> = got.iter().map(|(fport, hex)| (*fport, hex.as_str())).collect();
        assert_eq!(got, expected);
    }
}
