//! Who issues documents, how they are handed out, and by which mail server.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::is_loopback;

/// The tax platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tax {
    pub url: String,
    /// Folder with app.json (`tax_app_key`, `tax_app_secret`).
    pub credentials_dir: PathBuf,
    /// Where the platform calls back: the public address of `/api/v1/invoices/tax/notify`. Without it, it is asked only.
    pub notify_url: String,
    /// How often both platforms are asked at first, in milliseconds; ever less often later.
    pub poll_ms: u64,
    pub sandbox: bool,
}

/// The treasury's platform for non-tax bills.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Finance {
    pub url: String,
    /// Folder with app.json (`tax_app_key`, `tax_app_secret`).
    pub credentials_dir: PathBuf,
    /// Where the platform calls back: the public address of `/api/v1/invoices/finance/notify`.
    pub notify_url: String,
    pub sandbox: bool,
}

/// How documents are handed out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// Which of `xml`, `pdf` and `ofd` are kept of a document.
    pub formats: Vec<String>,
    /// Font files that drawn documents are written with, best first; those of Debian's `fonts-noto-cjk` and the like if
    /// left out.
    pub fonts: Vec<PathBuf>,
}

/// The mail server that takes documents. Without a host no mail is offered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    pub host: String,
    /// 465 for `tls`, 587 for `starttls`, 25 for `none`, if left out.
    pub port: Option<u16>,
    pub security: MailSecurity,
    pub user: String,
    /// File with the password of that user.
    pub password_file: Option<PathBuf>,
    /// Who the mails are from, as `Parking <invoice@example.com>`.
    pub from: String,
}

/// How the way to the mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    #[default]
    Tls,
    Starttls,
    /// Only to a server on a loopback address.
    None,
}

impl Default for Tax {
    fn default() -> Self {
        Tax {
            url: String::new(),
            credentials_dir: PathBuf::new(),
            notify_url: String::new(),
            poll_ms: 1_000,
            sandbox: false,
        }
    }
}

impl Default for Documents {
    fn default() -> Self {
        let formats = ["xml", "pdf", "ofd"].map(str::to_owned).to_vec();
        Documents { formats, fonts: Vec::new() }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Mail {
            host: String::new(),
            port: None,
            security: MailSecurity::Tls,
            user: String::new(),
            password_file: None,
            from: String::new(),
        }
    }
}

impl Tax {
    /// Refuses to ask without pause, or hardly ever.
    pub(super) fn check(&self) -> Result<()> {
        if !(10..=60_000).contains(&self.poll_ms) {
            bail!("tax.poll_ms is {}: 10 to 60000", self.poll_ms);
        }
        Ok(())
    }
}

impl Documents {
    /// Refuses a format that nobody draws.
    pub(super) fn check(&self) -> Result<()> {
        let kinds = ["xml", "pdf", "ofd"];
        if let Some(odd) = self.formats.iter().find(|f| !kinds.contains(&f.as_str())) {
            bail!("documents.formats: {odd:?} is none of xml, pdf, ofd");
        }
        Ok(())
    }
}

impl Mail {
    /// Refuses to send passwords and invoices through the open network.
    pub(super) fn check(&self) -> Result<()> {
        if self.security == MailSecurity::None && !self.host.is_empty() && !is_loopback(&self.host)
        {
            bail!("mail.security = none: only to a server on a loopback address");
        }
        Ok(())
    }
}
