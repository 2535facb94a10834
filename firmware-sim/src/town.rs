//! The town file: zones, blocks, bays and devices, as `gateway import town` reads them.
//!
//! Geometry and street layout are invented (the file says so); only the street names and the
//! place are Baiyin's. Operator and payee are samples. Same arguments, same town.
//!
//! Invariants: every bay has exactly one device, no two bays lie in the same place.

mod file;
mod streets;

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use serde::Deserialize;

use crate::dice::{Purpose, dice};
use crate::frame::Family;

pub use file::{Bay, Block, Device, Network, Operator, Payee, TaxItem, Town, Zone};

const FORMAT: &str = "bowei-town/1";
const NOTE: &str = "本文件为合成数据：几何位置与街道布局均为虚构，仅街道名称取自甘肃省白银市白银区；经营单位、收款单位和税号均为样例。 \
     Synthetic data: geometry and street layout are invented, only the street names are those of Baiyin district, Gansu; operator, payee and tax number are samples.";
const SAMPLE_COMPANY: &str = "白银示例停车运营有限公司（演示）";
/// Eighteen characters as a taxpayer number has, but spelling SAMPLE, which holds letters that
/// no real one may hold.
const SAMPLE_TAX_ID: &str = "91620400MA00SAMPLE";
/// 车辆停放服务, short name as on invoices of September 2026, 9 %: a sample of what an operator configures.
const TAX_CODE: &str = "3040502020200000000";
const TAX_RATE_BP: u32 = 900;
const FIRST_CODE: usize = 620_001;
const LAST_CODE: usize = 999_999;

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
            tax_items: vec![sample_tax_item()],
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
        Family::of(self.network, &self.device_type).is_some()
    }
}

fn sample_tax_item() -> TaxItem {
    TaxItem {
        valid_from: "2026-01-01".into(),
        code: TAX_CODE.into(),
        short_name: "生产生活服务".into(),
        name: "车辆停放服务".into(),
        rate_bp: TAX_RATE_BP,
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
mod tests;
