//! What a native device is told to do, read from what comes down to it (docs/PROTOCOL.md). A device
//! ignores what it does not know.

use serde::Deserialize;

/// Longest interval between heartbeats that a device believes: a week.
const HEARTBEAT_LIMIT_S: i64 = 7 * 24 * 3600;

/// Something a device does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Start anew.
    Restart,
    /// The bay is empty now.
    Recalibrate,
    /// Speak at least this often.
    Heartbeat { every_ms: i64 },
}

/// An instruction and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) device: String,
    pub(crate) instruction: Instruction,
}

#[derive(Deserialize)]
struct Down {
    config: Option<Config>,
    restart: Option<Nothing>,
    recalibrate: Option<Nothing>,
}

#[derive(Deserialize)]
struct Config {
    heartbeat_s: Option<i64>,
}

#[derive(Deserialize)]
struct Nothing {}

/// Reads one message.
pub(crate) fn read(payload: &[u8]) -> Option<Instruction> {
    match serde_json::from_slice(payload).ok()? {
        Down { restart: Some(_), .. } => Some(Instruction::Restart),
        Down { recalibrate: Some(_), .. } => Some(Instruction::Recalibrate),
        Down { config: Some(Config { heartbeat_s: Some(seconds) }), .. }
            if (1..=HEARTBEAT_LIMIT_S).contains(&seconds) =>
        {
            Some(Instruction::Heartbeat { every_ms: seconds * 1000 })
        }
        Down { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_does_what_the_protocol_names_and_ignores_all_else() {
        for (payload, expected) in [
            (r#"{"restart": {}}"#, Some(Instruction::Restart)),
            (r#"{"recalibrate": {}}"#, Some(Instruction::Recalibrate)),
            (
                r#"{"config": {"heartbeat_s": 1200, "led": true}}"#,
                Some(Instruction::Heartbeat { every_ms: 1_200_000 }),
            ),
            (r#"{"config": {"heartbeat_s": 0}}"#, None),
            (r#"{"config": {"heartbeat_s": 604801}}"#, None),
            (r#"{"config": {"heartbeat_s": "20m"}}"#, None),
            (r#"{"config": {}}"#, None),
            (r#"{"stored": {"boot_id": "a", "up_to": 3}}"#, None),
            (r#"{"explode": {}}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(read(payload.as_bytes()), expected, "{payload}");
        }
    }
}
