//! What kind of vehicle a tariff speaks of.

use serde::{Deserialize, Serialize};

/// The colour of the number plate, from which the class for the tariff comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateColour {
    /// Small vehicles with combustion engine.
    Blue,
    /// Large vehicles, trailers, driving schools.
    Yellow,
    /// Small new-energy vehicles.
    Green,
    /// Large new-energy vehicles.
    YellowGreen,
    /// Police, army, armed police.
    White,
    /// Embassies, Hong Kong and Macao.
    Black,
}

/// Vehicle class, as tariffs distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleClass {
    /// Small vehicle (blue plate, or unknown: the class that favours the driver).
    Small,
    /// Large vehicle (yellow plate).
    Large,
    /// Small new-energy vehicle (green plate).
    NewEnergySmall,
    /// Large new-energy vehicle (yellow-green plate).
    NewEnergyLarge,
    /// Motorcycle.
    Motorcycle,
}

impl PlateColour {
    /// The class that a plate of this colour belongs to.
    #[must_use]
    pub fn class(self) -> VehicleClass {
        match self {
            PlateColour::Blue | PlateColour::White | PlateColour::Black => VehicleClass::Small,
            PlateColour::Yellow => VehicleClass::Large,
            PlateColour::Green => VehicleClass::NewEnergySmall,
            PlateColour::YellowGreen => VehicleClass::NewEnergyLarge,
        }
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PlateColour::Blue => "blue",
            PlateColour::Yellow => "yellow",
            PlateColour::Green => "green",
            PlateColour::YellowGreen => "yellow_green",
            PlateColour::White => "white",
            PlateColour::Black => "black",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        use PlateColour::{Black, Blue, Green, White, Yellow, YellowGreen};
        [Blue, Yellow, Green, YellowGreen, White, Black].into_iter().find(|c| c.name() == name)
    }
}

impl VehicleClass {
    /// Every class, in the order tariffs list them.
    pub const ALL: [VehicleClass; 5] = [
        VehicleClass::Small,
        VehicleClass::Large,
        VehicleClass::NewEnergySmall,
        VehicleClass::NewEnergyLarge,
        VehicleClass::Motorcycle,
    ];

    /// The name used in interfaces, tariffs and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            VehicleClass::Small => "small",
            VehicleClass::Large => "large",
            VehicleClass::NewEnergySmall => "new_energy_small",
            VehicleClass::NewEnergyLarge => "new_energy_large",
            VehicleClass::Motorcycle => "motorcycle",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        VehicleClass::ALL.into_iter().find(|c| c.name() == name)
    }
}
