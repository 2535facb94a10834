//! What is known of a bay beside its readings (since when it exists, which devices watch it, when it
//! is closed) is brought up to its versions, installations and closures.
//!
//! Called in the transaction of every change of these, and queues the job that derives the bay again.
//! A bay that has ended is closed from then on.

use sensing::{Setup, Watch};
use store::{BayVersionFacts, InstallationRow, Lane, Store, Tx};
use uuid::Uuid;
use vocabulary::{DeviceId, Interval, Timestamp};

use crate::job::Kind;

/// Bays brought up in one transaction by `refresh_missing`.
const BATCH: i64 = 200;
/// A job that is due since 1970.
const AT_ONCE: i64 = 0;

/// Brings one bay up, and has it derived again if that says anything new of it.
///
/// # Errors
/// When the database fails.
pub async fn refresh_setup(tx: &mut Tx, bay_id: Uuid) -> anyhow::Result<()> {
    let Some(heard) = bring_up(tx, bay_id).await? else { return Ok(()) };
    if heard == Heard::Something
        && let Some((_, version)) = tx.registered_bay(bay_id).await?
    {
        let key = format!("{bay_id}:{version}");
        tx.enqueue(Kind::DeriveBay.name(), &key, bay_id, AT_ONCE).await?;
    }
    Ok(())
}

/// Whether a bay has readings that are judged by what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Something,
    Nothing,
}

/// `None` if nothing is new.
async fn bring_up(tx: &mut Tx, bay_id: Uuid) -> anyhow::Result<Option<Heard>> {
    // Readings of the bay wait until what they are judged by stands.
    let Some(bay) = tx.lock_bays(&[bay_id]).await?.pop() else { return Ok(None) };
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
    if bay.setup_json.as_deref() == Some(setup.as_str()) {
        return Ok(None);
    }
    tx.write_setup(bay_id, &setup).await?;
    let live = tx.live(bay.bay_no).await?;
    let heard = live.is_some_and(|live| live.last_seq.is_some());
    Ok(Some(if heard { Heard::Something } else { Heard::Nothing }))
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
        for bay_id in &bays {
            bring_up(&mut tx, *bay_id).await?;
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
