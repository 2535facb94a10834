//! How a driver may be reached, by their own leave. `address` is personal data.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{rows, run};
use crate::{Result, Tx};

/// A phone number, or the grant of one subscription message (its template).
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct ContactRow {
    pub contact_id: Uuid,
    pub account_id: Uuid,
    pub channel: String,
    pub address: String,
    pub granted_at: i64,
    pub used_by: Option<Uuid>,
}

impl std::fmt::Debug for ContactRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactRow({}, {})", self.contact_id, self.channel)
    }
}

impl Tx {
    /// Stores the leave to reach a driver.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_contact(&mut self, contact: &ContactRow) -> Result<()> {
        run!(
            self,
            "insert into driver_contact (contact_id, account_id, channel, address, granted_at) values ($1, $2, $3, $4, $5)",
            contact.contact_id,
            contact.account_id,
            &contact.channel,
            &contact.address,
            contact.granted_at
        );
        Ok(())
    }

    /// The leaves that hold, oldest first: a subscription that was used is none any more.
    ///
    /// # Errors
    /// `Database`.
    pub async fn contacts(&mut self, account_id: Uuid) -> Result<Vec<ContactRow>> {
        Ok(rows!(
            self,
            "select contact_id, account_id, channel, address, granted_at, used_by from driver_contact \
             where account_id = $1 and withdrawn_at is null and (channel <> 'subscription' or used_by is null) \
             order by granted_at, contact_id",
            account_id
        ))
    }

    /// Takes the leave back; false if it is not theirs or does not hold.
    ///
    /// # Errors
    /// `Database`.
    pub async fn withdraw_contact(
        &mut self,
        account_id: Uuid,
        contact_id: Uuid,
        at: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update driver_contact set withdrawn_at = $3, address = '' \
             where contact_id = $2 and account_id = $1 and withdrawn_at is null",
            account_id,
            contact_id,
            at
        ) == 1)
    }

    /// Uses the oldest grant of a subscription message for a notice; false if there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn use_subscription(&mut self, account_id: Uuid, notice_id: Uuid) -> Result<bool> {
        Ok(run!(
            self,
            "update driver_contact set used_by = $2 where contact_id = (select contact_id from driver_contact \
             where account_id = $1 and channel = 'subscription' and used_by is null and withdrawn_at is null \
             order by granted_at, contact_id limit 1)",
            account_id,
            notice_id
        ) == 1)
    }
}
