//! Which class of the tariff a vehicle belongs to, from what its plate and papers say.

use vocabulary::PlateColour;

use super::form::VersionForm;
use super::{Problem, Version};

/// What is known of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Colour of its plate.
    pub plate: PlateColour,
    /// Seats, where known.
    pub seats: Option<u16>,
    /// Bays that it occupies.
    pub bays: u16,
}

/// A rule: who fits every condition is of this class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classify {
    /// Class of the tariff.
    pub class: String,
    /// Any of these colours; none = any colour.
    pub plates: Vec<PlateColour>,
    /// At least so many seats.
    pub seats_from: Option<u16>,
    /// At most so many seats.
    pub seats_to: Option<u16>,
    /// At least so many bays.
    pub bays_from: Option<u16>,
}

impl Version {
    /// The class of a vehicle: the first rule that fits, else the class of its plate's colour. A
    /// rule about seats never fits where they are unknown.
    #[must_use]
    pub fn class_of(&self, vehicle: Description) -> &str {
        let fitting = self.classify.iter().find(|rule| rule.fits(vehicle));
        fitting.map_or_else(|| vehicle.plate.class().name(), |rule| rule.class.as_str())
    }
}

impl Classify {
    fn fits(&self, vehicle: Description) -> bool {
        let plate = self.plates.is_empty() || self.plates.contains(&vehicle.plate);
        let from = self.seats_from.is_none_or(|from| vehicle.seats.is_some_and(|s| s >= from));
        let to = self.seats_to.is_none_or(|to| vehicle.seats.is_some_and(|s| s <= to));
        let bays = self.bays_from.is_none_or(|from| vehicle.bays >= from);
        plate && from && to && bays
    }
}

pub(super) fn classify(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
) -> Vec<Classify> {
    let known =
        |class: &String| form.vehicle_classes.contains_key(class) || form.exempt.contains(class);
    for (i, rule) in form.classify.iter().enumerate() {
        if !known(&rule.class) {
            let message = format!("{} is not in vehicle_classes, nor exempt", rule.class);
            problems.push(Problem::new(format!("{path}.classify[{i}].class"), message));
        }
    }
    let rules = form.classify.iter().map(|rule| Classify {
        class: rule.class.clone(),
        plates: rule.plates.clone(),
        seats_from: rule.seats_from,
        seats_to: rule.seats_to,
        bays_from: rule.bays_from,
    });
    rules.collect()
}
