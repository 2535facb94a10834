//! The same bytes to whatever is asked, by the gateway's HTTP library with the gateway's settings and nothing around it: what
//! an answer from the live index is measured on.

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::child::Talking;

const STARTS_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// Answer with so many bytes (started by the other commands).
#[derive(Debug, Args)]
pub(crate) struct StaticAnswer {
    #[arg(long)]
    bytes: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listening {
    port: u16,
}

impl StaticAnswer {
    /// Starts it in a process of its own; gives the port, too.
    pub(crate) async fn start(bytes: usize) -> Result<(Talking, u16)> {
        let arguments = ["static-answer".to_owned(), format!("--bytes={bytes}")];
        let mut process = Talking::start("the static answer", &arguments)?;
        let listening: Listening = process.hear(STARTS_WITHIN).await?;
        Ok((process, listening.port))
    }

    pub(crate) async fn run(self) -> Result<()> {
        let body = Bytes::from(format!("\"{}\"", "x".repeat(self.bytes.saturating_sub(2))));
        let answer = move || {
            let body = body.clone();
            async move { ([(CONTENT_TYPE, "application/json")], body) }
        };
        let router = Router::new().route("/", get(answer));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        println!("{}", serde_json::to_string(&Listening { port })?);
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        Ok(axum::serve(listener, router).await?)
    }
}
