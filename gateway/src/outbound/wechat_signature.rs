//! Signatures and encryption of WeChat Pay API v3: RSA-SHA256 over lines, AES-256-GCM for callbacks.
//! Source: pay.weixin.qq.com/doc/v3/merchant, "signature" and "callback" chapters.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::sign::{Signer, Verifier};
use openssl::symm::{Cipher, decrypt_aead};
use rand::RngCore;
use serde::Deserialize;

use super::credentials::Merchant;

/// A signed text older or newer than this is not believed (seconds, machine time).
const FRESH_S: u64 = 300;
/// AES-GCM tag at the end of a ciphertext.
const TAG_BYTES: usize = 16;

/// The headers of a signed answer or callback.
#[derive(Clone, Debug, Default)]
pub(super) struct SignedHeaders {
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) signature: String,
    pub(super) serial: String,
}

#[derive(Deserialize)]
pub(super) struct Resource {
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: String,
}

impl SignedHeaders {
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> SignedHeaders {
        let header = |name: &str| get(name).unwrap_or_default();
        SignedHeaders {
            timestamp: header("wechatpay-timestamp"),
            nonce: header("wechatpay-nonce"),
            signature: header("wechatpay-signature"),
            serial: header("wechatpay-serial"),
        }
    }
}

pub(super) fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode_upper(bytes)
}

/// Each part on a line of its own, signed by the merchant, base64.
pub(super) fn sign(merchant: &Merchant, parts: &[&str]) -> Result<String> {
    let mut signer = Signer::new(MessageDigest::sha256(), &merchant.key)?;
    for part in parts {
        signer.update(part.as_bytes())?;
        signer.update(b"\n")?;
    }
    Ok(BASE64.encode(signer.sign_to_vec()?))
}

/// Believes a body only if the holder of `key` signed it a short while ago.
pub(super) fn verify(
    key: &PKey<Public>,
    headers: &SignedHeaders,
    body: &[u8],
    now_s: i64,
) -> Result<()> {
    let signed_s: i64 =
        headers.timestamp.parse().context("the timestamp header is not a number")?;
    if now_s.abs_diff(signed_s) > FRESH_S {
        bail!("the signature is more than five minutes old");
    }
    let signature =
        BASE64.decode(&headers.signature).context("the signature header is not base64")?;
    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
    for part in [headers.timestamp.as_bytes(), b"\n", headers.nonce.as_bytes(), b"\n", body, b"\n"]
    {
        verifier.update(part)?;
    }
    if !verifier.verify(&signature).unwrap_or(false) {
        bail!("the signature does not fit");
    }
    Ok(())
}

/// Opens an encrypted resource with the APIv3 key.
pub(super) fn decrypt(merchant: &Merchant, resource: &Resource) -> Result<Vec<u8>> {
    let sealed = BASE64.decode(&resource.ciphertext).context("the ciphertext is not base64")?;
    let Some(length) = sealed.len().checked_sub(TAG_BYTES) else {
        bail!("the ciphertext is too short")
    };
    let (text, tag) = sealed.split_at(length);
    decrypt_aead(
        Cipher::aes_256_gcm(),
        &merchant.apiv3_key,
        Some(resource.nonce.as_bytes()),
        resource.associated_data.as_bytes(),
        text,
        tag,
    )
    .context("the ciphertext does not open with the APIv3 key")
}
