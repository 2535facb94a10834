//! Whose amounts are being read: a vehicle on a street, and what tables and lists say of it.

use super::Problem;
use super::form::VersionForm;
use super::table::{Table, TableFault};

/// Whose amounts are being read.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) version: &'a VersionForm,
    pub(super) vehicle: &'a str,
    pub(super) street: Option<&'a str>,
    pub(super) currency: &'a str,
}

impl Who<'_> {
    /// Whether a rule that lists vehicles and streets speaks of this one; lists may be empty.
    pub(super) fn is_meant(
        self,
        problems: &mut Vec<Problem>,
        path: &str,
        vehicles: &[String],
        streets: &[String],
    ) -> bool {
        for (i, name) in vehicles.iter().enumerate() {
            if !self.version.vehicle_classes.values().any(|v| v == name) {
                let message = format!("no vehicle class has the price {name}");
                problems.push(Problem::new(format!("{path}.vehicles[{i}]"), message));
            }
        }
        for (i, name) in streets.iter().enumerate() {
            if !self.version.streets.contains(name) {
                let message = format!("{name} is not one of the streets");
                problems.push(Problem::new(format!("{path}.streets[{i}]"), message));
            }
        }
        let vehicle = vehicles.is_empty() || vehicles.iter().any(|v| v == self.vehicle);
        let street = streets.is_empty() || streets.iter().any(|s| Some(s.as_str()) == self.street);
        vehicle && street
    }

    /// The value of a table for this one; `None` where it is left out.
    pub(super) fn value<T: Copy>(
        self,
        problems: &mut Vec<Problem>,
        path: &str,
        table: &Table<T>,
    ) -> Option<T> {
        let known = |name: &str| {
            self.version.vehicle_classes.values().any(|v| v == name)
                || self.version.streets.iter().any(|s| s == name)
        };
        if let Some(TableFault::UnknownName(name)) = table.unknown_name(&known) {
            let message = format!("no vehicle class has the price {name}, and no street is {name}");
            problems.push(Problem::new(path, message));
        }
        table.of(self.vehicle, self.street).ok()
    }

    /// The value of a table that must have one.
    pub(super) fn required<T: Copy>(
        self,
        problems: &mut Vec<Problem>,
        path: &str,
        table: &Table<T>,
    ) -> Option<T> {
        let value = self.value(problems, path, table);
        if value.is_none() {
            let street = self.street.map_or(String::new(), |s| format!(" on {s}"));
            let message = format!("{}{street} is missing", self.vehicle);
            problems.push(Problem::new(path, message));
        }
        value
    }
}
