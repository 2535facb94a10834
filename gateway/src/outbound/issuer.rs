//! An office that issues documents: asked under a number of our own, slow to answer, sure to repeat itself.
//!
//! Two implementations: a tax platform (fapiao, red ones under a confirmation form) and the treasury's platform
//! (non-tax bills, reversed without a form). Reached from jobs only. Every call may be repeated: the same number
//! with the same content is one document, whatever was lost on the way.

use std::fmt;
use std::pin::Pin;

use anyhow::Result;
use vocabulary::Timestamp;

use crate::drawn::Drawn;

/// What an office will answer.
pub(crate) type Answer<'a, T> =
    Pin<Box<dyn Future<Output = Result<Result<T, Refused>>> + Send + 'a>>;

/// Understood, and not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The seller's login at the office is lost: a person has to sign in there. Ask again later.
    LoginLost,
    /// The number is known there with content that is not ours word for word. It is ours all the same: ask.
    NumberKnown,
    /// Its last word: code and text.
    Final { code: String, text: String },
}

/// How far a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssueStatus {
    /// Accepted, or being issued.
    UnderWay,
    Issued,
    SignFailed,
    Rejected,
    Void,
}

/// The office's word about a document.
#[derive(Clone, Debug)]
pub(crate) struct IssueWord {
    pub status: IssueStatus,
    pub serial_no: Option<String>,
    /// As we store it: 20 digits, or code and number of a bill, 18.
    pub number: Option<String>,
    pub issued_at: Option<Timestamp>,
    pub check_code: Option<String>,
    pub reject_reason: Option<String>,
}

/// The office's word about the confirmation form of a red document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormWord {
    /// Not there yet.
    UnderWay,
    /// The buyer has used the invoice and has to confirm.
    WaitsForBuyer,
    /// 20 digits.
    Confirmed(String),
    Refused(String),
}

/// A document's bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    Content(Vec<u8>),
    NotYet,
    /// This office makes none of that form.
    NotOffered,
}

/// What is to be issued.
#[derive(Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) request_no: &'a str,
    pub(crate) drawn: &'a Drawn,
}

/// A confirmation form that is applied for.
#[derive(Debug)]
pub(crate) struct FormDemand<'a> {
    pub(crate) form_no: &'a str,
    pub(crate) blue_number: &'a str,
    /// One of the four reasons, in Chinese.
    pub(crate) reason: &'static str,
    /// Below 0.
    pub(crate) gross: vocabulary::Fen,
}

/// An office.
pub(crate) trait Issuer: Send + Sync + fmt::Debug {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Whether a red document needs a confirmation form.
    fn needs_form(&self) -> bool;

    /// Hands a request in.
    fn submit<'a>(&'a self, demand: &'a Demand<'a>, now_ms: i64) -> Answer<'a, IssueWord>;

    /// Asks how far a request is; `None` if the office never heard of it.
    fn ask<'a>(&'a self, request_no: &'a str, now_ms: i64) -> Answer<'a, Option<IssueWord>>;

    /// Fetches the document of an issued request.
    fn fetch<'a>(
        &'a self,
        request_no: &'a str,
        format: &'static str,
        now_ms: i64,
    ) -> Answer<'a, Fetched>;

    /// Applies for the confirmation form of a red document.
    fn apply<'a>(&'a self, demand: &'a FormDemand<'a>, now_ms: i64) -> Answer<'a, FormWord>;

    /// Asks what became of a form; `None` if the office never heard of it.
    fn ask_form<'a>(&'a self, form_no: &'a str, now_ms: i64) -> Answer<'a, Option<FormWord>>;

    /// Which request a callback is about, if it is signed as it must be. What it says is not believed: the office is
    /// asked.
    ///
    /// # Errors
    /// When it is not signed, too old, or unreadable.
    fn read_callback(&self, callback: &Callback<'_>, now_ms: i64) -> Result<String>;
}

/// A callback as it came.
#[derive(Debug)]
pub(crate) struct Callback<'a> {
    /// With the query, as it was signed.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a axum::http::HeaderMap,
    pub(crate) body: &'a [u8],
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fetched::Content(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            Fetched::NotYet => f.write_str("NotYet"),
            Fetched::NotOffered => f.write_str("NotOffered"),
        }
    }
}
