//! Looking up what was bound to what, and setting it right: claims, links, vehicles of visits.

use uuid::Uuid;

use crate::bulk::bulk_fetch;
use crate::tx::both;
use crate::{ClaimRow, LinkRow, Result, StayRow, Tx, VehicleRow};

impl Tx {
    /// A claim.
    ///
    /// # Errors
    /// `Database`.
    pub async fn claim(&mut self, claim_id: Uuid) -> Result<Option<ClaimRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select claim_id, bay_id, plate, plate_colour, vehicle_class, method, account_id, staff_id, made_at, \
             confidence_pct, state, source, plate_form from claim where claim_id = $1"
        )
        .bind(claim_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// The current links of a visit, those of straddled stays too.
    ///
    /// # Errors
    /// `Database`.
    pub async fn links_of_visit(&mut self, visit_id: Uuid) -> Result<Vec<LinkRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select stay_id, version, claim_id, visit_id, method, actor, bound_at, role, confidence_pct, reason \
             from stay_link where visit_id = $1 and ended_at is null order by bound_at, stay_id"
        )
        .bind(visit_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// The visit that a claim is part of: by a link of its own, or by joining one of its bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn links_of_claim(&mut self, claim_id: Uuid) -> Result<Vec<LinkRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select stay_id, version, claim_id, visit_id, method, actor, bound_at, role, confidence_pct, reason \
             from stay_link where claim_id = $1 and ended_at is null order by bound_at, stay_id"
        )
        .bind(claim_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// The bays of the block that a bay lies in now, itself too.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_beside(&mut self, bay_id: Uuid) -> Result<Vec<(Uuid, String)>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select b.bay_id, b.code from bay_version own \
             join bay_version v on v.block_id = own.block_id and v.valid_to_at is null \
             join bay b on b.bay_id = v.bay_id \
             where own.bay_id = $1 and own.valid_to_at is null order by b.code"
        )
        .bind(bay_id)
        .fetch_all(c)
        .await?))
    }

    /// The bays that have one of these codes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_of_codes(&mut self, codes: &[String]) -> Result<Vec<(Uuid, String)>> {
        Ok(bulk_fetch!(
            self,
            codes,
            "code",
            |code| ["text": code.as_str()],
            "select b.bay_id, b.code from v cross join bay b where b.code = v.code"
        ))
    }

    /// Stays of several bays that arrived from `from_at` to `to_at` and are neither void nor superseded.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_arrived_between(
        &mut self,
        bays: &[Uuid],
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<StayRow>> {
        Ok(bulk_fetch!(
            self,
            bays,
            "bay_id, from_at, to_at",
            |bay| ["uuid": *bay, "bigint": from_at, "bigint": to_at],
            "select s.stay_id, s.bay_id, s.state, s.revision, s.arrived_at, s.left_at, s.span_json, s.superseded_by, \
             s.fold_version, s.policy_version from v cross join stay s where s.bay_id = v.bay_id \
             and s.arrived_at >= v.from_at and s.arrived_at <= v.to_at and s.state in ('present', 'left')"
        ))
    }

    /// Gives a visit another vehicle; what it was before stays in its history.
    ///
    /// # Errors
    /// `Database`; a version is stored once.
    pub async fn set_vehicle(&mut self, vehicle: &VehicleRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into visit_vehicle (visit_id, version, plate, plate_colour, vehicle_class, method, actor, reason, \
                 made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(vehicle.visit_id)
            .bind(vehicle.version)
            .bind(&vehicle.plate)
            .bind(&vehicle.plate_colour)
            .bind(&vehicle.vehicle_class)
            .bind(&vehicle.method)
            .bind(&vehicle.actor)
            .bind(&vehicle.reason)
            .bind(vehicle.made_at)
            .execute(&mut *c)
            .await?;
            sqlx::query(
                "update visit set plate = $2, plate_colour = $3, vehicle_class = $4 where visit_id = $1",
            )
            .bind(vehicle.visit_id)
            .bind(&vehicle.plate)
            .bind(&vehicle.plate_colour)
            .bind(&vehicle.vehicle_class)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The vehicles a visit was said to be of after its first, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn vehicles(&mut self, visit_id: Uuid) -> Result<Vec<VehicleRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select visit_id, version, plate, plate_colour, vehicle_class, method, actor, reason, made_at \
             from visit_vehicle where visit_id = $1 order by version"
        )
        .bind(visit_id)
        .fetch_all(c)
        .await?)
        })
    }
}
