//! SQL past the program, as somebody with the database's password would write it.

use sqlx::{Connection, PgConnection, SqliteConnection};

/// Runs statements in one transaction.
///
/// # Errors
/// What the database said, with the constraint's name.
pub(crate) async fn run(url: &str, sql: &str) -> Result<(), String> {
    let said = |error: sqlx::Error| match error.as_database_error() {
        Some(e) => format!("{e} {}", e.constraint().unwrap_or_default()),
        None => error.to_string(),
    };
    let sql = sqlx::AssertSqlSafe(format!("begin; {sql}; commit;"));
    if let Some(path) = url.strip_prefix("sqlite:") {
        let address = format!("sqlite:{path}");
        let mut connection = SqliteConnection::connect(&address).await.map_err(said)?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map_err(said)?;
        return connection.close().await.map_err(said);
    }
    let mut connection = PgConnection::connect(url).await.map_err(said)?;
    sqlx::raw_sql(sql).execute(&mut connection).await.map_err(said)?;
    connection.close().await.map_err(said)
}
