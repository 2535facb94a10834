//! The device families that can be simulated, and by which names a town calls them.

use super::{
    Frame, Signal, bosch_tps110, cicicom, libelium_v2, milesight_vs34x, nwave, placepod, tekzipark,
};
use crate::signal::Sensing;
use crate::town::Network;

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Speaks Bowei's own format.
    Native,
    /// Bosch TPS110.
    BoschTps110,
    /// Milesight VS340, VS341.
    MilesightVs34x,
    /// Nwave NPS310SM.
    NwaveNps310,
    /// Nwave NPS405SM, NPS405FM.
    NwaveNps405,
    /// Tekzitel TEKZIPARK.
    TekziPark,
    /// Libelium Smart Parking, firmware 2.
    LibeliumV2,
    /// PNI PlacePod.
    PlacePod,
    /// Cicicom S-LG-I3.
    Cicicom,
}

impl Family {
    /// Every family that speaks over LoRaWAN.
    pub const LORAWAN: [Family; 8] = [
        Family::BoschTps110,
        Family::MilesightVs34x,
        Family::NwaveNps310,
        Family::NwaveNps405,
        Family::TekziPark,
        Family::LibeliumV2,
        Family::PlacePod,
        Family::Cicicom,
    ];

    /// The family of a device type on a network, if it can be simulated there.
    #[must_use]
    pub fn of(network: Network, device_type: &str) -> Option<Self> {
        let families: &[Family] = match network {
            Network::Native => &[Family::Native],
            Network::ChirpStack | Network::TheThingsStack => &Family::LORAWAN,
        };
        families.iter().copied().find(|family| family.device_type() == device_type)
    }

    /// The device type in a town file.
    #[must_use]
    pub fn device_type(self) -> &'static str {
        match self {
            Family::Native => "native",
            Family::BoschTps110 => "bosch-tps110",
            Family::MilesightVs34x => "milesight-vs34x",
            Family::NwaveNps310 => "nwave-nps310sm",
            Family::NwaveNps405 => "nwave-nps405",
            Family::TekziPark => "tekzitel-tekzipark",
            Family::LibeliumV2 => "libelium-parking-v2",
            Family::PlacePod => "pni-placepod",
            Family::Cicicom => "cicicom-s-lg-i3",
        }
    }

    /// The firmware that a new device of the family has.
    #[must_use]
    pub fn firmware(self) -> &'static str {
        match self {
            Family::Native => "1.4.0",
            Family::BoschTps110 => "0.39.2",
            Family::MilesightVs34x => "1.1",
            Family::NwaveNps310 => "1.13.0",
            Family::NwaveNps405 => "1.5.2",
            Family::TekziPark => "1.0",
            Family::LibeliumV2 => "2.0.0",
            Family::PlacePod => "1.0",
            Family::Cicicom => "1.2.0",
        }
    }

    /// The frames for a signal, in the order sent; none where the family has no word for it.
    #[must_use]
    pub fn frames(self, signal: &Signal) -> Vec<Frame> {
        match self {
            Family::Native => Vec::new(),
            Family::BoschTps110 => bosch_tps110::encode(signal).into_iter().collect(),
            Family::MilesightVs34x => milesight_vs34x::encode(signal),
            Family::NwaveNps310 => nwave::encode_nps310(signal).into_iter().collect(),
            Family::NwaveNps405 => nwave::encode_nps405(signal).into_iter().collect(),
            Family::TekziPark => vec![tekzipark::encode(signal)],
            Family::LibeliumV2 => vec![libelium_v2::encode(signal)],
            Family::PlacePod => placepod::encode(signal).into_iter().collect(),
            Family::Cicicom => vec![cicicom::encode(signal)],
        }
    }

    pub(crate) fn sensing(self) -> Sensing {
        match self {
            Family::MilesightVs34x | Family::TekziPark | Family::Cicicom => Sensing::Radar,
            _ => Sensing::Magnetometer,
        }
    }
}
