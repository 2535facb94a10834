//! A file inside a document: the invoice for programs, inside the one for people.

use vocabulary::Timestamp;

/// A file to be put inside a document.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// Its name, such as `26622000000000000001.xml`.
    pub name: &'a str,
    /// What it is, for people.
    pub description: &'a str,
    /// Its kind: `text/xml`.
    pub media_type: &'a str,
    /// When it was made.
    pub made_at: Timestamp,
    /// The file.
    pub bytes: &'a [u8],
}
