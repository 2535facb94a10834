//! What is known of a bay beside its readings (since when it exists, which devices watch it, when it
//! is closed) is brought up to its versions, installations and closures.
//!
//! Called in the transaction of every change of these, and queues the job that derives the bay again.
//! A bay that has ended is closed from then on.

use sensing::{Setup, Watch};
use store::{BayVersionFacts, ClosureRow, InstallationRow, Lane, Store, Tx};
use uuid::Uuid;
use vocabulary::{DeviceId, Interval, Timestamp};

use crate::job::Kind;

/// Bays brought up in one transaction by `refresh_missing`.
const BATCH: i64 = 200;
/// Bays brought up with the same statements.
const AT_A_TIME: usize = 2_000;
/// A job that is due since 1970.
const AT_ONCE: i64 = 0;

/// Brings one bay up, and has it derived again if that says anything new of it.
///
/// # Errors
/// When the database fails.
pub async fn refresh_setup(tx: &mut Tx, bay_id: Uuid) -> anyhow::Result<()> {
    refresh_setups(tx, &[bay_id]).await
}

/// Brings bays up, and has those derived again of which that says anything new.
///
/// # Errors
/// When the database fails.
pub async fn refresh_setups(tx: &mut Tx, bays: &[Uuid]) -> anyhow::Result<()> {
    for bays in bays.chunks(AT_A_TIME) {
        for (bay_id, version) in bring_up(tx, bays).await? {
            let key = format!("{bay_id}:{version}");
            tx.enqueue(Kind::DeriveBay.name(), &key, bay_id, AT_ONCE).await?;
        }
    }
    Ok(())
}

/// Gives the bays of which something is new and that have readings, which are judged by it; with the
/// version of their setup.
async fn bring_up(tx: &mut Tx, bays: &[Uuid]) -> anyhow::Result<Vec<(Uuid, i64)>> {
    // Readings of the bays wait until what they are judged by stands.
    let locked = tx.lock_bays(bays).await?;
    let mut versions = tx.versions_of_bays(bays).await?;
    let mut installations = tx.installations_in_bays(bays).await?;
    let mut closures = tx.closures_of_bays(bays).await?;
    let mut fresh = Vec::new();
    for bay in locked {
        let versions = versions.remove(&bay.bay_id).unwrap_or_default();
        let installations = installations.remove(&bay.bay_id).unwrap_or_default();
        let closures = closures.remove(&bay.bay_id).unwrap_or_default();
        let setup = serde_json::to_string(&setup_of(&versions, &installations, &closures))?;
        if bay.setup_json.as_deref() != Some(setup.as_str()) {
            fresh.push((bay.bay_id, bay.bay_no, setup));
        }
    }
    tx.write_setups(&fresh).await?;
    let numbers: Vec<i64> = fresh.iter().map(|(_, bay_no, _)| *bay_no).collect();
    let heard = tx.heard_bays(&numbers).await?;
    Ok(fresh.iter().filter_map(|(id, no, _)| Some((*id, *heard.get(no)?))).collect())
}

fn setup_of(
    versions: &[BayVersionFacts],
    installations: &[InstallationRow],
    closures: &[ClosureRow],
) -> Setup {
    let planned = closures.iter().filter_map(|c| interval(c.from_at, c.to_at));
    Setup {
        exists_from: versions.first().map(|v| Timestamp::from_ms(v.valid_from_at)),
        watches: installations.iter().map(watch).collect(),
        closures: planned.chain(gaps(versions)).collect(),
    }
}

/// Brings up the bays that were never brought up: after a migration. What this says of them was so
/// before, so no bay is derived again. Safe to repeat.
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
        bring_up(&mut tx, &bays).await?;
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
    use store::BayFeatures;

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
            features: BayFeatures::default(),
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
