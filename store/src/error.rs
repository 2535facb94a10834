//! What can go wrong with a database, as far as a caller can act on it.

use thiserror::Error;

/// Result of every store function.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failed statement.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another transaction was in the way: run the whole transaction again.
    #[error("another transaction was in the way; run it again")]
    Again(#[source] sqlx::Error),
    /// The schema is not the one this program was built for.
    #[error("{0}")]
    Schema(String),
    /// The address names no supported database.
    #[error("cannot use database address {0:?}: expected sqlite:PATH or postgres://…")]
    Address(String),
    /// Anything else the database refused.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
}

/// SQLSTATE of serialization failure, deadlock and lock timeout; SQLite's busy codes.
const TRY_AGAIN: [&str; 6] = ["40001", "40P01", "55P03", "5", "261", "517"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
        match code {
            Some(code) if TRY_AGAIN.contains(&code.as_str()) => StoreError::Again(error),
            _ => StoreError::Database(error),
        }
    }
}
