//! Set-based writes of ingest, each in its database's own fastest way (measured: multi-row VALUES
//! on SQLite, UNNEST of arrays on PostgreSQL).

use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::tx::Conn;
use crate::{KeyRow, ReadingRow, RejectedRow, Result, Tx};

/// Rows per SQLite statement: 16 columns of readings stay under its 32,766 parameters.
const SQLITE_ROWS: usize = 500;

macro_rules! column {
    ($rows:expr, $field:ident) => {
        $rows.iter().map(|r| r.$field.clone()).collect::<Vec<_>>()
    };
}

impl Tx {
    /// Stores identities not seen before and returns just those. `keys` holds no identity twice.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_reading_keys(
        &mut self,
        keys: &[KeyRow],
        stored_at: i64,
    ) -> Result<Vec<KeyRow>> {
        const CONFLICT: &str = " on conflict (device_id, epoch, number, part) do nothing \
                                returning device_id, epoch, number, part, payload_hash";
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut fresh = Vec::with_capacity(keys.len());
                for chunk in keys.chunks(SQLITE_ROWS) {
                    let mut query = QueryBuilder::<Sqlite>::new(
                        "insert into reading_key (device_id, epoch, number, part, payload_hash, stored_at) ",
                    );
                    query.push_values(chunk, |mut row, key| {
                        row.push_bind(key.device_id)
                            .push_bind(key.epoch.clone())
                            .push_bind(key.number)
                            .push_bind(key.part)
                            .push_bind(key.payload_hash.clone())
                            .push_bind(stored_at);
                    });
                    query.push(CONFLICT);
                    fresh.extend(query.build_query_as::<KeyRow>().fetch_all(&mut *c).await?);
                }
                Ok(fresh)
            }
            Conn::Postgres(c) => Ok(sqlx::query_as(
                "insert into reading_key (device_id, epoch, number, part, payload_hash, stored_at) \
                 select d, e, n, p, h, $6 from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[]) \
                 as t (d, e, n, p, h) on conflict (device_id, epoch, number, part) do nothing \
                 returning device_id, epoch, number, part, payload_hash",
            )
            .bind(column!(keys, device_id))
            .bind(column!(keys, epoch))
            .bind(column!(keys, number))
            .bind(column!(keys, part))
            .bind(column!(keys, payload_hash))
            .bind(stored_at)
            .fetch_all(c)
            .await?),
        }
    }

    /// The stored hash of an identity.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reading_hash(&mut self, key: &KeyRow) -> Result<Option<Vec<u8>>> {
        crate::tx::both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select payload_hash from reading_key where device_id = $1 and epoch = $2 and number = $3 and part = $4"
        )
        .bind(key.device_id)
        .bind(&key.epoch)
        .bind(key.number)
        .bind(key.part)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Appends readings.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_readings(&mut self, rows: &[ReadingRow]) -> Result<()> {
        match self.conn() {
            Conn::Sqlite(c) => {
                for chunk in rows.chunks(SQLITE_ROWS) {
                    readings_statement(chunk).build().execute(&mut *c).await?;
                }
            }
            Conn::Postgres(c) => {
                insert_readings_postgres(c, rows).await?;
            }
        }
        Ok(())
    }

    /// Keeps messages that could not be used.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_rejected(&mut self, rows: &[RejectedRow]) -> Result<()> {
        for row in rows {
            crate::tx::both!(self, |c| {
                sqlx::query(
                "insert into rejected (received_at, topic, payload, payload_bytes, reason, detail, network, device_key) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8)"
            )
            .bind(row.received_at)
            .bind(&row.topic)
            .bind(&row.payload)
            .bind(row.payload_bytes)
            .bind(&row.reason)
            .bind(&row.detail)
            .bind(&row.network)
            .bind(&row.device_key)
            .execute(c)
            .await
            .map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Of the bays named, those for which somebody's claim is waiting for a vehicle.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_with_waiting_claims(&mut self, bay_ids: &[Uuid]) -> Result<Vec<Uuid>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let mut query = QueryBuilder::<Sqlite>::new(
                    "select distinct bay_id from claim where state = 'waiting' and bay_id in (",
                );
                let mut list = query.separated(", ");
                for id in bay_ids {
                    list.push_bind(*id);
                }
                query.push(")");
                Ok(query.build_query_scalar().fetch_all(c).await?)
            }
            Conn::Postgres(c) => Ok(sqlx::query_scalar(
                "select distinct bay_id from claim where state = 'waiting' and bay_id = any($1)",
            )
            .bind(bay_ids)
            .fetch_all(c)
            .await?),
        }
    }
}

fn readings_statement(rows: &[ReadingRow]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "insert into reading (stored_at, bay_id, device_id, epoch, number, part, observed_at, time_source, \
         device_at, network_at, received_at, kind, occupied, rssi_dbm, snr_db, report_json) ",
    );
    query.push_values(rows, |mut row, r| {
        row.push_bind(r.stored_at)
            .push_bind(r.bay_id)
            .push_bind(r.device_id)
            .push_bind(r.epoch.clone())
            .push_bind(r.number)
            .push_bind(r.part)
            .push_bind(r.observed_at)
            .push_bind(r.time_source.clone())
            .push_bind(r.device_at)
            .push_bind(r.network_at)
            .push_bind(r.received_at)
            .push_bind(r.kind.clone())
            .push_bind(r.occupied)
            .push_bind(r.rssi_dbm)
            .push_bind(r.snr_db)
            .push_bind(r.report_json.clone());
    });
    query
}

async fn insert_readings_postgres(c: &mut sqlx::PgConnection, rows: &[ReadingRow]) -> Result<()> {
    sqlx::query(
        "insert into reading (stored_at, bay_id, device_id, epoch, number, part, observed_at, time_source, \
         device_at, network_at, received_at, kind, occupied, rssi_dbm, snr_db, report_json) \
         select * from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], \
         $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::boolean[], \
         $14::bigint[], $15::double precision[], $16::text[])",
    )
    .bind(column!(rows, stored_at))
    .bind(column!(rows, bay_id))
    .bind(column!(rows, device_id))
    .bind(column!(rows, epoch))
    .bind(column!(rows, number))
    .bind(column!(rows, part))
    .bind(column!(rows, observed_at))
    .bind(column!(rows, time_source))
    .bind(column!(rows, device_at))
    .bind(column!(rows, network_at))
    .bind(column!(rows, received_at))
    .bind(column!(rows, kind))
    .bind(column!(rows, occupied))
    .bind(column!(rows, rssi_dbm))
    .bind(column!(rows, snr_db))
    .bind(column!(rows, report_json))
    .execute(c)
    .await?;
    Ok(())
}
