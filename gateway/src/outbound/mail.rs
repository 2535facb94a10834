//! Mails with documents, over SMTP (lettre). Reached from jobs only.
//!
//! A mail has one Message-ID for ever, so that a receiver drops it if it comes twice after an answer was lost.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use lettre::message::header::ContentType;
use lettre::message::{Attachment as Attached, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{Mail, MailSecurity};

/// How long the server may take for one command.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Longest address (RFC 5321).
const ADDRESS_CHARS: usize = 254;

/// The way to the mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A mail to be sent.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    /// The same for ever; becomes the Message-ID.
    pub(crate) id: String,
    pub(crate) to: &'a str,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
}

/// A file in a mail.
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
}

impl Mailer {
    /// Reads password and sender. None without a host.
    ///
    /// # Errors
    /// When the file cannot be read, or the sender is no address.
    pub fn open(settings: &Mail) -> Result<Option<Mailer>> {
        if settings.host.is_empty() {
            return Ok(None);
        }
        let host = settings.host.as_str();
        let mut builder = match settings.security {
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host)?,
            MailSecurity::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host)?,
            MailSecurity::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
        };
        if let Some(port) = settings.port {
            builder = builder.port(port);
        }
        if let Some(path) = &settings.password_file {
            let password = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let password = password.trim().to_owned();
            builder = builder.credentials(Credentials::new(settings.user.clone(), password));
        }
        let from =
            settings.from.parse().context("mail.from is no address, as invoice@example.com")?;
        Ok(Some(Mailer { transport: builder.timeout(Some(ANSWER_WITHIN)).build(), from }))
    }

    /// Sends a mail. `Err` inside: the server will never take it.
    ///
    /// # Errors
    /// When the server does not answer or asks for patience: try again.
    pub(crate) async fn send(&self, letter: Letter<'_>) -> Result<Result<(), String>> {
        let Ok(to) = letter.to.parse::<Address>() else {
            return Ok(Err("the address is none".into()));
        };
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(letter.text));
        for attachment in letter.attachments {
            let media = ContentType::parse(attachment.media_type).context("a media type")?;
            parts =
                parts.singlepart(Attached::new(attachment.name).body(attachment.content, media));
        }
        let domain = self.from.email.domain();
        let message = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .multipart(parts)
            .context("writing a mail")?;
        match self.transport.send(message).await {
            Ok(_) => Ok(Ok(())),
            // The server's text may repeat the address: only its code is kept.
            Err(error) if error.is_permanent() => Ok(Err(match error.status() {
                Some(code) => format!("the server refuses it: {code}"),
                None => "the server refuses it".into(),
            })),
            Err(error) => Err(anyhow::anyhow!(
                "the mail server does not take it now{}",
                error.status().map_or_else(String::new, |code| format!(": {code}"))
            )),
        }
    }
}

/// An address as mails take it, in one form.
#[must_use]
pub(crate) fn mail_address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let fits = typed.len() <= ADDRESS_CHARS && typed.is_ascii();
    let (user, domain) = typed.rsplit_once('@').filter(|_| fits)?;
    typed.parse::<Address>().ok()?;
    domain.contains('.').then(|| format!("{user}@{}", domain.to_ascii_lowercase()))
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailer(from {})", self.from)
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name, self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_in_one_form() {
        let long = format!("{}@example.com", "a".repeat(300));
        for (typed, expected) in [
            (" Lin@Example.COM ", Some("Lin@example.com")),
            ("a.b+c@mail.example.cn", Some("a.b+c@mail.example.cn")),
            ("lin", None),
            ("lin@localhost", None),
            ("@example.com", None),
            ("lin@example.com\r\nBcc: x@example.com", None),
            ("Lin <lin@example.com>", None),
            ("a@b@example.com", None),
            ("林@example.com", None),
            (long.as_str(), None),
            ("", None),
        ] {
            assert_eq!(mail_address(typed).as_deref(), expected, "{typed}");
        }
    }
}
