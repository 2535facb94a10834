//! SQL past the program, as somebody with the database's password would write it.

use sqlx::migrate::Migrator;
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

use super::programs::repository;

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

/// Brings an empty database to the schema of an earlier version of the program.
pub(crate) async fn migrate_to(url: &str, version: i64) {
    let dialect = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let all = repository().join("store/migrations").join(dialect);
    let dir = tempfile::tempdir().expect("there is room for a temporary folder");
    for file in std::fs::read_dir(all).expect("the migrations are there") {
        let file = file.expect("a folder can be read");
        let name = file.file_name().into_string().expect("a plain name");
        let number: i64 = name[..4].parse().expect("a migration begins with its number");
        if number <= version {
            std::fs::copy(file.path(), dir.path().join(&name)).expect("it can be copied");
        }
    }
    let migrator = Migrator::new(dir.path()).await.expect("migrations");
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = options.create_if_missing(true).connect().await.expect("it opens");
        migrator.run(&mut connection).await.expect("it takes an earlier schema");
        connection.close().await.expect("it closes");
        return;
    }
    let mut connection = PgConnection::connect(url).await.expect("it opens");
    migrator.run(&mut connection).await.expect("it takes an earlier schema");
    connection.close().await.expect("it closes");
}
