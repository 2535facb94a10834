//! The threads: one reads, some price, and the one that called writes and tells how far it is.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::chunks::{Chunk, Chunks};
use super::pricing::{Job, Outcome, Pricer};
use super::progress::Progress;

pub(super) struct How {
    pub(super) threads: usize,
    /// Whether the first row that is wrong ends it.
    pub(super) stops: bool,
    /// Bytes of the input, where they are known.
    pub(super) total: Option<u64>,
}

pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) elapsed: Duration,
}

/// A chunk that is priced.
struct Priced {
    number: u64,
    bytes: usize,
    lines: u64,
    written: Vec<u8>,
}

/// Prices everything; at most a few chunks are in memory.
pub(super) fn run<R: Read + Send>(
    job: &Job<'_>,
    chunks: Chunks<R>,
    how: &How,
    mut out: Option<&mut impl Write>,
) -> std::io::Result<Done> {
    let mut progress = Progress::new(how.total);
    let over = AtomicBool::new(false);
    let (to_price, chunks_read) = sync_channel::<Chunk>(how.threads * 2);
    let (to_write, priced) = sync_channel::<Priced>(how.threads * 2);
    let chunks_read = Mutex::new(chunks_read);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(chunks, to_price, &over));
        let work = || work(job, &chunks_read, &to_write.clone(), &over, how.stops);
        let workers: Vec<_> = (0..how.threads).map(|_| scope.spawn(work)).collect();
        let mut written = Ok(());
        let (mut bytes, mut lines) = (0, 0);
        let (mut next, mut waiting) = (0, BTreeMap::new());
        let mut left = workers.len();
        while left > 0 {
            // Each worker says when it ends, by a chunk without bytes.
            let Ok(one) = priced.recv() else { break };
            if one.bytes == 0 {
                left -= 1;
                continue;
            }
            bytes += u64::try_from(one.bytes).unwrap_or(0);
            lines += one.lines;
            progress.tell(bytes, lines);
            waiting.insert(one.number, one.written);
            while let Some(text) = waiting.remove(&next) {
                next += 1;
                if let (Some(out), Ok(())) = (&mut out, &written) {
                    written = out.write_all(&text);
                    over.fetch_or(written.is_err(), Ordering::Relaxed);
                }
            }
        }
        let mut outcome = Outcome::default();
        for worker in workers {
            outcome.merge(&worker.join().expect("pricing does not panic"));
        }
        let elapsed = progress.end();
        reader.join().expect("reading does not panic")?;
        written.map(|()| Done { outcome, elapsed })
    })
}

fn read<R: Read>(
    mut chunks: Chunks<R>,
    to_price: SyncSender<Chunk>,
    over: &AtomicBool,
) -> std::io::Result<()> {
    while let Some(chunk) = chunks.next()? {
        if over.load(Ordering::Relaxed) || to_price.send(chunk).is_err() {
            break;
        }
    }
    drop(to_price);
    Ok(())
}

fn work(
    job: &Job<'_>,
    chunks: &Mutex<Receiver<Chunk>>,
    to_write: &SyncSender<Priced>,
    over: &AtomicBool,
    stops: bool,
) -> Outcome {
    let mut pricer = Pricer::new(job);
    loop {
        let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else { break };
        if over.load(Ordering::Relaxed) {
            continue;
        }
        let before = pricer.lines();
        let written = pricer.price(&chunk);
        let (number, bytes) = (chunk.number, chunk.bytes.len());
        let priced = Priced { number, bytes, lines: pricer.lines() - before, written };
        if to_write.send(priced).is_err() {
            break;
        }
        if stops && pricer.bad() > 0 {
            over.store(true, Ordering::Relaxed);
        }
    }
    // The one that waits is there until every worker has said that it ends.
    let _ = to_write.send(Priced { number: 0, bytes: 0, lines: 0, written: Vec::new() });
    pricer.outcome()
}
