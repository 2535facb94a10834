//! How a notice leaves the house. Bowei sends no message itself: notices wait in the outbox
//! (`arrears_notice`) for whoever delivers them and says what became of them over the API. Nothing
//! here claims a delivery.

use std::fmt::Debug;

use uuid::Uuid;

/// A notice that is new in the outbox. No address and no text: neither belongs into a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    pub notice_id: Uuid,
    pub channel: &'static str,
}

/// Who is told that a notice waits.
pub trait NoticeChannel: Debug + Send + Sync {
    /// Tells of it; must not wait.
    fn announce(&self, notice: &Announced);
}

/// The outbox alone: whoever delivers looks into it.
#[derive(Debug)]
pub struct Outbox;

impl NoticeChannel for Outbox {
    fn announce(&self, _: &Announced) {}
}

/// The outbox, and a line in the log for each notice that came into it.
#[derive(Debug)]
pub struct LogChannel;

impl NoticeChannel for LogChannel {
    fn announce(&self, notice: &Announced) {
        tracing::info!(notice = %notice.notice_id, channel = notice.channel, "a notice waits in the outbox");
    }
}
