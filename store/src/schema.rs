//! What tables, columns and names a database really has: for comparing the two schemas.

use crate::tx::Conn;
use crate::{Result, Tx};

impl Tx {
    /// Every column as (`table.column`, its type with ` not null` where so), in order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn schema_columns(&mut self) -> Result<Vec<(String, String)>> {
        match self.conn() {
            // A SQLite row number is never null though its column does not say so.
            Conn::Sqlite(c) => Ok(sqlx::query_as(
                "select m.name || '.' || p.name, lower(p.type) || case when p.\"notnull\" = 1 \
                 or m.sql like '%' || p.name || ' integer primary key%' then ' not null' else '' end \
                 from sqlite_master m, pragma_table_info(m.name) p \
                 where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\' \
                 and m.name not like '\\_sqlx%' escape '\\' order by 1",
            )
            .fetch_all(c)
            .await?),
            Conn::Postgres(c) => Ok(sqlx::query_as(
                "select (c.table_name || '.' || c.column_name) collate \"C\", \
                 c.data_type || case when c.is_nullable = 'NO' then ' not null' else '' end \
                 from information_schema.columns c join information_schema.tables t \
                 on t.table_name = c.table_name and t.table_schema = c.table_schema \
                 where c.table_schema = current_schema() and c.table_name not like '\\_sqlx%' \
                 and c.table_name !~ '^reading_([0-9]+|default)$' order by 1",
            )
            .fetch_all(c)
            .await?),
        }
    }

    /// Every constraint and index that has a name of ours, as `table.name`, in order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn schema_names(&mut self) -> Result<Vec<String>> {
        let mut names = match self.conn() {
            Conn::Sqlite(c) => {
                let rows: Vec<(String, String, String)> = sqlx::query_as(
                    "select tbl_name, name, sql from sqlite_master where sql is not null \
                     and type in ('table', 'index') and tbl_name not like '\\_sqlx%' escape '\\'",
                )
                .fetch_all(c)
                .await?;
                rows.iter().flat_map(|(table, name, sql)| sqlite_names(table, name, sql)).collect()
            }
            Conn::Postgres(c) => sqlx::query_scalar(POSTGRES_NAMES).fetch_all(c).await?,
        };
        names.sort_unstable();
        Ok(names)
    }
}

/// Names that PostgreSQL made up itself (`…_pkey` of row numbers) and those of partitions are left out.
const POSTGRES_NAMES: &str = "select t.relname || '.' || n.name from (\
     select conrelid as relid, conname::text as name from pg_constraint \
     where contype in ('p', 'u', 'f', 'c') and conname not like '%\\_pkey' \
     union select indrelid, i.relname::text from pg_index join pg_class i on i.oid = indexrelid \
     where i.relname not like '%\\_pkey') n \
     join pg_class t on t.oid = n.relid \
     where t.relnamespace = current_schema()::regnamespace and not t.relispartition \
     and t.relname not like '\\_sqlx%'";

/// SQLite keeps the names of constraints only in the text that made the table.
fn sqlite_names(table: &str, name: &str, sql: &str) -> Vec<String> {
    if table != name {
        return vec![format!("{table}.{name}")];
    }
    let named = sql.split_whitespace().zip(sql.split_whitespace().skip(1));
    named
        .filter(|(word, _)| *word == "constraint")
        .map(|(_, name)| format!("{table}.{name}"))
        .collect()
}
