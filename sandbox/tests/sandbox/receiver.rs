//! The merchant's notify address: a throw-away server that keeps what it is sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One request to the notify address.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    received: UnboundedReceiver<Received>,
}

#[derive(Clone)]
struct Desk {
    answers: Arc<Mutex<VecDeque<u16>>>,
    inbox: UnboundedSender<Received>,
}

impl Receiver {
    /// Answers with these statuses in turn, then always 204.
    pub(crate) async fn answering(answers: &[u16]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/notify", listener.local_addr().expect("it is bound"));
        let (inbox, received) = unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let routes = Router::new().route("/notify", post(take)).with_state(Desk { answers, inbox });
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Receiver { url, received }
    }

    pub(crate) async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(Duration::from_secs(20), self.received.recv()).await;
        next.expect("a notification comes within 20 s").expect("the server lives")
    }

    /// Whether anything came that nobody asked for yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: String) -> StatusCode {
    let _ = desk.inbox.send(Received { headers, body });
    let status = desk.answers.lock().expect("nobody panics here").pop_front().unwrap_or(204);
    StatusCode::from_u16(status).expect("a status")
}
