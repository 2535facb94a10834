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
    #[error(
        "cannot use a database address that begins with {0:?}: expected sqlite:PATH or postgres://…"
    )]
    Address(String),
    /// Anything else the database refused.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the statement failed for what it was to store, so that it would fail again: SQLSTATE
    /// classes 22 and 23, SQLite's constraint and size errors, or a value that cannot be written.
    #[must_use]
    pub fn blames_data(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                let sqlite = code.parse::<u32>().is_ok_and(|c| matches!(c & 0xff, 18..=20));
                let postgres =
                    code.len() == 5 && (code.starts_with("22") || code.starts_with("23"));
                if code.len() == 5 { postgres } else { sqlite }
            }
            StoreError::Database(error) => {
                matches!(
                    error,
                    sqlx::Error::Encode(_)
                        | sqlx::Error::Decode(_)
                        | sqlx::Error::ColumnDecode { .. }
                )
            }
            _ => false,
        }
    }
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
