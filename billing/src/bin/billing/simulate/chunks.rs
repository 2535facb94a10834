//! The input in pieces of whole lines, so that several threads can read them.
//!
//! A line of a table may go on within quotation marks; a piece ends only outside of them.

use std::io::{ErrorKind, Read};

/// About a thousandth of a second of work for one thread, times a few tens.
const CHUNK: usize = 1 << 20;

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Rows of a table, after its header.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// Some whole lines.
#[derive(Debug)]
pub(super) struct Chunk {
    /// 0 for the first.
    pub(super) number: u64,
    /// The line of the input with which it begins, from 1.
    pub(super) line: u64,
    pub(super) bytes: Vec<u8>,
}

/// Cuts what it reads into chunks.
pub(super) struct Chunks<R> {
    input: R,
    form: Option<Form>,
    rest: Vec<u8>,
    number: u64,
    line: u64,
    is_over: bool,
}

impl<R: Read> Chunks<R> {
    pub(super) fn new(input: R) -> Self {
        Chunks { input, form: None, rest: Vec::new(), number: 0, line: 1, is_over: false }
    }

    /// The form of the input and, of a table, its header.
    pub(super) fn begin(&mut self) -> std::io::Result<(Form, Vec<u8>)> {
        while !self.is_over && !self.rest.contains(&b'\n') {
            self.fill()?;
        }
        if self.rest.starts_with(b"{") {
            self.form = Some(Form::JsonLines);
            return Ok((Form::JsonLines, Vec::new()));
        }
        self.form = Some(Form::Csv);
        let end = self.rest.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let rest = self.rest.split_off(end.unwrap_or(self.rest.len()));
        let header = std::mem::replace(&mut self.rest, rest);
        self.line = 2;
        Ok((Form::Csv, header))
    }

    /// The next lines; `None` after the last.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Chunk>> {
        loop {
            if self.rest.len() >= CHUNK || self.is_over {
                let end = if self.is_over { Some(self.rest.len()) } else { self.last_end() };
                if let Some(end) = end {
                    return Ok(self.cut(end));
                }
            }
            self.fill()?;
        }
    }

    fn cut(&mut self, end: usize) -> Option<Chunk> {
        if end == 0 {
            return None;
        }
        let rest = self.rest.split_off(end);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let chunk = Chunk { number: self.number, line: self.line, bytes };
        self.number += 1;
        self.line +=
            u64::try_from(chunk.bytes.iter().filter(|b| **b == b'\n').count()).unwrap_or(0);
        Some(chunk)
    }

    /// Where the last line that is whole ends.
    fn last_end(&self) -> Option<usize> {
        if self.form == Some(Form::JsonLines) {
            return self.rest.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        }
        let (mut is_quoted, mut end) = (false, None);
        for (at, byte) in self.rest.iter().enumerate() {
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\n' if !is_quoted => end = Some(at + 1),
                _ => {}
            }
        }
        end
    }

    fn fill(&mut self) -> std::io::Result<()> {
        let from = self.rest.len();
        self.rest.resize(from + CHUNK, 0);
        let mut filled = from;
        while filled < self.rest.len() {
            match self.input.read(&mut self.rest[filled..]) {
                Ok(0) => {
                    self.is_over = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.rest.truncate(filled);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_together_are_the_input_and_end_with_a_line() {
        let row = "\"a\nb\",2026-09-15T08:00,x\n";
        let text = format!("head\n{}last,without,end", row.repeat(100_000));
        let mut chunks = Chunks::new(text.as_bytes());
        let (form, header) = chunks.begin().unwrap();
        assert_eq!((form, header.as_slice()), (Form::Csv, b"head\n".as_slice()));
        let (mut whole, mut count) = (header, 0);
        while let Some(chunk) = chunks.next().unwrap() {
            let before = whole.iter().filter(|b| **b == b'\n').count();
            assert_eq!(chunk.line, before as u64 + 1);
            assert!(chunk.bytes.starts_with(b"\"a\n") || chunk.bytes.starts_with(b"last"));
            whole.extend(chunk.bytes);
            count += 1;
        }
        assert!(count >= 2, "it was cut into {count}");
        assert_eq!(whole, text.as_bytes());
    }
}
