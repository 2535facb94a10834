//! The subcommands: reading arguments, and telling people the outcome. What they do is the
//! library's.

pub(crate) mod generate;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod score;
pub(crate) mod town;

use std::path::Path;

use anyhow::{Context, bail};

use firmware_sim::{Scenario, Town};

fn read_town(path: &Path) -> anyhow::Result<Town> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the town {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a town file", path.display()))
}

fn read_scenario(path: &Path) -> anyhow::Result<Scenario> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the scenario {}", path.display()))?;
    Scenario::parse(&text).or_else(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        bail!("{} is not a scenario:{}", path.display(), lines.concat())
    })
}
