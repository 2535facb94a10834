//! CSV files of free places, as car parks publish them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use vocabulary::Timestamp;
use wayfinding::forecast::{Row, Slot};

/// The car parks whose capacity is known.
#[derive(Debug)]
pub(super) struct CarParks {
    numbers: HashMap<String, usize>,
    spaces: Vec<f32>,
}

impl CarParks {
    /// Reads `place_id` and `num_all`; other columns do not matter.
    pub(super) fn read(file: &Path) -> Result<CarParks> {
        let place = || format!("cannot read {}", file.display());
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).from_path(file).with_context(place)?;
        let header = reader.headers().with_context(place)?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|title| title.trim_start_matches('\u{feff}') == name)
                .with_context(|| {
                    format!(
                        "{} has no column {name}; it needs place_id and num_all",
                        file.display()
                    )
                })
        };
        let (id, capacity) = (column("place_id")?, column("num_all")?);
        let mut parks = CarParks { numbers: HashMap::new(), spaces: Vec::new() };
        for record in reader.records() {
            let record = record.with_context(place)?;
            let spaces = record.get(capacity).and_then(|text| text.trim().parse::<f32>().ok());
            let (Some(id), Some(spaces)) = (record.get(id), spaces) else { continue };
            if spaces.is_finite() && spaces >= 1.0 && !parks.numbers.contains_key(id) {
                parks.numbers.insert(id.to_owned(), parks.spaces.len());
                parks.spaces.push(spaces);
            }
        }
        ensure!(!parks.spaces.is_empty(), "{} tells no capacity", file.display());
        Ok(parks)
    }

    /// How many places each has.
    pub(super) fn spaces(&self) -> &[f32] {
        &self.spaces
    }
}

/// All rows of all CSV files of these folders, in order of time. Rows of the same five minutes become one.
pub(super) fn read_rows(folders: &[PathBuf], parks: &CarParks) -> Result<Vec<Row>> {
    let mut rows: BTreeMap<Slot, Row> = BTreeMap::new();
    for file in files(folders)? {
        read_file(&file, parks, &mut rows).with_context(|| format!("in {}", file.display()))?;
    }
    ensure!(!rows.is_empty(), "the CSV files have no rows");
    Ok(rows.into_values().collect())
}

fn files(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in folders {
        if folder.is_file() {
            files.push(folder.clone());
            continue;
        }
        let before = files.len();
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
            if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
                files.push(path);
            }
        }
        ensure!(files.len() > before, "{} has no .csv files", folder.display());
    }
    files.sort();
    Ok(files)
}

fn read_file(file: &Path, parks: &CarParks, rows: &mut BTreeMap<Slot, Row>) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file)?;
    let header = reader.headers()?.clone();
    let first = header.get(0).unwrap_or_default().trim_start_matches('\u{feff}');
    ensure!(first == "timestamp", "the first column is {first:?}, not timestamp");
    let columns: Vec<(usize, usize)> = header
        .iter()
        .enumerate()
        .filter_map(|(column, id)| Some((column, *parks.numbers.get(id)?)))
        .collect();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let text = record.get(0).unwrap_or_default();
        let at = Timestamp::parse(&text.replacen(' ', "T", 1))
            .ok()
            .with_context(|| format!("line {line}: {text:?} is no RFC 3339 time"))?;
        let slot = Slot::nearest(at, 0);
        let row =
            rows.entry(slot).or_insert_with(|| Row { slot, free: vec![None; parks.spaces.len()] });
        for (column, park) in &columns {
            if let Some(free) = record.get(*column).and_then(places) {
                row.free[*park] = Some(free);
            }
        }
    }
    Ok(())
}

/// Free places; what is no number says nothing, and fewer than none (counters drift) is none.
fn places(text: &str) -> Option<f32> {
    text.trim().parse::<f32>().ok().filter(|free| free.is_finite()).map(|free| free.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    const META: &str = "place_id,place_name,num_all\na,A,10\nb,\"B\nb\",\nc,C,20\n";

    #[test]
    fn rows_hold_the_car_parks_of_known_capacity_in_order_of_time() {
        let folder = folder(&[
            ("meta.txt", META),
            ("2.csv", "timestamp,c,b,a\n2024-05-07T00:00:02+00:00,7,1,\n"),
            ("1.csv", "timestamp,a,x\n2024-05-06T00:04:59Z,-2,9\n2024-05-06T00:10:00Z,n/a,9\n"),
        ]);
        let parks = CarParks::read(&folder.path().join("meta.txt")).unwrap();
        assert_eq!(parks.spaces(), [10.0, 20.0]);
        let rows = read_rows(&[folder.path().to_owned()], &parks).unwrap();
        let free: Vec<_> = rows.iter().map(|row| row.free.clone()).collect();
        assert_eq!(free, [vec![Some(0.0), None], vec![None, None], vec![None, Some(7.0)]]);
        assert_eq!(rows[1].slot.since(rows[0].slot), 1);
        assert_eq!(rows[2].slot.since(rows[0].slot), 287);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder(&[
            ("meta.txt", META),
            ("bad.csv", "timestamp,a\nyesterday,1\n"),
            ("other.txt", "place_id,name\na,A\n"),
        ]);
        let parks = CarParks::read(&folder.path().join("meta.txt")).unwrap();
        let wrong = format!("{:#}", read_rows(&[folder.path().to_owned()], &parks).unwrap_err());
        assert!(wrong.contains("bad.csv") && wrong.contains("line 2"), "{wrong}");
        let wrong = format!("{:#}", CarParks::read(&folder.path().join("other.txt")).unwrap_err());
        assert!(wrong.contains("num_all"), "{wrong}");
        let empty = tempfile::tempdir().unwrap();
        let wrong = format!("{:#}", read_rows(&[empty.path().to_owned()], &parks).unwrap_err());
        assert!(wrong.contains("no .csv files"), "{wrong}");
    }
}
