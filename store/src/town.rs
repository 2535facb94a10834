//! The town: operator, payees, tariffs, zones and their devices, each dated. Its blocks and bays are put by `street`.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A payee: who the money of a zone belongs to, under which regime.
#[derive(Clone, Debug, FromRow)]
pub struct PayeeRow {
    pub payee_id: Uuid,
    pub operator_id: Uuid,
    pub name: String,
    pub regime: String,
    pub seller_json: String,
    pub valid_from_at: i64,
}

/// One stored revision of a tariff file; the file itself holds the dated versions.
#[derive(Clone, Debug, FromRow)]
pub struct TariffRow {
    pub tariff_id: String,
    pub revision: i64,
    pub yaml: String,
}

/// Which tariff and payee a zone has from `valid_from_at` on.
#[derive(Clone, Debug, FromRow)]
pub struct ZoneVersionRow {
    pub zone_id: Uuid,
    pub valid_from_at: i64,
    pub tariff_id: String,
    pub payee_id: Uuid,
}

/// The tariff of a zone from when to when.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ZoneTariffRow {
    pub zone_id: Uuid,
    pub valid_from_at: i64,
    pub valid_to_at: Option<i64>,
    pub tariff_id: String,
}

/// A sensor and the bay it sits in now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeviceRow {
    pub device_id: Uuid,
    pub network: String,
    pub device_key: String,
    pub device_type: String,
    pub firmware: Option<String>,
    pub bay_id: Uuid,
    pub installed_at: i64,
}

/// What a bay stands under at one instant: operator, tariff, payee, regime.
#[derive(Clone, Debug, FromRow)]
pub struct TermsRow {
    pub bay_id: Uuid,
    pub operator_id: Uuid,
    pub tariff_id: String,
    pub payee_id: Uuid,
    pub regime: String,
    pub street: String,
    pub zone_id: Uuid,
}

impl Tx {
    /// The operator of that name, added under `fresh` if new; returns its id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_operator(&mut self, fresh: Uuid, name: &str) -> Result<Uuid> {
        both!(self, |c| {
            sqlx::query("insert into operator (operator_id, name) values ($1, $2) on conflict (name) do nothing")
                .bind(fresh)
                .bind(name)
                .execute(&mut *c)
                .await?;
            Ok(sqlx::query_scalar("select operator_id from operator where name = $1")
                .bind(name)
                .fetch_one(c)
                .await?)
        })
    }

    /// Adds a payee unless the same name is already valid from the same instant; returns its id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_payee(&mut self, payee: &PayeeRow) -> Result<Uuid> {
        both!(self, |c| {
            sqlx::query(
                "insert into payee (payee_id, operator_id, name, regime, seller_json, valid_from_at) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (operator_id, name, valid_from_at) do nothing",
            )
            .bind(payee.payee_id)
            .bind(payee.operator_id)
            .bind(&payee.name)
            .bind(&payee.regime)
            .bind(&payee.seller_json)
            .bind(payee.valid_from_at)
            .execute(&mut *c)
            .await?;
            Ok(sqlx::query_scalar(
                "select payee_id from payee where operator_id = $1 and name = $2 and valid_from_at = $3",
            )
            .bind(payee.operator_id)
            .bind(&payee.name)
            .bind(payee.valid_from_at)
            .fetch_one(c)
            .await?)
        })
    }

    /// A payee by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payee(&mut self, payee_id: Uuid) -> Result<Option<PayeeRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select payee_id, operator_id, name, regime, seller_json, valid_from_at from payee where payee_id = $1"
        )
        .bind(payee_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Stores a tariff file; an unchanged text makes no new revision. Returns the revision.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_tariff(
        &mut self,
        tariff_id: &str,
        operator_id: Uuid,
        yaml: &str,
        at: i64,
    ) -> Result<i64> {
        if let Some(last) = self.tariff(tariff_id).await?.filter(|last| last.yaml == yaml) {
            return Ok(last.revision);
        }
        self.note_register_change().await?;
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "insert into tariff (tariff_id, revision, operator_id, yaml, imported_at) \
             select $1, coalesce(max(revision), 0) + 1, $2, $3, $4 from tariff where tariff_id = $1 returning revision"
        )
        .bind(tariff_id)
        .bind(operator_id)
        .bind(yaml)
        .bind(at)
        .fetch_one(c)
        .await?)
        })
    }

    /// The newest revision of a tariff.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tariff(&mut self, tariff_id: &str) -> Result<Option<TariffRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select tariff_id, revision, yaml from tariff where tariff_id = $1 order by revision desc limit 1"
        )
        .bind(tariff_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// What each zone asks from when to when, as far as that is not over at an instant; the older version of a zone first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn zone_tariffs_after(&mut self, at: i64) -> Result<Vec<ZoneTariffRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select zone_id, valid_from_at, valid_to_at, tariff_id from zone_version \
             where valid_to_at is null or valid_to_at > $1 order by zone_id, valid_from_at"
        )
        .bind(at)
        .fetch_all(c)
        .await?))
    }

    /// One revision of a tariff, as a bill names it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tariff_revision(
        &mut self,
        tariff_id: &str,
        revision: i64,
    ) -> Result<Option<TariffRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select tariff_id, revision, yaml from tariff where tariff_id = $1 and revision = $2"
        )
        .bind(tariff_id)
        .bind(revision)
        .fetch_optional(c)
        .await?))
    }

    /// The zone of that code, added under `fresh` if new; returns its id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_zone(
        &mut self,
        fresh: Uuid,
        operator_id: Uuid,
        code: &str,
        name: &str,
    ) -> Result<Uuid> {
        both!(self, |c| {
            sqlx::query(
                "insert into zone (zone_id, operator_id, code, name) values ($1, $2, $3, $4) \
                 on conflict (operator_id, code) do nothing",
            )
            .bind(fresh)
            .bind(operator_id)
            .bind(code)
            .bind(name)
            .execute(&mut *c)
            .await?;
            Ok(sqlx::query_scalar("select zone_id from zone where operator_id = $1 and code = $2")
                .bind(operator_id)
                .bind(code)
                .fetch_one(c)
                .await?)
        })
    }

    /// Dates a zone's tariff and payee, unless that date is there already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_zone_version(&mut self, version: &ZoneVersionRow) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query(
                "insert into zone_version (zone_id, valid_from_at, tariff_id, payee_id) values ($1, $2, $3, $4) \
                 on conflict (zone_id, valid_from_at) do nothing",
            )
            .bind(version.zone_id)
            .bind(version.valid_from_at)
            .bind(&version.tariff_id)
            .bind(version.payee_id)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Registers a device, or moves a known one to the bay and type given.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_device(&mut self, d: &DeviceRow) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query(
                "insert into device (device_id, network, device_key, device_type, firmware, bay_id, installed_at) \
                 values ($1, $2, $3, $4, $5, $6, $7) on conflict (network, device_key) do update \
                 set device_type = excluded.device_type, firmware = excluded.firmware, bay_id = excluded.bay_id",
            )
            .bind(d.device_id)
            .bind(&d.network)
            .bind(&d.device_key)
            .bind(&d.device_type)
            .bind(&d.firmware)
            .bind(d.bay_id)
            .bind(d.installed_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Every device that is in a bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn devices(&mut self) -> Result<Vec<DeviceRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select device_id, network, device_key, device_type, firmware, bay_id, installed_at \
             from device where removed_at is null and bay_id is not null"
        )
        .fetch_all(c)
        .await?))
    }

    /// What the bay stood under at `at` (city time).
    ///
    /// # Errors
    /// `Database`.
    pub async fn terms(&mut self, bay_id: Uuid, at: i64) -> Result<Option<TermsRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select b.bay_id, b.operator_id, z.tariff_id, z.payee_id, p.regime, k.street, v.zone_id \
             from bay b \
             join bay_version v on v.bay_id = b.bay_id and v.valid_from_at <= $2 \
                 and (v.valid_to_at is null or v.valid_to_at > $2) \
             join block k on k.block_id = v.block_id \
             join zone_version z on z.zone_id = v.zone_id and z.valid_from_at <= $2 \
                 and (z.valid_to_at is null or z.valid_to_at > $2) \
             join payee p on p.payee_id = z.payee_id \
             where b.bay_id = $1 order by v.valid_from_at desc, z.valid_from_at desc limit 1"
        )
        .bind(bay_id)
        .bind(at)
        .fetch_optional(c)
        .await?)
        })
    }
}
