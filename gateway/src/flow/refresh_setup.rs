//! What is known of a bay beside its readings (since when it exists, which devices watch it, when it
//! is closed) is brought up to its versions, installations and closures.
//!
//! Called in the transaction of every change of these. A bay that has ended is closed from then on.

use serde::Serialize;
use store::{BayVersionFacts, InstallationRow, Lane, Store, Tx};
use uuid::Uuid;
use vocabulary::{DeviceId, Interval, Timestamp};

/// Bays brought up in one transaction by `refresh_missing`.
const BATCH: i64 = 200;

/// As `sensing` reads it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Setup {
    exists_from: Option<Timestamp>,
    watches: Vec<Watch>,
    closures: Vec<Interval>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Watch {
    device: DeviceId,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// Whether anything is known now that was not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The bay is to be derived again from its readings.
    Changed,
    Same,
}

/// Brings one bay up.
///
/// # Errors
/// When the database fails.
pub async fn refresh_setup(tx: &mut Tx, bay_id: Uuid) -> anyhow::Result<Refreshed> {
    // Readings of the bay wait until what they are judged by stands.
    tx.lock_bays(&[bay_id]).await?;
    let versions = tx.bay_versions(bay_id).await?;
    let installations = tx.installations_in_bay(bay_id).await?;
    let closures = tx.closures(bay_id).await?;
    let planned = closures.iter().filter_map(|c| interval(c.from_at, c.to_at));
    let setup = Setup {
        exists_from: versions.first().map(|v| Timestamp::from_ms(v.valid_from_at)),
        watches: installations.iter().map(watch).collect(),
        closures: planned.chain(gaps(&versions)).collect(),
    };
    let setup = serde_json::to_string(&setup)?;
    if tx.setup(bay_id).await?.as_deref() == Some(setup.as_str()) {
        return Ok(Refreshed::Same);
    }
    tx.write_setup(bay_id, &setup).await?;
    Ok(Refreshed::Changed)
}

/// Brings up the bays that were never brought up: after a migration. Safe to repeat.
///
/// # Errors
/// When the database fails.
pub async fn refresh_missing(store: &Store) -> anyhow::Result<usize> {
    let mut refreshed = 0;
    loop {
        let mut tx = store.begin(Lane::Command).await?;
        let bays = tx.bays_without_setup(BATCH).await?;
        if bays.is_empty() {
            return Ok(refreshed);
        }
        for bay_id in &bays {
            refresh_setup(&mut tx, *bay_id).await?;
        }
        tx.commit().await?;
        refreshed += bays.len();
    }
}

/// One that is not in service yet watches for no time at all: a bay without any watch would believe
/// every device, and bill the test.
fn watch(installation: &InstallationRow) -> Watch {
    let since = installation.in_service_at.unwrap_or(installation.installed_at);
    let until = match installation.in_service_at {
        Some(_) => installation.removed_at,
        None => Some(since),
    };
    Watch {
        device: DeviceId(installation.device_id),
        from: Timestamp::from_ms(since),
        to: until.map(Timestamp::from_ms),
    }
}

/// When no version of the bay holds, after its first: between two of them, and after the last.
fn gaps(versions: &[BayVersionFacts]) -> impl Iterator<Item = Interval> {
    versions.iter().enumerate().filter_map(|(place, version)| {
        let ended_at = version.valid_to_at?;
        let next_at = versions.get(place + 1).map_or(i64::MAX, |next| next.valid_from_at);
        (ended_at < next_at).then(|| interval(ended_at, next_at)).flatten()
    })
}

fn interval(from_at: i64, to_at: i64) -> Option<Interval> {
    Interval::new(Timestamp::from_ms(from_at), Timestamp::from_ms(to_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(valid_from_at: i64, valid_to_at: Option<i64>) -> BayVersionFacts {
        let id = Uuid::from_u128(1);
        BayVersionFacts {
            bay_id: id,
            valid_from_at,
            valid_to_at,
            zone_id: id,
            block_id: id,
            lon: 0.0,
            lat: 0.0,
            heading_deg: 0.0,
            length_m: 6.0,
            vehicle_classes: None,
            permitted_hours: None,
        }
    }

    #[test]
    fn a_bay_is_closed_where_no_version_of_it_holds() {
        let last = Timestamp::from_ms(i64::MAX).ms();
        for (versions, expected) in [
            (vec![], vec![]),
            (vec![(10, None)], vec![]),
            (vec![(10, Some(20)), (20, None)], vec![]),
            (vec![(10, Some(20)), (30, None)], vec![(20, 30)]),
            (vec![(10, Some(20))], vec![(20, last)]),
            (vec![(10, Some(20)), (15, Some(40))], vec![(40, last)]),
        ] {
            let versions: Vec<_> =
                versions.into_iter().map(|(from, to)| version(from, to)).collect();
            let found: Vec<_> =
                gaps(&versions).map(|i| (i.start_at().ms(), i.end_at().ms())).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_device_watches_from_its_passed_test_to_its_removal_and_not_at_all_before() {
        let installation = |in_service_at, removed_at| InstallationRow {
            installation_id: Uuid::from_u128(1),
            device_id: Uuid::from_u128(2),
            bay_id: Uuid::from_u128(3),
            installed_at: 10,
            in_service_at,
            removed_at,
            installed_by: None,
            lon: None,
            lat: None,
            firmware: None,
            note: None,
            drive_on_at: None,
            drive_off_at: None,
            removal_note: None,
        };
        for (in_service_at, removed_at, expected) in [
            (None, None, (10, Some(10))),
            (None, Some(30), (10, Some(10))),
            (Some(20), None, (20, None)),
            (Some(20), Some(30), (20, Some(30))),
        ] {
            let found = watch(&installation(in_service_at, removed_at));
            assert_eq!((found.from.ms(), found.to.map(Timestamp::ms)), expected);
        }
    }
}
