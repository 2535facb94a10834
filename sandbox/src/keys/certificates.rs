//! The platform's certificates: the one that signs, and the next or last one while they change.
//!
//! WeChat Pay publishes a new certificate a day before it signs with it, and keeps the old one
//! published until it has run out. `publish`, `sign_with_newest` and `withdraw_oldest` are these three
//! steps. The first certificate belongs to the platform's key, later ones have keys of their own:
//! `platform_certificate_2.pem`, `platform_key_2.pem`, ... `platform_signing.txt` says which one signs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::{private_key, read_or_make, self_signed, write_whole};

pub(crate) struct Certificates {
    folder: PathBuf,
    list: Vec<Certified>,
    signing: u32,
    /// Notifications are signed with a certificate, as for a merchant who has no platform public key.
    pub(crate) for_notices: bool,
}

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Certified {
    number: u32,
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: X509,
}

impl Certified {
    /// The certificate's serial number as WeChat Pay writes it: upper-case hexadecimal.
    pub(crate) fn serial(&self) -> String {
        let number = self.certificate.serial_number().to_bn().and_then(|n| n.to_hex_str());
        number.expect("a certificate that was read has a serial number").to_string()
    }
}

impl Certificates {
    /// Reads what is there; makes the first one.
    pub(super) fn read_or_make(folder: &Path, machine_ms: i64) -> anyhow::Result<Certificates> {
        let signing = read_or_make(&folder.join("platform_signing.txt"), || Ok(b"1".to_vec()))?;
        let signing = String::from_utf8(signing)?.trim().parse();
        let signing = signing.context("platform_signing.txt must hold a number")?;
        let mut certificates = Certificates {
            folder: folder.to_owned(),
            list: Vec::new(),
            signing,
            for_notices: false,
        };
        let mut number = 1;
        while number <= signing || certificates.path("certificate", number).exists() {
            let known = number < signing && !certificates.path("certificate", number).exists();
            if !known {
                certificates.add(number, machine_ms)?;
            }
            number += 1;
        }
        Ok(certificates)
    }

    /// Every published certificate, oldest first.
    pub(crate) fn published(&self) -> &[Certified] {
        &self.list
    }

    /// The one that signs.
    pub(crate) fn signing(&self) -> &Certified {
        let signing = self.list.iter().find(|one| one.number == self.signing);
        signing.expect("the one that signs is never withdrawn")
    }

    /// Publishes a new one; the old one still signs.
    pub(crate) fn publish(&mut self, machine_ms: i64) -> anyhow::Result<()> {
        let newest = self.list.last().map_or(0, |one| one.number);
        self.add(newest + 1, machine_ms)
    }

    /// From now on the newest one signs.
    pub(crate) fn sign_with_newest(&mut self) -> anyhow::Result<()> {
        let newest = self.list.last().context("there is always one")?.number;
        write_whole(&self.folder.join("platform_signing.txt"), newest.to_string().as_bytes())?;
        self.signing = newest;
        Ok(())
    }

    /// Withdraws those that are older than the one that signs.
    pub(crate) fn withdraw_old(&mut self) -> anyhow::Result<()> {
        for old in self.list.extract_if(.., |one| one.number < self.signing) {
            let path = self.folder.join(name("certificate", old.number));
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(())
    }

    fn add(&mut self, number: u32, machine_ms: i64) -> anyhow::Result<()> {
        let key = private_key(&self.path("key", number))?;
        let path = self.path("certificate", number);
        let pem = read_or_make(&path, || Ok(self_signed(&key, machine_ms / 1000)?.to_pem()?))?;
        let certificate = X509::from_pem(&pem);
        let certificate = certificate.with_context(|| format!("{} is damaged", path.display()))?;
        let fits = certificate.public_key()?.public_eq(&key);
        ensure!(fits, "{} does not belong to its key", path.display());
        self.list.push(Certified { number, key, certificate });
        Ok(())
    }

    fn path(&self, what: &str, number: u32) -> PathBuf {
        self.folder.join(name(what, number))
    }
}

fn name(what: &str, number: u32) -> String {
    match number {
        1 => format!("platform_{what}.pem"),
        number => format!("platform_{what}_{number}.pem"),
    }
}
