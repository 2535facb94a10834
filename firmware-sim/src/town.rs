//! The town file: zones, blocks, bays and devices, as `gateway import town` reads them.
//!
//! Geometry and street layout are invented (the file says so); only the street names and the
//! place are Baiyin's. Operator and payee are samples. Same arguments, same town.
//!
//! Invariants: every bay has exactly one device, no two bays lie in the same place.

mod streets;

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::dice::{Purpose, dice};

const FORMAT: &str = "bowei-town/1";
const NOTE: &str = "本文件为合成数据：几何位置与街道布局均为虚构，仅街道名称取自甘肃省白银市白银区；经营单位、收款单位和税号均为样例。 \
     Synthetic data: geometry and street layout are invented, only the street names are those of Baiyin district, Gansu; operator, payee and tax number are samples.";
const SAMPLE_COMPANY: &str = "白银示例停车运营有限公司（演示）";
/// Eighteen characters as a taxpayer number has, but spelling SAMPLE, which holds letters that
/// no real one may hold.
const SAMPLE_TAX_ID: &str = "91620400MA00SAMPLE";
/// 车辆停放服务.
const TAX_ITEM: &str = "3040502020200000000";
const FIRST_CODE: usize = 620_001;
const LAST_CODE: usize = 999_999;

/// A town as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Town {
    /// `bowei-town/1`.
    pub format: String,
    /// What the data is, in Chinese and English.
    pub note: String,
    /// Who runs the bays.
    pub operator: Operator,
    /// Who the money belongs to.
    pub payee: Payee,
    /// Tariffs, each the text of a YAML file.
    pub tariffs: Vec<String>,
    /// Fee zones.
    pub zones: Vec<Zone>,
    /// Sides of streets between two crossings.
    pub blocks: Vec<Block>,
    /// Marked places for one vehicle.
    pub bays: Vec<Bay>,
    /// Sensors.
    pub devices: Vec<Device>,
}

/// Who runs the bays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Name of the company.
    pub name: String,
}

/// Who the money belongs to, and under which tax regime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Name of the company.
    pub name: String,
    /// Taxpayer number, 18 characters.
    pub tax_id: String,
    /// `vat`: company income, invoiced by fapiao.
    pub regime: String,
    /// Tax classification code of the service, 19 digits.
    pub tax_item: String,
}

/// A fee zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Short name that blocks refer to.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Id of the tariff that holds here.
    pub tariff: String,
}

/// One side of a street between two crossings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Short name that bays refer to.
    pub code: String,
    /// Code of the zone.
    pub zone: String,
    /// Name of the street.
    pub street: String,
    /// `north`, `south`, `east` or `west`.
    pub side: String,
}

/// A marked place for one vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bay {
    /// The number painted on it.
    pub code: String,
    /// Code of the block.
    pub block: String,
    /// Centre, degrees east, WGS-84.
    pub lon: f64,
    /// Centre, degrees north, WGS-84.
    pub lat: f64,
    /// Direction a parked vehicle points to, degrees clockwise from north.
    pub heading_deg: u16,
    /// Length along the kerb in metres.
    pub length_m: f64,
}

/// A sensor and the bay it lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its own number: `device_id` of a native device, DevEUI in lower case of a LoRaWAN device.
    pub key: String,
    /// The way its messages come.
    pub network: Network,
    /// `native`, `bosch-tps110` or `milesight-vs34x`.
    pub device_type: String,
    /// Firmware, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// The bay it watches.
    pub bay_code: String,
}

/// The way a device's messages reach the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// By itself, in Bowei's own format.
    Native,
    /// Through a ChirpStack v4 network server.
    #[serde(rename = "chirpstack")]
    ChirpStack,
    /// Through The Things Stack v3.
    TheThingsStack,
}

/// Why no town could be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TownReject {
    /// No bays were asked for, or more than there are six-digit codes from 620001.
    #[error("a town has 1 to 379999 bays")]
    BayCount,
    /// The tariff is not YAML with an `id`.
    #[error("the tariff is not YAML with an id: {0}")]
    Tariff(String),
    /// A device lies in a bay that the town does not have.
    #[error("device {device} lies in bay {bay_code}, which the town does not have")]
    UnknownBay {
        /// Key of the device.
        device: String,
        /// The bay it names.
        bay_code: String,
    },
    /// There is no encoder for this network and device type.
    #[error("device {device} is a {device_type}, which cannot be simulated on its network")]
    UnknownDeviceType {
        /// Key of the device.
        device: String,
        /// The type it names.
        device_type: String,
    },
}

/// Invents a town of `bays` bays. `tariff_yaml` is put into the file as it is and holds in all
/// zones; only its `id` is read.
///
/// # Errors
/// `BayCount` or `Tariff`.
pub fn town(bays: usize, seed: u64, tariff_yaml: &str) -> Result<Town, TownReject> {
    if bays == 0 || bays > LAST_CODE - FIRST_CODE + 1 {
        return Err(TownReject::BayCount);
    }
    let tariff = tariff_id(tariff_yaml)?;
    let (blocks, bays) = streets::lay_out(bays);
    let devices = place_devices(&bays, seed);
    let zone = |code: &str, name: &str| Zone {
        code: code.into(),
        name: name.into(),
        tariff: tariff.clone(),
    };
    Ok(Town {
        format: FORMAT.into(),
        note: NOTE.into(),
        operator: Operator { name: SAMPLE_COMPANY.into() },
        payee: Payee {
            name: SAMPLE_COMPANY.into(),
            tax_id: SAMPLE_TAX_ID.into(),
            regime: "vat".into(),
            tax_item: TAX_ITEM.into(),
        },
        tariffs: vec![tariff_yaml.into()],
        zones: vec![zone("west", "西片区（示例）"), zone("east", "东片区（示例）")],
        blocks,
        bays,
        devices,
    })
}

impl Town {
    /// Checks what the simulation relies on: devices lie in bays of the town and can be encoded.
    ///
    /// # Errors
    /// `UnknownBay` or `UnknownDeviceType` for the first device that is wrong.
    pub fn check(&self) -> Result<(), TownReject> {
        let codes: BTreeSet<&str> = self.bays.iter().map(|bay| bay.code.as_str()).collect();
        for device in &self.devices {
            if !codes.contains(device.bay_code.as_str()) {
                let (device, bay_code) = (device.key.clone(), device.bay_code.clone());
                return Err(TownReject::UnknownBay { device, bay_code });
            }
            if !device.can_be_simulated() {
                let (device, device_type) = (device.key.clone(), device.device_type.clone());
                return Err(TownReject::UnknownDeviceType { device, device_type });
            }
        }
        Ok(())
    }
}

impl Device {
    fn can_be_simulated(&self) -> bool {
        let lorawan = matches!(self.device_type.as_str(), "bosch-tps110" | "milesight-vs34x");
        match self.network {
            Network::Native => self.device_type == "native",
            Network::ChirpStack | Network::TheThingsStack => lorawan,
        }
    }
}

fn tariff_id(yaml: &str) -> Result<String, TownReject> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    let head = serde_saphyr::from_str::<Head>(yaml);
    head.map(|head| head.id).map_err(|e| TownReject::Tariff(e.to_string()))
}

/// Seven in ten native, two Bosch over ChirpStack, one Milesight over The Things Stack.
fn place_devices(bays: &[Bay], seed: u64) -> Vec<Device> {
    let mut networks: Vec<Network> = (0..bays.len())
        .map(|place| match place % 10 {
            0..7 => Network::Native,
            7..9 => Network::ChirpStack,
            _ => Network::TheThingsStack,
        })
        .collect();
    networks.shuffle(&mut dice(seed, Purpose::Town, 0));
    bays.iter().zip(networks).map(|(bay, network)| device_for(bay, network)).collect()
}

/// EUIs are locally administered (second-lowest bit of the first byte), so nobody owns them.
fn device_for(bay: &Bay, network: Network) -> Device {
    let code = &bay.code;
    let (key, device_type, firmware) = match network {
        Network::Native => (format!("bw-{code}"), "native", "1.4.0"),
        Network::ChirpStack => (format!("02b0e1c500{code}"), "bosch-tps110", "0.39.2"),
        Network::TheThingsStack => (format!("02b0e17700{code}"), "milesight-vs34x", "1.1"),
    };
    Device {
        key,
        network,
        device_type: device_type.into(),
        firmware: Some(firmware.into()),
        bay_code: code.clone(),
    }
}

/// The code of the bay with this running number, from 0.
fn bay_code(number: usize) -> String {
    (FIRST_CODE + number).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vocabulary::{BayCode, Point};

    use super::*;

    const TARIFF: &str = "id: sample\ntitle: 样例\n";

    fn sample(bays: usize, seed: u64) -> Town {
        town(bays, seed, TARIFF).unwrap()
    }

    #[test]
    fn the_same_arguments_make_the_same_town() {
        assert_eq!(sample(120, 1), sample(120, 1));
        assert_ne!(sample(120, 1).devices, sample(120, 2).devices);
    }

    #[test]
    fn a_town_has_the_bays_asked_for_each_with_one_device() {
        for bays in [1, 7, 120, 1_000, 5_000] {
            let town = sample(bays, 3);
            assert_eq!(town.bays.len(), bays);
            let mut devices: BTreeMap<&str, usize> = BTreeMap::new();
            for device in &town.devices {
                *devices.entry(&device.bay_code).or_default() += 1;
            }
            assert!(town.bays.iter().all(|bay| devices.get(bay.code.as_str()) == Some(&1)));
            assert_eq!(devices.len(), bays);
            assert!(town.bays.iter().all(|bay| BayCode::parse(&bay.code).is_ok()));
            let keys: BTreeSet<&str> = town.devices.iter().map(|d| d.key.as_str()).collect();
            assert_eq!(keys.len(), bays, "device keys are unique");
            assert_eq!(town.check(), Ok(()));
        }
    }

    #[test]
    fn no_two_bays_lie_in_the_same_place() {
        let town = sample(1_200, 1);
        let places: Vec<Point> =
            town.bays.iter().map(|bay| Point::new(bay.lon, bay.lat).unwrap()).collect();
        for (number, place) in places.iter().enumerate() {
            for other in &places[..number] {
                let apart_m = place.distance_m(*other);
                // Bays are 6 m long; the rounding of coordinates may take a centimetre or two.
                assert!(apart_m > 5.97, "{} m at bay {number}", apart_m);
            }
        }
        let centre = Point::new(104.17, 36.55).unwrap();
        assert!(places.iter().all(|place| place.distance_m(centre) < 1_500.0));
    }

    #[test]
    fn seven_in_ten_devices_are_native_two_bosch_one_milesight() {
        let town = sample(120, 1);
        let count = |network| town.devices.iter().filter(|d| d.network == network).count();
        assert_eq!(count(Network::Native), 84);
        assert_eq!(count(Network::ChirpStack), 24);
        assert_eq!(count(Network::TheThingsStack), 12);
    }

    #[test]
    fn every_name_in_the_file_leads_somewhere() {
        let town = sample(500, 1);
        let zones: BTreeSet<&str> = town.zones.iter().map(|z| z.code.as_str()).collect();
        let blocks: BTreeSet<&str> = town.blocks.iter().map(|b| b.code.as_str()).collect();
        assert_eq!(blocks.len(), town.blocks.len());
        assert!(town.blocks.iter().all(|block| zones.contains(block.zone.as_str())));
        assert!(town.bays.iter().all(|bay| blocks.contains(bay.block.as_str())));
        assert!(town.zones.iter().all(|zone| zone.tariff == "sample"));
        assert!(town.note.contains("虚构") && town.note.contains("invented"));
        assert!(town.payee.name.contains("示例") && town.payee.name.contains("演示"));
    }

    #[test]
    fn an_impossible_town_is_refused() {
        assert_eq!(town(0, 1, TARIFF), Err(TownReject::BayCount));
        assert_eq!(town(380_000, 1, TARIFF), Err(TownReject::BayCount));
        for yaml in ["", "title: no id", "id: [1", "- id: x"] {
            assert!(matches!(town(1, 1, yaml), Err(TownReject::Tariff(_))), "{yaml:?}");
        }
    }

    #[test]
    fn a_file_with_a_device_in_no_bay_or_of_no_known_type_is_refused() {
        let mut lost = sample(3, 1);
        lost.devices[0].bay_code = "999999".into();
        assert!(matches!(lost.check(), Err(TownReject::UnknownBay { .. })));
        let mut odd = sample(3, 1);
        odd.devices[0].device_type = "toaster".into();
        assert!(matches!(odd.check(), Err(TownReject::UnknownDeviceType { .. })));
    }

    #[test]
    fn the_file_is_written_as_the_gateway_reads_it() {
        let json = serde_json::to_value(sample(10, 1)).unwrap();
        assert_eq!(json["format"], "bowei-town/1");
        let devices = json["devices"].as_array().unwrap();
        let networks: BTreeSet<&str> =
            devices.iter().map(|d| d["network"].as_str().unwrap()).collect();
        assert_eq!(networks, BTreeSet::from(["chirpstack", "native", "the_things_stack"]));
        assert_eq!(serde_json::from_value::<Town>(json).unwrap(), sample(10, 1));
    }
}
