//! Stays of a database: the gateway, which knows its tables, writes them; this program reads along.

use std::io::{Error, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::input::Wrong;

/// The program that writes them: beside this one, or where the shell finds it.
const GATEWAY: &str = "gateway";

/// The address of a database, if that is what was named.
pub(super) fn address(stays: &Path) -> Option<&str> {
    let text = stays.to_str()?;
    let schemes = ["sqlite:", "postgres:", "postgresql:"];
    schemes.iter().any(|scheme| text.starts_with(scheme)).then_some(text)
}

/// What `gateway export visits` writes. Its end is an error if the gateway failed.
#[derive(Debug)]
pub(super) struct Visits {
    gateway: Child,
    out: ChildStdout,
}

impl Visits {
    pub(super) fn of(address: &str) -> Result<Self, Wrong> {
        let program = beside().unwrap_or_else(|| PathBuf::from(GATEWAY));
        let mut gateway = Command::new(&program)
            .args(["export", "visits", "--database", address])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "the visits of a database are read by the program `gateway` (beside this one or on \
                     the PATH): {error}\n  where it is elsewhere: gateway export visits --database URL \
                     | billing simulate --tariff FILE --against FILE -"
                )
            })?;
        let out = gateway.stdout.take().expect("it was asked for");
        Ok(Visits { gateway, out })
    }
}

impl Read for Visits {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.out.read(into)?;
        if read == 0 && !into.is_empty() {
            let ended = self.gateway.wait()?;
            if !ended.success() {
                return Err(Error::other(format!("gateway export visits: {ended}")));
            }
        }
        Ok(read)
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        // Whoever stops early needs no more of it; one that has ended is left alone.
        let _ended = self.gateway.kill();
        let _reaped = self.gateway.wait();
    }
}

fn beside() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let beside = here.with_file_name(GATEWAY);
    beside.is_file().then_some(beside)
}
