//! The devices of a town file, each into the bay that the file names.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use sensing::Network;
use store::{DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{Device, TownFile};
use crate::flow::install_device::{Service, place_device};
use crate::flow::install_new::{NewInBay, install_new};
use crate::flow::register_device::{NameReject, read_key};

/// New devices with the same statements for all of them; those that are there already one by one, if
/// the file says anything new of them.
pub(super) async fn put_devices(
    tx: &mut Tx,
    town: &TownFile,
    bays: &HashMap<&str, Uuid>,
    (from_at, now): (i64, Timestamp),
) -> Result<()> {
    let facts = tx.all_devices().await?.into_iter();
    let facts: HashMap<(String, String), DeviceFacts> =
        facts.map(|d| ((d.network.clone(), d.device_key.clone()), d)).collect();
    let (mut named, mut names) = (Vec::with_capacity(town.devices.len()), HashSet::new());
    for device in &town.devices {
        named.push(NamedInBay::of(device, bays)?);
    }
    let (mut fresh, mut others) = (Vec::new(), Vec::new());
    for device in &named {
        let name = device.name();
        let known = facts.get(&name);
        // One that the file names again is known then, and may be elsewhere.
        let first = names.insert(name);
        match known {
            None if first => fresh.push(device.new_in_bay(from_at)),
            Some(facts) if first && is_so(facts, device.said, device.bay_id) => {}
            _ => others.push(device),
        }
    }
    install_new(tx, &fresh).await?;
    for device in others {
        put_known(tx, device, now).await?;
    }
    Ok(())
}

/// A device of the file, under the key that the register keeps, with its bay.
struct NamedInBay<'a> {
    said: &'a Device,
    key: String,
    bay_id: Uuid,
}

impl<'a> NamedInBay<'a> {
    fn of(said: &'a Device, bays: &HashMap<&str, Uuid>) -> Result<NamedInBay<'a>> {
        let code = said.bay_code.as_str();
        let bay_id =
            *bays.get(code).with_context(|| format!("device {}: no bay {code}", said.key))?;
        let network = Network::from_name(&said.network).context("a network was checked before")?;
        let key = read_key(network, &said.key)
            .with_context(|| format!("device {}: {}", said.key, NameReject::Key.advice()))?;
        Ok(NamedInBay { said, key, bay_id })
    }

    fn name(&self) -> (String, String) {
        (self.said.network.clone(), self.key.clone())
    }

    /// A street in a town file runs already.
    fn new_in_bay(&self, from_at: i64) -> NewInBay<'_> {
        NewInBay {
            network: &self.said.network,
            key: &self.key,
            device_type: &self.said.device_type,
            firmware: self.said.firmware.as_deref(),
            occupied_below_mm: self.said.occupied_below_mm,
            bay_id: Some(self.bay_id),
            at: Timestamp::from_ms(from_at),
            service: Service::AtOnce,
        }
    }
}

fn is_so(facts: &DeviceFacts, said: &Device, bay_id: Uuid) -> bool {
    facts.bay_id == Some(bay_id)
        && facts.device_type == said.device_type
        && facts.firmware == said.firmware
        && said.occupied_below_mm.is_none_or(|mm| facts.occupied_below_mm == Some(mm))
}

async fn put_known(tx: &mut Tx, device: &NamedInBay<'_>, now: Timestamp) -> Result<()> {
    let said = device.said;
    let known = tx.device_by_key(&said.network, &device.key).await?;
    let known = known.context("a device that is registered is there")?;
    tx.update_device(known.device_id, &said.device_type, said.firmware.as_deref()).await?;
    if said.occupied_below_mm.is_some_and(|mm| known.occupied_below_mm != Some(mm)) {
        tx.set_occupied_below(known.device_id, said.occupied_below_mm).await?;
    }
    if known.bay_id == Some(device.bay_id) {
        return Ok(());
    }
    // A device that is moved, is moved now.
    place_device(tx, known.device_id, device.bay_id, now, Service::AtOnce)
        .await
        .map_err(|refusal| anyhow::anyhow!("device {}: {refusal:?}", said.key))
}
