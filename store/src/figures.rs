//! What planners watch, added up by block in the database: true after a restart and on every gateway.
//!
//! A bay counts for the block it belongs to now, with its whole history. Only settled stays count,
//! so that a sum does not go back when a vehicle turns out to have paused.

use sqlx::FromRow;

use crate::tx::both;
use crate::{Result, Tx};

/// Bays of one block in one state.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlockBays {
    pub block: String,
    pub state: String,
    pub bays: i64,
}

/// Stays of one block. `stay_ms` is the sum over those that left.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlockStays {
    pub block: String,
    pub arrived: i64,
    pub departed: i64,
    pub stay_ms: i64,
}

/// What the visits that began in one block cost, by their newest bills.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlockFees {
    pub block: String,
    pub fees_fen: i64,
}

/// The block of each bay at `$1`: its newest version then.
macro_rules! place {
    () => {
        "join (select bay_id, block_id, row_number() over (partition by bay_id order by valid_from_at desc) as place \
         from bay_version where valid_from_at <= $1) v on v.bay_id = b.bay_id and v.place = 1 \
         join block k on k.block_id = v.block_id "
    };
}

impl Tx {
    /// How many bays of each block are in each state.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_by_block(&mut self, at: i64) -> Result<Vec<BlockBays>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            "select k.code as block, l.state, count(*) as bays from bay b join bay_live l on l.bay_no = b.bay_no ",
            place!(),
            "group by k.code, l.state order by k.code, l.state"
        ))
        .bind(at)
        .fetch_all(c)
        .await?)
        })
    }

    /// Arrivals not after `arrived_by` and departures not after `left_by`, by block.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_by_block(
        &mut self,
        at: i64,
        arrived_by: i64,
        left_by: i64,
    ) -> Result<Vec<BlockStays>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            "select k.code as block, cast(sum(t.arrived) as bigint) as arrived, \
             cast(sum(t.departed) as bigint) as departed, cast(sum(t.stay_ms) as bigint) as stay_ms \
             from (select bay_id, count(*) as arrived, \
             sum(case when state = 'left' and left_at <= $3 then 1 else 0 end) as departed, \
             sum(case when state = 'left' and left_at <= $3 and left_at > arrived_at then left_at - arrived_at \
             else 0 end) as stay_ms \
             from stay where state in ('present', 'left') and arrived_at <= $2 group by bay_id) t \
             join bay b on b.bay_id = t.bay_id ",
            place!(),
            "group by k.code order by k.code"
        ))
        .bind(at)
        .bind(arrived_by)
        .bind(left_by)
        .fetch_all(c)
        .await?)
        })
    }

    /// Totals of the orders of visits, by the block in which each visit began.
    ///
    /// # Errors
    /// `Database`.
    pub async fn fees_by_block(&mut self, at: i64) -> Result<Vec<BlockFees>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            "select k.code as block, cast(sum(o.total_fen) as bigint) as fees_fen from parking_order o \
             join (select l.visit_id, s.bay_id, row_number() over \
             (partition by l.visit_id order by s.arrived_at, s.stay_id) as place \
             from stay_link l join stay s on s.stay_id = l.stay_id where l.ended_at is null) f \
             on f.visit_id = o.subject_id and f.place = 1 \
             join bay b on b.bay_id = f.bay_id ",
            place!(),
            "where o.subject_kind = 'visit' and o.total_fen > 0 group by k.code order by k.code"
        ))
        .bind(at)
        .fetch_all(c)
        .await?)
        })
    }
}
