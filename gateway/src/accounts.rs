//! Who may speak to the broker, kept in memory: what the table `credential` says, and the accounts
//! that this process made for itself.
//!
//! It judges for the built-in broker and for an EMQX that asks over HTTP; Mosquitto gets files
//! (`gateway export mosquitto`). **Invariant:** a right follows from the account alone, never from
//! the client id that a client makes up.

mod password;
mod rights;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};

use store::{CredentialRow, NativeDevice, Tx};
use uuid::Uuid;

pub use password::{hash, random, verify};
pub use rights::{Account, Kind, Scope};

/// Every account in use. Readers share one version; a reload replaces it.
#[derive(Debug, Default)]
pub struct Accounts {
    stored: RwLock<Arc<HashMap<String, Known>>>,
    own: RwLock<Arc<HashMap<String, Known>>>,
}

/// An account and the hash of its password.
#[derive(Clone, Debug)]
struct Known {
    account: Account,
    password_hash: String,
}

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Name and password fit.
    Fits,
    /// There is such an account, with another password.
    WrongPassword,
    /// There is no such account, or not any more.
    Unknown,
}

/// What a client asks to do with a topic or a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Publish,
    Subscribe,
}

impl Accounts {
    /// Reads the accounts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx) -> store::Result<Accounts> {
        let accounts = Accounts::default();
        accounts.reload(tx).await?;
        Ok(accounts)
    }

    /// Reads them again, after one was made or ended.
    ///
    /// # Errors
    /// When the database does not answer; the old version stays.
    pub async fn reload(&self, tx: &mut Tx) -> store::Result<()> {
        let rows = tx.credentials().await?;
        // A hundred thousand keys are not read for nobody.
        let devices = if rows.is_empty() { Vec::new() } else { tx.native_devices().await? };
        let natives = Natives::of(devices);
        let known: HashMap<String, Known> = rows
            .into_iter()
            .filter(|row| row.revoked_at.is_none())
            .filter_map(|row| {
                let account = account_of(&row, &natives)?;
                Some((row.username, Known { account, password_hash: row.password_hash }))
            })
            .collect();
        *self.stored.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }

    /// Makes an account that lives as long as this process; returns its password. It goes before a
    /// stored one of the same name.
    pub fn add_own(&self, username: &str, account: Account) -> String {
        let password = random();
        let known = Known { account, password_hash: hash(&password) };
        let mut own = self.own.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut grown = HashMap::clone(&own);
        grown.insert(username.to_owned(), known);
        *own = Arc::new(grown);
        password
    }

    /// Whether somebody is who they say they are.
    #[must_use]
    pub fn sign_in(&self, username: &str, password: &[u8]) -> SignIn {
        match self.look(username, |known| known.password_hash.clone()) {
            None => SignIn::Unknown,
            Some(hash) if verify(&hash, password) => SignIn::Fits,
            Some(_) => SignIn::WrongPassword,
        }
    }

    /// Whether an account may do this; `None` if there is no such account.
    #[must_use]
    pub fn may(&self, username: &str, action: Action, topic: &str) -> Option<bool> {
        self.look(username, |known| match action {
            Action::Publish => known.account.may_publish(topic),
            Action::Subscribe => known.account.may_subscribe(topic),
        })
    }

    /// Whether this is an account of a gateway.
    #[must_use]
    pub fn is_gateway(&self, username: &str) -> bool {
        self.look(username, |known| matches!(known.account, Account::Gateway)).unwrap_or(false)
    }

    fn look<T>(&self, username: &str, read: impl Fn(&Known) -> T) -> Option<T> {
        let own = Arc::clone(&self.own.read().unwrap_or_else(std::sync::PoisonError::into_inner));
        if let Some(known) = own.get(username) {
            return Some(read(known));
        }
        let stored =
            Arc::clone(&self.stored.read().unwrap_or_else(std::sync::PoisonError::into_inner));
        stored.get(username).map(read)
    }
}

/// The native devices there are, as accounts need to know them.
#[derive(Debug, Default)]
pub struct Natives {
    keys: HashMap<Uuid, String>,
    of_operator: HashMap<Uuid, Arc<HashSet<String>>>,
}

impl Natives {
    /// From the register.
    #[must_use]
    pub fn of(devices: Vec<NativeDevice>) -> Natives {
        let mut keys = HashMap::with_capacity(devices.len());
        let mut of_operator: HashMap<Uuid, HashSet<String>> = HashMap::new();
        for device in devices {
            if let Some(operator) = device.operator_id {
                of_operator.entry(operator).or_default().insert(device.device_key.clone());
            }
            keys.insert(device.device_id, device.device_key);
        }
        let of_operator = of_operator.into_iter().map(|(id, keys)| (id, Arc::new(keys))).collect();
        Natives { keys, of_operator }
    }

    fn scope(&self, operator: Option<Uuid>) -> Scope {
        operator.map_or(Scope::All, |id| {
            Scope::These(self.of_operator.get(&id).cloned().unwrap_or_default())
        })
    }
}

/// What a stored account may do; nothing if its kind is of another version of the program, or its
/// device is gone.
#[must_use]
pub fn account_of(row: &CredentialRow, natives: &Natives) -> Option<Account> {
    Some(match Kind::from_name(&row.kind)? {
        Kind::Network => Account::Network,
        Kind::Gateway => Account::Gateway,
        Kind::Device => Account::Device { key: natives.keys.get(&row.device_id?)?.clone() },
        Kind::Concentrator => Account::Concentrator(natives.scope(row.operator_id)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_of_this_process_signs_in_with_the_password_it_got() {
        let accounts = Accounts::default();
        let password = accounts.add_own("gateway", Account::Gateway);
        assert_eq!(accounts.sign_in("gateway", password.as_bytes()), SignIn::Fits);
        assert_eq!(accounts.sign_in("gateway", b"guessed"), SignIn::WrongPassword);
        assert_eq!(accounts.sign_in("nobody", password.as_bytes()), SignIn::Unknown);
        assert_eq!(accounts.may("nobody", Action::Publish, "bowei/v1/a/up"), None);
        assert!(accounts.is_gateway("gateway") && !accounts.is_gateway("nobody"));
    }

    #[test]
    fn a_concentrator_speaks_for_its_operators_devices_and_for_no_other() {
        let operator = Uuid::from_u128(1);
        let device = |number, key: &str, operator_id| NativeDevice {
            device_id: Uuid::from_u128(number),
            device_key: key.into(),
            operator_id,
        };
        let natives = Natives::of(vec![
            device(1, "a", Some(operator)),
            device(2, "b", Some(Uuid::from_u128(2))),
            device(3, "c", None),
        ]);
        let row = |operator_id| CredentialRow {
            credential_id: Uuid::from_u128(9),
            username: "mast-1".into(),
            kind: "concentrator".into(),
            device_id: None,
            operator_id,
            password_hash: String::new(),
            created_at: 0,
            revoked_at: None,
        };
        let theirs = account_of(&row(Some(operator)), &natives).unwrap();
        let all = account_of(&row(None), &natives).unwrap();
        for (key, expected) in [("a", true), ("b", false), ("c", false)] {
            let topic = format!("bowei/v1/{key}/up");
            assert_eq!(theirs.may_publish(&topic), expected, "{topic}");
            assert!(all.may_publish(&topic), "{topic}");
        }
    }
}
