//! Settings of the driver's app in a browser (H5): which folder holds it, and what its pages may load.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The driver's app in a browser. Without a folder only the API is served.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// What `make web` has built: the folder with `index.html`.
    pub folder: Option<PathBuf>,
    /// Whom else the pages may load pictures and map tiles from, such as an approved base map: `https://host`.
    pub origins: Vec<String>,
}

impl Web {
    /// Refuses origins that would loosen more than they say.
    pub(super) fn check(&self) -> Result<()> {
        for origin in &self.origins {
            if !is_origin(origin) {
                bail!("web.origins: {origin:?} is not like https://host or https://host:port");
            }
        }
        Ok(())
    }

    /// Refuses a folder without an app; for those who serve it, since other commands read no page.
    pub(crate) fn check_folder(&self) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let index = folder.join("index.html");
        std::fs::metadata(&index).with_context(|| {
            format!("web.folder: {} is not there; build the app with `make web`", index.display())
        })?;
        Ok(())
    }
}

/// `https://` and a host; nothing that could end the directive it is written into.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://") else { return false };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    !host.is_empty() && host.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_host_and_nothing_that_loosens_the_policy() {
        for (text, good) in [
            ("https://tiles.example", true),
            ("https://tiles.example:8443", true),
            ("http://tiles.example", false),
            ("https://", false),
            ("https://*", false),
            ("https://a.example; script-src *", false),
            ("'unsafe-inline'", false),
            ("https://a.example/path", false),
        ] {
            assert_eq!(is_origin(text), good, "{text}");
        }
    }

    #[test]
    fn a_folder_without_an_app_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let web = Web { folder: Some(folder.path().to_owned()), origins: Vec::new() };
        let refused = format!("{:#}", web.check_folder().unwrap_err());
        assert!(refused.contains("web.folder") && refused.contains("make web"), "{refused}");
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        web.check_folder().unwrap();
    }
}
