//! Standard output of programs whose reader may leave, as in `… | head`.
//!
//! What nobody reads is dropped: the work goes on, and the exit code is that of the work. A stream that
//! may be long ends instead (`stream`, `ended`): its reader has enough. Nothing else is taken for a reader
//! that left; another failure, such as a full disk, ends the program with code 2 and says so.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody who read us has left.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Prints a line; `println!` for programs whose reader may leave.
#[macro_export]
macro_rules! outln {
    () => { $crate::print(format_args!("\n")) };
    ($($words:tt)*) => { $crate::print(format_args!("{}\n", format_args!($($words)*))) };
}

/// Prints; `print!` for programs whose reader may leave.
#[macro_export]
macro_rules! out {
    ($($words:tt)*) => { $crate::print(format_args!($($words)*)) };
}

/// What `out!` and `outln!` do.
pub fn print(words: fmt::Arguments<'_>) {
    if let Err(error) = Out.write_fmt(words) {
        eprintln!("error: cannot write to standard output: {error}");
        std::process::exit(2);
    }
}

/// Standard output that takes everything, also when nobody reads it any more.
#[derive(Clone, Copy, Debug)]
pub struct Out;

/// Standard output that fails with `BrokenPipe` when nobody reads it any more; see `ended`.
#[derive(Clone, Copy, Debug)]
pub struct Stream;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        taken(Stream.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        taken(Stream.flush(), ())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        noted(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        noted(io::stdout().flush())
    }
}

fn noted<T>(written: io::Result<T>) -> io::Result<T> {
    if matches!(&written, Err(error) if error.kind() == ErrorKind::BrokenPipe) {
        LEFT.store(true, Ordering::Relaxed);
    }
    written
}

/// A reader who left has got everything.
fn taken<T>(written: io::Result<T>, everything: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(everything),
        written => written,
    }
}

/// Whether a command failed only because nobody reads its stream any more: then it has done all it had to.
#[must_use]
pub fn ended(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) {
            return LEFT.load(Ordering::Relaxed);
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> io::Error {
        io::Error::from(ErrorKind::BrokenPipe)
    }

    #[test]
    fn a_reader_who_left_has_got_everything_and_another_failure_is_told() {
        assert_eq!(taken(Err(pipe()), 7).unwrap(), 7);
        assert_eq!(taken(Ok(3), 7).unwrap(), 3);
        let full = io::Error::from(ErrorKind::StorageFull);
        assert_eq!(taken(Err(full), 7).unwrap_err().kind(), ErrorKind::StorageFull);
    }

    #[test]
    fn only_a_broken_pipe_of_ours_ends_a_stream_in_peace() {
        // That of a database's connection.
        assert!(!ended(&pipe()));
        assert!(noted::<()>(Err(io::Error::from(ErrorKind::StorageFull))).is_err());
        assert!(!ended(&pipe()));
        assert!(noted::<()>(Err(pipe())).is_err());
        assert!(ended(&pipe()));
        assert!(!ended(&io::Error::from(ErrorKind::StorageFull)));
    }
}
