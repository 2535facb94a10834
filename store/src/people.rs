//! Drivers' accounts, staff, and the sessions of both. Tokens are stored as hashes only.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A member of staff; `role` is one of the names in `gateway user add --help`.
#[derive(Clone, FromRow)]
pub struct StaffRow {
    pub staff_id: Uuid,
    pub operator_id: Option<Uuid>,
    pub login: String,
    pub password_hash: String,
    pub role: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

/// Who a token belongs to. Instants are machine time.
#[derive(Clone, Debug, FromRow)]
pub struct SessionRow {
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub expires_at: i64,
}

impl std::fmt::Debug for StaffRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaffRow({}, {})", self.login, self.role)
    }
}

impl Tx {
    /// The account of an openid, made under `fresh` if new; returns its id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_account(&mut self, fresh: Uuid, openid: &str, at: i64) -> Result<Uuid> {
        both!(self, |c| {
            sqlx::query(
                "insert into account (account_id, openid, created_at) values ($1, $2, $3) on conflict (openid) do nothing",
            )
            .bind(fresh)
            .bind(openid)
            .bind(at)
            .execute(&mut *c)
            .await?;
            Ok(sqlx::query_scalar("select account_id from account where openid = $1")
                .bind(openid)
                .fetch_one(c)
                .await?)
        })
    }

    /// The openid of an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn openid(&mut self, account_id: Uuid) -> Result<Option<String>> {
        both!(self, |c| Ok(sqlx::query_scalar("select openid from account where account_id = $1")
            .bind(account_id)
            .fetch_optional(c)
            .await?))
    }

    /// Adds a member of staff; false if the login is taken.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_staff(&mut self, s: &StaffRow) -> Result<bool> {
        both!(self, |c| Ok(sqlx::query(
            "insert into staff (staff_id, operator_id, login, password_hash, role, created_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (login) do nothing"
        )
        .bind(s.staff_id)
        .bind(s.operator_id)
        .bind(&s.login)
        .bind(&s.password_hash)
        .bind(&s.role)
        .bind(s.created_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1))
    }

    /// A member of staff by login.
    ///
    /// # Errors
    /// `Database`.
    pub async fn staff_by_login(&mut self, login: &str) -> Result<Option<StaffRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select staff_id, operator_id, login, password_hash, role, created_at, disabled_at from staff \
             where login = $1"
        )
        .bind(login)
        .fetch_optional(c)
        .await?)
        })
    }

    /// A member of staff by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn staff(&mut self, staff_id: Uuid) -> Result<Option<StaffRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select staff_id, operator_id, login, password_hash, role, created_at, disabled_at from staff \
             where staff_id = $1"
        )
        .bind(staff_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Opens a session.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_session(
        &mut self,
        token_hash: &[u8],
        session: &SessionRow,
        created_at: i64,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into session (token_hash, subject_kind, subject_id, created_at, expires_at) \
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(token_hash)
            .bind(&session.subject_kind)
            .bind(session.subject_id)
            .bind(created_at)
            .bind(session.expires_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The session of a token, expired or not.
    ///
    /// # Errors
    /// `Database`.
    pub async fn session(&mut self, token_hash: &[u8]) -> Result<Option<SessionRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select subject_kind, subject_id, expires_at from session where token_hash = $1"
        )
        .bind(token_hash)
        .fetch_optional(c)
        .await?))
    }

    /// Deletes sessions that expired before `now` (machine time); returns how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_sessions(&mut self, now: i64) -> Result<u64> {
        both!(self, |c| Ok(sqlx::query("delete from session where expires_at < $1")
            .bind(now)
            .execute(c)
            .await?
            .rows_affected()))
    }
}
