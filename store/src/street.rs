//! A street at once: many blocks, bays, versions, setups and devices, one statement for all of them.
//!
//! The same rows as `place` and `device` write one by one. **Invariant:** what is there
//! already stays as it is; who calls is told what was really added.

use std::collections::HashMap;

use uuid::Uuid;

use crate::bulk::{bulk, bulk_fetch};
use crate::device::NewDevice;
use crate::installation::InstallationRow;
use crate::place::{BayVersionFacts, ClosureRow};
use crate::tx::{Conn, both};
use crate::zone::BlockRow;
use crate::{Result, Tx};

/// A bay to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBay {
    pub bay_id: Uuid,
    pub operator_id: Uuid,
    pub code: String,
}

/// A device that comes with its bay, if it has one, since when it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedDevice {
    pub device: NewDevice,
    pub occupied_below_mm: Option<i64>,
    pub bay_id: Option<Uuid>,
    pub at: i64,
}

/// What is known of a bay beside its readings, by the bay.
pub type ByBay<T> = HashMap<Uuid, Vec<T>>;

impl Tx {
    /// The blocks of these codes, those added that are new; ids by code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_blocks(&mut self, blocks: &[BlockRow]) -> Result<HashMap<String, Uuid>> {
        bulk!(
            self,
            blocks,
            "block_id, code, street, side",
            |b| [
                "uuid": b.block_id,
                "text": b.code.as_str(),
                "text": b.street.as_str(),
                "text": b.side.as_str(),
            ],
            "insert into block (block_id, code, street, side) select * from v where true on conflict (code) do nothing"
        );
        let found: Vec<(String, Uuid)> = bulk_fetch!(
            self,
            blocks,
            "code",
            |b| ["text": b.code.as_str()],
            "select b.code, b.block_id from v cross join block b where b.code = v.code"
        );
        Ok(found.into_iter().collect())
    }

    /// The bays of these codes, each code once, those added that are new; ids by code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_bays(&mut self, bays: &[NewBay]) -> Result<HashMap<String, Uuid>> {
        let codes: Vec<&str> = bays.iter().map(|b| b.code.as_str()).collect();
        let mut known = self.bay_ids_of_codes(&codes).await?;
        let fresh: Vec<&NewBay> = bays.iter().filter(|b| !known.contains_key(&b.code)).collect();
        if fresh.is_empty() {
            return Ok(known);
        }
        self.insert_bays(&fresh).await?;
        let codes: Vec<&str> = fresh.iter().map(|b| b.code.as_str()).collect();
        known.extend(self.bay_ids_of_codes(&codes).await?);
        Ok(known)
    }

    async fn bay_ids_of_codes(&mut self, codes: &[&str]) -> Result<HashMap<String, Uuid>> {
        let found: Vec<(String, Uuid)> = bulk_fetch!(
            self,
            codes,
            "code",
            |code| ["text": *code],
            "select b.code, b.bay_id from v cross join bay b where b.code = v.code"
        );
        Ok(found.into_iter().collect())
    }

    async fn insert_bays(&mut self, fresh: &[&NewBay]) -> Result<()> {
        let last: i64 =
            both!(self, |c| sqlx::query_scalar("select coalesce(max(bay_no), 0) from bay")
                .fetch_one(c)
                .await?);
        let numbered: Vec<(i64, &NewBay)> = (last + 1..).zip(fresh.iter().copied()).collect();
        bulk!(
            self,
            numbered.as_slice(),
            "bay_no, bay_id, operator_id, code",
            |b| [
                "bigint": b.0,
                "uuid": b.1.bay_id,
                "uuid": b.1.operator_id,
                "text": b.1.code.as_str(),
            ],
            "insert into bay (bay_no, bay_id, operator_id, code) select * from v where true \
             on conflict (code) do nothing"
        );
        bulk!(
            self,
            fresh,
            "bay_id",
            |b| ["uuid": b.bay_id],
            "insert into bay_live (bay_no, version, setup_version, state, reason, conditions) \
             select b.bay_no, 0, 0, 'unknown', 'never_heard', '' from v cross join bay b where b.bay_id = v.bay_id"
        );
        Ok(())
    }

    /// Dates the places and belongings of bays; gives the bays that had no version of that date yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_bay_versions(&mut self, versions: &[BayVersionFacts]) -> Result<Vec<Uuid>> {
        self.note_register_change().await?;
        let dated: Vec<(Uuid,)> = bulk_fetch!(
            self,
            versions,
            "bay_id, valid_from_at, valid_to_at, zone_id, block_id, lon, lat, heading_deg, length_m, \
             vehicle_classes, permitted_hours, max_height_mm, max_length_mm, charging, accessible",
            |v| [
                "uuid": v.bay_id,
                "bigint": v.valid_from_at,
                "bigint": v.valid_to_at,
                "uuid": v.zone_id,
                "uuid": v.block_id,
                "double precision": v.lon,
                "double precision": v.lat,
                "double precision": v.heading_deg,
                "double precision": v.length_m,
                "text": v.vehicle_classes.as_deref(),
                "text": v.permitted_hours.as_deref(),
                "bigint": v.features.max_height_mm,
                "bigint": v.features.max_length_mm,
                "boolean": v.features.charging,
                "boolean": v.features.accessible,
            ],
            "insert into bay_version (bay_id, valid_from_at, valid_to_at, zone_id, block_id, lon, lat, heading_deg, \
             length_m, vehicle_classes, permitted_hours, max_height_mm, max_length_mm, charging, accessible) \
             select * from v where true \
             on conflict (bay_id, valid_from_at) do nothing returning bay_id"
        );
        Ok(dated.into_iter().map(|(bay_id,)| bay_id).collect())
    }

    /// Registers devices, each with its bay; gives those that were not known by network and key.
    ///
    /// # Errors
    /// `Database`.
    pub async fn register_devices(&mut self, devices: &[PlacedDevice]) -> Result<Vec<Uuid>> {
        self.note_register_change().await?;
        let added: Vec<(Uuid,)> = bulk_fetch!(
            self,
            devices,
            "device_id, network, device_key, device_type, firmware, occupied_below_mm, bay_id, installed_at",
            |d| [
                "uuid": d.device.device_id,
                "text": d.device.network.as_str(),
                "text": d.device.device_key.as_str(),
                "text": d.device.device_type.as_str(),
                "text": d.device.firmware.as_deref(),
                "bigint": d.occupied_below_mm,
                "uuid": d.bay_id,
                "bigint": d.at,
            ],
            "insert into device (device_id, network, device_key, device_type, firmware, occupied_below_mm, bay_id, \
             installed_at) select * from v where true on conflict (network, device_key) do nothing returning device_id"
        );
        Ok(added.into_iter().map(|(device_id,)| device_id).collect())
    }

    /// Adds installations of devices that are in no bay; each device once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_installations(&mut self, rows: &[InstallationRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "installation_id, device_id, bay_id, installed_at, in_service_at, firmware",
            |i| [
                "uuid": i.installation_id,
                "uuid": i.device_id,
                "uuid": i.bay_id,
                "bigint": i.installed_at,
                "bigint": i.in_service_at,
                "text": i.firmware.as_deref(),
            ],
            "insert into installation (installation_id, device_id, bay_id, installed_at, in_service_at, firmware) \
             select * from v where true"
        );
        Ok(())
    }

    /// The versions of each of these bays, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn versions_of_bays(&mut self, bays: &[Uuid]) -> Result<ByBay<BayVersionFacts>> {
        let rows: Vec<BayVersionFacts> = bulk_fetch!(
            self,
            bays,
            "bay_id",
            |id| ["uuid": *id],
            "select b.bay_id, b.valid_from_at, b.valid_to_at, b.zone_id, b.block_id, b.lon, b.lat, b.heading_deg, \
             b.length_m, b.vehicle_classes, b.permitted_hours, b.max_height_mm, b.max_length_mm, b.charging, \
             b.accessible from v cross join bay_version b \
             where b.bay_id = v.bay_id order by b.bay_id, b.valid_from_at"
        );
        Ok(by_bay(rows, |row| row.bay_id))
    }

    /// The installations in each of these bays, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn installations_in_bays(&mut self, bays: &[Uuid]) -> Result<ByBay<InstallationRow>> {
        let rows: Vec<InstallationRow> = bulk_fetch!(
            self,
            bays,
            "bay_id",
            |id| ["uuid": *id],
            "select i.installation_id, i.device_id, i.bay_id, i.installed_at, i.in_service_at, i.removed_at, \
             i.installed_by, i.lon, i.lat, i.firmware, i.note, i.drive_on_at, i.drive_off_at, i.removal_note \
             from v cross join installation i where i.bay_id = v.bay_id \
             order by i.bay_id, i.installed_at, i.installation_id"
        );
        Ok(by_bay(rows, |row| row.bay_id))
    }

    /// The closures of each of these bays, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn closures_of_bays(&mut self, bays: &[Uuid]) -> Result<ByBay<ClosureRow>> {
        let rows: Vec<ClosureRow> = bulk_fetch!(
            self,
            bays,
            "bay_id",
            |id| ["uuid": *id],
            "select c.bay_id, c.from_at, c.to_at, c.reason from v cross join bay_closure c \
             where c.bay_id = v.bay_id order by c.bay_id, c.from_at"
        );
        Ok(by_bay(rows, |row| row.bay_id))
    }

    /// Of locked bays: those that were ever heard of, with the version of their setup.
    ///
    /// # Errors
    /// `Database`.
    pub async fn heard_bays(&mut self, bay_nos: &[i64]) -> Result<HashMap<i64, i64>> {
        let rows: Vec<(i64, i64)> = bulk_fetch!(
            self,
            bay_nos,
            "bay_no",
            |no| ["bigint": *no],
            "select l.bay_no, l.setup_version from v cross join bay_live l \
             where l.bay_no = v.bay_no and l.last_seq is not null"
        );
        Ok(rows.into_iter().collect())
    }

    /// Stores what is known of bays beside their readings (bay, its number, `sensing::Setup` as JSON),
    /// and that they are to be looked at again at once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_setups(&mut self, setups: &[(Uuid, i64, String)]) -> Result<()> {
        if setups.is_empty() {
            return Ok(());
        }
        self.note_register_change().await?;
        // SQLite joins an update with many rows slowly; what is there already is written over instead.
        let (setup, live) = match self.conn() {
            Conn::Sqlite(_) => (
                "insert into bay (bay_id, operator_id, code, bay_no, setup_json) \
                 select b.bay_id, b.operator_id, b.code, b.bay_no, v.setup_json from v cross join bay b \
                 where b.bay_id = v.bay_id on conflict (bay_id) do update set setup_json = excluded.setup_json",
                "insert into bay_live (bay_no, version, setup_version, state, reason, conditions) \
                 select bay_no, 0, 0, '', '', '' from v where true on conflict (bay_no) do update set \
                 setup_version = bay_live.setup_version + 1, stamp = bay_live.stamp + 1, again_at = 0",
            ),
            Conn::Postgres(_) => (
                "update bay set setup_json = v.setup_json from v where bay.bay_id = v.bay_id",
                "update bay_live set setup_version = setup_version + 1, stamp = stamp + 1, again_at = 0 \
                 from v where bay_live.bay_no = v.bay_no",
            ),
        };
        bulk!(self, setups, "bay_id, setup_json", |s| ["uuid": s.0, "text": s.2.as_str()], setup);
        bulk!(self, setups, "bay_no", |s| ["bigint": s.1], live);
        Ok(())
    }
}

fn by_bay<T>(rows: Vec<T>, bay_of: fn(&T) -> Uuid) -> ByBay<T> {
    let mut by_bay = ByBay::new();
    for row in rows {
        by_bay.entry(bay_of(&row)).or_default().push(row);
    }
    by_bay
}
