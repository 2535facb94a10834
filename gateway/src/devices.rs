//! The register of devices, kept in memory: which bay a sensor watches and how it speaks.
//!
//! A device that was taken out stays known by its last bay: what it said before that may still come.
//! One that was never in a bay is not known.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use sensing::{DeviceProfile, Network, Setup};
use store::{BayRow, DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::{BayId, DeviceId, Timestamp};

/// Every device that is or was in a bay, by network and key. Readers share one version; a reload replaces it.
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
    routes: Arc<Routes>,
}

/// The way to each LoRaWAN device, as far as this gateway knows; shared by all versions of the register.
#[derive(Debug, Default)]
pub(crate) struct Routes(RwLock<HashMap<DeviceId, Arc<str>>>);

#[derive(Debug)]
struct Registered {
    network: Network,
    key: String,
    bay: Arc<Bay>,
    /// If it was in more than one bay: since when in which, oldest first.
    moves: Vec<(Timestamp, Arc<Bay>)>,
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
        let mut fresh = read(tx).await?;
        let known = std::mem::take(&mut *fresh.routes.write());
        // Readers of the version in force learn of them, too.
        fresh.routes = Arc::clone(&self.current().routes);
        *fresh.routes.write() = known;
        let fresh = Arc::new(fresh);
        *self.register.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The version in force.
    #[must_use]
    pub fn current(&self) -> Arc<Register> {
        Arc::clone(&self.register.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note of ways to devices that were stored.
    pub(crate) fn learn(&self, routes: &HashMap<DeviceId, String>) {
        let register = self.current();
        let mut known = register.routes.write();
        known.extend(routes.iter().map(|(device, route)| (*device, route.as_str().into())));
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
        let mut setup = match row.setup_json.as_deref() {
            Some(json) => serde_json::from_str(json).map_err(|e| {
                anyhow::anyhow!("the setup of bay {} cannot be read: {e}", row.code)
            })?,
            None => Setup::default(),
        };
        // Mostly one device: a list that was read has room for four.
        setup.watches.shrink_to_fit();
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

impl Routes {
    fn write(&self) -> RwLockWriteGuard<'_, HashMap<DeviceId, Arc<str>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the way to a device already.
    pub(crate) fn knows(&self, device: DeviceId, route: &str) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&device).is_some_and(|known| **known == *route)
    }
}

impl Register {
    /// The ways to devices.
    pub(crate) fn routes(&self) -> &Routes {
        &self.routes
    }

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

    /// The bay that a known device watches, or watched last.
    #[must_use]
    pub fn bay_of(&self, device: DeviceId) -> Option<&Arc<Bay>> {
        self.by_device.get(&device).map(|d| &d.bay)
    }

    /// The bay that a known device was in at `at`, or came into next.
    #[must_use]
    pub fn bay_at(&self, device: DeviceId, at: Timestamp) -> Option<&Arc<Bay>> {
        let device = self.by_device.get(&device)?;
        let then = device.moves.iter().rev().find(|(since, _)| *since <= at);
        Some(then.or(device.moves.first()).map_or(&device.bay, |(_, bay)| bay))
    }
}

async fn read(tx: &mut Tx) -> anyhow::Result<Register> {
    let mut bays = HashMap::new();
    for (row, setup_version) in tx.registered_bays().await? {
        bays.insert(row.bay_id, Arc::new(Bay::of(row, setup_version)?));
    }
    let mut moves = moves(tx, &bays).await?;
    let keys: HashMap<Uuid, Vec<u8>> = tx.mac_keys().await?.into_iter().collect();
    let mut register = Register::default();
    for row in tx.all_devices().await? {
        let Some(network) = Network::from_name(&row.network) else { continue };
        let mut moves = moves.remove(&row.device_id).unwrap_or_default();
        let now = row.bay_id.and_then(|id| bays.get(&id));
        let Some(bay) = now.or(moves.last().map(|(_, bay)| bay)).map(Arc::clone) else { continue };
        // For a device that is where it always was, that bay says it all.
        if moves.len() == 1 {
            moves.clear();
        }
        let (device, key) = (DeviceId(row.device_id), row.device_key.clone());
        let mac_key = keys.get(&row.device_id).and_then(|key| key.as_slice().try_into().ok());
        register.by_key.entry(network).or_default().insert(key.clone(), profile(&row, mac_key));
        register.by_device.insert(device, Registered { network, key, bay, moves });
    }
    register.routes = Arc::new(routes(tx).await?);
    Ok(register)
}

/// Devices of one application share the text of their way.
async fn routes(tx: &mut Tx) -> anyhow::Result<Routes> {
    let (mut texts, mut known) = (HashSet::<Arc<str>>::new(), HashMap::new());
    for row in tx.routes().await? {
        let route = texts.get(&*row.route).map_or_else(|| row.route.as_str().into(), Arc::clone);
        texts.insert(Arc::clone(&route));
        known.insert(DeviceId(row.device_id), route);
    }
    Ok(Routes(RwLock::new(known)))
}

type Moves = HashMap<Uuid, Vec<(Timestamp, Arc<Bay>)>>;

async fn moves(tx: &mut Tx, bays: &HashMap<Uuid, Arc<Bay>>) -> anyhow::Result<Moves> {
    let mut moves = Moves::new();
    for row in tx.all_installations().await? {
        let Some(bay) = bays.get(&row.bay_id) else { continue };
        let since = Timestamp::from_ms(row.installed_at);
        moves.entry(row.device_id).or_default().push((since, Arc::clone(bay)));
    }
    Ok(moves)
}

fn profile(row: &DeviceFacts, mac_key: Option<[u8; 32]>) -> DeviceProfile {
    DeviceProfile {
        device: DeviceId(row.device_id),
        device_type: row.device_type.clone(),
        firmware: row.firmware.clone(),
        occupied_below_mm: row.occupied_below_mm.and_then(|mm| u32::try_from(mm).ok()),
        mac_key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bay(number: i64) -> Arc<Bay> {
        Arc::new(Bay {
            id: BayId(Uuid::nil()),
            number,
            operator_id: Uuid::nil(),
            code: String::new(),
            setup: Setup::default(),
            setup_version: 0,
        })
    }

    #[test]
    fn a_reading_belongs_to_the_bay_that_its_device_was_in_when_it_was_observed() {
        let at = Timestamp::from_ms;
        let known = |moves: &[(i64, i64)], last| Registered {
            network: Network::Native,
            key: String::new(),
            bay: bay(last),
            moves: moves.iter().map(|(since, number)| (at(*since), bay(*number))).collect(),
        };
        let (moved, unmoved) = (DeviceId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
        let by_device =
            [(moved, known(&[(100, 11), (200, 12)], 12)), (unmoved, known(&[], 13))].into();
        let register = Register { by_device, ..Register::default() };
        for (device, observed, expected) in [
            (moved, 50, Some(11)),
            (moved, 100, Some(11)),
            (moved, 199, Some(11)),
            (moved, 200, Some(12)),
            (unmoved, 50, Some(13)),
            (DeviceId(Uuid::from_u128(3)), 50, None),
        ] {
            let found = register.bay_at(device, at(observed)).map(|bay| bay.number);
            assert_eq!(found, expected, "{observed}");
        }
    }
}
