//! The table as written: columns by name in any order, rows with the line they stand on.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

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
    text: Arc<[u8]>,
    reader: csv::Reader<Cursor<Arc<[u8]>>>,
    /// Places of `COLUMNS`.
    places: [usize; 5],
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, Wrong> {
        let shown = |error: csv::Error| format!("{}: {error}", path.display());
        let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text: Arc<[u8]> = text.into();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(Cursor::new(text.clone()));
        let places = places(reader.headers().map_err(shown)?)
            .map_err(|wrong| format!("{}: {wrong}", path.display()))?;
        Ok(Table { text, reader, places })
    }

    /// Line and row of each that is not empty.
    pub(super) fn rows(self) -> impl Iterator<Item = (u64, Result<Row, Told>)> {
        let Table { text, reader, places } = self;
        let records = reader.into_records().filter(|record| {
            !record.as_ref().is_ok_and(|record| record.iter().all(|cell| cell.is_empty()))
        });
        let mut line = 1;
        records.map(move |record| {
            let position = match &record {
                Ok(record) => record.position(),
                Err(error) => error.position(),
            };
            line = position.map_or(line + 1, |position| line_of(&text, position));
            let row = record
                .map_err(|error| Told::new("row_malformed", error.to_string()))
                .and_then(|record| row(&record, places));
            (line, row)
        })
    }
}

/// The line on which a record begins: empty lines before it count as its own to the reader.
fn line_of(text: &[u8], position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = text.get(from..).unwrap_or_default();
    let ends = before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let empty = ends.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(empty).unwrap_or(0)
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
