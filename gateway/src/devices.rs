//! The register of devices, kept in memory: which bay a sensor watches and how it speaks.
//!
//! A device that was taken out stays known by its last bay: what it said before that may still come.
//! One that was never in a bay is not known.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use sensing::{DeviceProfile, Network, Setup};
use store::{BayRow, SpeakingDevice, Tx};
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
    pub code: Box<str>,
    pub setup: Setup,
    pub setup_version: i64,
}

/// One version of the register. There is an entry for every device of a city: small, and texts shared.
#[derive(Debug, Default)]
pub struct Register {
    devices: Vec<Registered>,
    by_key: HashMap<Network, HashMap<Arc<str>, Place>>,
    by_device: HashMap<DeviceId, Place>,
    routes: Arc<Routes>,
}

/// Where a device stands in the list of all.
type Place = u32;

/// The way to each LoRaWAN device, as far as this gateway knows; shared by all versions of the register.
#[derive(Debug, Default)]
pub(crate) struct Routes(RwLock<HashMap<DeviceId, Arc<str>>>);

#[derive(Debug)]
struct Registered {
    device: DeviceId,
    network: Network,
    key: Arc<str>,
    speech: Arc<Speech>,
    mac_key: Option<Box<[u8; 32]>>,
    bay: Arc<Bay>,
    /// If it was in more than one bay: since when in which, oldest first.
    moves: Box<[(Timestamp, Arc<Bay>)]>,
}

/// How devices of one kind speak.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Speech {
    device_type: Arc<str>,
    firmware: Option<Arc<str>>,
    occupied_below_mm: Option<u32>,
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
        setup.closures.shrink_to_fit();
        Ok(Bay {
            id: BayId(row.bay_id),
            number: row.bay_no,
            operator_id: row.operator_id,
            code: row.code.into(),
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
        let place = self.by_key.get(&network)?.get(key)?;
        self.devices.get(*place as usize).map(Registered::profile)
    }

    fn known(&self, device: DeviceId) -> Option<&Registered> {
        self.by_device.get(&device).and_then(|place| self.devices.get(*place as usize))
    }

    /// The network and key that a known device is registered under.
    #[must_use]
    pub fn key_of(&self, device: DeviceId) -> Option<(Network, String)> {
        self.known(device).map(|d| (d.network, d.key.as_ref().to_owned()))
    }

    /// The key of a device that speaks for itself.
    #[must_use]
    pub fn native_key(&self, device: DeviceId) -> Option<&Arc<str>> {
        let device = self.known(device)?;
        (device.network == Network::Native).then_some(&device.key)
    }

    /// The bay that a known device watches, or watched last.
    #[must_use]
    pub fn bay_of(&self, device: DeviceId) -> Option<&Arc<Bay>> {
        self.known(device).map(|d| &d.bay)
    }

    /// The bay that a known device was in at `at`, or came into next.
    #[must_use]
    pub fn bay_at(&self, device: DeviceId, at: Timestamp) -> Option<&Arc<Bay>> {
        let device = self.known(device)?;
        let then = device.moves.iter().rev().find(|(since, _)| *since <= at);
        Some(then.or(device.moves.first()).map_or(&device.bay, |(_, bay)| bay))
    }

    fn add(&mut self, device: Registered) {
        let place = Place::try_from(self.devices.len()).expect("no city has four billion devices");
        let keys = self.by_key.entry(device.network).or_default();
        keys.insert(Arc::clone(&device.key), place);
        self.by_device.insert(device.device, place);
        self.devices.push(device);
    }

    fn shrink(&mut self) {
        self.devices.shrink_to_fit();
        self.by_device.shrink_to_fit();
        self.by_key.values_mut().for_each(HashMap::shrink_to_fit);
    }
}

impl Registered {
    fn profile(&self) -> DeviceProfile {
        let Speech { device_type, firmware, occupied_below_mm } = &*self.speech;
        DeviceProfile {
            device: self.device,
            device_type: Arc::clone(device_type),
            firmware: firmware.clone(),
            occupied_below_mm: *occupied_below_mm,
            mac_key: self.mac_key.as_deref().copied(),
        }
    }
}

/// Row by row: a list of all rows beside the register would take as much as the register.
async fn read(tx: &mut Tx) -> anyhow::Result<Register> {
    let mut bays = HashMap::new();
    tx.each_registered_bay(|row, setup_version| {
        bays.insert(row.bay_id, Arc::new(Bay::of(row, setup_version)?));
        anyhow::Ok(())
    })
    .await?;
    let mut moves = Moves::new();
    for (device, bay, since) in tx.device_moves().await? {
        let Some(bay) = bays.get(&bay) else { continue };
        moves.entry(device).or_default().push((Timestamp::from_ms(since), Arc::clone(bay)));
    }
    let keys: HashMap<Uuid, Vec<u8>> = tx.mac_keys().await?.into_iter().collect();
    let (mut register, mut speeches) = (Register::default(), HashSet::new());
    tx.each_device(|row| {
        let Some(network) = Network::from_name(&row.network) else { return };
        let moves = moves.remove(&row.device_id).unwrap_or_default();
        let now = row.bay_id.and_then(|id| bays.get(&id));
        let Some(bay) = now.or(moves.last().map(|(_, bay)| bay)).map(Arc::clone) else { return };
        let mac_key = keys.get(&row.device_id).and_then(|key| key.as_slice().try_into().ok());
        register.add(Registered {
            device: DeviceId(row.device_id),
            network,
            key: row.device_key.as_str().into(),
            speech: speech(&row, &mut speeches),
            mac_key: mac_key.map(Box::new),
            bay,
            // For a device that is where it always was, that bay says it all.
            moves: if moves.len() > 1 { moves.into() } else { Box::default() },
        });
    })
    .await?;
    register.shrink();
    register.routes = Arc::new(routes(tx).await?);
    Ok(register)
}

type Moves = HashMap<Uuid, Vec<(Timestamp, Arc<Bay>)>>;

/// How a device speaks; those that speak alike share it.
fn speech(row: &SpeakingDevice, known: &mut HashSet<Arc<Speech>>) -> Arc<Speech> {
    let speech = Speech {
        device_type: row.device_type.as_str().into(),
        firmware: row.firmware.as_deref().map(Into::into),
        occupied_below_mm: row.occupied_below_mm.and_then(|mm| u32::try_from(mm).ok()),
    };
    if let Some(known) = known.get(&speech) {
        return Arc::clone(known);
    }
    let speech = Arc::new(speech);
    known.insert(Arc::clone(&speech));
    speech
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bay(number: i64) -> Arc<Bay> {
        Arc::new(Bay {
            id: BayId(Uuid::nil()),
            number,
            operator_id: Uuid::nil(),
            code: "".into(),
            setup: Setup::default(),
            setup_version: 0,
        })
    }

    #[test]
    fn a_reading_belongs_to_the_bay_that_its_device_was_in_when_it_was_observed() {
        let at = Timestamp::from_ms;
        let (moved, unmoved) = (DeviceId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
        let speech =
            Speech { device_type: "native".into(), firmware: None, occupied_below_mm: None };
        let known = |device, moves: &[(i64, i64)], last| Registered {
            device,
            network: Network::Native,
            key: "".into(),
            speech: Arc::new(speech.clone()),
            mac_key: None,
            bay: bay(last),
            moves: moves.iter().map(|(since, number)| (at(*since), bay(*number))).collect(),
        };
        let mut register = Register::default();
        register.add(known(moved, &[(100, 11), (200, 12)], 12));
        register.add(known(unmoved, &[], 13));
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
