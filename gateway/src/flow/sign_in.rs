//! Who is asking: drivers by WeChat code (or by phone: `phone_sign_in`), staff by password; all get a token.
//!
//! A token is 32 random bytes; only its SHA-256 is stored. Sessions run on machine time.

use anyhow::Context;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use rand::RngCore;
use sha2::{Digest, Sha256};
use store::{Lane, SessionRow, StaffRow};
use uuid::Uuid;
use vocabulary::{AccountId, OperatorId, StaffId};

use super::{Outcome, Refusal};
use crate::app::App;

const DRIVER_SESSION_MS: i64 = 30 * 24 * 3_600_000;
const STAFF_SESSION_MS: i64 = 12 * 3_600_000;
/// How long a token holds on after it was renewed.
const OVERLAP_MS: i64 = 60_000;

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    Inspector,
    Finance,
    Reviewer,
    Installer,
    Planner,
    Auditor,
    Manager,
}

/// A new session; `token` is shown once and stored nowhere.
#[derive(Debug)]
pub struct Session {
    pub token: String,
    pub subject_id: Uuid,
    /// Machine time.
    pub expires_at_ms: i64,
}

/// Who a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Driver(AccountId),
    /// With the operator whose bays they may touch; those of all, if empty.
    Staff(StaffId, Role, Option<OperatorId>),
}

impl Role {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Inspector => "inspector",
            Role::Finance => "finance",
            Role::Reviewer => "reviewer",
            Role::Installer => "installer",
            Role::Planner => "planner",
            Role::Auditor => "auditor",
            Role::Manager => "manager",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        <Role as clap::ValueEnum>::value_variants().iter().copied().find(|r| r.name() == name)
    }
}

/// Signs a driver in by the code that WeChat gave the app.
///
/// # Errors
/// `wechat_code_refused`, or a dependency failure when WeChat does not answer.
pub async fn sign_in_driver(app: &App, wechat_code: &str) -> Outcome<Session> {
    let openid = app.wechat_login.openid(wechat_code).await?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let account_id = tx.put_account(Uuid::now_v7(), &openid, app.clock.city_now().ms()).await?;
    let session = open_driver_session(app, &mut tx, account_id).await?;
    tx.commit().await?;
    Ok(session)
}

/// Opens a further session of a driver; those on other devices last.
pub(super) async fn open_driver_session(
    app: &App,
    tx: &mut store::Tx,
    account_id: Uuid,
) -> Outcome<Session> {
    open_session(app, tx, "driver", account_id, DRIVER_SESSION_MS).await
}

/// Gives a driver a new token for the one they have. The old one holds a minute more: requests with it may be
/// under way.
///
/// # Errors
/// `token_unknown`.
pub async fn renew_driver(app: &App, token: &str) -> Outcome<Session> {
    let Caller::Driver(account) = caller(app, token).await? else {
        let detail = "this is for drivers".to_owned();
        return Err(Refusal::Forbidden { code: "driver_only", detail });
    };
    let mut tx = app.store.begin(Lane::Command).await?;
    let session = open_driver_session(app, &mut tx, account.0).await?;
    let ends = app.clock.machine_now_ms() + OVERLAP_MS;
    tx.shorten_session(&token_hash(token), ends).await?;
    tx.commit().await?;
    Ok(session)
}

/// Ends the session of a token now; sessions on other devices last.
///
/// # Errors
/// A failure of the database.
pub async fn end_session(app: &App, token: &str) -> Outcome<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.shorten_session(&token_hash(token), app.clock.machine_now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

/// Signs a member of staff in. Every attempt goes to the audit log.
///
/// # Errors
/// `credentials_wrong`; it does not say which half was wrong.
pub async fn sign_in_staff(app: &App, login: &str, password: &str) -> Outcome<Session> {
    let found =
        app.store.read().await?.staff_by_login(login).await?.filter(|s| s.disabled_at.is_none());
    let hash = found.as_ref().map(|s| s.password_hash.clone());
    let (password, now) = (password.to_owned(), app.clock.city_now().ms());
    let _turn = app.password_checks.acquire().await.context("checking a password")?;
    let fits = tokio::task::spawn_blocking(move || password_fits(hash.as_deref(), &password))
        .await
        .context("checking a password")?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(staff) = found.filter(|_| fits) else {
        tx.audit(now, "nobody", "sign_in_refused", ("staff", "unknown"), "{}").await?;
        tx.commit().await?;
        return Err(Refusal::Unknown {
            code: "credentials_wrong",
            detail: "login or password is wrong".into(),
        });
    };
    let session = open_session(app, &mut tx, "staff", staff.staff_id, STAFF_SESSION_MS).await?;
    tx.audit(now, &staff.login, "sign_in", ("staff", &staff.staff_id.to_string()), "{}").await?;
    tx.commit().await?;
    Ok(session)
}

/// The caller behind a token.
///
/// # Errors
/// `token_unknown` when there is none, it has expired, or the person is disabled.
pub async fn caller(app: &App, token: &str) -> Outcome<Caller> {
    let unknown = || Refusal::Unknown { code: "token_unknown", detail: "sign in (again)".into() };
    let mut tx = app.store.read().await?;
    let session = tx.session(&token_hash(token)).await?.ok_or_else(unknown)?;
    if session.expires_at <= app.clock.machine_now_ms() {
        return Err(unknown());
    }
    if session.subject_kind == "driver" {
        return Ok(Caller::Driver(AccountId(session.subject_id)));
    }
    let staff = tx
        .staff(session.subject_id)
        .await?
        .filter(|s| s.disabled_at.is_none())
        .ok_or_else(unknown)?;
    let role = Role::from_name(&staff.role).ok_or_else(unknown)?;
    Ok(Caller::Staff(StaffId(staff.staff_id), role, staff.operator_id.map(OperatorId)))
}

/// Adds a member of staff; false if the login is taken.
///
/// # Errors
/// When the password cannot be hashed or the database fails.
pub async fn add_staff(
    store: &store::Store,
    login: &str,
    password: &str,
    role: Role,
    now_ms: i64,
) -> anyhow::Result<bool> {
    let password_hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|e| anyhow::anyhow!("hashing the password: {e}"))?
        .to_string();
    let mut tx = store.begin(Lane::Command).await?;
    let staff = StaffRow {
        staff_id: Uuid::now_v7(),
        operator_id: None,
        login: login.to_owned(),
        password_hash,
        role: role.name().to_owned(),
        created_at: now_ms,
        disabled_at: None,
    };
    let added = tx.insert_staff(&staff).await?;
    if added {
        tx.audit(now_ms, "command line", "user_add", ("staff", &staff.staff_id.to_string()), "{}")
            .await?;
    }
    tx.commit().await?;
    Ok(added)
}

async fn open_session(
    app: &App,
    tx: &mut store::Tx,
    kind: &str,
    subject_id: Uuid,
    valid_ms: i64,
) -> Outcome<Session> {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let token = hex::encode(bytes);
    let now = app.clock.machine_now_ms();
    let row = SessionRow { subject_kind: kind.to_owned(), subject_id, expires_at: now + valid_ms };
    tx.insert_session(&token_hash(&token), &row, now).await?;
    Ok(Session { token, subject_id, expires_at_ms: row.expires_at })
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Takes the same time whether or not the login exists.
fn password_fits(stored: Option<&str>, password: &str) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let Ok(hash) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && stored.is_some()
}
