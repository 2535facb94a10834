//! A town file becomes operator, payee, tariffs, zones, blocks, bays and devices. Importing the
//! same file again changes nothing; what is new is added.

mod devices;

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use billing::invoice::Regime;
use billing::tariff::Problem;
use sensing::Network;
use serde::Deserialize;
use serde::de::IgnoredAny;
use store::{
    BayFeatures, BayVersionFacts, BlockRow, Lane, NewBay, PayeeRow, Store, Tx, ZoneVersionRow,
};
use uuid::Uuid;
use vocabulary::{BayCode, Point, Timestamp, VehicleClass, WeeklyHours};

use super::bay_features::is_limit_mm;
use super::change_bay::{classes_text, measures_fit};
use super::refresh_setup::refresh_setups;
use super::register_device::{NameReject, check_distance, speaks};
use super::request_invoice::{BillIssuer, Seller};
use devices::put_devices;

/// The only format there is.
const FORMAT: &str = "bowei-town/1";

/// A town file (`docs/PROTOCOL.md`, section Town file).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownFile {
    #[serde(rename = "format")]
    _form: IgnoredAny,
    #[serde(default)]
    pub note: String,
    operator: Operator,
    payee: Payee,
    tariffs: Vec<String>,
    zones: Vec<Zone>,
    blocks: Vec<Block>,
    bays: Vec<Bay>,
    devices: Vec<Device>,
    /// From when on it holds; the beginning of time if left out.
    valid_from: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operator {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Payee {
    name: String,
    regime: String,
    #[serde(flatten)]
    seller: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Zone {
    code: String,
    name: String,
    tariff: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    code: String,
    zone: String,
    street: String,
    side: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bay {
    code: BayCode,
    block: String,
    lon: f64,
    lat: f64,
    #[serde(default)]
    heading_deg: f64,
    #[serde(default = "usual_length_m")]
    length_m: f64,
    /// Names of classes; every class if left out.
    vehicle_classes: Option<Vec<String>>,
    /// Always if left out.
    permitted_hours: Option<WeeklyHours>,
    /// No limit if left out.
    max_height_mm: Option<i64>,
    /// The length of the bay if left out.
    max_length_mm: Option<i64>,
    #[serde(default)]
    charging: bool,
    #[serde(default)]
    accessible: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    key: String,
    network: String,
    device_type: String,
    firmware: Option<String>,
    occupied_below_mm: Option<i64>,
    bay_code: BayCode,
}

/// What a file brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    pub bays: usize,
    pub devices: usize,
    pub tariffs: usize,
}

fn usual_length_m() -> f64 {
    6.0
}

impl Bay {
    fn check(&self) -> Result<()> {
        Point::new(self.lon, self.lat)?;
        self.classes()?;
        ensure!(
            measures_fit(self.heading_deg, self.length_m),
            "heading_deg {} and length_m {}: 0 to 360, and more than 0 up to 30",
            self.heading_deg,
            self.length_m
        );
        for mm in [self.max_height_mm, self.max_length_mm].into_iter().flatten() {
            ensure!(is_limit_mm(mm), "a limit of {mm} mm: 1 to 30000, or none at all");
        }
        Ok(())
    }

    fn classes(&self) -> Result<Option<Vec<VehicleClass>>> {
        let Some(names) = &self.vehicle_classes else { return Ok(None) };
        let class = |name: &String| {
            VehicleClass::from_name(name)
                .with_context(|| format!("no vehicle class is called {name}"))
        };
        names.iter().map(class).collect::<Result<_>>().map(Some)
    }

    fn features(&self) -> BayFeatures {
        BayFeatures {
            max_height_mm: self.max_height_mm,
            max_length_mm: self.max_length_mm,
            charging: self.charging,
            accessible: self.accessible,
        }
    }
}

/// The first thing to look at: whether this program knows the format.
#[derive(Deserialize)]
struct Form {
    format: String,
}

/// Reads and checks a town file.
///
/// # Errors
/// Names what is wrong and where.
pub fn read(text: &str) -> Result<TownFile> {
    let Form { format } = serde_json::from_str(text).context("not a town file")?;
    ensure!(format == FORMAT, "format is {format:?}, this program reads {FORMAT:?}");
    let town: TownFile = serde_json::from_str(text).context("not a town file")?;
    let mut codes = HashSet::new();
    for bay in &town.bays {
        bay.check().with_context(|| format!("bay {}", bay.code))?;
        ensure!(codes.insert(bay.code.as_str()), "bay {} stands there twice", bay.code);
    }
    let mut keys = HashSet::new();
    for device in &town.devices {
        let twice = !keys.insert((device.network.as_str(), device.key.to_ascii_lowercase()));
        ensure!(!twice, "device {} of {} stands there twice", device.key, device.network);
        let network = Network::from_name(&device.network).with_context(|| {
            format!("device {}: unknown network {}", device.key, device.network)
        })?;
        ensure!(
            speaks(network, &device.device_type),
            "device {}: device type {:?} on {}: {}",
            device.key,
            device.device_type,
            device.network,
            NameReject::DeviceType.advice()
        );
        check_distance(&device.device_type, device.occupied_below_mm)
            .map_err(|why| anyhow::anyhow!("device {}: {}", device.key, why.advice()))?;
    }
    Ok(town)
}

/// Imports a town in one transaction.
///
/// # Errors
/// Names what is wrong and where; then nothing was imported.
pub async fn import_town(store: &Store, town: &TownFile, now: Timestamp) -> Result<Imported> {
    let from_at = town.valid_from.unwrap_or(Timestamp::from_ms(0)).ms();
    let mut tx = store.begin(Lane::Command).await?;
    let operator_id = tx.put_operator(Uuid::now_v7(), &town.operator.name).await?;
    let payee_id = tx.put_payee(&payee_row(town, operator_id, from_at)?).await?;
    let mut tariffs = Vec::new();
    for (number, yaml) in town.tariffs.iter().enumerate() {
        let tariff = billing::tariff::parse(yaml)
            .map_err(|problems| anyhow::anyhow!("tariff {}: {}", number + 1, told(&problems)))?;
        tx.put_tariff(&tariff.id, operator_id, yaml, now.ms()).await?;
        tariffs.push(tariff.id);
    }
    let mut zones = HashMap::new();
    for zone in &town.zones {
        ensure!(
            tariffs.contains(&zone.tariff),
            "zone {}: no tariff {} in the file",
            zone.code,
            zone.tariff
        );
        let zone_id = tx.put_zone(Uuid::now_v7(), operator_id, &zone.code, &zone.name).await?;
        let tariff_id = zone.tariff.clone();
        tx.put_zone_version(&ZoneVersionRow {
            zone_id,
            valid_from_at: from_at,
            tariff_id,
            payee_id,
        })
        .await?;
        zones.insert(zone.code.as_str(), zone_id);
    }
    let bays = put_bays(&mut tx, town, operator_id, &zones, from_at).await?;
    put_devices(&mut tx, town, &bays, (from_at, now)).await?;
    tx.commit().await?;
    Ok(Imported { bays: town.bays.len(), devices: town.devices.len(), tariffs: tariffs.len() })
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

fn payee_row(town: &TownFile, operator_id: Uuid, valid_from_at: i64) -> Result<PayeeRow> {
    let seller = serde_json::Value::Object(town.payee.seller.clone());
    match Regime::from_name(&town.payee.regime) {
        Some(Regime::Vat) => drop(
            serde_json::from_value::<Seller>(seller)
                .context("payee, as a seller of the vat regime")?,
        ),
        Some(Regime::NonTax) => drop(
            serde_json::from_value::<BillIssuer>(seller)
                .context("payee, as an issuer of the non_tax regime")?,
        ),
        None => bail!("payee: regime is {:?}, expected vat or non_tax", town.payee.regime),
    }
    Ok(PayeeRow {
        payee_id: Uuid::now_v7(),
        operator_id,
        name: town.payee.name.clone(),
        regime: town.payee.regime.clone(),
        seller_json: serde_json::to_string(&town.payee.seller)?,
        valid_from_at,
    })
}

async fn put_bays<'a>(
    tx: &mut Tx,
    town: &'a TownFile,
    operator_id: Uuid,
    zones: &HashMap<&str, Uuid>,
    valid_from_at: i64,
) -> Result<HashMap<&'a str, Uuid>> {
    let places = put_blocks(tx, town, zones).await?;
    let fresh: Vec<NewBay> = town.bays.iter().map(|bay| new_bay(bay, operator_id)).collect();
    let known = tx.put_bays(&fresh).await?;
    let (mut versions, mut bays) = (Vec::with_capacity(fresh.len()), HashMap::new());
    for bay in &town.bays {
        let place = places.get(bay.block.as_str());
        let (block_id, zone_id) =
            *place.with_context(|| format!("bay {}: no block {}", bay.code, bay.block))?;
        let bay_id = *known.get(bay.code.as_str()).context("a bay that was added is there")?;
        versions.push(BayVersionFacts {
            bay_id,
            valid_from_at,
            valid_to_at: None,
            zone_id,
            block_id,
            lon: bay.lon,
            lat: bay.lat,
            heading_deg: bay.heading_deg,
            length_m: bay.length_m,
            vehicle_classes: bay.classes()?.and_then(|classes| classes_text(&classes)),
            permitted_hours: bay.permitted_hours.as_ref().map(ToString::to_string),
            features: bay.features(),
        });
        bays.insert(bay.code.as_str(), bay_id);
    }
    let dated = tx.put_bay_versions(&versions).await?;
    refresh_setups(tx, &dated).await?;
    Ok(bays)
}

/// The blocks of the file, each with its zone, by code.
async fn put_blocks<'a>(
    tx: &mut Tx,
    town: &'a TownFile,
    zones: &HashMap<&str, Uuid>,
) -> Result<HashMap<&'a str, (Uuid, Uuid)>> {
    let row = |block: &Block| BlockRow {
        block_id: Uuid::now_v7(),
        code: block.code.clone(),
        street: block.street.clone(),
        side: block.side.clone(),
    };
    let known = tx.put_blocks(&town.blocks.iter().map(row).collect::<Vec<_>>()).await?;
    let mut places = HashMap::new();
    for block in &town.blocks {
        let zone = zones.get(block.zone.as_str());
        let zone = zone.with_context(|| format!("block {}: no zone {}", block.code, block.zone))?;
        let block_id = known.get(&block.code).context("a block that was added is there")?;
        places.insert(block.code.as_str(), (*block_id, *zone));
    }
    Ok(places)
}

fn new_bay(bay: &Bay, operator_id: Uuid) -> NewBay {
    NewBay { bay_id: Uuid::now_v7(), operator_id, code: bay.code.to_string() }
}
