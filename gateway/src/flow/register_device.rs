//! A device is registered: network, key, type and firmware. It lies in stock until it is installed.

use sensing::Network;
use serde_json::json;
use store::{DeviceFacts, NewDevice, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::{Outcome, Refusal};

/// Longest key of a native device, and longest firmware, in characters.
const KEY_LIMIT: usize = 64;
const FIRMWARE_LIMIT: usize = 32;
/// Distances that the sensors measure.
const DISTANCES_MM: std::ops::RangeInclusive<i64> = 1..=20_000;
/// Hexadecimal digits of a DevEUI.
const EUI_DIGITS: usize = 16;

/// A device as somebody writes it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub network: Network,
    /// In the form that the register keeps.
    pub key: String,
    pub device_type: String,
    pub firmware: Option<String>,
    /// A distance below this one is a vehicle to it.
    pub occupied_below_mm: Option<i64>,
}

/// Why a device cannot be registered as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameReject {
    Network,
    Key,
    DeviceType,
    Firmware,
    NoDistance,
    OccupiedBelow,
}

impl NameReject {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            NameReject::Network => "network_unknown",
            NameReject::Key => "device_key_malformed",
            NameReject::DeviceType => "device_type_unknown",
            NameReject::Firmware => "firmware_length",
            NameReject::NoDistance => "distance_not_measured",
            NameReject::OccupiedBelow => "occupied_below_out_of_range",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            NameReject::Network => "use native, chirpstack or the_things_stack",
            NameReject::Key => {
                "native: 1 to 64 of A-Z a-z 0-9 _ . : - as in the topic; LoRaWAN: the DevEUI, 16 hexadecimal digits"
            }
            NameReject::DeviceType => {
                "on the network native: native; on the others a type that `gateway decode --list` names"
            }
            NameReject::Firmware => "at most 32 characters, as on the label",
            NameReject::NoDistance => {
                "occupied_below_mm is for EM400, EM310, their NB-IoT frame, and R718PE"
            }
            NameReject::OccupiedBelow => "occupied_below_mm is a whole number from 1 to 20000",
        }
    }
}

impl Named {
    /// Reads what somebody wrote.
    ///
    /// # Errors
    /// Names the first part that is wrong.
    pub fn read(
        network: &str,
        key: &str,
        device_type: &str,
        firmware: Option<&str>,
    ) -> Result<Named, NameReject> {
        let network = Network::from_name(network.trim()).ok_or(NameReject::Network)?;
        let key = read_key(network, key).ok_or(NameReject::Key)?;
        let device_type = device_type.trim().to_owned();
        if !speaks(network, &device_type) {
            return Err(NameReject::DeviceType);
        }
        let firmware = firmware.map(str::trim).filter(|f| !f.is_empty());
        if firmware.is_some_and(|f| f.chars().count() > FIRMWARE_LIMIT) {
            return Err(NameReject::Firmware);
        }
        let firmware = firmware.map(str::to_owned);
        Ok(Named { network, key, device_type, firmware, occupied_below_mm: None })
    }

    /// The same device, for which a distance below this one is a vehicle.
    ///
    /// # Errors
    /// `NoDistance` for a type that measures none, `OccupiedBelow`.
    pub fn seeing(self, occupied_below_mm: Option<i64>) -> Result<Named, NameReject> {
        check_distance(&self.device_type, occupied_below_mm)?;
        Ok(Named { occupied_below_mm, ..self })
    }
}

/// Whether devices of this type speak over this network: native ones say themselves what they mean, frames of the
/// others need a codec.
pub(crate) fn speaks(network: Network, device_type: &str) -> bool {
    match network {
        Network::Native => device_type == "native",
        Network::ChirpStack | Network::TheThingsStack => sensing::codec(device_type).is_some(),
    }
}

/// Whether a device of this type can take a distance below this one for a vehicle.
///
/// # Errors
/// `NoDistance` for a type that measures none, `OccupiedBelow`.
pub(crate) fn check_distance(
    device_type: &str,
    occupied_below_mm: Option<i64>,
) -> Result<(), NameReject> {
    match occupied_below_mm {
        Some(_) if !sensing::measures_distance(device_type) => Err(NameReject::NoDistance),
        Some(mm) if !DISTANCES_MM.contains(&mm) => Err(NameReject::OccupiedBelow),
        _ => Ok(()),
    }
}

/// DevEUIs are the same in capitals or not; the name of a native device is as it stands in its topic.
#[must_use]
pub fn read_key(network: Network, key: &str) -> Option<String> {
    let key = key.trim();
    let fits = match network {
        Network::Native => {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
            (1..=KEY_LIMIT).contains(&key.len()) && key.bytes().all(allowed)
        }
        _ => key.len() == EUI_DIGITS && key.bytes().all(|b| b.is_ascii_hexdigit()),
    };
    let kept = if network == Network::Native { key.to_owned() } else { key.to_ascii_lowercase() };
    fits.then_some(kept)
}

/// Registers a device that lies in stock from now on.
///
/// # Errors
/// `device_known` when network and key are registered already.
pub async fn register_device(
    tx: &mut Tx,
    actor: &Actor,
    named: &Named,
    now: Timestamp,
) -> Outcome<Uuid> {
    let device_id = Uuid::now_v7();
    let row = NewDevice {
        device_id,
        network: named.network.name().to_owned(),
        device_key: named.key.clone(),
        device_type: named.device_type.clone(),
        firmware: named.firmware.clone(),
    };
    if !tx.register_device(&row, now.ms()).await? {
        return Err(Refusal::conflict("device_known", "network and key are registered already"));
    }
    if named.occupied_below_mm.is_some() {
        tx.set_occupied_below(device_id, named.occupied_below_mm).await?;
    }
    let detail = json!({"network": row.network, "device_type": row.device_type});
    actor.audit(tx, now, "device_register", ("device", &device_id.to_string()), &detail).await?;
    Ok(device_id)
}

/// A device by id, if the actor may know of it.
///
/// # Errors
/// `device_unknown`.
pub async fn known_device(tx: &mut Tx, actor: &Actor, device_id: Uuid) -> Outcome<DeviceFacts> {
    let device = tx.device(device_id).await?;
    let device = device.filter(|device| actor.may_touch(device.operator_id));
    device.ok_or_else(|| Refusal::missing("device_unknown", "there is no such device"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_in_the_form_in_which_messages_name_it() {
        let long = "x".repeat(65);
        for (network, written, kept) in [
            (Network::Native, " bw-62_0001.a:b ", Some("bw-62_0001.a:b")),
            (Network::Native, "BW-1", Some("BW-1")),
            (Network::Native, "", None),
            (Network::Native, "a/b", None),
            (Network::Native, "a b", None),
            (Network::Native, "泊位", None),
            (Network::Native, &long, None),
            (Network::ChirpStack, "02B0E1C500620002", Some("02b0e1c500620002")),
            (Network::TheThingsStack, "02b0e1c50062000", None),
            (Network::ChirpStack, "02b0e1c50062000g", None),
        ] {
            assert_eq!(read_key(network, written).as_deref(), kept, "{network:?} {written}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_device_is_named() {
        for (network, key, kind, firmware, expected) in [
            ("zigbee", "a", "native", None, Err(NameReject::Network)),
            ("native", "a b", "native", None, Err(NameReject::Key)),
            ("native", "a", "abacus", None, Err(NameReject::DeviceType)),
            (
                "native",
                "a",
                "native",
                Some("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15"),
                Err(NameReject::Firmware),
            ),
            ("native", "a", "native", Some(" "), Ok(None)),
            ("chirpstack", "02B0E1C500620002", "bosch-tps110", Some("0.39"), Ok(Some("0.39"))),
        ] {
            let read = Named::read(network, key, kind, firmware);
            assert_eq!(read.as_ref().map(|n| n.firmware.as_deref()).map_err(|e| *e), expected);
        }
    }

    #[test]
    fn only_what_measures_a_distance_has_one_below_which_there_is_a_vehicle() {
        for (device_type, below_mm, expected) in [
            ("milesight-em400-mud", Some(1_500), Ok(Some(1_500))),
            ("em310-udl", Some(1), Ok(Some(1))),
            ("netvox-r718pe01", Some(20_000), Ok(Some(20_000))),
            ("milesight-nb-iot", None, Ok(None)),
            ("milesight-em400-mud", Some(0), Err(NameReject::OccupiedBelow)),
            ("milesight-em400-mud", Some(20_001), Err(NameReject::OccupiedBelow)),
            ("bosch-tps110", Some(1_500), Err(NameReject::NoDistance)),
            ("bosch-tps110", None, Ok(None)),
        ] {
            let named = Named::read("chirpstack", "02b0e1c500620002", device_type, None).unwrap();
            let got = named.seeing(below_mm).map(|named| named.occupied_below_mm);
            assert_eq!(got, expected, "{device_type} {below_mm:?}");
        }
    }
}
