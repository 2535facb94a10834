//! What the sandbox is told at start. It reads no environment and no file of its own.

use std::path::PathBuf;

use crate::clock::CityClock;

/// Wait before the first repeat of a notification, unless told otherwise; WeChat Pay waits 15 s.
pub const DEFAULT_NOTIFY_RETRY_MS: u32 = 500;

/// The settings of one sandbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder for keys and journals; made if missing, locked while in use.
    pub data: PathBuf,
    /// City time, used for everything a payer or a tax office would read on a document.
    pub clock: CityClock,
    /// Milliseconds before the first repeat of a notification, 1 to 15 000; all fifteen waits of
    /// the real schedule are scaled by `notify_retry_ms` / 15 000.
    pub notify_retry_ms: u32,
}
