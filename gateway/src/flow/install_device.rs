//! A device comes into a bay, is tested, goes into service, and is taken out again.
//!
//! An installation is `testing` until a vehicle was seen driving on and off; from that moment its
//! readings count, and none before it does. Replacing a sensor is a removal and a new installation.
//! **Invariant:** a device is in one bay at a time (`installation_one_current`), and every change
//! brings the bay's setup up in the same transaction.

use sensing::{Acceptance, Kind, Missing};
use serde_json::json;
use store::{DeviceFacts, InstallationRow, ObservationRow, Tx};
use uuid::Uuid;
use vocabulary::{BayCode, Point, Timestamp};

use super::actor::Actor;
use super::device_words::said_in;
use super::refresh_setup::refresh_setup;
use super::{Outcome, Refusal};

/// What was done offline is taken for this long.
const LATE_LIMIT_MS: i64 = 24 * 3_600_000;
/// A hand-held's clock may be a minute ahead of ours.
const AHEAD_LIMIT_MS: i64 = 60_000;

/// A device put into a bay by somebody on the street.
#[derive(Clone, Debug)]
pub struct NewInstallation {
    pub bay_code: BayCode,
    /// City time.
    pub installed_at: Timestamp,
    pub position: Option<Point>,
    pub firmware: Option<String>,
    pub note: Option<String>,
}

/// Whether a device counts from the moment it is in its bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// After a passed test.
    Testing,
    /// At once: a street that runs already.
    AtOnce,
}

/// The time at which something was done on the street, perhaps offline.
///
/// # Errors
/// `done_in_future`, `done_too_long_ago` (more than 24 hours).
pub fn done_at(said: Option<Timestamp>, now: Timestamp) -> Outcome<Timestamp> {
    let at = said.unwrap_or(now);
    match now.since_ms(at) {
        ago if ago < -AHEAD_LIMIT_MS => {
            Err(Refusal::refused("done_in_future", "this time lies in the future"))
        }
        ago if ago > LATE_LIMIT_MS => {
            Err(Refusal::refused("done_too_long_ago", "work on the street is taken for 24 hours"))
        }
        _ => Ok(at.min(now)),
    }
}

/// Puts a device into a bay, for its test.
///
/// # Errors
/// `bay_unknown`, `device_installed`, `installed_before_removed`.
pub async fn install_device(
    tx: &mut Tx,
    actor: &Actor,
    device: &DeviceFacts,
    new: &NewInstallation,
    now: Timestamp,
) -> Outcome<Uuid> {
    let bay = tx.bay_by_code(new.bay_code.as_str()).await?;
    let bay = bay.filter(|bay| actor.may_touch(Some(bay.operator_id)));
    let bay = bay.ok_or_else(|| Refusal::missing("bay_unknown", "there is no bay of this code"))?;
    let earlier = tx.installations_of_device(device.device_id).await?;
    if earlier.iter().filter_map(|i| i.removed_at).any(|at| at > new.installed_at.ms()) {
        return Err(Refusal::refused(
            "installed_before_removed",
            "the device was taken out of its last bay after that",
        ));
    }
    let row = InstallationRow {
        installed_by: actor.staff.map(|staff| staff.0),
        lon: new.position.map(Point::lon),
        lat: new.position.map(Point::lat),
        firmware: new.firmware.clone().or_else(|| device.firmware.clone()),
        note: new.note.clone(),
        ..blank(device.device_id, bay.bay_id, new.installed_at)
    };
    put(tx, &row).await?;
    if let Some(firmware) = &new.firmware {
        tx.update_device(device.device_id, &device.device_type, Some(firmware)).await?;
    }
    let id = row.installation_id.to_string();
    let detail = json!({"device_id": device.device_id, "bay_code": bay.code});
    actor.audit(tx, now, "install", ("installation", &id), &detail).await?;
    Ok(row.installation_id)
}

/// Puts a device into a bay, or leaves it where it is in it; one that sat elsewhere is taken out
/// there. For imports, which check and count for themselves.
///
/// # Errors
/// When the database fails.
pub async fn place_device(
    tx: &mut Tx,
    device_id: Uuid,
    bay_id: Uuid,
    at: Timestamp,
    service: Service,
) -> Outcome<()> {
    let earlier = tx.installations_of_device(device_id).await?;
    if let Some(current) = earlier.iter().find(|i| i.removed_at.is_none()) {
        if current.bay_id == bay_id {
            return start_service(tx, current, at, service).await;
        }
        end(tx, current, at.ms().max(starts(current)), Some("moved by an import")).await?;
    }
    let since =
        earlier.iter().map(|i| i.removed_at.unwrap_or_else(|| at.ms().max(starts(i)))).max();
    let at = at.ms().max(since.unwrap_or(i64::MIN));
    let mut row = blank(device_id, bay_id, Timestamp::from_ms(at));
    row.in_service_at = (service == Service::AtOnce).then_some(row.installed_at);
    put(tx, &row).await
}

/// Puts an installation into service from now on, if its test is passed. One that is in service
/// already stays as it is.
///
/// # Errors
/// `installation_removed`, `test_incomplete`.
pub async fn pass_test(tx: &mut Tx, actor: &Actor, id: Uuid, now: Timestamp) -> Outcome<()> {
    let installation = locked(tx, actor, id).await?;
    if installation.removed_at.is_some() {
        return Err(Refusal::conflict("installation_removed", "the device was taken out"));
    }
    if installation.in_service_at.is_some() {
        return Ok(());
    }
    let seen = acceptance(tx, &installation).await?;
    let (Some(on), Some(off)) = (seen.drive_on_at, seen.drive_off_at) else {
        let since = Timestamp::from_ms(installation.installed_at);
        return Err(Refusal::refused("test_incomplete", why_incomplete(&seen, since)));
    };
    if tx.put_in_service(id, now.ms(), Some((on.ms(), off.ms()))).await? {
        refresh_setup(tx, installation.bay_id).await?;
        let detail = json!({"drive_on_at": on, "drive_off_at": off});
        actor.audit(tx, now, "pass_test", ("installation", &id.to_string()), &detail).await?;
    }
    Ok(())
}

/// Takes a device out of its bay; it lies in stock from then on. One that is out stays as it is.
///
/// # Errors
/// `removed_before_installed`.
pub async fn remove_device(
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    (at, note): (Timestamp, Option<&str>),
    now: Timestamp,
) -> Outcome<()> {
    let installation = locked(tx, actor, id).await?;
    if installation.removed_at.is_some() {
        return Ok(());
    }
    if at.ms() < starts(&installation) {
        return Err(Refusal::refused(
            "removed_before_installed",
            "the device was installed, or went into service, after that",
        ));
    }
    if end(tx, &installation, at.ms(), note).await? {
        let object = ("installation", &*id.to_string());
        actor.audit(tx, now, "remove_device", object, &json!({"removed_at": at})).await?;
    }
    Ok(())
}

/// An installation by id, if the actor may know of it.
///
/// # Errors
/// `installation_unknown`.
pub async fn known_installation(tx: &mut Tx, actor: &Actor, id: Uuid) -> Outcome<InstallationRow> {
    let missing = || Refusal::missing("installation_unknown", "there is no such installation");
    let installation = tx.installation(id).await?.ok_or_else(missing)?;
    let bay = tx.bay_name(installation.bay_id).await?;
    let theirs = bay.is_some_and(|bay| actor.may_touch(Some(bay.operator_id)));
    Some(installation).filter(|_| theirs).ok_or_else(missing)
}

/// The same, for a command: as it stands once no other command can change it.
async fn locked(tx: &mut Tx, actor: &Actor, id: Uuid) -> Outcome<InstallationRow> {
    let installation = known_installation(tx, actor, id).await?;
    tx.lock_bays(&[installation.bay_id]).await?;
    known_installation(tx, actor, id).await
}

/// What was seen of the test since the device was installed.
///
/// # Errors
/// When the database fails.
pub async fn acceptance(tx: &mut Tx, installation: &InstallationRow) -> Outcome<Acceptance> {
    let InstallationRow { bay_id, device_id, installed_at, .. } = *installation;
    let mut said = said_in(tx, bay_id, device_id).await?;
    said.retain(|said| said.observed_at >= installed_at);
    said.sort_by_key(|said| (said.observed_at, said.reading_seq));
    Ok(Acceptance::of(said.iter().filter_map(heard)))
}

fn heard(said: &ObservationRow) -> Option<(Timestamp, Kind, Option<bool>)> {
    Some((Timestamp::from_ms(said.observed_at), Kind::from_name(&said.kind)?, said.occupied))
}

fn why_incomplete(seen: &Acceptance, since: Timestamp) -> String {
    let last = seen.heard_at.map_or_else(String::new, |at| format!("; last heard {at}"));
    match seen.missing() {
        Some(Missing::DriveOff) => {
            format!("drive_off is missing: a vehicle was seen coming, and not leaving{last}")
        }
        Some(Missing::DriveOn) => {
            format!("drive_on is missing: no vehicle was seen coming since {since}{last}")
        }
        _ => format!(
            "signal is missing: nothing was heard that was observed since {since}; \
             check the radio, and the clock of the device"
        ),
    }
}

/// An installation of which nothing more is known.
pub(super) fn blank(device_id: Uuid, bay_id: Uuid, installed_at: Timestamp) -> InstallationRow {
    InstallationRow {
        installation_id: Uuid::now_v7(),
        device_id,
        bay_id,
        installed_at: installed_at.ms(),
        in_service_at: None,
        removed_at: None,
        installed_by: None,
        lon: None,
        lat: None,
        firmware: None,
        note: None,
        drive_on_at: None,
        drive_off_at: None,
        removal_note: None,
    }
}

/// Stores a new installation with all that follows from it.
async fn put(tx: &mut Tx, row: &InstallationRow) -> Outcome<()> {
    // The bay first, as everywhere: two commands for one device meet at the unique index after that.
    tx.lock_bays(&[row.bay_id]).await?;
    if !tx.insert_installation(row).await? {
        return Err(Refusal::conflict(
            "device_installed",
            "the device is in a bay already: remove it there first",
        ));
    }
    tx.place_device(row.device_id, Some(row.bay_id), row.installed_at).await?;
    refresh_setup(tx, row.bay_id).await?;
    Ok(())
}

async fn end(
    tx: &mut Tx,
    installation: &InstallationRow,
    at: i64,
    note: Option<&str>,
) -> Outcome<bool> {
    let ended = tx.end_installation(installation.installation_id, at, note).await?;
    if ended {
        tx.place_device(installation.device_id, None, at).await?;
        refresh_setup(tx, installation.bay_id).await?;
    }
    Ok(ended)
}

async fn start_service(
    tx: &mut Tx,
    installation: &InstallationRow,
    at: Timestamp,
    service: Service,
) -> Outcome<()> {
    let at = at.ms().max(installation.installed_at);
    if service == Service::AtOnce
        && tx.put_in_service(installation.installation_id, at, None).await?
    {
        refresh_setup(tx, installation.bay_id).await?;
    }
    Ok(())
}

/// Since when an installation cannot be thought away.
fn starts(installation: &InstallationRow) -> i64 {
    installation.in_service_at.unwrap_or(installation.installed_at).max(installation.installed_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_on_the_street_is_taken_for_a_day_and_never_from_the_future() {
        let now = Timestamp::from_ms(1_789_430_400_000);
        let hour = 3_600_000;
        for (ago, expected) in [
            (0, Ok(0)),
            (23 * hour, Ok(23 * hour)),
            (24 * hour + 1, Err("done_too_long_ago")),
            (-60_000, Ok(0)),
            (-60_001, Err("done_in_future")),
        ] {
            let done = done_at(Some(now.plus_ms(-ago)), now);
            match (done, expected) {
                (Ok(at), Ok(ago)) => assert_eq!(now.since_ms(at), ago),
                (Err(Refusal::Refused { code, .. }), Err(expected)) => assert_eq!(code, expected),
                other => panic!("{ago}: {other:?}"),
            }
        }
        assert_eq!(done_at(None, now).ok(), Some(now));
    }
}
