//! Zones and blocks, operators and payees by name; what tariff and payee a zone has from when to when.
//!
//! **Invariant:** as with bays, a version is never edited; a new one ends the one before it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A zone.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ZoneRow {
    pub zone_id: Uuid,
    pub operator_id: Uuid,
    pub code: String,
    pub name: String,
}

/// A version of a zone: its tariff and payee.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ZoneVersionFacts {
    pub zone_id: Uuid,
    pub valid_from_at: i64,
    pub valid_to_at: Option<i64>,
    pub tariff_id: String,
    pub payee_id: Uuid,
    pub payee_name: String,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlockRow {
    pub block_id: Uuid,
    pub code: String,
    pub street: String,
    pub side: String,
}

impl Tx {
    /// Every zone, by code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn zones(&mut self) -> Result<Vec<ZoneRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select zone_id, operator_id, code, name from zone order by code, zone_id"
        )
        .fetch_all(c)
        .await?))
    }

    /// Every block, by code.
    ///
    /// # Errors
    /// `Database`.
    pub async fn blocks(&mut self) -> Result<Vec<BlockRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select block_id, code, street, side from block order by code"
        )
        .fetch_all(c)
        .await?))
    }

    /// The versions of a zone, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn zone_versions(&mut self, zone_id: Uuid) -> Result<Vec<ZoneVersionFacts>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select v.zone_id, v.valid_from_at, v.valid_to_at, v.tariff_id, v.payee_id, p.name as payee_name \
             from zone_version v join payee p on p.payee_id = v.payee_id \
             where v.zone_id = $1 order by v.valid_from_at"
        )
        .bind(zone_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// Adds a version of a zone and ends the one before it.
    ///
    /// # Errors
    /// `Database`; two versions cannot begin at the same instant.
    pub async fn date_zone(
        &mut self,
        zone_id: Uuid,
        (valid_from_at, valid_to_at): (i64, Option<i64>),
        tariff_id: &str,
        payee_id: Uuid,
    ) -> Result<()> {
        self.note_register_change().await?;
        both!(self, |c| {
            sqlx::query(
                "update zone_version set valid_to_at = $2 where zone_id = $1 and valid_from_at < $2 \
                 and (valid_to_at is null or valid_to_at > $2)",
            )
            .bind(zone_id)
            .bind(valid_from_at)
            .execute(&mut *c)
            .await?;
            sqlx::query(
                "insert into zone_version (zone_id, valid_from_at, valid_to_at, tariff_id, payee_id) \
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(zone_id)
            .bind(valid_from_at)
            .bind(valid_to_at)
            .bind(tariff_id)
            .bind(payee_id)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The payee of that name whose seller data is the newest at `at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payee_by_name(
        &mut self,
        operator_id: Uuid,
        name: &str,
        at: i64,
    ) -> Result<Option<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select payee_id from payee where operator_id = $1 and name = $2 and valid_from_at <= $3 \
             order by valid_from_at desc limit 1"
        )
        .bind(operator_id)
        .bind(name)
        .bind(at)
        .fetch_optional(c)
        .await?)
        })
    }

    /// The operator that a tariff belongs to, if there is such a tariff.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tariff_operator(&mut self, tariff_id: &str) -> Result<Option<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select operator_id from tariff where tariff_id = $1 order by revision limit 1"
        )
        .bind(tariff_id)
        .fetch_optional(c)
        .await?))
    }

    /// Every operator: id and name.
    ///
    /// # Errors
    /// `Database`.
    pub async fn operators(&mut self) -> Result<Vec<(Uuid, String)>> {
        both!(self, |c| Ok(sqlx::query_as("select operator_id, name from operator order by name")
            .fetch_all(c)
            .await?))
    }
}
