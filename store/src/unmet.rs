//! Searches that found no free bay, counted by block and hour. Counts only; who searched is not known here.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::rows;
use crate::bulk::bulk;
use crate::{Result, Tx};

/// How many searches around a block found nothing within an hour that begins at `hour_at` (city time).
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UnmetRow {
    pub block_id: Uuid,
    pub hour_at: i64,
    pub searches: i64,
}

/// The same, for people.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UnmetHour {
    pub block: String,
    pub street: String,
    pub hour_at: i64,
    pub searches: i64,
}

/// Which hours are asked for.
#[derive(Clone, Copy, Debug)]
pub struct UnmetFilter<'a> {
    /// City time, half open.
    pub from: i64,
    pub to: i64,
    /// One block by its code; all if empty.
    pub block: Option<&'a str>,
    /// Only blocks where this operator has or had bays.
    pub operator_id: Option<Uuid>,
}

impl Tx {
    /// Adds to what was counted; each block and hour once. Blocks that are gone are passed over.
    ///
    /// # Errors
    /// `Database`.
    pub async fn add_unmet(&mut self, counted: &[UnmetRow]) -> Result<()> {
        bulk!(
            self,
            counted,
            "block_id, hour_at, searches",
            |u| ["uuid": u.block_id, "bigint": u.hour_at, "bigint": u.searches],
            "insert into unmet_demand (block_id, hour_at, searches) \
             select v.block_id, v.hour_at, v.searches from v cross join block b where b.block_id = v.block_id \
             on conflict (block_id, hour_at) do update set searches = unmet_demand.searches + excluded.searches"
        );
        Ok(())
    }

    /// What was counted, by hour and block.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unmet(&mut self, filter: UnmetFilter<'_>) -> Result<Vec<UnmetHour>> {
        Ok(rows!(
            self,
            "select b.code as block, b.street, u.hour_at, u.searches from unmet_demand u \
             join block b on b.block_id = u.block_id \
             where u.hour_at >= $1 and u.hour_at < $2 and ($3 is null or b.code = $3) \
             and ($4 is null or exists (select 1 from bay_version v join bay y on y.bay_id = v.bay_id \
                 where v.block_id = u.block_id and y.operator_id = $4)) \
             order by u.hour_at, b.code",
            filter.from,
            filter.to,
            filter.block,
            filter.operator_id
        ))
    }
}
