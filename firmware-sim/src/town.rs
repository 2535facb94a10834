//! The town file: zones, blocks, bays and devices, as `gateway import town` reads them.
//!
//! Geometry and street layout are invented (the file says so); only the street names and the
//! place are Baiyin's. Operator and payee are samples. Same arguments, same town.
//!
//! Invariants: every bay has a device, or two where that is asked for; no two bays lie in the same
//! place.

mod devices;
mod file;
mod roads;
mod streets;

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::frame::Family;

pub use file::{Bay, Block, Device, Network, Operator, Payee, Region, TaxItem, Town, Zone};
pub use roads::roads;

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

/// What kind of town to invent.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// How many bays.
    pub bays: usize,
    /// Decides which device lies where.
    pub seed: u64,
    /// Which devices there are.
    pub mix: Mix,
    /// Share of bays with a second sensor, native, 0 to 1.
    pub second_sensors: f64,
}

/// Which devices a town has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// Seven in ten native, two Bosch over ChirpStack, one Milesight over The Things Stack.
    #[default]
    Usual,
    /// Half native, the other half of every LoRaWAN family in turn, over both networks.
    Families,
    /// Native only.
    Native,
}

/// Invents a town of `bays` bays with the usual mix of devices, one in each bay. `tariff_yaml` is
/// put into the file as it is and holds in all zones; only its `id` is read.
///
/// # Errors
/// `BayCount` or `Tariff`.
pub fn town(bays: usize, seed: u64, tariff_yaml: &str) -> Result<Town, TownReject> {
    town_of(&Wish { bays, seed, mix: Mix::Usual, second_sensors: 0.0 }, tariff_yaml)
}

/// Invents the town wished for.
///
/// # Errors
/// `BayCount` or `Tariff`.
pub fn town_of(wish: &Wish, tariff_yaml: &str) -> Result<Town, TownReject> {
    if wish.bays == 0 || wish.bays > LAST_CODE - FIRST_CODE + 1 {
        return Err(TownReject::BayCount);
    }
    let tariff = tariff_id(tariff_yaml)?;
    let (blocks, bays) = streets::lay_out(wish.bays);
    let devices = devices::place(&bays, wish);
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
            region: Some(Region {
                province: "甘肃省".into(),
                city: "白银市".into(),
                district: "白银区".into(),
            }),
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

/// The code of the bay with this running number, from 0.
fn bay_code(number: usize) -> String {
    (FIRST_CODE + number).to_string()
}

#[cfg(test)]
mod tests;
