//! Reading a merchant's keys from the folder that the configuration names. Never printed.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use openssl::pkey::{PKey, Private, Public};
use serde::Deserialize;

/// What WeChat gave the merchant.
pub(super) struct Merchant {
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) app_secret: String,
    pub(super) key: PKey<Private>,
    pub(super) serial: String,
    pub(super) apiv3_key: Vec<u8>,
    /// The platform's public key and its id; merchants who work with certificates have none.
    pub(super) platform_key: Option<(String, PKey<Public>)>,
}

#[derive(Deserialize)]
struct AppFile {
    appid: String,
    mchid: String,
    app_secret: String,
}

/// What the tax platform gave the seller.
#[derive(Deserialize)]
pub(super) struct TaxApp {
    pub(super) tax_app_key: String,
    pub(super) tax_app_secret: String,
}

impl Merchant {
    pub(super) fn read(folder: &Path) -> Result<Merchant> {
        let app: AppFile = serde_json::from_str(&text(folder, "app.json")?).context("app.json")?;
        let key = PKey::private_key_from_pem(text(folder, "merchant_key.pem")?.as_bytes())
            .context("merchant_key.pem is not a private key")?;
        let apiv3_key = text(folder, "apiv3_key.txt")?.into_bytes();
        ensure!(apiv3_key.len() == 32, "apiv3_key.txt must hold 32 characters");
        Ok(Merchant {
            appid: app.appid,
            mchid: app.mchid,
            app_secret: app.app_secret,
            key,
            serial: text(folder, "merchant_serial.txt")?,
            apiv3_key,
            platform_key: platform_key(folder)?,
        })
    }
}

fn platform_key(folder: &Path) -> Result<Option<(String, PKey<Public>)>> {
    if !folder.join("platform_public_key.pem").exists() {
        return Ok(None);
    }
    let pem = text(folder, "platform_public_key.pem")?;
    let key = PKey::public_key_from_pem(pem.as_bytes());
    let key = key.context("platform_public_key.pem is not a public key")?;
    Ok(Some((text(folder, "platform_public_key_id.txt")?, key)))
}

impl TaxApp {
    pub(super) fn read(folder: &Path) -> Result<TaxApp> {
        serde_json::from_str(&text(folder, "app.json")?).context("app.json")
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Merchant({})", self.mchid)
    }
}

impl fmt::Debug for TaxApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxApp({})", self.tax_app_key)
    }
}

fn text(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().to_owned())
}
