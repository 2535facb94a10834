//! Accounts at the broker. Passwords are here as hashes only, and nowhere in plain.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{News, Result, Tx};

/// An account at the broker: its kind says what it may do.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct CredentialRow {
    pub credential_id: Uuid,
    pub username: String,
    /// `device`, `network`, `gateway` or `concentrator`.
    pub kind: String,
    pub device_id: Option<Uuid>,
    /// A concentrator speaks for the native devices of this operator; for all if empty.
    pub operator_id: Option<Uuid>,
    /// Mosquitto's form: `$7$`, PBKDF2 with SHA-512.
    pub password_hash: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialRow({}, {})", self.username, self.kind)
    }
}

/// A native device and whose bay it is in.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct NativeDevice {
    pub device_id: Uuid,
    pub device_key: String,
    pub operator_id: Option<Uuid>,
}

macro_rules! credential_columns {
    () => {
        "select credential_id, username, kind, device_id, operator_id, password_hash, created_at, revoked_at \
         from credential "
    };
}

impl Tx {
    /// Makes an account, or gives a known one of the same kind and device a new password.
    /// False if the name belongs to another kind, device or operator.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_credential(&mut self, row: &CredentialRow) -> Result<bool> {
        self.tell(News::Register);
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into credential (credential_id, username, kind, device_id, operator_id, password_hash, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (username) do update \
             set password_hash = excluded.password_hash, created_at = excluded.created_at, revoked_at = null \
             where credential.kind = excluded.kind \
             and coalesce(credential.device_id, excluded.credential_id) \
                 = coalesce(excluded.device_id, excluded.credential_id) \
             and coalesce(credential.operator_id, excluded.credential_id) \
                 = coalesce(excluded.operator_id, excluded.credential_id)"
        )
        .bind(row.credential_id)
        .bind(&row.username)
        .bind(&row.kind)
        .bind(row.device_id)
        .bind(row.operator_id)
        .bind(&row.password_hash)
        .bind(row.created_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Ends an account; false if there is none in use.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revoke_credential(&mut self, username: &str, at: i64) -> Result<bool> {
        self.tell(News::Register);
        both!(self, |c| Ok(sqlx::query(
            "update credential set revoked_at = $2 where username = $1 and revoked_at is null"
        )
        .bind(username)
        .bind(at)
        .execute(c)
        .await?
        .rows_affected()
            == 1))
    }

    /// Every account, by name; those that have ended, too.
    ///
    /// # Errors
    /// `Database`.
    pub async fn credentials(&mut self) -> Result<Vec<CredentialRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(credential_columns!(), "order by username"))
            .fetch_all(c)
            .await?))
    }

    /// The account of a device.
    ///
    /// # Errors
    /// `Database`.
    pub async fn credential_of_device(&mut self, device: Uuid) -> Result<Option<CredentialRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(credential_columns!(), "where device_id = $1"))
            .bind(device)
            .fetch_optional(c)
            .await?))
    }

    /// Every native device with the operator of its bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn native_devices(&mut self) -> Result<Vec<NativeDevice>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select d.device_id, d.device_key, b.operator_id from device d \
             left join bay b on b.bay_id = d.bay_id where d.network = 'native' order by d.device_key"
        )
        .fetch_all(c)
        .await?)
        })
    }
}
