//! How an installation and its test are shown.

use serde::Serialize;
use store::{InstallationRow, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};

use super::devices::DeviceName;
use super::health::Moment;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::actor::Actor;
use crate::flow::install_device::{acceptance, known_installation};

/// What was seen of the test since the device was installed.
#[derive(Debug, Serialize, ToSchema)]
struct TestView {
    #[schema(value_type = Option<String>, format = DateTime)]
    heard_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    drive_on_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    drive_off_at: Option<Timestamp>,
    /// `signal`, `drive_on` or `drive_off`; null if nothing is missing.
    missing: Option<&'static str>,
}

/// A device in a bay. `state` is `testing`, `in_service` or `removed`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InstallationView {
    installation_id: Uuid,
    #[schema(example = "testing")]
    state: &'static str,
    device: DeviceName,
    bay_code: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    installed_at: Timestamp,
    /// Since when its readings count.
    #[schema(value_type = Option<String>, format = DateTime)]
    in_service_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    removed_at: Option<Timestamp>,
    /// Member of staff; null for an import.
    installed_by: Option<Uuid>,
    lon: Option<f64>,
    lat: Option<f64>,
    /// From the bay's place on the map to where the installer stood.
    distance_m: Option<f64>,
    firmware: Option<String>,
    note: Option<String>,
    removal_note: Option<String>,
    /// SHA-256 of the photo, if there is one.
    photo_sha256: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneInstallation {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    installation: InstallationView,
    test: TestView,
}

impl InstallationView {
    pub(super) async fn of(
        tx: &mut Tx,
        row: &InstallationRow,
        now: Timestamp,
    ) -> Outcome<InstallationView> {
        let device = tx.device(row.device_id).await?;
        let bay = tx.bay_name(row.bay_id).await?;
        let photo = tx.photo(row.installation_id).await?;
        let stood = row.lon.zip(row.lat).and_then(|(lon, lat)| Point::new(lon, lat).ok());
        Ok(InstallationView {
            installation_id: row.installation_id,
            state: state(row),
            device: DeviceName::of(device.as_ref(), row.device_id),
            bay_code: bay.map(|bay| bay.code),
            installed_at: Timestamp::from_ms(row.installed_at),
            in_service_at: row.in_service_at.map(Timestamp::from_ms),
            removed_at: row.removed_at.map(Timestamp::from_ms),
            installed_by: row.installed_by,
            lon: row.lon,
            lat: row.lat,
            distance_m: match stood {
                Some(stood) => distance_m(tx, row.bay_id, stood, now).await?,
                None => None,
            },
            firmware: row.firmware.clone(),
            note: row.note.clone(),
            removal_note: row.removal_note.clone(),
            photo_sha256: photo.map(|photo| hex::encode(photo.content_hash)),
        })
    }
}

fn state(row: &InstallationRow) -> &'static str {
    match (row.removed_at, row.in_service_at) {
        (Some(_), _) => "removed",
        (None, Some(_)) => "in_service",
        (None, None) => "testing",
    }
}

/// An installation with what was seen of its test.
pub(super) async fn shown(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
) -> Outcome<OneInstallation> {
    let row = known_installation(tx, actor, id).await?;
    let seen = acceptance(tx, &row).await?;
    let moment = Moment::of(app);
    Ok(OneInstallation {
        installation: InstallationView::of(tx, &row, moment.now).await?,
        moment,
        test: TestView {
            heard_at: seen.heard_at,
            drive_on_at: seen.drive_on_at,
            drive_off_at: seen.drive_off_at,
            missing: seen.missing().map(sensing::Missing::name),
        },
    })
}

/// To the place that the bay has today, in decimetres: nobody stands more exactly.
async fn distance_m(
    tx: &mut Tx,
    bay_id: Uuid,
    stood: Point,
    now: Timestamp,
) -> Outcome<Option<f64>> {
    let versions = tx.bay_versions(bay_id).await?;
    let today = versions.iter().rev().find(|v| v.valid_from_at <= now.ms());
    let place = today.and_then(|v| Point::new(v.lon, v.lat).ok());
    Ok(place.map(|place| (place.distance_m(stood) * 10.0).round() / 10.0))
}
