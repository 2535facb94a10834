//! That something in the register changed: bays, devices, accounts. Every gateway keeps a copy of it.
//!
//! Each transaction that changes it appends one row. Which row is no matter: numbers commit out of
//! order, so a gateway compares how many there are as well as which is the newest.

use crate::tx::both;
use crate::{Result, Tx};

/// Rows that are kept, so that counting them costs nothing.
const KEPT: i64 = 100;

/// Another value means another register; nothing else can be told from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegisterState {
    /// How many changes are kept.
    pub count: i64,
    newest: i64,
}

impl Tx {
    /// Tells every gateway, once this transaction is committed, to read the register again.
    ///
    /// # Errors
    /// `Database`.
    pub(crate) async fn note_register_change(&mut self) -> Result<()> {
        if !self.register_noted {
            both!(self, |c| {
                sqlx::query("insert into register_change default values").execute(c).await?;
            });
            self.register_noted = true;
            self.tell();
        }
        Ok(())
    }

    /// The state of the register, for comparing.
    ///
    /// # Errors
    /// `Database`.
    pub async fn register_state(&mut self) -> Result<RegisterState> {
        let (count, newest) = both!(self, |c| sqlx::query_as(
            "select count(*), coalesce(max(change_seq), 0) from register_change"
        )
        .fetch_one(c)
        .await?);
        Ok(RegisterState { count, newest })
    }

    /// Forgets old changes, once there are twice as many as are kept. Gateways read the register
    /// once more for it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_register_changes(&mut self) -> Result<()> {
        let RegisterState { count, newest } = self.register_state().await?;
        if count > 2 * KEPT {
            both!(self, |c| {
                sqlx::query("delete from register_change where change_seq <= $1")
                    .bind(newest - KEPT)
                    .execute(c)
                    .await?;
            });
        }
        Ok(())
    }
}
