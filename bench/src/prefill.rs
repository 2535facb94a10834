//! A database as it is after some time in service: millions of readings and stays, written by SQL.
//!
//! The one place that knows the product's tables for writing. It goes by tables of columns: a column
//! that the schema has and the table does not name must be nullable or have a default, else the
//! database refuses and says which one it is; a column named here that the schema does not have is
//! left out. So a new layout needs a line here, not a program.

mod departures;
mod entries;
pub(crate) mod money;

use anyhow::{Context, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

use crate::report::progress;

/// A healthy device speaks this often.
const SPACING_MS: i64 = 20 * 60_000;

/// What stands in a column, as SQL on each database. `n` counts the rows from 0, `i` the bays, `k`
/// the readings of a bay; `d` is the row of the device. 22 % of the readings are changes.
struct Column(&'static str, &'static str, &'static str);

const READING: &[Column] = &[
    Column("reading_seq", "n + 1", "n + 1"),
    Column("stored_at", "AT", "AT"),
    Column("bay_id", "d.bay_id", "d.bay_id"),
    Column("device_id", "d.device_id", "d.device_id"),
    Column("epoch", "'5f3a1c00'", "'5f3a1c00'"),
    Column("number", "k", "k"),
    Column("part", "0", "0"),
    Column("observed_at", "AT", "AT"),
    Column("time_source", "'device'", "'device'"),
    Column("device_at", "AT", "AT"),
    Column("received_at", "AT", "AT"),
    Column("kind", KIND, KIND),
    Column("occupied", "(k + i) % 9 < 5", "(k + i) % 9 < 5"),
    Column("rssi_dbm", "-60 - n % 40", "-60 - n % 40"),
    Column("report_json", REPORT, REPORT),
    Column("prev_seq", PREVIOUS, PREVIOUS),
    Column("payload_hash", "randomblob(32)", "sha256(int8send(n))"),
];
const KIND: &str =
    "case (k + i) % 9 when 0 then 'occupied' when 5 then 'vacant' else 'heartbeat' end";
const REPORT: &str = "'{\"kind\":\"' || case (k + i) % 9 when 0 then 'occupied' when 5 then 'vacant' else 'heartbeat' end \
     || '\",\"occupied\":' || case when (k + i) % 9 < 5 then 'true' else 'false' end || \
     ',\"battery_pct\":91,\"battery_mv\":3546,\"temperature_c\":21.5}'";
const PREVIOUS: &str = "case when k > 0 then n + 1 - BAYS end";

/// SPAN is a span that the gateway itself has stored: as long as real ones are.
const STAY: &[Column] = &[
    Column("stay_id", SQLITE_UUID, POSTGRES_UUID),
    Column("bay_id", "d.bay_id", "d.bay_id"),
    Column("state", "'left'", "'left'"),
    Column("revision", "1", "1"),
    Column("arrived_at", "AT", "AT"),
    Column("left_at", "AT + 900000", "AT + 900000"),
    Column("span_json", "SPAN", "SPAN"),
    Column("fold_version", "1", "1"),
    Column("policy_version", "1", "1"),
];
/// Version 7: the time first.
const SQLITE_UUID: &str = "unhex(printf('%012x', AT) || '7' || substr(hex(randomblob(2)), 2) || '8' || substr(hex(randomblob(8)), 2))";
const POSTGRES_UUID: &str = "(lpad(to_hex(AT), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid";

/// Fills a database that holds a town and that nobody has open.
#[derive(Debug)]
pub(crate) enum Prefill {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Prefill {
    pub(crate) async fn open(url: &str) -> Result<Prefill> {
        let Some(path) = url.strip_prefix("sqlite:") else {
            return Ok(Prefill::Postgres(PgConnection::connect(url).await?));
        };
        let options = SqliteConnectOptions::new().filename(path);
        let options = options.synchronous(SqliteSynchronous::Off).foreign_keys(false);
        let options = options.pragma("cache_size", "-262144").pragma("temp_store", "memory");
        Ok(Prefill::Sqlite(options.connect().await?))
    }

    /// Readings that end at `until_ms`, as many of each device, stored in the order of their time.
    pub(crate) async fn readings(&mut self, count: u64, until_ms: i64) -> Result<()> {
        progress(&format!("storing {count} readings beforehand"));
        let bays = self.list_devices().await?;
        let laps = i64::try_from(count)? / bays + 1;
        let from_ms = until_ms - laps * SPACING_MS;
        let at = format!("({from_ms} + k * {SPACING_MS} + i * {SPACING_MS} / {bays})");
        let indexes = self.drop_indexes("reading").await?;
        self.fill("reading", READING, count, bays, &at, "").await?;
        for index in indexes {
            self.run(&index).await?;
        }
        self.link_bays(count, bays).await?;
        self.tidy().await
    }

    /// Stays that ended before `until_ms`, each with its first revision.
    pub(crate) async fn stays(&mut self, count: u64, until_ms: i64) -> Result<()> {
        progress(&format!("storing {count} stays beforehand"));
        let bays = self.list_devices().await?;
        let laps = i64::try_from(count)? / bays + 1;
        let from_ms = until_ms - laps * SPACING_MS;
        let at = format!("({from_ms} + k * {SPACING_MS})");
        let span = self.text("select span_json from stay limit 1").await?;
        let span = format!("'{}'", span.context("a stay as a model")?.replace('\'', "''"));
        let indexes = self.drop_indexes("stay").await?;
        self.fill("stay", STAY, count, bays, &at, &span).await?;
        for index in indexes {
            self.run(&index).await?;
        }
        self.run(&format!(
            "insert into stay_revision (stay_id, revision, state, change, span_json, published_at) \
             select stay_id, 1, state, 'new', span_json, left_at from stay where left_at <= {until_ms} \
             and not exists (select 1 from stay_revision r where r.stay_id = stay.stay_id)"
        ))
        .await?;
        self.tidy().await
    }

    /// Numbers the devices from 0 in a table of this connection's own; gives how many there are.
    async fn list_devices(&mut self) -> Result<i64> {
        self.run("drop table if exists listed").await?;
        self.run(
            "create temp table listed as select row_number() over (order by device_id) - 1 as nth, \
             device_id, bay_id from device",
        )
        .await?;
        self.run("create unique index listed_nth on listed (nth)").await?;
        self.number("select count(*) from listed").await
    }

    async fn fill(
        &mut self,
        table: &str,
        columns: &[Column],
        count: u64,
        bays: i64,
        at: &str,
        span: &str,
    ) -> Result<()> {
        let there = self.columns(table).await?;
        let columns: Vec<&Column> =
            columns.iter().filter(|c| there.iter().any(|name| name == c.0)).collect();
        let names: Vec<&str> = columns.iter().map(|c| c.0).collect();
        let sqlite = matches!(self, Prefill::Sqlite(_));
        let values: Vec<&str> = columns.iter().map(|c| if sqlite { c.1 } else { c.2 }).collect();
        let values = values.join(", ").replace("AT", at).replace("SPAN", span);
        let values = values.replace("BAYS", &bays.to_string());
        let (series, own_numbers) = if sqlite {
            (
                "with recursive s(n) as (select 0 union all select n + 1 from s where n + 1 < COUNT), ",
                "",
            )
        } else {
            (
                "with s as (select generate_series(0::bigint, COUNT - 1) as n), ",
                "overriding system value ",
            )
        };
        let names = names.join(", ");
        let sql = format!(
            "insert into {table} ({names}) {own_numbers}{series} \
             r as (select n, n % {bays} as i, n / {bays} as k from s) \
             select {values} from r cross join listed d where d.nth = r.i",
        );
        let sql = if sqlite {
            sql
        } else {
            sql.replace(
                "from r cross join listed d where d.nth = r.i",
                "from r join listed d on d.nth = r.i order by n",
            )
        };
        self.run(&sql.replace("COUNT", &count.to_string())).await
    }

    /// Each bay's newest reading: of the last lap, whole or begun.
    async fn link_bays(&mut self, count: u64, bays: i64) -> Result<()> {
        let count = i64::try_from(count)?;
        self.run(
            "create temp table newest as select b.bay_no, l.nth as i from listed l \
             join bay b on b.bay_id = l.bay_id",
        )
        .await?;
        self.run("create unique index newest_bay on newest (bay_no)").await?;
        self.run(&format!(
            "update bay_live set last_seq = (select (({count} - 1 - n.i) / {bays}) * {bays} + n.i + 1 \
             from newest n where n.bay_no = bay_live.bay_no) \
             where bay_no in (select bay_no from newest where i < {count})"
        ))
        .await
    }

    /// Drops the indexes of a table that are not constraints; gives the statements that make them.
    /// PostgreSQL keeps its own: there they cost less than finding out about partitions.
    async fn drop_indexes(&mut self, table: &str) -> Result<Vec<String>> {
        let Prefill::Sqlite(c) = self else { return Ok(Vec::new()) };
        let found: Vec<(String, String)> = sqlx::query_as(
            "select name, sql from sqlite_master where type = 'index' and tbl_name = $1 and sql is not null",
        )
        .bind(table)
        .fetch_all(&mut *c)
        .await?;
        for (name, _) in &found {
            sqlx::query(AssertSqlSafe(format!("drop index {name}"))).execute(&mut *c).await?;
        }
        Ok(found.into_iter().map(|(_, sql)| sql).collect())
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<String>> {
        match self {
            Prefill::Sqlite(c) => Ok(sqlx::query_scalar("select name from pragma_table_info($1)")
                .bind(table)
                .fetch_all(c)
                .await?),
            Prefill::Postgres(c) => Ok(sqlx::query_scalar(
                "select attname::text from pg_attribute where attrelid = to_regclass($1) \
                 and attnum > 0 and not attisdropped",
            )
            .bind(table)
            .fetch_all(c)
            .await?),
        }
    }

    /// The statistics, the numbering and the log as they would be by now.
    async fn tidy(&mut self) -> Result<()> {
        match self {
            Prefill::Sqlite(_) => self.run("pragma wal_checkpoint(truncate)").await,
            Prefill::Postgres(_) => {
                self.run(
                    "select setval(pg_get_serial_sequence('reading', 'reading_seq'), \
                     greatest((select max(reading_seq) from reading), 1))",
                )
                .await?;
                self.run("vacuum analyze").await?;
                self.run("checkpoint").await
            }
        }
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Prefill::Sqlite(c) => sqlx::query(sql).execute(c).await.map(|_| ())?,
            Prefill::Postgres(c) => sqlx::query(sql).execute(c).await.map(|_| ())?,
        }
        Ok(())
    }

    async fn number(&mut self, sql: &'static str) -> Result<i64> {
        match self {
            Prefill::Sqlite(c) => Ok(sqlx::query_scalar(sql).fetch_one(c).await?),
            Prefill::Postgres(c) => Ok(sqlx::query_scalar(sql).fetch_one(c).await?),
        }
    }

    async fn text(&mut self, sql: &'static str) -> Result<Option<String>> {
        match self {
            Prefill::Sqlite(c) => Ok(sqlx::query_scalar(sql).fetch_optional(c).await?),
            Prefill::Postgres(c) => Ok(sqlx::query_scalar(sql).fetch_optional(c).await?),
        }
    }

    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Prefill::Sqlite(c) => Ok(c.close().await?),
            Prefill::Postgres(c) => Ok(c.close().await?),
        }
    }
}
