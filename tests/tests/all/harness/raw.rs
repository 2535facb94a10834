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

/// The rows of a table as text, their columns (but for some) joined by bars.
pub(crate) async fn rows(url: &str, table: &str, without: &[&str]) -> Vec<String> {
    let joined = |columns: Vec<String>, shown: fn(&str) -> String| {
        let kept = columns.into_iter().filter(|name| !without.contains(&name.as_str()));
        let list: Vec<String> = kept.map(|name| shown(&name)).collect();
        sqlx::AssertSqlSafe(format!("select {} from {table}", list.join(" || '|' || ")))
    };
    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut c = SqliteConnection::connect(&format!("sqlite:{path}")).await.expect("it opens");
        let columns = sqlx::query_scalar("select name from pragma_table_info($1)").bind(table);
        let columns: Vec<String> = columns.fetch_all(&mut c).await.expect("its columns");
        let sql = joined(columns, |name| format!("quote({name})"));
        return sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("its rows");
    }
    let mut c = PgConnection::connect(url).await.expect("it opens");
    let columns = sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = to_regclass($1) and attnum > 0 \
         and not attisdropped order by attnum",
    );
    let columns: Vec<String> = columns.bind(table).fetch_all(&mut c).await.expect("its columns");
    let sql = joined(columns, |name| format!("coalesce({name}::text, 'null')"));
    sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("its rows")
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
