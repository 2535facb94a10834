//! The register of devices, kept in memory: which bay a sensor watches and how it speaks.
//!
//! A device that was taken out stays known by its last bay: what it said before that may still come.
//! One that was never in a bay is not known.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use sensing::{DeviceProfile, Network};
use store::{DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::{BayId, DeviceId, Timestamp};

/// Every device that is or was in a bay, by network and key. Readers share one version; a reload replaces it.
#[derive(Debug)]
pub struct Devices {
    register: RwLock<Arc<Register>>,
}

/// One version of the register.
#[derive(Debug, Default)]
pub struct Register {
    by_key: HashMap<(Network, String), (DeviceProfile, BayId)>,
    bay_of: HashMap<Uuid, BayId>,
    key_of: HashMap<Uuid, (Network, String)>,
    /// Of devices that were in more than one bay: since when in which, oldest first.
    moves: HashMap<Uuid, Vec<(Timestamp, BayId)>>,
    mac_keys: HashMap<Uuid, [u8; 32]>,
}

impl Devices {
    /// Reads the register.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx) -> store::Result<Devices> {
        Ok(Devices { register: RwLock::new(Arc::new(read(tx).await?)) })
    }

    /// Reads it again, after devices were installed or moved.
    ///
    /// # Errors
    /// When the database does not answer; the old version stays.
    pub async fn reload(&self, tx: &mut Tx) -> store::Result<()> {
        let fresh = Arc::new(read(tx).await?);
        *self.register.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The version in force.
    #[must_use]
    pub fn current(&self) -> Arc<Register> {
        Arc::clone(&self.register.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Register {
    /// How a device speaks, if it is known.
    #[must_use]
    pub fn profile(&self, network: Network, key: &str) -> Option<DeviceProfile> {
        self.by_key.get(&(network, key.to_owned())).map(|(profile, _)| profile.clone())
    }

    /// The network and key that a known device is registered under.
    #[must_use]
    pub fn key_of(&self, device: DeviceId) -> Option<(Network, String)> {
        self.key_of.get(&device.0).cloned()
    }

    /// The bay that a known device watches, or watched last.
    #[must_use]
    pub fn bay_of(&self, device: DeviceId) -> Option<BayId> {
        self.bay_of.get(&device.0).copied()
    }

    /// The bay that a known device was in at `at`, or came into next.
    #[must_use]
    pub fn bay_at(&self, device: DeviceId, at: Timestamp) -> Option<BayId> {
        let Some(moves) = self.moves.get(&device.0) else { return self.bay_of(device) };
        let then = moves.iter().rev().find(|(since, _)| *since <= at).or(moves.first());
        then.map(|(_, bay)| *bay)
    }

    /// The key that a device signs its messages with, if it has one.
    #[must_use]
    pub fn mac_key(&self, device: DeviceId) -> Option<[u8; 32]> {
        self.mac_keys.get(&device.0).copied()
    }
}

async fn read(tx: &mut Tx) -> store::Result<Register> {
    let mut register = Register { moves: moves(tx).await?, ..Register::default() };
    let keys = tx.mac_keys().await?.into_iter();
    register.mac_keys = keys.filter_map(|(id, key)| Some((id, key.try_into().ok()?))).collect();
    for row in tx.all_devices().await? {
        let Some(network) = Network::from_name(&row.network) else { continue };
        let last = register.moves.get(&row.device_id).and_then(|moves| moves.last());
        let Some(bay) = row.bay_id.map(BayId).or(last.map(|(_, bay)| *bay)) else { continue };
        register.bay_of.insert(row.device_id, bay);
        register.key_of.insert(row.device_id, (network, row.device_key.clone()));
        register.by_key.insert((network, row.device_key.clone()), (profile(&row), bay));
    }
    // For a device that is where it always was, `bay_of` says it all.
    register.moves.retain(|_, moves| moves.len() > 1);
    Ok(register)
}

async fn moves(tx: &mut Tx) -> store::Result<HashMap<Uuid, Vec<(Timestamp, BayId)>>> {
    let mut moves: HashMap<Uuid, Vec<(Timestamp, BayId)>> = HashMap::new();
    for row in tx.all_installations().await? {
        let since = Timestamp::from_ms(row.installed_at);
        moves.entry(row.device_id).or_default().push((since, BayId(row.bay_id)));
    }
    Ok(moves)
}

fn profile(row: &DeviceFacts) -> DeviceProfile {
    DeviceProfile {
        device: DeviceId(row.device_id),
        device_type: row.device_type.clone(),
        firmware: row.firmware.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_belongs_to_the_bay_that_its_device_was_in_when_it_was_observed() {
        let (device, unmoved) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let bay = |number| BayId(Uuid::from_u128(number));
        let at = Timestamp::from_ms;
        let register = Register {
            bay_of: [(device, bay(12)), (unmoved, bay(13))].into(),
            moves: [(device, vec![(at(100), bay(11)), (at(200), bay(12))])].into(),
            ..Register::default()
        };
        for (device, observed, expected) in [
            (device, 50, Some(bay(11))),
            (device, 100, Some(bay(11))),
            (device, 199, Some(bay(11))),
            (device, 200, Some(bay(12))),
            (unmoved, 50, Some(bay(13))),
            (Uuid::from_u128(3), 50, None),
        ] {
            assert_eq!(register.bay_at(DeviceId(device), at(observed)), expected, "{observed}");
        }
    }
}
