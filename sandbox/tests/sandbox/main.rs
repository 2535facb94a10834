//! The sandbox as a merchant's program sees it: over HTTP, with the keys a merchant is given.
//!
//! Signatures and sealing are checked with this crate's own few lines of OpenSSL, not with the
//! sandbox's code.

#![expect(clippy::unwrap_used, reason = "here an unwrap that fails is a test that fails")]

mod bills;
mod certificates;
mod documents;
mod doors;
mod login;
mod merchant;
mod notices;
mod orders;
mod parking;
mod receiver;
mod refund_ends;
mod refunds;
mod restart;
mod server;
mod shop;
mod signatures;
mod tax;
mod troubles;
