//! Set-based statements: thousands of rows in one statement, in each database's own fastest way
//! (measured: multi-row VALUES on SQLite, UNNEST of arrays on PostgreSQL).
//!
//! Both give the rows as a table `v` in front of one statement text that is the same for both. Knows
//! no table; what is written stands in the files of the tables.

use sqlx::{QueryBuilder, Sqlite};

/// Rows of one SQLite statement. Few sizes, so that each is prepared once and found again; the
/// largest times 22 columns stays under SQLite's 32,766 parameters.
const SQLITE_ROWS: [usize; 5] = [512, 128, 32, 8, 1];

/// Cuts rows into the few sizes for which statements are prepared.
pub(crate) fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = SQLITE_ROWS.into_iter().find(|size| *size <= rest.len())?;
        let (chunk, after) = rest.split_at(size);
        rest = after;
        Some(chunk)
    })
}

/// The beginning of a SQLite statement: `with recursive v (columns) as (values (…), (…)) `.
/// Recursive, so that a body may add a table that is.
pub(crate) fn values(columns: &str) -> QueryBuilder<Sqlite> {
    QueryBuilder::new(format!("with recursive v ({columns}) as (values "))
}

/// Runs `$body` once for all rows, which it finds in the table `v`:
/// `bulk!(tx, rows, "a, b", |row| ["bigint": row.a, "text": &row.b], "insert into t (a, b) select a, b from v")`.
/// The types are PostgreSQL's; no rows, no statement.
macro_rules! bulk {
    ($tx:expr, $rows:expr, $columns:literal, |$row:ident| [$($pg:literal: $value:expr),+ $(,)?], $body:expr) => {{
        let rows = $rows;
        match $tx.conn() {
            $crate::tx::Conn::Sqlite(c) => {
                for chunk in $crate::bulk::chunks(rows) {
                    let mut query = $crate::bulk::sqlite_values!($columns, chunk, |$row| [$($value),+]);
                    query.push($body);
                    query.build().execute(&mut *c).await?;
                }
            }
            $crate::tx::Conn::Postgres(c) => {
                if !rows.is_empty() {
                    let sql = $crate::bulk::postgres_values!($columns, [$($pg),+], $body);
                    sqlx::query(sqlx::AssertSqlSafe(sql))
                        $(.bind($crate::bulk::column!(rows, |$row| $value)))+
                        .execute(c)
                        .await?;
                }
            }
        }
    }};
}

/// As `bulk!`, for a statement that gives rows. Write `v cross join t where …`: SQLite has no statistics
/// and takes `join` as leave to walk through all of `t` for some hundred rows (measured: 25 µs a row
/// with 100,000 rows in `t`); `cross join` keeps the order, and PostgreSQL does not care.
macro_rules! bulk_fetch {
    ($tx:expr, $rows:expr, $columns:literal, |$row:ident| [$($pg:literal: $value:expr),+ $(,)?], $body:expr) => {{
        let rows = $rows;
        let mut found = Vec::new();
        match $tx.conn() {
            $crate::tx::Conn::Sqlite(c) => {
                for chunk in $crate::bulk::chunks(rows) {
                    let mut query = $crate::bulk::sqlite_values!($columns, chunk, |$row| [$($value),+]);
                    query.push($body);
                    found.append(&mut query.build_query_as().fetch_all(&mut *c).await?);
                }
            }
            $crate::tx::Conn::Postgres(c) => {
                if !rows.is_empty() {
                    let sql = $crate::bulk::postgres_values!($columns, [$($pg),+], $body);
                    found.append(
                        &mut sqlx::query_as(sqlx::AssertSqlSafe(sql))
                            $(.bind($crate::bulk::column!(rows, |$row| $value)))+
                            .fetch_all(c)
                            .await?,
                    );
                }
            }
        }
        found
    }};
}

/// As `bulk!`, for rows that are appended to a table: PostgreSQL copies many of them.
macro_rules! append {
    ($tx:expr, $rows:expr, $table:literal, $columns:literal, |$row:ident| [$($pg:literal: $value:expr),+ $(,)?], $body:expr) => {{
        let rows = $rows;
        match $tx.conn() {
            $crate::tx::Conn::Postgres(c) if rows.len() >= $crate::copy::COPY_ROWS => {
                let mut copy = $crate::copy::Rows::new([$($pg),+].len(), rows.len());
                for $row in rows {
                    copy.row();
                    $(copy.put($value);)+
                }
                let statement = concat!("copy ", $table, " (", $columns, ") from stdin (format binary)");
                copy.send(c, statement).await?;
            }
            _ => $crate::bulk::bulk!($tx, rows, $columns, |$row| [$($pg: $value),+], $body),
        }
    }};
}

/// One column of all rows. Some columns are the same for every row.
macro_rules! column {
    ($rows:expr, |$row:ident| $value:expr) => {{
        #[allow(unused_variables)]
        let column = $rows.iter().map(|$row| $value).collect::<Vec<_>>();
        column
    }};
}

macro_rules! sqlite_values {
    ($columns:literal, $chunk:expr, |$row:ident| [$($value:expr),+]) => {{
        let mut query = $crate::bulk::values($columns);
        let mut before = "(";
        for $row in $chunk {
            query.push(before);
            let mut list = query.separated(", ");
            $(list.push_bind($value);)+
            before = "), (";
        }
        query.push(")) ");
        query
    }};
}

macro_rules! postgres_values {
    ($columns:literal, [$($pg:literal),+], $body:expr) => {{
        let mut number = 0;
        let arrays = [$($pg),+].map(|pg| { number += 1; format!("${number}::{pg}[]") }).join(", ");
        format!("with recursive v ({}) as (select * from unnest({arrays})) {}", $columns, $body)
    }};
}

pub(crate) use {append, bulk, bulk_fetch, column, postgres_values, sqlite_values};

#[cfg(test)]
mod tests {
    #[test]
    fn rows_are_cut_into_few_sizes_and_none_is_lost() {
        for (rows, sizes) in [
            (0, vec![]),
            (1, vec![1]),
            (9, vec![8, 1]),
            (700, vec![512, 128, 32, 8, 8, 8, 1, 1, 1, 1]),
            (1024, vec![512, 512]),
        ] {
            let rows: Vec<usize> = (0..rows).collect();
            let cut: Vec<&[usize]> = super::chunks(&rows).collect();
            assert_eq!(cut.iter().map(|c| c.len()).collect::<Vec<_>>(), sizes);
            assert_eq!(cut.concat(), rows);
        }
    }
}
