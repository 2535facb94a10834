//! Frames: a length, a header that says what follows, a block that may be packed.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::reject::OsmReject;
use super::wire::{Message, Value};

/// Longest header and longest block, packed or not, in bytes (PBF format, "File format").
pub const HEADER_LIMIT: usize = 64 << 10;
pub const BLOB_LIMIT: usize = 32 << 20;
/// No writer makes a shorter header: two fields with their values.
const HEADER_LEAST: usize = 4;

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    pub kind: FrameKind,
    /// How many bytes of block follow.
    pub blob_bytes: usize,
}

/// What is in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// `OSMHeader`: the first of a file.
    Header,
    /// `OSMData`: nodes, ways, relations.
    Data,
    /// To be passed over.
    Other,
}

/// How long the header is, from the first four bytes of a frame.
///
/// # Errors
/// `HeaderTooLarge`, or `NotPbf` for a length that no header has.
pub fn header_bytes(first: [u8; 4]) -> Result<usize, OsmReject> {
    let length = u32::from_be_bytes(first);
    match usize::try_from(length) {
        Ok(length) if length < HEADER_LEAST => Err(OsmReject::NotPbf),
        Ok(length) if length <= HEADER_LIMIT => Ok(length),
        _ => Err(OsmReject::HeaderTooLarge(u64::from(length))),
    }
}

/// Reads a frame's header.
///
/// # Errors
/// `BlobTooLarge`, or `Damaged`.
pub fn read_frame_header(bytes: &[u8]) -> Result<FrameHeader, OsmReject> {
    let mut message = Message::new(bytes);
    let (mut kind, mut size) = (None, None);
    while let Some(field) = message.next()? {
        match field {
            (1, Value::Bytes(b"OSMHeader")) => kind = Some(FrameKind::Header),
            (1, Value::Bytes(b"OSMData")) => kind = Some(FrameKind::Data),
            (1, Value::Bytes(_)) => kind = Some(FrameKind::Other),
            (3, Value::Number(bytes)) => size = Some(bytes),
            _ => {}
        }
    }
    let (Some(kind), Some(size)) = (kind, size) else {
        return Err(OsmReject::Damaged("a frame without kind or size"));
    };
    match usize::try_from(size) {
        Ok(blob_bytes) if blob_bytes <= BLOB_LIMIT => Ok(FrameHeader { kind, blob_bytes }),
        _ => Err(OsmReject::BlobTooLarge(size)),
    }
}

/// Unpacks a block into `out`, which is emptied first.
pub(crate) fn unpack(blob: &[u8], out: &mut Vec<u8>) -> Result<(), OsmReject> {
    out.clear();
    let mut message = Message::new(blob);
    let (mut raw_size, mut packed, mut found) = (None, None, false);
    while let Some(field) = message.next()? {
        match field {
            (1, Value::Bytes(raw)) if raw.len() <= BLOB_LIMIT => {
                out.clear();
                out.extend_from_slice(raw);
                found = true;
            }
            (2, Value::Number(size)) => raw_size = Some(size),
            (3, Value::Bytes(bytes)) => packed = Some(bytes),
            (4, _) => return Err(OsmReject::Compression("lzma")),
            (5, _) => return Err(OsmReject::Compression("bzip2")),
            (6, _) => return Err(OsmReject::Compression("lz4")),
            (7, _) => return Err(OsmReject::Compression("zstd")),
            _ => {}
        }
    }
    match packed {
        Some(bytes) => inflate(bytes, raw_size, out),
        None if found => Ok(()),
        None => Err(OsmReject::Damaged("a block without content")),
    }
}

fn inflate(bytes: &[u8], raw_size: Option<u64>, out: &mut Vec<u8>) -> Result<(), OsmReject> {
    out.clear();
    let limit = BLOB_LIMIT as u64;
    let size = raw_size.filter(|size| *size <= limit);
    let size = size.ok_or_else(|| OsmReject::BlobTooLarge(raw_size.unwrap_or(u64::MAX)))?;
    // One byte more than said shows that more comes; not a byte beyond that is unpacked.
    let read = ZlibDecoder::new(bytes).take(size + 1).read_to_end(out);
    match read {
        Ok(got) if got as u64 == size => Ok(()),
        Ok(_) => Err(OsmReject::Damaged("a block is not as long as it says")),
        Err(_) => Err(OsmReject::Damaged("a block cannot be unpacked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_format_are_refused_before_anything_is_read() {
        assert_eq!(header_bytes([0, 0, 0, 13]), Ok(13));
        assert_eq!(header_bytes([0, 1, 0, 0]), Ok(65_536));
        assert_eq!(header_bytes([0, 1, 0, 1]), Err(OsmReject::HeaderTooLarge(65_537)));
        // "PK\3\4", "<?xm" and "\x1f\x8b": a ZIP, an XML file, a gzip.
        for start in [*b"PK\x03\x04", *b"<?xm", [0x1f, 0x8b, 8, 0]] {
            assert!(matches!(header_bytes(start), Err(OsmReject::HeaderTooLarge(_))));
        }
        assert_eq!(header_bytes([0, 0, 0, 0]), Err(OsmReject::NotPbf));
        // Field 1 "OSMData", field 3: 32 MiB + 1.
        let header = b"\x0a\x07OSMData\x18\x81\x80\x80\x10";
        assert_eq!(read_frame_header(header), Err(OsmReject::BlobTooLarge(33_554_433)));
    }

    #[test]
    fn a_block_that_unpacks_to_more_than_it_says_is_refused() {
        use std::io::Write;
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; 1_000_000]).unwrap();
        let packed = packer.finish().unwrap();
        let mut blob = vec![0x10, 0x0a, 0x1a];
        let mut length = packed.len();
        while length > 127 {
            blob.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        blob.push(u8::try_from(length).unwrap());
        blob.extend(packed);
        let mut out = Vec::new();
        assert_eq!(
            unpack(&blob, &mut out),
            Err(OsmReject::Damaged("a block is not as long as it says"))
        );
        assert!(out.capacity() < 100_000, "{}", out.capacity());
    }
}
