//! Brings the frames of an OpenStreetMap file to the reader, as often as it asks for them.
//!
//! Knows lengths and offsets and nothing of what is in a frame. At most one frame is in memory: 32 MiB.

use std::io::{BufRead, BufReader, ErrorKind, Read, Seek};

use anyhow::{Context, Result};
use wayfinding::Survey;
use wayfinding::osm::{OsmImport, OsmReject, Pass, Settings, header_bytes, read_frame_header};

/// How far reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub pass: Pass,
    pub bytes: u64,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsmWrong {
    pub reject: OsmReject,
    /// Where the frame begins.
    pub at_byte: u64,
}

impl std::fmt::Display for OsmWrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.reject {
            OsmReject::NothingInBox | OsmReject::NoRoads | OsmReject::TooLarge { .. } => {
                write!(f, "{}", self.reject)
            }
            _ => write!(f, "{} (at byte {})", self.reject, self.at_byte),
        }
    }
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read at all. What is wrong with its content is the inner result.
pub fn read_osm_file(
    file: impl Read + Seek,
    settings: Settings,
    mut progress: impl FnMut(Progress),
) -> Result<Result<Survey, OsmWrong>> {
    let mut frames =
        Frames { file: BufReader::with_capacity(1 << 16, file), at_byte: 0, block: Vec::new() };
    let mut import = OsmImport::new(settings);
    loop {
        frames.file.rewind().context("going back to the begin")?;
        frames.at_byte = 0;
        let mut number = 0;
        while !frames.file.fill_buf().context("reading the file")?.is_empty() {
            let taken = frames.take(&mut import, number)?;
            if let Err(reject) = taken {
                return Ok(Err(OsmWrong { reject, at_byte: frames.at_byte }));
            }
            number += 1;
            progress(Progress { pass: import.pass(), bytes: frames.at_byte });
        }
        match import.end_pass() {
            Ok(Some(_)) => {}
            Ok(None) => {
                let at_byte = frames.at_byte;
                return Ok(import.finish().map_err(|reject| OsmWrong { reject, at_byte }));
            }
            Err(reject) => return Ok(Err(OsmWrong { reject, at_byte: frames.at_byte })),
        }
    }
}

struct Frames<F> {
    file: BufReader<F>,
    at_byte: u64,
    block: Vec<u8>,
}

impl<F: Read + Seek> Frames<F> {
    fn take(&mut self, import: &mut OsmImport, number: usize) -> Result<Result<(), OsmReject>> {
        let mut first = [0; 4];
        if !fill(&mut self.file, &mut first)? {
            return Ok(Err(OsmReject::CutShort));
        }
        let length = match header_bytes(first) {
            // The first frame of a file that is none.
            Err(OsmReject::HeaderTooLarge(_)) if number == 0 => return Ok(Err(OsmReject::NotPbf)),
            Err(reject) => return Ok(Err(reject)),
            Ok(length) => length,
        };
        self.block.resize(length, 0);
        if !fill(&mut self.file, &mut self.block)? {
            return Ok(Err(if number == 0 { OsmReject::NotPbf } else { OsmReject::CutShort }));
        }
        let header = match read_frame_header(&self.block) {
            Err(OsmReject::Damaged(_)) if number == 0 => return Ok(Err(OsmReject::NotPbf)),
            Err(reject) => return Ok(Err(reject)),
            Ok(header) => header,
        };
        let whole = 4 + length as u64 + header.blob_bytes as u64;
        if !import.wants(number) {
            self.file
                .seek_relative(i64::try_from(header.blob_bytes)?)
                .context("passing over a block")?;
            self.at_byte += whole;
            return Ok(Ok(()));
        }
        // Not more is taken than comes: a length alone costs nothing.
        self.block.clear();
        let wanted = header.blob_bytes as u64;
        let got = (&mut self.file)
            .take(wanted)
            .read_to_end(&mut self.block)
            .context("reading the file")?;
        if got as u64 != wanted {
            return Ok(Err(OsmReject::CutShort));
        }
        let taken = import.take(number, header.kind, &self.block);
        if taken.is_ok() {
            self.at_byte += whole;
        }
        Ok(taken)
    }
}

/// Whether there was enough.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error).context("reading the file"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn refused(bytes: &[u8]) -> (&'static str, u64) {
        let settings = Settings { bounds: None, limit_bytes: 1 << 30 };
        let wrong = read_osm_file(Cursor::new(bytes), settings, |_| {}).unwrap().unwrap_err();
        (wrong.reject.code(), wrong.at_byte)
    }

    #[test]
    fn what_is_no_map_is_refused_by_name() {
        for bytes in [
            &b""[..],
            b"PK\x03\x04 a zip archive",
            b"<?xml version=\"1.0\"?><osm/>",
            b"\x1f\x8b\x08\x00 gzip",
            b"{\"type\":\"FeatureCollection\"}",
            &[0, 0, 0, 0],
            &[0, 0, 0, 13, 1, 2],
            // A frame of data where the file's header should be.
            b"\x00\x00\x00\x0b\x0a\x07OSMData\x18\x00",
        ] {
            assert_eq!(refused(bytes), ("not_pbf", 0), "{bytes:?}");
        }
        // Half a length.
        assert_eq!(refused(&[0, 0]), ("cut_short", 0));
    }

    #[test]
    fn a_frame_that_promises_more_than_there_is_takes_no_memory() {
        // OSMHeader, then 32 MiB that do not come.
        let bytes = b"\x00\x00\x00\x10\x0a\x09OSMHeader\x18\x80\x80\x80\x10";
        assert_eq!(refused(bytes), ("cut_short", 0));
    }
}
