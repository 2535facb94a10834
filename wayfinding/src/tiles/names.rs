//! Texts that many things share, each kept once, and which kinds of place are drawn first.

use std::collections::HashMap;

/// Kinds of place that are looked for from afar; what is not named here comes last.
const RANKS: [&[&str]; 3] = [
    &[
        "aerodrome",
        "bus_station",
        "city",
        "college",
        "ferry_terminal",
        "hospital",
        "mall",
        "station",
        "stadium",
        "suburb",
        "terminal",
        "town",
        "townhall",
        "university",
        "village",
    ],
    &[
        "arts_centre",
        "attraction",
        "courthouse",
        "department_store",
        "government",
        "hotel",
        "library",
        "marketplace",
        "museum",
        "neighbourhood",
        "park",
        "parking",
        "police",
        "quarter",
        "school",
        "supermarket",
        "theatre",
        "theme_park",
        "zoo",
    ],
    &[
        "bank",
        "cinema",
        "clinic",
        "fuel",
        "kindergarten",
        "monument",
        "place_of_worship",
        "post_office",
        "restaurant",
    ],
];

/// Texts by number. Number 0 is the empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    texts: Vec<Box<str>>,
    known: HashMap<Box<str>, u32>,
}

impl Default for Names {
    fn default() -> Names {
        let empty: Box<str> = "".into();
        Names { texts: vec![empty.clone()], known: HashMap::from([(empty, 0)]) }
    }
}

impl Names {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.known.insert(text.into(), number);
        number
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", AsRef::as_ref)
    }
}

/// 0 for what is looked for from farthest away.
pub(super) fn rank(kind: &str) -> u8 {
    let found = RANKS.iter().position(|kinds| kinds.contains(&kind)).unwrap_or(RANKS.len());
    u8::try_from(found).unwrap_or(u8::MAX)
}

/// Length first, so that no two rows of texts are one.
pub(super) fn text_bytes(text: &str, take: &mut impl FnMut(&[u8])) {
    take(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
    take(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number() {
        let mut names = Names::default();
        let numbers = ["", "人民路", "Renmin Road", "人民路"].map(|text| names.number(text));
        assert_eq!(numbers, [0, 1, 2, 1]);
        assert_eq!(names.text(1), "人民路");
        assert_eq!(names.text(9), "");
    }

    #[test]
    fn hospitals_come_before_shops() {
        assert!(rank("hospital") < rank("marketplace"));
        assert!(rank("marketplace") < rank("bank"));
        assert!(rank("bank") < rank("hairdresser"));
    }
}
