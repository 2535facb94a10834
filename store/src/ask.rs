//! Short ways to run one statement that reads the same in both dialects: `run!` for the number of
//! rows changed, `row!` and `rows!` for what is found. Values are bound in order.

/// Runs a statement; how many rows it changed.
macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::tx::both!($tx, |c| sqlx::query($sql)$(.bind($value))*.execute(c).await?.rows_affected())
    };
}
pub(crate) use run;

/// The one row that a statement finds, if there is one.
macro_rules! row {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::tx::both!($tx, |c| sqlx::query_as($sql)$(.bind($value))*.fetch_optional(c).await?)
    };
}
pub(crate) use row;

/// Every row that a statement finds.
macro_rules! rows {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::tx::both!($tx, |c| sqlx::query_as($sql)$(.bind($value))*.fetch_all(c).await?)
    };
}
pub(crate) use rows;

/// Locks the row that a statement finds: the rest of the transaction on PostgreSQL, and on SQLite,
/// where there is one writer, nothing more.
macro_rules! lock_row {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $tx.conn() {
            $crate::tx::Conn::Sqlite(c) => {
                sqlx::query_as($sql)$(.bind($value))*.fetch_optional(c).await?
            }
            $crate::tx::Conn::Postgres(c) => {
                sqlx::query_as(concat!($sql, " for update"))$(.bind($value))*.fetch_optional(c).await?
            }
        }
    };
}
pub(crate) use lock_row;
