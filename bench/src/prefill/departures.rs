//! Visits whose vehicles have left and that wait to be priced: what an evening peak leaves.

use anyhow::Result;

use super::{Column, Prefill};
use crate::report::progress;

/// From one arrival in a bay to the next; a stay is 60 to 240 min long.
const SPACING_MS: i64 = 5 * 3_600_000;
const LEFT: &str = "(AT + 3600000 + n % 37 * 300000)";

const STAY: &[Column] = &[
    Column("stay_id", SQLITE_ID, POSTGRES_ID),
    Column("bay_id", "d.bay_id", "d.bay_id"),
    Column("state", "'left'", "'left'"),
    Column("revision", "1", "1"),
    Column("arrived_at", "AT", "AT"),
    Column("left_at", LEFT, LEFT),
    Column("span_json", SQLITE_SPAN, POSTGRES_SPAN),
    Column("fold_version", "4", "4"),
    Column("policy_version", "1", "1"),
];
const CLAIM: &[Column] = &[
    Column("claim_id", SQLITE_ID, POSTGRES_ID),
    Column("bay_id", "d.bay_id", "d.bay_id"),
    Column("plate", PLATE, PLATE),
    Column("vehicle_class", "'small'", "'small'"),
    Column("method", "'driver'", "'driver'"),
    Column("made_at", "AT", "AT"),
    Column("state", "'bound'", "'bound'"),
];
const VISIT: &[Column] = &[
    Column("visit_id", SQLITE_ID, POSTGRES_ID),
    Column("operator_id", OPERATOR, OPERATOR),
    Column("plate", PLATE, PLATE),
    Column("vehicle_class", "'small'", "'small'"),
    Column("opened_at", "AT", "AT"),
];
const LINK: &[Column] = &[
    Column("stay_id", SQLITE_ID, POSTGRES_ID),
    Column("version", "1", "1"),
    Column("claim_id", SQLITE_ID, POSTGRES_ID),
    Column("visit_id", SQLITE_ID, POSTGRES_ID),
    Column("method", "'driver'", "'driver'"),
    Column("actor", "'bench'", "'bench'"),
    Column("bound_at", "AT", "AT"),
];
const ORDER: &[Column] = &[
    Column("order_id", SQLITE_ID, POSTGRES_ID),
    Column("operator_id", OPERATOR, OPERATOR),
    Column(
        "payee_id",
        "(select payee_id from payee limit 1)",
        "(select payee_id from payee limit 1)",
    ),
    Column("regime", "(select regime from payee limit 1)", "(select regime from payee limit 1)"),
    Column("zone_id", "(select zone_id from zone limit 1)", "(select zone_id from zone limit 1)"),
    Column("subject_kind", "'visit'", "'visit'"),
    Column("subject_id", SQLITE_ID, POSTGRES_ID),
    Column(
        "tariff_id",
        "(select tariff_id from tariff limit 1)",
        "(select tariff_id from tariff limit 1)",
    ),
    Column("state", "'open'", "'open'"),
    Column("total_fen", "0", "0"),
    Column("paid_fen", "0", "0"),
    Column("refunded_fen", "0", "0"),
    Column("invoiced_fen", "0", "0"),
    Column("bill_revision", "0", "0"),
    Column("opened_at", "AT", "AT"),
];
/// Not before `release`.
const JOB: &[Column] = &[
    Column("kind", "'settle_visit'", "'settle_visit'"),
    Column("job_key", "'bench:' || n", "'bench:' || n"),
    Column("subject_id", SQLITE_ID, POSTGRES_ID),
    Column("run_at", "9000000000000", "9000000000000"),
    Column("attempts", "0", "0"),
];
const SQLITE_ID: &str = "unhex(printf('%032x', n + 1))";
const POSTGRES_ID: &str = "lpad(to_hex(n + 1), 32, '0')::uuid";
const OPERATOR: &str = "(select operator_id from payee limit 1)";
const PLATE: &str = "'甘D' || (10000 + n % 90000)";
const SQLITE_SPAN: &str = "replace(replace(replace('SPAN', 'ARRIVED', strftime('%Y-%m-%dT%H:%M:%fZ', AT / 1000.0, 'unixepoch')), \
     'LEFT', strftime('%Y-%m-%dT%H:%M:%fZ', (AT + 3600000 + n % 37 * 300000) / 1000.0, 'unixepoch')), \
     'DEVICE', '00000000-0000-0000-0000-000000000001')";
const POSTGRES_SPAN: &str = "replace(replace(replace('SPAN', 'ARRIVED', to_char(to_timestamp(AT / 1000.0) at time zone 'UTC', \
     'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')), 'LEFT', to_char(to_timestamp((AT + 3600000 + n % 37 * 300000) / 1000.0) \
     at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')), 'DEVICE', '00000000-0000-0000-0000-000000000001')";
/// A span as the gateway stores it.
const FORM: &str = "{\"arrived\":{\"earliest_at\":\"ARRIVED\",\"latest_at\":\"ARRIVED\"},\
     \"left\":{\"earliest_at\":\"LEFT\",\"latest_at\":\"LEFT\"},\"doubts\":[],\"brief\":false,\
     \"first\":{\"device\":\"DEVICE\",\"epoch\":\"9f3a1c02\",\"number\":0,\"part\":0},\
     \"last\":{\"device\":\"DEVICE\",\"epoch\":\"9f3a1c02\",\"number\":2,\"part\":0}}";

/// What settling a visit leaves behind: copied for the plain rate, without triggers and foreign keys.
const LEFT_BEHIND: [&str; 5] = ["bill", "order_event", "posting", "entry", "parking_order"];

impl Prefill {
    /// Visits over stays that ended before `until_ms`, one a stay; their jobs wait for `release`.
    pub(crate) async fn departures(&mut self, count: u64, until_ms: i64) -> Result<()> {
        progress(&format!("storing {count} departures beforehand"));
        let bays = self.list_devices().await?;
        let laps = i64::try_from(count)? / bays + 1;
        let from_ms = until_ms - laps * SPACING_MS;
        let at = format!("({from_ms} + k * {SPACING_MS})");
        for (table, columns) in [
            ("stay", STAY),
            ("claim", CLAIM),
            ("visit", VISIT),
            ("stay_link", LINK),
            ("parking_order", ORDER),
            ("job", JOB),
        ] {
            self.fill(table, columns, count, bays, &at, FORM).await?;
        }
        self.tidy().await
    }

    /// Lets the jobs run.
    pub(crate) async fn release(&mut self) -> Result<()> {
        self.run("update job set run_at = 0 where kind = 'settle_visit'").await
    }

    /// How many of them wait or run.
    pub(crate) async fn waiting(&mut self) -> Result<i64> {
        self.number("select count(*) from job where kind = 'settle_visit'").await
    }

    /// How many orders are not final.
    pub(crate) async fn open_orders(&mut self) -> Result<i64> {
        self.number("select count(*) from parking_order where state = 'open'").await
    }

    /// Empty tables with the columns and keys of those that settling writes.
    pub(crate) async fn plain_tables(&mut self) -> Result<()> {
        for table in LEFT_BEHIND {
            match self {
                Prefill::Postgres(_) => {
                    let sql = format!(
                        "create table plain_{table} (like {table} including defaults including indexes)"
                    );
                    self.run(&sql).await?;
                }
                Prefill::Sqlite(_) => self.plain_sqlite(table).await?,
            }
        }
        Ok(())
    }

    async fn plain_sqlite(&mut self, table: &str) -> Result<()> {
        for (kind, name, sql) in self.statements(table).await? {
            let columns = sql.find('(').map_or("", |from| &sql[from..]);
            let plain = match (kind.as_str(), sql.starts_with("CREATE UNIQUE")) {
                ("table", _) => format!("create table plain_{table} {columns}"),
                (_, true) => format!("create unique index plain_{name} on plain_{table} {columns}"),
                (_, false) => format!("create index plain_{name} on plain_{table} {columns}"),
            };
            self.run(&plain).await?;
        }
        Ok(())
    }

    /// How SQLite says a table and its indexes are made: kind, name, statement; the table first.
    async fn statements(&mut self, table: &str) -> Result<Vec<(String, String, String)>> {
        let Prefill::Sqlite(c) = self else { return Ok(Vec::new()) };
        Ok(sqlx::query_as(
            "select type, name, sql from sqlite_master where tbl_name = $1 and type in ('table', 'index') \
             and sql is not null order by type desc",
        )
        .bind(table)
        .fetch_all(c)
        .await?)
    }

    /// Copies the rows that settling left behind; gives how many there were.
    pub(crate) async fn copy_plainly(&mut self) -> Result<i64> {
        self.run("begin").await?;
        for table in LEFT_BEHIND {
            self.run(&format!("insert into plain_{table} select * from {table}")).await?;
        }
        self.run("commit").await?;
        self.number(
            "select (select count(*) from plain_bill) + (select count(*) from plain_order_event) \
             + (select count(*) from plain_posting) + (select count(*) from plain_entry) \
             + (select count(*) from plain_parking_order)",
        )
        .await
    }
}
