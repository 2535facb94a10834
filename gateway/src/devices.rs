//! The register of devices, kept in memory: which bay a sensor watches and how it speaks.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use sensing::{DeviceProfile, Network};
use store::{DeviceRow, Tx};
use uuid::Uuid;
use vocabulary::{BayId, DeviceId};

/// Every device in use, by network and key. Readers share one version; a reload replaces it.
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

    /// The bay that a known device watches.
    #[must_use]
    pub fn bay_of(&self, device: DeviceId) -> Option<BayId> {
        self.bay_of.get(&device.0).copied()
    }
}

async fn read(tx: &mut Tx) -> store::Result<Register> {
    let mut register = Register::default();
    for row in tx.devices().await? {
        let Some(network) = Network::from_name(&row.network) else { continue };
        let bay = BayId(row.bay_id);
        register.bay_of.insert(row.device_id, bay);
        register.key_of.insert(row.device_id, (network, row.device_key.clone()));
        register.by_key.insert((network, row.device_key.clone()), (profile(&row), bay));
    }
    Ok(register)
}

fn profile(row: &DeviceRow) -> DeviceProfile {
    DeviceProfile {
        device: DeviceId(row.device_id),
        device_type: row.device_type.clone(),
        firmware: row.firmware.clone(),
        mac_key: None,
    }
}
