//! The publishers: many connections that send ready-made packets as fast as the broker takes them.
//!
//! They run in a process of their own, told by lines on its input: `build FIRST LAST` makes the
//! packets of some laps, `publish PORT` sends them and says when. The same packets may be sent
//! again to another broker, so that everything measured in a round sees the same bytes.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use vocabulary::Timestamp;

use crate::child::Talking;
use crate::machine::now_ns;
use crate::message::message;
use crate::traffic::Traffic;
use crate::wire;

/// Messages of one connection that the broker has not acknowledged yet.
const WINDOW: usize = 200;
const BUILDS_WITHIN: Duration = Duration::from_secs(120);
const CONNECTS_WITHIN: Duration = Duration::from_secs(30);
const PUBLISHES_WITHIN: Duration = Duration::from_secs(600);

/// Send a run's messages (started by the other commands).
#[derive(Debug, Args)]
pub(crate) struct Publish {
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    devices: u32,
    #[arg(long)]
    from_ms: i64,
    #[arg(long)]
    spacing_ms: i64,
    #[arg(long)]
    connections: usize,
}

/// What was made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Built {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

/// The connections stand, the first message leaves.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Began {
    first_ns: i64,
}

/// The broker has acknowledged all messages.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) acknowledged_ns: i64,
}

/// The publishing process, as the run sees it.
#[derive(Debug)]
pub(crate) struct Publisher {
    process: Talking,
}

impl Publisher {
    pub(crate) fn start(traffic: &Traffic, connections: usize) -> Result<Publisher> {
        let arguments = [
            "publish".to_owned(),
            format!("--seed={}", traffic.seed),
            format!("--devices={}", traffic.devices),
            format!("--from-ms={}", traffic.from.ms()),
            format!("--spacing-ms={}", traffic.spacing_ms),
            format!("--connections={connections}"),
        ];
        Ok(Publisher { process: Talking::start("the publisher", &arguments)? })
    }

    pub(crate) async fn build(&mut self, laps: &Range<u32>) -> Result<Built> {
        self.process.tell(&format!("build {} {}", laps.start, laps.end)).await?;
        self.process.hear(BUILDS_WITHIN).await
    }

    /// Has it connect and send; `began` and then `published` say how it went.
    pub(crate) async fn publish(&mut self, port: u16) -> Result<()> {
        self.process.tell(&format!("publish {port}")).await
    }

    /// The moment of the first message.
    pub(crate) async fn began(&mut self) -> Result<i64> {
        let began: Began = self.process.hear(CONNECTS_WITHIN).await?;
        Ok(began.first_ns)
    }

    /// Waits until the broker has acknowledged everything.
    pub(crate) async fn published(&mut self) -> Result<Published> {
        self.process.hear(PUBLISHES_WITHIN).await
    }

    pub(crate) fn process(&self) -> u32 {
        self.process.child.id()
    }
}

/// The packets of one connection, end to end.
#[derive(Debug, Default)]
pub(crate) struct Load {
    packets: Vec<u8>,
    ends: Vec<usize>,
}

impl Load {
    pub(crate) fn push(&mut self, topic: &str, payload: &str) {
        wire::push_publish(&mut self.packets, topic, payload.as_bytes(), self.ends.len());
        self.ends.push(self.packets.len());
    }
}

impl Publish {
    pub(crate) async fn run(self) -> Result<()> {
        let traffic = Traffic {
            seed: self.seed,
            devices: self.devices,
            from: Timestamp::from_ms(self.from_ms),
            spacing_ms: self.spacing_ms,
        };
        let mut loads = Vec::new();
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["build", first, last] => {
                    loads = build(&traffic, &(first.parse()?..last.parse()?), self.connections);
                    say(&Built {
                        messages: loads.iter().map(|l| l.ends.len() as u64).sum(),
                        bytes: loads.iter().map(|l| l.packets.len() as u64).sum(),
                    })?;
                }
                ["publish", port] => {
                    let sockets = connect_all(loads.len(), port.parse()?).await?;
                    say(&Began { first_ns: now_ns() })?;
                    loads = send_all(loads, sockets).await?;
                    say(&Published { acknowledged_ns: now_ns() })?;
                }
                _ => bail!("not understood: {line}"),
            }
        }
        Ok(())
    }
}

/// A device always speaks through the same connection, so the broker keeps its messages in order.
fn build(traffic: &Traffic, laps: &Range<u32>, connections: usize) -> Vec<Load> {
    let mut loads: Vec<Load> = (0..connections).map(|_| Load::default()).collect();
    for said in traffic.laps(laps) {
        let (topic, payload) = message(&said);
        loads[said.device as usize % connections].push(&topic, &payload);
    }
    loads
}

/// So many connections that the broker has accepted.
pub(crate) async fn connect_all(count: usize, port: u16) -> Result<Vec<TcpStream>> {
    let mut sockets = Vec::new();
    for number in 0..count {
        sockets.push(connect(port, &format!("publisher-{number}")).await?);
    }
    Ok(sockets)
}

/// Sends each load through its connection and gives them back once all are acknowledged.
pub(crate) async fn send_all(loads: Vec<Load>, sockets: Vec<TcpStream>) -> Result<Vec<Load>> {
    let connections = loads.into_iter().zip(sockets);
    let tasks: Vec<_> =
        connections.map(|(load, socket)| tokio::spawn(pour(load, socket))).collect();
    let mut back = Vec::new();
    for task in tasks {
        back.push(task.await.context("a connection failed")??);
    }
    Ok(back)
}

async fn connect(port: u16, client_id: &str) -> Result<TcpStream> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.context("the broker")?;
    socket.write_all(&wire::connect(client_id)).await?;
    let mut answer = [0; wire::CONNACK_BYTES];
    socket.read_exact(&mut answer).await?;
    anyhow::ensure!(answer == [0x20, 2, 0, 0], "the broker refused {client_id}: {answer:?}");
    Ok(socket)
}

/// Sends the packets with a window, until all are acknowledged.
async fn pour(load: Load, mut socket: TcpStream) -> Result<Load> {
    let (mut from, mut to) = socket.split();
    let (mut sent, mut acknowledged_bytes, mut answers) = (0, 0, vec![0; 16 * 1024]);
    let wanted = load.ends.len() * wire::PUBACK_BYTES;
    while acknowledged_bytes < wanted {
        let allowed = (acknowledged_bytes / wire::PUBACK_BYTES + WINDOW).min(load.ends.len());
        let until = load.ends[allowed - 1];
        tokio::select! {
            read = from.read(&mut answers) => match read? {
                0 => bail!("the broker closed the connection"),
                bytes => acknowledged_bytes += bytes,
            },
            written = to.write(&load.packets[sent..until]), if sent < until => sent += written?,
        }
    }
    Ok(load)
}

fn say(what: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}
