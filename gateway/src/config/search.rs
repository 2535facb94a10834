//! What a search takes for granted: how fast people drive and walk, and what their time is worth.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use wayfinding::search::Rates;

/// Three to 120 km/h.
const DRIVE_M_PER_MIN: (f64, f64) = (50.0, 2_000.0);
/// 1.2 to 12 km/h.
const WALK_M_PER_MIN: (f64, f64) = (20.0, 200.0);
const DETOUR: (f64, f64) = (1.0, 5.0);
/// A minute of nobody's is worth 100 yuan.
const FEN_PER_MIN: (f64, f64) = (0.0, 10_000.0);
const GONE_FEN: (f64, f64) = (0.0, 100_000.0);

/// By what a search reckons ways and puts bays in order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// Metres a minute through the streets, where no roads are asked.
    pub drive_m_per_min: f64,
    pub walk_m_per_min: f64,
    /// How much longer streets are than the crow flies.
    pub detour: f64,
    /// What a minute in the car is worth, and one on foot.
    pub drive_fen_per_min: f64,
    pub walk_fen_per_min: f64,
    /// What it is worth not to find the bay taken and look on.
    pub gone_fen: f64,
}

impl Default for Search {
    fn default() -> Search {
        let Rates {
            drive_m_per_min,
            walk_m_per_min,
            detour,
            drive_fen_per_min,
            walk_fen_per_min,
            gone_fen,
        } = Rates::default();
        Search {
            drive_m_per_min,
            walk_m_per_min,
            detour,
            drive_fen_per_min,
            walk_fen_per_min,
            gone_fen,
        }
    }
}

impl Search {
    /// As the search wants them.
    #[must_use]
    pub fn rates(&self) -> Rates {
        Rates {
            drive_m_per_min: self.drive_m_per_min,
            walk_m_per_min: self.walk_m_per_min,
            detour: self.detour,
            drive_fen_per_min: self.drive_fen_per_min,
            walk_fen_per_min: self.walk_fen_per_min,
            gone_fen: self.gone_fen,
        }
    }

    /// Codes: `search_speed_out_of_range`, `search_detour_out_of_range`, `search_worth_out_of_range`, `search_worth_nothing`.
    pub(super) fn check(&self) -> Result<()> {
        let (speed, worth) = ("search_speed_out_of_range", "search_worth_out_of_range");
        for (name, said, (least, most), code) in [
            ("drive_m_per_min", self.drive_m_per_min, DRIVE_M_PER_MIN, speed),
            ("walk_m_per_min", self.walk_m_per_min, WALK_M_PER_MIN, speed),
            ("detour", self.detour, DETOUR, "search_detour_out_of_range"),
            ("drive_fen_per_min", self.drive_fen_per_min, FEN_PER_MIN, worth),
            ("walk_fen_per_min", self.walk_fen_per_min, FEN_PER_MIN, worth),
            ("gone_fen", self.gone_fen, GONE_FEN, worth),
        ] {
            // What is not a number lies in no range.
            if !(least..=most).contains(&said) {
                bail!("search.{name}: {said} does not lie in {least}..{most} ({code})");
            }
        }
        if self.drive_fen_per_min <= 0.0 && self.walk_fen_per_min <= 0.0 {
            bail!(
                "search.drive_fen_per_min and search.walk_fen_per_min: if both are 0 a bay far away is as \
                 good as one around the corner (search_worth_nothing)"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_the_rates_are_those_of_the_search() {
        assert_eq!(Search::default().rates(), Rates::default());
        let said: Search = toml::from_str("walk_fen_per_min = 90\ngone_fen = 0.5").unwrap();
        let expected = Rates { walk_fen_per_min: 90.0, gone_fen: 0.5, ..Rates::default() };
        assert_eq!(said.rates(), expected);
    }

    #[test]
    fn the_sample_shows_every_setting_with_its_default() {
        let sample: toml::Table = include_str!("../../../deploy/gateway.toml").parse().unwrap();
        let shown = sample["search"].as_table().unwrap();
        let default = toml::Table::try_from(Search::default()).unwrap();
        assert!(shown.keys().eq(default.keys()), "{shown:?}");
        assert_eq!(shown.clone().try_into::<Search>().unwrap(), Search::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_setting_and_a_code() {
        let usual = Search::default();
        let check = |search: Search, expected: Option<(&str, &str)>| {
            let refused = search.check().err().map(|error| error.to_string());
            match (&refused, expected) {
                (None, None) => {}
                (Some(text), Some((setting, code))) => {
                    assert!(text.starts_with(setting), "{text}");
                    assert!(text.ends_with(&format!("({code})")), "{text}");
                }
                _ => panic!("{search:?}: {refused:?}"),
            }
        };
        let (speed, worth) = ("search_speed_out_of_range", "search_worth_out_of_range");
        for drive_m_per_min in [0.0, 49.9, 2_000.1, -333.0, f64::NAN, f64::INFINITY] {
            let wrong = Search { drive_m_per_min, ..usual };
            check(wrong, Some(("search.drive_m_per_min: ", speed)));
        }
        for walk_m_per_min in [0.0, 200.1, f64::NAN] {
            check(Search { walk_m_per_min, ..usual }, Some(("search.walk_m_per_min: ", speed)));
        }
        for detour in [0.99, 5.01, f64::NAN] {
            let code = "search_detour_out_of_range";
            check(Search { detour, ..usual }, Some(("search.detour: ", code)));
        }
        check(
            Search { drive_fen_per_min: -0.1, ..usual },
            Some(("search.drive_fen_per_min: ", worth)),
        );
        check(
            Search { walk_fen_per_min: 10_001.0, ..usual },
            Some(("search.walk_fen_per_min: ", worth)),
        );
        check(Search { gone_fen: f64::NEG_INFINITY, ..usual }, Some(("search.gone_fen: ", worth)));
        let nothing = Search { drive_fen_per_min: 0.0, walk_fen_per_min: 0.0, ..usual };
        check(nothing, Some(("search.drive_fen_per_min and ", "search_worth_nothing")));
        for fine in [
            usual,
            Search { drive_fen_per_min: 0.0, gone_fen: 0.0, ..usual },
            Search { walk_fen_per_min: 0.0, detour: 1.0, ..usual },
            Search { drive_m_per_min: 50.0, walk_m_per_min: 200.0, ..usual },
        ] {
            check(fine, None);
        }
    }
}
