//! Who saw the plate on the vehicle of a visit. A plate is personal data.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::run;
use crate::bulk::bulk_fetch;
use crate::{Result, Tx};

/// An inspector's, a camera's or the staff's word about a plate.
#[derive(Clone, FromRow)]
pub struct PlateSeenRow {
    pub seen_id: Uuid,
    pub visit_id: Uuid,
    /// The stay at which it was seen; of the whole visit if left out.
    pub stay_id: Option<Uuid>,
    pub plate: String,
    pub plate_colour: Option<String>,
    /// `inspector`, `video`, `correction`, or `before` for what an older rule decided.
    pub method: String,
    pub seen_at: i64,
}

impl std::fmt::Debug for PlateSeenRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlateSeenRow({}, {})", self.visit_id, self.method)
    }
}

impl Tx {
    /// Keeps that a plate was seen.
    ///
    /// # Errors
    /// `Database`.
    pub async fn see_plate(&mut self, s: &PlateSeenRow) -> Result<()> {
        run!(
            self,
            "insert into plate_seen (seen_id, visit_id, stay_id, plate, plate_colour, method, seen_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            s.seen_id,
            s.visit_id,
            s.stay_id,
            &s.plate,
            &s.plate_colour,
            &s.method,
            s.seen_at
        );
        Ok(())
    }

    /// Who saw the plates that visits are of now, each at a stay that is still its own; oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plates_seen(&mut self, of: &[(Uuid, &str)]) -> Result<Vec<PlateSeenRow>> {
        let mut seen: Vec<PlateSeenRow> = bulk_fetch!(
            self,
            of,
            "visit_id, plate",
            |of| ["uuid": of.0, "text": of.1],
            "select s.seen_id, s.visit_id, s.stay_id, s.plate, s.plate_colour, s.method, s.seen_at \
             from v cross join plate_seen s where s.visit_id = v.visit_id and s.plate = v.plate \
             and (s.stay_id is null or exists (select 1 from stay_link l \
             where l.stay_id = s.stay_id and l.visit_id = s.visit_id and l.ended_at is null))"
        );
        seen.sort_unstable_by_key(|word| (word.seen_at, word.seen_id));
        Ok(seen)
    }
}
