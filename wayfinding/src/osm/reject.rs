//! Why an OSM file was not read.

use std::fmt;

/// A refusal: a stable code, and words with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OsmReject {
    /// It does not begin as a PBF file does.
    NotPbf,
    /// It ends in the middle of a frame.
    CutShort,
    /// A length beyond what the format allows, in bytes.
    HeaderTooLarge(u64),
    BlobTooLarge(u64),
    /// Packed in a way that is not read.
    Compression(&'static str),
    /// It makes no sense.
    Damaged(&'static str),
    /// It needs something of its reader that this one cannot do.
    Feature(String),
    /// What it takes to read it, and what may be taken, in bytes.
    TooLarge {
        needs: u64,
        limit: u64,
    },
    /// There is nothing in the rectangle asked for.
    NothingInBox,
    /// There is something, but no road.
    NoRoads,
}

impl OsmReject {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            OsmReject::NotPbf => "not_pbf",
            OsmReject::CutShort => "cut_short",
            OsmReject::HeaderTooLarge(_) => "header_too_large",
            OsmReject::BlobTooLarge(_) => "blob_too_large",
            OsmReject::Compression(_) => "compression_unknown",
            OsmReject::Damaged(_) => "damaged",
            OsmReject::Feature(_) => "feature_unknown",
            OsmReject::TooLarge { .. } => "too_large",
            OsmReject::NothingInBox => "nothing_in_box",
            OsmReject::NoRoads => "no_roads",
        }
    }
}

impl fmt::Display for OsmReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OsmReject::NotPbf => f.write_str(
                "this is no OpenStreetMap PBF file: take one that ends in .osm.pbf (XML and zipped files have to be converted)",
            ),
            OsmReject::CutShort => f.write_str("the file ends in the middle: fetch it again"),
            OsmReject::HeaderTooLarge(bytes) => {
                write!(f, "a frame header of {bytes} bytes; the format allows 65536: the file is damaged")
            }
            OsmReject::BlobTooLarge(bytes) => {
                write!(f, "a block of {bytes} bytes; the format allows 33554432: the file is damaged")
            }
            OsmReject::Compression(name) => write!(
                f,
                "its blocks are packed with {name}; zlib and none are read: write it again with `osmium cat -o new.osm.pbf`"
            ),
            OsmReject::Damaged(what) => write!(f, "the file is damaged: {what}"),
            OsmReject::Feature(name) => write!(f, "it needs {name} of its reader, which is not read here"),
            OsmReject::TooLarge { needs, limit } => write!(
                f,
                "reading it needs more than {} MiB, and {} MiB may be taken: choose a smaller --bbox, or give more with --memory-mib",
                mib(*needs),
                mib(*limit)
            ),
            OsmReject::NothingInBox => {
                f.write_str("nothing lies in the rectangle: --bbox is west,south,east,north in degrees")
            }
            OsmReject::NoRoads => f.write_str("there is no road for vehicles in it"),
        }
    }
}

impl std::error::Error for OsmReject {}

fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
