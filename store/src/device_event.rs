//! The conditions that devices got into and out of: an append-only history that every gateway tails.

use sqlx::{FromRow, QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// A device got into a condition, or out of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeviceEventRow {
    /// Grows; given by the database.
    pub event_seq: i64,
    pub device_id: Uuid,
    pub bay_id: Uuid,
    /// `silent`, `stuck`, `flapping`, ...
    pub condition: String,
    /// `on` or `off`.
    pub turned: String,
    pub at: i64,
    pub detail: String,
}

/// The same with the names of the device and of the bay's operator.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ConditionRow {
    #[sqlx(flatten)]
    pub event: DeviceEventRow,
    pub network: String,
    pub device_key: String,
    pub operator_id: Uuid,
}

/// Numbers asked for in one SQLite statement.
const SQLITE_NUMBERS: usize = 5_000;

macro_rules! conditions {
    ($rest:literal) => {
        concat!(
            "select e.event_seq, e.device_id, e.bay_id, e.condition, e.turned, e.at, e.detail, d.network, \
             d.device_key, b.operator_id from device_event e join device d on d.device_id = e.device_id \
             join bay b on b.bay_id = e.bay_id ",
            $rest
        )
    };
}

impl Tx {
    /// Appends conditions that began or ended. `event_seq` is not looked at.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_device_events(&mut self, rows: &[DeviceEventRow]) -> Result<()> {
        if !rows.is_empty() {
            self.tell();
        }
        bulk!(
            self,
            rows,
            "device_id, bay_id, condition, turned, at, detail",
            |r| [
                "uuid": r.device_id,
                "uuid": r.bay_id,
                "text": r.condition.as_str(),
                "text": r.turned.as_str(),
                "bigint": r.at,
                "text": r.detail.as_str(),
            ],
            "insert into device_event (device_id, bay_id, condition, turned, at, detail) select * from v"
        );
        Ok(())
    }

    /// Conditions that began or ended, after a number, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_events_after(
        &mut self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ConditionRow>> {
        both!(self, |c| Ok(sqlx::query_as(conditions!(
            "where e.event_seq > $1 order by e.event_seq limit $2"
        ))
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Of the events with these numbers, those that are there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_events_named(&mut self, numbers: &[i64]) -> Result<Vec<ConditionRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut found = Vec::new();
                for chunk in numbers.chunks(SQLITE_NUMBERS) {
                    let mut query =
                        QueryBuilder::<Sqlite>::new(conditions!("where e.event_seq in ("));
                    let mut list = query.separated(", ");
                    for number in chunk {
                        list.push_bind(*number);
                    }
                    query.push(") order by e.event_seq");
                    found.extend(query.build_query_as::<ConditionRow>().fetch_all(&mut *c).await?);
                }
                Ok(found)
            }
            Conn::Postgres(c) => {
                Ok(sqlx::query_as(conditions!("where e.event_seq = any($1) order by e.event_seq"))
                    .bind(numbers)
                    .fetch_all(c)
                    .await?)
            }
        }
    }

    /// The conditions that devices are in where they are now: those that began and have not ended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn conditions_now(&mut self) -> Result<Vec<ConditionRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(conditions!(
            "join bay_live l on l.bay_no = b.bay_no \
             where l.conditions <> '' and d.bay_id = e.bay_id and e.turned = 'on' and e.event_seq = \
             (select max(n.event_seq) from device_event n \
              where n.device_id = e.device_id and n.condition = e.condition) order by e.event_seq"
        ))
        .fetch_all(c)
        .await?)
        })
    }

    /// The conditions of one device, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_events(
        &mut self,
        device_id: Uuid,
        limit: i64,
    ) -> Result<Vec<DeviceEventRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select event_seq, device_id, bay_id, condition, turned, at, detail from device_event \
             where device_id = $1 order by event_seq desc limit $2"
        )
        .bind(device_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// The number of the newest condition told, 0 if there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_device_event(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select coalesce(max(event_seq), 0) from device_event"
        )
        .fetch_one(c)
        .await?))
    }

    /// What the bays' devices suffer from, as last told: the conditions of each bay that has any.
    ///
    /// # Errors
    /// `Database`.
    pub async fn conditions_of_bays(&mut self) -> Result<Vec<String>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select conditions from bay_live where conditions <> ''"
        )
        .fetch_all(c)
        .await?))
    }

    /// How many devices are in service.
    ///
    /// # Errors
    /// `Database`.
    pub async fn devices_in_service(&mut self) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select count(*) from installation where in_service_at is not null and removed_at is null"
        )
        .fetch_one(c)
        .await?)
        })
    }
}
