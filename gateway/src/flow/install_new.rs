//! Many devices that nobody knew come at once, each into its bay or into stock: registered, installed,
//! and their bays brought up with the same statements for all. For imports, which check for themselves.
//!
//! A device that is known already is left to `install_device`, which knows where it was before.

use std::collections::HashSet;

use store::{InstallationRow, NewDevice, PlacedDevice, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::install_device::{Service, blank};
use super::refresh_setup::refresh_setups;

/// A device that nobody knew, and its bay.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewInBay<'a> {
    pub(super) network: &'a str,
    pub(super) key: &'a str,
    pub(super) device_type: &'a str,
    pub(super) firmware: Option<&'a str>,
    pub(super) occupied_below_mm: Option<i64>,
    /// Stock, if it has none.
    pub(super) bay_id: Option<Uuid>,
    /// Since when it is there.
    pub(super) at: Timestamp,
    pub(super) service: Service,
}

/// Adds devices, each named once; gives network and key of those added. The others were known.
///
/// # Errors
/// When the database fails.
pub(super) async fn install_new<'a>(
    tx: &mut Tx,
    devices: &[NewInBay<'a>],
) -> anyhow::Result<HashSet<(&'a str, &'a str)>> {
    let rows: Vec<PlacedDevice> = devices.iter().map(placed).collect();
    let mut bays: Vec<Uuid> = devices.iter().filter_map(|device| device.bay_id).collect();
    bays.sort_unstable();
    bays.dedup();
    let added: HashSet<Uuid> = tx.register_devices(&rows).await?.into_iter().collect();
    let fresh =
        || devices.iter().zip(&rows).filter(|(_, row)| added.contains(&row.device.device_id));
    let installations: Vec<InstallationRow> =
        fresh().filter_map(|(device, row)| installation(device, row.device.device_id)).collect();
    tx.insert_installations(&installations).await?;
    refresh_setups(tx, &bays).await?;
    Ok(fresh().map(|(device, _)| (device.network, device.key)).collect())
}

fn placed(device: &NewInBay<'_>) -> PlacedDevice {
    PlacedDevice {
        device: NewDevice {
            device_id: Uuid::now_v7(),
            network: device.network.to_owned(),
            device_key: device.key.to_owned(),
            device_type: device.device_type.to_owned(),
            firmware: device.firmware.map(str::to_owned),
        },
        occupied_below_mm: device.occupied_below_mm,
        bay_id: device.bay_id,
        at: device.at.ms(),
    }
}

fn installation(device: &NewInBay<'_>, device_id: Uuid) -> Option<InstallationRow> {
    let at = device.at;
    let in_service_at = (device.service == Service::AtOnce).then_some(at.ms());
    Some(InstallationRow { in_service_at, ..blank(device_id, device.bay_id?, at) })
}
