//! Closures and paces in a table.

use serde::Deserialize;
use vocabulary::Point;
use wayfinding::{Stretch, Ways};

use crate::command::bay::instant;
use crate::flow::close_road::RoadClosure;

/// A line of a table.
#[derive(Debug, Deserialize)]
struct Line {
    street: Option<String>,
    lon: Option<f64>,
    lat: Option<f64>,
    to_lon: Option<f64>,
    to_lat: Option<f64>,
    direction: Option<String>,
    pace_pct: Option<i64>,
    from: Option<String>,
    until: Option<String>,
    reason: Option<String>,
}

/// The closures of a table with their lines; the first wrong line, and what is wrong.
pub(super) fn read_table(text: &str) -> Result<Vec<(u64, RoadClosure)>, (u64, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut closures = Vec::new();
    for (number, line) in (2..).zip(reader.deserialize::<Line>()) {
        let at = |error: &csv::Error| error.position().map_or(number, csv::Position::line);
        let line = line.map_err(|error| (at(&error), error.to_string()))?;
        closures.push((number, line.closure().map_err(|detail| (number, detail))?));
    }
    Ok(closures)
}

impl Line {
    fn closure(self) -> Result<RoadClosure, String> {
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let place = |lon: Option<f64>, lat: Option<f64>| match (lon, lat) {
            (None, None) => Ok(None),
            (Some(lon), Some(lat)) => Point::new(lon, lat)
                .map(Some)
                .map_err(|_| format!("{lon},{lat} is no place on earth: longitude comes first")),
            _ => Err("a place has a longitude and a latitude".to_owned()),
        };
        let (at, to) = (place(self.lon, self.lat)?, place(self.to_lon, self.to_lat)?);
        let stretch = match (told(self.street), at, to) {
            (Some(street), None, None) => Stretch::Street(street),
            (None, Some(at), None) => Stretch::Piece(at),
            (None, Some(at), Some(to)) => Stretch::Between(at, to),
            _ => return Err("name a street, or a place, or two places".to_owned()),
        };
        let direction = told(self.direction).unwrap_or_else(|| "both".to_owned());
        let ways = Ways::from_name(&direction);
        let time = |text: Option<String>| told(text).map(|text| instant(&text)).transpose();
        Ok(RoadClosure {
            stretch,
            ways: ways.ok_or("a direction is both or forward")?,
            pace_pct: self.pace_pct.ok_or("pace_pct is missing: 0 is closed")?,
            from: time(self.from)?,
            until: time(self.until)?,
            reason: told(self.reason).unwrap_or_else(|| "traffic".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_names_streets_and_places_and_a_wrong_line_is_told() {
        let head = "street,lon,lat,to_lon,to_lat,direction,pace_pct,from,until,reason\n";
        let read = |lines: &str| read_table(&format!("{head}{lines}"));
        let good = read(
            "人民路,,,,,,40,,2026-10-01T00:00:00+08:00,\n,104.17,36.55,104.18,36.55,forward,0,,,works\n",
        )
        .unwrap();
        assert_eq!(good.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(good[0].1.stretch, Stretch::Street("人民路".into()));
        assert_eq!((good[0].1.pace_pct, good[0].1.reason.as_str()), (40, "traffic"));
        assert_eq!((good[1].1.ways, good[1].1.pace_pct), (Ways::Forward, 0));
        for (wrong, line) in [
            (",,,,,,40,,,\n", 2),
            ("人民路,,,,,,fast,,,\n", 2),
            ("人民路,,,,,,40,,,\n人民路,104.17,36.55,,,,40,,,\n", 3),
            ("人民路,,,,,,40,soon,,\n", 2),
            ("人民路,,,,,up,40,,,\n", 2),
            ("人民路,,,,,,,,,\n", 2),
            (",200,36.55,,,,40,,,\n", 2),
            (",104.17,,,,,40,,,\n", 2),
            ("人民路,40\n", 2),
        ] {
            assert_eq!(read(wrong).unwrap_err().0, line, "{wrong}");
        }
    }
}
