//! Who gives a command: for the audit log, and for whose bays it may touch.

use store::Tx;
use uuid::Uuid;
use vocabulary::{OperatorId, StaffId, Timestamp};

use super::{Outcome, Refusal};

/// A member of staff, or somebody at the command line of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub staff: Option<StaffId>,
    /// Only bays of this operator; of all, if empty.
    pub operator: Option<OperatorId>,
}

impl Actor {
    /// Whoever may run this program on the database may do everything.
    #[must_use]
    pub fn command_line() -> Actor {
        Actor { staff: None, operator: None }
    }

    /// As the audit log names them.
    #[must_use]
    pub fn name(&self) -> String {
        self.staff.map_or_else(|| "command line".to_owned(), |staff| staff.to_string())
    }

    /// Whether something of this operator is theirs. What belongs to nobody yet is everybody's.
    #[must_use]
    pub fn may_touch(&self, operator: Option<Uuid>) -> bool {
        match (self.operator, operator) {
            (Some(own), Some(of)) => own.0 == of,
            _ => true,
        }
    }

    /// That a zone exists and is theirs.
    ///
    /// # Errors
    /// `zone_unknown`.
    pub(crate) async fn must_know_zone(&self, tx: &mut Tx, zone_id: Uuid) -> Outcome<()> {
        let zones = tx.zones().await?;
        let is_it = |zone: &store::ZoneRow| {
            zone.zone_id == zone_id && self.may_touch(Some(zone.operator_id))
        };
        let unknown = || Refusal::missing("zone_unknown", "there is no such zone of yours");
        zones.iter().any(is_it).then_some(()).ok_or_else(unknown)
    }

    /// Appends to the audit log. `detail` holds no personal data and no secret.
    pub(crate) async fn audit(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        action: &str,
        object: (&str, &str),
        detail: &serde_json::Value,
    ) -> Outcome<()> {
        Ok(tx.audit(now.ms(), &self.name(), action, object, &detail.to_string()).await?)
    }
}
