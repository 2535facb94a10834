//! Number plates of made-up vehicles: valid in form, different for every vehicle.
//!
//! The vehicles do not exist; a plate that also exists in the street is chance.
//! Serials repeat after 1 156 000 ordinary and 3 400 000 new-energy vehicles.

use vocabulary::PlateColour;

const SERIAL: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const NEW_ENERGY_LETTERS: &[u8; 10] = b"DABCEFGHJK";
/// A prime that divides neither number of serials, so that stepping by it visits each once.
const STEP: u64 = 48_271;
const ORDINARY: u64 = 34 * 34 * 1_000;
const NEW_ENERGY: u64 = 10 * 34 * 10_000;

/// The plate of ordinary vehicle `number`, as 甘D of Baiyin issues it: at most two letters,
/// blue.
#[must_use]
pub fn ordinary(number: u64) -> (String, PlateColour) {
    let serial = (number % ORDINARY) * STEP % ORDINARY;
    let (first, second) = (letter(SERIAL, serial / 34_000), letter(SERIAL, serial / 1_000));
    (format!("甘D{first}{second}{:03}", serial % 1_000), PlateColour::Blue)
}

/// The plate of small new-energy vehicle `number`: one character more, green.
#[must_use]
pub fn new_energy(number: u64) -> (String, PlateColour) {
    let serial = (number % NEW_ENERGY) * STEP % NEW_ENERGY;
    let class = letter(NEW_ENERGY_LETTERS, serial / 340_000);
    let second = letter(SERIAL, serial / 10_000);
    (format!("甘D{class}{second}{:04}", serial % 10_000), PlateColour::Green)
}

fn letter(alphabet: &[u8], number: u64) -> char {
    let length = alphabet.len();
    let place = usize::try_from(number).unwrap_or(0) % length;
    char::from(alphabet[place])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vocabulary::{Plate, PlateForm};

    use super::*;

    fn check(make: fn(u64) -> (String, PlateColour), form: PlateForm) {
        let mut seen = BTreeSet::new();
        for number in 0..50_000 {
            let (text, colour) = make(number);
            let plate = Plate::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((plate.as_str(), plate.form()), (text.as_str(), form));
            assert_eq!(plate.colour(), colour, "{text}");
            assert!(seen.insert(text), "vehicle {number} has the plate of another");
        }
    }

    #[test]
    fn every_vehicle_has_a_valid_plate_of_its_own() {
        check(ordinary, PlateForm::Ordinary);
        check(new_energy, PlateForm::NewEnergySmall);
    }
}
