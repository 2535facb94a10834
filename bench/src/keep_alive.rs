//! A client that asks over open connections as fast as answers come. As lean as can be: what it needs is time that the
//! server does not get.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Longest head and body of an answer.
const ANSWER_LIMIT: usize = 1 << 20;

/// Where to ask, and with how many connections at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepAlive {
    pub(crate) port: u16,
    pub(crate) connections: usize,
}

/// How it went.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) per_second: f64,
    /// Sorted.
    pub(crate) took_ms: Vec<f64>,
}

impl KeepAlive {
    /// Each connection asks one path after the other for so long.
    pub(crate) async fn ask(&self, paths: &[String], during: Duration) -> Result<Asked> {
        let (began, mut asking) = (Instant::now(), JoinSet::new());
        for connection in 0..self.connections {
            let requests: Vec<Vec<u8>> = paths.iter().map(|path| request(path)).collect();
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.set_nodelay(true)?;
            asking.spawn(async move {
                let (mut took_ms, mut buffer) = (Vec::new(), Vec::new());
                let mut next = connection * requests.len() / 7;
                while began.elapsed() < during {
                    let asked_at = Instant::now();
                    stream.write_all(&requests[next % requests.len()]).await?;
                    answer(&mut stream, &mut buffer).await?;
                    took_ms.push(asked_at.elapsed().as_secs_f64() * 1e3);
                    next += 1;
                }
                anyhow::Ok(took_ms)
            });
        }
        let mut took_ms = Vec::new();
        while let Some(ended) = asking.join_next().await {
            took_ms.extend(ended.context("a connection failed")??);
        }
        let per_second = took_ms.len() as f64 / began.elapsed().as_secs_f64();
        took_ms.sort_by(f64::total_cmp);
        Ok(Asked { per_second, took_ms })
    }
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// Reads one answer to its end; it is a 200.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await?;
        ensure!(read > 0, "the server hung up");
        ensure!(buffer.len() < ANSWER_LIMIT, "the answer does not end");
        let Some(length) = answer_bytes(buffer)? else { continue };
        if buffer.len() >= length {
            return Ok(());
        }
    }
}

/// Length of the whole answer, once its head is there.
fn answer_bytes(buffer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&buffer[..head]).context("a head is text")?;
    ensure!(text.starts_with("HTTP/1.1 200"), "answered {}", text.lines().next().unwrap_or(""));
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    Ok(Some(head + 4 + length.context("the answer has no length")??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        for (text, expected) in [
            (format!("{head}12345"), Some(head.len() + 5)),
            (head.to_owned(), Some(head.len() + 5)),
            ("HTTP/1.1 200 OK\r\ncontent-le".to_owned(), None),
        ] {
            assert_eq!(answer_bytes(text.as_bytes()).unwrap(), expected, "{text}");
        }
        for wrong in ["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            assert!(answer_bytes(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
