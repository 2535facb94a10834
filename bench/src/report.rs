//! Results: printed as a table or as JSON, and written into docs/BENCHMARKS.md between markers.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::machine::{Machine, today};

/// One measured table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Names the place in the document: `<!-- bench:NAME -->`.
    pub(crate) name: String,
    pub(crate) command: String,
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// The same figures, for programs.
    pub(crate) figures: serde_json::Value,
}

/// Where results go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sink {
    pub(crate) json: bool,
    pub(crate) document: Option<PathBuf>,
}

impl Report {
    /// A table without rows.
    pub(crate) fn new(name: &str, columns: &[&str]) -> Report {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Report {
            name: name.to_owned(),
            command: format!("make bench ARGS=\"{}\"", arguments.join(" ")),
            date: today(),
            machine: Machine::here(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: Vec::new(),
            figures: serde_json::Value::Null,
        }
    }

    /// The table with what is needed to read it.
    pub(crate) fn markdown(&self) -> String {
        let Machine { processors, memory_gib, system, rust, mosquitto, postgres } = &self.machine;
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = vec!["---".to_owned(); self.columns.len()];
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!(
            "{}{}{rows}\n`{}` · {} · {processors} processors, {memory_gib} GiB, {system} · {rust} · {mosquitto} · {postgres}\n",
            line(&self.columns),
            line(&rule),
            self.command,
            self.date,
        )
    }
}

impl Sink {
    pub(crate) fn show(&self, report: &Report) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(report)?);
        } else {
            println!("\n{}", report.markdown());
        }
        let Some(document) = &self.document else { return Ok(()) };
        write_into(document, report)
    }
}

/// Progress goes to standard error, so that standard output is the result.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

fn write_into(document: &Path, report: &Report) -> Result<()> {
    let text = std::fs::read_to_string(document)
        .with_context(|| format!("cannot read {}", document.display()))?;
    let text = replaced(&text, &report.name, &report.markdown())
        .with_context(|| format!("{} has no place for {}", document.display(), report.name))?;
    Ok(std::fs::write(document, text)?)
}

/// The text with what stands between the markers of `name` replaced.
fn replaced(text: &str, name: &str, by: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench:{name} -->\n"), format!("<!-- /bench:{name} -->"));
    let from = text.find(&begin)? + begin.len();
    let to = from + text[from..].find(&end)?;
    Some(format!("{}\n{by}\n{}", &text[..from], &text[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_between_its_markers() {
        let text =
            "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n<!-- bench:y -->\n<!-- /bench:y -->\n";
        let expected = "a\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\nb\n<!-- bench:y -->\n<!-- /bench:y -->\n";
        assert_eq!(replaced(text, "x", "new\n"), Some(expected.to_owned()));
        assert_eq!(replaced(text, "z", "new"), None);
    }
}
