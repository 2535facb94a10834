//! An account at the broker is made, gets a new password, or ends; a device gets a key to sign with.
//!
//! Password and key are shown once, by whoever called this; only the password's hash is stored. The
//! key is stored, since signatures are checked with it.

use rand::RngCore;
use sensing::Network;
use serde_json::json;
use store::{CredentialRow, DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::{Outcome, Refusal};
use crate::accounts::{self, Kind};

const MAC_KEY_BYTES: usize = 32;
const USERNAME_LIMIT: usize = 64;

/// Name and password of an account, to be shown once.
pub struct Issued {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({})", self.username)
    }
}

/// The name under which a native device signs in: its key. Mosquitto takes no `:` in a name.
#[must_use]
pub fn username_of(device_key: &str) -> String {
    device_key.replace(':', "~")
}

/// Makes the account of a native device, or gives it a new password.
///
/// # Errors
/// `device_not_native`, `username_taken`.
pub async fn issue_for_device(
    tx: &mut Tx,
    actor: &Actor,
    device: &DeviceFacts,
    now: Timestamp,
) -> Outcome<Issued> {
    must_be_native(device)?;
    let username = username_of(&device.device_key);
    issue(tx, actor, (&username, Kind::Device), (Some(device.device_id), None), now).await
}

/// Makes an account of another kind, or gives it a new password.
///
/// # Errors
/// `username_malformed`, `username_taken`, `kind_is_of_a_device`.
pub async fn issue_account(
    tx: &mut Tx,
    actor: &Actor,
    (username, kind): (&str, Kind),
    operator: Option<Uuid>,
    now: Timestamp,
) -> Outcome<Issued> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if !(1..=USERNAME_LIMIT).contains(&username.len()) || !username.bytes().all(allowed) {
        return Err(Refusal::refused("username_malformed", "1 to 64 of A-Z a-z 0-9 _ . -"));
    }
    if kind == Kind::Device {
        return Err(Refusal::refused(
            "kind_is_of_a_device",
            "a device's account is named after the device: `gateway device credential KEY`",
        ));
    }
    // A Mosquitto lets every account speak as the device of its name.
    if tx.device_by_key(Network::Native.name(), username).await?.is_some() {
        return Err(taken());
    }
    issue(tx, actor, (username, kind), (None, operator), now).await
}

/// Ends an account.
///
/// # Errors
/// `credential_unknown`.
pub async fn revoke(tx: &mut Tx, actor: &Actor, username: &str, now: Timestamp) -> Outcome<()> {
    if !tx.revoke_credential(username, now.ms()).await? {
        return Err(Refusal::missing("credential_unknown", "there is no such account in use"));
    }
    actor.audit(tx, now, "credential_revoke", ("credential", username), &json!({})).await
}

/// Gives a native device a new key to sign its messages with; from now on unsigned ones are refused.
///
/// # Errors
/// `device_not_native`.
pub async fn new_mac_key(
    tx: &mut Tx,
    actor: &Actor,
    device: &DeviceFacts,
    now: Timestamp,
) -> Outcome<String> {
    must_be_native(device)?;
    let mut key = [0_u8; MAC_KEY_BYTES];
    rand::rng().fill_bytes(&mut key);
    tx.set_mac_key(device.device_id, Some(&key)).await?;
    let object = ("device", &*device.device_id.to_string());
    actor.audit(tx, now, "mac_key_new", object, &json!({})).await?;
    Ok(hex::encode(key))
}

/// Takes a device's key away; its messages need no signature any more.
///
/// # Errors
/// When the database fails.
pub async fn drop_mac_key(
    tx: &mut Tx,
    actor: &Actor,
    device: &DeviceFacts,
    now: Timestamp,
) -> Outcome<()> {
    tx.set_mac_key(device.device_id, None).await?;
    let object = ("device", &*device.device_id.to_string());
    actor.audit(tx, now, "mac_key_drop", object, &json!({})).await
}

async fn issue(
    tx: &mut Tx,
    actor: &Actor,
    (username, kind): (&str, Kind),
    (device_id, operator_id): (Option<Uuid>, Option<Uuid>),
    now: Timestamp,
) -> Outcome<Issued> {
    let password = accounts::random();
    let row = CredentialRow {
        credential_id: Uuid::now_v7(),
        username: username.to_owned(),
        kind: kind.name().to_owned(),
        device_id,
        operator_id,
        password_hash: accounts::hash(&password),
        created_at: now.ms(),
        revoked_at: None,
    };
    if !tx.put_credential(&row).await? {
        return Err(taken());
    }
    let detail = json!({"kind": kind.name()});
    actor.audit(tx, now, "credential_issue", ("credential", username), &detail).await?;
    Ok(Issued { username: row.username, password })
}

fn taken() -> Refusal {
    Refusal::conflict("username_taken", "an account of another kind, or a device, has this name")
}

fn must_be_native(device: &DeviceFacts) -> Outcome<()> {
    if device.network == Network::Native.name() {
        return Ok(());
    }
    Err(Refusal::refused(
        "device_not_native",
        "this device speaks through a network server, which has the account",
    ))
}
