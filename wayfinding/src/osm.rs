//! OpenStreetMap's binary format (PBF), from bytes to a survey.
//!
//! The caller brings the bytes, frame by frame, as often as asked ([`OsmImport`]); nothing here opens a file. Any
//! bytes whatever give a survey or a named refusal: lengths are checked before anything is allocated,
//! and what is held is counted against a limit (docs/decisions/0030-own-pbf-reader.md).
//! Format: <https://wiki.openstreetmap.org/wiki/PBF_Format>.

mod block;
mod finish;
mod frame;
mod gather;
mod parking;
mod places;
mod reject;
mod rules;
mod tags;
mod wire;

pub use frame::{
    BLOB_LIMIT, FrameHeader, FrameKind, HEADER_LIMIT, header_bytes, read_frame_header,
};
pub use gather::{Bounds, OsmImport, Pass, Settings};
pub use reject::OsmReject;

pub(crate) use block::TagList;

use crate::street::{Counts, RuleKind, Street, Survey, Toward};

/// What tags from elsewhere say about a street.
pub(crate) fn street_of(id: i64, tags: &TagList<'_>, counts: &mut Counts) -> Option<Street> {
    tags::street(id, tags.tags(), counts)
}

/// What the value of `restriction` means.
pub(crate) fn rule_kind(value: &str) -> Option<(RuleKind, Option<Toward>)> {
    rules::kind_of(value)
}

/// Reads a whole file that is in memory.
///
/// # Errors
/// What is wrong with it.
pub fn read_osm(bytes: &[u8], settings: Settings) -> Result<Survey, OsmReject> {
    let mut import = OsmImport::new(settings);
    loop {
        let mut rest = bytes;
        let mut number = 0;
        while !rest.is_empty() {
            let header_len = header_bytes(first4(rest)?)?;
            let header = rest.get(4..4 + header_len).ok_or(OsmReject::CutShort)?;
            let header = read_frame_header(header)?;
            let blob = rest.get(4 + header_len..4 + header_len + header.blob_bytes);
            let blob = blob.ok_or(OsmReject::CutShort)?;
            if import.wants(number) {
                import.take(number, header.kind, blob)?;
            }
            rest = &rest[4 + header_len + header.blob_bytes..];
            number += 1;
        }
        if import.end_pass()?.is_none() {
            return import.finish();
        }
    }
}

fn first4(bytes: &[u8]) -> Result<[u8; 4], OsmReject> {
    let first = bytes.get(..4).ok_or(OsmReject::CutShort)?;
    <[u8; 4]>::try_from(first).map_err(|_| OsmReject::CutShort)
}

#[cfg(test)]
mod tests;
