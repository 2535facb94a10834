//! What the author wrote where a compiled plan no longer tells: for the linter.

use super::form::{self, VersionForm};

/// Whom and what a rule for free minutes names; empty lists are everybody and everything.
#[derive(Clone, Debug)]
pub(crate) struct WrittenFree {
    pub(crate) vehicles: Vec<String>,
    pub(crate) streets: Vec<String>,
    pub(crate) windows: Vec<String>,
}

/// The rules for free minutes of each version; nothing of a text that is no tariff.
pub(crate) fn written_free(yaml: &str) -> Vec<Vec<WrittenFree>> {
    let of = |version: &VersionForm| {
        let rules = version.free_minutes.iter();
        let written = rules.map(|rule| WrittenFree {
            vehicles: rule.vehicles.clone(),
            streets: rule.streets.clone(),
            windows: rule.windows.clone(),
        });
        written.collect()
    };
    form::read(yaml).map_or_else(|_| Vec::new(), |form| form.versions.iter().map(of).collect())
}

impl WrittenFree {
    /// Whether it speaks of a vehicle (by the name of its price) on a street.
    pub(crate) fn names(&self, vehicle: &str, street: Option<&str>) -> bool {
        let vehicle = self.vehicles.is_empty() || self.vehicles.iter().any(|v| v == vehicle);
        let on = |name: &String| Some(name.as_str()) == street;
        vehicle && (self.streets.is_empty() || self.streets.iter().any(on))
    }
}
