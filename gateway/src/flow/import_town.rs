//! A town file becomes operator, payee, tariffs, zones, blocks, bays and devices. Importing the
//! same file again changes nothing; what is new is added.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use billing::invoice::Regime;
use sensing::Network;
use serde::Deserialize;
use store::{BayVersionRow, Lane, NewDevice, PayeeRow, Store, Tx, ZoneVersionRow};
use uuid::Uuid;
use vocabulary::{BayCode, Point, Timestamp};

use super::install_device::{Service, place_device};
use super::refresh_setup::refresh_setup;
use super::register_device::{NameReject, check_distance, read_key};
use super::request_invoice::Seller;

/// The only format there is.
const FORMAT: &str = "bowei-town/1";

/// A town file (`docs/PROTOCOL.md`, section Town file).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownFile {
    format: String,
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

/// Reads and checks a town file.
///
/// # Errors
/// Names what is wrong and where.
pub fn read(text: &str) -> Result<TownFile> {
    let town: TownFile = serde_json::from_str(text).context("not a town file")?;
    ensure!(town.format == FORMAT, "format is {:?}, this program reads {FORMAT:?}", town.format);
    for bay in &town.bays {
        Point::new(bay.lon, bay.lat).with_context(|| format!("bay {}", bay.code))?;
    }
    for device in &town.devices {
        ensure!(
            Network::from_name(&device.network).is_some(),
            "device {}: unknown network {}",
            device.key,
            device.network
        );
        let known = device.device_type == "native" || sensing::codec(&device.device_type).is_some();
        ensure!(known, "device {}: unknown device type {}", device.key, device.device_type);
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
    for yaml in &town.tariffs {
        let tariff = billing::tariff::parse(yaml)
            .map_err(|p| anyhow::anyhow!("a tariff is wrong: {p:?}"))?;
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

fn payee_row(town: &TownFile, operator_id: Uuid, valid_from_at: i64) -> Result<PayeeRow> {
    let seller = serde_json::Value::Object(town.payee.seller.clone());
    match Regime::from_name(&town.payee.regime) {
        Some(Regime::Vat) => drop(
            serde_json::from_value::<Seller>(seller)
                .context("payee, as a seller of the vat regime")?,
        ),
        Some(Regime::NonTax) => {}
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
    let mut blocks = HashMap::new();
    for block in &town.blocks {
        let zone = zones
            .get(block.zone.as_str())
            .with_context(|| format!("block {}: no zone {}", block.code, block.zone))?;
        let block_id =
            tx.put_block(Uuid::now_v7(), &block.code, &block.street, &block.side).await?;
        blocks.insert(block.code.as_str(), (block_id, *zone));
    }
    let mut bays = HashMap::new();
    for bay in &town.bays {
        let place = blocks
            .get(bay.block.as_str())
            .with_context(|| format!("bay {}: no block {}", bay.code, bay.block))?;
        let bay_id = tx.put_bay(Uuid::now_v7(), operator_id, bay.code.as_str()).await?;
        let version = BayVersionRow {
            bay_id,
            valid_from_at,
            zone_id: place.1,
            block_id: place.0,
            lon: bay.lon,
            lat: bay.lat,
            heading_deg: bay.heading_deg,
            length_m: bay.length_m,
        };
        if tx.put_bay_version(&version).await? {
            refresh_setup(tx, bay_id).await?;
        }
        bays.insert(bay.code.as_str(), bay_id);
    }
    Ok(bays)
}

async fn put_devices(
    tx: &mut Tx,
    town: &TownFile,
    bays: &HashMap<&str, Uuid>,
    (from_at, now): (i64, Timestamp),
) -> Result<()> {
    for device in &town.devices {
        let code = device.bay_code.as_str();
        let bay_id =
            *bays.get(code).with_context(|| format!("device {}: no bay {code}", device.key))?;
        let network =
            Network::from_name(&device.network).context("a network was checked before")?;
        let key = read_key(network, &device.key)
            .with_context(|| format!("device {}: {}", device.key, NameReject::Key.advice()))?;
        let named = NewDevice {
            device_id: Uuid::now_v7(),
            network: device.network.clone(),
            device_key: key,
            device_type: device.device_type.clone(),
            firmware: device.firmware.clone(),
        };
        let fresh = tx.register_device(&named, from_at).await?;
        let known = tx.device_by_key(&named.network, &named.device_key).await?;
        let known = known.context("a device that was registered is there")?;
        let device_id = known.device_id;
        tx.update_device(device_id, &named.device_type, named.firmware.as_deref()).await?;
        if device.occupied_below_mm.is_some_and(|mm| known.occupied_below_mm != Some(mm)) {
            tx.set_occupied_below(device_id, device.occupied_below_mm).await?;
        }
        if known.bay_id == Some(bay_id) {
            continue;
        }
        // A street in a town file runs already; a device that is moved, is moved now.
        let at = if fresh { Timestamp::from_ms(from_at) } else { now };
        place_device(tx, device_id, bay_id, at, Service::AtOnce)
            .await
            .map_err(|refusal| anyhow::anyhow!("device {}: {refusal:?}", device.key))?;
    }
    Ok(())
}
