//! Bays as the map draws them.

use futures_util::TryStreamExt;
use sqlx::FromRow;

use crate::tx::both;
use crate::{Result, Tx};

/// A bay with what is drawn of it. Degrees WGS-84, metres.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct MapBayRow {
    /// Its number in this database, which it keeps.
    pub bay_no: i64,
    pub code: String,
    pub lon: f64,
    pub lat: f64,
    pub heading_deg: f64,
    pub length_m: f64,
    pub block: String,
    pub street: String,
}

impl Tx {
    /// Takes each bay that there is at `at`, one after the other, by number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn each_map_bay(&mut self, at: i64, mut take: impl FnMut(&MapBayRow)) -> Result<()> {
        both!(self, |c| {
            let mut bays = sqlx::query_as(
                "select b.bay_no, b.code, v.lon, v.lat, v.heading_deg, v.length_m, k.code as block, k.street \
                 from bay b \
                 join (select bay_id, block_id, lon, lat, heading_deg, length_m, valid_to_at, \
                     row_number() over (partition by bay_id order by valid_from_at desc) as place \
                     from bay_version where valid_from_at <= $1) v on v.bay_id = b.bay_id and v.place = 1 \
                 join block k on k.block_id = v.block_id \
                 where v.valid_to_at is null or v.valid_to_at > $1 order by b.bay_no",
            )
            .bind(at)
            .fetch(c);
            while let Some(bay) = bays.try_next().await? {
                take(&bay);
            }
            Ok(())
        })
    }
}
