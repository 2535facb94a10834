//! Whether a picture is there to its end: what was cut on its way shows half a plate, or none.
//!
//! A PNG is unpacked: every chunk by its check sum, every line of pixels, its end (W3C PNG 5.3, 7.2, 8.1,
//! 11.2). Of a JPEG the segments and scans are walked over to the end of the picture (ITU-T T.81 B.1.1),
//! of a WebP the chunks (RFC 9649 2.4); neither has check sums, and what is between is not decoded.

use std::io::Read;

use flate2::Crc;
use flate2::read::ZlibDecoder;

use super::{big, little};

/// Most bytes that a PNG's pixels may take: some 20 million in three colours. In 2 MiB there are no more but
/// by malice.
const UNPACKED_LIMIT: u64 = 64 << 20;

/// The first pixel and the distances of each pass of an interlaced PNG: x, y, then steps.
const ADAM7: [[u32; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// Whether a PNG can be unpacked to its last pixel.
pub(super) fn png(content: &[u8]) -> bool {
    png_data(content).is_some_and(|(unpacked, data)| {
        // One byte more would show that there is more than the header says.
        let mut lines = ZlibDecoder::new(&data[..]).take(unpacked + 1);
        let read = std::io::copy(&mut lines, &mut std::io::sink());
        read.is_ok_and(|read| read == unpacked)
    })
}

/// How many bytes the pixels take, and the packed ones; none if a chunk is cut or damaged.
fn png_data(content: &[u8]) -> Option<(u64, Vec<u8>)> {
    let (mut unpacked, mut data, mut at) = (None, Vec::new(), 8);
    loop {
        let length = usize::try_from(big(content, at, 4)?).ok()?;
        let chunk = content.get(at + 4..(at + 8).checked_add(length)?)?;
        let (kind, body) = chunk.split_at(4);
        at += 8 + length;
        let mut sum = Crc::new();
        sum.update(chunk);
        if big(content, at, 4)? != sum.sum() {
            return None;
        }
        at += 4;
        match kind {
            b"IHDR" => unpacked = Some(png_unpacked(body)?),
            b"IDAT" => data.extend_from_slice(body),
            b"IEND" => return Some((unpacked?, data)),
            _ => {}
        }
    }
}

/// Each line has a byte for its filter before its pixels.
fn png_unpacked(header: &[u8]) -> Option<u64> {
    let (width, height) = (big(header, 0, 4)?, big(header, 4, 4)?);
    let [depth, colour, 0, 0, interlaced] = *header.get(8..13)? else { return None };
    let channels: u64 = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let deep = matches!(depth, 1 | 2 | 4) && matches!(colour, 0 | 3);
    if !deep && depth != 8 && (depth != 16 || colour == 3) {
        return None;
    }
    let bytes = |width: u32, height: u32| -> Option<u64> {
        if width == 0 || height == 0 {
            return Some(0);
        }
        let bits = u64::from(width).checked_mul(channels * u64::from(depth))?;
        (bits.div_ceil(8) + 1).checked_mul(u64::from(height))
    };
    let whole = match interlaced {
        0 => bytes(width, height)?,
        1 => ADAM7.iter().try_fold(0_u64, |sum, [x, y, step_x, step_y]| {
            let columns = width.saturating_sub(*x).div_ceil(*step_x);
            let lines = height.saturating_sub(*y).div_ceil(*step_y);
            sum.checked_add(bytes(columns, lines)?)
        })?,
        _ => return None,
    };
    (1..=UNPACKED_LIMIT).contains(&whole).then_some(whole)
}

/// Whether a JPEG's scans are followed by its end; what stands behind that is no part of it.
pub(super) fn jpeg(content: &[u8]) -> bool {
    jpeg_end(content).is_some()
}

fn jpeg_end(content: &[u8]) -> Option<()> {
    let (mut at, mut scans) = (2, 0);
    loop {
        if *content.get(at)? != 0xff {
            return None;
        }
        match *content.get(at + 1)? {
            // Fill bytes; markers that stand alone.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => return (scans > 0).then_some(()),
            marker => {
                let length = usize::try_from(big(content, at + 2, 2)?).ok()?;
                at += 2 + length.max(2);
                if marker == 0xda {
                    let begin = at;
                    at += scan(content.get(at..)?)?;
                    scans += 1;
                    if at == begin {
                        return None;
                    }
                }
            }
        }
    }
}

/// How long a scan is: up to the next marker that is neither a restart nor a byte 0xff of the data.
fn scan(content: &[u8]) -> Option<usize> {
    let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    content.windows(2).position(ends)
}

/// Whether a WebP is as long as it says, and its chunks are.
pub(super) fn webp(content: &[u8]) -> bool {
    webp_end(content).is_some()
}

fn webp_end(content: &[u8]) -> Option<()> {
    let end = usize::try_from(little(content, 4, 4)?).ok()?.checked_add(8)?;
    let content = content.get(..end)?;
    let (mut at, mut pictures) = (12, 0);
    while at < end {
        let length = usize::try_from(little(content, at + 4, 4)?).ok()?;
        pictures += usize::from(matches!(content.get(at..at + 4)?, b"VP8 " | b"VP8L" | b"ANMF"));
        content.get(at + 8..(at + 8).checked_add(length)?)?;
        // Chunks are padded to an even length.
        at += 8 + length + length % 2;
    }
    (pictures > 0).then_some(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut sum = Crc::new();
        sum.update(kind);
        sum.update(body);
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], kind, body, &sum.sum().to_be_bytes()].concat()
    }

    /// A PNG whose pixels are `lines` bytes; `kind` is depth, colour type, 0, 0, interlace.
    fn png_of(width: u32, height: u32, kind: [u8; 5], lines: usize) -> Vec<u8> {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &kind].concat();
        let noise: Vec<u8> = (0..lines).map(|n| u8::try_from(n * n % 251).unwrap()).collect();
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&noise).unwrap();
        let packed = packed.finish().unwrap();
        let (first, second) = packed.split_at(packed.len() / 2);
        [
            &b"\x89PNG\r\n\x1a\n"[..],
            &chunk(b"IHDR", &header),
            &chunk(b"IDAT", first),
            &chunk(b"IDAT", second),
            &chunk(b"IEND", b""),
        ]
        .concat()
    }

    #[test]
    fn a_png_is_whole_when_all_its_lines_are_there() {
        for (what, width, height, kind, lines, whole) in [
            // A byte for the filter, and 44 pixels of three bytes: 14 lines of 133.
            ("colours", 44, 14, [8, 2, 0, 0, 0], 14 * 133, true),
            ("a line less", 44, 14, [8, 2, 0, 0, 0], 13 * 133, false),
            ("a byte less", 44, 14, [8, 2, 0, 0, 0], 14 * 133 - 1, false),
            ("a byte more", 44, 14, [8, 2, 0, 0, 0], 14 * 133 + 1, false),
            // 11 pixels of one bit are two bytes.
            ("black and white", 11, 3, [1, 0, 0, 0, 0], 3 * 3, true),
            ("colours and how clear, 16 bits", 5, 2, [16, 6, 0, 0, 0], 2 * 41, true),
            // The passes of 3 by 3 pixels are 1, 0, 0, 1, 2, 1 (two lines of it) and 3 pixels wide; a byte for
            // the filter of each line: 2 + 0 + 0 + 2 + 3 + 4 + 4.
            ("interlaced", 3, 3, [8, 0, 0, 0, 1], 15, true),
            ("of no kind", 3, 3, [8, 5, 0, 0, 0], 12, false),
            ("of no depth", 3, 3, [3, 0, 0, 0, 0], 6, false),
        ] {
            assert_eq!(png(&png_of(width, height, kind, lines)), whole, "{what}");
        }
    }

    #[test]
    fn a_png_that_is_cut_or_damaged_anywhere_is_not_whole() {
        let whole = png_of(44, 14, [8, 2, 0, 0, 0], 14 * 133);
        for length in 8..whole.len() {
            assert!(!png(&whole[..length]), "cut after {length} of {} bytes", whole.len());
        }
        for at in 8..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(!png(&damaged), "byte {at} of {}", whole.len());
        }
        // A header that promises 4 billion lines is not unpacked at all.
        assert!(!png(&png_of(4_000_000_000, 4_000_000_000, [8, 2, 0, 0, 0], 9)));
    }

    #[test]
    fn a_jpeg_is_whole_when_its_last_scan_is_followed_by_its_end() {
        let head = b"\xff\xd8\xff\xe0\x00\x04\xff\xd9\xff\xc0\x00\x08\x08\x00\x01\x00\x01\x00";
        let scan = b"\xff\xda\x00\x04\x01\x02\x11\xff\x00\xff\xd0\x22";
        let end = b"\xff\xd9";
        let of = |parts: &[&[u8]]| parts.concat();
        let whole = of(&[head, scan, end]);
        for (what, content, expected) in [
            ("one scan", whole.clone(), true),
            ("two scans", of(&[head, scan, scan, end]), true),
            (
                "fill bytes, and a camera's own words behind",
                of(&[head, scan, b"\xff\xff\xd9", b"SEFT"]),
                true,
            ),
            ("no scan", of(&[head, end]), false),
            ("a scan of nothing", of(&[head, b"\xff\xda\x00\x04\x01\x02", end]), false),
            ("no end", of(&[head, scan]), false),
        ] {
            assert_eq!(jpeg(&content), expected, "{what}");
        }
        for length in 2..whole.len() {
            assert!(!jpeg(&whole[..length]), "cut after {length} of {} bytes", whole.len());
        }
    }

    #[test]
    fn a_webp_is_whole_when_it_is_as_long_as_it_says() {
        let body = b"WEBPVP8L\x05\x00\x00\x00\x2f\xb7\xc1\x22\x00\x00";
        let whole = [&b"RIFF\x12\x00\x00\x00"[..], body].concat();
        assert!(webp(&whole));
        for length in 12..whole.len() {
            assert!(!webp(&whole[..length]), "cut after {length} of {} bytes", whole.len());
        }
        let no_picture = [&b"RIFF\x0e\x00\x00\x00WEBPEXIF\x02\x00\x00\x00"[..], b"ab"].concat();
        assert!(!webp(&no_picture));
    }
}
