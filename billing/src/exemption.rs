//! Who does not pay, by which law or decree, where and when.
//!
//! An exemption names its legal basis and holds for plates of a form (army, police), one plate
//! (an ambulance, a sanitation lorry on duty, a disabled person's car), a class of vehicles, or
//! everybody (blanket, by area and time). **By its looks (form, class) a vehicle is exempt only if somebody
//! saw it who has nothing of it**: an inspector, a camera, or staff who set a plate right. A driver's own
//! word makes nothing exempt. One plate is known to the staff who entered it. It is looked up when a visit is priced, so it works
//! afterwards too: one that is entered later re-rates the visit. No claim is demanded of an exempt
//! vehicle, and what is exempt never becomes arrears. Nothing here knows a database.

use serde::{Deserialize, Serialize};
use vocabulary::{Interval, Plate, PlateForm, VehicleClass, ZoneId};

use crate::ExemptPart;

/// Most parts that one visit is cut into by exemptions.
const PARTS_LIMIT: usize = crate::INTERVALS_LIMIT;

/// Why a vehicle is exempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Army and armed police.
    Military,
    /// Police.
    Police,
    /// An ambulance on duty.
    Ambulance,
    /// Fire engines and rescue on duty.
    Rescue,
    /// Repair of the city's works, on duty.
    MunicipalRepair,
    /// Sanitation, on duty.
    Sanitation,
    /// A disabled person's vehicle.
    Disabled,
    /// Everybody, in an area for a time.
    Blanket,
    /// Something else that a decree names.
    Other,
}

/// Whose vehicles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Plates of this form.
    Form(PlateForm),
    /// One plate.
    Plate(Plate),
    /// A class of vehicles.
    Class(VehicleClass),
    /// Everybody.
    Everybody,
}

/// One exemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// What the bill says: a name without personal data.
    pub basis: String,
    /// Why.
    pub duty: Duty,
    /// For whom.
    pub whose: Whose,
    /// Where; everywhere if empty.
    pub zones: Vec<ZoneId>,
    /// When.
    pub valid: Interval,
}

/// A vehicle as the rules know it; its plate may not be known.
#[derive(Clone, Copy, Debug)]
pub struct Vehicle<'a> {
    /// Its plate.
    pub plate: Option<&'a Plate>,
    /// Its class.
    pub class: VehicleClass,
    /// The form of its plate as somebody saw it who has nothing of it; none on the driver's own word.
    pub seen: Option<PlateForm>,
}

/// What of a stay is exempt, and by what: disjoint, in order of time. Where two exemptions hold,
/// the first in the list is named.
#[must_use]
pub fn exempt_parts(
    exemptions: &[Exemption],
    vehicle: Vehicle<'_>,
    zone: ZoneId,
    intervals: &[Interval],
) -> Vec<ExemptPart> {
    let mut parts: Vec<ExemptPart> = Vec::new();
    let mut taken: Vec<Interval> = Vec::new();
    let holds = |e: &&Exemption| {
        is_of(&e.whose, vehicle) && (e.zones.is_empty() || e.zones.contains(&zone))
    };
    for exemption in exemptions.iter().filter(holds) {
        for covered in intervals.iter().filter_map(|i| i.overlap(exemption.valid)) {
            for valid in covered.without(&taken) {
                if !valid.is_empty() && parts.len() < PARTS_LIMIT {
                    parts.push(ExemptPart { basis: exemption.basis.clone(), valid });
                }
            }
        }
        taken.extend(parts.iter().map(|part| part.valid));
        taken.sort_unstable();
        taken.dedup();
    }
    parts.sort_by_key(|part| part.valid);
    parts
}

/// Whether the whole of a stay is exempt.
#[must_use]
pub fn is_whole(parts: &[ExemptPart], intervals: &[Interval]) -> bool {
    let covered: Vec<Interval> = parts.iter().map(|part| part.valid).collect();
    let any = intervals.iter().any(|i| !i.is_empty());
    any && intervals.iter().all(|i| i.without(&covered).iter().all(|rest| rest.is_empty()))
}

fn is_of(whose: &Whose, vehicle: Vehicle<'_>) -> bool {
    match whose {
        Whose::Form(form) => vehicle.seen == Some(*form),
        Whose::Plate(plate) => vehicle.plate == Some(plate),
        Whose::Class(class) => vehicle.seen.is_some() && vehicle.class == *class,
        Whose::Everybody => true,
    }
}

impl Duty {
    /// Every duty.
    pub const ALL: [Duty; 9] = [
        Duty::Military,
        Duty::Police,
        Duty::Ambulance,
        Duty::Rescue,
        Duty::MunicipalRepair,
        Duty::Sanitation,
        Duty::Disabled,
        Duty::Blanket,
        Duty::Other,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Duty::Military => "military",
            Duty::Police => "police",
            Duty::Ambulance => "ambulance",
            Duty::Rescue => "rescue",
            Duty::MunicipalRepair => "municipal_repair",
            Duty::Sanitation => "sanitation",
            Duty::Disabled => "disabled",
            Duty::Blanket => "blanket",
            Duty::Other => "other",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Duty::ALL.into_iter().find(|duty| duty.name() == name)
    }

    /// The form of plate that shows it, where one does.
    #[must_use]
    pub fn plate_form(self) -> Option<PlateForm> {
        match self {
            Duty::Military => Some(PlateForm::Military),
            Duty::Police => Some(PlateForm::Police),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
