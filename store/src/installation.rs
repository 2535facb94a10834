//! Installations: which device sat in which bay from when to when, and the photo taken. What makes a
//! test complete is decided elsewhere.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A device in a bay. Instants are city time, degrees WGS-84.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct InstallationRow {
    pub installation_id: Uuid,
    pub device_id: Uuid,
    pub bay_id: Uuid,
    pub installed_at: i64,
    /// Since when its readings count; empty until the test is passed.
    pub in_service_at: Option<i64>,
    pub removed_at: Option<i64>,
    pub installed_by: Option<Uuid>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub firmware: Option<String>,
    pub note: Option<String>,
    pub drive_on_at: Option<i64>,
    pub drive_off_at: Option<i64>,
    pub removal_note: Option<String>,
}

/// A picture of an installation, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PhotoRow {
    pub media_type: String,
    pub content_hash: Vec<u8>,
    pub stored_at: i64,
}

macro_rules! installation_columns {
    () => {
        "select installation_id, device_id, bay_id, installed_at, in_service_at, removed_at, installed_by, \
         lon, lat, firmware, note, drive_on_at, drive_off_at, removal_note from installation "
    };
}

impl Tx {
    /// Adds an installation; false if the device is in a bay already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_installation(&mut self, row: &InstallationRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into installation (installation_id, device_id, bay_id, installed_at, in_service_at, installed_by, \
             lon, lat, firmware, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (device_id) where removed_at is null do nothing"
        )
        .bind(row.installation_id)
        .bind(row.device_id)
        .bind(row.bay_id)
        .bind(row.installed_at)
        .bind(row.in_service_at)
        .bind(row.installed_by)
        .bind(row.lon)
        .bind(row.lat)
        .bind(&row.firmware)
        .bind(&row.note)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// An installation by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn installation(&mut self, id: Uuid) -> Result<Option<InstallationRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            installation_columns!(),
            "where installation_id = $1"
        ))
        .bind(id)
        .fetch_optional(c)
        .await?))
    }

    /// The installations of a device, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn installations_of_device(&mut self, device: Uuid) -> Result<Vec<InstallationRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            installation_columns!(),
            "where device_id = $1 order by installed_at desc, installation_id desc"
        ))
        .bind(device)
        .fetch_all(c)
        .await?))
    }

    /// Where devices were that moved or are in no bay now (device, bay, since when), oldest first. One
    /// that was only ever where it is now is not among them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_moves(&mut self) -> Result<Vec<(Uuid, Uuid, i64)>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select i.device_id, i.bay_id, i.installed_at from installation i \
             join device d on d.device_id = i.device_id where d.bay_id is null or exists \
             (select 1 from installation o where o.device_id = i.device_id and o.installation_id <> i.installation_id) \
             order by i.installed_at, i.installation_id"
        )
        .fetch_all(c)
        .await?)
        })
    }

    /// The devices in a bay whose test is not passed yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn devices_testing(&mut self) -> Result<Vec<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select device_id from installation where in_service_at is null and removed_at is null"
        )
        .fetch_all(c)
        .await?))
    }

    /// Puts an installation into service; false if it is in service or removed already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_in_service(
        &mut self,
        id: Uuid,
        at: i64,
        test: Option<(i64, i64)>,
    ) -> Result<bool> {
        both!(self, |c| Ok(sqlx::query(
            "update installation set in_service_at = $2, drive_on_at = $3, drive_off_at = $4 \
             where installation_id = $1 and in_service_at is null and removed_at is null"
        )
        .bind(id)
        .bind(at)
        .bind(test.map(|t| t.0))
        .bind(test.map(|t| t.1))
        .execute(c)
        .await?
        .rows_affected()
            == 1))
    }

    /// Ends an installation; false if it has ended already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_installation(
        &mut self,
        id: Uuid,
        at: i64,
        note: Option<&str>,
    ) -> Result<bool> {
        both!(self, |c| Ok(sqlx::query(
            "update installation set removed_at = $2, removal_note = $3 \
             where installation_id = $1 and removed_at is null"
        )
        .bind(id)
        .bind(at)
        .bind(note)
        .execute(c)
        .await?
        .rows_affected()
            == 1))
    }

    /// Keeps the photo of an installation, in the place of an earlier one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_photo(&mut self, id: Uuid, photo: &PhotoRow, content: &[u8]) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into installation_photo (installation_id, media_type, content_hash, content, stored_at) \
                 values ($1, $2, $3, $4, $5) on conflict (installation_id) do update \
                 set media_type = excluded.media_type, content_hash = excluded.content_hash, \
                 content = excluded.content, stored_at = excluded.stored_at",
            )
            .bind(id)
            .bind(&photo.media_type)
            .bind(&photo.content_hash)
            .bind(content)
            .bind(photo.stored_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// What is known of the photo of an installation, without its bytes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn photo(&mut self, id: Uuid) -> Result<Option<PhotoRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select media_type, content_hash, stored_at from installation_photo where installation_id = $1"
        )
        .bind(id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// The photo of an installation: media type and bytes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn photo_content(&mut self, id: Uuid) -> Result<Option<(String, Vec<u8>)>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select media_type, content from installation_photo where installation_id = $1"
        )
        .bind(id)
        .fetch_optional(c)
        .await?))
    }
}
