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

/// What a query of one text column finds.
pub(crate) async fn texts(url: &str, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut c = SqliteConnection::connect(&format!("sqlite:{path}")).await.expect("it opens");
        return sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("its rows");
    }
    let mut c = PgConnection::connect(url).await.expect("it opens");
    sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("its rows")
}

/// Ids that were made while a test ran are version 7: each is replaced by a star.
pub(crate) fn mask(row: &str) -> String {
    let mut masked = String::with_capacity(row.len());
    let mut rest = row;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        masked.push_str(&rest[..at]);
        let from = &rest[at..];
        let end = from.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(from.len());
        let word = &from[..end];
        let digits: String = word.chars().filter(|c| *c != '-').collect();
        let made_now = digits.len() == 32 && digits.starts_with('0') && &digits[12..13] == "7";
        masked.push_str(if made_now { "*" } else { word });
        rest = &from[end..];
    }
    masked.push_str(rest);
    masked
}

#[test]
fn only_ids_that_were_made_now_are_masked() {
    for (row, masked) in [
        ("019ad5f0-1c2a-7b3c-8d4e-5f6071829304|1", "*|1"),
        ("X'019AD5F01C2A7B3C8D4E5F6071829304'|x", "X'*'|x"),
        (
            "fee:00000000-0000-0000-0000-000000009c40:1",
            "fee:00000000-0000-0000-0000-000000009c40:1",
        ),
        ("no id at all", "no id at all"),
    ] {
        assert_eq!(mask(row), masked);
    }
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
