//! Codes sent to phones to sign in with: one a number, the newest. Only the hash is stored; machine time.

use sqlx::FromRow;

use crate::ask::{lock_row, run};
use crate::{Result, Tx};

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PhoneCodeRow {
    pub code_hash: Vec<u8>,
    pub asked_at: i64,
    pub expires_at: i64,
    /// How often a wrong one was tried.
    pub tries: i64,
}

impl Tx {
    /// Stores a number's code in the place of an earlier one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_phone_code(&mut self, phone: &str, code: &PhoneCodeRow) -> Result<()> {
        run!(
            self,
            "insert into phone_code (phone, code_hash, asked_at, expires_at, tries) values ($1, $2, $3, $4, $5) \
             on conflict (phone) do update set code_hash = excluded.code_hash, asked_at = excluded.asked_at, \
             expires_at = excluded.expires_at, tries = excluded.tries",
            phone,
            &code.code_hash,
            code.asked_at,
            code.expires_at,
            code.tries
        );
        Ok(())
    }

    /// The code of a number, locked until the transaction ends, so that tries are counted one by one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn phone_code(&mut self, phone: &str) -> Result<Option<PhoneCodeRow>> {
        Ok(lock_row!(
            self,
            "select code_hash, asked_at, expires_at, tries from phone_code where phone = $1",
            phone
        ))
    }

    /// Counts a wrong try.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_phone_try(&mut self, phone: &str) -> Result<()> {
        run!(self, "update phone_code set tries = tries + 1 where phone = $1", phone);
        Ok(())
    }

    /// Forgets the code of a number: it was used.
    ///
    /// # Errors
    /// `Database`.
    pub async fn drop_phone_code(&mut self, phone: &str) -> Result<()> {
        run!(self, "delete from phone_code where phone = $1", phone);
        Ok(())
    }

    /// Forgets codes that expired before `now`; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_phone_codes(&mut self, now: i64) -> Result<u64> {
        Ok(run!(self, "delete from phone_code where expires_at < $1", now))
    }

    /// Lets a session end at `expires_at`, if it would last longer.
    ///
    /// # Errors
    /// `Database`.
    pub async fn shorten_session(&mut self, token_hash: &[u8], expires_at: i64) -> Result<()> {
        run!(
            self,
            "update session set expires_at = $2 where token_hash = $1 and expires_at > $2",
            token_hash,
            expires_at
        );
        Ok(())
    }
}
