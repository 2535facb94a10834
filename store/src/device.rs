//! The register of devices beyond what ingest needs: devices in stock, their keys, and lists of them.

use futures_util::TryStreamExt;
use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A device and where it is now. In stock it has no bay.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeviceFacts {
    pub device_id: Uuid,
    pub network: String,
    pub device_key: String,
    pub device_type: String,
    pub firmware: Option<String>,
    pub bay_id: Option<Uuid>,
    /// Since when it is where it is: in its bay, or in stock.
    pub installed_at: i64,
    pub bay_code: Option<String>,
    pub operator_id: Option<Uuid>,
    /// A distance below this one is a vehicle to it.
    pub occupied_below_mm: Option<i64>,
}

/// A device to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    pub device_id: Uuid,
    pub network: String,
    pub device_key: String,
    pub device_type: String,
    pub firmware: Option<String>,
}

/// A device as messages name it, and the bay it is in.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SpeakingDevice {
    pub device_id: Uuid,
    pub network: String,
    pub device_key: String,
    pub device_type: String,
    pub firmware: Option<String>,
    pub occupied_below_mm: Option<i64>,
    pub bay_id: Option<Uuid>,
}

/// Which devices to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Only devices after this one.
    pub after: Option<Uuid>,
    /// Only devices in bays of this operator, or in stock.
    pub operator: Option<Uuid>,
    /// Only devices in bays that belong to a zone of this code at `at`.
    pub zone: Option<String>,
    pub at: i64,
}

macro_rules! facts {
    ($rest:literal) => {
        concat!(
            "select d.device_id, d.network, d.device_key, d.device_type, d.firmware, d.bay_id, d.installed_at, \
             b.code as bay_code, b.operator_id, d.occupied_below_mm from device d left join bay b on b.bay_id = d.bay_id ",
            $rest
        )
    };
}

impl Tx {
    /// Registers a device that lies in stock; false if network and key are known already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn register_device(&mut self, device: &NewDevice, at: i64) -> Result<bool> {
        self.note_register_change().await?;
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into device (device_id, network, device_key, device_type, firmware, installed_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (network, device_key) do nothing"
        )
        .bind(device.device_id)
        .bind(&device.network)
        .bind(&device.device_key)
        .bind(&device.device_type)
        .bind(&device.firmware)
        .bind(at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// A device by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device(&mut self, device_id: Uuid) -> Result<Option<DeviceFacts>> {
        both!(self, |c| Ok(sqlx::query_as(facts!("where d.device_id = $1"))
            .bind(device_id)
            .fetch_optional(c)
            .await?))
    }

    /// A device by network and key.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_by_key(&mut self, network: &str, key: &str) -> Result<Option<DeviceFacts>> {
        both!(self, |c| Ok(sqlx::query_as(facts!("where d.network = $1 and d.device_key = $2"))
            .bind(network)
            .bind(key)
            .fetch_optional(c)
            .await?))
    }

    /// Every device, in no order: for comparing an import with what is there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn all_devices(&mut self) -> Result<Vec<DeviceFacts>> {
        both!(self, |c| Ok(sqlx::query_as(facts!("")).fetch_all(c).await?))
    }

    /// Takes every device, one after the other, in no order: for the register kept in memory.
    ///
    /// # Errors
    /// `Database`.
    pub async fn each_device(&mut self, mut take: impl FnMut(SpeakingDevice)) -> Result<()> {
        both!(self, |c| {
            let mut devices = sqlx::query_as(
                "select device_id, network, device_key, device_type, firmware, occupied_below_mm, bay_id from device",
            )
            .fetch(c);
            while let Some(device) = devices.try_next().await? {
                take(device);
            }
            Ok(())
        })
    }

    /// Devices in the order of their ids, at most `limit`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn list_devices(
        &mut self,
        filter: &DeviceFilter,
        limit: i64,
    ) -> Result<Vec<DeviceFacts>> {
        both!(self, |c| {
            Ok(sqlx::query_as(facts!(
            "where d.device_id > $1 and ($2 is null or b.operator_id is null or b.operator_id = $2) \
             and ($3 is null or exists (select 1 from bay_version v join zone z on z.zone_id = v.zone_id \
             where v.bay_id = d.bay_id and z.code = $3 and v.valid_from_at <= $4 \
             and (v.valid_to_at is null or v.valid_to_at > $4))) order by d.device_id limit $5"
        ))
        .bind(filter.after.unwrap_or(Uuid::nil()))
        .bind(filter.operator)
        .bind(&filter.zone)
        .bind(filter.at)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Says where a device is now: in a bay, or in stock.
    ///
    /// # Errors
    /// `Database`.
    pub async fn place_device(
        &mut self,
        device_id: Uuid,
        bay_id: Option<Uuid>,
        at: i64,
    ) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query("update device set bay_id = $2, installed_at = $3 where device_id = $1")
                .bind(device_id)
                .bind(bay_id)
                .bind(at)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Changes type and firmware of a device.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_device(
        &mut self,
        device_id: Uuid,
        device_type: &str,
        firmware: Option<&str>,
    ) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query("update device set device_type = $2, firmware = $3 where device_id = $1")
                .bind(device_id)
                .bind(device_type)
                .bind(firmware)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Says below which distance there is a vehicle to a device that measures one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_occupied_below(
        &mut self,
        device_id: Uuid,
        occupied_below_mm: Option<i64>,
    ) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query("update device set occupied_below_mm = $2 where device_id = $1")
                .bind(device_id)
                .bind(occupied_below_mm)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Keeps the key that a device signs its messages with, in the place of an earlier one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_mac_key(&mut self, device_id: Uuid, key: Option<&[u8]>) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query("update device set mac_key = $2 where device_id = $1")
                .bind(device_id)
                .bind(key)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Whether a device signs its messages.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_mac_key(&mut self, device_id: Uuid) -> Result<bool> {
        both!(self, |c| Ok(sqlx::query_scalar::<_, i64>(
            "select count(*) from device where device_id = $1 and mac_key is not null"
        )
        .bind(device_id)
        .fetch_one(c)
        .await?
            > 0))
    }

    /// Devices that sign, each with its key.
    ///
    /// # Errors
    /// `Database`.
    pub async fn mac_keys(&mut self) -> Result<Vec<(Uuid, Vec<u8>)>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select device_id, mac_key from device where mac_key is not null"
        )
        .fetch_all(c)
        .await?))
    }
}
