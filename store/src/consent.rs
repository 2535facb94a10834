//! What a driver agreed to: taking it back, with what was kept by its leave.

use uuid::Uuid;

use crate::ask::run;
use crate::{Result, Tx};

impl Tx {
    /// Takes a consent back; false if it does not hold.
    ///
    /// # Errors
    /// `Database`.
    pub async fn withdraw_consent(
        &mut self,
        account_id: Uuid,
        purpose: &str,
        at: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update consent set withdrawn_at = $3 where account_id = $1 and purpose = $2 and withdrawn_at is null",
            account_id,
            purpose,
            at
        ) > 0)
    }

    /// Takes every leave to be reached back; the addresses are deleted.
    ///
    /// # Errors
    /// `Database`.
    pub async fn withdraw_contacts(&mut self, account_id: Uuid, at: i64) -> Result<u64> {
        Ok(run!(
            self,
            "update driver_contact set withdrawn_at = $2, address = '' where account_id = $1 and withdrawn_at is null",
            account_id,
            at
        ))
    }

    /// Deletes the titles that a driver kept.
    ///
    /// # Errors
    /// `Database`.
    pub async fn drop_titles(&mut self, account_id: Uuid) -> Result<u64> {
        Ok(run!(self, "delete from invoice_title where account_id = $1", account_id))
    }
}
