//! The table as written: columns by name in any order, rows with the line they stand on.

use std::fs::File;
use std::path::Path;

use csv::StringRecord;

use crate::input::Wrong;
use crate::told::Told;

const COLUMNS: [&str; 5] = ["tariff", "vehicle", "start", "end", "expected"];

/// A row as written. A class of street follows the tariff after a slash: `jingtai-2022/class-1`.
pub(super) struct Row {
    pub(super) tariff: String,
    pub(super) vehicle: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) expected: String,
}

pub(super) struct Table {
    reader: csv::Reader<File>,
    /// Places of `COLUMNS`.
    places: [usize; 5],
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, Wrong> {
        let shown = |error: csv::Error| format!("{}: {error}", path.display());
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_path(path)
            .map_err(shown)?;
        let places = places(reader.headers().map_err(shown)?)
            .map_err(|wrong| format!("{}: {wrong}", path.display()))?;
        Ok(Table { reader, places })
    }

    /// Line and row of each that is not empty.
    pub(super) fn rows(self) -> impl Iterator<Item = (u64, Result<Row, Told>)> {
        let Table { reader, places } = self;
        let records = reader.into_records().filter(|record| {
            !record.as_ref().is_ok_and(|record| record.iter().all(|cell| cell.is_empty()))
        });
        let mut line = 1;
        records.map(move |record| {
            let position = match &record {
                Ok(record) => record.position(),
                Err(error) => error.position(),
            };
            line = position.map_or(line + 1, csv::Position::line);
            let row = record
                .map_err(|error| Told::new("row_malformed", error.to_string()))
                .and_then(|record| row(&record, places));
            (line, row)
        })
    }
}

/// Where each column stands.
fn places(header: &StringRecord) -> Result<[usize; 5], Wrong> {
    // Some programs write a mark before the first name, which keeps its quotation marks in place.
    let plain = |name: &str| {
        name.trim_start_matches('\u{feff}').trim().trim_matches('"').to_ascii_lowercase()
    };
    let mut places = [0; 5];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = header.iter().enumerate().filter(|(_, name)| plain(name) == column);
        *place = match (found.next(), found.next()) {
            (Some((at, _)), None) => at,
            (Some(_), Some(_)) => return Err(format!("the table has the column {column} twice")),
            (None, _) => {
                let header = header.iter().map(plain).collect::<Vec<_>>().join(", ");
                return Err(format!("the table has no column {column}, only: {header}"));
            }
        };
    }
    Ok(places)
}

fn row(record: &StringRecord, places: [usize; 5]) -> Result<Row, Told> {
    let wrong = |message: String| Told::new("row_malformed", message);
    let cell = |column: usize| {
        let name = COLUMNS[column];
        match record.get(places[column]) {
            None | Some("") => Err(wrong(format!("the row has no {name}"))),
            Some(cell) if cell.contains('\n') => {
                Err(wrong(format!("{name} runs over several lines: is a quotation mark missing?")))
            }
            Some(cell) => Ok(cell.to_owned()),
        }
    };
    Ok(Row {
        tariff: cell(0)?,
        vehicle: cell(1)?,
        start: cell(2)?,
        end: cell(3)?,
        expected: cell(4)?,
    })
}
