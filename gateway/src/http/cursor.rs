//! Lists that are given page by page: how many, and the cursor, which is opaque to the client and says to us
//! where the next page begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::extract::malformed_query;
use crate::flow::{Outcome, Refusal};

/// Where a row stands in its list: its instant (city time, milliseconds), and its id where two have the same.
pub(super) type Place = (i64, Uuid);

/// How many are asked for: `usual` if nobody says.
///
/// # Errors
/// `malformed_query` outside 1 to `most`.
pub(super) fn limit_of(asked: Option<i64>, usual: i64, most: i64) -> Outcome<i64> {
    let limit = asked.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        return Err(malformed_query(&format!("limit must lie in 1..{most}")));
    }
    Ok(limit)
}

/// The rows of a page, and the cursor of the next one. One row more than asked for tells whether there is a
/// next page.
pub(super) fn one_page<T>(
    mut rows: Vec<T>,
    limit: i64,
    place: fn(&T) -> Place,
) -> (Vec<T>, Option<String>) {
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > length;
    rows.truncate(length);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| Cursor(place(row)).text());
    (rows, next)
}

/// Where the page begins that is asked for: after this place, or at the beginning.
///
/// # Errors
/// `cursor_malformed` for anything that we did not write.
pub(super) fn after(cursor: Option<&str>) -> Outcome<Option<Place>> {
    Ok(cursor.map(Cursor::parse).transpose()?.map(|Cursor(place)| place))
}

/// The last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor(Place);

impl Cursor {
    /// As the client sees it.
    fn text(self) -> String {
        let Cursor((at, id)) = self;
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&at.to_be_bytes());
        bytes[8..].copy_from_slice(id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn parse(text: &str) -> Outcome<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes: Option<[u8; 24]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let split = bytes.as_ref().and_then(|bytes| bytes.split_first_chunk::<8>());
        let place = split.and_then(|(at, id)| Some((*at, Uuid::from_slice(id).ok()?)));
        let (at, id) = place.ok_or_else(|| {
            Refusal::malformed("cursor_malformed", "this is not a cursor from `next`")
        })?;
        Ok(Cursor((i64::from_be_bytes(at), id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_fits_into_an_address() {
        for at in [0, 1_789_430_400_000, -1, i64::MIN, i64::MAX] {
            let cursor = Cursor((at, Uuid::from_u128(0x0199_5d2f)));
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

    #[test]
    fn one_more_than_asked_for_tells_of_a_next_page() {
        let place = |at: &i64| (*at, Uuid::nil());
        let (page, next) = one_page(vec![5, 4, 3], 2, place);
        assert_eq!(page, [5, 4]);
        assert_eq!(after(next.as_deref()).unwrap(), Some((4, Uuid::nil())));
        assert_eq!(one_page(vec![5, 4], 2, place), (vec![5, 4], None));
        assert_eq!(one_page(Vec::new(), 2, place), (Vec::new(), None));
        assert_eq!(after(None).unwrap(), None);
    }

    #[test]
    fn how_many_has_bounds() {
        assert_eq!(limit_of(None, 20, 100).unwrap(), 20);
        for limit in [1, 100] {
            assert_eq!(limit_of(Some(limit), 20, 100).unwrap(), limit);
        }
        for limit in [0, -1, 101, i64::MAX] {
            let refused = limit_of(Some(limit), 20, 100);
            assert!(matches!(refused, Err(Refusal::Malformed { .. })), "{limit}");
        }
    }
}
