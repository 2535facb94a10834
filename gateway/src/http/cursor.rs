//! The cursor of a list of orders: opaque to the client, where the next page begins to us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::flow::{Outcome, Refusal};

/// The last order of a page. Pages go from the newest order to the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// City time, milliseconds.
    pub(super) opened_at: i64,
    pub(super) order_id: Uuid,
}

impl Cursor {
    /// As the client sees it.
    pub(super) fn text(self) -> String {
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&self.opened_at.to_be_bytes());
        bytes[8..].copy_from_slice(self.order_id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// `cursor_malformed` for anything that we did not write.
    pub(super) fn parse(text: &str) -> Outcome<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes: Option<[u8; 24]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let split = bytes.as_ref().and_then(|bytes| bytes.split_first_chunk::<8>());
        let order = split.and_then(|(at, id)| Some((*at, Uuid::from_slice(id).ok()?)));
        let (at, order_id) = order.ok_or_else(|| {
            Refusal::malformed("cursor_malformed", "this is not a cursor from `next`")
        })?;
        Ok(Cursor { opened_at: i64::from_be_bytes(at), order_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_fits_into_an_address() {
        for opened_at in [0, 1_789_430_400_000, -1, i64::MIN, i64::MAX] {
            let cursor = Cursor { opened_at, order_id: Uuid::from_u128(0x0199_5d2f) };
            let text = cursor.text();
            assert!(
                text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
                "{text}"
            );
            assert_eq!(Cursor::parse(&text).unwrap(), cursor);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "1", "AAAA", "not a cursor", &"A".repeat(33), &"A".repeat(400)] {
            let refused = Cursor::parse(text);
            assert!(
                matches!(refused, Err(Refusal::Malformed { code: "cursor_malformed", .. })),
                "{text}"
            );
        }
    }
}
