//! The form of the town file, `bowei-town/1`. No rules: what must hold is checked by its users.

use serde::{Deserialize, Serialize};

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
    /// Tax classification of the service, each item from a day on.
    pub tax_items: Vec<TaxItem>,
    /// Where its streets lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

/// Province, city and district of a payee's streets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// 省.
    pub province: String,
    /// 市.
    pub city: String,
    /// 区 or 县.
    pub district: String,
}

/// What the service is in the tax bureau's catalogue, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxItem {
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// 19 digits.
    pub code: String,
    /// Short name of the code's group.
    pub short_name: String,
    /// Name of the item.
    pub name: String,
    /// Rate in hundredths of a percent.
    pub rate_bp: u32,
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
    /// Highest vehicle that fits, in millimetres, where something hangs low.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_height_mm: Option<u16>,
    /// Longest vehicle that fits, where it is not that of the bay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length_mm: Option<u16>,
    /// Has a charging point.
    #[serde(default, skip_serializing_if = "is_false")]
    pub charging: bool,
    /// Kept for disabled drivers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub accessible: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A sensor and the bay it lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its own number: `device_id` of a native device, DevEUI in lower case of a LoRaWAN device.
    pub key: String,
    /// The way its messages come.
    pub network: Network,
    /// `native`, or the device type of a LoRaWAN family (`Family`).
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
