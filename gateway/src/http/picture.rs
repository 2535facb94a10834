//! What a picture is and how large, from its first bytes, whatever the client says, and whether it is whole.
//!
//! Sources: JPEG (ITU-T T.81 B.2.2: frame header), PNG (W3C PNG 11.2.2: IHDR), WebP (RFC 9649 2.5-2.7:
//! VP8, VP8L, VP8X).

mod whole;

/// Width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
}

/// Media type and size; none for what is no picture, or one whose size does not show.
pub(super) fn look(content: &[u8]) -> Option<(&'static str, Size)> {
    if content.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(("image/jpeg", jpeg(content)?));
    }
    if content.starts_with(b"\x89PNG\r\n\x1a\n") && content.get(12..16) == Some(b"IHDR") {
        let size = Size { width_px: big(content, 16, 4)?, height_px: big(content, 20, 4)? };
        return Some(("image/png", size));
    }
    if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Some(("image/webp", webp(content)?));
    }
    None
}

/// Media type of a picture that is there to its end; none for what is no picture, or a part of one.
pub(super) fn whole(content: &[u8]) -> Option<&'static str> {
    let (media_type, _) = look(content)?;
    let whole = match media_type {
        "image/png" => whole::png(content),
        "image/jpeg" => whole::jpeg(content),
        _ => whole::webp(content),
    };
    whole.then_some(media_type)
}

/// Walks over the segments to the frame header.
fn jpeg(content: &[u8]) -> Option<Size> {
    let mut at = 2;
    loop {
        if *content.get(at)? != 0xff {
            return None;
        }
        let marker = *content.get(at + 1)?;
        match marker {
            // Fill bytes; markers that stand alone.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (height_px, width_px) = (big(content, at + 5, 2)?, big(content, at + 7, 2)?);
                return (height_px > 0).then_some(Size { width_px, height_px });
            }
            // The picture begins, or ends, and no frame was described.
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::try_from(big(content, at + 2, 2)?).ok()?,
        }
    }
}

fn webp(content: &[u8]) -> Option<Size> {
    match content.get(12..16)? {
        b"VP8 " => {
            let size =
                Size { width_px: little(content, 26, 2)?, height_px: little(content, 28, 2)? };
            // The two highest bits are a scale.
            Some(Size { width_px: size.width_px & 0x3fff, height_px: size.height_px & 0x3fff })
        }
        b"VP8L" => {
            let bits = little(content, 21, 4)?;
            Some(Size { width_px: (bits & 0x3fff) + 1, height_px: ((bits >> 14) & 0x3fff) + 1 })
        }
        b"VP8X" => Some(Size {
            width_px: little(content, 24, 3)? + 1,
            height_px: little(content, 27, 3)? + 1,
        }),
        _ => None,
    }
}

fn big(content: &[u8], at: usize, bytes: usize) -> Option<u32> {
    let bytes = content.get(at..at.checked_add(bytes)?)?;
    Some(bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

fn little(content: &[u8], at: usize, bytes: usize) -> Option<u32> {
    let bytes = content.get(at..at.checked_add(bytes)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Laid out by hand after the formats' specifications.
    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut bytes =
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
        bytes.extend(b"\xff\xff\xc0\x00\x11\x08");
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes
    }

    fn webp_of(kind: &[u8; 4], header: &[u8]) -> Vec<u8> {
        [b"RIFF\x00\x00\x00\x00WEBP", &kind[..], b"\x00\x00\x00\x00", header].concat()
    }

    #[test]
    fn the_size_of_a_picture_is_read_from_its_header() {
        let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\xb8\x00\x00\x00\x8c";
        for (content, expected) in [
            (jpeg_of(440, 140), Some(("image/jpeg", 440, 140))),
            (jpeg_of(4_000, 3_000), Some(("image/jpeg", 4_000, 3_000))),
            (jpeg_of(440, 0), None),
            (b"\xff\xd8\xff\xda".to_vec(), None),
            (b"\xff\xd8\xff\xe0\x00\x10".to_vec(), None),
            (png.to_vec(), Some(("image/png", 440, 140))),
            (
                webp_of(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\xb8\x41\x8c\x40"),
                Some(("image/webp", 440, 140)),
            ),
            // 439 | 139 << 14 = 0x0022c1b7.
            (webp_of(b"VP8L", b"\x2f\xb7\xc1\x22\x00"), Some(("image/webp", 440, 140))),
            (
                webp_of(b"VP8X", b"\x00\x00\x00\x00\xb7\x01\x00\x8b\x00\x00"),
                Some(("image/webp", 440, 140)),
            ),
            (webp_of(b"ALPH", b""), None),
            (b"<svg onload=alert(1)>".to_vec(), None),
            (Vec::new(), None),
        ] {
            let expected =
                expected.map(|(kind, width_px, height_px)| (kind, Size { width_px, height_px }));
            assert_eq!(look(&content), expected, "{content:?}");
        }
    }
}
