//! The kinds of faults: their names in files, which parameters they take, whom they can befall.

use serde::{Deserialize, Serialize};

use crate::town::Network;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message is lost on the radio with this probability; a native device sends it again.
    Loss,
    /// A message comes twice under the same identity.
    Repeats,
    /// A message is on its way for as long as `up_to`.
    Delay,
    /// A message is overtaken by later ones of its device, for as long as `up_to`.
    Disorder,
    /// A radio gateway is cut off; see `Backlog`. Native devices keep their readings.
    Outage,
    /// A radio gateway's clock is off by `offset`.
    GatewayClock,
    /// A native device's clock is off by `offset`.
    DeviceClockWrong,
    /// A native device's clock jumps by `offset` and later returns.
    ClockJump,
    /// A native device has no clock: its readings bear no time.
    NoClock,
    /// A LoRaWAN device counts from 0 again without a join.
    CounterReset,
    /// A device starts anew: another boot id, or a join.
    Restart,
    /// After a vehicle left, the device goes on saying that it is there.
    StuckOccupied,
    /// The device does not say that vehicles come.
    StuckVacant,
    /// The device loses sight of a standing vehicle again and again, for up to 40 s.
    Flapping,
    /// The sensor gives the same value for ever; the firmware notices at the next check.
    Frozen,
    /// The battery is dead; at the end it is exchanged, and the device starts anew.
    Silent,
    /// Two sensors of a street lie in each other's bays.
    Swapped,
    /// The later of two sensors in a bay says what is not so.
    SecondSensor,
    /// The first of two sensors in a bay is removed; the second takes over then.
    Replaced,
    /// Not for files: readings fell out of a native device's memory before they were stored.
    RingOverflow,
}

/// Whom a kind of fault can befall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Devices,
    /// Devices that send over this kind of network.
    Native,
    LoRaWan,
    Gateways,
    /// Bays with two devices; the hit names the second.
    Pairs,
}

/// A parameter of a fault, by its key in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Probability,
    UpTo,
    Offset,
    Backlog,
    Lasting,
}

impl Kind {
    pub(crate) fn scope(self) -> Scope {
        match self {
            Kind::Outage | Kind::GatewayClock => Scope::Gateways,
            Kind::DeviceClockWrong | Kind::ClockJump | Kind::NoClock => Scope::Native,
            Kind::CounterReset => Scope::LoRaWan,
            Kind::SecondSensor | Kind::Replaced => Scope::Pairs,
            _ => Scope::Devices,
        }
    }

    /// Parameters that must be given.
    pub(crate) fn needs(self) -> &'static [Parameter] {
        match self {
            Kind::Loss | Kind::Repeats => &[Parameter::Probability],
            Kind::Delay | Kind::Disorder => &[Parameter::Probability, Parameter::UpTo],
            Kind::GatewayClock | Kind::DeviceClockWrong | Kind::ClockJump => &[Parameter::Offset],
            _ => &[],
        }
    }

    /// Parameters that may be given beside those that must.
    pub(crate) fn allows(self) -> &'static [Parameter] {
        match self {
            Kind::Outage => &[Parameter::Backlog, Parameter::Lasting],
            Kind::CounterReset | Kind::Restart | Kind::Replaced => &[],
            _ => &[Parameter::Lasting],
        }
    }

    /// Whether it happens at an instant rather than for a while.
    pub(crate) fn is_momentary(self) -> bool {
        matches!(self, Kind::CounterReset | Kind::Restart | Kind::Replaced)
    }

    /// Whether messages one by one suffer from it; then each incident is told, not the spell.
    pub(crate) fn is_of_messages(self) -> bool {
        matches!(self, Kind::Loss | Kind::Repeats | Kind::Delay | Kind::Disorder)
    }

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Loss => "loss",
            Kind::Repeats => "repeats",
            Kind::Delay => "delay",
            Kind::Disorder => "disorder",
            Kind::Outage => "outage",
            Kind::GatewayClock => "gateway_clock",
            Kind::DeviceClockWrong => "device_clock_wrong",
            Kind::ClockJump => "clock_jump",
            Kind::NoClock => "no_clock",
            Kind::CounterReset => "counter_reset",
            Kind::Restart => "restart",
            Kind::StuckOccupied => "stuck_occupied",
            Kind::StuckVacant => "stuck_vacant",
            Kind::Flapping => "flapping",
            Kind::Frozen => "frozen",
            Kind::Silent => "silent",
            Kind::Swapped => "swapped",
            Kind::SecondSensor => "second_sensor",
            Kind::Replaced => "replaced",
            Kind::RingOverflow => "ring_overflow",
        }
    }
}

impl Scope {
    /// Whether a device of this network can be meant.
    pub(crate) fn takes(self, network: Network) -> bool {
        match self {
            Scope::Native => network == Network::Native,
            Scope::LoRaWan => network != Network::Native,
            Scope::Devices | Scope::Gateways | Scope::Pairs => true,
        }
    }
}

impl Parameter {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Parameter::Probability => "probability",
            Parameter::UpTo => "up_to",
            Parameter::Offset => "offset",
            Parameter::Backlog => "backlog",
            Parameter::Lasting => "lasting",
        }
    }
}
