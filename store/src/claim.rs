//! Claims, visits, and the versioned link between a stay and the visit it belongs to.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk_fetch;
use crate::tx::both;
use crate::{Result, StayRow, Tx};

/// Somebody's word that a vehicle is in a bay. `plate` is personal data.
#[derive(Clone, Debug, FromRow)]
pub struct ClaimRow {
    pub claim_id: Uuid,
    pub bay_id: Uuid,
    pub plate: String,
    pub plate_colour: Option<String>,
    pub vehicle_class: String,
    pub method: String,
    pub account_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    pub made_at: i64,
    pub confidence_pct: Option<i64>,
    pub state: String,
    /// Which camera or handheld, where it was one.
    pub source: Option<String>,
    /// What the characters were recognised as.
    pub plate_form: Option<String>,
}

/// One vehicle's presence in one or more bays, priced once.
#[derive(Clone, Debug, FromRow)]
pub struct VisitRow {
    pub visit_id: Uuid,
    pub operator_id: Uuid,
    pub plate: String,
    pub vehicle_class: String,
    pub account_id: Option<Uuid>,
    pub opened_at: i64,
    pub plate_colour: Option<String>,
}

/// Which claim says whose stay this is.
#[derive(Clone, Debug, FromRow)]
pub struct LinkRow {
    pub stay_id: Uuid,
    pub version: i64,
    pub claim_id: Uuid,
    pub visit_id: Uuid,
    pub method: String,
    pub actor: String,
    pub bound_at: i64,
    /// `occupies`, or `straddles`: touched and not charged.
    pub role: String,
    pub confidence_pct: Option<i64>,
    /// Why the link was made.
    pub reason: String,
}

/// A vehicle that a visit was said to be of; the newest holds.
#[derive(Clone, Debug, FromRow)]
pub struct VehicleRow {
    pub visit_id: Uuid,
    pub version: i64,
    pub plate: String,
    pub plate_colour: Option<String>,
    pub vehicle_class: String,
    pub method: String,
    pub actor: String,
    pub reason: String,
    pub made_at: i64,
}

macro_rules! claim_columns {
    () => {
        "select claim_id, bay_id, plate, plate_colour, vehicle_class, method, account_id, staff_id, made_at, \
         confidence_pct, state, source, plate_form from claim "
    };
}

macro_rules! link_columns {
    () => {
        "select l.stay_id, l.version, l.claim_id, l.visit_id, l.method, l.actor, l.bound_at, l.role, l.confidence_pct, \
         l.reason from "
    };
}

impl Tx {
    /// Stores a claim.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_claim(&mut self, claim: &ClaimRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into claim (claim_id, bay_id, plate, plate_colour, vehicle_class, method, account_id, staff_id, \
                 made_at, confidence_pct, state, source, plate_form) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(claim.claim_id)
            .bind(claim.bay_id)
            .bind(&claim.plate)
            .bind(&claim.plate_colour)
            .bind(&claim.vehicle_class)
            .bind(&claim.method)
            .bind(claim.account_id)
            .bind(claim.staff_id)
            .bind(claim.made_at)
            .bind(claim.confidence_pct)
            .bind(&claim.state)
            .bind(&claim.source)
            .bind(&claim.plate_form)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Claims on a bay that wait for a vehicle, made since `since`, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn waiting_claims(&mut self, bay_id: Uuid, since: i64) -> Result<Vec<ClaimRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            claim_columns!(),
            "where bay_id = $1 and state = 'waiting' and made_at >= $2 order by made_at, claim_id"
        ))
        .bind(bay_id)
        .bind(since)
        .fetch_all(c)
        .await?)
        })
    }

    /// Moves a claim to another state.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_claim_state(&mut self, claim_id: Uuid, state: &str) -> Result<()> {
        both!(self, |c| {
            sqlx::query("update claim set state = $2 where claim_id = $1")
                .bind(claim_id)
                .bind(state)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Claims that have waited since before `before`, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn overdue_claims(&mut self, before: i64, limit: i64) -> Result<Vec<ClaimRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
                claim_columns!(),
                "where state = 'waiting' and made_at < $1 order by made_at, claim_id limit $2"
            ))
            .bind(before)
            .bind(limit)
            .fetch_all(c)
            .await?)
        })
    }

    /// Stores a visit.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_visit(&mut self, visit: &VisitRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into visit (visit_id, operator_id, plate, vehicle_class, account_id, opened_at, plate_colour) \
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(visit.visit_id)
            .bind(visit.operator_id)
            .bind(&visit.plate)
            .bind(&visit.vehicle_class)
            .bind(visit.account_id)
            .bind(visit.opened_at)
            .bind(&visit.plate_colour)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// A visit by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visit(&mut self, visit_id: Uuid) -> Result<Option<VisitRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select visit_id, operator_id, plate, vehicle_class, account_id, opened_at, plate_colour \
             from visit where visit_id = $1"
        )
        .bind(visit_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Links a stay to a visit; false if another claim was first (the database is the judge).
    ///
    /// # Errors
    /// `Database`.
    pub async fn link_stay(&mut self, link: &LinkRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into stay_link (stay_id, version, claim_id, visit_id, method, actor, bound_at, role, confidence_pct, \
             reason) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing"
        )
        .bind(link.stay_id)
        .bind(link.version)
        .bind(link.claim_id)
        .bind(link.visit_id)
        .bind(&link.method)
        .bind(&link.actor)
        .bind(link.bound_at)
        .bind(&link.role)
        .bind(link.confidence_pct)
        .bind(&link.reason)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// The current links of several stays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn current_links(&mut self, stay_ids: &[Uuid]) -> Result<Vec<LinkRow>> {
        Ok(bulk_fetch!(
            self,
            stay_ids,
            "stay_id",
            |id| ["uuid": *id],
            concat!(
                link_columns!(),
                "v cross join stay_link l where l.stay_id = v.stay_id and l.ended_at is null"
            )
        ))
    }

    /// The current link of a stay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn current_link(&mut self, stay_id: Uuid) -> Result<Option<LinkRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            link_columns!(),
            "stay_link l where l.stay_id = $1 and l.ended_at is null"
        ))
        .bind(stay_id)
        .fetch_optional(c)
        .await?))
    }

    /// Every link a stay has had, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn links(&mut self, stay_id: Uuid) -> Result<Vec<LinkRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            link_columns!(),
            "stay_link l where l.stay_id = $1 order by l.version"
        ))
        .bind(stay_id)
        .fetch_all(c)
        .await?))
    }

    /// Ends the current link of a stay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_link(&mut self, stay_id: Uuid, at: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update stay_link set ended_at = $2 where stay_id = $1 and ended_at is null",
            )
            .bind(stay_id)
            .bind(at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Ends a link at `at` and links the same visit and claim to another stay as its link `version`;
    /// false if that stay has a current link already.
    ///
    /// # Errors
    /// `Database`; a stay has one current link.
    pub async fn move_link(
        &mut self,
        link: &LinkRow,
        to: Uuid,
        version: i64,
        at: i64,
    ) -> Result<bool> {
        self.end_link(link.stay_id, at).await?;
        let moved = LinkRow { stay_id: to, version, bound_at: at, ..link.clone() };
        self.link_stay(&moved).await
    }

    /// Stays of an account that have no departure yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn current_stays(&mut self, account_id: Uuid) -> Result<Vec<(Uuid, StayRow)>> {
        let visits: Vec<Uuid> = both!(self, |c| {
            sqlx::query_scalar(
            "select distinct v.visit_id from visit v join stay_link l on l.visit_id = v.visit_id and l.ended_at is null \
             join stay s on s.stay_id = l.stay_id where v.account_id = $1 and s.state = 'present'"
        )
        .bind(account_id)
        .fetch_all(c)
        .await?
        });
        let mut found = Vec::new();
        for visit_id in visits {
            let stays = self.stays_of_visit(visit_id).await?;
            found.extend(stays.into_iter().filter(|s| s.state == "present").map(|s| (visit_id, s)));
        }
        Ok(found)
    }

    /// Gives a visit and its order that no account held yet to `account_id`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn adopt_visit(&mut self, visit_id: Uuid, account_id: Uuid) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update visit set account_id = $2 where visit_id = $1 and account_id is null",
            )
            .bind(visit_id)
            .bind(account_id)
            .execute(&mut *c)
            .await?;
            sqlx::query(
                "update parking_order set account_id = $2 \
                 where subject_kind = 'visit' and subject_id = $1 and account_id is null",
            )
            .bind(visit_id)
            .bind(account_id)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
