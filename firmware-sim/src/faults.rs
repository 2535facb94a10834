//! What goes wrong in a live run: a scenario, and repeats on top of it.

use crate::scenario::{Fault, Kind, Scenario};

/// How often things go wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Share of messages sent twice under the same identity, 0 to 1.
    pub duplicates: f64,
    /// What else goes wrong; without it, nothing.
    pub scenario: Option<Scenario>,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Faults = Faults { duplicates: 0.0, scenario: None };

    /// All of it as one scenario.
    pub(crate) fn scenario(&self) -> Scenario {
        let mut scenario = self.scenario.clone().unwrap_or_else(Scenario::calm);
        if self.duplicates > 0.0 {
            let probability = self.duplicates;
            scenario.faults.push(Fault { probability, ..Fault::everywhere(Kind::Repeats) });
        }
        scenario
    }
}

/// One message in a hundred comes twice.
impl Default for Faults {
    fn default() -> Self {
        Faults { duplicates: 0.01, scenario: None }
    }
}
