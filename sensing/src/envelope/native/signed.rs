//! Signed native messages, for brokers that are not to be trusted with what a sensor said:
//! `{"signed": base64 of the message, "mac": hex of HMAC-SHA256(key, topic, 0x00, message)}`.
//!
//! The topic is signed with it, so that one device's word cannot be passed off as another's. A
//! message played back is a repeat like any other: its identity is inside. A device without a key
//! in the register may sign all the same; there is nothing to check it with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::envelope::Refused;
use crate::envelope::fields::bad;
use crate::json::Json;
use crate::reject::Reject;

/// The message within a signed one, checked; `None` where it is not signed and need not be.
pub(super) fn open(
    message: &Json<'_>,
    topic: &str,
    key: Option<&[u8; 32]>,
) -> Result<Option<Vec<u8>>, Refused> {
    let Some(signed) = message.get("signed").filter(|signed| !signed.is_null()) else {
        return match key {
            Some(_) => Err(Refused::new(Reject::MissingMac, "this device signs its messages")),
            None => Ok(None),
        };
    };
    let inner = signed.as_str().and_then(|text| STANDARD.decode(text).ok());
    let inner = inner.ok_or_else(|| bad("signed", "base64"))?;
    if let Some(key) = key {
        let mac = message.get("mac").filter(|mac| !mac.is_null());
        let mac = mac.ok_or_else(|| Refused::new(Reject::MissingMac, "mac is missing"))?;
        let mac = mac.as_str().and_then(|text| hex::decode(text).ok());
        check(key, topic, &inner, &mac.ok_or_else(|| bad("mac", "hexadecimal digits"))?)?;
    }
    Ok(Some(inner))
}

/// Compares in a time that does not depend on where the difference is.
fn check(key: &[u8; 32], topic: &str, inner: &[u8], mac: &[u8]) -> Result<(), Refused> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [topic.as_bytes(), &[0], inner] {
        hmac.update(part);
    }
    hmac.verify_slice(mac)
        .map_err(|_| Refused::new(Reject::BadMac, "the mac is not that of this device's key"))
}
