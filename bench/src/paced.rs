//! Publishing at a given rate, with the moment of each message told.

use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::{Instant, interval};

use crate::machine::now_ns;
use crate::message::{Said, message};
use crate::publish::connect_all;
use crate::wire;

const TICK: Duration = Duration::from_millis(1);

/// Connections that send when told to; acknowledgements are read and dropped.
#[derive(Debug)]
pub(crate) struct Paced {
    connections: Vec<(OwnedWriteHalf, usize)>,
}

impl Paced {
    pub(crate) async fn connect(port: u16, connections: usize) -> Result<Paced> {
        let sockets = connect_all(connections, port).await?;
        let halves = sockets.into_iter().map(|socket| {
            let (mut from, to) = socket.into_split();
            tokio::spawn(async move {
                let mut dropped = [0; 4096];
                while from.read(&mut dropped).await.is_ok_and(|read| read > 0) {}
            });
            (to, 0)
        });
        Ok(Paced { connections: halves.collect() })
    }

    /// Sends at `rate` a second; `leaves` hears of each message just before it does.
    /// Gives the rate that was reached.
    pub(crate) async fn send(
        &mut self,
        messages: &[Said],
        rate: f64,
        mut leaves: impl FnMut(&Said, i64),
    ) -> Result<f64> {
        let packets: Vec<(String, String)> = messages.iter().map(message).collect();
        let (began, mut tick, mut sent) = (Instant::now(), interval(TICK), 0);
        while sent < messages.len() {
            tick.tick().await;
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count of messages of some seconds"
            )]
            let due = ((began.elapsed().as_secs_f64() * rate) as usize).min(messages.len());
            for (said, (topic, payload)) in messages[sent..due].iter().zip(&packets[sent..due]) {
                let at = said.device as usize % self.connections.len();
                let (socket, count) = &mut self.connections[at];
                let mut packet = Vec::with_capacity(topic.len() + payload.len() + 16);
                wire::push_publish(&mut packet, topic, payload.as_bytes(), *count);
                *count += 1;
                leaves(said, now_ns());
                socket.write_all(&packet).await?;
            }
            sent = due;
        }
        Ok(messages.len() as f64 / began.elapsed().as_secs_f64())
    }
}
