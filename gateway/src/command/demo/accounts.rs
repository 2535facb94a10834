//! The account of the demo's sensors at its own broker: made anew at each start, with a random
//! password. Its address stands in a file that only the owner may read, for other tools.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::accounts::{Account, Scope};
use crate::app::App;
use crate::broker::Broker;

const NAME: &str = "sensors";
/// Beside the demo's database.
const FILE: &str = "broker.url";

/// Makes the account; returns the broker's address with its name and password.
pub(super) fn for_sensors(app: &App, broker: &Broker, data: &Path) -> Result<String> {
    // One simulator speaks for the street's native sensors and for both network servers.
    let account = Account::AnyOf(vec![Account::Concentrator(Scope::All), Account::Network]);
    let password = app.accounts.add_own(NAME, account);
    let url = format!("mqtt://{NAME}:{password}@{}", broker.address());
    let path = data.join(FILE);
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| file.write_all(format!("{url}\n").as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(url)
}
