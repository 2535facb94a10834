//! Whose signatures are WeChat Pay's: the platform's public key, or its certificates by serial number.
//!
//! Merchants have a platform public key (its id begins with `PUB_KEY_ID_`), or work with platform
//! certificates, which are downloaded from `/v3/certificates` and change; while a merchant moves from one
//! to the other both sign. A certificate is believed because its text opens with the APIv3 key that only
//! WeChat Pay and the merchant know. **Invariant:** an unknown serial is believed in nothing; it is a
//! reason to look for new certificates, at most once in ten seconds.
//! Source: pay.weixin.qq.com/doc/v3/merchant, "平台证书", "微信支付公钥".

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use chrono::DateTime;
use openssl::pkey::{PKey, Public};
use openssl::x509::X509;
use serde::Deserialize;

use super::credentials::Merchant;
use super::wechat_signature::{Resource, decrypt};

/// Certificates are looked for anew after this long (WeChat Pay: less than 12 hours).
const REFRESH_MS: i64 = 6 * 3_600_000;
/// And not more often than this, whatever serials come.
const PAUSE_MS: i64 = 10_000;

/// The keys that are trusted.
pub(super) struct Trust {
    public: Option<(String, PKey<Public>)>,
    certificates: Option<Mutex<Certificates>>,
}

#[derive(Default)]
struct Certificates {
    by_serial: BTreeMap<String, Certified>,
    read_ms: Option<i64>,
    tried_ms: Option<i64>,
    missed: bool,
}

struct Certified {
    key: PKey<Public>,
    from_ms: i64,
    until_ms: i64,
}

/// The body of `GET /v3/certificates`.
#[derive(Deserialize)]
pub(super) struct Published {
    data: Vec<Sealed>,
}

#[derive(Deserialize)]
struct Sealed {
    serial_no: String,
    effective_time: String,
    expire_time: String,
    encrypt_certificate: Resource,
}

impl Trust {
    /// Of a merchant with a public key, with certificates, or with both.
    ///
    /// # Errors
    /// When there is neither.
    pub(super) fn of(public: Option<(String, PKey<Public>)>, certificates: bool) -> Result<Trust> {
        ensure!(
            public.is_some() || certificates,
            "platform_public_key.pem and platform_public_key_id.txt are missing: put them there, or set \
             wechat.certificates = true for a merchant who works with platform certificates"
        );
        Ok(Trust { public, certificates: certificates.then(Mutex::default) })
    }

    /// The key behind a serial number, if it is trusted now.
    pub(super) fn key(&self, serial: &str, now_ms: i64) -> Option<PKey<Public>> {
        if let Some((id, key)) = &self.public
            && id == serial
        {
            return Some(key.clone());
        }
        let mut certificates = self.certificates()?;
        let known = certificates.by_serial.get(serial);
        let valid = known.filter(|one| (one.from_ms..one.until_ms).contains(&now_ms));
        let key = valid.map(|one| one.key.clone());
        certificates.missed |= key.is_none();
        key
    }

    /// What we tell WeChat Pay to sign its answers with.
    pub(super) fn wanted_serial(&self) -> Option<String> {
        if let Some((id, _)) = &self.public {
            return Some(id.clone());
        }
        let certificates = self.certificates()?;
        let newest = certificates.by_serial.iter().max_by_key(|(_, one)| one.from_ms);
        newest.map(|(serial, _)| serial.clone())
    }

    /// Whether certificates are to be looked for now; says yes once.
    pub(super) fn is_due(&self, now_ms: i64) -> bool {
        let Some(mut certificates) = self.certificates() else { return false };
        let old = certificates.read_ms.is_none_or(|read_ms| now_ms - read_ms > REFRESH_MS);
        let paused = certificates.tried_ms.is_some_and(|tried_ms| now_ms - tried_ms < PAUSE_MS);
        let due = (old || certificates.missed) && !paused;
        if due {
            certificates.tried_ms = Some(now_ms);
        }
        due
    }

    /// Opens published certificates and trusts them. Their own signature is checked afterwards, with them.
    ///
    /// # Errors
    /// When one does not open with the APIv3 key, or is not what it says.
    pub(super) fn take(
        &self,
        merchant: &Merchant,
        published: &Published,
        now_ms: i64,
    ) -> Result<()> {
        let opened: Result<BTreeMap<_, _>> =
            published.data.iter().map(|sealed| open(merchant, sealed)).collect();
        let opened = opened?;
        ensure!(!opened.is_empty(), "no certificate is published");
        let mut certificates = self.certificates().context("certificates are not in use")?;
        certificates.by_serial = opened;
        certificates.read_ms = Some(now_ms);
        certificates.missed = false;
        Ok(())
    }

    fn certificates(&self) -> Option<MutexGuard<'_, Certificates>> {
        let lock = self.certificates.as_ref()?;
        Some(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn open(merchant: &Merchant, sealed: &Sealed) -> Result<(String, Certified)> {
    let pem = decrypt(merchant, &sealed.encrypt_certificate)?;
    let certificate = X509::from_pem(&pem).context("a published certificate is none")?;
    let serial = certificate.serial_number().to_bn()?.to_hex_str()?.to_string();
    ensure!(serial == sealed.serial_no, "a certificate has another serial number than it says");
    let ms = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    Ok((
        serial,
        Certified {
            key: certificate.public_key()?,
            from_ms: ms(&sealed.effective_time)?,
            until_ms: ms(&sealed.expire_time)?,
        },
    ))
}
