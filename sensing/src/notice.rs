//! What a network says of a device beside its readings: joins, status, positions, the fate of what
//! was sent to it.
//!
//! Notices are made by `read_message`. They say nothing about the bay and are never folded.

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Point, Timestamp};

use crate::reading::Reading;

/// What a message turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// At least one reading, all of one device.
    Readings(Vec<Reading>),
    Notice(Notice),
}

/// One thing a network said of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub device: DeviceId,
    /// When, by the network's clock; when it came to us where the network does not say.
    pub at: Timestamp,
    /// SHA-256 of the content: the same notice again has the same.
    pub hash: [u8; 32],
    pub what: NoticeKind,
}

/// What was said. Absent means not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum NoticeKind {
    /// The device joined the network: its counting starts anew.
    Joined {
        /// Device address or session key id: the epoch of what it sends from now on.
        session: Option<String>,
    },
    Status {
        /// 0 to 100; `None` where the device cannot measure it or has no battery.
        battery_pct: Option<u8>,
        external_power: bool,
        /// How much stronger than needed the last downlink was heard, dB.
        margin_db: Option<i32>,
    },
    /// Where the network thinks the device is.
    Located { at: Point, accuracy_m: Option<f64>, source: Option<String> },
    /// The device confirmed a downlink.
    Acknowledged {
        /// The network's (ChirpStack) or the sender's own (The Things Stack) name of the downlink.
        queue_item: Option<String>,
        f_cnt: Option<i64>,
    },
    /// The device did not confirm a downlink that asked for it.
    Refused { queue_item: Option<String>, f_cnt: Option<i64> },
    /// A downlink went on the air.
    Sent { queue_item: Option<String>, f_cnt: Option<i64> },
    /// A downlink waits for its turn.
    Queued { queue_item: Option<String>, f_cnt: Option<i64> },
    /// A downlink could not be sent.
    Failed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue_item: Option<String>,
        detail: String,
    },
    /// The network's log about the device.
    Logged { level: String, code: String, detail: String },
}

impl Heard {
    /// The readings; none in a notice.
    #[must_use]
    pub fn readings(self) -> Vec<Reading> {
        match self {
            Heard::Readings(readings) => readings,
            Heard::Notice(_) => Vec::new(),
        }
    }
}

impl NoticeKind {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            NoticeKind::Joined { .. } => "joined",
            NoticeKind::Status { .. } => "status",
            NoticeKind::Located { .. } => "located",
            NoticeKind::Acknowledged { .. } => "acknowledged",
            NoticeKind::Refused { .. } => "refused",
            NoticeKind::Sent { .. } => "sent",
            NoticeKind::Queued { .. } => "queued",
            NoticeKind::Failed { .. } => "failed",
            NoticeKind::Logged { .. } => "logged",
        }
    }
}
