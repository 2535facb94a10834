//! Files that chance has changed: refused, or a whole document; never a panic.

use billing::invoice::{Document, document_json, read_document, ubl, xml};
use proptest::prelude::*;

use super::files::examples;

/// What the parser and the checks have to stumble over.
const PIECES: [&str; 16] = [
    "",
    "0",
    "-1",
    "900",
    "9223372036854775807",
    "1e400",
    "null",
    "\"\"",
    "\"\\u0000\"",
    "\"]]>\"",
    "{}",
    "[]",
    "\"kind\"",
    ",",
    "\u{feff}",
    "\"2026-02-30T00:00:00Z\"",
];

fn check(text: &str) {
    let Ok(document) = read_document(text) else { return };
    assert_eq!(read_document(&document_json(&document)).as_ref(), Ok(&document), "{text}");
    if let Document::Invoice(issued) = &document {
        assert_eq!(xml(issued).is_ok(), issued.draft().abroad.is_none(), "{text}");
        assert!(ubl(issued).is_ok(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_file_in_which_something_was_replaced_does_no_harm(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0..40_usize,
        piece in prop_oneof![prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned), "\\PC{0,20}"],
    ) {
        let examples = examples();
        let text = examples[which.index(examples.len())];
        let chars: Vec<char> = text.chars().collect();
        let from = from.index(chars.len());
        let to = (from + length).min(chars.len());
        let changed: String =
            chars[..from].iter().copied().chain(piece.chars()).chain(chars[to..].iter().copied()).collect();
        check(&changed);
    }

    #[test]
    fn a_file_in_which_a_number_was_replaced_does_no_harm(
        which in any::<prop::sample::Index>(),
        number in any::<prop::sample::Index>(),
        other in prop_oneof![any::<i64>(), -2_000..2_000_i64],
    ) {
        let examples = examples();
        let text = examples[which.index(examples.len())];
        let numbers: Vec<(usize, &str)> = text
            .match_indices(|c: char| c.is_ascii_digit() || c == '-')
            .filter(|(at, _)| text[..*at].ends_with(": "))
            .collect();
        let (at, _) = numbers[number.index(numbers.len())];
        let end = text[at + 1..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |i| at + 1 + i);
        check(&format!("{}{other}{}", &text[..at], &text[end..]));
    }
}
