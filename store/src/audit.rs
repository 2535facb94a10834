//! The append-only log of what staff did and which personal data they read unmasked.

use crate::tx::both;
use crate::{Result, Tx};

impl Tx {
    /// Appends to the audit log. `detail_json` holds no personal data.
    ///
    /// # Errors
    /// `Database`.
    pub async fn audit(
        &mut self,
        made_at: i64,
        actor: &str,
        action: &str,
        object: (&str, &str),
        detail_json: &str,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into audit (made_at, actor, action, object_kind, object_id, detail_json) \
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(made_at)
            .bind(actor)
            .bind(action)
            .bind(object.0)
            .bind(object.1)
            .bind(detail_json)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// How many lines the audit log has for an action.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_audit(&mut self, action: &str) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from audit where action = $1")
            .bind(action)
            .fetch_one(c)
            .await?))
    }
}
