//! What becomes of a command: from the request to the device's own word, or to the end of its time.
//!
//! Words come more than once and in any order: nothing moves back, and what the device itself said
//! counts whenever it comes.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

/// A device's clock may be behind ours by this much.
const CLOCK_BEHIND_MS: i64 = 5 * 60 * 1000;

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    /// It is to be published.
    Waiting,
    /// The broker has it.
    Sent,
    /// The network has it, and waits for the device to speak.
    Queued,
    /// A radio gateway sent it.
    OnAir,
    /// The device took it.
    Acknowledged,
    /// The device did not acknowledge what it was to acknowledge.
    Refused,
    /// The network could not send it.
    Failed,
    /// Its time passed before it was known to have arrived.
    Expired,
    /// It was taken back before the broker was known to have it.
    Withdrawn,
}

/// What shows that a command arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The device acknowledges the frame.
    Device,
    /// The network says that it went on the air; whether the device heard it, nobody says.
    Air,
    /// The device says that it started.
    Start,
    /// Nothing does.
    Nothing,
}

/// Something that happened to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandEvent {
    /// The broker acknowledged the message.
    Published,
    Queued,
    OnAir,
    Acknowledged,
    Refused,
    Failed,
    /// The device started, and `proves_restart`.
    Started,
    /// Its time is over.
    TimePassed,
    /// Who gave it takes it back.
    Withdrawn,
}

impl CommandState {
    /// Every state.
    pub const ALL: [CommandState; 9] = [
        CommandState::Waiting,
        CommandState::Sent,
        CommandState::Queued,
        CommandState::OnAir,
        CommandState::Acknowledged,
        CommandState::Refused,
        CommandState::Failed,
        CommandState::Expired,
        CommandState::Withdrawn,
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CommandState::Waiting => "waiting",
            CommandState::Sent => "sent",
            CommandState::Queued => "queued",
            CommandState::OnAir => "on_air",
            CommandState::Acknowledged => "acknowledged",
            CommandState::Refused => "refused",
            CommandState::Failed => "failed",
            CommandState::Expired => "expired",
            CommandState::Withdrawn => "withdrawn",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<CommandState> {
        CommandState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more is waited for.
    #[must_use]
    pub fn is_settled(self, proof: Proof) -> bool {
        match self {
            CommandState::Waiting | CommandState::Queued => false,
            CommandState::Sent => proof == Proof::Nothing,
            CommandState::OnAir => proof != Proof::Device,
            CommandState::Acknowledged
            | CommandState::Refused
            | CommandState::Failed
            | CommandState::Expired
            | CommandState::Withdrawn => true,
        }
    }

    /// Where an event leads; `None` if it changes nothing.
    #[must_use]
    pub fn after(self, event: CommandEvent, proof: Proof) -> Option<CommandState> {
        use CommandState::{
            Acknowledged, Expired, Failed, OnAir, Queued, Refused, Sent, Waiting, Withdrawn,
        };
        let next = match event {
            CommandEvent::Published => Sent,
            CommandEvent::Queued => Queued,
            CommandEvent::OnAir => OnAir,
            CommandEvent::Acknowledged | CommandEvent::Started => Acknowledged,
            CommandEvent::Refused => Refused,
            CommandEvent::Failed => Failed,
            CommandEvent::TimePassed => Expired,
            CommandEvent::Withdrawn => Withdrawn,
        };
        let moves = match (self, next) {
            (Waiting, Sent) | (Waiting | Sent, Queued) => true,
            // What went out before it was taken back may still be heard of.
            (Waiting | Sent | Queued | Expired | Withdrawn, OnAir) => true,
            (Waiting | Sent | Queued | OnAir | Expired | Withdrawn, Refused | Failed) => true,
            (Waiting, Withdrawn) => true,
            (Acknowledged, _) => false,
            (_, Acknowledged) => true,
            (state, Expired) => !state.is_settled(proof),
            _ => false,
        };
        moves.then_some(next)
    }
}

impl Proof {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Proof::Device => "device",
            Proof::Air => "air",
            Proof::Start => "start",
            Proof::Nothing => "nothing",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Proof> {
        let all = [Proof::Device, Proof::Air, Proof::Start, Proof::Nothing];
        all.into_iter().find(|proof| proof.name() == name)
    }
}

/// Whether a start-up that was observed at `observed_at` follows from a restart that was asked for from
/// `tried_at` on. `before` is the boot id heard last before that. A device that keeps its readings may
/// say of an older start only now: its clock tells; of a device without one, nobody can tell.
#[must_use]
pub fn proves_restart(
    before: Option<&str>,
    tried_at: Timestamp,
    boot_id: &str,
    observed_at: Timestamp,
) -> bool {
    before != Some(boot_id) && tried_at.since_ms(observed_at) <= CLOCK_BEHIND_MS
}
