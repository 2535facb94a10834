//! What the XML files of a package share: their head, legal texts, lengths.

use std::borrow::Cow;

use super::DrawReject;

/// The first line of each file.
pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The namespace of GB/T 33190-2016.
pub(super) const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

/// A text between tags, or the value of an attribute between double quotes.
///
/// # Errors
/// `IllegalCharacter` if it holds what XML 1.0 §2.2 leaves out.
pub(super) fn text(text: &str) -> Result<Cow<'_, str>, DrawReject> {
    let legal =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.chars().all(legal) {
        Ok(quick_xml::escape::escape(text))
    } else {
        Err(DrawReject::IllegalCharacter)
    }
}

/// Thousandths as a number with no more digits than it needs: 12.5 for 12,500.
pub(super) fn millimetres(um: i64) -> String {
    let sign = if um < 0 { "-" } else { "" };
    let um = um.unsigned_abs();
    let (whole, part) = (um.div_euclid(1_000), um.rem_euclid(1_000));
    let number = format!("{sign}{whole}.{part:03}");
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_no_more_digits_than_they_need() {
        for (um, written) in
            [(0, "0"), (12_500, "12.5"), (-250, "-0.25"), (210_000, "210"), (1, "0.001")]
        {
            assert_eq!(millimetres(um), written);
        }
    }

    #[test]
    fn what_no_xml_may_hold_is_refused_and_the_rest_escaped() {
        assert_eq!(text("a\u{1}b"), Err(DrawReject::IllegalCharacter));
        assert_eq!(text("\u{ffff}"), Err(DrawReject::IllegalCharacter));
        assert_eq!(text("A&B <停车>").unwrap(), "A&amp;B &lt;停车&gt;");
        assert_eq!(text("\"x\"").unwrap(), "&quot;x&quot;");
    }
}
