//! Where a plate stands, by the visits that it has. A plate is personal data.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::rows;
use crate::{Result, Tx};

/// A stay of a visit that has a plate, with its bay as it was then.
#[derive(Clone, Debug, FromRow)]
pub struct PlateAtRow {
    pub visit_id: Uuid,
    pub vehicle_class: String,
    pub bay_id: Uuid,
    pub bay_code: String,
    pub lon: f64,
    pub lat: f64,
    pub span_json: String,
}

impl Tx {
    /// The stays that visits of an operator with a plate occupied at some time of `[from_at, to_at)`, or
    /// still do; by visit and bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plate_at(
        &mut self,
        operator_id: Uuid,
        plate: &str,
        (from_at, to_at): (i64, i64),
    ) -> Result<Vec<PlateAtRow>> {
        Ok(rows!(
            self,
            "select v.visit_id, v.vehicle_class, s.bay_id, b.code as bay_code, p.lon, p.lat, s.span_json \
             from visit v \
             join stay_link l on l.visit_id = v.visit_id and l.ended_at is null and l.role = 'occupies' \
             join stay s on s.stay_id = l.stay_id and s.state in ('present', 'left') \
             join bay b on b.bay_id = s.bay_id \
             join bay_version p on p.bay_id = s.bay_id and p.valid_from_at <= s.arrived_at \
             and (p.valid_to_at is null or p.valid_to_at > s.arrived_at) \
             where v.plate = $2 and v.operator_id = $1 and s.arrived_at < $4 \
             and (s.left_at is null or s.left_at > $3) order by v.visit_id, b.code",
            operator_id,
            plate,
            from_at,
            to_at
        ))
    }
}
