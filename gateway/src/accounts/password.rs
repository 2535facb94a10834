//! Passwords of broker accounts, hashed as Mosquitto's `mosquitto_passwd` does:
//! `$7$ITERATIONS$SALT$HASH`, PBKDF2 with HMAC-SHA-512, salt and hash in base64
//! (eclipse/mosquitto, `src/password_mosq.c`).
//!
//! A password is 24 random bytes, so that no number of iterations has to make up for a weak one:
//! Mosquitto's own 101 keep a hundred thousand devices that come back at once from taking minutes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use rand::RngCore;

const PASSWORD_BYTES: usize = 24;
const ITERATIONS: usize = 101;
/// The only length that Mosquitto 2.0 reads.
const SALT_BYTES: usize = 12;
const HASH_BYTES: usize = 64;
/// Whoever writes a hash must not be able to keep a gateway busy.
const ITERATIONS_LIMIT: usize = 100_000;

/// A new password, 32 characters that fit into a URL.
#[must_use]
pub fn random() -> String {
    let mut bytes = [0_u8; PASSWORD_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash to store.
#[must_use]
pub fn hash(password: &str) -> String {
    let mut salt = [0_u8; SALT_BYTES];
    rand::rng().fill_bytes(&mut salt);
    let derived = derive(password.as_bytes(), &salt, ITERATIONS)
        .expect("fixed lengths are within what PBKDF2 takes");
    format!("$7${ITERATIONS}${}${}", STANDARD.encode(salt), STANDARD.encode(derived))
}

/// Whether a password fits a stored hash; takes the same time wherever they differ.
#[must_use]
pub fn verify(stored: &str, password: &[u8]) -> bool {
    fits(stored, password).unwrap_or(false)
}

fn fits(stored: &str, password: &[u8]) -> Option<bool> {
    let mut parts = stored.strip_prefix("$7$")?.split('$');
    let iterations: usize = parts.next()?.parse().ok()?;
    let salt = STANDARD.decode(parts.next()?).ok()?;
    let hash = STANDARD.decode(parts.next()?).ok()?;
    if parts.next().is_some() || !(1..=ITERATIONS_LIMIT).contains(&iterations) {
        return None;
    }
    let derived = derive(password, &salt, iterations)?;
    Some(hash.len() == derived.len() && openssl::memcmp::eq(&hash, &derived))
}

fn derive(password: &[u8], salt: &[u8], iterations: usize) -> Option<[u8; HASH_BYTES]> {
    let mut derived = [0_u8; HASH_BYTES];
    pbkdf2_hmac(password, salt, iterations, MessageDigest::sha512(), &mut derived).ok()?;
    Some(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_and_no_other() {
        let password = random();
        assert_eq!(password.len(), 32);
        assert_ne!(password, random());
        let stored = hash(&password);
        assert_ne!(stored, hash(&password), "each hash has a salt of its own");
        assert!(verify(&stored, password.as_bytes()));
        assert!(!verify(&stored, random().as_bytes()) && !verify(&stored, b""));
    }

    /// Made by `mosquitto_passwd -b FILE anna 'correct horse'` of Mosquitto 2.0.11.
    #[test]
    fn a_hash_that_mosquitto_made_is_understood() {
        let stored = MADE_BY_MOSQUITTO;
        assert!(verify(stored, b"correct horse"));
        assert!(!verify(stored, b"correct hors"));
    }

    #[test]
    fn what_is_no_hash_fits_nothing() {
        for stored in [
            "",
            "$7$",
            "$6$a$b",
            "$7$0$AAAA$AAAA",
            "$7$101$?$?",
            "$7$9999999$AAAA$AAAA",
            "$7$101$AAAA$AAAA$",
        ] {
            assert!(!verify(stored, b""), "{stored}");
        }
    }

    const MADE_BY_MOSQUITTO: &str = "$7$101$GVQzT5HL9OVtfxQP$ruwtrFUr1MJipoB7dBvEtW/KmuVMx/0zDqckhNVDXzOBvedfQynw1iIPCdLjL/NMOOTft7lDa0pIK2wgSnrokg==";
}
