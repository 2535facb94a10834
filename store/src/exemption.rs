//! Who does not pay, by which law. A plate that is named is personal data.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{Result, Tx};

/// An exemption; `whose` is `form`, `plate`, `class` or `everybody`.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct ExemptionRow {
    pub exemption_id: Uuid,
    pub operator_id: Option<Uuid>,
    pub duty: String,
    pub whose: String,
    pub whose_value: Option<String>,
    pub zone_id: Option<Uuid>,
    /// What the bill says.
    pub basis: String,
    pub legal_basis: String,
    pub document_number: String,
    pub valid_from_at: i64,
    pub valid_to_at: i64,
    pub entered_by: String,
    pub entered_at: i64,
    pub ended_at: Option<i64>,
}

impl std::fmt::Debug for ExemptionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExemptionRow({}, {}, {})", self.exemption_id, self.duty, self.whose)
    }
}

/// Whose exemptions are asked for, when.
#[derive(Clone, Copy, Debug)]
pub struct ExemptVehicle<'a> {
    pub operator_id: Uuid,
    pub plate: &'a str,
    /// The duty that the form of the plate shows.
    pub form: Option<&'a str>,
    pub class: &'a str,
    pub from_at: i64,
    pub to_at: i64,
}

macro_rules! exemption_columns {
    ($rest:literal) => {
        concat!(
            "select exemption_id, operator_id, duty, whose, whose_value, zone_id, basis, legal_basis, document_number, \
             valid_from_at, valid_to_at, entered_by, entered_at, ended_at from exemption ",
            $rest
        )
    };
}

impl Tx {
    /// Enters an exemption.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_exemption(&mut self, e: &ExemptionRow) -> Result<()> {
        run!(
            self,
            "insert into exemption (exemption_id, operator_id, duty, whose, whose_value, zone_id, basis, legal_basis, \
             document_number, valid_from_at, valid_to_at, entered_by, entered_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            e.exemption_id,
            e.operator_id,
            &e.duty,
            &e.whose,
            &e.whose_value,
            e.zone_id,
            &e.basis,
            &e.legal_basis,
            &e.document_number,
            e.valid_from_at,
            e.valid_to_at,
            &e.entered_by,
            e.entered_at
        );
        Ok(())
    }

    /// An exemption.
    ///
    /// # Errors
    /// `Database`.
    pub async fn exemption(&mut self, exemption_id: Uuid) -> Result<Option<ExemptionRow>> {
        Ok(row!(self, exemption_columns!("where exemption_id = $1"), exemption_id))
    }

    /// The exemptions of an operator that are neither taken back nor over at an instant, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn exemptions(
        &mut self,
        operator: Option<Uuid>,
        at: i64,
        limit: i64,
    ) -> Result<Vec<ExemptionRow>> {
        Ok(rows!(
            self,
            exemption_columns!(
                "where ended_at is null and valid_to_at > $2 \
                 and ($1 is null or operator_id is null or operator_id = $1) \
                 order by entered_at desc, exemption_id limit $3"
            ),
            operator,
            at,
            limit
        ))
    }

    /// An exemption ends at `at`, or was never right (`at` before it began); false if it is ended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_exemption(&mut self, exemption_id: Uuid, at: i64, now: i64) -> Result<bool> {
        Ok(run!(
            self,
            "update exemption set ended_at = case when $2 <= valid_from_at then $3 else ended_at end, \
             valid_to_at = case when $2 > valid_from_at and $2 < valid_to_at then $2 else valid_to_at end \
             where exemption_id = $1 and ended_at is null",
            exemption_id,
            at,
            now
        ) == 1)
    }

    /// Visits of a plate at an operator with a stay that touches a stretch.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_of_plate(
        &mut self,
        operator: Option<Uuid>,
        plate: &str,
        from_at: i64,
        to_at: i64,
        limit: i64,
    ) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select distinct v.visit_id from visit v join stay_link l on l.visit_id = v.visit_id and l.ended_at is null \
             join stay s on s.stay_id = l.stay_id where v.plate = $1 and ($2 is null or v.operator_id = $2) \
             and s.arrived_at < $4 and (s.left_at is null or s.left_at > $3) order by v.visit_id limit $5",
            plate,
            operator,
            from_at,
            to_at,
            limit
        ))
    }

    /// Visits at an operator with a stay that touches a stretch, `limit` after `after`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_between(
        &mut self,
        operator: Option<Uuid>,
        from_at: i64,
        to_at: i64,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select distinct v.visit_id from visit v join stay_link l on l.visit_id = v.visit_id and l.ended_at is null \
             join stay s on s.stay_id = l.stay_id where ($1 is null or v.operator_id = $1) \
             and s.arrived_at < $3 and (s.left_at is null or s.left_at > $2) and v.visit_id > $4 \
             order by v.visit_id limit $5",
            operator,
            from_at,
            to_at,
            after,
            limit
        ))
    }
}
