//! A merchant's notify_url: takes one request after the other, answers 204, and hands out what came.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rswxpay::model::notify::NotifyHeaders;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(15);

/// Where notifications come in.
pub(crate) struct Inbox {
    pub(crate) url: String,
    listener: TcpListener,
}

impl Inbox {
    pub(crate) async fn open() -> Result<Inbox> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Inbox { url: format!("http://{}/notify", listener.local_addr()?), listener })
    }

    /// The signature's headers and the body of the next notification.
    pub(crate) async fn next(&mut self) -> Result<(NotifyHeaders, String)> {
        tokio::time::timeout(PATIENCE, self.take()).await.context("no notification came")?
    }

    async fn take(&mut self) -> Result<(NotifyHeaders, String)> {
        let (mut stream, _) = self.listener.accept().await?;
        let mut bytes = Vec::new();
        loop {
            if let Some((head, body)) = whole(&bytes)? {
                stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await?;
                return Ok((signature(&head)?, body));
            }
            let mut more = [0; 8192];
            match stream.read(&mut more).await? {
                0 => bail!("the notification broke off"),
                count => bytes.extend_from_slice(&more[..count]),
            }
        }
    }
}

/// Head and body once all has come.
fn whole(bytes: &[u8]) -> Result<Option<(HashMap<String, String>, String)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head: HashMap<String, String> = std::str::from_utf8(&bytes[..end])?
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = head.get("content-length").context("a notification has a length")?.parse()?;
    let body = &bytes[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some((head, String::from_utf8(body[..length].to_vec())?)))
}

fn signature(head: &HashMap<String, String>) -> Result<NotifyHeaders> {
    let part = |name: &str| head.get(name).cloned().with_context(|| format!("no header {name}"));
    Ok(NotifyHeaders {
        timestamp: part("wechatpay-timestamp")?,
        nonce: part("wechatpay-nonce")?,
        signature: part("wechatpay-signature")?,
        serial: part("wechatpay-serial")?,
    })
}
