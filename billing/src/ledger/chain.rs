//! The chain of a payee's entries: each holds the hash of the one before it.
//!
//! The hash is SHA-256 over netstrings (`<bytes>:<text>,`) of the fields in the order below, so that
//! an outsider can compute it again from an export, in any language. A number is its decimal text, an
//! empty field is the empty text. Changing, leaving out, adding or moving an entry breaks every hash
//! after it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// First field of every link and of `genesis`: the form of what follows.
const FORM: &str = "bowei-ledger-1";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// What a stored entry says, as it is hashed.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Whose chain.
    pub payee: &'a str,
    /// 1 for the first, without gaps.
    pub number: i64,
    /// Of the entry before; `genesis` for the first.
    pub previous: Hash,
    /// Key of the fact, its kind, the id of the entry, operator, zone, order, regime, rate, target,
    /// day of the fact, day posted on, instant, particulars: each as it is stored.
    pub fields: &'a [&'a str],
    /// Accounts and amounts in fen, in the order of the lines.
    pub postings: &'a [(&'a str, i64)],
}

/// What the first entry of a payee follows.
#[must_use]
pub fn genesis(payee: &str) -> Hash {
    let mut sum = Sum(Sha256::new());
    sum.put(FORM);
    sum.put("genesis");
    sum.put(payee);
    sum.hash()
}

/// The hash of an entry in its place.
#[must_use]
pub fn link_hash(link: &Link<'_>) -> Hash {
    let mut sum = Sum(Sha256::new());
    sum.put(FORM);
    sum.put(link.payee);
    sum.put(&link.number.to_string());
    sum.put(&link.previous.to_string());
    sum.put(&link.fields.len().to_string());
    for field in link.fields {
        sum.put(field);
    }
    for (account, amount) in link.postings {
        sum.put(account);
        sum.put(&amount.to_string());
    }
    sum.hash()
}

struct Sum(Sha256);

impl Sum {
    fn put(&mut self, text: &str) {
        self.0.update(format!("{}:{text},", text.len()).as_bytes());
    }

    fn hash(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Another length is refused as what it is: no two hexadecimal digits where they are wanted.
        let text = if text.len() == 64 { text } else { "?" };
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at.saturating_add(2)).unwrap_or("?"), 16)?;
        }
        Ok(Hash(bytes))
    }
}
