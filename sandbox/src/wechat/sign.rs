//! The signatures and the sealing of WeChat Pay v3: RSA PKCS#1 v1.5 with SHA-256, AES-256-GCM.
//!
//! Bytes in, bytes out; no HTTP, no clock. Messages are built from the bytes as sent, never from
//! re-written JSON or a re-encoded path.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::rand::rand_bytes;
use openssl::sign::{Signer, Verifier};
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};

/// The only scheme there is.
pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// How far a signature's timestamp may be from the receiver's clock, seconds.
pub(super) const TIMESTAMP_LEEWAY_S: i64 = 300;

const TAG_BYTES: usize = 16;

/// The parts of a request's `Authorization`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) mchid: String,
    pub(super) nonce_str: String,
    pub(super) signature: String,
    pub(super) timestamp: String,
    pub(super) serial_no: String,
}

impl Authorization {
    /// `None` unless the scheme is ours and all five parts are there.
    pub(super) fn parse(header: &HeaderValue) -> Option<Authorization> {
        let (scheme, parts) = header.to_str().ok()?.split_once(' ')?;
        if scheme != SCHEME {
            return None;
        }
        let mut found = Authorization::default();
        for part in parts.split(',') {
            let (name, quoted) = part.trim().split_once('=')?;
            let value = quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned();
            match name {
                "mchid" => found.mchid = value,
                "nonce_str" => found.nonce_str = value,
                "signature" => found.signature = value,
                "timestamp" => found.timestamp = value,
                "serial_no" => found.serial_no = value,
                _ => return None,
            }
        }
        let parts =
            [&found.mchid, &found.nonce_str, &found.signature, &found.timestamp, &found.serial_no];
        parts.iter().all(|part| !part.is_empty()).then_some(found)
    }
}

/// Joins the parts of a message, each followed by a line feed.
pub(super) fn message(parts: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        message.extend_from_slice(part);
        message.push(b'\n');
    }
    message
}

/// The signature of a message, base64.
pub(super) fn sign(key: &PKey<Private>, message: &[u8]) -> String {
    let signed = Signer::new(MessageDigest::sha256(), key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(message));
    BASE64.encode(signed.expect("an RSA key of 2048 bits signs any message"))
}

/// Whether a base64 signature of a message is that key's.
pub(super) fn verifies(key: &PKey<Public>, message: &[u8], signature: &str) -> bool {
    let Ok(signature) = BASE64.decode(signature) else { return false };
    Verifier::new(MessageDigest::sha256(), key)
        .and_then(|mut verifier| verifier.verify_oneshot(&signature, message))
        .unwrap_or(false)
}

/// Seals a text with the merchant's APIv3 key: the fields of an `AEAD_AES_256_GCM` resource.
pub(super) fn seal(
    key: &[u8; 32],
    associated_data: &str,
    text: &[u8],
) -> Result<Value, ErrorStack> {
    // Nine bytes make twelve characters, and the characters are the nonce.
    let mut random = [0; 9];
    rand_bytes(&mut random)?;
    let nonce = URL_SAFE.encode(random);
    let mut tag = [0; TAG_BYTES];
    let cipher = Cipher::aes_256_gcm();
    let aad = associated_data.as_bytes();
    let mut sealed = encrypt_aead(cipher, key, Some(nonce.as_bytes()), aad, text, &mut tag)?;
    sealed.extend_from_slice(&tag);
    Ok(json!({
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": BASE64.encode(sealed),
        "nonce": nonce,
        "associated_data": associated_data,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expect: Option<[&str; 5]>) {
        let got = Authorization::parse(&HeaderValue::from_str(header).unwrap());
        let expect =
            expect.map(|[mchid, nonce_str, signature, timestamp, serial_no]| Authorization {
                mchid: mchid.into(),
                nonce_str: nonce_str.into(),
                signature: signature.into(),
                timestamp: timestamp.into(),
                serial_no: serial_no.into(),
            });
        assert_eq!(got, expect, "{header}");
    }

    #[test]
    fn an_authorization_is_read_in_any_order_and_refused_when_a_part_is_missing() {
        let s = "WECHATPAY2-SHA256-RSA2048";
        let all = Some(["1900", "N", "c2ln==", "17", "AB"]);
        check(
            &format!(
                "{s} mchid=\"1900\",nonce_str=\"N\",signature=\"c2ln==\",timestamp=\"17\",serial_no=\"AB\""
            ),
            all,
        );
        check(
            &format!(
                "{s} serial_no=\"AB\", timestamp=\"17\", signature=\"c2ln==\", nonce_str=\"N\", mchid=\"1900\""
            ),
            all,
        );
        check(
            &format!("{s} mchid=\"1900\",nonce_str=\"N\",timestamp=\"17\",serial_no=\"AB\""),
            None,
        );
        check("WECHATPAY2-SM2-WITH-SM3 mchid=\"1900\"", None);
        check("Bearer abc", None);
        check("", None);
    }
}
