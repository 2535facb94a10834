//! What a sensor has to say, and the radio frames in which the two LoRaWAN families say it.
//!
//! Encoders of this crate's own: a simulator that used the product's codecs would only confirm
//! itself. Says nothing about envelopes or topics.

pub mod bosch_tps110;
pub mod milesight_vs34x;

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
}

/// An application frame: what the device hands to its radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// LoRaWAN FPort.
    pub fport: u8,
    /// Application payload.
    pub bytes: Vec<u8>,
}
