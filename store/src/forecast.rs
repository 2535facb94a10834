//! What the forecast has learned, in parts that are written anew as it goes on learning.

use sqlx::FromRow;

use crate::tx::both;
use crate::{Result, Tx};

/// One part: `rules`, or `block/<code>`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ForecastRow {
    pub part: String,
    pub content: Vec<u8>,
    /// City time up to which it had learned.
    pub learned_at: i64,
}

impl Tx {
    /// Every part.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forecast_parts(&mut self) -> Result<Vec<ForecastRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as("select part, content, learned_at from forecast_state order by part")
                .fetch_all(c)
                .await?)
        })
    }

    /// Stores parts, in the place of what they were.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_forecast(&mut self, parts: &[ForecastRow]) -> Result<()> {
        for row in parts {
            both!(self, |c| {
                sqlx::query(
                    "insert into forecast_state (part, content, learned_at) values ($1, $2, $3) \
                     on conflict (part) do update set content = excluded.content, \
                     learned_at = excluded.learned_at",
                )
                .bind(&row.part)
                .bind(&row.content)
                .bind(row.learned_at)
                .execute(c)
                .await?;
            });
        }
        Ok(())
    }
}
