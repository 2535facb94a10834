//! The keys of one sandbox, made at the first start and read afterwards.
//!
//! `DIR/merchant` holds what a merchant would have after signing up; the rest of `DIR` is the
//! sandbox's own. Every file is written whole (temporary file, fsync, rename), so a crash in the
//! middle leaves only files that are made at the next start. Nothing here is a secret of anyone:
//! the keys exist in this folder only.

pub(crate) mod certificates;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::rand::rand_bytes;
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509NameBuilder};
use serde::{Deserialize, Serialize};

use self::certificates::Certificates;

const KEY_BITS: u32 = 2048;
const CERTIFICATE_DAYS: i64 = 5 * 365;
const DAY_S: i64 = 86_400;

pub(crate) struct Keys {
    pub(crate) merchant: Merchant,
    pub(crate) platform: Platform,
}

/// The sandbox's only merchant, as the platforms know it.
pub(crate) struct Merchant {
    pub(crate) account: Account,
    pub(crate) serial: String,
    pub(crate) public_key: PKey<Public>,
    pub(crate) apiv3_key: [u8; 32],
}

/// `merchant/app.json`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) app_secret: String,
    pub(crate) tax_app_key: String,
    pub(crate) tax_app_secret: String,
}

/// WeChat Pay's side.
pub(crate) struct Platform {
    pub(crate) key: PKey<Private>,
    pub(crate) public_key_id: String,
}

impl Keys {
    pub(crate) fn read_or_make(
        data: &Path,
        machine_ms: i64,
    ) -> anyhow::Result<(Keys, Certificates)> {
        let shown = data.join("merchant");
        DirBuilder::new().recursive(true).mode(0o700).create(&shown)?;
        let platform = platform(data)?;
        let public = platform.key.public_key_to_pem()?;
        read_or_make(&shown.join("platform_public_key.pem"), || Ok(public))?;
        let id = platform.public_key_id.clone().into_bytes();
        read_or_make(&shown.join("platform_public_key_id.txt"), || Ok(id))?;
        let certificates = Certificates::read_or_make(data, machine_ms)?;
        Ok((Keys { merchant: merchant(&shown)?, platform }, certificates))
    }
}

/// `bytes` random bytes as twice as many lower-case hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    rand_bytes(&mut buffer).expect("OpenSSL's generator is seeded by the system");
    hex::encode(buffer)
}

/// `count` random decimal digits.
pub(crate) fn random_digits(count: usize) -> String {
    let mut buffer = vec![0; count];
    rand_bytes(&mut buffer).expect("OpenSSL's generator is seeded by the system");
    buffer.iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}

fn merchant(folder: &Path) -> anyhow::Result<Merchant> {
    let key = private_key(&folder.join("merchant_key.pem"))?;
    let serial = text(&folder.join("merchant_serial.txt"), || random_hex(20).to_uppercase())?;
    let apiv3_key = text(&folder.join("apiv3_key.txt"), || random_hex(16))?;
    let apiv3_key = apiv3_key.into_bytes().try_into();
    let account = read_or_make(&folder.join("app.json"), || {
        Ok(serde_json::to_vec_pretty(&Account {
            appid: format!("wx{}", random_hex(8)),
            mchid: format!("1900{}", random_digits(6)),
            app_secret: random_hex(16),
            tax_app_key: random_hex(8),
            tax_app_secret: random_hex(16),
        })?)
    })?;
    Ok(Merchant {
        account: serde_json::from_slice(&account).context("merchant/app.json is damaged")?,
        serial,
        public_key: PKey::public_key_from_pem(&key.public_key_to_pem()?)?,
        apiv3_key: apiv3_key.ok().context("merchant/apiv3_key.txt must hold 32 characters")?,
    })
}

fn platform(folder: &Path) -> anyhow::Result<Platform> {
    let key = private_key(&folder.join("platform_key.pem"))?;
    let public_key_id = text(&folder.join("platform_public_key_id.txt"), || {
        format!("PUB_KEY_ID_01{}", random_digits(26))
    })?;
    Ok(Platform { key, public_key_id })
}

fn self_signed(key: &PKey<Private>, now_s: i64) -> anyhow::Result<X509> {
    let mut serial = [0; 20];
    rand_bytes(&mut serial)?;
    // Positive, and forty hexadecimal digits long like WeChat Pay's.
    serial[0] = 0x40 | (serial[0] & 0x3f);
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("C", "CN")?;
    name.append_entry_by_text("O", "Bowei sandbox")?;
    name.append_entry_by_text("CN", "WeChat Pay stand-in, not Tencent")?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let serial = BigNum::from_slice(&serial)?.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    let (from, until) = (now_s - DAY_S, now_s + CERTIFICATE_DAYS * DAY_S);
    let (from, until) = (Asn1Time::from_unix(from)?, Asn1Time::from_unix(until)?);
    builder.set_not_before(&from)?;
    builder.set_not_after(&until)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

fn private_key(path: &Path) -> anyhow::Result<PKey<Private>> {
    let pem = read_or_make(path, || {
        Ok(PKey::from_rsa(Rsa::generate(KEY_BITS)?)?.private_key_to_pem_pkcs8()?)
    })?;
    PKey::private_key_from_pem(&pem).with_context(|| format!("{} is damaged", path.display()))
}

fn text(path: &Path, make: impl FnOnce() -> String) -> anyhow::Result<String> {
    let bytes = read_or_make(path, || Ok(make().into_bytes()))?;
    let text =
        String::from_utf8(bytes).with_context(|| format!("{} is no text", path.display()))?;
    Ok(text.trim().to_owned())
}

fn read_or_make(
    path: &Path,
    make: impl FnOnce() -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = make()?;
            write_whole(path, &bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok(bytes)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(path.parent().expect("a file of the data folder has a parent"))?.sync_all()
}
