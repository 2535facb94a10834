//! The accounts as files that a Mosquitto reads: passwords and rights.
//!
//! Rights begin with those of `deploy/mosquitto.acl` (the accounts of a usual deployment, and
//! patterns by which a device speaks only as itself); accounts that these do not cover follow. Lines of a
//! password file that belong to accounts unknown here are kept: those made with `mosquitto_passwd`.

use std::collections::HashSet;
use std::fmt::Write as _;

use store::{CredentialRow, Tx};

use super::Outcome;
use crate::accounts::{Account, Natives, account_of};

/// The rights of a usual deployment.
pub const USUAL_RIGHTS: &str = include_str!("../../../deploy/mosquitto.acl");

/// What is to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MosquittoFiles {
    pub passwords: String,
    pub rights: String,
    pub accounts: usize,
    /// Accounts left out since a device of the same name would lend them its rights.
    pub left_out: Vec<String>,
}

/// Makes the files. `passwords_before` is what the password file holds now.
///
/// # Errors
/// When the database fails.
pub async fn export_mosquitto(tx: &mut Tx, passwords_before: &str) -> Outcome<MosquittoFiles> {
    let (rows, devices) = (tx.credentials().await?, tx.native_devices().await?);
    let keys: HashSet<String> = devices.iter().map(|d| d.device_key.clone()).collect();
    Ok(files(&rows, &Natives::of(devices), &keys, passwords_before))
}

fn files(
    rows: &[CredentialRow],
    natives: &Natives,
    keys: &HashSet<String>,
    passwords_before: &str,
) -> MosquittoFiles {
    let ours: HashSet<&str> = rows.iter().map(|row| row.username.as_str()).collect();
    let mut made = MosquittoFiles { rights: USUAL_RIGHTS.to_owned(), ..MosquittoFiles::default() };
    for line in passwords_before.lines() {
        let name = line.split(':').next().unwrap_or_default();
        if !name.is_empty() && !ours.contains(name) {
            made.passwords.push_str(line);
            made.passwords.push('\n');
        }
    }
    made.rights.push_str("\n# Accounts made by the gateway.\n");
    for row in rows.iter().filter(|row| row.revoked_at.is_none()) {
        let Some(account) = account_of(row, natives) else { continue };
        let borrows = keys.contains(&row.username) && !matches!(account, Account::Device { .. });
        if borrows {
            made.left_out.push(row.username.clone());
            continue;
        }
        made.accounts += 1;
        // Writing into a String cannot fail.
        let _written = writeln!(made.passwords, "{}:{}", row.username, row.password_hash);
        made.rights.push_str(&own_rights(&row.username, &account));
    }
    made
}

/// The lines of one account; none for a device that signs in under its key, since a pattern says it.
fn own_rights(username: &str, account: &Account) -> String {
    if matches!(account, Account::Device { key } if key == username) {
        return String::new();
    }
    let mut lines = format!("\nuser {username}\n");
    for topic in account.subscribes() {
        let _written = writeln!(lines, "topic read {topic}");
    }
    for topic in account.publishes() {
        let _written = writeln!(lines, "topic write {topic}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use store::NativeDevice;
    use uuid::Uuid;

    use super::*;

    fn row(number: u128, username: &str, kind: &str, device: Option<u128>) -> CredentialRow {
        CredentialRow {
            credential_id: Uuid::from_u128(100 + number),
            username: username.into(),
            kind: kind.into(),
            device_id: device.map(Uuid::from_u128),
            operator_id: None,
            password_hash: format!("$7$101$salt{number}$hash"),
            created_at: 0,
            revoked_at: None,
        }
    }

    fn made(rows: &[CredentialRow], before: &str) -> MosquittoFiles {
        let device = |number, key: &str| NativeDevice {
            device_id: Uuid::from_u128(number),
            device_key: key.into(),
            operator_id: None,
        };
        let devices = vec![device(1, "bw-1"), device(2, "aa:01"), device(3, "mast")];
        let keys = devices.iter().map(|d| d.device_key.clone()).collect();
        files(rows, &Natives::of(devices), &keys, before)
    }

    #[test]
    fn a_device_is_covered_by_the_pattern_unless_its_name_is_another() {
        let files =
            made(&[row(1, "bw-1", "device", Some(1)), row(2, "aa~01", "device", Some(2))], "");
        assert_eq!(files.passwords, "bw-1:$7$101$salt1$hash\naa~01:$7$101$salt2$hash\n");
        let added = files.rights.strip_prefix(USUAL_RIGHTS).unwrap();
        assert_eq!(
            added,
            "\n# Accounts made by the gateway.\n\nuser aa~01\ntopic read bowei/v1/aa:01/down\n\
             topic write bowei/v1/aa:01/up\n"
        );
    }

    #[test]
    fn other_peoples_lines_are_kept_and_ended_accounts_are_not() {
        let ended = CredentialRow { revoked_at: Some(1), ..row(1, "bw-1", "device", Some(1)) };
        let files = made(&[ended], "gateway:$7$101$a$b\nbw-1:$7$101$old$old\n\n");
        assert_eq!((files.passwords.as_str(), files.accounts), ("gateway:$7$101$a$b\n", 0));
    }

    #[test]
    fn an_account_that_bears_the_name_of_a_device_is_left_out() {
        let files = made(&[row(1, "mast", "concentrator", None)], "");
        assert_eq!(
            (files.left_out.as_slice(), files.passwords.as_str()),
            (&["mast".to_owned()][..], "")
        );
    }

    #[test]
    fn the_usual_rights_are_enough_for_a_gateway() {
        let section: Vec<&str> = USUAL_RIGHTS
            .split("\nuser ")
            .find(|section| section.starts_with("gateway\n"))
            .unwrap()
            .lines()
            .collect();
        for topic in Account::Gateway.subscribes() {
            assert!(section.contains(&&*format!("topic read {topic}")), "{topic}");
        }
        for topic in Account::Gateway.publishes() {
            assert!(section.contains(&&*format!("topic write {topic}")), "{topic}");
        }
    }
}
