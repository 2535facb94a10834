//! What kinds of road there are, and how fast one gets on there where nothing else is known.

/// What kind of road it is (OSM `highway`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoadClass {
    Motorway,
    MotorwayLink,
    Trunk,
    TrunkLink,
    Primary,
    PrimaryLink,
    Secondary,
    SecondaryLink,
    Tertiary,
    TertiaryLink,
    #[default]
    Unclassified,
    Residential,
    LivingStreet,
    Service,
    Track,
    /// Footways, paths, steps: not for vehicles.
    Path,
}

impl RoadClass {
    pub(crate) const ALL: [RoadClass; 16] = [
        RoadClass::Motorway,
        RoadClass::MotorwayLink,
        RoadClass::Trunk,
        RoadClass::TrunkLink,
        RoadClass::Primary,
        RoadClass::PrimaryLink,
        RoadClass::Secondary,
        RoadClass::SecondaryLink,
        RoadClass::Tertiary,
        RoadClass::TertiaryLink,
        RoadClass::Unclassified,
        RoadClass::Residential,
        RoadClass::LivingStreet,
        RoadClass::Service,
        RoadClass::Track,
        RoadClass::Path,
    ];

    /// As OSM writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RoadClass::Motorway => "motorway",
            RoadClass::MotorwayLink => "motorway_link",
            RoadClass::Trunk => "trunk",
            RoadClass::TrunkLink => "trunk_link",
            RoadClass::Primary => "primary",
            RoadClass::PrimaryLink => "primary_link",
            RoadClass::Secondary => "secondary",
            RoadClass::SecondaryLink => "secondary_link",
            RoadClass::Tertiary => "tertiary",
            RoadClass::TertiaryLink => "tertiary_link",
            RoadClass::Unclassified => "unclassified",
            RoadClass::Residential => "residential",
            RoadClass::LivingStreet => "living_street",
            RoadClass::Service => "service",
            RoadClass::Track => "track",
            RoadClass::Path => "path",
        }
    }

    /// Reads the value of `highway`; `None` for what is no road (yet).
    #[must_use]
    pub fn from_name(name: &str) -> Option<RoadClass> {
        let known = RoadClass::ALL.into_iter().find(|class| class.name() == name);
        known.or(match name {
            "road" => Some(RoadClass::Unclassified),
            "footway" | "pedestrian" | "steps" | "cycleway" | "bridleway" | "corridor" => {
                Some(RoadClass::Path)
            }
            _ => None,
        })
    }

    /// The limit where no sign is known, km/h.
    ///
    /// Motorways 120, streets without a centre line 30: Regulation on the Implementation of the Road Traffic
    /// Safety Law (道路交通安全法实施条例), articles 78 and 45. Between them the upper design speeds of urban
    /// roads, CJJ 37-2012 table 3.2.1, one step down: expressway 80, arterial 60, sub-arterial 50, branch 40.
    #[must_use]
    pub fn usual_limit(self) -> u8 {
        match self {
            RoadClass::Motorway => 120,
            RoadClass::Trunk => 80,
            RoadClass::Primary | RoadClass::MotorwayLink => 60,
            RoadClass::Secondary | RoadClass::TrunkLink => 50,
            RoadClass::Tertiary | RoadClass::PrimaryLink | RoadClass::SecondaryLink => 40,
            RoadClass::Unclassified | RoadClass::Residential | RoadClass::TertiaryLink => 30,
            RoadClass::LivingStreet | RoadClass::Service | RoadClass::Track => 15,
            RoadClass::Path => 5,
        }
    }

    /// Share of the limit, in percent, that a vehicle makes on average, stops at lights included. An
    /// assumption until traffic is measured (docs/ROADS.md).
    #[must_use]
    pub fn usual_pace_pct(self) -> u32 {
        match self {
            RoadClass::Motorway | RoadClass::MotorwayLink => 90,
            RoadClass::Trunk | RoadClass::TrunkLink => 80,
            _ => 65,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_keep_their_names() {
        for class in RoadClass::ALL {
            assert_eq!(RoadClass::from_name(class.name()), Some(class));
        }
        assert_eq!(RoadClass::from_name("footway"), Some(RoadClass::Path));
        for nothing in ["construction", "proposed", "platform", ""] {
            assert_eq!(RoadClass::from_name(nothing), None, "{nothing}");
        }
    }
}
