//! How a use case ends when it does not succeed: refused for a reason the caller can act on,
//! or failed for one that only the log needs.

use store::StoreError;

/// Result of a use case.
pub type Outcome<T> = Result<T, Refusal>;

/// Why a use case did not happen. `code` is stable; `detail` may be read by the client.
#[derive(Debug)]
pub enum Refusal {
    /// The request makes no sense (400).
    Malformed { code: &'static str, detail: String },
    /// Nobody is signed in, or not any more (401).
    Unknown { code: &'static str, detail: String },
    /// Signed in, but not for this (403).
    Forbidden { code: &'static str, detail: String },
    /// There is no such thing, or not for this account (404).
    Missing { code: &'static str, detail: String },
    /// The state of things does not allow it (409).
    Conflict { code: &'static str, detail: String },
    /// Understood, but refused by a rule (422).
    Refused { code: &'static str, detail: String },
    /// Asked too often (429).
    TooOften { code: &'static str, after_ms: i64 },
    /// An outside service did not answer (503).
    Dependency { code: &'static str, cause: anyhow::Error },
    /// Ours (500).
    Failed(anyhow::Error),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal::Failed(error.into())
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(store) => Refusal::from(store),
            Err(other) => Refusal::Failed(other),
        }
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Refusal::Failed(error.into())
    }
}

impl Refusal {
    pub(crate) fn missing(code: &'static str, detail: impl Into<String>) -> Refusal {
        Refusal::Missing { code, detail: detail.into() }
    }

    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Refusal {
        Refusal::Conflict { code, detail: detail.into() }
    }

    pub(crate) fn refused(code: &'static str, detail: impl Into<String>) -> Refusal {
        Refusal::Refused { code, detail: detail.into() }
    }

    pub(crate) fn malformed(code: &'static str, detail: impl Into<String>) -> Refusal {
        Refusal::Malformed { code, detail: detail.into() }
    }

    /// The stable code; of what is ours to mend there is none to tell.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Malformed { code, .. }
            | Refusal::Unknown { code, .. }
            | Refusal::Forbidden { code, .. }
            | Refusal::Missing { code, .. }
            | Refusal::Conflict { code, .. }
            | Refusal::Refused { code, .. }
            | Refusal::TooOften { code, .. }
            | Refusal::Dependency { code, .. } => code,
            Refusal::Failed(_) => "internal",
        }
    }

    /// Whether the transaction only has to be run again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Refusal::Failed(e) if matches!(e.downcast_ref::<StoreError>(), Some(StoreError::Again(_))))
    }
}

/// How often a use case is run again when another transaction was in the way.
const ATTEMPTS: u32 = 5;

/// Runs a use case again while another transaction is in its way.
///
/// # Errors
/// What the use case said last.
pub async fn again<T, F>(mut run: impl FnMut() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<T>>,
{
    for _ in 1..ATTEMPTS {
        match run().await {
            Err(refusal) if refusal.is_transient() => tokio::task::yield_now().await,
            ended => return ended,
        }
    }
    run().await
}
