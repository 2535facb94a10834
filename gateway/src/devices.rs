//! The register of devices, kept in memory: which bay a sensor watches and how it speaks.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sensing::{DeviceProfile, Network, Setup};
use store::{BayRow, DeviceRow, Tx};
use uuid::Uuid;
use vocabulary::{BayId, DeviceId};

/// Every device in use, by network and key. Readers share one version; a reload replaces it.
#[derive(Debug)]
pub struct Devices {
    register: RwLock<Arc<Register>>,
}

/// A bay as it is registered.
#[derive(Clone, Debug)]
pub struct Bay {
    pub id: BayId,
    /// Its short key in the database.
    pub number: i64,
    pub operator_id: Uuid,
    pub code: String,
    pub setup: Setup,
    pub setup_version: i64,
}

/// One version of the register.
#[derive(Debug, Default)]
pub struct Register {
    by_key: HashMap<Network, HashMap<String, DeviceProfile>>,
    by_device: HashMap<DeviceId, Registered>,
}

#[derive(Debug)]
struct Registered {
    network: Network,
    key: String,
    bay: Arc<Bay>,
}

impl Devices {
    /// Reads the register.
    ///
    /// # Errors
    /// When the database does not answer or holds something unreadable.
    pub async fn load(tx: &mut Tx) -> anyhow::Result<Devices> {
        Ok(Devices { register: RwLock::new(Arc::new(read(tx).await?)) })
    }

    /// Reads it again, after devices were installed or moved.
    ///
    /// # Errors
    /// When the database does not answer; the old version stays.
    pub async fn reload(&self, tx: &mut Tx) -> anyhow::Result<()> {
        let fresh = Arc::new(read(tx).await?);
        *self.register.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The version in force.
    #[must_use]
    pub fn current(&self) -> Arc<Register> {
        Arc::clone(&self.register.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A bay as it is registered now: its setup changed since the register was read.
    ///
    /// # Errors
    /// When the database does not answer or holds something unreadable.
    pub async fn look_again(tx: &mut Tx, bay: &Arc<Bay>) -> anyhow::Result<Arc<Bay>> {
        match tx.registered_bay(bay.id.0).await? {
            Some((row, version)) => Ok(Arc::new(Bay::of(row, version)?)),
            None => Ok(Arc::clone(bay)),
        }
    }
}

impl Bay {
    /// A bay from its row.
    ///
    /// # Errors
    /// When its setup cannot be read.
    pub fn of(row: BayRow, setup_version: i64) -> anyhow::Result<Bay> {
        let setup = match row.setup_json.as_deref() {
            Some(json) => serde_json::from_str(json).map_err(|e| {
                anyhow::anyhow!("the setup of bay {} cannot be read: {e}", row.code)
            })?,
            None => Setup::default(),
        };
        Ok(Bay {
            id: BayId(row.bay_id),
            number: row.bay_no,
            operator_id: row.operator_id,
            code: row.code,
            setup,
            setup_version,
        })
    }
}

impl Register {
    /// How a device speaks, if it is known.
    #[must_use]
    pub fn profile(&self, network: Network, key: &str) -> Option<DeviceProfile> {
        self.by_key.get(&network)?.get(key).cloned()
    }

    /// The network and key that a known device is registered under.
    #[must_use]
    pub fn key_of(&self, device: DeviceId) -> Option<(Network, String)> {
        self.by_device.get(&device).map(|d| (d.network, d.key.clone()))
    }

    /// The key of a device that speaks for itself.
    #[must_use]
    pub fn native_key(&self, device: DeviceId) -> Option<&str> {
        let device = self.by_device.get(&device)?;
        (device.network == Network::Native).then_some(device.key.as_str())
    }

    /// The bay that a known device watches.
    #[must_use]
    pub fn bay_of(&self, device: DeviceId) -> Option<&Arc<Bay>> {
        self.by_device.get(&device).map(|d| &d.bay)
    }
}

async fn read(tx: &mut Tx) -> anyhow::Result<Register> {
    let mut bays = HashMap::new();
    for (row, setup_version) in tx.registered_bays().await? {
        bays.insert(row.bay_id, Arc::new(Bay::of(row, setup_version)?));
    }
    let mut register = Register::default();
    for row in tx.devices().await? {
        let Some(network) = Network::from_name(&row.network) else { continue };
        let Some(bay) = bays.get(&row.bay_id) else { continue };
        let (device, key) = (DeviceId(row.device_id), row.device_key.clone());
        register.by_key.entry(network).or_default().insert(key.clone(), profile(&row));
        register.by_device.insert(device, Registered { network, key, bay: Arc::clone(bay) });
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
